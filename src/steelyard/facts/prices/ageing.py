"""How far a figure may have moved since it was seen: its interval widens with age, and where sources disagree."""

import math
from collections.abc import Mapping
from datetime import date

from steelyard.domain.evidence import Evidence, Figure, Grade
from steelyard.domain.price import GpuOffer, RateCard

__all__ = ["aged_interval", "card_spread", "drift_name", "drift_per_root_month", "drift_spread", "offer_spread"]

GPU_RENT_DRIFT = "drift.gpu_rent"
FAMILY_DRIFTS: tuple[tuple[str, str], ...] = (
    ("gpu.", GPU_RENT_DRIFT), ("azure_ptu.", "drift.provisioned_unit"), ("power.", "drift.power"),
    ("colocation.", "drift.colocation"), ("staffing.", "drift.staffing"), ("hardware.", "drift.hardware"),
)  # fmt: skip
"""Beginning of a figure's name -> the figure that says how fast its kind drifts."""
OTHER_DRIFT = "drift.other"
LISTING_DRIFT = "drift.token_price"
DAYS_PER_MONTH = 365.25 / 12


def drift_name(name: str) -> str:
    """Return the name of the figure that says how fast a figure drifts; a drift's own is itself."""
    if name.startswith("drift."):
        return name
    return next((drift for start, drift in FAMILY_DRIFTS if name.startswith(start)), OTHER_DRIFT)


def drift_per_root_month(name: str, figures: Mapping[str, Figure]) -> float:
    """Return the half-width of the 80 % interval of a figure's logarithm one month after it was seen [1].

    Parameters
    ----------
    name
        The figure's name, or a drift's own.
    figures
        The catalogue's figures, ``drift.*`` among them; a drift that is not stated is none.
    """
    stated = figures.get(drift_name(name))
    return stated.value if stated is not None else 0.0


def drift_spread(name: str, evidence: Evidence, as_of: date, figures: Mapping[str, Figure]) -> float:
    r"""Return how far age may have moved a figure: half-width of the 80 % interval of its logarithm [1].

    .. math:: w = d \sqrt{|t|}

    A random walk of the logarithm, :math:`t` months after the figure was seen, or before: a later figure that stands
    for an earlier day is as uncertain as an old one. The organisation's own quotes and
    contracts (grade ``user``) do not drift: they hold until they end.

    Parameters
    ----------
    name
        The figure's name, or a drift's own (``drift.token_price``).
    evidence
        When it was seen, and how.
    as_of
        Day of the catalogue, after or before the figure was seen.
    figures
        The catalogue's figures.
    """
    if evidence.grade == Grade.USER:
        return 0.0
    months = abs((as_of - evidence.as_of).days) / DAYS_PER_MONTH
    return drift_per_root_month(name, figures) * math.sqrt(months)


def card_spread(card: RateCard, as_of: date, figures: Mapping[str, Figure]) -> float:
    r"""Return how far a list price may be off today: half-width of the 80 % interval of its logarithm [1].

    .. math:: w = \sqrt{\ln^2 (1 + q) + d^2 t}

    :math:`q` is the largest relative difference among the sources compared, so that the interval reaches the farthest
    of those above the price. Announced changes are facts and are no part of it.

    Parameters
    ----------
    card
        Prices, with their disagreement and evidence.
    as_of
        Day of the catalogue.
    figures
        The catalogue's figures.
    """
    if card.evidence.grade == Grade.USER:
        return 0.0
    age = drift_spread(LISTING_DRIFT, card.evidence, as_of, figures)
    return math.hypot(math.log1p(card.disagreement_fraction), age)


def offer_spread(offer: GpuOffer, as_of: date, figures: Mapping[str, Figure]) -> tuple[float, float]:
    """Return how far below and above its price a rent may be today: half-widths of the logarithm's 80 % interval [1].

    What an estimate leaves open and what age adds are independent and add in squares.

    Parameters
    ----------
    offer
        Price, with its own interval where it is an estimate.
    as_of
        Day of the catalogue.
    figures
        The catalogue's figures.
    """
    price, drift = offer.usd_per_device_h, drift_spread(GPU_RENT_DRIFT, offer.evidence, as_of, figures)
    below = math.log(price / offer.low_usd_per_device_h) if offer.low_usd_per_device_h else 0.0
    above = math.log(offer.high_usd_per_device_h / price) if offer.high_usd_per_device_h else 0.0
    return math.hypot(below, drift), math.hypot(above, drift)


def aged_interval(figure: Figure, as_of: date, figures: Mapping[str, Figure]) -> tuple[float, float]:
    """Return p10 and p90 of a figure on a day about its stated median, wider the longer ago it was seen.

    The stated interval and the drift are independent on the log scale, so their half-widths add in squares. Figures
    at or below zero keep their interval: a share of nothing does not widen.

    Parameters
    ----------
    figure
        With its interval on the day it was seen.
    as_of
        Day of the catalogue, after or before the figure was seen.
    figures
        The catalogue's figures.

    Returns
    -------
    tuple[float, float]
        Low and high, in the figure's unit; never narrower than stated.
    """
    drift = drift_spread(figure.name, figure.evidence, as_of, figures)
    if drift == 0 or figure.low <= 0:
        return figure.low, figure.high
    below = math.hypot(math.log(figure.value / figure.low), drift)
    above = math.hypot(math.log(figure.high / figure.value), drift)
    return figure.value * math.exp(-below), figure.value * math.exp(above)
