"""``steelyard validate``: predicted against measured serving runs."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steelyard.cli.days import DAY
from steelyard.cli.tables import table
from steelyard.cli.terminal import print_bytes, table_width
from steelyard.nouns import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from steelyard.study.validation import ErrorSummary, Validation

__all__ = ["command"]

_MOST_LINES = 12


@click.command("validate", short_help="Compare predicted with measured serving runs.")
@click.argument("rows_file", metavar="ROWS.csv", type=click.Path(path_type=Path))
@click.option("--model", metavar="MODEL", help="Of a tool's JSON: the model, where the file does not say.")
@click.option("--accelerator", metavar="NAME", help="Of a tool's JSON: the accelerator.")
@click.option("--picture", metavar="FILE.svg", type=click.Path(path_type=Path, dir_okay=False),
              help="Write predicted against measured as a picture.")  # fmt: skip
@click.option("--as-of", metavar="DATE", type=DAY, help="Day of the facts.  [default: today]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on stdout.")
def command(
    rows_file: Path, model: str | None, accelerator: str | None, picture: Path | None, as_of: datetime | None,
    as_json: bool,
) -> None:  # fmt: skip
    r"""Predict every row of a table of measured runs, with an 80 % interval, and say how far off the whole is.

    ROWS.csv has columns model, gpu, n_gpus, tp, precision, engine, engine_version, isl, osl, concurrency, metric,
    value, source; a blank concurrency is saturated, a number a closed loop, qps:N an open loop. Further columns are
    ignored; a row that cannot be predicted keeps its place and says why, and one for which something had to be assumed
    (the shapes of an unknown model from its size, an odd format) says so in its note. The JSON of `vllm bench serve`,
    GuideLLM and AIPerf is read too. Constants of your own (steelyard calibrate) are used where there are any.

    \b
    Examples:
      steelyard validate rows.csv
      steelyard validate rows.csv --json > predictions.json
      steelyard validate rows.csv --picture predicted.svg
      steelyard validate steelyard-run.json --accelerator h100-sxm
    """
    from steelyard.facts.overlay import overlay_folders  # noqa: PLC0415  heavy: only when predicting
    from steelyard.study.own_runs import rows_of  # noqa: PLC0415
    from steelyard.study.validation import validate_rows, write_picture  # noqa: PLC0415

    rows = rows_of(rows_file, {"model": model or "", "accelerator": accelerator or ""})
    day = as_of.date() if as_of else datetime.now(UTC).date()
    found = validate_rows(rows, day, overlay_folders(Path()))
    if picture is not None:
        write_picture(found, picture)
    if as_json:
        print_bytes(found.model_dump_json(indent=2) + "\n")
    else:
        click.echo(_page(found))


def _page(found: "Validation") -> str:
    parts = [_table(name, groups) for name, groups in found.summary.items()]
    reasons = Counter(told for row in found.rows if (told := row.reason or row.note))
    lines = [f"! {counted(n, 'row')}: {reason}" for reason, n in sorted(reasons.items(), key=lambda item: -item[1])]
    return "\n\n".join([*parts, *(["\n".join(lines[:_MOST_LINES])] if lines else [])])


def _table(name: str, groups: "Mapping[str, ErrorSummary]") -> str:
    largest = sorted(groups.items(), key=lambda item: (-item[1].compared, item[0]))
    rows = [[key, f"{g.rows:,}", f"{g.compared:,}", _percent(g.median_error_fraction), _signed(g.bias_fraction),
             _percent(g.coverage_fraction)] for key, g in largest[:_MOST_LINES]]  # fmt: skip
    heads = [name, "rows", "compared", "median error", "bias", "in 80 % interval"]
    left_out = len(largest) - len(rows)
    more = f"\n... and {left_out} more in --json" if left_out else ""
    return table(heads, rows, right={1, 2, 3, 4, 5}, width=table_width()) + more


def _percent(fraction: float | None) -> str:
    return "-" if fraction is None else f"{fraction:.1%}"


def _signed(fraction: float | None) -> str:
    return "-" if fraction is None else f"{fraction:+.1%}"
