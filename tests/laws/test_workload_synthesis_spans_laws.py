"""A trace written down as a log has the profile it was made from, whatever the log's span and start."""

import math
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from steelyard.domain.traffic import Profile, Trace
from steelyard.facts.workload import load_shapes, measured_trace
from steelyard.ingest.profiling import profile_table
from steelyard.ingest.reading import read_logs
from steelyard.workload.arrivals import ArrivalPattern, arrivals_in_hours
from steelyard.workload.shapes import ASSUMED_SHAPES
from steelyard.workload.synthesis import synthesize

SHAPES = {**ASSUMED_SHAPES, **load_shapes()}
HOUR_S = 3_600.0


class Made(NamedTuple):
    """A log to make: requests over hours from a start, swinging over the day, arrivals with gaps of ``gap_cv``."""

    start: str
    span_h: float
    requests: int
    swing: float = 0.0
    gap_cv: float = 1.3


LOGS = {
    "twenty minutes across a stroke": Made("2026-10-06T10:50:13Z", 0.33, 3_000),
    "two hours of a quiet Monday night": Made("2026-10-05T02:00:00Z", 2.0, 8_000),
    "two hours into Friday": Made("2026-10-08T22:17:00Z", 2.0, 8_000, gap_cv=2.5),
    "five hours in India's zone": Made("2026-10-07T18:45:00+05:30", 5.0, 9_000, swing=0.5),
    "twenty hours of a weekend": Made("2026-10-10T03:30:00Z", 20.0, 12_000, swing=0.8),
    "three days with a course": Made("2026-10-09T13:01:00Z", 72.0, 15_000, swing=0.8),
    "three days without one": Made("2026-10-09T13:01:00Z", 72.0, 15_000),
    "a week less two hours": Made("2026-10-09T13:01:00Z", 166.0, 25_000, swing=0.6),
    "a week": Made("2026-10-09T13:01:00Z", 168.0, 25_000, swing=0.6),
    "nine days and a half": Made("2026-10-07T13:31:00Z", 230.0, 30_000, swing=0.6),
    "three weeks across the end of summer time": Made("2026-10-12T00:30:00+02:00", 504.0, 40_000, swing=0.4),
}


def arrivals(log: Made, generator: np.random.Generator) -> NDArray[np.float64]:
    hours = np.arange(math.ceil(log.span_h), dtype=np.float64)
    widths = np.minimum(log.span_h - hours, 1.0) * HOUR_S
    weights = widths * (1 + log.swing * np.sin(2 * np.pi * (hours - 9) / 24))
    reached = np.floor(np.cumsum(weights) / weights.sum() * log.requests + 0.5)
    counts = np.diff(reached, prepend=0.0).astype(np.int64)
    return arrivals_in_hours(counts, hours * HOUR_S, widths, pattern=ArrivalPattern(0.03, log.gap_cv),
                             generator=generator)  # fmt: skip


def log_of(log: Made) -> Trace:
    """Lengths of a long tail whose logarithms go together, a third of the prompt cached."""
    generator = np.random.default_rng(11)
    times = arrivals(log, generator)
    inputs = generator.lognormal(6.5, 1.1, len(times)).astype(np.int64) + 1
    outputs = (generator.lognormal(5.0, 0.7, len(times)) * (inputs / 600) ** 0.4).astype(np.int64) + 1
    return Trace(times, inputs, outputs, inputs // 3)


def profile_of_log(trace: Trace, start: datetime, folder: Path, name: str) -> Profile:
    path = folder / f"{name}.csv"
    rows = zip(trace.arrival_s, trace.input_tokens, trace.output_tokens, trace.cached_tokens, strict=True)
    path.write_text("when,asked,answered,cached\n" + "".join(
        f"{(start + timedelta(seconds=float(at))).isoformat(timespec='microseconds')},{asked},{answered},{cached}\n"
        for at, asked, answered, cached in rows), encoding="utf-8")  # fmt: skip
    columns = {"start": "when", "input_tokens": "asked", "output_tokens": "answered", "cache_read": "cached"}
    return profile_table(read_logs([path], mapping=columns, cache_dir=folder / "cache"), shapes=SHAPES)


def correlation(cells: Profile) -> float:
    """Correlation of the logarithms of lengths, by the cells of the joint histogram."""
    lengths = cells.joint.cells
    logs = np.stack([np.log(lengths.input_tokens), np.log(np.maximum(lengths.output_tokens, 1))])
    covariance = np.cov(logs, aweights=lengths.weight)
    return float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))


