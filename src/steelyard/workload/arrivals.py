r"""Arrivals that cluster: a renewal process of gamma gaps run on a clock that the minutes speed up and slow down.

Minute m of an hour runs at a rate proportional to :math:`M_m \sim \mathrm{Gamma}(1/v, v)`, so a Cox process on the
scale of minutes; within that clock gaps are gamma with coefficient of variation c. :math:`v = 0, c = 1` is Poisson.
Requests that come in bunches while minutes stay alike (a queue drained every few seconds) cluster less over a minute
than such gaps would: their clock is then evened out, each sixtieth of an hour's requests nearer to its share of time.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from steelyard.workload.cube import MinuteCounts
from steelyard.workload.profile import Burstiness, burstiness

__all__ = ["ArrivalPattern", "arrivals_in_hours", "burstiness_of", "fitted_pattern"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MINUTES_PER_HOUR = SECONDS_PER_HOUR // SECONDS_PER_MINUTE
_LEAST_CV, _LARGEST_CV = 0.05, 40.0
_LEAST_VARIANCE, _LARGEST_VARIANCE = 1e-4, 20.0
_FIRST_VARIANCE = 0.02
_LARGEST_EVENNESS = 0.999
_TRIALS = 30
_CLOSE_ENOUGH = 0.02
_VARIANCE_PER_PEAK = 1.5
"""Exponent of the correction: a peak's excess grows a little slower than the minutes' standard deviation."""


@dataclass(frozen=True, slots=True)
class ArrivalPattern:
    """Two numbers that say how arrivals cluster."""

    minute_variance: float
    """Variance v of the minutes' relative rates [1]."""
    gap_cv: float
    """Coefficient of variation c of gaps on the minutes' clock [1]."""
    evenness: float = 0.0
    """Share of the drift of gaps over a minute that is taken out [1], 0 to 1."""


def arrivals_in_hours(
    counts: Ints, begins_s: Floats, widths_s: Floats, *, pattern: ArrivalPattern, generator: np.random.Generator
) -> Floats:
    """Return ascending arrival times with exactly ``counts`` in each hour, shape (counts.sum(),) [s].

    Parameters
    ----------
    counts, begins_s, widths_s
        Requests, start [s] and width [s] of each hour, shape (n_hours,).
    pattern
        How they cluster.
    generator
        Source of randomness.
    """
    shape = 1.0 / pattern.gap_cv**2
    speeds = _minute_speeds(len(counts), pattern.minute_variance, generator)
    # One gap more than requests in each hour: the last one reaches into the hour's end.
    gaps = generator.gamma(shape, 1.0 / shape, size=int(counts.sum()) + len(counts)) + 1e-12
    ends = np.cumsum(counts + 1)
    reached = np.cumsum(gaps)
    before = np.concatenate([[0.0], reached[ends[:-1] - 1]])
    last = reached[ends - 1]
    hour = np.repeat(np.arange(len(counts)), counts)
    inner = np.arange(len(gaps))[np.repeat(np.concatenate([[0], ends[:-1]]), counts) + _ranks(counts)]
    phase = generator.random(len(counts))
    position = (reached[inner] - before[hour]) / (last - before)[hour]
    if pattern.evenness > 0:
        position = _evened(position, hour, counts, pattern.evenness)
    position = (position + phase[hour]) % 1.0
    clock = np.concatenate([np.zeros((len(counts), 1)), np.cumsum(speeds, axis=1)], axis=1)
    clock /= clock[:, -1:]
    flat = (clock + np.arange(len(counts))[:, None]).ravel()
    minutes = np.tile(np.arange(_MINUTES_PER_HOUR + 1) / _MINUTES_PER_HOUR, len(counts))
    place = np.interp(position + hour, flat, minutes + np.repeat(np.arange(len(counts)), _MINUTES_PER_HOUR + 1)) - hour
    return np.sort(begins_s[hour] + np.clip(place, 0.0, 1.0 - 1e-12) * widths_s[hour])


