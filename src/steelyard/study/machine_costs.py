"""What a way to run a model costs on rented, bought or dedicated machines, and which of two equals is better."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.price import GpuOffer, PriceType, ServerPurchase
from steelyard.domain.serving import CapacityCurve, ServingConfig
from steelyard.domain.study import TrafficNeeds
from steelyard.options.demand import Demand
from steelyard.options.fleet import Fleet, instances_for
from steelyard.options.self_hosted import term_split
from steelyard.serving.memory import BYTES_PER_WEIGHT
from steelyard.study.busiest import Rank, to_the_cent
from steelyard.study.failures import failures_usd_per_month
from steelyard.units import HOURS_PER_MONTH

__all__ = [
    "HOURLY",
    "PRICE_TYPES",
    "Ahead",
    "Market",
    "Ranked",
    "WayToPay",
    "demand_ahead",
    "endpoints",
    "failures_usd",
    "owned",
    "rented",
]

PRICE_TYPES: tuple[PriceType, ...] = ("on_demand", "spot", "reserved_1y", "reserved_3y")
"""Forms of rent costed; spot only where no latency is promised with a spare: a region may have none for hours."""
HOURLY: frozenset[PriceType] = frozenset({"on_demand", "spot"})
"""Forms that follow the load hour by hour."""
STRAIGHT_LINE_MONTHS = 36.0
"""Months over which a server's price is spread when machines are ranked; the ledger does it exactly [month]."""
MONTHS_APART = 3
"""Months between those at which machines that cost the same today are priced again [month]."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One way to run the model, and what it costs in a mean month at today's volume."""

    curve: CapacityCurve
    usd_per_month: float
    offer: GpuOffer | None = None
    server: ServerPurchase | None = None


class Market:
    """GPU hours for rent: per way to pay the cheapest of each accelerator and machine size."""

    def __init__(self, offers: Sequence[GpuOffer], failures_usd: Callable[[CapacityCurve], float]) -> None:
        self.failures_usd = failures_usd
        self._by_type = {kind: _cheapest_offers(offers, kind) for kind in PRICE_TYPES}
        self._by_hour = [offer for offer in offers if offer.price_type == "on_demand"]

    def offers(self, accelerator: str, price_type: PriceType) -> tuple[GpuOffer, ...]:
        """Return the cheapest offer of each machine size."""
        return self._by_type[price_type].get(accelerator, ())

    def beside(self, offer: GpuOffer) -> GpuOffer | None:
        """Return the same machine by the hour beside a term: of the same seller where it has one, else the cheapest."""
        same = [o for o in self._by_hour if o.accelerator == offer.accelerator and o.devices == offer.devices]
        return min(same, key=lambda o: (o.seller != offer.seller, o.usd_per_device_h, o.id), default=None)


class Ahead(NamedTuple):
    """The load of months to come."""

    expected: tuple[Demand, ...]
    high: tuple[Demand, ...]


