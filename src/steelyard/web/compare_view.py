"""Two decisions side by side, in the words of ``steelyard compare``."""

from pathlib import Path

from steelyard.report import Moved, change_in_words, compare_document
from steelyard.report.story import headline, label_of
from steelyard.study.waterfall import moved_inputs
from steelyard.web.parts import papers

__all__ = ["compared"]


def compared(before: Path, after: Path) -> dict[str, object]:
    """Return what changed between two decisions and what moved the cost of the first one's choice."""
    old, new = papers(before), papers(after)
    steps: tuple[Moved, ...] = moved_inputs(old.result, new.workings)
    return {
        "sentence": change_in_words(old.result, new.result, steps=steps),
        "sides": [(p.result, headline(p.result), label_of(p.result, p.result.verdict_option)) for p in (old, new)],
        "steps": steps,
        "document": compare_document(old.result, new.result, steps=steps),
    }