@pytest.mark.parametrize("name", LOGS)
def test_the_profile_of_a_trace_is_the_profile_it_was_made_from(name: str, tmp_path: Path) -> None:
    start = datetime.fromisoformat(LOGS[name].start)
    profile = profile_of_log(log_of(LOGS[name]), start, tmp_path, "log")
    trace = synthesize(profile, seed=4, duration_s=profile.span_s)
    assert profile.start is not None
    zone = start.tzinfo or UTC
    shown = profile_of_log(trace, profile.start.astimezone(zone), tmp_path, "trace")
    assert shown.requests == profile.requests
    assert shown.requests_per_month == pytest.approx(profile.requests_per_month, rel=0.001)
    assert shown.hour_of_week_rps == pytest.approx(profile.hour_of_week_rps, rel=0.02)
    assert shown.requests_by_hour == profile.requests_by_hour
    for lengths, stated in ((shown.input_tokens, profile.input_tokens), (shown.output_tokens, profile.output_tokens)):
        assert lengths is not None
        assert stated is not None
        for q in ("p50", "p90", "p95", "p99", "mean"):
            assert getattr(lengths, q) == pytest.approx(getattr(stated, q), rel=0.02)
    assert shown.peak_to_mean_per_minute == pytest.approx(profile.peak_to_mean_per_minute, rel=0.10)
    assert shown.inter_arrival_cv == pytest.approx(profile.inter_arrival_cv, rel=0.10)
    assert correlation(shown) == pytest.approx(correlation(profile), abs=0.02)
    assert shown.cached_fraction == pytest.approx(profile.cached_fraction, abs=0.002)


def short(start_h: float, counts: list[int], first_s: float, last_s: float) -> Profile:
    """A log from ``first_s`` into its first clock hour until ``last_s`` into its last."""
    start = datetime(2026, 10, 5, tzinfo=UTC) + timedelta(hours=math.floor(start_h), seconds=first_s)
    span_s = (len(counts) - 1) * HOUR_S + last_s - first_s
    rates = np.asarray(load_shapes()["measured"]) * (sum(counts) / span_s)
    return measured_trace("azure_conv").model_copy(update={
        "start": start, "span_s": span_s, "requests": sum(counts), "requests_by_hour": tuple(counts),
        "hour_of_week_rps": tuple(float(r) for r in rates), "shape_source": "measured",
    })  # fmt: skip


@settings(max_examples=60)
@given(st.floats(0, 167.9), st.lists(st.integers(0, 40), min_size=2, max_size=60), st.floats(0, 3_500),
       st.floats(60, 3_600), st.integers(0, 99), st.floats(0.05, 1.0))  # fmt: skip
def test_a_trace_repeats_the_hours_of_a_short_log_and_a_part_of_it_its_first_ones(
    start_h: float, middle: list[int], first_s: float, last_s: float, seed: int, part: float
) -> None:
    counts = [middle[0] + 1, *middle[1:-1], middle[-1] + 1]
    profile = short(start_h, counts, first_s, last_s)
    pattern = ArrivalPattern(0.02, 1.2)
    whole = synthesize(profile, seed=seed, duration_s=profile.span_s, pattern=pattern)
    since = (whole.arrival_s + first_s) / HOUR_S
    of_hour = np.minimum(since.astype(int), len(counts) - 1)
    assert np.bincount(of_hour, minlength=len(counts)).tolist() == counts
    assert whole.arrival_s[0] == 0.0
    assert whole.arrival_s[-1] == profile.span_s
    assert (np.diff(whole.arrival_s) >= 0).all()
    cut = synthesize(profile, seed=seed, duration_s=profile.span_s * part, pattern=pattern)
    hours = int((profile.span_s * part + first_s) // HOUR_S)
    seen = np.bincount(((cut.arrival_s + first_s) / HOUR_S).astype(int), minlength=hours + 1)[:hours]
    assert np.cumsum(seen) == pytest.approx(np.cumsum(counts[:hours]), abs=1)


@pytest.mark.parametrize("hours", [3.0, 23.0])
def test_beyond_a_short_log_a_trace_of_less_than_a_day_goes_on_at_its_mean_rate(hours: float) -> None:
    profile = short(3.0, [900, 1_500], 600.0, 2_400.0)
    trace = synthesize(profile, seed=2, duration_s=hours * HOUR_S)
    assert np.count_nonzero(trace.arrival_s < profile.span_s) == pytest.approx(2_400, abs=1)
    assert len(trace.arrival_s) == pytest.approx(2_400 / profile.span_s * hours * HOUR_S, abs=1)


def test_beyond_it_a_longer_trace_follows_the_week_from_where_the_log_began() -> None:
    profile = short(3.0, [900, 1_500], 600.0, 2_400.0)
    trace = synthesize(profile, seed=2, duration_s=2 * 604_800.0)
    clock = np.floor((trace.arrival_s + 600.0) / HOUR_S).astype(int)
    counts = np.bincount(clock, minlength=337)
    assert counts[0] == pytest.approx(900, abs=1)
    later = np.arange(2, 336)
    expected = np.asarray(profile.hour_of_week_rps)[(3 + later) % 168] * HOUR_S
    assert counts[later] == pytest.approx(expected, abs=1)


def test_a_stated_start_is_of_the_week_and_not_of_the_log() -> None:
    profile = short(3.0, [900, 1_500], 600.0, 2_400.0)
    trace = synthesize(profile, seed=2, start_s=50 * HOUR_S, duration_s=HOUR_S)
    assert len(trace.arrival_s) == pytest.approx(profile.hour_of_week_rps[50] * HOUR_S, abs=1)


def test_a_log_of_another_zone_begins_at_the_same_moment() -> None:
    utc = short(100.0, [50, 60], 0.0, 3_000.0)
    assert utc.start is not None
    india = utc.model_copy(update={"start": utc.start.astimezone(timezone(timedelta(hours=5, minutes=30)))})
    one, two = (synthesize(p, seed=1, duration_s=80 * HOUR_S).arrival_s for p in (utc, india))
    assert (one == two).all()
