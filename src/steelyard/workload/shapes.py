"""Named shapes of a week: 168 relative rates, Monday 00:00 first, mean one.

The assumed shapes are conventions, not measurements; a measured shape is a figure and comes in as a value.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from steelyard.errors import UnknownNameError
from steelyard.units import HOURS_PER_WEEK

__all__ = ["ASSUMED_SHAPES", "MEASURED", "relative_rates", "shape_named"]

MEASURED = "measured"
"""Name under which a measured shape is passed in."""
_HOURS_PER_DAY = 24
_WORKDAYS = 5
_NIGHT = 0.05
_WEEKEND = 0.10


def relative_rates(rates: Sequence[float] | NDArray[np.float64]) -> tuple[float, ...]:
    """Return 168 rates scaled so that their mean is one.

    Parameters
    ----------
    rates
        Rates by hour of the week, shape (168,), not negative, not all zero.

    Raises
    ------
    ValueError
        If the shape is not (168,), or a rate is negative, or all are zero.
    """
    values = np.asarray(rates, dtype=np.float64)
    if values.shape != (HOURS_PER_WEEK,) or not np.all(values >= 0) or values.sum() <= 0:
        raise ValueError("a week's shape is 168 rates, none negative, not all zero")
    return tuple(float(v) for v in values / values.mean())


def _week(workday: Sequence[float], weekend: Sequence[float]) -> tuple[float, ...]:
    return relative_rates([*list(workday) * _WORKDAYS, *list(weekend) * 2])


def _office_hours() -> tuple[float, ...]:
    """Working days 8 to 18 with a dip at noon; nights at 5 %, weekends at 10 % of the day's top."""
    ramp = {7: 0.3, 8: 0.7, 9: 0.95, 10: 1.0, 11: 1.0, 12: 0.8, 13: 0.9, 14: 1.0, 15: 1.0, 16: 0.9, 17: 0.6, 18: 0.3}
    workday = [ramp.get(hour, _NIGHT) for hour in range(_HOURS_PER_DAY)]
    return _week(workday, [max(_NIGHT, _WEEKEND * rate) for rate in workday])


def _consumer() -> tuple[float, ...]:
    """Every day alike: a trough at 4, a peak at 20, one fifth of the peak at the trough."""
    hours = np.arange(_HOURS_PER_DAY)
    day = 0.6 - 0.4 * np.cos(2 * np.pi * (hours - 8) / _HOURS_PER_DAY + np.pi)
    return _week(list(day), list(day))


def _batch() -> tuple[float, ...]:
    """Nightly runs: from 22 to 6 every day, little else."""
    day = [1.0 if hour >= 22 or hour < 6 else _NIGHT for hour in range(_HOURS_PER_DAY)]
    return _week(day, day)


ASSUMED_SHAPES: Mapping[str, tuple[float, ...]] = {
    "office_hours": _office_hours(),
    "consumer": _consumer(),
    "flat": relative_rates([1.0] * HOURS_PER_WEEK),
    "batch": _batch(),
}
"""Conventions of this project, in the zone of the log; use a measured week where there is one."""


def shape_named(name: str, shapes: Mapping[str, Sequence[float]]) -> NDArray[np.float64]:
    """Return the named shape, shape (168,), mean one.

    Raises
    ------
    UnknownNameError
        If no shape has that name.
    """
    if name not in shapes:
        raise UnknownNameError("shape", name, shapes)
    return np.asarray(relative_rates(shapes[name]), dtype=np.float64)
