"""Own machines: every model the bar lets in, on every accelerator on offer; the cheapest of each form is costed."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.calibration import Calibration
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.model import OpenModel
from steelyard.domain.price import GpuOffer, PriceType, ServerPurchase
from steelyard.domain.serving import CapacityCurve, ServingConfig
from steelyard.domain.study import SelfHostedToday, Study
from steelyard.domain.traffic import LengthCells
from steelyard.options.dedicated import dedicated_option
from steelyard.options.demand import Demand
from steelyard.options.estate_growth import Growth
from steelyard.options.fleet import Fleet, instances_for
from steelyard.options.option import Hardware, Option
from steelyard.options.self_hosted import Candidate, Interim, owned_option, rented_option, term_split
from steelyard.serving.capacity_lengths import traffic_mix
from steelyard.serving.sizing import best_curves, candidate_configs
from steelyard.study.busiest import Arena, busiest_load, search
from steelyard.study.entering_models import entering_models, fine_enough, kept_out
from steelyard.study.failures import failures_usd_per_month
from steelyard.study.own_quotes import dedicated_offers, with_rents
from steelyard.study.played_cache import PlayedCache
from steelyard.study.reference import Reference
from steelyard.units import HOURS_PER_MONTH

__all__ = ["LEAD_MONTHS", "growth_of", "on_same_machines", "played_over_predicted", "resized", "self_hosted_options"]

PRICE_TYPES: tuple[PriceType, ...] = ("on_demand", "spot", "reserved_1y", "reserved_3y")
"""Forms of rent costed; spot only where no latency is promised with a spare: a region may have none for hours."""
HOURLY: frozenset[PriceType] = frozenset({"on_demand", "spot"})
"""Forms that follow the load hour by hour."""
MOST_STAGES = 2
"""Pipeline stages of a replica at most: wider spreads are run by few and measured by nobody here [1]."""
LONGER = 1.2
"""Growth of lengths at which a replica's loss of capacity is measured [1]."""
STRAIGHT_LINE_MONTHS = 36.0
"""Months over which a server's price is spread when machines are ranked; the ledger does it exactly [month]."""
LEAD_MONTHS = "hardware.lead_time_months"
"""Figure: order of servers to delivery [month]."""


@dataclass(frozen=True, slots=True)
class _Ranked:
    """One way to run the model, and what it costs in a mean month at today's volume."""

    curve: CapacityCurve
    usd_per_month: float
    offer: GpuOffer | None = None
    server: ServerPurchase | None = None

    @property
    def key(self) -> tuple[float, str, str, str]:
        config = self.curve.config
        return (self.usd_per_month, config.model, config.accelerator, self.offer.id if self.offer else "")


class _Market:
    """GPU hours for rent: per way to pay the cheapest of each accelerator and machine size."""

    def __init__(self, offers: Sequence[GpuOffer], failures_usd: Callable[[CapacityCurve], float]) -> None:
        self.failures_usd = failures_usd
        self._by_type = {kind: _cheapest_offers(offers, kind) for kind in PRICE_TYPES}
        self._by_hour = [offer for offer in offers if offer.price_type == "on_demand"]

    def offers(self, accelerator: str, price_type: PriceType) -> tuple[GpuOffer, ...]:
        return self._by_type[price_type].get(accelerator, ())

    def beside(self, offer: GpuOffer) -> GpuOffer | None:
        """Return the same machine by the hour beside a term: of the same seller where it has one, else the cheapest."""
        same = [o for o in self._by_hour if o.accelerator == offer.accelerator and o.devices == offer.devices]
        return min(same, key=lambda o: (o.seller != offer.seller, o.usd_per_device_h, o.id), default=None)


