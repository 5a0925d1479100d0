"""Splits by class: each class on the best of what it may be bought from and of own machines sized for its traffic."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from steelyard.decision.cost_model import DISCOUNT
from steelyard.domain.calibration import Calibration
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.draws import Draws
from steelyard.domain.serving import ServingConfig
from steelyard.domain.study import Study, TodayApi, TrafficClass
from steelyard.finance.evaluate import evaluate
from steelyard.finance.measures import npv_usd
from steelyard.options.bought import Service, services_of, today_option
from steelyard.options.class_split import SHARED_BY_CLASSES, ClassService, split_option
from steelyard.options.demand import Demand
from steelyard.options.option import REQUESTS, Hardware, Option
from steelyard.options.self_hosted import Interim
from steelyard.options.tokens import usd_per_request
from steelyard.study.candidates import bought_from
from steelyard.study.class_options import allows
from steelyard.study.inputs import draw_inputs
from steelyard.study.machines import on_same_machines, played_over_predicted, resized
from steelyard.study.plans import BY_THE_TOKEN, FIT_DRAWS, FIT_SEED, OWN
from steelyard.study.traffic import today_services

if TYPE_CHECKING:
    from steelyard.ingest.classes import TrafficPart

__all__ = ["ClassShop", "class_demand", "near_on_machines", "splits_by_class"]


@dataclass(frozen=True)
class ClassShop:
    """What the classes of a traffic may be served from."""

    study: Study
    demand: Demand
    """All traffic."""
    catalogue: Catalogue
    calibration: Calibration
    parts: "Mapping[str, TrafficPart]"
    """Profile and share of each class, where the log tells them apart; empty where classes have shares alone."""
    today: Sequence[Service]
    """What is bought today."""
    gated: Callable[[Option, Demand], Option]
    """Answers an option's gates for a traffic."""
    seed: int
    """The study's seed; splits are fitted on others."""
    gaps: dict[ServingConfig, float] = field(default_factory=lambda: {})
    """Played over predicted capacity on all traffic, by configuration."""


class _Ways(NamedTuple):
    """What may serve one class, every option costed on the class's own traffic with its gates answered."""

    part: TrafficClass
    demand: Demand
    bought: tuple[Option, ...]
    machines: tuple[Option, ...]


class _Best(NamedTuple):
    """The cheapest of both ways to serve a class."""

    ways: _Ways
    bought: Option | None
    machines: Option | None
    gain_usd: float
    """By how much machines are cheaper than buying, people left out [USD]."""


def splits_by_class(shop: ClassShop, options: Sequence[Option]) -> tuple[Option, ...]:
    """Return at most two splits: the one that buys every class, and the cheapest with classes on own machines.

    For each class the cheapest bought service and the cheapest own machines are found. People are charged once for all
    machines, so classes go to machines in the order of what that saves: with n classes, n splits at most are costed.
    A class that may not be bought is on machines in every one of them.

    Parameters
    ----------
    shop
        Study, traffic and facts.
    options
        Options for all traffic: what a class may be given.
    """
    classes = shop.study.traffic.classes
    if len(classes) < 2 or not (shop.parts or any(part.options for part in classes)):
        return ()
    found = [_ways(part, shop, options) for part in classes]
    if not all(ways.bought or ways.machines for ways in found):
        return ()
    every = [option for ways in found for option in (*ways.bought, *ways.machines)]
    fit = _fit(shop, every)
    best = [_best(ways, fit) for ways in found]
    bought = _split(best, (), shop)
    mixed = [plan for chosen in _orders(best) if (plan := _split(best, chosen, shop)) is not None]
    drawn = _fit(shop, [*every, *mixed])
    cheapest = min(mixed, key=lambda plan: _mean_usd(plan, drawn, 1.0), default=None)
    return tuple(plan for plan in (bought, cheapest) if plan is not None)


