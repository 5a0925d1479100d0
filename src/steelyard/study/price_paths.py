"""How prices move over the horizon: a buyer's behaviour, a capability's age, the organisation's own quotes."""

from dataclasses import dataclass
from datetime import date

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.price import RateCard
from steelyard.domain.study import Study, TodayApi
from steelyard.domain.uncertain import Uncertain
from steelyard.facts.prices.ageing import drift_spread
from steelyard.options.demand import Demand
from steelyard.options.tokens import usd_per_request
from steelyard.risk.inputs import FollowTierFactor, InputSpec, PinnedPriceFactor, RePickFactor
from steelyard.risk.widening import widened
from steelyard.units import MONTHS_PER_YEAR, TOKENS_PER_MTOK

__all__ = ["Market", "announced_steps", "capability_age_years", "compute_progress", "known_figure", "months_until",
           "price_path", "uncertain_of"]  # fmt: skip

TIER_FACTOR = "price.api_follow_tier_factor_per_year"
RE_PICK_FACTORS = tuple(f"price.api_re_pick_factor_year_{k}" for k in ("1", "2", "3plus"))
PRICE_FLOOR = "price.api_floor_usd_per_mtok"
OPEN_LAG = "migration.open_model_lag_months"
MARKET = "model_market"
"""Stream of the market's progress, one for all who re-pick."""
DAYS_PER_YEAR = 365.25
UNKNOWN_AGE_YEARS = 1.0
"""Age of a capability of which nothing is known [a]: no longer new, not yet old; a convention."""
SAME_LEVEL = 0.0
"""Index points below a level that still count as having reached it [index point]."""


@dataclass(frozen=True, slots=True)
class Market:
    """What the paths of all prices rest on."""

    study: Study
    demand: Demand
    catalogue: Catalogue


def uncertain_of(figure_value: tuple[float, float, float]) -> Uncertain:
    """Return low, value and high as a distribution: lognormal where the interval is positive, else normal."""
    low, value, high = figure_value
    if low == high:
        return Uncertain.point(value)
    positive = low > 0 and low <= value <= high
    return Uncertain(p10=low, p50=value, p90=high, shape="lognormal" if positive else "normal")


def known_figure(name: str, catalogue: Catalogue) -> Uncertain:
    """Return a figure's distribution on the catalogue's day: wider with its age, its mean as stated."""
    figure = catalogue.figure(name)
    drift = drift_spread(name, figure.evidence, catalogue.as_of, catalogue.figures)
    return widened(uncertain_of((figure.low, figure.value, figure.high)), drift)


def months_until(day: date, as_of: date) -> int:
    """Return the month of the horizon in which a day falls; month 1 begins on ``as_of``."""
    return max((day.year - as_of.year) * MONTHS_PER_YEAR + day.month - as_of.month + 1, 1)


def announced_steps(card: RateCard, demand: Demand, as_of: date) -> tuple[tuple[int, float], ...]:
    """Return announced price changes as (month, factor on the price before), for this traffic."""
    steps: list[tuple[int, float]] = []
    before = sum(usd_per_request(card, demand).values())
    for later in card.announced:
        after = sum(usd_per_request(later, demand).values())
        if later.valid_from is not None and before > 0:
            steps.append((months_until(later.valid_from, as_of), after / before))
        before = after
    return tuple(steps)


def quote_months(card: RateCard, study: Study, as_of: date) -> int:
    """Return the months for which a contract or quote of the study fixes the prices of a listing; 0 without one."""
    ends = [q.until for q in study.quotes if q.model == card.model and q.seller.lower() == card.seller]
    today = study.today
    if isinstance(today, TodayApi) and today.contract_ends is not None and today.provider.lower() == card.seller:
        ends.append(today.contract_ends)
    return max((months_until(day, as_of) for day in ends if day >= as_of), default=0)


