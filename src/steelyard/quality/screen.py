"""A screen on public scores: it can rule an option out, never certify it."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from steelyard.domain.quality import CalibrationBin, CapabilityScore, PairedResult, QualityScore, QuantizationLoss
from steelyard.nouns import counted
from steelyard.printed import percent
from steelyard.quality.needs import in_words
from steelyard.quality.paired import own_chance_no_worse

__all__ = ["FEWEST_FAMILIES", "FRONTIER_INDEX", "CapabilityScreen", "Screen", "chance_higher_wins", "chance_no_worse",
           "own_screen", "screen"]  # fmt: skip

FEWEST_FAMILIES = 6
"""Benchmark families below which an index is good for screening only (README of the quality evidence)."""
FRONTIER_INDEX = 110.0
"""Index above which the calibration measured among frontier models applies [index point]."""
SPREAD_POINTS = 9
"""Equally likely points by which the spread of a quantization loss is carried through."""
Answer = Literal["not distinguishable", "above", "below", "unknown", "equal"]


@dataclass(frozen=True, slots=True)
class CapabilityScreen:
    """What public evidence says of one capability that the task needs."""

    capability: str
    """Capability."""
    chance_no_worse: float | None
    """Chance of being no worse by more than the margin [1]; None where a score is missing: unknown."""
    families: int
    """Benchmark families behind the thinner of the two scores."""
    clears: bool | None
    """Whether the chance reaches the threshold; None where it is unknown."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What evidence says of one option against the reference."""

    answer: Answer
    """``above``: better beyond the margin; ``below``: ruled out; ``equal``: earned by an own paired evaluation."""
    chance_no_worse: float | None
    """Chance of being no worse by more than the margin [1]; None where a score is missing."""
    words: str
    """For the report."""
    capabilities: tuple[CapabilityScreen, ...] = ()
    """The same for each capability that the task needs."""
    own: PairedResult | None = None
    """The user's own paired evaluation, where it replaces public scores."""

    @property
    def least_chance(self) -> float | None:
        """Smallest chance of being no worse, overall and over the capabilities that are scored; None where unknown."""
        if self.own is not None:
            return own_chance_no_worse(self.own)
        if self.chance_no_worse is None:
            return None
        parts = [part.chance_no_worse for part in self.capabilities if part.chance_no_worse is not None]
        return min([self.chance_no_worse, *parts])

    @property
    def stays(self) -> bool:
        """Whether the evidence lets the option in."""
        return self.answer in ("above", "not distinguishable", "equal")


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


def chance_no_worse(
    gap: float, calibration: Sequence[CalibrationBin], *, margin: float, frontier: bool = False,
    loss: QuantizationLoss | None = None, doubt: float = 0.0,
) -> float:  # fmt: skip
    """Return the chance that an option is no worse than the reference by more than the margin.

    Parameters
    ----------
    gap
        Index of the option less that of the reference, before any quantization [index point].
    calibration
        Bins by ascending gap.
    margin
        How much worse still counts as no worse [index point].
    frontier
        Whether both are above ``FRONTIER_INDEX``.
    loss
        What the option's weight format costs: the gap is shifted by its median and spread by its scatter.
    doubt
        Standard deviation of the gap where a score is estimated [index point]; the doubt of measured ones is in the
        calibration.
    """
    if loss is None and doubt == 0.0:
        return chance_higher_wins(gap + margin, calibration, frontier=frontier)
    shift, scatter = (loss.index_shift, loss.index_sd) if loss else (0.0, 0.0)
    normal = NormalDist(gap + margin + shift, max(math.hypot(scatter, doubt), 1e-9))
    points = [normal.inv_cdf((k + 0.5) / SPREAD_POINTS) for k in range(SPREAD_POINTS)]
    return math.fsum(chance_higher_wins(x, calibration, frontier=frontier) for x in points) / SPREAD_POINTS


