"""A synthetic trace agrees with the profile it came from, and is the same for the same seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.domain.traffic import Profile
from steelyard.facts.workload import load_shapes, measured_trace
from steelyard.workload.arrivals import ArrivalPattern, arrivals_in_hours, burstiness_of
from steelyard.workload.synthesis import pattern_of, synthesize

WEEK_S = 604_800.0


def percentile(values: np.ndarray, q: float) -> float:
    return float(np.quantile(values, q, method="inverted_cdf"))


def weekly(requests: int) -> Profile:
    """A week of the measured shape with the lengths of the conversation trace."""
    rates = np.asarray(load_shapes()["measured"]) * (requests / WEEK_S)
    return measured_trace("azure_conv").model_copy(
        update={"hour_of_week_rps": tuple(float(r) for r in rates), "span_s": WEEK_S, "requests": requests,
                "peak_to_mean_per_minute": 3.0, "inter_arrival_cv": 1.3}
    )  # fmt: skip


@pytest.mark.parametrize("name", ["azure_conv", "azure_code"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_trace_has_the_lengths_and_bursts_of_its_profile(name: str, seed: int) -> None:
    profile = measured_trace(name)
    trace = synthesize(profile, seed=seed, duration_s=profile.span_s)
    assert len(trace.arrival_s) == pytest.approx(profile.requests, abs=1)
    for lengths, stated in ((trace.input_tokens, profile.input_tokens), (trace.output_tokens, profile.output_tokens)):
        assert stated is not None
        for q, value in ((0.5, stated.p50), (0.9, stated.p90), (0.95, stated.p95), (0.99, stated.p99)):
            assert percentile(lengths, q) == pytest.approx(value, rel=0.02)
        assert lengths.mean() == pytest.approx(stated.mean, rel=0.005)
    shown = burstiness_of(trace.arrival_s)
    assert shown.peak_to_mean_per_minute == pytest.approx(profile.peak_to_mean_per_minute, rel=0.10)
    assert shown.inter_arrival_cv == pytest.approx(profile.inter_arrival_cv, rel=0.10)


def test_hours_of_the_week_are_kept_within_two_percent() -> None:
    profile = weekly(200_000)
    trace = synthesize(profile, seed=5, duration_s=WEEK_S)
    counts = np.bincount((trace.arrival_s // 3_600).astype(int), minlength=168)
    assert counts / 3_600 == pytest.approx(np.asarray(profile.hour_of_week_rps), rel=0.02)
    shown = burstiness_of(trace.arrival_s)
    assert shown.peak_to_mean_per_minute == pytest.approx(3.0, rel=0.10)
    assert shown.inter_arrival_cv == pytest.approx(1.3, rel=0.10)


def test_a_trace_may_start_anywhere_in_the_week() -> None:
    profile = weekly(200_000)
    busy = int(np.argmax(profile.hour_of_week_rps))
    trace = synthesize(profile, seed=5, start_s=busy * 3_600.0, duration_s=3_600.0)
    assert len(trace.arrival_s) == pytest.approx(profile.hour_of_week_rps[busy] * 3_600, abs=1)
    assert trace.arrival_s.min() >= 0
    assert trace.arrival_s.max() < 3_600


def test_lengths_are_joint() -> None:
    # Input and output of the conversation trace correlate at 0.09 in logarithms; independent draws would give 0.
    profile = measured_trace("azure_conv")
    trace = synthesize(profile, seed=9, duration_s=profile.span_s)
    logs = np.log(np.maximum(trace.input_tokens, 1)), np.log(np.maximum(trace.output_tokens, 1))
    assert np.corrcoef(*logs)[0, 1] == pytest.approx(0.0875, abs=0.01)


@settings(max_examples=20)
@given(st.integers(0, 2**31), st.floats(600, 200_000), st.floats(0, WEEK_S))
def test_the_same_seed_gives_the_same_trace_and_arrivals_ascend(seed: int, duration_s: float, start_s: float) -> None:
    profile = weekly(20_000)
    pattern = ArrivalPattern(0.05, 1.2)
    one, two = (
        synthesize(profile, seed=seed, start_s=start_s, duration_s=duration_s, pattern=pattern) for _ in range(2)
    )
    assert (one.arrival_s == two.arrival_s).all()
    assert (one.input_tokens == two.input_tokens).all()
    assert (np.diff(one.arrival_s) >= 0).all()
    assert ((one.arrival_s >= 0) & (one.arrival_s <= duration_s)).all()
    assert (one.output_tokens >= 1).all()
    assert (one.cached_tokens <= one.input_tokens).all()


@settings(max_examples=25)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.floats(0, 5), st.floats(0.1, 10), st.integers(0, 99))
def test_every_hour_gets_exactly_its_requests(counts: list[int], variance: float, cv: float, seed: int) -> None:
    wanted = np.asarray(counts)
    begins = 3_600.0 * np.arange(len(counts), dtype=np.float64)
    times = arrivals_in_hours(wanted, begins, np.full(len(counts), 3_600.0), pattern=ArrivalPattern(variance, cv),
                              generator=np.random.default_rng(seed))  # fmt: skip
    assert np.bincount((times // 3_600).astype(int), minlength=len(counts)).tolist() == counts


def test_poisson_is_the_limit() -> None:
    hours = 200
    times = arrivals_in_hours(np.full(hours, 600), 3_600.0 * np.arange(hours, dtype=float), np.full(hours, 3_600.0),
                              pattern=ArrivalPattern(0.0, 1.0), generator=np.random.default_rng(1))  # fmt: skip
    assert burstiness_of(times).inter_arrival_cv == pytest.approx(1.0, abs=0.02)
    per_minute = np.bincount((times // 60).astype(int))
    assert per_minute.var() / per_minute.mean() == pytest.approx(1.0, abs=0.05)


def test_cached_share_is_kept() -> None:
    profile = measured_trace("azure_conv").model_copy(update={"cached_fraction": 0.37})
    trace = synthesize(profile, seed=1, duration_s=profile.span_s)
    assert trace.cached_tokens.sum() / trace.input_tokens.sum() == pytest.approx(0.37, abs=0.002)


def test_no_duration_is_refused() -> None:
    with pytest.raises(ValueError, match="positive duration"):
        synthesize(measured_trace("azure_conv"), seed=1, duration_s=0)


def test_an_empty_hour_gives_an_empty_trace() -> None:
    profile = weekly(100).model_copy(update={"hour_of_week_rps": (0.0,) * 168})
    assert len(synthesize(profile, seed=1, duration_s=3_600).arrival_s) == 0


def test_the_pattern_of_a_bursty_trace_is_bursty() -> None:
    calm, wild = (pattern_of(measured_trace(name), seed=3) for name in ("azure_conv", "azure_code"))
    assert wild.gap_cv > 5 * calm.gap_cv
    assert calm.gap_cv == pytest.approx(1.0, abs=0.15)


def test_thin_traffic_is_no_calmer_than_chance() -> None:
    # 5 requests a minute cannot show the peak of a busy trace: their minutes vary as independent arrivals do, at least.
    thin = weekly(50_000).model_copy(update={"peak_to_mean_per_minute": 1.5, "inter_arrival_cv": 1.1})
    assert pattern_of(thin, seed=3).evenness == 0.0


def test_bunches_stay_while_minutes_are_alike() -> None:
    bunched = weekly(2_000_000).model_copy(update={"peak_to_mean_per_minute": 1.3, "inter_arrival_cv": 3.0,
                                                   "hour_of_week_rps": (2_000_000 / WEEK_S,) * 168,
                                                   "span_s": 3_600.0, "requests": 11_905})  # fmt: skip
    shown = burstiness_of(synthesize(bunched, seed=3, duration_s=3_600.0).arrival_s)
    assert shown.peak_to_mean_per_minute == pytest.approx(1.3, rel=0.10)
    assert shown.inter_arrival_cv == pytest.approx(3.0, rel=0.10)
