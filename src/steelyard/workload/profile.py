"""Counts of a log to its profile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.traffic import JointHistogram, ModelTraffic, Profile, Quantiles, TierTokens, TokenTotals
from steelyard.nouns import counted
from steelyard.units import HOURS_PER_WEEK, SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from steelyard.workload.cube import TOKEN_CLASSES, Buckets, Cube, HourCounts, LengthCounts, MinuteCounts, TierCounts
from steelyard.workload.lengths import LengthSpread, joint_around_mean
from steelyard.workload.shapes import ASSUMED_SHAPES, MEASURED, shape_named
from steelyard.workload.week import WeekRates, week_from_buckets, week_from_hours

__all__ = ["Burstiness", "burstiness", "profile_of", "quantiles_of"]

_FALLBACK_SHAPE = "office_hours"
_THIN_REQUESTS = 1_000
"""Requests below which a 99th percentile rests on fewer than ten of them."""
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Burstiness:
    """How unevenly requests arrive."""

    peak_to_mean_per_minute: float
    """Busiest minute over the mean minute of the span."""
    inter_arrival_cv: float
    """Coefficient of variation of the gaps within hours, each over its hour's mean gap."""


def profile_of(
    cube: Cube,
    *,
    shape: str | None = None,
    shapes: Mapping[str, Sequence[float]] = ASSUMED_SHAPES,
    spread: LengthSpread | None = None,
) -> Profile:
    """Return the profile of a log's counts.

    Parameters
    ----------
    cube
        Counts of the log.
    shape
        Named shape of the week where the log does not cover one; absent: ``measured`` if given, else office hours.
    shapes
        Shapes by name, each of 168 relative rates.
    spread
        Spread of lengths about their mean, for aggregates; absent: the convention of ``LengthSpread``.
    """
    name = shape or (MEASURED if MEASURED in shapes else _FALLBACK_SHAPE)
    rates = shape_named(name, shapes)
    if cube.buckets is not None:
        return _of_buckets(cube, cube.buckets, rates, name, spread or LengthSpread())
    if cube.hours is None or cube.minutes is None or cube.joint is None:
        raise ValueError("a cube of requests needs hours, minutes and the joint histogram")
    if cube.input_lengths is None or cube.output_lengths is None:
        raise ValueError("a cube of requests needs lengths")
    week = week_from_hours(
        cube.hours.hour.astype(np.float64) * SECONDS_PER_HOUR, cube.hours.requests.astype(np.float64),
        start_s=_seconds(cube.start), end_s=_seconds(cube.end), shape=rates, shape_name=name,
    )  # fmt: skip
    return _assembled(
        cube, week, burstiness(cube.minutes), source="log", joint=cube.joint, measured=True,
        input_tokens=quantiles_of(cube.input_lengths), output_tokens=quantiles_of(cube.output_lengths),
        requests=int(cube.minutes.requests.sum()), warnings=_thin(int(cube.minutes.requests.sum())),
        by_hour=_by_hour(cube, cube.hours),
    )  # fmt: skip


def _by_hour(cube: Cube, hours: HourCounts) -> tuple[int, ...]:
    """Return requests in each clock hour of a log shorter than a week, those without any included."""
    if (cube.end - cube.start).total_seconds() >= HOURS_PER_WEEK * SECONDS_PER_HOUR:
        return ()
    first = int(hours.hour[0])
    counts = np.bincount(hours.hour - first, weights=hours.requests)
    return tuple(int(n) for n in counts)


def _of_buckets(cube: Cube, buckets: Buckets, rates: NDArray[np.float64], name: str, spread: LengthSpread) -> Profile:
    totals = cube.tiers.tokens.sum(axis=0)
    said = [
        "the source is aggregated: lengths per request are not known, so percentiles are refused and the lengths "
        f"are synthesised around the mean with a spread of {spread.words}"
    ]
    known = float(np.nansum(buckets.requests))
    requests = buckets.requests
    if known <= 0:
        requests = buckets.tokens / spread.assumed_tokens_per_request
        said.append("the source does not count requests: their number is estimated from its tokens at "
                    f"{spread.assumed_tokens_per_request:,.0f} tokens each")  # fmt: skip
    requests = np.nan_to_num(requests, nan=0.0)
    total = max(float(requests.sum()), 1.0)
    week = week_from_buckets(buckets.start_s, buckets.length_s, requests, shape=rates, shape_name=name)
    joint = joint_around_mean(float(totals[:4].sum()) / total, float(totals[4]) / total, total, spread=spread)
    return _assembled(
        cube, week, Burstiness(spread.peak_to_mean_per_minute, spread.inter_arrival_cv), source="aggregate",
        joint=joint, measured=False, input_tokens=None, output_tokens=None, requests=int(known), warnings=tuple(said),
    )  # fmt: skip


