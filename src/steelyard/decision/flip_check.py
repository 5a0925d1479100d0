"""A flip point found on few draws, put where it lies on all of them and checked there from both sides."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from steelyard.decision.cost_model import CostModel
from steelyard.decision.sensitivity import FlipPoint, Score, bisected, search_grid
from steelyard.decision.verdict import choose
from steelyard.domain.result import Kind

__all__ = ["Priced", "check_flip"]

STEP = 1.005
"""How far on either side of a flip the winners are asked [1]."""
BEYOND = 6.0
"""How far beyond a flip found on few draws it is looked for on all [1]."""
CORRECTIONS = 4
"""Times a flip is sought on few draws corrected by all; after them the bracket is halved."""
MOST_ROUNDS = 24
"""Factors asked on all draws at most: halving 100 times the value to a hundredth takes ten."""
RIVALS = 2
"""Options asked beside the choice and its rival: the cheapest others on few draws. One that is dearer than both and
these there does not win on all draws a few percent away."""


@dataclass(frozen=True)
class Priced:
    """Costs on some draws, and what is minimised on them."""

    model: CostModel
    score: Score

    def at(self, members: Sequence[str], factor: float, columns: Sequence[int]) -> NDArray[np.float64]:
        """Return the score of some options with some inputs multiplied, shape (len(columns),) [USD]."""
        return self.score(self.model.priced(dict.fromkeys(members, factor), columns))


@dataclass
class _Sides:
    """Winners among the options that could win near a flip, as far as they were asked on all draws."""

    few: Priced
    every: Priced
    members: Sequence[str]
    columns: tuple[int, ...]
    chosen: int
    _errors: dict[float, NDArray[np.float64]] = field(default_factory=lambda: {})
    """By logarithm of the factor: score on all draws less that on few [USD]."""
    _winners: dict[float, int] = field(default_factory=lambda: {})
    """By factor: the winner on all draws."""

    def winner(self, factor: float) -> int:
        """Return who wins on all draws."""
        if factor not in self._winners:
            scores = self.every.at(self.members, factor, self.columns)
            self._errors[math.log(factor)] = scores - self.few.at(self.members, factor, self.columns)
            self._winners[factor] = self._choice(scores)
        return self._winners[factor]

    def expected_winner(self, factor: float) -> int:
        """Return who wins on few draws, each option corrected by how far it was off where all were asked."""
        at = sorted(self._errors)
        errors = np.stack([self._errors[place] for place in at])
        off = np.array([np.interp(math.log(factor), at, errors[:, k]) for k in range(len(self.columns))])
        return self._choice(self.few.at(self.members, factor, self.columns) + off)

    def bracket(self) -> tuple[float, float] | None:
        """Return the factors nearest to 1 between which the winner was seen to change; None where it was not."""
        asked = sorted(self._winners, key=lambda f: abs(math.log(f)))
        inner = 1.0
        for factor in asked:
            if self._winners[factor] != self.chosen:
                return inner, factor
            inner = factor
        return None

    def _choice(self, scores: NDArray[np.float64]) -> int:
        options = [self.few.model.options[i] for i in self.columns]
        kinds: list[Kind] = [o.kind for o in options]
        choice = choose(scores, kinds, [o.id for o in options], [True] * len(options))
        return self.columns[choice.index] if choice else -1


def check_flip(point: FlipPoint, few: Priced, every: Priced, *, chosen: int, feasible: Sequence[bool]) -> FlipPoint:
    """Return the flip as it lies on all draws; a point without a flip where none lies near.

    Few draws tell the shape of the costs over the input, all draws tell where they lie: the costs on few are shifted
    by how far they were off where all were asked, and the flip is sought again, until the winners just below and just
    above it differ on all draws.

    Parameters
    ----------
    point
        Flip found on few draws.
    few
        Costs on few draws.
    every
        Costs on all draws.
    chosen
        Column of the verdict.
    feasible
        Which options count.
    """
    if point.factor is None or point.winner is None:
        return point
    open_columns = [i for i, allowed in enumerate(feasible) if allowed]
    there = dict(zip(open_columns, few.at(point.group.members, point.factor, open_columns), strict=True))
    others = sorted((i for i in open_columns if i not in (chosen, point.winner)), key=lambda i: (there[i], i))
    columns = tuple(sorted((chosen, point.winner, *others[:RIVALS])))
    sides = _Sides(few, every, point.group.members, columns, chosen)
    sides.winner(1.0)
    found = _bracketed(point, sides)
    if found is None:
        return replace(point, factor=None, winner=None, checked=True)
    inner, outer = found
    return replace(point, factor=math.sqrt(inner * outer), winner=sides.winner(outer), checked=True)


def _bracketed(point: FlipPoint, sides: _Sides) -> tuple[float, float] | None:
    """Return factors a hundredth apart between which the choice changes on all draws; None without any."""
    assert point.factor is not None  # the caller returned such a point
    outward = math.copysign(1.0, math.log(point.factor))
    grid = search_grid(point.group, outward, least=abs(math.log10(point.factor * BEYOND**outward)))
    guess = point.factor
    for asked in range(MOST_ROUNDS):
        beyond = guess * STEP**outward
        if sides.winner(beyond) != sides.chosen:
            sides.winner(guess * STEP**-outward)
        bracket = sides.bracket()
        if bracket and abs(math.log(bracket[1] / bracket[0])) < 2.01 * math.log(STEP):
            return bracket
        corrected = bisected(sides.expected_winner, grid, sides.chosen) if asked < CORRECTIONS else None
        if corrected is not None:
            guess = corrected[0]
        elif bracket is not None:
            guess = math.sqrt(bracket[0] * bracket[1])
        elif beyond == grid[-1] * STEP**outward:
            return None
        else:
            guess = grid[-1]
    return None