class WayToPay:
    """One way to pay for machines: what a curve costs so today, and who comes first of those that cost the same."""

    def __init__(
        self, price: Callable[[Sequence[CapacityCurve], Demand], Iterable[Ranked]], today: Demand, ahead: Ahead,
        chance_no_worse: Callable[[ServingConfig], float],
    ) -> None:  # fmt: skip
        self.price, self.today, self.ahead, self.chance_no_worse = price, today, ahead, chance_no_worse

    def rank(self) -> Rank:
        """Return how a search compares curves paid for so."""
        return Rank(lambda curve: _least(self.price([curve], self.today)), self._among_equals)

    def best(self, curves: Sequence[CapacityCurve], played: Collection[ServingConfig] = ()) -> Ranked | None:
        """Return the cheapest today; of equals the cheapest to the horizon, then a played one, then as ``_order`` says.

        Parameters
        ----------
        curves
            Ways to run.
        played
            Those whose capacity was checked request by request.
        """
        found = list(self.price(curves, self.today))
        least = min((to_the_cent(ranked.usd_per_month) for ranked in found), default=math.inf)
        equals = [ranked for ranked in found if to_the_cent(ranked.usd_per_month) == least]
        return equals[0] if len(equals) == 1 else min(equals, key=lambda r: self._place(r, played), default=None)

    def _among_equals(self, curve: CapacityCurve) -> tuple[float, ...]:
        found = list(self.price([curve], self.today))
        least = min(to_the_cent(ranked.usd_per_month) for ranked in found)
        return min(self._order(ranked) for ranked in found if to_the_cent(ranked.usd_per_month) == least)

    def _place(self, ranked: Ranked, played: Collection[ServingConfig]) -> tuple[float | str, ...]:
        config = ranked.curve.config
        usd, *rest = self._order(ranked)
        return (usd, config not in played, *rest, config.model, config.accelerator,
                ranked.offer.id if ranked.offer else "")  # fmt: skip

    def _order(self, ranked: Ranked) -> tuple[float, ...]:
        """Return the cost to the horizon, that of high traffic, less the quality as served, and less what is carried.

        Room is worth what it saves where traffic is high; what it carries beyond that comes after quality.
        """
        config = ranked.curve.config
        return (
            self._usd(ranked, self.ahead.expected), self._usd(ranked, self.ahead.high), -self.chance_no_worse(config),
            -BYTES_PER_WEIGHT[config.weights], -self._capacity_rps(ranked),
        )  # fmt: skip

    def _usd(self, ranked: Ranked, months: Sequence[Demand]) -> float:
        """Return the sum over months of what the same machines cost at their load [USD/month]."""
        costs = (_least(r for r in self.price([ranked.curve], demand)
                        if r.offer is ranked.offer and r.server is ranked.server)
                 for demand in months)  # fmt: skip
        return to_the_cent(math.fsum(costs))

    def _capacity_rps(self, ranked: Ranked) -> float:
        """Return what the machines of the busiest hour of today carry together [1/s]."""
        machine = ranked.offer or ranked.server
        if machine is None:
            return 0.0
        curve = ranked.curve
        fleet = Fleet(curve.config.parallelism.devices, machine.devices)
        machines = float(_machines(curve, self.today, machine.devices).max())
        replicas = machines * fleet.replicas_per_instance or machines // fleet.instances_per_replica
        return replicas * curve.max_rps * (1.0 - curve.headroom)


def demand_ahead(demand: Demand, traffic: TrafficNeeds, *, kept: bool = False) -> Ahead:
    """Return the load of months between going live and the horizon: as expected, and at the high end of what is stated.

    Parameters
    ----------
    demand
        The first month at the median.
    traffic
        Growth, and the volume where it is stated.
    kept
        Whether machines stay where traffic falls.
    """
    stated, growth, least = traffic.stated, traffic.growth_per_month, 0.0 if kept else -math.inf
    more = stated.requests_per_month.p90 / stated.requests_per_month.p50 if stated else 1.0
    months = range(min(demand.build_months, demand.horizon_months - 1), demand.horizon_months, MONTHS_APART)
    return Ahead(
        *(
            tuple(_grown(demand, factor * (1.0 + max(rate, least)) ** month) for month in months)
            for factor, rate in ((1.0, growth.p50), (more, growth.p90))
        )
    )


def _grown(demand: Demand, factor: float) -> Demand:
    rates = tuple(rate * factor for rate in demand.profile.hour_of_week_rps)
    return replace(demand, profile=demand.profile.model_copy(update={"hour_of_week_rps": rates}),
                   requests_per_month=demand.requests_per_month * factor)  # fmt: skip