def self_hosted_options(
    study: Study, demand: Demand, catalogue: Catalogue, reference: Reference, interim: Interim | None, *,
    calibration: Calibration,
) -> tuple[tuple[Option, ...], tuple[str, ...]]:  # fmt: skip
    """Return the cheapest self-hosted option of each form, and notes on the search.

    Parameters
    ----------
    study
        Constraints; ``candidates`` restricts the models.
    demand
        Traffic.
    catalogue
        Facts.
    reference
        The quality bar.
    interim
        Service used until the machines are live.
    calibration
        How well engines use accelerators.
    """
    models = entering_models(study, demand, catalogue, reference)
    if not models:
        known = catalogue.open_models
        named = [f"{name} is not run on machines: {kept_out(known[name], study, demand)}"
                 for name in study.candidates or () if name in known]  # fmt: skip
        return (), (*named, "no open-weight model passes the quality bar, its licence and the context length")
    places = {o.accelerator for o in catalogue.gpu_offers} | {s.accelerator for s in catalogue.servers}
    accelerators = [catalogue.accelerators[a] for a in sorted(places) if a in catalogue.accelerators]
    curves = _sweep(models, accelerators, demand, calibration,
                    lambda config: fine_enough(study, catalogue, reference, config))  # fmt: skip
    if not curves:
        return (), ("no model that passes holds the latency promises on any accelerator on offer",)
    market = _Market(_offers(study, demand, catalogue), lambda curve: _failures_usd(curve, demand, catalogue))
    curves = _as_played(curves, models, accelerators, demand, catalogue, calibration, market)
    if not curves:
        return (), ("no model that passes holds the latency promises in the busiest hour, played request by request",)
    options: list[Option] = []
    for price_type in PRICE_TYPES:
        ranked = min(_rented(curves, demand, market, price_type), key=lambda r: r.key, default=None)
        if ranked is not None and ranked.offer is not None:
            candidate = _candidate(ranked.curve, demand, catalogue, calibration)
            by_hour = None if price_type in HOURLY else market.beside(ranked.offer)
            options.append(rented_option(candidate, ranked.offer, demand, catalogue, interim=interim,
                                         on_demand=by_hour))  # fmt: skip
    ranked = min(_owned(curves, demand, catalogue), key=lambda r: r.key, default=None)
    if ranked is not None and ranked.server is not None:
        lead = int(np.ceil(catalogue.figure(LEAD_MONTHS).value))
        candidate = _candidate(ranked.curve, demand, catalogue, calibration)
        options.append(owned_option(candidate, ranked.server, demand, interim=interim, lead_months=lead))
    options += _dedicated(curves, study, demand, catalogue, calibration)
    return tuple(options), ()


def _dedicated(
    curves: Sequence[CapacityCurve], study: Study, demand: Demand, catalogue: Catalogue, calibration: Calibration
) -> list[Option]:  # fmt: skip
    """Return the cheapest dedicated endpoint of a model that its seller lists; none where nobody states a price."""
    found = min(_endpoints(curves, dedicated_offers(catalogue), demand, catalogue), key=lambda r: r.key, default=None)
    card = catalogue.rate_card(found.offer.seller, found.curve.config.model) if found and found.offer else None
    if found is None or found.offer is None or card is None:
        return []
    candidate = _candidate(found.curve, demand, catalogue, calibration)
    return [dedicated_option(candidate, found.offer, card, demand, catalogue, switching=study.today is not None)]


def _endpoints(
    curves: Sequence[CapacityCurve], offers: Sequence[GpuOffer], demand: Demand, catalogue: Catalogue
) -> Iterable[_Ranked]:  # fmt: skip
    for offer in offers:
        for curve in curves:
            config = curve.config
            if config.accelerator == offer.accelerator and catalogue.rate_card(offer.seller, config.model) is not None:
                hours = _machine_hours(curve, demand, offer.devices, follows_load=True)
                usd = hours * offer.devices * offer.usd_per_device_h
                yield _Ranked(curve, usd + _failures_usd(curve, demand, catalogue), offer=offer)


def _offers(study: Study, demand: Demand, catalogue: Catalogue) -> tuple[GpuOffer, ...]:
    """Return what may be rented: the study's own quotes first, spot only where a missing machine breaks no promise."""
    offers = with_rents(catalogue.gpu_offers, study, catalogue)
    assured = bool(demand.slo.terms) and demand.availability == "n_plus_1"
    return tuple(offer for offer in offers if offer.price_type != "spot" or not assured)


def _as_played(
    curves: Sequence[CapacityCurve], models: Sequence[OpenModel], accelerators: Sequence[Accelerator], demand: Demand,
    catalogue: Catalogue, calibration: Calibration, market: _Market,
) -> list[CapacityCurve]:  # fmt: skip
    """Return the curves with the cheapest of every form played on the busiest hour; batch alone needs no playing."""
    peak = float(demand.hourly_rps.max())
    if not demand.slo.terms or peak <= 0:
        return list(curves)
    cache = PlayedCache()
    arena = Arena({m.id: m for m in models}, {a.id: a for a in accelerators}, calibration, demand.profile,
                  busiest_load(demand.profile, rate_rps=peak, cache=cache), demand.slo, cache)  # fmt: skip

    dedicated = dedicated_offers(catalogue)

    def rented(price_type: PriceType) -> Callable[[CapacityCurve], float]:
        return lambda curve: _least(_rented([curve], demand, market, price_type))

    def owned(curve: CapacityCurve) -> float:
        return _least(_owned([curve], demand, catalogue))

    def endpoint(curve: CapacityCurve) -> float:
        return _least(_endpoints([curve], dedicated, demand, catalogue))

    found = search(curves, arena, [*(rented(price_type) for price_type in PRICE_TYPES), owned, endpoint])
    return [*(curve for curve, _ in found.played.values()), *found.unplayed.values()]


