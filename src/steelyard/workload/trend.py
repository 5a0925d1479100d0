"""Growth of a traffic from its days: a line through the logarithms, with the week taken out."""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np

from steelyard.domain.traffic_details import Trend
from steelyard.units import HOURS_PER_MONTH

__all__ = ["trend_of"]

_DAYS_PER_WEEK = 7
_DAYS_PER_MONTH = HOURS_PER_MONTH / 24
_LEAST_DAYS = 14
_Z90 = 1.2815515655446004
"""Standard normal quantile at 0.90: bounds of an 80 % interval."""


def trend_of(requests_by_day: Mapping[date, float]) -> Trend | None:
    """Return the growth over whole days, or None where they are fewer than fourteen.

    The first and last day may be partial and are left out; days without requests count as one request, so that
    their logarithm exists. The slope is that of least squares on weekday effects and a line, its interval normal.

    Parameters
    ----------
    requests_by_day
        Requests of each day that has any.
    """
    if not requests_by_day:
        return None
    first, last = min(requests_by_day), max(requests_by_day)
    span = [first + timedelta(days=n) for n in range(1, (last - first).days)]
    if len(span) < _LEAST_DAYS:
        return None
    logs = np.log([max(requests_by_day.get(day, 0.0), 1.0) for day in span])
    weekday = np.array([day.weekday() for day in span])
    days = np.arange(len(span), dtype=np.float64)
    design = np.column_stack([days - days.mean(), *(weekday == d for d in range(_DAYS_PER_WEEK))]).astype(np.float64)
    fitted, *_ = np.linalg.lstsq(design, logs, rcond=None)
    residual = logs - design @ fitted
    freedom = max(len(span) - _DAYS_PER_WEEK - 1, 1)
    variance = float(residual @ residual) / freedom * float(np.linalg.pinv(design.T @ design)[0, 0])
    slope, error = float(fitted[0]), float(np.sqrt(max(variance, 0.0)))
    low, middle, high = (float(np.expm1((slope + z * error) * _DAYS_PER_MONTH)) for z in (-_Z90, 0.0, _Z90))
    effects = np.exp(fitted[1:])
    return Trend(growth_per_month=middle, low_per_month=low, high_per_month=high,
                 weekday_swing=float(effects.max() / effects.min()),
                 weekdays=tuple(float(effect) for effect in effects / effects.mean()))  # fmt: skip