def _assembled(  # the one place where a log's profile is put together
    cube: Cube, week: WeekRates, bursts: Burstiness, *, source: str, joint: JointHistogram, measured: bool,
    input_tokens: Quantiles | None, output_tokens: Quantiles | None, requests: int, warnings: tuple[str, ...],
    by_hour: tuple[int, ...] = (),
) -> Profile:  # fmt: skip
    tokens = _totals(cube.tiers.tokens.sum(axis=0))
    return Profile(
        source="log" if source == "log" else "aggregate",
        formats=cube.formats,
        rows=cube.rows,
        start=cube.start,
        end=cube.end,
        span_s=(cube.end - cube.start).total_seconds(),
        requests=requests,
        requests_per_month=week.requests_per_month,
        tokens=tokens,
        models=_models(cube.tiers, tiered=measured),
        hour_of_week_rps=tuple(float(v) for v in week.rps),
        requests_by_hour=by_hour,
        shape_source=week.source,
        peak_to_mean_per_minute=bursts.peak_to_mean_per_minute,
        inter_arrival_cv=bursts.inter_arrival_cv,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        joint=joint,
        joint_measured=measured,
        cached_fraction=tokens.cache_read / tokens.input if tokens.input else 0.0,
        failed_fraction=cube.failed_rows / cube.rows.read if cube.rows.read else 0.0,
        operations=dict(sorted(cube.operations.items())),
        warnings=(*cube.warnings, *week.warnings, *warnings),
    )


def _seconds(moment: datetime) -> float:
    return (moment - _EPOCH).total_seconds()


def _totals(row: NDArray[np.int64]) -> TokenTotals:
    return TokenTotals(**{name: float(value) for name, value in zip(TOKEN_CLASSES, row, strict=True)})


def _models(tiers: TierCounts, *, tiered: bool) -> tuple[ModelTraffic, ...]:
    found: list[ModelTraffic] = []
    names = np.asarray(tiers.model, dtype=object)
    for model in sorted(set(tiers.model)):
        mine = names == model
        bands = tuple(
            TierTokens(above_input_tokens=float(above), requests=int(requests), tokens=_totals(row))
            for above, requests, row in zip(
                tiers.above_input_tokens[mine], tiers.requests[mine], tiers.tokens[mine], strict=True
            )
        )
        found.append(
            ModelTraffic(
                model=model,
                requests=int(tiers.requests[mine].sum()),
                tokens=_totals(tiers.tokens[mine].sum(axis=0)),
                tiers=bands if tiered else (),
            )
        )
    return tuple(sorted(found, key=lambda m: (-m.requests, m.model)))


def quantiles_of(lengths: LengthCounts) -> Quantiles:
    """Return exact order statistics: the least length that at least a share q of requests does not exceed.

    Parameters
    ----------
    lengths
        Requests by length, at least one.
    """
    reached = np.cumsum(lengths.requests)
    total = int(reached[-1])

    def at(q: float) -> float:
        # The share is compared in whole requests so that no rounding moves a percentile.
        need = int(np.ceil(q * total - 1e-9))
        return float(lengths.tokens[int(np.searchsorted(reached, max(need, 1)))])

    mean = float((lengths.tokens.astype(np.float64) * lengths.requests).sum() / total)
    return Quantiles(p50=at(0.5), p90=at(0.9), p95=at(0.95), p99=at(0.99), max=float(lengths.tokens[-1]), mean=mean)


def burstiness(minutes: MinuteCounts) -> Burstiness:
    r"""Return peak over mean per minute, and the variation of gaps within hours.

    .. math:: \mathrm{CV}^2 = \frac{\sum_h n_h\, s_h^2/m_h^2}{\sum_h n_h}

    with :math:`n_h` gaps of mean :math:`m_h` and variance :math:`s_h^2` in hour h: one for a Poisson process,
    whatever the course of the day.

    Parameters
    ----------
    minutes
        Arrivals by minute since the first; minutes and hours count from there, so that no clock cuts a burst.
    """
    mean = float(minutes.requests.sum()) / float(minutes.minute[-1] + 1)
    peak = float(minutes.requests.max()) / mean
    hours = minutes.minute // (SECONDS_PER_HOUR // SECONDS_PER_MINUTE)
    _, index = np.unique(hours, return_inverse=True)
    n = np.bincount(index, weights=minutes.gaps)
    total = np.bincount(index, weights=minutes.gap_sum_s)
    square = np.bincount(index, weights=minutes.gap_square_sum_s2)
    used = (n >= 2) & (total > 0)
    if not used.any():
        return Burstiness(peak, 1.0)
    mean_gap = total[used] / n[used]
    variance = np.maximum(square[used] / n[used] - mean_gap**2, 0.0)
    cv_squared = float((n[used] * variance / mean_gap**2).sum() / n[used].sum())
    return Burstiness(peak, float(np.sqrt(cv_squared)))


def _thin(requests: int) -> tuple[str, ...]:
    if requests >= _THIN_REQUESTS:
        return ()
    return (f"{counted(requests, 'request is', 'requests are')} too few for a 99th percentile to be trusted",)
