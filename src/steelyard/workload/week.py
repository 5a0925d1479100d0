"""Requests on a calendar to rates by hour of the week."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from steelyard.nouns import counted
from steelyard.printed import count
from steelyard.units import (
    HOURS_PER_MONTH,
    HOURS_PER_WEEK,
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
    SECONDS_PER_MINUTE,
    SECONDS_PER_MONTH,
)
from steelyard.workload.shapes import MEASURED

__all__ = ["ELSEWHERE", "WeekRates", "exposure_s", "hour_of_week", "since_monday_s", "week_from_buckets",
           "week_from_hours"]  # fmt: skip

Floats = NDArray[np.float64]

ELSEWHERE = "measured elsewhere"
"""What the carried measured shape is called once it fills the week of a log: it was not measured here."""
_WORTH_SAYING = 0.05
"""Share by which a month may differ from an even spread of what was seen before a warning says so [1]; a convention."""
_EPOCH_HOUR_OF_WEEK = 72
"""1970-01-01 was a Thursday: hour 72 of a week that begins on Monday."""
_LEAST_EXPOSURE_S = SECONDS_PER_HOUR / 2
"""Seconds of an hour of the week that must have been seen for its rate to count as measured."""


@dataclass(frozen=True, slots=True)
class WeekRates:
    """Mean rates by hour of the week, and how they were come by."""

    rps: Floats
    """Shape (168,) [1/s], Monday 00:00 UTC first."""
    source: str
    """``measured``, or the name of the shape that fills the week; ``measured elsewhere`` where that was measured."""
    warnings: tuple[str, ...] = ()
    """What was scaled or assumed."""

    @property
    def requests_per_month(self) -> float:
        """Requests in a mean month of 730.5 h."""
        return float(self.rps.mean()) * SECONDS_PER_MONTH


def hour_of_week(epoch_s: Floats | float) -> NDArray[np.int64]:
    """Return the hour of the week [0, 168) of instants in seconds since 1970 (UTC)."""
    return (np.floor_divide(epoch_s, SECONDS_PER_HOUR).astype(np.int64) + _EPOCH_HOUR_OF_WEEK) % HOURS_PER_WEEK


def since_monday_s(moment: datetime) -> float:
    """Return the seconds from the last Monday 00:00 UTC to a moment, which states its zone."""
    return (moment.timestamp() + _EPOCH_HOUR_OF_WEEK * SECONDS_PER_HOUR) % (HOURS_PER_WEEK * SECONDS_PER_HOUR)


def exposure_s(start_s: float, end_s: float) -> Floats:
    """Return the seconds of each hour of the week within a span, shape (168,).

    Parameters
    ----------
    start_s, end_s
        Bounds of the span since 1970 [s], ``end_s >= start_s``.
    """
    first, last = int(start_s // SECONDS_PER_HOUR), int(np.ceil(end_s / SECONDS_PER_HOUR))
    starts = np.arange(first, max(last, first + 1), dtype=np.float64) * SECONDS_PER_HOUR
    seconds = np.clip(np.minimum(starts + SECONDS_PER_HOUR, end_s) - np.maximum(starts, start_s), 0.0, None)
    return np.bincount(hour_of_week(starts), weights=seconds, minlength=HOURS_PER_WEEK).astype(np.float64)


def week_from_hours(
    hour_s: Floats, requests: Floats, *, start_s: float, end_s: float, shape: Floats, shape_name: str
) -> WeekRates:
    """Return the rates of a log of single requests.

    Where every hour of the week was seen the rates are measured. Otherwise the named shape is scaled so that it
    gives the requests that were seen; a log shorter than a day is taken as a mean hour of that shape.

    Parameters
    ----------
    hour_s, requests
        Start of each clock hour since 1970 [s] and its requests, shape (n_hours,).
    start_s, end_s
        First and last request since 1970 [s].
    shape, shape_name
        168 relative rates and their name, for a log that does not cover a week.
    """
    seen = exposure_s(start_s, end_s)
    total = float(requests.sum())
    if np.all(seen >= _LEAST_EXPOSURE_S):
        counts = np.bincount(hour_of_week(hour_s), weights=requests, minlength=HOURS_PER_WEEK)
        return WeekRates(counts / seen, MEASURED)
    least = SECONDS_PER_MINUTE if total > 1 else SECONDS_PER_HOUR
    return _scaled(total, seen, max(end_s - start_s, float(least)), shape=shape, shape_name=shape_name)


def _scaled(total: float, seen: Floats, span_s: float, *, shape: Floats, shape_name: str) -> WeekRates:
    hours = span_s / SECONDS_PER_HOUR
    name = ELSEWHERE if shape_name == MEASURED else shape_name
    moment = float(seen.sum()) <= 0
    covered = f"one moment, taken as {_words(hours)}" if moment else f"{_words(hours)}, less than a week"
    said = [f"the log covers {covered}: its hours of the week follow the shape {name!r}"]
    weight = float(seen @ shape)
    if span_s < SECONDS_PER_DAY or weight <= 0:
        base = total / span_s
        said.append(f"{_words(hours)} of traffic is scaled to a month of {HOURS_PER_MONTH:g} h as if it were typical; "
                    "a busy hour overstates the month")  # fmt: skip
    else:
        base = total / weight
        taken, even = WeekRates(base * shape, name).requests_per_month, total / span_s * SECONDS_PER_MONTH
        if abs(taken / even - 1.0) > _WORTH_SAYING:
            said.append(f"{count(total)} requests in {_words(hours)} are {count(taken)} a month, that shape being "
                        f"{'busier' if taken > even else 'quieter'} in the hours not seen; spread evenly they would be "
                        f"{count(even)}")  # fmt: skip
    return WeekRates(base * shape, name, tuple(said))


def _words(hours: float) -> str:
    if hours < 1.5:
        minutes = round(hours * SECONDS_PER_HOUR / SECONDS_PER_MINUTE)
        return counted(minutes, "minute") if minutes else "less than a minute"
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.1f} days"


def week_from_buckets(
    start_s: Floats, length_s: Floats, requests: Floats, *, shape: Floats, shape_name: str
) -> WeekRates:
    """Return the rates of an aggregated log: buckets of up to an hour as they are, longer ones along the shape.

    Parameters
    ----------
    start_s, length_s, requests
        Buckets, empty ones included: start since 1970 [s], length [s], requests; shape (n_buckets,).
    shape, shape_name
        168 relative rates and their name: how requests lie within a bucket, and in hours never seen.
    """
    counts = np.zeros(HOURS_PER_WEEK)
    seen = np.zeros(HOURS_PER_WEEK)
    covered = {(float(a), float(b)) for a, b in zip(start_s, length_s, strict=True)}
    for begin, length in sorted(covered):
        seen += exposure_s(begin, begin + length)
    for begin, length, number in zip(start_s, length_s, requests, strict=True):
        part = exposure_s(float(begin), float(begin + length))
        weight = part * shape if float(part @ shape) > 0 else part
        counts += number * weight / max(float(weight.sum()), 1.0)
    coarse = bool(np.any(length_s > SECONDS_PER_HOUR))
    if np.all(seen >= _LEAST_EXPOSURE_S):
        said = (f"buckets are longer than an hour: requests within them follow the shape {shape_name!r}",)
        filled = ELSEWHERE if shape_name == MEASURED else shape_name
        return WeekRates(counts / seen, filled if coarse else MEASURED, said if coarse else ())
    return _scaled(float(requests.sum()), seen, float(seen.sum()), shape=shape, shape_name=shape_name)
