"""Every uncertain input of the options: what it is, how far it spreads, where that comes from.

What age and disagreement among sources add to a figure's spread enters here, once for all options, about an unchanged
mean: ``_known`` for figures and servers, ``Levelled`` for the level of a token price and of a rent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from steelyard.decision.cost_model import DISCOUNT
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.draws import Draws
from steelyard.domain.evidence import Evidence
from steelyard.domain.price import RateCard
from steelyard.domain.study import Study
from steelyard.domain.uncertain import Uncertain
from steelyard.errors import UnknownNameError
from steelyard.facts.prices.ageing import card_spread, drift_spread, offer_spread
from steelyard.facts.token_ratios import ANY
from steelyard.options.demand import Demand
from steelyard.options.option import COMPUTE_PROGRESS, REQUESTS, Option, listing_name, rent_name
from steelyard.options.replicas import DELAY, ENGINE_GAIN
from steelyard.risk.inputs import (
    EngineGain,
    GpuRentFactor,
    InputSpec,
    StaticInput,
    VolumePath,
)
from steelyard.risk.sample import sample
from steelyard.risk.widening import Levelled, level, widened
from steelyard.study.price_paths import Market, compute_progress, known_figure, months_until, price_path

__all__ = ["MONTHLY_NOISE_SD", "draw_inputs", "input_names", "ratio_figure"]

MONTHLY_NOISE_SD = 0.05
"""Spread of a month's requests around its trend, standard deviation of the logarithm [1]; a convention."""
LEAST_CAPACITY = 0.05
"""Least share of the predicted capacity drawn, where the p10 of the prediction holds no load at all [1]."""
RENT_FACTOR = "price.gpu_rental_factor_per_year"
SERVER_DRIFT = "drift.hardware"
SALARY = "staffing.ml_platform_engineer_usd_per_year"


def input_names(options: Sequence[Option]) -> Mapping[str, tuple[str, str]]:
    """Return the label and unit of every input of the options' ledgers."""
    names = {DISCOUNT: ("Discount rate", "1/a")}
    for option in options:
        wanted = set(option.ledger.inputs)
        names.update({q.name: (q.label, q.unit) for q in option.ledger.quantities if q.name in wanted})
    return names


def draw_inputs(
    study: Study, demand: Demand, options: Sequence[Option], catalogue: Catalogue, *, seed: int, n_draws: int,
) -> Draws:  # fmt: skip
    """Return common random numbers for every input of every option.

    Parameters
    ----------
    study
        Its own statements win over the catalogue.
    demand
        Traffic.
    options
        Options; their ledgers name the inputs.
    catalogue
        Figures with intervals.
    seed
        Seed of every stream.
    n_draws
        Number of draws.

    Raises
    ------
    UnknownNameError
        If a ledger names an input that nothing specifies.
    """
    needed = sorted({name for option in options for name in option.ledger.inputs} | {REQUESTS, DISCOUNT})
    cards = {listing_name(option.card): option.card for option in options if option.card is not None}
    cards |= {listing_name(card): card for card in catalogue.rate_cards}
    sources = _Sources(study, demand, options, catalogue, cards)
    specs = [_spec(name, sources) for name in sorted({name.removesuffix(".migration") for name in needed})]
    return sample(specs, n_draws=n_draws, n_months=demand.horizon_months, seed=seed)


@dataclass(frozen=True)
class _Sources:
    """Where specifications come from."""

    study: Study
    demand: Demand
    options: Sequence[Option]
    catalogue: Catalogue
    cards: Mapping[str, RateCard]


def _spec(name: str, src: _Sources) -> InputSpec:
    """Return how an input is drawn: stated by the study, a listing's price, one of a family, or a figure."""
    if name in _STATED:
        return _STATED[name](name, src)
    if name in src.cards:
        return _price_factor(name, src.cards[name], src)
    for prefix, specify in _FAMILIES.items():
        if name.startswith(prefix):
            return specify(name, src)
    if name not in src.catalogue.figures:
        raise UnknownNameError("input", name, src.catalogue.figures, where="ledger")
    figure = src.catalogue.figures[name]
    high = max(1.0, figure.high) if "fraction" in name else float("inf")
    return StaticInput(name, _known(name, src), low=min(figure.low, 0.0), high=high)


def _known(name: str, src: _Sources) -> Uncertain:
    return known_figure(name, src.catalogue)


def _drift(name: str, evidence: Evidence, src: _Sources) -> float:
    return drift_spread(name, evidence, src.catalogue.as_of, src.catalogue.figures)


def _volume(name: str, src: _Sources) -> InputSpec:
    stated = src.study.traffic.stated
    base = stated.requests_per_month if stated else Uncertain.point(src.demand.requests_per_month)
    return VolumePath(name, base, src.study.traffic.growth_per_month, MONTHLY_NOISE_SD)


