"""A trace from a profile: seeded, bursty as measured, with the profile's hours and lengths."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.traffic import JointHistogram, Profile, Trace
from steelyard.units import HOURS_PER_WEEK, SECONDS_PER_DAY, SECONDS_PER_HOUR
from steelyard.workload.arrivals import ArrivalPattern, arrivals_in_hours, burstiness_of, fitted_pattern
from steelyard.workload.profile import Burstiness
from steelyard.workload.week import since_monday_s

__all__ = ["pattern_of", "synthesize"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SECONDS_PER_WEEK = HOURS_PER_WEEK * SECONDS_PER_HOUR
_ALIKE = 0.5
"""Share of the profile's span from which a trace is held to the profile's own peak."""
_LONGEST_FIT_S = 4.0 * _SECONDS_PER_WEEK
_MOST_TO_FIT = 400_000
"""Requests simulated per trial of a fit."""
_FEWEST_TO_FIT = 100
"""Requests below which burstiness is noise and arrivals are Poisson."""


class _Lengths(NamedTuple):
    input_tokens: Ints
    output_tokens: Ints


def synthesize(
    profile: Profile,
    *,
    seed: int,
    start_s: float | None = None,
    duration_s: float = float(_SECONDS_PER_WEEK),
    rate_scale: float = 1.0,
    pattern: ArrivalPattern | None = None,
) -> Trace:
    """Return requests whose own profile agrees with ``profile``.

    Each hour gets its requests to the nearest whole one (hours are conditions, not draws); within it, minutes vary
    and gaps cluster so that the peak over mean per minute and the variation of gaps are those of the profile.
    Lengths come from the joint histogram in proportion to its cells, each cell with its own mean.

    A trace begins where its profile does. Over the span of a log shorter than a week, hours get the requests that
    the log had in them; beyond, and in any longer log, the rates of the week hold. A profile of less than a day is
    a mean hour: a trace of less than a day goes on at its mean rate.

    Not kept: which model or class a request is of, lengths that change with the hour, how the cached share differs
    between requests (each gets the mean share), and which prompts share a prefix.

    Parameters
    ----------
    profile
        The traffic to imitate.
    seed
        Seed of every draw; the same seed gives the same trace.
    start_s
        Start since Monday 00:00 UTC of the profile's week [s], from where the rates of the week hold; absent: where
        the profile begins, which is Monday 00:00 UTC if it states no start.
    duration_s
        Length of the trace [s], positive.
    rate_scale
        Factor on every rate [1].
    pattern
        Arrival pattern to use instead of one fitted to the profile's burstiness.
    """
    if not duration_s > 0:
        raise ValueError(f"a trace needs a positive duration, not {duration_s!r} s")
    streams = np.random.SeedSequence(seed).spawn(5)
    offset, lengths, shuffle, cached = (np.random.Generator(np.random.PCG64(s)) for s in streams[1:])
    hours = _hours(_stretches(profile, start_s, duration_s), rate_scale, float(offset.random()))
    chosen = pattern or _pattern(profile, hours, duration_s, rate_scale, streams[0])
    times = _arrivals(hours, chosen, streams[0])
    drawn = _draw_lengths(profile.joint, len(times), lengths, shuffle)
    return Trace(
        arrival_s=times,
        input_tokens=drawn.input_tokens,
        output_tokens=np.maximum(drawn.output_tokens, 1),
        cached_tokens=_cached(drawn.input_tokens, profile.cached_fraction, cached),
    )


class _Stretches(NamedTuple):
    """Hours, those cut by the ends of a trace or a log in parts; arrays of shape (n_stretches,)."""

    begins_s: Floats
    widths_s: Floats
    rps: Floats
    ends_s: float | None
    """When the last request comes [s], the first coming at 0; absent: when chance has it."""


class _Hours(NamedTuple):
    """Requests of each stretch, which begins so long after the trace [s] and is so wide [s]."""

    counts: Ints
    begins_s: Floats
    widths_s: Floats
    ends_s: float | None = None


def _stretches(profile: Profile, start_s: float | None, duration_s: float) -> _Stretches:
    if start_s is None:
        return _own_stretches(profile, duration_s)
    return _week_stretches(_rates(profile), start_s, duration_s)


def _rates(profile: Profile) -> Floats:
    return np.asarray(profile.hour_of_week_rps, dtype=np.float64)


def _week_stretches(rates: Floats, start_s: float, duration_s: float) -> _Stretches:
    """Return stretches at 168 rates of a week [1/s]."""
    begins, widths, hour = _cut(start_s, duration_s)
    return _Stretches(begins, widths, rates[hour % HOURS_PER_WEEK], None)


def _own_stretches(profile: Profile, duration_s: float) -> _Stretches:
    """Return stretches from where the profile begins, at the rates that it saw as far as it reaches."""
    start_s = since_monday_s(profile.start) if profile.start else 0.0
    seen = np.asarray(profile.requests_by_hour, dtype=np.float64)
    reach_s = profile.span_s if len(seen) and profile.span_s > 0 else 0.0
    begins, widths, hour = _cut(start_s, duration_s, also_s=reach_s)
    rates = _rates(profile)
    rps = rates[hour % HOURS_PER_WEEK]
    if profile.start and max(profile.span_s, duration_s) < SECONDS_PER_DAY:
        rps = np.full(len(hour), rates.mean())
    if reach_s > 0:
        inside = begins + widths / 2 < reach_s
        rps = np.where(inside, _seen_rps(seen, start_s, reach_s)[np.where(inside, hour - hour[0], 0)], rps)
    whole = profile.start is not None and math.isclose(profile.span_s, duration_s, rel_tol=1e-9)
    return _Stretches(begins, widths, rps, duration_s if whole else None)


def _seen_rps(seen: Floats, start_s: float, span_s: float) -> Floats:
    """Return the rate in each clock hour of a log [1/s] over the part of it within the log."""
    _, widths, hour = _cut(start_s, span_s)
    # A last request on the stroke of an hour is of the hour that ends.
    counts = np.bincount(np.minimum(np.arange(len(seen)), len(hour) - 1), weights=seen, minlength=len(hour))
    return counts / widths


def _cut(start_s: float, duration_s: float, *, also_s: float = 0.0) -> tuple[Floats, Floats, Ints]:
    """Return begin [s] and width [s] of each part of a time cut by clock hours and once more, and its hour."""
    end_s = start_s + duration_s
    strokes = np.arange(math.floor(start_s / SECONDS_PER_HOUR) + 1, math.ceil(end_s / SECONDS_PER_HOUR))
    inner = strokes * float(SECONDS_PER_HOUR) - start_s
    extra = [also_s] if 0 < also_s < duration_s else []
    edges = np.unique(np.concatenate([[0.0], inner, extra, [duration_s]]))
    hour = np.floor((start_s + (edges[:-1] + edges[1:]) / 2) / SECONDS_PER_HOUR).astype(np.int64)
    return edges[:-1], np.diff(edges), hour


def _hours(stretches: _Stretches, rate_scale: float, offset: float) -> _Hours:
    """Return the requests of each stretch, whole ones."""
    expected = np.cumsum(stretches.rps * stretches.widths_s) * rate_scale
    # One offset for all keeps the running total within one request of what is expected.
    counts = np.diff(np.floor(expected + offset), prepend=0.0).astype(np.int64)
    return _Hours(counts, stretches.begins_s, stretches.widths_s, stretches.ends_s)


def _pattern(
    profile: Profile, hours: _Hours, duration_s: float, rate_scale: float, stream: np.random.SeedSequence
) -> ArrivalPattern:
    """Fit on the trace itself where it spans what the profile does, else on hours like those of the profile."""
    target = Burstiness(profile.peak_to_mean_per_minute, profile.inter_arrival_cv)
    if not _ALIKE <= duration_s / max(profile.span_s, 1.0) <= 1 / _ALIKE:
        hours = _hours_of(profile, rate_scale)
    if hours.counts.sum() < _FEWEST_TO_FIT:
        return ArrivalPattern(0.0, 1.0)
    return fitted_pattern(lambda tried: burstiness_of(_arrivals(hours, tried, stream)), target)


def pattern_of(profile: Profile, *, seed: int) -> ArrivalPattern:
    """Return how the profile's arrivals cluster, fitted on hours like those in which it was seen.

    Parameters
    ----------
    profile
        The traffic whose burstiness is sought.
    seed
        Seed of the trials.
    """
    hours, stream = _hours_of(profile, 1.0), np.random.SeedSequence(seed)
    target = Burstiness(profile.peak_to_mean_per_minute, profile.inter_arrival_cv)
    if hours.counts.sum() < _FEWEST_TO_FIT:
        return ArrivalPattern(0.0, 1.0)
    return fitted_pattern(lambda tried: burstiness_of(_arrivals(hours, tried, stream)), target)


def _hours_of(profile: Profile, rate_scale: float) -> _Hours:
    """Return the hours in which the profile's burstiness was seen, or hours like them, at most four weeks."""
    span_s = min(max(profile.span_s, float(SECONDS_PER_HOUR)), _LONGEST_FIT_S)
    rates = _rates(profile)
    if profile.span_s < _SECONDS_PER_WEEK:
        seen = profile.requests / profile.span_s if profile.span_s > 0 else float(rates.mean())
        rates = np.full(HOURS_PER_WEEK, seen)
    most = _MOST_TO_FIT / max(float(rates.mean()) * rate_scale * span_s, 1.0)
    tried_s = span_s * min(most, 1.0)
    own = bool(profile.requests_by_hour)
    return _hours(_own_stretches(profile, tried_s) if own else _week_stretches(rates, 0.0, tried_s), rate_scale, 0.5)


