"""Token prices meet token counts: dollars per request by class, tiers included."""

from collections.abc import Mapping
from dataclasses import asdict

from steelyard.domain.price import RateCard
from steelyard.finance.bills import CacheUse, price_per_request, price_per_request_from_lengths
from steelyard.finance.time_of_day import tiers_over_week
from steelyard.options.demand import Demand

__all__ = ["CLASS_LABELS", "usd_per_request"]

CLASS_LABELS: Mapping[str, str] = {
    "uncached_input": "Input tokens, uncached",
    "cache_read": "Input tokens, cache reads",
    "cache_write": "Input tokens, cache writes",
    "output": "Output tokens",
    "fees": "Fees per request",
}
"""What a request is charged for, in the order of a bill."""


def usd_per_request(card: RateCard, demand: Demand) -> Mapping[str, float]:
    """Mean price of one request by token class at list price, before batch and discounts [USD/request].

    Exact from counted bands of input length where the log has requests; else from the joint lengths. Prices that depend
    on the hour are weighted with the traffic's hours of the week where those were measured; a stated shape names no
    time zone, and pays the even average.

    Parameters
    ----------
    card
        The seller's prices.
    demand
        The traffic.
    """
    card = _at_its_hours(card, demand)
    if demand.tiers and sum(band.requests for band in demand.tiers):
        return asdict(price_per_request(card, demand.tiers, in_region=demand.in_region))
    totals = demand.profile.tokens
    use = CacheUse(
        read_fraction=totals.cache_read / totals.input,
        write_5m_fraction=totals.cache_write_5m / totals.input,
        write_1h_fraction=totals.cache_write_1h / totals.input,
    ) if totals.input else CacheUse(read_fraction=demand.profile.cached_fraction)  # fmt: skip
    return asdict(price_per_request_from_lengths(card, demand.profile.joint, use, in_region=demand.in_region))


def _at_its_hours(card: RateCard, demand: Demand) -> RateCard:
    if not card.peaks or demand.profile.source == "stated":
        return card
    tiers = tiers_over_week(card.off_peak, card.peaks, demand.profile.hour_of_week_rps)
    return card.model_copy(update={"tiers": tiers})
