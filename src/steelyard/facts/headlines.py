"""The one number of an entry that a list shows, with its interval on the day asked: age and disagreement included."""

import math
from collections.abc import Callable, Mapping
from datetime import date
from statistics import NormalDist
from typing import Any, NamedTuple, cast

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.evidence import Figure
from steelyard.domain.model import ManagedModel, OpenModel
from steelyard.domain.price import (
    FineTuningPrice,
    GpuOffer,
    ProvisionedOffer,
    ProvisionedThroughput,
    RateCard,
    ServerPurchase,
)
from steelyard.domain.quality import FineTuningCase, QualityScore, QuantizationLoss
from steelyard.domain.value import Value
from steelyard.facts.prices.ageing import aged_interval, card_spread, drift_spread, offer_spread

__all__ = ["SERVER_DRIFT", "Headline", "headline"]

SERVER_DRIFT = "drift.hardware"
"""Drift of what servers cost."""
Z_P90 = NormalDist().inv_cdf(0.9)
"""Standard deviations from the median to the 90th percentile of a normal distribution [1]."""


class Headline(NamedTuple):
    """A number with its unit; ``low`` and ``high`` are p10 and p90, absent where no doubt is stated."""

    field: str
    """Field of the entry."""
    value: float
    """Value as stated, in ``unit``."""
    unit: str
    """Unit."""
    low: float | None = None
    """10th percentile on the day asked, in ``unit``."""
    high: float | None = None
    """90th percentile on the day asked, in ``unit``."""


def headline(entry: Value, as_of: date, figures: Mapping[str, Figure]) -> Headline | None:
    """Return an entry's number; None for kinds that are words, and where the number is not known.

    Parameters
    ----------
    entry
        Any entry of the catalogue.
    as_of
        Day of the catalogue.
    figures
        The catalogue's figures, for drifts.
    """
    tell = _TELL.get(type(entry))
    return tell(entry, as_of, figures) if tell is not None else None


def _figure(figure: Figure, as_of: date, figures: Mapping[str, Figure]) -> Headline:
    low, high = aged_interval(figure, as_of, figures)
    return Headline("value", figure.value, figure.unit, low, high)


def _offer(offer: GpuOffer, as_of: date, figures: Mapping[str, Figure]) -> Headline:
    below, above = offer_spread(offer, as_of, figures)
    price = offer.usd_per_device_h
    return Headline("usd_per_device_h", price, "USD/(device h)", price * math.exp(-below), price * math.exp(above))


def _server(server: ServerPurchase, as_of: date, figures: Mapping[str, Figure]) -> Headline:
    drift = drift_spread(SERVER_DRIFT, server.evidence, as_of, figures)
    below = math.hypot(math.log(server.usd / server.low_usd), drift)
    above = math.hypot(math.log(server.high_usd / server.usd), drift)
    return Headline("usd", server.usd, "USD", server.usd * math.exp(-below), server.usd * math.exp(above))


def _card(card: RateCard, as_of: date, figures: Mapping[str, Figure]) -> Headline:
    spread = card_spread(card, as_of, figures)
    price = float(card.tiers[0].prices.uncached_input)
    return Headline("uncached_input", price, "USD/Mtok", price * math.exp(-spread), price * math.exp(spread))


def _tuning(price: FineTuningPrice, _as_of: date, _figures: Mapping[str, Figure]) -> Headline | None:
    if price.training_usd_per_mtok is not None:
        return Headline("training_usd_per_mtok", float(price.training_usd_per_mtok), "USD/Mtok")
    if price.training_usd_per_h is None:
        return None
    return Headline("training_usd_per_h", price.training_usd_per_h, "USD/h")


def _unit_price(offer: ProvisionedOffer, _as_of: date, _figures: Mapping[str, Figure]) -> Headline | None:
    if offer.usd_per_unit_h is not None:
        return Headline("usd_per_unit_h", offer.usd_per_unit_h, "USD/(unit h)")
    if offer.usd_per_unit_month is None:
        return None
    return Headline("usd_per_unit_month", offer.usd_per_unit_month, "USD/(unit month)")


def _index(score: QualityScore, _as_of: date, _figures: Mapping[str, Figure]) -> Headline:
    off = Z_P90 * score.se
    return Headline("index", score.index, "index point", score.index - off, score.index + off)


def _loss(loss: QuantizationLoss, _as_of: date, _figures: Mapping[str, Figure]) -> Headline:
    return Headline("recovery_p50", loss.recovery_p50, "1", loss.recovery_p10, loss.recovery_p90)


def _plain(field: str, unit: str) -> Callable[[Any, date, Mapping[str, Figure]], Headline | None]:
    def tell(entry: Any, _as_of: date, _figures: Mapping[str, Figure]) -> Headline | None:
        value = cast("float | None", getattr(entry, field))
        return None if value is None else Headline(field, float(value), unit)

    return tell


_TELL: Mapping[type[Value], Callable[[Any, date, Mapping[str, Figure]], Headline | None]] = {
    Figure: _figure, GpuOffer: _offer, ServerPurchase: _server, RateCard: _card, FineTuningPrice: _tuning,
    ProvisionedOffer: _unit_price, QualityScore: _index, QuantizationLoss: _loss,
    OpenModel: _plain("parameters_total", "count"), ManagedModel: _plain("context_tokens", "token"),
    Accelerator: _plain("memory_bandwidth_bytes_per_s", "B/s"),
    ProvisionedThroughput: _plain("input_tokens_per_minute_per_unit", "token/min"),
    FineTuningCase: _plain("uplift_points", "point"),
}  # fmt: skip