def _least(found: Iterable[_Ranked]) -> float:
    return min((ranked.usd_per_month for ranked in found), default=math.inf)


def _sweep(
    models: Sequence[OpenModel], accelerators: Sequence[Accelerator], demand: Demand, calibration: Calibration,
    good_enough: Callable[[ServingConfig], bool],
) -> list[CapacityCurve]:  # fmt: skip
    """Return what one replica carries for every model, accelerator and format that can hold the promises."""
    cells = demand.profile.joint.cells
    context = traffic_mix(cells, 0.0).decode_context_tokens
    every = (c for model in models for c in candidate_configs(model, accelerators, context_tokens=context))
    configs = [config for config in every if config.parallelism.pp <= MOST_STAGES and good_enough(config)]
    return _curves(models, accelerators, configs, demand, cells, calibration)


def _curves(
    models: Sequence[OpenModel], accelerators: Sequence[Accelerator], configs: Sequence[ServingConfig],
    demand: Demand, cells: LengthCells, calibration: Calibration,
) -> list[CapacityCurve]:  # fmt: skip
    if not configs:
        return []
    curves = best_curves(
        {m.id: m for m in models}, {a.id: a for a in accelerators}, configs, calibration=calibration, lengths=cells,
        slo=demand.slo, prefix_hit_fraction=demand.profile.cached_fraction,
        burstiness=max(demand.profile.inter_arrival_cv, 1.0), load_rps=float(demand.hourly_rps.max()),
    )  # fmt: skip
    return [curve for curve in curves if curve.max_rps > 0]


def _candidate(curve: CapacityCurve, demand: Demand, catalogue: Catalogue, calibration: Calibration) -> Candidate:
    """Return the pair with its answers to longer inputs and outputs, measured on the serving model itself."""
    model, accelerator = catalogue.open_models[curve.config.model], catalogue.accelerators[curve.config.accelerator]
    cells = demand.profile.joint.cells
    longer_in = replace(cells, input_tokens=cells.input_tokens * LONGER)
    longer_out = replace(cells, output_tokens=cells.output_tokens * LONGER)
    loss: list[float] = []
    base = _curves([model], [accelerator], [curve.config], demand, cells, calibration)
    for lengths in (longer_in, longer_out):
        again = _curves([model], [accelerator], [curve.config], demand, lengths, calibration)
        loss.append(float(np.log(base[0].max_rps / again[0].max_rps) / np.log(LONGER)) if again and base else 1.0)
    return Candidate(model, accelerator, curve, max(loss[0], 0.0), max(loss[1], 0.0))


def played_over_predicted(
    curve: CapacityCurve, demand: Demand, catalogue: Catalogue, calibration: Calibration
) -> float:  # fmt: skip
    """Return what a replica carries as it was played over what closed forms predict for the same traffic [1].

    Parameters
    ----------
    curve
        As played.
    demand
        The traffic it was played on.
    catalogue
        Models and accelerators.
    calibration
        How well engines use accelerators.
    """
    predicted = _predicted(curve.config, demand, catalogue, calibration)
    return _usable_rps(curve) / _usable_rps(predicted) if predicted is not None else 1.0


def resized(
    hardware: Hardware, demand: Demand, catalogue: Catalogue, calibration: Calibration, *, interim: Interim | None,
    gap: float,
) -> Option | None:  # fmt: skip
    """Return the option of the same machines sized for another traffic; None where they cannot hold its promises.

    Parameters
    ----------
    hardware
        Machines of an option sized for one traffic.
    demand
        The other traffic.
    catalogue
        Models, accelerators and lead times.
    calibration
        How well engines use accelerators.
    interim
        Service used until the machines are live.
    gap
        Played over predicted capacity of a replica [1], which corrects the prediction.
    """
    predicted = _predicted(hardware.curve.config, demand, catalogue, calibration)
    if predicted is None or not np.any(demand.hourly_rps > 0):
        return None
    curve = replace(predicted, max_rps=predicted.max_rps * gap, max_rps_low=predicted.max_rps_low * gap,
                    max_rps_high=predicted.max_rps_high * gap)  # fmt: skip
    candidate = _candidate(curve, demand, catalogue, calibration)
    if hardware.server is not None:
        lead = int(np.ceil(catalogue.figure(LEAD_MONTHS).value))
        return owned_option(candidate, hardware.server, demand, interim=interim, lead_months=lead)
    if hardware.offer is None:
        return None
    return rented_option(candidate, hardware.offer, demand, catalogue, interim=interim, on_demand=hardware.by_the_hour)


