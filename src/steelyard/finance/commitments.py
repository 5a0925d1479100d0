r"""The exact cheapest split of a fleet between commitments and on-demand hours, respecting terms.

Every month all units up to the highest need are carried across: each either by a commitment in force or on demand.
A unit carried on demand pays only the hours in which it is needed, and the units needed least are left on demand.
That is a minimum-cost flow of ``n_levels`` units from month 1 to the end: an arc over a term for each commitment, an
arc over one month, of rising cost, for on-demand units. Successive shortest paths solve it exactly, in whole units.

References
----------
Ahuja, Magnanti, Orlin (1993), *Network Flows*, sec. 9.7 (successive shortest paths) and 14.5 (convex arc costs).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from steelyard.errors import Fault, InputError
from steelyard.units import HOURS_PER_MONTH, HOURS_PER_WEEK

__all__ = ["Commitment", "CommitmentOffer", "CommitmentPlan", "busy_hours", "cheapest_commitments",
           "hours_beyond"]  # fmt: skip

Array = NDArray[np.float64]

LEAST_GAIN_USD = 1e-9
"""A path must be shorter by this to replace another, so that rounding starts no endless loop."""


@dataclass(frozen=True, slots=True)
class CommitmentOffer:
    """A unit paid every month of a term, needed or not."""

    id: str
    """Name for the plan."""
    term_months: int
    """Term, at least 1."""
    usd_per_unit_month: float
    """Price of one unit [USD/month]."""


@dataclass(frozen=True, slots=True)
class Commitment:
    """Units taken in one month."""

    month: int
    """First month, from 1."""
    units: int
    """Units."""
    offer: CommitmentOffer
    """Their terms."""


@dataclass(frozen=True, slots=True)
class CommitmentPlan:
    """What to commit, when."""

    commitments: tuple[Commitment, ...]
    """By month, then by offer."""
    committed_units: tuple[int, ...]
    """Units in force by month."""
    on_demand_unit_h: tuple[float, ...]
    """Unit-hours paid on demand by month [h]."""
    usd: float
    """Cost of both over the horizon, with what is still owed after it [USD]."""


def busy_hours(units_by_hour: Array) -> Array:
    """Return for how many hours of each month more than k units are needed, shape (n_months, n_levels).

    Parameters
    ----------
    units_by_hour
        Whole units needed in each hour of the week, shape (n_months, 168).
    """
    levels = np.arange(int(units_by_hour.max(initial=0.0)))
    above: Array = (units_by_hour[:, :, None] > levels).sum(axis=1).astype(np.float64)
    return above * (HOURS_PER_MONTH / HOURS_PER_WEEK)


def hours_beyond(units_by_hour: Array, committed_units: float) -> Array:
    """Return the unit-hours a month needs beyond the committed units, to tabulate against the volume [h].

    Parameters
    ----------
    units_by_hour
        Units needed by hour of the week at each volume, shape (n_volumes, 168).
    committed_units
        Units held in every hour.

    Returns
    -------
    Array
        Shape (n_volumes,).
    """
    return np.maximum(units_by_hour - committed_units, 0.0).sum(axis=1) * (HOURS_PER_MONTH / HOURS_PER_WEEK)


def cheapest_commitments(
    busy: Array, on_demand_usd_per_unit_h: float, offers: Sequence[CommitmentOffer], *,
    owed_after_horizon: float = 1.0,
) -> CommitmentPlan:  # fmt: skip
    """Return the exact cheapest mix of commitments and on-demand hours.

    Parameters
    ----------
    busy
        Hours in which more than k units are needed, not rising with k, shape (n_months, n_levels).
    on_demand_usd_per_unit_h
        Price of one unit on demand [USD/h].
    offers
        Commitments one can take in any month.
    owed_after_horizon
        Share of a commitment's payments beyond the horizon that is still owed [1]: 1 to its end, less at exit terms.

    Raises
    ------
    InputError
        If a price or a term is not positive, or ``busy`` rises with k.
    """
    _check(busy, offers)
    flow = _Flow(busy * on_demand_usd_per_unit_h, offers, owed_after_horizon)
    for _ in range(busy.shape[1]):
        flow.send_one()
    return flow.plan(busy, on_demand_usd_per_unit_h)


def _check(busy: Array, offers: Sequence[CommitmentOffer]) -> None:
    if np.any(np.diff(busy, axis=1) > 0):
        raise InputError(Fault("busy hours rise with the level", "busy", "hours in which more than k units are needed"))
    for offer in offers:
        if offer.term_months < 1 or not offer.usd_per_unit_month >= 0:
            raise InputError(Fault(f"term {offer.term_months!r} at {offer.usd_per_unit_month!r} USD", offer.id,
                                   "a term of at least one month at a price of at least 0"))  # fmt: skip


class _Flow:
    """Units carried so far; nodes are month boundaries 0 to n_months."""

    def __init__(self, level_usd: Array, offers: Sequence[CommitmentOffer], owed: float) -> None:
        self.n_months, self.n_levels = int(level_usd.shape[0]), int(level_usd.shape[1])
        self.usd_by_level = cast("list[list[float]]", level_usd.tolist())
        self.offers = offers
        self.arcs = [(s, k, min(s + o.term_months, self.n_months), self._price(o, s, owed))
                     for s in range(self.n_months) for k, o in enumerate(offers)]  # fmt: skip
        self.taken = [0] * len(self.arcs)
        self.on_demand = [0] * self.n_months

    def _price(self, offer: CommitmentOffer, start: int, owed: float) -> float:
        inside = min(offer.term_months, self.n_months - start)
        return offer.usd_per_unit_month * (inside + owed * (offer.term_months - inside))

    def send_one(self) -> None:
        """Carry one more unit across the horizon along the cheapest residual path."""
        distance = [0.0] + [math.inf] * self.n_months
        via: list[tuple[int, int, bool, int] | None] = [None] * (self.n_months + 1)
        changed = True
        while changed:
            changed = False
            for tail, head, usd, step in self._residual():
                if distance[tail] + usd < distance[head] - LEAST_GAIN_USD:
                    distance[head], changed = distance[tail] + usd, True
                    via[head] = (tail, *step)
        node = self.n_months
        while (step := via[node]) is not None:
            node, index, is_commitment, sign = step
            (self.taken if is_commitment else self.on_demand)[index] += sign

    def _residual(self) -> list[tuple[int, int, float, tuple[int, bool, int]]]:
        """Return arcs along which a unit can go or be taken back: (tail, head, cost, what changes)."""
        arcs: list[tuple[int, int, float, tuple[int, bool, int]]] = []
        for m, used in enumerate(self.on_demand):
            if used < self.n_levels:
                arcs.append((m, m + 1, self.usd_by_level[m][self.n_levels - 1 - used], (m, False, 1)))
            if used > 0:
                arcs.append((m + 1, m, -self.usd_by_level[m][self.n_levels - used], (m, False, -1)))
        for index, (tail, _, head, usd) in enumerate(self.arcs):
            arcs.append((tail, head, usd, (index, True, 1)))
            if self.taken[index] > 0:
                arcs.append((head, tail, -usd, (index, True, -1)))
        return arcs

    def plan(self, busy: Array, usd_per_unit_h: float) -> CommitmentPlan:
        """Return the flow as a plan."""
        chosen = tuple(Commitment(s + 1, n, self.offers[k])
                       for (s, k, _, _), n in zip(self.arcs, self.taken, strict=True) if n > 0)  # fmt: skip
        committed = tuple(self.n_levels - used for used in self.on_demand)
        hours = tuple(float(busy[m, units:].sum()) for m, units in enumerate(committed))
        fixed = math.fsum(n * usd for (_, _, _, usd), n in zip(self.arcs, self.taken, strict=True))
        return CommitmentPlan(chosen, committed, hours, fixed + math.fsum(hours) * usd_per_unit_h)
