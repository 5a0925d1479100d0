"""What evaluators' effort tags say: how hard a model was told to think, and which weights it was."""

import re
from typing import Literal, NamedTuple

__all__ = ["LEVELS", "Effort", "Level", "effort_of"]

Level = Literal["none", "low", "medium", "high", "highest", "unstated"]
LEVELS: tuple[Level, ...] = ("none", "low", "medium", "high", "highest")
"""Levels that are told, by rising effort."""
_NAMED: dict[str, tuple[Level, float]] = {
    "none": ("none", 0.0), "minimal": ("none", 0.0), "instant": ("none", 0.0), "no-reasoning": ("none", 0.0),
    "non-reasoning": ("none", 0.0), "no-thinking": ("none", 0.0), "non-thinking": ("none", 0.0),
    "thinking-minimal": ("none", 0.0),
    "low": ("low", 30.0), "medium": ("medium", 40.0), "thinking": ("high", 85.0), "reasoning": ("high", 85.0),
    "high": ("high", 90.0), "xhigh": ("highest", 95.0), "max": ("highest", 100.0),
}  # fmt: skip
"""Word in a tag -> level and order among the efforts of one model."""
UNSTATED_ORDER = 50.0
"""Order of a tag that tells no effort: the vendor's default, above medium where that is told beside it."""
BUDGET_ORDER = 80.0
"""Order of a thinking budget, below the named high efforts; larger budgets follow by size."""
LOW_BUDGET_KTOKENS, MEDIUM_BUDGET_KTOKENS = 4, 16
"""Largest thinking budgets read as low and as medium effort [k token]; a convention."""
_BUDGET = re.compile(r"^(?:thinking-)?(\d+)k(?:-thinking)?(?:-\d{8})?$")
_WEIGHTS_DATE = re.compile(r"^\d{4}-?\d{2}-?\d{2}$|^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-\d{4}$")


class Effort(NamedTuple):
    """What one tag says."""

    level: Level
    """Level told, or ``unstated``."""
    order: float
    """Place among the efforts of one model, larger thinks more."""
    weights_date: str
    """Dated release of the weights; empty where the tag names none."""


def effort_of(tag: str) -> Effort:
    """Return the effort and the weights' date that an evaluator's tag names.

    Parameters
    ----------
    tag
        Words joined by ``|``: a level, a thinking budget such as ``32k``, a date of the weights; may be empty.

    Examples
    --------
    >>> effort_of("high|2025-08-07")
    Effort(level='high', order=90.0, weights_date='2025-08-07')
    >>> effort_of("32k").level
    'high'
    """
    level, order, released = "unstated", UNSTATED_ORDER, ""
    for word in tag.lower().split("|"):
        budget = _BUDGET.match(word)
        if word in _NAMED:
            level, order = _NAMED[word]
        elif budget:
            level, order = _budget(int(budget[1]))
        elif _WEIGHTS_DATE.match(word):
            released = word
    return Effort(level, order, released)


def _budget(ktokens: int) -> tuple[Level, float]:
    level: Level = "low" if ktokens <= LOW_BUDGET_KTOKENS else "medium" if ktokens <= MEDIUM_BUDGET_KTOKENS else "high"
    return level, BUDGET_ORDER + min(ktokens, 400) / 100.0
