"""Requests a month against price per request: where buying and owning cost the same, with the rule's thresholds."""

import math

import numpy as np
from numpy.typing import NDArray

from steelyard.decision.break_even import SWEEP, counts
from steelyard.decision.cost_model import CostModel
from steelyard.decision.findings import Findings
from steelyard.decision.framework import RULE_REQUESTS, RULE_REQUESTS_OWNING, RULE_USD_PER_REQUEST
from steelyard.decision.sensitivity import Score
from steelyard.domain.insight import CostSurface, SurfacePoint
from steelyard.options.option import REQUESTS, Option, listing_name
from steelyard.printed import count, money, percent

__all__ = ["cost_surface"]

MULTIPLES = SWEEP[::3]
"""Multiples of the expected volume [1]; four points a decade."""
SAME_PRICE = 1e-9
"""Share of a bill below which two options are held to pay the same for the seller's price: rounding [1]."""


def cost_surface(found: Findings, model: CostModel, thin: CostModel, *, score: Score) -> CostSurface | None:
    """Return the break-even price of a bought request by volume; None where nothing is bought or nothing is own.

    The price list of the bought option is multiplied by whatever makes it cost as much as the cheapest own option at
    that volume. Own options pay that price too until they are live, where they use the same listing.

    Parameters
    ----------
    found
        What was computed.
    model
        Costs on all draws.
    thin
        Costs on few draws.
    score
        What is minimised on them.
    """
    column = found.best_bought if found.best_bought is not None else found.bought_best_of_all
    own = [i for i, o in enumerate(found.options) if not o.bought and o.kind != "keep_today" and counts(o)]
    if column is None or not own or found.options[column].card is None:
        return None
    bought = found.options[column]
    price = _usd_per_request(model, bought)
    low, middle, high = (float(x) for x in np.percentile(price, [10, 50, 90]))
    volumes = found.draws.values[REQUESTS][:, 0]
    cheaper = float((found.costs[:, own].min(axis=1) < found.costs[:, column]).mean())
    curve = tuple(_point(found, thin, bought, own, float(m), float(price.mean()), score) for m in MULTIPLES)
    percentiles = [float(x) for x in np.percentile(np.broadcast_to(volumes, (found.draws.n_draws,)), [10, 50, 90])]
    return CostSurface(
        bought_option=bought.id, curve=curve, owning_cheaper_fraction=cheaper,
        requests_per_month_p10_p50_p90=(percentiles[0], percentiles[1], percentiles[2]),
        usd_per_request_p10_p50_p90=(low, middle, high),
        rule_requests_per_month=(RULE_REQUESTS, RULE_REQUESTS_OWNING), rule_usd_per_request=RULE_USD_PER_REQUEST,
        break_even_at_rule_usd_per_request=_price_at(curve, RULE_REQUESTS_OWNING),
        sentence=_words(found, bought, curve, percentiles[1], middle, cheaper),
    )  # fmt: skip


def _usd_per_request(model: CostModel, bought: Option) -> NDArray[np.float64]:
    """Return what a request costs at a bought option in month 1, what is paid once left out, by draw [USD]."""
    line = model.first_month(bought)
    requests = np.broadcast_to(model.draws.values[REQUESTS][:, 0], line.shape)
    return line / np.maximum(requests, np.finfo(np.float64).tiny)


def _point(
    found: Findings, thin: CostModel, bought: Option, own: list[int], multiple: float, usd_now: float, score: Score
) -> SurfacePoint:
    assert bought.card is not None  # callers pass a bought option
    column = [o.id for o in found.options].index(bought.id)
    listed = [name for name in bought.ledger.inputs if name.startswith("price_factor.")
              and not name.endswith(".migration")] or [listing_name(bought.card)]  # fmt: skip
    asked = [index in (column, *own) for index in range(len(found.options))]
    with_price = score(thin.scaled({REQUESTS: multiple}))
    without = score(thin.scaled({REQUESTS: multiple} | dict.fromkeys(listed, 0.0), only=asked))
    best: tuple[float, int] | None = None
    for index in own:
        slope = (with_price[column] - without[column]) - (with_price[index] - without[index])
        alike = slope <= SAME_PRICE * with_price[column]  # an own option that never leaves the seller's listing
        factor = np.inf if alike else (without[index] - without[column]) / slope
        if best is None or factor < best[0]:
            best = (float(factor), index)
    volume = found.demand.requests_per_month * multiple
    if best is None or not np.isfinite(best[0]):
        return SurfacePoint(requests_per_month=volume, break_even_usd_per_request=None, own_option=None)
    return SurfacePoint(requests_per_month=volume, break_even_usd_per_request=max(best[0], 0.0) * usd_now,
                        own_option=found.options[best[1]].id)  # fmt: skip


def _words(
    found: Findings, bought: Option, curve: tuple[SurfacePoint, ...], volume: float, price: float, cheaper: float
) -> str:
    nearest = min(curve, key=lambda p: abs(np.log(p.requests_per_month / found.demand.requests_per_month)))
    here = nearest.break_even_usd_per_request
    if here is None:
        return f"At {count(volume)} requests a month no price of a bought request makes owning the cheaper way."
    side = "below" if price < here else "above"
    at_rule = _price_at(curve, RULE_REQUESTS_OWNING)
    paid = _payer(found, bought)
    rule = ""
    if at_rule is not None:
        where = "too low" if at_rule > RULE_USD_PER_REQUEST else "too high"
        rule = (f" At the rule's {count(RULE_REQUESTS_OWNING)} requests owning costs the same from {money(at_rule)} a "
                f"request: its {money(RULE_USD_PER_REQUEST)} is {where} for this workload.")  # fmt: skip
    return (f"At {count(volume)} requests a month owning costs the same as buying at {money(here)} a request; {paid} "
            f"{money(price)}, {side} it. Owning is cheaper in {percent(cheaper)} of draws.{rule}")  # fmt: skip


def _payer(found: Findings, bought: Option) -> str:
    """Return the words before the price: a reader pays it only where that option is what runs today."""
    if bought.kind == "keep_today":
        return "you pay"
    barred = "" if found.best_bought is not None else ", which a rule here bars,"
    return f"the best bought service{barred} costs"


def _price_at(curve: tuple[SurfacePoint, ...], volume: float) -> float | None:
    """Return the break-even price at a volume, between the points around it on log scales; None outside them."""
    known = [(p.requests_per_month, p.break_even_usd_per_request) for p in curve if p.break_even_usd_per_request]
    if not known or not known[0][0] <= volume <= known[-1][0]:
        return None
    x = [math.log(v) for v, _ in known]
    return math.exp(float(np.interp(math.log(volume), x, [math.log(p) for _, p in known])))