def capability_age_years(model: str, catalogue: Catalogue) -> float:
    """Return for how long the quality of a model could be bought or run on the catalogue's day [a].

    The time since the first model of at least its public score came out; without a score its own age; a year where
    neither is known.
    """
    released = _release_days(catalogue)
    score = catalogue.quality.get(model)
    if score is not None:
        level = score.index - SAME_LEVEL
        first = [released[m] for m, s in catalogue.quality.items() if m in released and s.index >= level]
    else:
        first = [released[model]] if model in released else []
    known = [day for day in first if day <= catalogue.as_of]
    return (catalogue.as_of - min(known)).days / DAYS_PER_YEAR if known else UNKNOWN_AGE_YEARS


def _release_days(catalogue: Catalogue) -> dict[str, date]:
    days = {m.id: m.released for m in catalogue.open_models.values()}
    days.update({m.id: m.released for m in catalogue.managed_models.values() if m.released is not None})
    return days


def price_path(name: str, card: RateCard, market: Market) -> InputSpec:
    """Return how a listing's price moves for the study's buyer.

    Parameters
    ----------
    name
        Input name.
    card
        The listing: its announced changes and its retirement apply on their dates.
    market
        Study, traffic and facts.
    """
    study, catalogue = market.study, market.catalogue
    announced = announced_steps(card, market.demand, catalogue.as_of)
    fixed = quote_months(card, study, catalogue.as_of)
    if study.buyer == "follow_tier":
        return FollowTierFactor(name, known_figure(TIER_FACTOR, catalogue), announced, quote_months=fixed)
    if study.buyer == "re_pick":
        return RePickFactor(name, capability_age_years(card.model, catalogue), yearly=_re_pick_years(catalogue),
                            floor_factor=_floor(card, market), market=MARKET, announced=announced,
                            quote_months=fixed)  # fmt: skip
    managed = catalogue.managed_models.get(card.model)
    hazards = [f"price.api_retirement_hazard_per_year.{card.seller}", "price.api_retirement_hazard_per_year"]
    retirement = next(catalogue.figures[key].value for key in hazards if key in catalogue.figures)
    retires = card.retires or (managed.retires if managed else None)
    return PinnedPriceFactor(
        name,
        change_hazard_per_year=catalogue.figure("price.api_pinned_change_hazard_per_year").value,
        retirement_hazard_per_year=retirement,
        announced=announced,
        successor=known_figure(TIER_FACTOR, catalogue),
        retires_in_month=_within(retires, catalogue.as_of, market.demand.horizon_months),
        quote_months=fixed,
    )


def _re_pick_years(catalogue: Catalogue) -> tuple[Uncertain, ...]:
    return tuple(known_figure(key, catalogue) for key in RE_PICK_FACTORS)


def _floor(card: RateCard, market: Market) -> float:
    """Return the least price a token market has seen over what this listing costs per token [1]."""
    profile = market.demand.profile
    usd = sum(usd_per_request(card, market.demand).values())
    mtok = (profile.mean_input_tokens + profile.mean_output_tokens) / TOKENS_PER_MTOK
    return min(market.catalogue.figure(PRICE_FLOOR).value * mtok / usd, 1.0) if usd > 0 else 0.0


def compute_progress(name: str, model: str, market: Market) -> InputSpec:
    """Return the compute per request of an open model re-picked at equal quality, against today's.

    The same market, ages and factors as for prices, since both measure what equal quality takes; open weights trail by
    a lag, and change at the study's refreshes. The market's progress holds that of engines.

    Parameters
    ----------
    name
        Input name.
    model
        Model whose quality is held: the reference of the study, or the model served.
    market
        Study, traffic and facts.
    """
    catalogue = market.catalogue
    lag = round(catalogue.figure(OPEN_LAG).value)
    return RePickFactor(name, capability_age_years(model, catalogue), yearly=_re_pick_years(catalogue),
                        every_months=max(market.demand.operating.refresh_months, 1), lag_months=lag,
                        market=MARKET)  # fmt: skip


def _within(day: date | None, as_of: date, horizon: int) -> int | None:
    if day is None:
        return None
    month = months_until(day, as_of)
    return month if month <= horizon else None