def class_demand(part: TrafficClass, demand: Demand, parts: "Mapping[str, TrafficPart]") -> Demand:
    """Return what one class asks of whoever serves it alone.

    Parameters
    ----------
    part
        The class, its share as measured.
    demand
        All traffic; a class without a profile of its own has its lengths and hours.
    parts
        Classes as measured in the log.
    """
    profile = parts[part.name].profile if part.name in parts else demand.profile
    total = sum(profile.hour_of_week_rps)
    scale = sum(demand.profile.hour_of_week_rps) * part.share / total if total > 0 else 0.0
    profile = profile.model_copy(update={
        "hour_of_week_rps": tuple(rate * scale for rate in profile.hour_of_week_rps),
        "requests_per_month": demand.profile.requests_per_month * part.share,
    })  # fmt: skip
    waits = part.batch_within_h is not None
    return replace(demand, profile=profile, requests_per_month=demand.requests_per_month * part.share, slo=part.slo,
                   batch_share=float(waits), batch_within_h=part.batch_within_h)  # fmt: skip


def _ways(part: TrafficClass, shop: ClassShop, options: Sequence[Option]) -> _Ways:
    demand = class_demand(part, shop.demand, shop.parts)
    services, _ = today_services(shop.study, demand, shop.catalogue, shop.today[0].card if shop.today else None)
    open_to = [o for o in options if o.tuning is None and allows(part, o, shop.catalogue)]
    tokens = [_bought(o, demand, shop, services) for o in open_to if o.card and o.id.startswith(BY_THE_TOKEN)]
    bought = _open(tokens, demand, shop)
    interim = _interim(bought, demand, shop, services)
    held = [o.hardware for o in open_to if o.kind in OWN and o.hardware is not None]
    sized = [made for hardware in held if (made := _machines(hardware, demand, shop, interim)) is not None]
    return _Ways(part, demand, bought, _open(sized, demand, shop))


def _bought(option: Option, demand: Demand, shop: ClassShop, today: Sequence[Service]) -> Option:
    """Return what a class pays where it is bought: what runs today at its discount, another at the study's quote."""
    if option.kind == "keep_today" and today:
        discount = shop.study.today.discount if isinstance(shop.study.today, TodayApi) else 0.0
        return today_option(today, demand, discount=discount)
    assert option.card is not None  # callers pass bought options
    return bought_from(option.card, shop.study, demand, shop.catalogue)


def _open(options: Sequence[Option], demand: Demand, shop: ClassShop) -> tuple[Option, ...]:
    """Return the options that no gate blocks for the class's own traffic; its list of options is minded already."""
    answered = [shop.gated(option, demand) for option in options]
    minded = [replace(o, gates=tuple(g for g in o.gates if g.gate != "class")) for o in answered]
    return tuple(option for option in minded if option.feasible)


def _interim(bought: Sequence[Option], demand: Demand, shop: ClassShop, today: Sequence[Service]) -> Interim | None:
    """Return what serves a class until its machines are live: what runs today, else what it may be bought from."""
    if today and isinstance(shop.study.today, TodayApi):
        return Interim(tuple(today), shop.study.today.discount, running_today=True)
    cards = [option.card for option in bought if option.card is not None]
    if not cards or shop.study.today is not None:
        return None
    card = min(cards, key=lambda card: (sum(usd_per_request(card, demand).values()), card.seller, card.model))
    return Interim(services_of(card, demand), 0.0, running_today=False)


def near_on_machines(shop: ClassShop, near: Sequence[Option], options: Sequence[Option]) -> list[Option]:
    """Return models just below the bar on the machines of the cheapest own option, gates answered: first of a cascade.

    Parameters
    ----------
    shop
        Study, traffic and facts.
    near
        Models just below the bar, as bought.
    options
        Options for all traffic, gates answered.
    """
    own = [o for o in options if o.kind in OWN and o.feasible and o.hardware is not None]
    models = sorted({o.model for o in near if o.model in shop.catalogue.open_models})
    if not own or not models:
        return []
    fit = _fit(shop, own)
    hardware = min(own, key=lambda option: (_mean_usd(option, fit, 1.0), option.id)).hardware
    assert hardware is not None  # only options with machines are asked
    gap = _gap(hardware, shop) if shop.demand.slo.terms else 1.0
    held = [on_same_machines(shop.catalogue.open_models[model], hardware, shop.demand, shop.catalogue,
                             shop.calibration) for model in models]  # fmt: skip
    made = [resized(found, shop.demand, shop.catalogue, shop.calibration, interim=None, gap=gap)
            for found in held if found is not None]  # fmt: skip
    return [shop.gated(option, shop.demand) for option in made if option is not None]


