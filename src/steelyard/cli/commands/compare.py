"""``steelyard compare``: what changed between two decisions."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steelyard.cli.days import DAY
from steelyard.cli.terminal import Progress, print_bytes

if TYPE_CHECKING:
    from steelyard.domain.result import Result
    from steelyard.domain.workings import Workings
    from steelyard.study.waterfall import Waterfall

__all__ = ["command"]

_STUDIES = {".yaml", ".yml"}


@click.command("compare", short_help="What changed between two decisions, and what moved it.")
@click.argument("before", metavar="A", type=click.Path(path_type=Path))
@click.argument("after", metavar="B", type=click.Path(path_type=Path))
@click.option("--seed", metavar="N", type=click.IntRange(0), default=0, show_default=True,
              help="Seed, where a study is decided.")  # fmt: skip
@click.option("--as-of", metavar="DATE", type=DAY,
              help="Facts of that day, where a study is decided.  [default: today]")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
@click.option("--markdown", is_flag=True, help="Print the comparison as Markdown, for a pull request.")
def command(before: Path, after: Path, seed: int, as_of: datetime | None, as_json: bool, markdown: bool) -> int:
    r"""Say what changed between two decisions: verdict, cost, inputs, figures; then the tables.

    A and B are decision documents, folders that `steelyard decide` wrote, or study files, which are decided first.
    B's ledgers say which input moved the cost of A's choice by how much; a recorded B is computed again for that, from
    the study beside it.

    \b
    Examples:
      steelyard compare october-decision november-decision
      steelyard compare before.json after.json --markdown
      steelyard compare decision.json study.yaml --json
    """
    from steelyard.report import compare_document, render_compare  # noqa: PLC0415  heavy: only when comparing

    if as_json and markdown:
        raise click.UsageError("--json and --markdown: choose one.")
    day = as_of.date() if as_of else datetime.now(UTC).date()
    (old, _), (new, workings) = (_side(place, seed, day) for place in (before, after))
    found = _waterfall(old, after, workings)
    if as_json:
        import json  # noqa: PLC0415

        told = {**compare_document(old, new, steps=found.steps), "steps_missing": found.missing}
        print_bytes(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    else:
        print_bytes(render_compare(old, new, steps=found.steps, missing=found.missing, markdown=markdown))
    return 0


def _waterfall(old: "Result", after: Path, workings: "Workings | None") -> "Waterfall":
    from steelyard.study.waterfall import Waterfall, moved_inputs, waterfall  # noqa: PLC0415

    if workings is not None:
        return Waterfall(moved_inputs(old, workings), "")
    with Progress() as progress:
        return waterfall(old, after, progress=progress)


def _side(place: Path, seed: int, day: date) -> "tuple[Result, Workings | None]":
    """Return a decision as recorded, or a study decided now with its working papers."""
    if place.suffix.lower() not in _STUDIES:
        from steelyard.study.verification import read_document  # noqa: PLC0415

        return read_document(place), None
    from steelyard.facts.overlay import overlay_folders  # noqa: PLC0415
    from steelyard.study.load import load_study  # noqa: PLC0415
    from steelyard.study.pipeline import decide_in_full  # noqa: PLC0415

    study = load_study(place)
    with Progress() as progress:
        found = decide_in_full(study, base_folder=place.parent, seed=seed, as_of=day,
                               overlays=overlay_folders(place.parent), progress=progress)  # fmt: skip
    return found.result, found.workings
