"""How fast the simulator is, beside what bounds it: instructions per event, and memory once prefixes are hashed.

Run with ``make bench``; ``docs/benchmarks.md`` keeps the figures. One core each, but for the month.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from simulator_loads import chat, chat_engine, conversations, months_share

from steelyard.serving.simulator import simulate as face
from steelyard.serving.simulator.fleet import admit_arrivals
from steelyard.serving.simulator.simulate import Fleet, Limits, Simulation, simulate, simulate_stream

pytestmark = [pytest.mark.bench, pytest.mark.benchmark(timer=time.process_time)]
LOAD = 0.8
REPLICAS_OF_THE_MONTH = 12
MONTH_REQUESTS = 100_000_000


def saturated_rps() -> float:
    found = simulate(chat(100_000, 500.0), chat_engine())
    return found.finished / found.span_s


def test_one_replica_of_a_chat_model(benchmark) -> None:
    engine, n = chat_engine(), 500_000
    trace = chat(n, LOAD * saturated_rps())
    rows, nothing = face._rows(trace, engine, None, 0), face._hashes(None)

    def prepare():
        state = face._state(engine, Fleet(), Limits(), 0, stored=n, longest_output=1000, shared=False)
        return (state._replace(slot=face._more_rows(state)), rows, 0, n, nothing), {}

    benchmark.pedantic(admit_arrivals, setup=prepare, rounds=5, warmup_rounds=1)
    benchmark.extra_info["requests_per_s"] = n / benchmark.stats["mean"]


@pytest.mark.parametrize(
    ("block_tokens", "median_input", "rate", "n"),
    [
        (512, 700.0, 1500.0, 200_000),
        (512, 5000.0, 300.0, 100_000),
        (16, 700.0, 1500.0, 50_000),
        (16, 5000.0, 300.0, 20_000),
    ],
)
def test_a_hundred_replicas_with_prefix_cache_and_preemption(benchmark, block_tokens, median_input, rate, n) -> None:
    engine = chat_engine(block_tokens)
    if median_input < 1000:  # so that the cache runs short
        engine = engine._replace(capacity_blocks=engine.capacity_blocks // 4)
    trace, prefixes = conversations(n, block_tokens, rate, median_input=median_input)
    found: Simulation = benchmark.pedantic(
        lambda: simulate(trace, engine, Fleet(100, "power_of_two"), prefixes=prefixes), rounds=3, warmup_rounds=1
    )
    benchmark.extra_info["requests_per_s"] = n / benchmark.stats["mean"]
    benchmark.extra_info["prefix_hit_fraction"] = found.prefix_hit_fraction
    benchmark.extra_info["preemptions"] = int(found.use.preemptions.sum())
    assert found.prefix_hit_fraction > 0.05
    assert found.use.preemptions.sum() > 0


@pytest.mark.benchmark(timer=time.perf_counter)
def test_a_month_of_100_million_requests(benchmark) -> None:
    """Twelve independent replicas, requests generated piece by piece, histograms kept: two threads."""
    engine = chat_engine()
    each = MONTH_REQUESTS // REPLICAS_OF_THE_MONTH
    rate = LOAD * saturated_rps()

    def one(k: int) -> Simulation:
        return simulate_stream(months_share(each, rate, seed=k + 1), engine, longest_output=1000)

    def month() -> list[Simulation]:
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(one, range(REPLICAS_OF_THE_MONTH)))

    found = benchmark.pedantic(month, rounds=1)
    assert sum(replica.finished for replica in found) == each * REPLICAS_OF_THE_MONTH


def test_jumping_against_its_own_work_grows_with_events_not_with_tokens() -> None:
    """Ten times the output tokens at the same load are far less than ten times the work."""
    engine, seconds = chat_engine(), []
    for length, rate in ((100, 20.0), (1000, 2.0)):
        n = 100_000
        trace = chat(n, rate * 0.02)
        trace = type(trace)(trace.arrival_s, trace.input_tokens, np.full(n, length), trace.cached_tokens)
        simulate(trace, engine)
        start = time.process_time()
        found = simulate(trace, engine)
        seconds.append(time.process_time() - start)
        assert found.finished == n
    assert seconds[1] < 3.0 * seconds[0]
