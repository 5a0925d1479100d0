"""Laws of sizing by playing: n replicas hold every promise, n - 1 do not, and more work never needs fewer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.domain.serving import Slo, SloTerm
from steelyard.domain.traffic import Trace
from steelyard.serving.replica_search import Load, busiest_hour, fewest_replicas, replicas_by_hour
from steelyard.serving.simulator.engine import Engine, StepTimes
from steelyard.serving.simulator.simulate import Fleet, simulate


def engine(speed: float = 1.0) -> Engine:
    """About 4 requests a second of 300 tokens in and 60 out."""
    tokens = np.rint(np.arange(1025) * 1e8 / speed + 8e9 / speed).astype(np.int64)
    times = StepTimes(tokens, np.rint(np.arange(33) * 2e8 / speed).astype(np.int64), 10_000, 0, 0, 0, 1 << 24)
    return Engine(times, 32, 2_000, 16, True, 0.0)


def traffic(seed: int, rate: float, n: int = 3_000) -> Load:
    rng = np.random.default_rng(seed)
    trace = Trace(np.cumsum(rng.exponential(1 / rate, n)), rng.integers(100, 500, n), rng.integers(1, 120, n),
                  np.zeros(n, np.int64))  # fmt: skip
    return Load(trace, rate)


def promise(ttft_s: float, tpot_s: float) -> Slo:
    return Slo(terms=(SloTerm(metric="ttft", percentile=95, threshold_s=ttft_s),
                      SloTerm(metric="tpot", percentile=95, threshold_s=tpot_s)))  # fmt: skip


def holds(load: Load, replicas: int, ttft_s: float, tpot_s: float) -> bool:
    found = simulate(load.trace, engine(), Fleet(replicas))
    return found.quantile_s("ttft_s", 0.95) <= ttft_s and found.quantile_s("tpot_s", 0.95) <= tpot_s


@settings(max_examples=20)
@given(st.integers(0, 99), st.floats(1.0, 60.0), st.sampled_from([0.05, 0.1, 0.4]), st.integers(1, 12))
def test_n_replicas_hold_and_one_less_does_not(seed, rate, ttft_s, guess) -> None:
    load, tpot_s = traffic(seed, rate), 0.022
    found = fewest_replicas(load, engine(), promise(ttft_s, tpot_s), guess=guess)
    if found is None:
        assert not holds(load, 8 * guess, ttft_s, tpot_s)
        return
    assert holds(load, found.replicas, ttft_s, tpot_s)
    assert found.replicas == 1 or not holds(load, found.replicas - 1, ttft_s, tpot_s)
    assert load.rate_rps / found.replicas <= found.most_rps * (1 + 1e-9)
    assert found.replicas == 1 or found.most_rps < load.rate_rps / (found.replicas - 1)


@settings(max_examples=15)
@given(st.integers(0, 99), st.floats(2.0, 30.0), st.floats(1.3, 3.0))
def test_slower_machines_and_more_load_never_need_fewer(seed, rate, factor) -> None:
    slo = promise(0.2, 0.022)
    base = fewest_replicas(traffic(seed, rate), engine(), slo, guess=4)
    more = fewest_replicas(traffic(seed, rate * factor), engine(), slo, guess=4)
    faster = fewest_replicas(traffic(seed, rate), engine(factor), slo, guess=4)
    assert base is not None
    assert faster is not None
    assert faster.replicas <= base.replicas
    assert more is None or more.replicas >= base.replicas


def test_a_promise_below_one_iteration_is_never_held() -> None:
    assert fewest_replicas(traffic(0, 5.0), engine(), promise(0.001, 1.0), guess=2) is None


def test_the_busiest_hour_is_the_one_with_most_requests_at_the_rate_asked_for() -> None:
    quiet, busy = np.arange(0.0, 7200.0, 10.0), np.arange(7200.0, 10_800.0, 2.0)
    at = np.concatenate([quiet, busy])
    trace = Trace(at, np.full(len(at), 5), np.full(len(at), 3), np.zeros(len(at), np.int64))
    load = busiest_hour(trace, 4.0)
    assert len(load.trace.arrival_s) == len(busy)
    assert len(load.trace.arrival_s) / load.trace.arrival_s[-1] == pytest.approx(4.0, rel=0.01)


@settings(max_examples=10)
@given(st.integers(0, 99))
def test_every_hour_is_held_by_its_own_number(seed) -> None:
    load, slo = traffic(seed, 20.0), promise(0.2, 0.022)
    found = fewest_replicas(load, engine(), slo, guess=4)
    assert found is not None
    hours = 20.0 * np.linspace(0.02, 1.0, 24)
    numbers = replicas_by_hour(hours.tolist(), load, engine(), slo, most_rps=found.most_rps,
                               peak_replicas=found.replicas)  # fmt: skip
    assert max(numbers) == found.replicas
    assert numbers == tuple(sorted(numbers))
    for n in set(numbers):
        most = max(rate for rate, count in zip(hours, numbers, strict=True) if count == n)
        trace = Trace(load.trace.arrival_s * (20.0 / most), load.trace.input_tokens, load.trace.output_tokens,
                      load.trace.cached_tokens)  # fmt: skip
        assert holds(Load(trace, most), n, 0.2, 0.022)
