"""The volume at which own machines and bought service cost the same: none, one or several."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from steelyard.decision.cost_model import CostModel
from steelyard.decision.findings import BOUGHT_KINDS, SELF_HOSTED_KINDS
from steelyard.decision.sensitivity import Score, sweep_volume
from steelyard.domain.result import BreakEven, SweepPoint
from steelyard.options.option import Option
from steelyard.printed import count

__all__ = ["SWEEP", "Sides", "break_even_row", "break_even_volumes", "counts", "sides_of", "sign_changes"]

SWEEP = np.geomspace(1e-2, 1e2, 49)
"""Multiples of the expected volume swept [1]; 12 points a decade."""
BISECTIONS = 12
"""Halvings after a sign change is found."""


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


class Sides(NamedTuple):
    """The two families compared, by column."""

    bought: list[int]
    """Bought service, today's included."""
    own: list[int]
    """Own machines."""

    def gap(self, costs: NDArray[np.float64]) -> float:
        """Return the cheapest bought less the cheapest own option, from every option's cost [USD]."""
        return float(costs[self.bought].min() - costs[self.own].min())


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
