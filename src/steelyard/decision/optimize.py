"""Cheaper ways to keep what runs, before anything is built."""

from collections.abc import Sequence

import numpy as np

from steelyard.domain.result import OptimizeFirst
from steelyard.options.demand import Demand
from steelyard.options.option import Option
from steelyard.options.tokens import usd_per_request
from steelyard.printed import count, percent

__all__ = ["optimize_first"]

LONG_OUTPUT_PERCENTILE = 0.95
"""Outputs above this percentile are the ones a limit would cut [1]."""
CACHE_STEP = 0.10
"""Step of cached share shown where reachable reuse was not measured [1]."""


def optimize_first(
    today: Option | None, alternatives: Sequence[tuple[Option, float]], today_usd: float, demand: Demand,
) -> tuple[OptimizeFirst, ...]:  # fmt: skip
    """Return the actions that lower today's bill without building, most saving first.

    Parameters
    ----------
    today
        What runs now, bought; None if nothing is.
    alternatives
        Bought options worth their switch, with their mean cost in month 1, switch excluded [USD/month]; best first.
    today_usd
        Today's mean cost in month 1 [USD/month].
    demand
        Traffic.
    """
    if today is None or today.card is None or today_usd <= 0:
        return ()
    found = [
        _cheaper_model(today, alternatives, today_usd),
        _batch(today, demand, today_usd),
        _caching(today, demand, today_usd),
        _output_limit(today, demand, today_usd),
    ]
    return tuple(sorted((a for a in found if a and a.saving_usd_per_month > 0), key=lambda a: -a.saving_usd_per_month))


def _cheaper_model(
    today: Option, alternatives: Sequence[tuple[Option, float]], today_usd: float
) -> OptimizeFirst | None:
    option, cost = next(((o, usd) for o, usd in alternatives if o.id != today.id and usd < today_usd), (None, 0.0))
    if option is None:
        return None
    unknown = any(finding.gate == "quality" and finding.answer == "unknown" for finding in option.gates)
    return OptimizeFirst(
        action=option.label,
        saving_usd_per_month=today_usd - cost,
        effort="weeks",
        risk="quality unknown: evaluate on your own task first" if unknown else f"quality: {option.quality}",
        how="mean cost in month 1, token ratios included; switch and evaluation left out, which it earns back in time",
    )


def _share(demand: Demand, today: Option) -> dict[str, float]:
    assert today.card is not None  # callers pass bought options
    usd = usd_per_request(today.card, demand)
    total = sum(usd.values())
    return {name: value / total for name, value in usd.items()} if total else {}


def _batch(today: Option, demand: Demand, today_usd: float) -> OptimizeFirst | None:
    card = today.card
    if card is None or not card.batch_discount or not demand.batch_share:
        return None
    return OptimizeFirst(
        action=f"Send the {percent(demand.batch_share)} of requests that may wait to the batch service",
        saving_usd_per_month=today_usd * demand.batch_share * card.batch_discount,
        effort="days",
        risk="results within 24 hours instead of seconds",
        how=f"{percent(demand.batch_share)} of requests at {percent(card.batch_discount)} off list",
    )


def _caching(today: Option, demand: Demand, today_usd: float) -> OptimizeFirst | None:
    card = today.card
    shares = _share(demand, today)
    if card is None or not shares.get("uncached_input"):
        return None
    prices = card.tiers[0].prices
    off = 1.0 - float(prices.cache_read / prices.uncached_input) if prices.cache_read is not None else 0.0
    cached = demand.profile.cached_fraction
    step = min(CACHE_STEP, 1.0 - cached)
    if off <= 0 or step <= 0:
        return None
    saving = today_usd * shares["uncached_input"] * step / max(1.0 - cached, step) * off
    return OptimizeFirst(
        action=f"Raise the cached share of input from {percent(cached)} by {percent(step)} (stable prompt prefixes)",
        saving_usd_per_month=saving,
        effort="days",
        risk="none to quality; the reuse your prompts allow is not in the log, so this is per step of 10 points",
        how=f"cached input is {percent(off)} below uncached input on this price list",
    )


def _output_limit(today: Option, demand: Demand, today_usd: float) -> OptimizeFirst | None:
    card = today.card
    cells = demand.profile.joint.cells
    shares = _share(demand, today)
    if card is None or not demand.profile.joint_measured or not shares.get("output"):
        return None
    order = np.argsort(cells.output_tokens)
    ordered, weight = cells.output_tokens[order], cells.weight[order]
    limit = float(ordered[min(int(np.searchsorted(np.cumsum(weight), LONG_OUTPUT_PERCENTILE)), len(ordered) - 1)])
    cut = float(weight @ np.maximum(ordered - limit, 0.0))
    saving = today_usd * shares["output"] * cut / float(weight @ ordered)
    return OptimizeFirst(
        action=f"Limit outputs to {limit:,.0f} tokens",
        saving_usd_per_month=saving,
        effort="hours",
        risk="the longest twentieth of answers is cut; check what is in it",
        how=f"{count(cut)} output tokens a request lie above the 95th percentile",
    )  # fmt: skip
