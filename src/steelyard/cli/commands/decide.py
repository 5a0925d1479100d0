"""``steelyard decide``: the main job."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steelyard.cli.days import DAY
from steelyard.cli.group import INFEASIBLE
from steelyard.cli.study_options import study_options
from steelyard.cli.terminal import Progress, print_bytes, shows_color, shows_unicode, terminal_width

if TYPE_CHECKING:
    from steelyard.domain.result import Result
    from steelyard.domain.study import Study
    from steelyard.study.pipeline import Outcome

__all__ = ["command"]

Flags = dict[str, str | tuple[str, ...] | None]


@click.command("decide", short_help="Decide how a workload should run, with evidence.")
@click.argument("study_file", metavar="[STUDY.yaml]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where the decision goes.  [default: ./<study>-decision]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the decision document, and nothing else, on stdout.")
@click.option("--seed", metavar="N", type=click.IntRange(0), default=0, show_default=True, help="Seed of every draw.")
@click.option("--draws", metavar="N", type=click.IntRange(2, 1_000_000), help="Draws instead of the usual number.")
@click.option(
    "--as-of",
    metavar="DATE",
    type=DAY,
    help="Use only what was known on that day.  [default: today]",
)
@click.option(
    "--formats",
    metavar="LIST",
    help="What to write beside decision.json: html,xlsx,md,email,pdf, or all.  "
    "[default: all that are installed with --out; html,md,email without it or with --json]",
)
@click.option("--bill", is_flag=True, help="Print the bill by line as well: months 1, 12, 36 and their whole sum.")
@click.option("--force", is_flag=True, help="Replace a folder that Steelyard did not write.")
@study_options
def command(
    study_file: Path | None, out: Path | None, as_json: bool, seed: int, draws: int | None,
    as_of: datetime | None, formats: str | None, bill: bool, force: bool, **flags: str | tuple[str, ...] | None,
) -> int:  # fmt: skip
    r"""Decide how an AI workload should run: keep, buy, rent, own, tune, or a mix.

    Prints the decision and writes report.html (one page, opens offline), decision.xlsx (live formulas), decision.md
    (the record), decision-email.txt, decision.pdf (extra [pdf]), decision.json, the study and a receipt to DIR. The
    study comes from a file (see `steelyard init`), or from the flags below.

    \b
    Examples:
      steelyard decide study.yaml --out decision
      steelyard decide study.yaml --json --seed 7 --as-of 2026-11-23 > decision.json
      steelyard decide --requests-per-month 12M --input-tokens 900 --output-tokens 150 \
                       --today openai/gpt-5.4-mini --must-stay no --exclusive-data no --model-is-product no

    Exit code 4: no option is feasible; the document is printed all the same.
    """
    from steelyard.study.output import check_folder, default_folder  # noqa: PLC0415  heavy: only when deciding

    wanted = _formats(formats, everything=out is not None and not as_json)
    day = as_of.date() if as_of else datetime.now(UTC).date()
    if day > datetime.now(UTC).date():
        click.echo(f"steelyard: --as-of {day} lies in the future: the decision rests on what is known today", err=True)
    study, base = _study(study_file, flags, day)
    folder = out or default_folder(study.name)
    check_folder(folder, study=study.name, force=force)
    outcome = _decided(study, base, seed=seed, as_of=day, draws=draws)
    result = outcome.result
    document = _write(outcome, study, folder, wanted, force=force)
    if as_json:
        print_bytes(document)
    else:
        _tell(result, folder, wanted)
        if bill:
            _print_bill(result)
    return INFEASIBLE if result.verdict == "infeasible" else 0


def _study(study_file: Path | None, flags: Flags, day: date) -> "tuple[Study, Path]":
    from steelyard.facts import load_catalogue  # noqa: PLC0415  heavy: only when deciding
    from steelyard.facts.overlay import overlay_folders  # noqa: PLC0415
    from steelyard.study.every_fault import flags_study, read_study  # noqa: PLC0415

    base = study_file.parent if study_file else Path()

    said = [name for name, value in flags.items() if value not in {None, ()}]
    if study_file is None and not said:
        raise click.UsageError("Name a study file, or state the traffic: --requests-per-month, --input-tokens and "
                               "--output-tokens. `steelyard init` writes a study file.")  # fmt: skip
    if study_file is None:
        return flags_study(flags, day, lambda on: load_catalogue(on, overlay_folders(base))), base
    if said:
        shown = ", ".join(f"--{name.replace('_', '-')}" for name in said)
        raise click.UsageError(f"{shown} beside a study file: put it into the file, or drop the file.")
    return read_study(study_file, day, lambda on: load_catalogue(on, overlay_folders(base))), base


def _decided(study: "Study", base: Path, *, seed: int, as_of: date, draws: int | None) -> "Outcome":
    from steelyard.facts.overlay import overlay_folders  # noqa: PLC0415
    from steelyard.study.pipeline import decide_in_full  # noqa: PLC0415

    with Progress() as progress:
        return decide_in_full(study, base_folder=base, seed=seed, as_of=as_of, draws=draws,
                              overlays=overlay_folders(base), progress=progress)  # fmt: skip


def _formats(said: str | None, *, everything: bool) -> tuple[str, ...]:
    """Return the formats to write, as named or the usual ones."""
    from steelyard.study.output import FORMATS, QUICK_FORMATS, missing_formats  # noqa: PLC0415

    if said is None:
        return tuple(FORMATS) if everything else QUICK_FORMATS
    named = tuple(dict.fromkeys(word.strip().lower() for word in said.split(",") if word.strip()))
    if "all" in named:
        return tuple(FORMATS)
    unknown = [word for word in named if word not in {*FORMATS, "json"}]
    if unknown:
        raise click.UsageError(f"--formats: unknown {', '.join(map(repr, unknown))}; known: json, "
                               f"{', '.join(FORMATS)}, all.")  # fmt: skip
    wanted = tuple(word for word in named if word in FORMATS)
    missing = missing_formats(wanted)
    if missing:
        words = "; ".join(f"{file} needs {remedy}" for file, remedy in missing.items())
        raise click.UsageError(f"--formats: {words}.")
    return wanted


def _write(outcome: "Outcome", study: "Study", folder: Path, formats: tuple[str, ...], *, force: bool) -> str:
    """Write the folder and return the document."""
    from steelyard.study.output import DOCUMENT_FILE, decision_files, write_folder  # noqa: PLC0415

    files = decision_files(outcome, study, formats)
    receipt = outcome.result.receipt.model_dump(mode="json")
    write_folder(folder, files, study=study.name, receipt=receipt, force=force)
    return str(files[DOCUMENT_FILE])


def _print_bill(result: "Result") -> None:
    from steelyard.report.bill import render_bill  # noqa: PLC0415

    click.echo(f"\n{render_bill(result, width=terminal_width(), ascii_only=not shows_unicode())}".rstrip("\n"))


def _tell(result: "Result", folder: Path, formats: tuple[str, ...]) -> None:
    from steelyard.report import render_terminal  # noqa: PLC0415
    from steelyard.study.output import DOCUMENT_FILE, FORMATS, missing_formats  # noqa: PLC0415

    page = render_terminal(result, width=terminal_width(), color=shows_color(), ascii_only=not shows_unicode())
    click.echo(page.rstrip("\n"))
    missing = missing_formats(tuple(FORMATS))
    report = f"Report: {folder / FORMATS['html']}   " if "html" in formats else ""
    click.echo(f"\n{report}Document: {folder / DOCUMENT_FILE}")
    others = [FORMATS[name] for name in formats if name != "html" and FORMATS[name] not in missing]
    if others:
        click.echo(f"Beside it: {', '.join(others)}")
    left = [file + (f" ({missing[file]})" if file in missing else "")
            for name, file in FORMATS.items() if name not in formats or file in missing]  # fmt: skip
    if left:
        ask = "; ask with --formats all" if set(formats) != set(FORMATS) else ""
        click.echo(f"Not written: {', '.join(left)}{ask}")