def screen(
    option: QualityScore | None, reference: QualityScore | None, calibration: Sequence[CalibrationBin], *,
    margin: float, least_chance: float, needs: Sequence[str] = (),
    thin_calibration: Sequence[CalibrationBin] = (), capability_calibration: Sequence[CalibrationBin] = (),
    loss: QuantizationLoss | None = None,
) -> Screen:  # fmt: skip
    """Return what public scores say of an option against the reference.

    The option stays in when its chance of being no worse by the margin reaches the threshold overall and on each
    capability needed; a capability without a score on either side is unknown and named, not averaged.

    Parameters
    ----------
    option, reference
        Scores of the two configurations, measured or estimated; None where there is none.
    calibration
        Bins by ascending gap.
    margin
        How much worse still counts as no worse [index point], non-negative.
    least_chance
        Chance of being no worse at which the option stays in [1].
    needs
        Capabilities the task needs.
    thin_calibration
        Bins by ascending gap where the thinner score rests on few benchmark families; the others where empty.
    capability_calibration
        Bins by ascending gap of a capability's index; the overall ones where empty.
    loss
        What the weight format of the option costs; None for its published format.
    """
    if option is None or reference is None:
        who = "this model" if option is None else "the reference"
        return Screen("unknown", None, f"unknown: no public score for {who}; evaluate on your own task")
    if option.model == reference.model and option.effort == reference.effort and loss is None:
        return Screen("not distinguishable", 1.0, "the reference itself")
    if option.estimated or reference.estimated:
        return _estimated(option, reference, calibration, margin, least_chance, loss)
    gap = option.index - reference.index
    if thin_calibration and min(option.families, reference.families) < FEWEST_FAMILIES:
        calibration = thin_calibration
    frontier = min(option.index, reference.index) > FRONTIER_INDEX
    chance = chance_no_worse(gap, calibration, margin=margin, frontier=frontier, loss=loss)
    parts = tuple(
        _capability(name, option, reference, capability_calibration or calibration, margin, least_chance, loss)
        for name in needs
    )
    beyond = chance_no_worse(gap, calibration, margin=-margin, frontier=frontier, loss=loss)
    return _answer(chance, beyond, least_chance, _figures(option, reference, loss), parts)


def _estimated(
    option: QualityScore, reference: QualityScore, calibration: Sequence[CalibrationBin], margin: float,
    least_chance: float, loss: QuantizationLoss | None,
) -> Screen:  # fmt: skip
    """Return what an estimate says: it rules out, and never lets in beside a reference that was measured."""
    doubt = math.hypot(*(score.se for score in (option, reference) if score.estimated))
    chance = chance_no_worse(option.index - reference.index, calibration, margin=margin, loss=loss, doubt=doubt)
    newest = max(score.as_of for score in (option, reference) if score.estimated)
    moved = f", {loss.index_shift:+.1f} for {'/'.join(loss.formats)} weights" if loss else ""
    words = (f"index {_sure(option)} against {_sure(reference)}{moved}, from scores of other models up to "
             f"{newest.isoformat()}; chance of being no worse {percent(chance)}")  # fmt: skip
    if chance < least_chance:
        return Screen("below", chance, f"ruled out by an estimate, not a score: {words}; evaluate on your own task")
    if not reference.estimated:
        return Screen("unknown", chance, f"unknown: no public score for this model; evaluate on your own task; {words}")
    return Screen("not distinguishable", chance, f"not distinguishable by estimate, a score is missing: {words}")


def _answer(chance: float, beyond: float, least_chance: float, figures: str, parts: tuple[CapabilityScreen, ...],
            ) -> Screen:  # fmt: skip
    """Return what measured scores say, overall first, then on each capability needed."""
    tail = _capability_words(parts)
    if chance < least_chance:
        words = f"ruled out by public scores: {figures}; chance of being no worse {percent(chance)}"
        return Screen("below", chance, words, parts)
    if any(part.clears is False for part in parts):
        return Screen("below", chance, f"ruled out by public scores on a capability the task needs{tail}; {figures}",
                      parts)  # fmt: skip
    if beyond >= 1.0 - (1.0 - least_chance) / 2:
        return Screen("above", chance, f"scores above the reference: {figures}{tail}", parts)
    return Screen("not distinguishable", chance, f"not distinguishable on public evidence: {figures}{tail}", parts)