def rented(curves: Sequence[CapacityCurve], demand: Demand, market: Market, price_type: PriceType) -> Iterable[Ranked]:
    """Yield every way to run on every offer of a form of rent, with what a month costs."""
    for curve in curves:
        for offer in market.offers(curve.config.accelerator, price_type):
            by_hour = market.beside(offer) if price_type not in HOURLY else None
            if by_hour is not None:
                usd = term_split(curve, offer, by_hour, demand).usd_per_month
            else:
                hours = _machine_hours(curve, demand, offer.devices, follows_load=price_type in HOURLY)
                usd = hours * offer.devices * offer.usd_per_device_h
            yield Ranked(curve, usd + market.failures_usd(curve), offer=offer)


def owned(curves: Sequence[CapacityCurve], demand: Demand, catalogue: Catalogue) -> Iterable[Ranked]:
    """Yield every way to run on every server for sale, with what a month costs."""
    site = catalogue.figure("colocation.wholesale_usd_per_kw_month").value
    energy = catalogue.figure("power.us_industrial_usd_per_kwh").value * catalogue.figure("pue.industry_average").value
    for curve in curves:
        for server in catalogue.servers:
            if server.accelerator == curve.config.accelerator:
                servers = _machine_hours(curve, demand, server.devices, follows_load=False) / HOURS_PER_MONTH
                monthly = server.usd / STRAIGHT_LINE_MONTHS + server.power_kw * (site + energy * HOURS_PER_MONTH)
                usd = servers * monthly + failures_usd(curve, demand, catalogue)
                yield Ranked(curve, usd, server=server)


def endpoints(
    curves: Sequence[CapacityCurve], offers: Sequence[GpuOffer], demand: Demand, catalogue: Catalogue
) -> Iterable[Ranked]:  # fmt: skip
    """Yield every way to run on the endpoints of sellers that list the model, with what a month costs."""
    for offer in offers:
        for curve in curves:
            config = curve.config
            if config.accelerator == offer.accelerator and catalogue.rate_card(offer.seller, config.model) is not None:
                hours = _machine_hours(curve, demand, offer.devices, follows_load=True)
                usd = hours * offer.devices * offer.usd_per_device_h
                yield Ranked(curve, usd + failures_usd(curve, demand, catalogue), offer=offer)


def _machine_hours(curve: CapacityCurve, demand: Demand, devices: int, *, follows_load: bool) -> float:
    machines = _machines(curve, demand, devices)
    return float(machines.mean() if follows_load else machines.max()) * HOURS_PER_MONTH


def _machines(curve: CapacityCurve, demand: Demand, devices: int) -> NDArray[np.float64]:
    """Return whole machines of ``devices`` each in every hour of the week, shape (168,)."""
    spare = 1 if demand.availability == "n_plus_1" else 0
    hourly = np.maximum(demand.hourly_rps, np.finfo(np.float64).tiny)
    return instances_for(curve.replicas(hourly, spare=spare), Fleet(curve.config.parallelism.devices, devices))


def failures_usd(curve: CapacityCurve, demand: Demand, catalogue: Catalogue) -> float:
    """Return what failures of a model as served cost beyond the reference's [USD/month]."""
    return failures_usd_per_month(curve.config.model, demand, catalogue, weights=curve.config.weights)


def _cheapest_offers(offers: Sequence[GpuOffer], price_type: PriceType) -> Mapping[str, tuple[GpuOffer, ...]]:
    """Return the cheapest offer per accelerator and machine size."""
    best: dict[tuple[str, int], GpuOffer] = {}
    for offer in offers:
        if offer.price_type == price_type:
            key = (offer.accelerator, offer.devices)
            have = best.get(key)
            if have is None or (offer.usd_per_device_h, offer.id) < (have.usd_per_device_h, have.id):
                best[key] = offer
    grouped: dict[str, list[GpuOffer]] = {}
    for (accelerator, _), offer in sorted(best.items()):
        grouped.setdefault(accelerator, []).append(offer)
    return {accelerator: tuple(found) for accelerator, found in grouped.items()}


def _least(found: Iterable[Ranked]) -> float:
    return min((ranked.usd_per_month for ranked in found), default=math.inf)
