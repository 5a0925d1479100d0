"""The volume at which own machines and bought service cost the same: none, one or several."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from steelyard.decision.cost_model import CostModel
from steelyard.decision.findings import BOUGHT_KINDS, SELF_HOSTED_KINDS
from steelyard.decision.sensitivity import Score, sweep_volume
from steelyard.domain.result import BreakEven, SweepPoint
from steelyard.options.option import REQUESTS, Option
from steelyard.printed import count

__all__ = ["SWEEP", "Sides", "break_even_row", "break_even_volumes", "confirmed_volumes", "counts", "sides_of",
           "sign_changes"]  # fmt: skip

SWEEP = np.geomspace(1e-2, 1e2, 49)
"""Multiples of the expected volume swept [1]; 12 points a decade."""
BISECTIONS = 12
"""Halvings after a sign change is found."""
WIDENINGS = (1.1, 1.5, 3.0, 10.0)
"""How far around a volume found on few draws the one on all draws is looked for [1]."""
CLOSE_ENOUGH = 0.005
"""Step, in logarithms, at which the search on all draws ends [1]."""
RIVALS = 2
"""Cheapest options of a family that may be its best on all draws too."""


def counts(option: Option) -> bool:
    """Whether an option takes part in the comparison: it can run, whatever the rule on the data says."""
    return all(g.answer != "blocked" or g.gate == "data" for g in option.gates)


def break_even_volumes(model: CostModel, base: float, *, score: Score) -> tuple[float, ...]:
    """Return the volumes at which the best own and the best bought option cost the same [request/month], ascending.

    Parameters
    ----------
    model
        Costs on (few) draws.
    base
        Expected volume [request/month].
    score
        What is minimised.
    """
    sides = sides_of(model.options)
    if sides is None:
        return ()

    def gap(factor: float) -> float:
        return sides.gap(sweep_volume(model, np.array([factor]), score=score)[0])

    return tuple(base * factor for factor in sign_changes(gap, SWEEP))


def confirmed_volumes(
    full: CostModel, thin: CostModel, base: float, points: Sequence[float], *, score: Score, few: Score,
) -> tuple[float, ...]:  # fmt: skip
    """Return the volumes at which both families cost the same on all draws, near those found on few [request/month].

    Far from the expected volume few draws are off by what their dearest months weigh; a volume around which the sign
    does not change on all draws is none.

    Parameters
    ----------
    full
        Costs on all draws.
    thin
        Costs on few draws.
    base
        Expected volume [request/month].
    points
        Volumes found on few draws [request/month].
    score
        What is minimised on all draws.
    few
        The same on few draws.
    """
    sides = sides_of(full.options)
    if sides is None:
        return ()
    found: list[float] = []
    for point in points:
        costs = sweep_volume(thin, np.array([point / base]), score=few)[0]
        factor = _root(_gap_on(full, sides.nearest(costs), score), point / base)
        found += [] if factor is None else [base * factor]
    return tuple(found)


def _gap_on(full: CostModel, sides: "Sides", score: Score) -> Callable[[float], float]:
    only = [i in {*sides.bought, *sides.own} for i in range(len(full.options))]
    return lambda factor: sides.gap(score(full.scaled({REQUESTS: factor}, only=only)))


def _root(gap: Callable[[float], float], near: float) -> float | None:
    """Return where a function changes sign around a place, by false position in logarithms; None where it does not."""
    for width in WIDENINGS:
        low, high = max(near / width, float(SWEEP[0])), min(near * width, float(SWEEP[-1]))
        at_low, at_high = gap(low), gap(high)
        if (at_low > 0) != (at_high > 0):
            return _narrowed(gap, (low, at_low), (high, at_high))
    return None


def _narrowed(gap: Callable[[float], float], low: tuple[float, float], high: tuple[float, float]) -> float:
    """Return the place between two of unlike sign; the end that stays loses half of its weight (Illinois)."""
    place = low[0]
    for _ in range(BISECTIONS):
        last, share = place, low[1] / (low[1] - high[1])
        place = low[0] * (high[0] / low[0]) ** share
        here = gap(place)
        if (here > 0) == (low[1] > 0):
            low, high = (place, here), (high[0], high[1] / 2)
        else:
            low, high = (low[0], low[1] / 2), (place, here)
        if here == 0 or abs(np.log(place / last)) <= CLOSE_ENOUGH:
            break
    return float(place)


class Sides(NamedTuple):
    """The two families compared, by column."""

    bought: list[int]
    """Bought service, today's included."""
    own: list[int]
    """Own machines."""

    def gap(self, costs: NDArray[np.float64]) -> float:
        """Return the cheapest bought less the cheapest own option, from every option's cost [USD]."""
        return float(costs[self.bought].min() - costs[self.own].min())

    def nearest(self, costs: NDArray[np.float64]) -> "Sides":
        """Return the cheapest few of both families at some costs of every option [USD]."""
        ranked = ([i for i in np.argsort(costs, kind="stable").tolist() if i in family] for family in self)
        bought, own = (columns[:RIVALS] for columns in ranked)
        return Sides(bought, own)


def sides_of(options: Sequence[Option], *, keep: Callable[[Option], bool] = lambda _: True) -> Sides | None:
    """Return the options of both families that take part; None where one is empty.

    Parameters
    ----------
    options
        All options.
    keep
        Which may take part.
    """
    bought = [i for i, o in enumerate(options) if o.kind in BOUGHT_KINDS and o.bought and counts(o) and keep(o)]
    own = [i for i, o in enumerate(options) if o.kind in SELF_HOSTED_KINDS and counts(o) and keep(o)]
    return Sides(bought, own) if bought and own else None


def sign_changes(f: Callable[[float], float], grid: NDArray[np.float64]) -> tuple[float, ...]:
    """Return where a function changes sign on an ascending grid of positive values, ascending; a jump counts.

    Parameters
    ----------
    f
        Function of one value.
    grid
        Values at which it is asked first; two changes between neighbours may be missed.
    """
    values = [f(float(x)) for x in grid]
    found: list[float] = []
    for k in range(len(grid) - 1):
        if (values[k] > 0) != (values[k + 1] > 0):
            low, high, at_low = float(grid[k]), float(grid[k + 1]), values[k] > 0
            for _ in range(BISECTIONS):
                middle = float(np.sqrt(low * high))
                low, high = (middle, high) if (f(middle) > 0) == at_low else (low, middle)
            found.append(high)
    return tuple(found)


def break_even_row(
    model: CostModel, base: float, points: Sequence[float], between: tuple[str, str], *, score: Score,
) -> BreakEven:  # fmt: skip
    """Return the break-even as the document shows it, with every option's cost along the sweep."""
    grid = SWEEP[::2]
    curves = sweep_volume(model, grid, score=score)
    sweep = tuple(
        SweepPoint(at=base * float(f), npv_cost_usd={o.id: float(row[i]) for i, o in enumerate(model.options)})
        for f, row in zip(grid, curves, strict=True)
    )
    if points:
        places = " and ".join(count(p) for p in points)
        sentence = (f"The best own and the best bought service cost the same at {places} requests a month; "
                    f"you have {count(base)}.")  # fmt: skip
    else:
        low, high = count(base * float(SWEEP[0])), count(base * float(SWEEP[-1]))
        sentence = (f"The best own and the best bought service never cost the same between {low} and {high} requests a "
                    f"month; you have {count(base)}.")  # fmt: skip
    return BreakEven(quantity="Requests a month", unit="request/month", today=base, values=tuple(points),
                     between=between, sweep=sweep, sentence=sentence)  # fmt: skip
