"""``steelyard calibrate``: own measured runs become own constants."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steelyard.cli.days import DAY
from steelyard.cli.tables import table
from steelyard.cli.terminal import Progress, print_bytes, table_width
from steelyard.nouns import counted

if TYPE_CHECKING:
    from steelyard.study.own_runs import Calibrated

__all__ = ["command"]

_PRECISIONS = ("bf16", "fp8", "int8", "fp4", "int4")
_MOST_LINES = 24


@click.command("calibrate", short_help="Turn your own measured runs into your own constants.")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--model", metavar="MODEL", help="Model that ran, where the file does not say.")
@click.option("--accelerator", metavar="NAME", help="Accelerator it ran on, where the file does not say.")
@click.option("--tp", type=click.IntRange(1, 64), help="Accelerators per replica, where the file does not say.")
@click.option("--precision", type=click.Choice(_PRECISIONS), help="Weight format.  [default: the published one]")
@click.option("--engine", metavar="NAME", help="Engine, where the file does not say.  [default: vllm]")
@click.option("--study", metavar="STUDY.yaml", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Keep them beside this study.  [default: for all your studies]")  # fmt: skip
@click.option("--measured-on", metavar="DATE", type=DAY, help="Day of the runs.  [default: today]")
@click.option("--dry-run", is_flag=True, help="Say what would change, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on stdout.")
def command(
    runs: tuple[Path, ...], model: str | None, accelerator: str | None, tp: int | None, precision: str | None,
    engine: str | None, study: Path | None, measured_on: datetime | None, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    r"""Turn your own measured runs into constants of your own, which size, simulate and decide then prefer to ours.

    RUN is the JSON of `vllm bench serve --save-result`, of GuideLLM or of AIPerf, or a CSV as for `steelyard validate`.
    Give all runs of a machine at once: they replace what was kept of it. One run moves constants only as far as it
    says something about them; a run faster than the datasheet allows is refused.

    \b
    Examples:
      steelyard calibrate steelyard-run.json --study study.yaml
      steelyard calibrate low.json high.json --model llama-3.1-8b --accelerator h100-sxm --precision fp8
      steelyard calibrate run.json --accelerator l40s --dry-run
    """
    from steelyard.facts import load_catalogue  # noqa: PLC0415  heavy: only when calibrating
    from steelyard.facts.overlay import overlay_folders, own_folder  # noqa: PLC0415
    from steelyard.study.own_runs import calibrate, keep_calibration  # noqa: PLC0415

    given = {"model": model or "", "accelerator": accelerator or "", "tp": str(tp or ""), "weights": precision or "",
             "engine": engine or ""}  # fmt: skip
    day = (measured_on or datetime.now(UTC)).date()
    catalogue = load_catalogue(day, overlay_folders(study.parent if study else Path()))
    with Progress() as progress:
        progress("reading runs and predicting them")
        found = calibrate(runs, given, catalogue, measured_on=day)
    written = () if dry_run else keep_calibration(found, own_folder(study.parent if study else None))
    if as_json:
        print_bytes(found.model_dump_json(indent=2) + "\n")
        return
    click.echo(_page(found))
    for path in written:
        click.echo(f"Kept in {path}; delete it to return to the packaged constants.")
    if dry_run:
        click.echo("Nothing was written.")


def _page(found: "Calibrated") -> str:
    rows = [[row.file, row.machine, row.load or "saturated", row.metric, f"{row.measured:,.4g}", f"{row.before:,.4g}",
             f"{row.after:,.4g}"] for row in found.rows[:_MOST_LINES]]  # fmt: skip
    heads = ["run", "accelerator/engine/weights", "load", "metric", "measured", "predicted before", "after"]
    parts = [table(heads, rows, right={4, 5, 6}, width=table_width())]
    if len(found.rows) > len(rows):
        parts.append(f"... and {len(found.rows) - len(rows)} more in --json")
    parts += [f"{own.id}: median error {own.error_before_fraction:.1%} before, {own.error_after_fraction:.1%} after, "
              f"over {counted(own.quantities, 'quantity', 'quantities')}" for own in found.machines]  # fmt: skip
    parts += [f"! {count:,} left out: {reason}" for reason, count in sorted(found.left_out.items())]
    return "\n".join(parts)
