r"""How many units to hold, when, knowing only past volume: dynamic programming over months and committed units.

An order placed at the start of a month sees the volume of the month before, serves after the lead time and lasts its
term. The state is what is still in service when the order arrives, and the level of volume seen:

.. math:: V_e(s, k) = \min_a \; a\,o_e + E\Big[\sum_{t} c_t(n_t(s, a), k_t) + V_{e+1}(s', k') \,\Big|\, k\Big]

with :math:`o_e` the price of a unit over its term, :math:`c_t` what a month costs with :math:`n_t` units in service.

References
----------
Porteus (2002), *Foundations of Stochastic Inventory Theory*, ch. 4 and 6 (lead times, order-up-to policies).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["CapacityPolicy", "CapacityProblem", "VolumeChain", "solve_capacity", "volume_chain"]

Array = NDArray[np.float64]
Counts = NDArray[np.intp]
Held = tuple[tuple[int, int], ...]
"""Units in service by the last month they serve: ``((month, units), ...)``, ascending."""


@dataclass(frozen=True, slots=True)
class VolumeChain:
    """Volume by month as a chain of levels: where a month lies says all that is known of the next."""

    edges: Array
    """Volume from which each level but the first begins, shape (n_months, n_levels - 1)."""
    start: Array
    """Chance of each level in month 1, shape (n_levels,)."""
    moves: Array
    """Chance of each level from the month before, shape (n_months - 1, n_levels, n_levels)."""

    @property
    def n_levels(self) -> int:
        """Number of levels."""
        return len(self.start)

    @property
    def n_months(self) -> int:
        """Number of months."""
        return len(self.edges)

    def ahead(self, seen: int, month: int) -> Array:
        """Return the chance of each level of ``month`` given that of month ``seen``, shape (n_levels, n_levels).

        Nothing is seen before month 1: shape (1, n_levels) for ``seen`` 0.
        """
        known = np.eye(self.n_levels) if seen else self.start[None, :]
        for step in range(max(seen, 1), month):
            known = known @ self.moves[step - 1]
        return known


def volume_chain(volume: Array, n_levels: int) -> VolumeChain:
    """Return the chain that paths of volume make, of equally likely levels in every month.

    Parameters
    ----------
    volume
        Volume by draw and month, shape (n_draws, n_months), in any unit.
    n_levels
        Levels at most; fewer where the volume does not vary.
    """
    n_months = volume.shape[1]
    shares = np.arange(1, n_levels) / n_levels
    edges = np.quantile(volume, shares, axis=0).T.reshape(n_months, -1) if n_levels > 1 else np.zeros((n_months, 0))
    level = levels_of(volume, edges)
    start = np.bincount(level[:, 0], minlength=n_levels) / len(level)
    moves = np.stack([_moves(level[:, m], level[:, m + 1], n_levels) for m in range(n_months - 1)]) if n_months > 1 \
        else np.zeros((0, n_levels, n_levels))  # fmt: skip
    return VolumeChain(edges, start, moves)


def levels_of(volume: Array, edges: Array) -> Counts:
    """Return the level of every draw and month, shape of ``volume``."""
    return np.stack([np.searchsorted(edges[m], volume[:, m], side="right") for m in range(volume.shape[1])], axis=1)


def _moves(before: Counts, after: Counts, n_levels: int) -> Array:
    """Return the shares of moves between levels; a level that was never seen stays where it is."""
    seen = np.zeros((n_levels, n_levels))
    np.add.at(seen, (before, after), 1.0)
    total = seen.sum(axis=1, keepdims=True)
    return np.where(total > 0, seen / np.where(total > 0, total, 1.0), np.eye(n_levels))


@dataclass(frozen=True, slots=True)
class CapacityProblem:
    """What units cost, and what a month costs with so many of them."""

    chain: VolumeChain
    """Volume."""
    running_usd: Array
    """Cost of a month with n units in service at a level of volume, shape (n_months, most_units + 1, n_levels)
    [USD]; rows beyond what a unit lasts are not asked for."""
    order_usd: Sequence[float]
    """Price of one unit over its term, for each month in which one may order [USD]."""
    order_months: Sequence[int]
    """Months at whose start one may order, ascending, from 1."""
    lead_months: int
    """Order to service [month]."""
    term_months: int
    """Months a unit serves, at least 1."""

    @property
    def most_units(self) -> int:
        """Units that may be in service at once."""
        return self.running_usd.shape[1] - 1

    def units(self, held: Held, month: int) -> int:
        """Return the units in service in a month."""
        return sum(count for last, count in held if last >= month)


@dataclass(frozen=True)
class CapacityPolicy:
    """What to order, and what it is expected to cost."""

    usd: float
    """Expected cost over the horizon [USD]."""
    order_up_to: tuple[Counts, ...]
    """For each month in which one may order: units to order by level seen, where none are in service then; shape
    (n_levels,), or (1,) where nothing was seen yet."""
    orders: "dict[tuple[int, Held], Counts]" = field(repr=False)
    """Units to order by order number and what is in service on arrival, by level seen."""


def solve_capacity(problem: CapacityProblem) -> CapacityPolicy:
    """Return the policy of least expected cost.

    Parameters
    ----------
    problem
        Prices, months and volume.
    """
    return _Solver(problem).policy()


class _Solver:
    """Values by order number and state, each an array over the level seen; computed once."""

    def __init__(self, problem: CapacityProblem) -> None:
        self._p = problem
        self._value: dict[tuple[int, Held], Array] = {}
        self._best: dict[tuple[int, Held], Counts] = {}
        self._expected = [self._running(e) for e in range(len(problem.order_months))]

    def policy(self) -> CapacityPolicy:
        p = self._p
        first = p.order_months[0] + p.lead_months if p.order_months else p.chain.n_months + 1
        before = range(1, min(first, p.chain.n_months + 1))
        idle = sum(float((p.chain.ahead(0, m) @ p.running_usd[m - 1, 0])[0]) for m in before)
        usd = idle
        if p.order_months:
            known = p.chain.ahead(0, max(p.order_months[0] - 1, 1)) if p.order_months[0] > 1 else np.ones((1, 1))
            usd += float((known @ self._values(0, ()))[0])
        tables = tuple(self._from_nothing(e) for e in range(len(p.order_months)))
        return CapacityPolicy(usd, tables, self._best)

    def _from_nothing(self, e: int) -> Counts:
        self._values(e, ())
        return self._best[e, ()]

    def _span(self, e: int) -> range:
        """Return the months that the choice at order ``e`` settles: from its arrival to that of the next."""
        p = self._p
        end = p.order_months[e + 1] + p.lead_months if e + 1 < len(p.order_months) else p.chain.n_months + 1
        return range(p.order_months[e] + p.lead_months, min(end, p.chain.n_months + 1))

    def _running(self, e: int) -> list[Array]:
        """Return what each month of the span is expected to cost by units, shape (n_seen, most_units + 1)."""
        p, seen = self._p, self._p.order_months[e] - 1
        return [p.chain.ahead(seen, m) @ p.running_usd[m - 1].T for m in self._span(e)]

    def _values(self, e: int, held: Held) -> Array:
        """Return the expected cost from the arrival of order ``e`` on, by level seen when it is placed."""
        key = (e, held)
        if key not in self._value:
            p = self._p
            arrival = p.order_months[e] + p.lead_months
            room = p.most_units - p.units(held, arrival)
            choices = np.stack([self._cost(e, self._with(held, arrival, units), units) for units in range(room + 1)])
            self._best[key] = choices.argmin(axis=0)
            self._value[key] = choices.min(axis=0)
        return self._value[key]

    def _with(self, held: Held, arrival: int, units: int) -> Held:
        """Return what is in service once an order has arrived; what lasts beyond the horizon lasts to its end."""
        last = min(arrival + self._p.term_months - 1, self._p.chain.n_months)
        if units == 0:
            return held
        merged = dict(held)
        merged[last] = merged.get(last, 0) + units
        return tuple(sorted(merged.items()))

    def _cost(self, e: int, held: Held, ordered: int) -> Array:
        p = self._p
        total: Array = np.full(self._expected[e][0].shape[0] if self._expected[e] else 1, ordered * p.order_usd[e])
        for expected, month in zip(self._expected[e], self._span(e), strict=True):
            total = total + expected[:, p.units(held, month)]
        if e + 1 < len(p.order_months):
            seen, later = p.order_months[e] - 1, p.order_months[e + 1] - 1
            arrival = p.order_months[e + 1] + p.lead_months
            left = tuple((last, units) for last, units in held if last >= arrival)
            total = total + self._known_later(seen, later) @ self._values(e + 1, left)
        return total

    def _known_later(self, seen: int, later: int) -> Array:
        """Return the chance of each level seen at the next order, given that seen at this one."""
        return self._p.chain.ahead(seen, later) if later else np.ones((1, 1))