def growth_of(
    today: SelfHostedToday, model: str, demand: Demand, catalogue: Catalogue, *, calibration: Calibration
) -> Growth | None:  # fmt: skip
    """Return what the machines held today carry, by the spread that carries most; None where nobody can say.

    Parameters
    ----------
    today
        Accelerator and devices held.
    model
        Identifier of the model they serve.
    demand
        Traffic.
    catalogue
        Models and accelerators.
    calibration
        How well engines use accelerators.
    """
    served, device = catalogue.open_models.get(model), catalogue.accelerators.get(today.accelerator)
    if served is None or device is None or not np.any(demand.hourly_rps > 0):
        return None
    cells = demand.profile.joint.cells
    context = traffic_mix(cells, 0.0).decode_context_tokens
    configs = [config for config in candidate_configs(served, [device], context_tokens=context)
               if config.parallelism.devices <= today.count and config.parallelism.pp <= MOST_STAGES]  # fmt: skip
    every = [Growth(curve, int(today.count), demand)
             for curve in _curves([served], [device], configs, demand, cells, calibration)]  # fmt: skip
    return max(every, key=lambda growth: growth.serving * growth.usable_rps, default=None)


def on_same_machines(
    model: OpenModel, hardware: Hardware, demand: Demand, catalogue: Catalogue, calibration: Calibration
) -> Hardware | None:  # fmt: skip
    """Return another model on the machines of an option, as closed forms predict it; None where it cannot serve there.

    Parameters
    ----------
    model
        The other model.
    hardware
        Machines of an option.
    demand
        Traffic.
    catalogue
        Accelerators.
    calibration
        How well engines use accelerators.
    """
    accelerator = catalogue.accelerators[hardware.curve.config.accelerator]
    cells = demand.profile.joint.cells
    context = traffic_mix(cells, 0.0).decode_context_tokens
    configs = [config for config in candidate_configs(model, [accelerator], context_tokens=context)
               if config.parallelism.pp <= MOST_STAGES]  # fmt: skip
    curves = _curves([model], [accelerator], configs, demand, cells, calibration)
    if not curves:
        return None
    best = max(curves, key=lambda curve: _usable_rps(curve) / curve.config.parallelism.devices)
    return replace(hardware, curve=best)


def _predicted(
    config: ServingConfig, demand: Demand, catalogue: Catalogue, calibration: Calibration
) -> CapacityCurve | None:  # fmt: skip
    model, accelerator = catalogue.open_models[config.model], catalogue.accelerators[config.accelerator]
    curves = _curves([model], [accelerator], [config], demand, demand.profile.joint.cells, calibration)
    return curves[0] if curves else None


def _usable_rps(curve: CapacityCurve) -> float:
    return curve.max_rps * (1.0 - curve.headroom)


def _failures_usd(curve: CapacityCurve, demand: Demand, catalogue: Catalogue) -> float:
    return failures_usd_per_month(curve.config.model, demand, catalogue, weights=curve.config.weights)


def _machine_hours(curve: CapacityCurve, demand: Demand, devices: int, *, follows_load: bool) -> float:
    spare = 1 if demand.availability == "n_plus_1" else 0
    hourly = np.maximum(demand.hourly_rps, np.finfo(np.float64).tiny)
    machines = instances_for(curve.replicas(hourly, spare=spare), Fleet(curve.config.parallelism.devices, devices))
    return float(machines.mean() if follows_load else machines.max()) * HOURS_PER_MONTH


def _rented(
    curves: Sequence[CapacityCurve], demand: Demand, market: _Market, price_type: PriceType
) -> Iterable[_Ranked]:
    for curve in curves:
        for offer in market.offers(curve.config.accelerator, price_type):
            by_hour = market.beside(offer) if price_type not in HOURLY else None
            if by_hour is not None:
                usd = term_split(curve, offer, by_hour, demand).usd_per_month
            else:
                hours = _machine_hours(curve, demand, offer.devices, follows_load=price_type in HOURLY)
                usd = hours * offer.devices * offer.usd_per_device_h
            yield _Ranked(curve, usd + market.failures_usd(curve), offer=offer)


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


def _owned(curves: Sequence[CapacityCurve], demand: Demand, catalogue: Catalogue) -> Iterable[_Ranked]:
    site = catalogue.figure("colocation.wholesale_usd_per_kw_month").value
    energy = catalogue.figure("power.us_industrial_usd_per_kwh").value * catalogue.figure("pue.industry_average").value
    for curve in curves:
        for server in catalogue.servers:
            if server.accelerator == curve.config.accelerator:
                servers = _machine_hours(curve, demand, server.devices, follows_load=False) / HOURS_PER_MONTH
                monthly = server.usd / STRAIGHT_LINE_MONTHS + server.power_kw * (site + energy * HOURS_PER_MONTH)
                usd = servers * monthly + _failures_usd(curve, demand, catalogue)
                yield _Ranked(curve, usd, server=server)