def _evened(position: Floats, hour: Ints, counts: Ints, evenness: float) -> Floats:
    """Return positions within the hour [1] with every sixtieth of its requests moved towards its share of the hour.

    The clock between is stretched, so requests that come together stay together.
    """
    block = np.maximum(counts // _MINUTES_PER_HOUR, 1)[hour]
    rank = _ranks(counts)
    knots = rank % block == 0
    seen = (position + hour)[knots]
    sought = seen + evenness * ((rank / np.maximum(counts, 1)[hour] + hour)[knots] - seen)
    ends = np.arange(len(counts) + 1, dtype=np.float64)
    order = np.argsort(np.concatenate([seen, ends]), kind="stable")
    clock = np.concatenate([seen, ends])[order], np.maximum.accumulate(np.concatenate([sought, ends])[order])
    return np.clip(np.interp(position + hour, *clock) - hour, 0.0, 1.0 - 1e-12)


def _ranks(counts: Ints) -> Ints:
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return np.arange(int(counts.sum())) - np.repeat(starts, counts)


def _minute_speeds(hours: int, variance: float, generator: np.random.Generator) -> Floats:
    if variance <= _LEAST_VARIANCE:
        return np.ones((hours, _MINUTES_PER_HOUR))
    return generator.gamma(1.0 / variance, variance, size=(hours, _MINUTES_PER_HOUR)) + 1e-9


def burstiness_of(arrival_s: Floats) -> Burstiness:
    """Return the burstiness of arrival times [s], ascending, at least one, as a profile measures it."""
    since = arrival_s - arrival_s[0]
    minute = (since // SECONDS_PER_MINUTE).astype(np.int64)
    gap = np.diff(since)
    inside = gap <= since[1:] % SECONDS_PER_HOUR
    found, index = np.unique(minute, return_inverse=True)
    weights = np.concatenate([[0.0], np.where(inside, gap, 0.0)])
    return burstiness(
        MinuteCounts(
            minute=found,
            requests=np.bincount(index),
            gaps=np.bincount(index, weights=np.concatenate([[False], inside])).astype(np.int64),
            gap_sum_s=np.bincount(index, weights=weights).astype(np.float64),
            gap_square_sum_s2=np.bincount(index, weights=weights**2).astype(np.float64),
        )
    )


def fitted_pattern(show: Callable[[ArrivalPattern], Burstiness], target: Burstiness) -> ArrivalPattern:
    """Return the pattern that shows a burstiness nearest to the target, of those tried.

    Both numbers are corrected in proportion to what is missing, trial by trial, until both are within 2 %.

    Parameters
    ----------
    show
        Burstiness of arrivals simulated with a pattern; the same pattern must always show the same.
    target
        What is sought.
    """
    pattern = ArrivalPattern(_FIRST_VARIANCE, _within(target.inter_arrival_cv, _LEAST_CV, _LARGEST_CV))
    best, least = pattern, np.inf
    # Minutes calmer than chance alone would make them are not imitated: traffic too thin shows such a peak anyway.
    poisson = show(ArrivalPattern(0.0, 1.0))
    bunched = poisson.peak_to_mean_per_minute <= target.peak_to_mean_per_minute and target.inter_arrival_cv > 1.0
    for _ in range(_TRIALS):
        shown = show(pattern)
        peak_off = shown.peak_to_mean_per_minute / target.peak_to_mean_per_minute
        cv_off = shown.inter_arrival_cv / target.inter_arrival_cv if target.inter_arrival_cv > 0 else 1.0
        miss = max(abs(peak_off - 1.0), abs(cv_off - 1.0))
        if miss < least:
            best, least = pattern, miss
        if miss < _CLOSE_ENOUGH:
            break
        sought, seen = target.peak_to_mean_per_minute - 1.0, shown.peak_to_mean_per_minute - 1.0
        step = _within(max(sought, 1e-3) / max(seen, 1e-3), 0.4, 2.5)
        gap_cv = _within(pattern.gap_cv / _within(cv_off, 0.4, 2.5), _LEAST_CV, _LARGEST_CV)
        if pattern.evenness > 0 or (bunched and pattern.minute_variance <= _LEAST_VARIANCE and step < 1.0):
            evenness = _within(1.0 - (1.0 - pattern.evenness) * step, 0.0, _LARGEST_EVENNESS)
            pattern = ArrivalPattern(_LEAST_VARIANCE, gap_cv, evenness)
        else:
            variance = pattern.minute_variance * step**_VARIANCE_PER_PEAK
            pattern = ArrivalPattern(_within(variance, _LEAST_VARIANCE, _LARGEST_VARIANCE), gap_cv)
    return best


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
