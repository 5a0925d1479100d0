"""Own machines: every model the bar lets in, on every accelerator on offer; the cheapest of each form is costed."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.calibration import Calibration
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.model import OpenModel
from steelyard.domain.price import GpuOffer, PriceType
from steelyard.domain.serving import CapacityCurve, ServingConfig
from steelyard.domain.study import SelfHostedToday, Study
from steelyard.domain.traffic import LengthCells
from steelyard.options.dedicated import dedicated_option
from steelyard.options.demand import Demand
from steelyard.options.estate_growth import Growth
from steelyard.options.option import Hardware, Option
from steelyard.options.self_hosted import Candidate, Interim, owned_option, rented_option
from steelyard.serving.capacity_lengths import traffic_mix
from steelyard.serving.sizing import best_curves, candidate_configs
from steelyard.study.busiest import Arena, busiest_load, search
from steelyard.study.entering_models import entering_models, fine_enough, kept_out
from steelyard.study.machine_costs import (
    HOURLY,
    PRICE_TYPES,
    Ahead,
    Market,
    Ranked,
    WayToPay,
    demand_ahead,
    endpoints,
    failures_usd,
    owned,
    rented,
)
from steelyard.study.own_quotes import dedicated_offers, with_rents
from steelyard.study.played_cache import PlayedCache
from steelyard.study.reference import Reference, screen_model

__all__ = ["LEAD_MONTHS", "growth_of", "on_same_machines", "played_over_predicted", "resized", "self_hosted_options"]

MOST_STAGES = 2
"""Pipeline stages of a replica at most: wider spreads are run by few and measured by nobody here [1]."""
LONGER = 1.2
"""Growth of lengths at which a replica's loss of capacity is measured [1]."""
OWNED, DEDICATED = "owned", "dedicated"
"""Ways to pay beside the forms of rent."""
LEAD_MONTHS = "hardware.lead_time_months"
"""Figure: order of servers to delivery [month]."""


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
    market = Market(_offers(study, demand, catalogue), lambda curve: failures_usd(curve, demand, catalogue))
    ways = _ways(study, demand, catalogue, reference, market)
    curves, played = _as_played(curves, models, accelerators, demand, calibration, ways)
    if not curves:
        return (), ("no model that passes holds the latency promises in the busiest hour, played request by request",)
    options: list[Option] = []
    for price_type in PRICE_TYPES:
        ranked = ways[price_type].best(curves, played)
        if ranked is not None and ranked.offer is not None:
            candidate = _candidate(ranked.curve, demand, catalogue, calibration)
            by_hour = None if price_type in HOURLY else market.beside(ranked.offer)
            options.append(rented_option(candidate, ranked.offer, demand, catalogue, interim=interim,
                                         on_demand=by_hour))  # fmt: skip
    ranked = ways[OWNED].best(curves, played)
    if ranked is not None and ranked.server is not None:
        lead = int(np.ceil(catalogue.figure(LEAD_MONTHS).value))
        candidate = _candidate(ranked.curve, demand, catalogue, calibration)
        options.append(owned_option(candidate, ranked.server, demand, interim=interim, lead_months=lead))
    options += _dedicated(ways[DEDICATED].best(curves, played), study, demand, catalogue, calibration)
    return tuple(options), ()


def _ways(
    study: Study, demand: Demand, catalogue: Catalogue, reference: Reference, market: Market
) -> Mapping[str, WayToPay]:
    """Return every way to pay for machines; bought ones stay where traffic falls."""
    ahead = demand_ahead(demand, study.traffic)
    lists = dedicated_offers(catalogue)

    def chance_no_worse(config: ServingConfig) -> float:
        return screen_model(study, catalogue, reference, config.model, weights=config.weights).least_chance or 0.0

    def paid(price: Callable[[Sequence[CapacityCurve], Demand], Iterable[Ranked]], ahead: Ahead = ahead) -> WayToPay:
        return WayToPay(price, demand, ahead, chance_no_worse)

    def rent(price_type: PriceType) -> WayToPay:
        return paid(lambda curves, load: rented(curves, load, market, price_type))

    ways = {kind: rent(kind) for kind in PRICE_TYPES}
    return {**ways, DEDICATED: paid(lambda curves, load: endpoints(curves, lists, load, catalogue)),
            OWNED: paid(lambda curves, load: owned(curves, load, catalogue),
                        demand_ahead(demand, study.traffic, kept=True))}  # fmt: skip


def _dedicated(
    found: Ranked | None, study: Study, demand: Demand, catalogue: Catalogue, calibration: Calibration
) -> list[Option]:  # fmt: skip
    """Return the cheapest dedicated endpoint of a model that its seller lists; none where nobody states a price."""
    card = catalogue.rate_card(found.offer.seller, found.curve.config.model) if found and found.offer else None
    if found is None or found.offer is None or card is None:
        return []
    candidate = _candidate(found.curve, demand, catalogue, calibration)
    return [dedicated_option(candidate, found.offer, card, demand, catalogue, switching=study.today is not None)]


def _offers(study: Study, demand: Demand, catalogue: Catalogue) -> tuple[GpuOffer, ...]:
    """Return what may be rented: the study's own quotes first, spot only where a missing machine breaks no promise."""
    offers = with_rents(catalogue.gpu_offers, study, catalogue)
    assured = bool(demand.slo.terms) and demand.availability == "n_plus_1"
    return tuple(offer for offer in offers if offer.price_type != "spot" or not assured)


def _as_played(
    curves: Sequence[CapacityCurve], models: Sequence[OpenModel], accelerators: Sequence[Accelerator], demand: Demand,
    calibration: Calibration, ways: Mapping[str, WayToPay],
) -> tuple[list[CapacityCurve], Collection[ServingConfig]]:  # fmt: skip
    """Return the curves with the cheapest of every form played on the busiest hour, and which those are.

    Batch alone needs no playing.
    """
    peak = float(demand.hourly_rps.max())
    if not demand.slo.terms or peak <= 0:
        return list(curves), ()
    cache = PlayedCache()
    arena = Arena({m.id: m for m in models}, {a.id: a for a in accelerators}, calibration, demand.profile,
                  busiest_load(demand.profile, rate_rps=peak, cache=cache), demand.slo, cache)  # fmt: skip
    found = search(curves, arena, [way.rank() for way in ways.values()])
    played = [curve for curve, _ in found.played.values()]
    return [*played, *found.unplayed.values()], [curve.config for curve in played]


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
