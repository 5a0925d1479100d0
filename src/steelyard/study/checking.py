"""Would a recorded decision change today? Decided again on today's facts and traffic, with what moved it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from steelyard.domain.result import Flip, OptionResult, Result
from steelyard.study.verification import Recorded, decide_again
from steelyard.study.waterfall import moved_inputs

if TYPE_CHECKING:
    from steelyard.report import Moved

__all__ = ["NEAR", "NEAR_SD", "Check", "check_decision", "nearest_flip"]

NEAR_SD = 1.0
"""Distance to a flip point, in the input's own spread, below which it is near [1]."""
NEAR = "near a flip point"
"""How a warning about a near flip point begins."""
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Check:
    """A recorded decision beside the one of today."""

    before: Result
    """As recorded."""
    after: Result
    """As decided today."""
    would_change: bool
    """Whether today's decision is another one by more than the threshold below which options tie."""
    steps: "tuple[Moved, ...]"
    """What moved the cost of the recorded choice; empty if it is no option today."""
    warnings: tuple[str, ...]
    """Near flip points, and a choice that changed within the threshold."""


def check_decision(
    recorded: Recorded, *, as_of: date, logs: Sequence[Path] = (), progress: Progress | None = None
) -> Check:
    """Return whether a recorded decision would change on the facts of a day, and on fresh logs where given.

    Parameters
    ----------
    recorded
        The decision, with its study.
    as_of
        Day of the facts.
    logs
        Usage logs that take the place of the study's traffic.
    progress
        Told, in words, what is being done.

    Raises
    ------
    InputError
        If the study is not there, or a log or the facts cannot be used.
    """
    outcome = decide_again(recorded, as_of=as_of, logs=logs, progress=progress)
    before, after = recorded.result, outcome.result
    flipped, tied = _change(before, after)
    warnings = [tied] if tied else []
    flip = nearest_flip(after)
    if flip is not None and flip.distance_in_sd is not None and abs(flip.distance_in_sd) <= NEAR_SD:
        far = f"{abs(flip.distance_in_sd):.1f} of its standard deviations away"
        warnings.append(f"{NEAR} ({far}): {flip.sentence}")
    return Check(before, after, flipped, moved_inputs(before, outcome.workings), tuple(warnings))


def nearest_flip(result: Result) -> Flip | None:
    """Return the flip point fewest of its input's standard deviations away; None if no value searched flips."""
    found = [flip for flip in result.flips if flip.at is not None]
    return min(found, key=_distance, default=None)


def _distance(flip: Flip) -> float:
    return abs(flip.distance_in_sd) if flip.distance_in_sd is not None else math.inf


def _change(before: Result, after: Result) -> tuple[bool, str]:
    """Return whether the decision is another one, and, where only a tie was broken otherwise, words for it."""
    if (before.verdict, before.verdict_option) == (after.verdict, after.verdict_option):
        return False, ""
    if before.verdict != after.verdict:
        return True, ""
    old, new = _option(after, before.verdict_option), _option(after, after.verdict_option)
    if old is None or new is None or not old.feasible or old.npv_cost_usd is None or new.npv_cost_usd is None:
        return True, ""
    if old.npv_cost_usd.mean - new.npv_cost_usd.mean > after.materiality_usd:
        return True, ""
    return False, f"{new.label} now comes before {old.label}, by less than the threshold below which options tie"


def _option(result: Result, option: str | None) -> OptionResult | None:
    return next((o for o in result.options if o.id == option), None)
