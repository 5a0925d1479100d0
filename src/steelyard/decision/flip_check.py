"""A flip point found on few draws, checked from both sides on all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from steelyard.decision.cost_model import CostModel
from steelyard.decision.sensitivity import FlipPoint, Score
from steelyard.decision.verdict import choose
from steelyard.domain.result import Kind

__all__ = ["check_flip"]

STEP = 1.005
"""How far on either side of a flip the winners are asked [1]."""
REACH = (1.03, 1.15, 1.6, 3.0)
"""How far a flip found on few draws may lie from that on all draws [1], tried in turn."""
WIDTH = 0.01
"""Width on a log scale to which a flip is known on all draws [1]."""
RIVALS = 2
"""Options asked beside the choice and its rival: the cheapest others on few draws. One that is dearer than both and
these there does not win on all draws a few percent away."""


@dataclass(frozen=True)
class _Full:
    """The winner at a factor on all draws, among the options that could win there."""

    model: CostModel
    members: tuple[str, ...]
    columns: tuple[int, ...]
    feasible: Sequence[bool]
    score: Score

    def winner(self, factor: float) -> int:
        costs = self.score(self.model.priced(dict.fromkeys(self.members, factor), self.columns))
        options = [self.model.options[i] for i in self.columns]
        kinds: list[Kind] = [o.kind for o in options]
        choice = choose(costs, kinds, [o.id for o in options], [self.feasible[i] for i in self.columns])
        return self.columns[choice.index] if choice else -1


def check_flip(
    point: FlipPoint, full: CostModel, chosen: int, *, at_factor: NDArray[np.float64],
    feasible: Sequence[bool], score: Score,
) -> FlipPoint:  # fmt: skip
    """Return the flip as it lies on all draws; a point without a flip where none lies near.

    Parameters
    ----------
    point
        Flip found on few draws.
    full
        Costs on all draws.
    chosen
        Column of the verdict.
    at_factor
        Score of every option at the flip on few draws, shape (n_options,) [USD].
    feasible
        Which options count.
    score
        What is minimised on all draws.
    """
    if point.factor is None or point.winner is None:
        return point
    others = sorted((i for i, allowed in enumerate(feasible) if allowed and i not in (chosen, point.winner)),
                    key=lambda i: (at_factor[i], i))  # fmt: skip
    columns = tuple(sorted((chosen, point.winner, *others[:RIVALS])))
    sides = _Full(full, point.group.members, columns, feasible, score)
    outward = 1.0 if point.factor > 1 else -1.0
    inner, outer = point.factor * STEP**-outward, point.factor * STEP**outward
    beyond = sides.winner(outer)
    if beyond != chosen and sides.winner(inner) == chosen:
        return replace(point, winner=beyond, checked=True)
    bracket = _bracketed(point.factor, sides, chosen, outward, passed=beyond != chosen)
    if bracket is None:
        return replace(point, factor=None, winner=None, checked=True)
    return replace(point, factor=bracket[1], winner=sides.winner(bracket[1]), checked=True)


def _bracketed(factor: float, sides: _Full, chosen: int, outward: float, *, passed: bool) -> tuple[float, float] | None:
    """Return factors between which the choice changes on all draws, near where it does on few; None without any."""
    edge = factor
    for reach in REACH:
        far = factor * reach ** (-outward if passed else outward)
        if (far - 1.0) * outward <= 0:
            far = 1.0
        if (sides.winner(far) != chosen) != passed:
            inner, outer = (far, edge) if passed else (edge, far)
            while abs(np.log(outer / inner)) > WIDTH:
                middle = float(np.sqrt(inner * outer))
                inner, outer = (middle, outer) if sides.winner(middle) == chosen else (inner, middle)
            return inner, outer
        edge = far
    return None