def _sure(score: QualityScore) -> str:
    return f"{score.index:.0f}" + (f" ± {score.se:.0f} (estimated)" if score.estimated else "")


def _capability(
    name: str, option: QualityScore, reference: QualityScore, calibration: Sequence[CalibrationBin], margin: float,
    least_chance: float, loss: QuantizationLoss | None,
) -> CapabilityScreen:  # fmt: skip
    mine: CapabilityScore | None = option.capabilities.get(name)
    bar: CapabilityScore | None = reference.capabilities.get(name)
    if mine is None or bar is None:
        return CapabilityScreen(name, None, 0, None)
    frontier = min(mine.index, bar.index) > FRONTIER_INDEX
    chance = chance_no_worse(mine.index - bar.index, calibration, margin=margin, frontier=frontier, loss=loss)
    return CapabilityScreen(name, chance, min(mine.families, bar.families), chance >= least_chance)


def _figures(option: QualityScore, reference: QualityScore, loss: QuantizationLoss | None) -> str:
    spread = math.hypot(option.se, reference.se, loss.index_sd if loss else 0.0)
    shift = loss.index_shift if loss else 0.0
    few = min(option.families, reference.families) < FEWEST_FAMILIES
    thin = " (screen only: few benchmark families)" if few else ""
    format_words = f", {shift:+.1f} for {'/'.join(loss.formats)} weights" if loss else ""
    return (f"index {option.index:.0f} against {reference.index:.0f}{format_words}, standard error of the gap "
            f"{spread:.0f}, scored at {_effort(option)}{thin}")  # fmt: skip


def _effort(score: QualityScore) -> str:
    named = [word for word in score.efforts if word != "unknown"]
    return f"{score.effort} ({', '.join(named)})" if named and named != [score.effort] else score.effort


def _capability_words(parts: Sequence[CapabilityScreen]) -> str:
    if not parts:
        return ""
    return f"; chance of being no worse on {', '.join(_part_words(part) for part in parts)}"


def _part_words(part: CapabilityScreen) -> str:
    if part.chance_no_worse is None:
        return f"{in_words(part.capability)} unknown"
    few = f" ({counted(part.families, 'family', 'families')})" if part.families < FEWEST_FAMILIES else ""
    return f"{in_words(part.capability)} {percent(part.chance_no_worse)}{few}"


def own_screen(
    result: PairedResult, *, loss: QuantizationLoss | None = None, calibration: Sequence[CalibrationBin] = (),
    margin: float = 0.0, least_chance: float = 0.0,
) -> Screen:  # fmt: skip
    """Return what the user's own paired evaluation says: it replaces the public screen for its pair.

    An option served in a coarser weight format than published is not the one evaluated: it is never equal, and it
    stays in where what the format costs leaves a chance of being no worse that reaches the threshold.

    Parameters
    ----------
    result
        Outcome of the paired test.
    loss
        What the weight format served costs; None for the published format.
    calibration
        Bins by ascending gap, for the loss.
    margin
        How much worse still counts as no worse [index point], for the loss.
    least_chance
        Chance of being no worse at which the option stays in [1], for the loss.
    """
    answer: dict[str, Answer] = {"equal": "equal", "better": "above", "no worse": "not distinguishable",
                                 "worse": "below", "not established": "not distinguishable"}  # fmt: skip
    if loss is None or result.answer == "worse":
        return Screen(answer[result.answer], None, result.words, own=result)
    chance = chance_no_worse(0.0, calibration, margin=margin, loss=loss)
    moved = f"{'/'.join(loss.formats)} weights, which move the index by {loss.index_shift:+.1f}"
    words = f"as published, {result.words}; not evaluated in {moved}: chance of being no worse {percent(chance)}"
    return Screen("not distinguishable" if chance >= least_chance else "below", chance, words)
