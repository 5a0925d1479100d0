"""A screen on public scores: it can rule an option out, never certify it."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from steelyard.domain.quality import CalibrationBin, QualityScore

__all__ = ["FEWEST_FAMILIES", "FRONTIER_INDEX", "Screen", "chance_higher_wins", "screen"]

FEWEST_FAMILIES = 6
"""Benchmark families below which an index is good for screening only (README of the quality evidence)."""
FRONTIER_INDEX = 110.0
"""Index above which the calibration measured among frontier models applies [index point]."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What public evidence says of one option against the reference."""

    answer: Literal["not distinguishable", "above", "below", "unknown"]
    """``above``: better beyond the margin; ``below``: ruled out."""
    chance_no_worse: float | None
    """Chance of being no worse by more than the margin [1]; None where a score is missing."""
    words: str
    """For the report."""


def chance_higher_wins(gap: float, calibration: Sequence[CalibrationBin], *, frontier: bool = False) -> float:
    r"""Chance that a model ahead by ``gap`` index points wins on a benchmark family left out.

    The measured win rates sit at the middle of their bins and are interpolated linearly through (0, 1/2); the curve
    is odd around 1/2 and held at its last measured rate beyond the last bin.

    Parameters
    ----------
    gap
        Index of the one less index of the other [index point]; may be negative.
    calibration
        Bins by ascending gap.
    frontier
        Use the rates measured where both are above ``FRONTIER_INDEX``.

    References
    ----------
    Calibration of the open ability index (facts, quality), gap against held-out win rate.
    """
    points = [(0.0, 0.5)]
    for item in calibration:
        rate = item.win_rate_frontier if frontier and item.win_rate_frontier is not None else item.win_rate
        middle = (item.gap_from + item.gap_to) / 2
        points.append((middle, max(rate, points[-1][1])))
    size = min(abs(gap), points[-1][0])
    rate = points[-1][1]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if size <= x1:
            rate = y0 + (y1 - y0) * (size - x0) / (x1 - x0)
            break
    return rate if gap >= 0 else 1.0 - rate


def screen(
    option: QualityScore | None, reference: QualityScore | None, calibration: Sequence[CalibrationBin], *,
    margin: float, least_chance: float,
) -> Screen:  # fmt: skip
    """Return what public scores say of an option against the reference.

    Parameters
    ----------
    option, reference
        Scores of the two configurations; None where there is none.
    calibration
        Bins by ascending gap.
    margin
        How much worse still counts as no worse [index point], non-negative.
    least_chance
        Chance of being no worse at which the option stays in [1].
    """
    if option is None or reference is None:
        who = "this model" if option is None else "the reference"
        return Screen("unknown", None, f"unknown: no public score for {who}; evaluate on your own task")
    if option.model == reference.model:
        return Screen("not distinguishable", 1.0, "the reference itself")
    gap = option.index - reference.index
    frontier = min(option.index, reference.index) > FRONTIER_INDEX
    chance = chance_higher_wins(gap + margin, calibration, frontier=frontier)
    thin = (
        " (screen only: few benchmark families)" if min(option.families, reference.families) < FEWEST_FAMILIES else ""
    )
    spread = math.hypot(option.se, reference.se)
    figures = f"index {option.index:.0f} against {reference.index:.0f}, standard error of the gap {spread:.0f}"
    if chance < least_chance:
        words = f"ruled out by public scores: {figures}; chance of being no worse {chance:.0%}{thin}"
        return Screen("below", chance, words)
    if chance_higher_wins(gap - margin, calibration, frontier=frontier) >= 1.0 - (1.0 - least_chance) / 2:
        return Screen("above", chance, f"scores above the reference: {figures}{thin}")
    return Screen("not distinguishable", chance, f"not distinguishable on public evidence: {figures}{thin}")