def _arrivals(hours: _Hours, pattern: ArrivalPattern, stream: np.random.SeedSequence) -> Floats:
    generator = np.random.Generator(np.random.PCG64(stream))
    times = arrivals_in_hours(hours.counts, hours.begins_s, hours.widths_s, pattern=pattern, generator=generator)
    if hours.ends_s is not None and len(times) > 1:
        # A log spans its first request to its last.
        times[0], times[-1] = 0.0, hours.ends_s
    return times


def _draw_lengths(
    joint: JointHistogram, n: int, generator: np.random.Generator, shuffle: np.random.Generator
) -> _Lengths:
    counts = np.asarray(joint.counts, dtype=np.float64)
    rows, columns = np.nonzero(counts > 0)
    weight = counts[rows, columns]
    reached = np.cumsum(weight) / weight.sum()
    # Systematic sampling: every cell gets its share to within one request.
    cell = np.minimum(np.searchsorted(reached, (np.arange(n) + generator.random()) / max(n, 1)), len(weight) - 1)
    inputs = _within(joint.input_edges, rows, np.asarray(joint.input_sums)[rows, columns] / weight, cell, generator)
    outputs = _within(joint.output_edges, columns, np.asarray(joint.output_sums)[rows, columns] / weight, cell,
                      generator)  # fmt: skip
    order = shuffle.permutation(n)
    return _Lengths(inputs[order], outputs[order])


def _within(edges: tuple[float, ...], index: Ints, means: Floats, cell: Ints, generator: np.random.Generator) -> Ints:
    """Draw a length within each cell, ``low + width * u**a`` with ``a`` such that the cell's mean is kept."""
    bounds = np.asarray(edges, dtype=np.float64)
    low, high = bounds[index], bounds[index + 1]
    share = np.clip((means - low) / np.maximum(high - low, 1e-12), 1e-3, 1 - 1e-3)
    power = 1.0 / share - 1.0
    drawn = low[cell] + (high - low)[cell] * generator.random(len(cell)) ** power[cell]
    whole = np.floor(drawn + generator.random(len(cell)))
    return np.clip(whole, np.ceil(low)[cell], np.maximum(np.ceil(high)[cell] - 1, np.ceil(low)[cell])).astype(np.int64)


def _cached(inputs: Ints, fraction: float, generator: np.random.Generator) -> Ints:
    if fraction <= 0:
        return np.zeros_like(inputs)
    return np.minimum(np.floor(inputs * fraction + generator.random(len(inputs))).astype(np.int64), inputs)