def _rent(name: str, src: _Sources) -> InputSpec:
    """Return an accelerator's rent; the least known of its offers sets how far today's level may be off."""
    offers = [o.hardware.offer for o in src.options if o.hardware and o.hardware.offer and name in o.ledger.inputs]
    quoted = [q for q in src.study.quotes if q.accelerator is not None and name == f"{rent_name(q.accelerator)}.quote"]
    if quoted:
        fixed = max(months_until(q.until, src.catalogue.as_of) for q in quoted)
        return GpuRentFactor(name, _known(RENT_FACTOR, src), quote_months=fixed)
    spreads = [offer_spread(o, src.catalogue.as_of, src.catalogue.figures) for o in offers] or [(0.0, 0.0)]
    factor = GpuRentFactor(name, _known(RENT_FACTOR, src))
    return Levelled(factor, level(max(b for b, _ in spreads), max(a for _, a in spreads)))


def _token_ratio(name: str, src: _Sources) -> InputSpec:
    side, model = name.split("_", 1)[0], name.split(".", 1)[1]
    return StaticInput(name, _known(ratio_figure(side, model, src.catalogue), src), low=0.0)


def ratio_figure(side: str, model: str, catalogue: Catalogue) -> str:
    """Return the name of the figure that says how many tokens a model needs: its own, or that of any model.

    Parameters
    ----------
    side
        ``input`` or ``output``.
    model
        Identifier of the model.
    catalogue
        Figures.
    """
    exact = f"tokens.{side}_ratio.{model}"
    return exact if exact in catalogue.figures else ANY[side]


def _market(src: _Sources) -> Market:
    return Market(src.study, src.demand, src.catalogue)


def _progress(name: str, src: _Sources) -> InputSpec:
    """Return the compute of the re-picked open model: the capability held is that of the models self-hosted."""
    model = next((o.model for o in src.options if o.hardware is not None and name in o.ledger.inputs), "")
    return compute_progress(name, model, _market(src))


def _delay_value(name: str, src: _Sources) -> InputSpec:
    stated = src.study.differentiator.value_of_a_month_earlier_usd
    if stated is None:
        raise UnknownNameError("input", name, (), where="ledger")
    return StaticInput(name, stated, low=0.0)


def _server(name: str, src: _Sources) -> InputSpec:
    server = next(s for s in src.catalogue.servers if f"server_usd.{s.id}" == name)
    stated = Uncertain(p10=server.low_usd, p50=server.usd, p90=server.high_usd)
    return StaticInput(name, widened(stated, _drift(SERVER_DRIFT, server.evidence, src)), low=0.0)


def _engine_gain(name: str, src: _Sources) -> InputSpec:
    if src.study.buyer == "re_pick":
        return StaticInput(name, Uncertain.point(1.0))  # the market's progress holds that of engines
    return EngineGain(name, _known("engine.throughput_gain_per_year", src))


def _capacity(name: str, src: _Sources) -> InputSpec:
    """Return real over predicted capacity of a model on an accelerator, as the serving model knows itself."""
    for option in src.options:
        curve = option.hardware.curve if option.hardware is not None else option.held_curve
        if curve is not None and name in option.ledger.inputs:
            low = max(curve.max_rps_low / curve.max_rps, LEAST_CAPACITY)
            high = curve.max_rps_high / curve.max_rps
            return StaticInput(name, Uncertain(p10=min(low, 1.0), p50=1.0, p90=max(high, 1.0)), low=0.0)
    raise UnknownNameError("input", name, (), where="ledger")


def _price_factor(name: str, card: RateCard, src: _Sources) -> InputSpec:
    """Return a listing's price over its list price today, the level of which sources and age leave open."""
    spread = card_spread(card, src.catalogue.as_of, src.catalogue.figures)
    return Levelled(price_path(name, card, _market(src)), level(spread, spread))


_STATED: Mapping[str, Callable[[str, _Sources], InputSpec]] = {
    REQUESTS: _volume,
    DISCOUNT: lambda name, src: StaticInput(name, src.study.economics.discount_rate_per_year, low=0.0),
    SALARY: lambda name, src: StaticInput(name, src.study.team.loaded_usd_per_year, low=0.0),
    ENGINE_GAIN: _engine_gain,
    COMPUTE_PROGRESS: _progress,
    DELAY: _delay_value,
}
"""Inputs the study states, or that are one of a kind."""
_FAMILIES: Mapping[str, Callable[[str, _Sources], InputSpec]] = {
    "rent_factor.": _rent,
    "input_token_ratio.": _token_ratio,
    "output_token_ratio.": _token_ratio,
    "capacity_factor.": _capacity,
    "server_usd.": _server,
}
"""Inputs of which there is one per accelerator, model or server."""