def _gap(hardware: Hardware, shop: ClassShop) -> float:
    config = hardware.curve.config
    if config not in shop.gaps:
        shop.gaps[config] = played_over_predicted(hardware.curve, shop.demand, shop.catalogue, shop.calibration)
    return shop.gaps[config]


def _machines(hardware: Hardware, demand: Demand, shop: ClassShop, interim: Interim | None) -> Option | None:
    gap = _gap(hardware, shop) if demand.slo.terms else 1.0
    return resized(hardware, demand, shop.catalogue, shop.calibration, interim=interim, gap=gap)


def _fit(shop: ClassShop, options: Sequence[Option]) -> Draws:
    return draw_inputs(shop.study, shop.demand, options, shop.catalogue, seed=shop.seed + FIT_SEED, n_draws=FIT_DRAWS)


def _mean_usd(option: Option, fit: Draws, share: float, without: Collection[str] = ()) -> float:
    """Return the mean present value of an option at a share of the volume, some lines left out [USD]."""
    ledger = replace(option.ledger, lines=tuple(line for line in option.ledger.lines if line.id not in without))
    values = {**fit.values, REQUESTS: fit[REQUESTS] * share}
    return float(npv_usd(evaluate(ledger, values, fit.n_months, keep="total").total, fit[DISCOUNT]).mean())


def _best(ways: _Ways, fit: Draws) -> _Best:
    share = ways.part.share
    bought = {option.id: _mean_usd(option, fit, share) for option in ways.bought}
    machines = {option.id: _mean_usd(option, fit, share, SHARED_BY_CLASSES) for option in ways.machines}
    gain = min(bought.values(), default=inf) - min(machines.values(), default=inf) if bought or machines else 0.0
    return _Best(ways, _least(ways.bought, bought), _least(ways.machines, machines), gain)


def _least(options: Sequence[Option], usd: Mapping[str, float]) -> Option | None:
    return min(options, key=lambda option: (usd[option.id], option.id), default=None)


def _orders(best: Sequence[_Best]) -> list[tuple[str, ...]]:
    """Return which classes go to machines: those that must, then one more at a time by what it saves."""
    must = [b.ways.part.name for b in best if b.bought is None]
    may = sorted((b for b in best if b.bought is not None and b.machines is not None),
                 key=lambda b: (-b.gain_usd, b.ways.part.name))  # fmt: skip
    more = [tuple(b.ways.part.name for b in may[:count]) for count in range(len(may) + 1)]
    return [(*must, *names) for names in more if must or names]


def _split(best: Sequence[_Best], on_machines: Collection[str], shop: ClassShop) -> Option | None:
    """Return the split with those classes on machines; None where a class cannot be served so, or all are served alike.

    Where every class is bought from one service, or all are on the same machines, the option for all traffic is that
    already.
    """
    served: list[ClassService] = []
    for b in best:
        option = b.machines if b.ways.part.name in on_machines else b.bought
        if option is None:
            return None
        served.append(ClassService(b.ways.part.name, b.ways.part.share, option, b.ways.demand))
    if len({part.service for part in served}) < 2 or all(part.option.kind == "keep_today" for part in served):
        return None
    gates = tuple(dict.fromkeys(finding for part in served for finding in part.option.gates))
    quality = "; ".join(f"{part.name}: {part.option.quality or 'unknown'}" for part in served)
    plan = split_option(served, shop.demand, today={service.card.model for service in shop.today})
    return plan.with_gates(gates, quality)
