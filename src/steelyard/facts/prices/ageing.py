"""How far a figure may have moved since it was seen: its interval widens with age."""

import math
from datetime import date

from steelyard.domain.evidence import Figure

__all__ = ["aged_interval", "drift_per_root_month"]

DRIFT_PER_ROOT_MONTH: tuple[tuple[str, float], ...] = (
    ("gpu.", 0.084),  # of yearly GPU rent factors 80 % lie within 0.70 to 1.25: ln(1.25 / 0.70) / 2 / sqrt(12)
    ("azure_ptu.", 0.02),
    ("power.", 0.02),
    ("colocation.", 0.02),
    ("staffing.", 0.01),
    ("hardware.", 0.02),
)
"""Name's beginning -> half-width of the 80 % interval of ln(price) after one month; growing as a root of time.

Only the first has a source; the others are judgements."""
DEFAULT_DRIFT = 0.01
"""Of any other figure; no source: judgement."""
DAYS_PER_MONTH = 365.25 / 12


def drift_per_root_month(name: str) -> float:
    """Return the half-width of the 80 % interval of a figure's logarithm one month after it was seen."""
    return next((drift for start, drift in DRIFT_PER_ROOT_MONTH if name.startswith(start)), DEFAULT_DRIFT)


def aged_interval(figure: Figure, as_of: date) -> tuple[float, float]:
    """Return p10 and p90 of a figure on a day, wider the longer ago it was seen.

    The stated interval and the drift are independent on the log scale, so their half-widths add in squares. Figures
    at or below zero keep their interval: a share of nothing does not widen.

    Parameters
    ----------
    figure
        With its interval on the day it was seen.
    as_of
        Day of the catalogue; a day before the figure was seen leaves it as it is.

    Returns
    -------
    tuple[float, float]
        Low and high, in the figure's unit; never narrower than stated.
    """
    months = max(0, (as_of - figure.evidence.as_of).days) / DAYS_PER_MONTH
    if months == 0 or figure.low <= 0:
        return figure.low, figure.high
    drift = drift_per_root_month(figure.name) * math.sqrt(months)
    below = math.hypot(math.log(figure.value / figure.low), drift)
    above = math.hypot(math.log(figure.high / figure.value), drift)
    return figure.value * math.exp(-below), figure.value * math.exp(above)
