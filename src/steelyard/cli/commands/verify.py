"""``steelyard verify``: compute a recorded decision again and compare."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from steelyard.cli.group import WOULD_CHANGE
from steelyard.cli.terminal import Progress, print_bytes, printable

if TYPE_CHECKING:
    from steelyard.study.verification import Recorded, Verification

__all__ = ["command"]

_SHOWN = 10
_LONGEST = 100


@click.command("verify", short_help="Compute a recorded decision again and compare.")
@click.argument("result", metavar="RESULT.json", type=click.Path(path_type=Path))
@click.option("--study", metavar="STUDY.yaml", type=click.Path(path_type=Path),
              help="The study it was made from.  [default: study.yaml beside it]")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print what held as JSON.")
def command(result: Path, study: Path | None, as_json: bool) -> int:
    r"""Compute a recorded decision again, from its receipt, and say whether it holds.

    RESULT.json is a decision document, or the folder that `steelyard decide` wrote. The study, seed, draws and date are
    those of the receipt. Figures hold within 1e-9 relative; words must be the same. Where the version, the facts, your
    own figures or a log are not what they were, that is said, and what it means.

    \b
    Examples:
      steelyard verify support-assistant-decision
      steelyard verify decision.json --study study.yaml --json

    Exit code 0: it holds; 3: a figure or word differs; 2: it cannot be computed again.
    """
    from steelyard.study.verification import read_recorded, verify  # noqa: PLC0415  heavy: only when verifying

    recorded = read_recorded(result, study_file=study)
    with Progress() as progress:
        found = verify(recorded, progress=progress)
    if as_json:
        print_bytes(_document(recorded, found))
    else:
        _tell(recorded, found)
    return 0 if found.holds else WOULD_CHANGE


def _headline(found: "Verification") -> str:
    if found.same_bytes:
        return "Holds: the same bytes."
    if found.holds:
        return "Holds: every figure within 1e-9, the same verdict, the same printed digits; the bytes differ."
    first = found.differing[0]
    return f"Differs, first at {first.where}: recorded {_clipped(first.recorded)}, here {_clipped(first.recomputed)}."


def _tell(recorded: "Recorded", found: "Verification") -> None:
    click.echo(printable(_headline(found)))
    for cause in found.causes:
        click.echo(f"  {printable(cause)}.")
    if not found.holds and not found.causes:
        click.echo("  Study, facts, logs and version are the same: the document was changed after it was written, or "
                   "this machine computes otherwise.")  # fmt: skip
    rest = found.differing[1:_SHOWN]
    for one in rest:
        click.echo(printable(f"  {one.where}: {_clipped(one.recorded)} -> {_clipped(one.recomputed)}"))
    if len(found.differing) > _SHOWN:
        click.echo(f"  and {len(found.differing) - _SHOWN:,} more; all with --json")
    receipt = recorded.result.receipt
    click.echo(printable(f"Receipt: Steelyard {receipt.engine_version}, seed {receipt.seed:.0f}, "
                         f"{receipt.draws:,.0f} draws, as of {receipt.as_of}, study {receipt.study_sha256[:8]}, "
                         f"facts {receipt.facts_sha256[:8]}"))  # fmt: skip


def _clipped(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}\u2026"


def _document(recorded: "Recorded", found: "Verification") -> str:
    import json  # noqa: PLC0415

    rows = [{"where": d.where, "recorded": d.recorded, "recomputed": d.recomputed} for d in found.differing]
    told = {"holds": found.holds, "same_bytes": found.same_bytes, "sentence": _headline(found), "causes": found.causes,
            "differing": rows, "receipt": recorded.result.receipt.model_dump(mode="json")}  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"
