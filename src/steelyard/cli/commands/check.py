"""``steelyard check``: whether the recorded decision would change today."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steelyard.cli.days import DAY
from steelyard.cli.group import WOULD_CHANGE
from steelyard.cli.terminal import Progress, print_bytes, printable

if TYPE_CHECKING:
    from steelyard.study.checking import Check

__all__ = ["command"]


@click.command("check", short_help="Would the recorded decision change today?")
@click.argument("result", metavar="RESULT.json", type=click.Path(path_type=Path))
@click.argument("logs", metavar="[LOG...]", nargs=-1, type=click.Path(path_type=Path))
@click.option("--study", metavar="STUDY.yaml", type=click.Path(path_type=Path),
              help="The study it was made from.  [default: study.yaml beside it]")  # fmt: skip
@click.option("--as-of", metavar="DATE", type=DAY,
              help="Facts of that day.  [default: today]")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the check as JSON.")
@click.option("--markdown", is_flag=True, help="Print the check as Markdown, for a pull request.")
def command(
    result: Path, logs: tuple[Path, ...], study: Path | None, as_of: datetime | None, as_json: bool, markdown: bool
) -> int:
    r"""Decide a recorded decision again on today's facts, and say whether it would change.

    RESULT.json is a decision document, or the folder that `steelyard decide` wrote. With logs, today's traffic takes
    the place of the study's. Seed and draws are the receipt's. The first line says what changed; below it stand the
    nearest flip point and what moved.

    \b
    Examples:
      steelyard check support-assistant-decision
      steelyard check decision.json usage/2026-11-*.jsonl --study study.yaml --markdown

    \b
    In a scheduled pipeline (the step fails with exit code 3 when the decision would change):
      steelyard prices refresh --yes && steelyard check support-assistant-decision --markdown > check.md

    Exit code 0: unchanged, with a warning near a flip point; 3: it would change; 2: it cannot be decided again.
    """
    from steelyard.study.checking import check_decision  # noqa: PLC0415  heavy: only when checking
    from steelyard.study.verification import read_recorded  # noqa: PLC0415

    if as_json and markdown:
        raise click.UsageError("--json and --markdown: choose one.")
    recorded = read_recorded(result, study_file=study)
    day = as_of.date() if as_of else datetime.now(UTC).date()
    with Progress() as progress:
        found = check_decision(recorded, as_of=day, logs=logs, progress=progress)
    print_bytes(_document(found) if as_json else _told(found, markdown=markdown))
    return WOULD_CHANGE if found.would_change else 0


def _told(found: "Check", *, markdown: bool) -> str:
    from steelyard.report import render_compare  # noqa: PLC0415
    from steelyard.report.text import markdown_text, wrap  # noqa: PLC0415

    page = render_compare(found.before, found.after, steps=found.steps, markdown=markdown)
    first, _, rest = page.partition("\n\n")
    said = [_verdict(found), *(f"Warning: {words}" for words in found.warnings), _distance(found)]
    said = [words for words in said if words]
    if markdown:
        lines = "\n".join(f"- {markdown_text(words)}" for words in said)
    else:
        lines = "\n".join("\n".join(wrap(printable(words), 80, lines=8)) for words in said)
    return f"{first}\n\n{lines}\n\n{rest}".replace("\u00a0", " ")


def _verdict(found: "Check") -> str:
    if found.would_change:
        return "The recorded decision would change."
    return "The recorded decision stands."


def _distance(found: "Check") -> str:
    """Return in words how far the nearest flip point is; empty where a warning says it."""
    from steelyard.report.text import plain  # noqa: PLC0415
    from steelyard.study.checking import NEAR, nearest_flip  # noqa: PLC0415

    flip = nearest_flip(found.after)
    if any(words.startswith(NEAR) for words in found.warnings):
        return ""
    if flip is None:
        return "No single input flips it within the range searched."
    far = "" if flip.distance_in_sd is None else f" ({abs(flip.distance_in_sd):.1f} of its standard deviations away)"
    return f"Nearest flip point{far}: {plain(flip.sentence)}"


def _document(found: "Check") -> str:
    import json  # noqa: PLC0415

    from steelyard.report import compare_document  # noqa: PLC0415
    from steelyard.study.checking import nearest_flip  # noqa: PLC0415

    flip = nearest_flip(found.after)
    told = {"would_change": found.would_change, "warnings": found.warnings,
            "nearest_flip": flip.model_dump(mode="json", by_alias=True) if flip else None,
            **compare_document(found.before, found.after, steps=found.steps)}  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"
