"""Laws of the simulator: the jumping one equals the stepping one, nothing is lost, and exact queues come out."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator_reference import Request, reference, reference_clients
from steelyard.domain.traffic import PrefixBlocks, Trace
from steelyard.serving.simulator.engine import Engine, StepTimes
from steelyard.serving.simulator.simulate import (
    Autoscaling,
    Fleet,
    Limits,
    simulate,
    simulate_clients,
    simulate_stream,
)

PS = 1e12


def engine(
    *, most=8, budget=64, blocks=40, block=4, base_ps=10**9, token_ps=10**6, sequence_ps=10**7, context_ps=1000,
    window_ps=0, prompt_ps=0, prompt_window_ps=0, window=1 << 24, caching=True,
) -> Engine:  # fmt: skip
    """A replica with round numbers."""
    times = StepTimes(
        np.int64(base_ps) + np.arange(budget + 1) * np.int64(token_ps), np.arange(most + 1) * np.int64(sequence_ps),
        context_ps, window_ps, prompt_ps, prompt_window_ps, window,
    )  # fmt: skip
    return Engine(times, most, blocks, block, caching, 0.0)


@st.composite
def engines(draw) -> Engine:
    most = draw(st.integers(1, 9))
    return engine(
        most=most, budget=draw(st.integers(most, 60)), blocks=draw(st.integers(6, 60)),
        block=draw(st.sampled_from([1, 2, 4, 8])), base_ps=draw(st.integers(1, 10**9)),
        token_ps=draw(st.integers(0, 10**7)), sequence_ps=draw(st.integers(0, 10**7)),
        context_ps=draw(st.sampled_from([0, 1, 997, 10**6])), window_ps=draw(st.sampled_from([0, 313])),
        prompt_ps=draw(st.sampled_from([0, 5, 10**6])), prompt_window_ps=draw(st.sampled_from([0, 77])),
        window=draw(st.sampled_from([3, 10, 1 << 24])), caching=draw(st.booleans()),
    )  # fmt: skip


GAPS = st.one_of(st.integers(0, 3 * 10**9), st.sampled_from([0, 0, 10**8, 10**10]))
LENGTHS = st.tuples(st.integers(1, 40), st.integers(1, 30))
FAMILIES = st.integers(0, 3)


@st.composite
def traces(draw, most=30) -> tuple[Trace, PrefixBlocks, list[tuple[int, ...]], int]:
    """Requests, the hashes of their blocks (families share prefixes), and the tokens of a block."""
    gaps = draw(st.lists(GAPS, min_size=1, max_size=most))
    n = len(gaps)
    lengths = draw(st.lists(LENGTHS, min_size=n, max_size=n))
    block = draw(st.sampled_from([1, 2, 4, 8]))
    chains = []
    for prompt, _ in lengths:
        family, shared = draw(FAMILIES), draw(st.integers(0, 6))
        own = draw(st.integers(0, 50))
        chains.append(tuple(1000 * family + k if k < shared else 10**6 + 100 * own + k for k in range(prompt // block)))
    arrival = np.cumsum(gaps) / PS
    cached = draw(st.lists(st.integers(0, 40), min_size=n, max_size=n))
    trace = Trace(arrival, np.array([p for p, _ in lengths]), np.array([o for _, o in lengths]), np.array(cached))
    starts = np.concatenate([[0], np.cumsum([len(c) for c in chains])]).astype(np.int64)
    hashes = np.array([h for c in chains for h in c] or [0], np.int64)
    return trace, PrefixBlocks(hashes, starts, block), chains, block


@st.composite
def fleets(draw) -> Fleet:
    replicas = draw(st.integers(1, 4))
    routing = draw(st.sampled_from(["round_robin", "least_loaded", "power_of_two", "prefix_affinity"]))
    scaling = None
    if draw(st.booleans()):
        scaling = Autoscaling(
            least=draw(st.integers(1, replicas)), target_in_flight=draw(st.integers(1, 6)),
            interval_s=draw(st.sampled_from([0.0007, 0.003])), start_up_s=draw(st.sampled_from([0.0, 0.002, 0.02])),
            down_after_s=draw(st.sampled_from([0.0, 0.004])),
        )  # fmt: skip
    return Fleet(replicas, routing, scaling)


def requests_of(trace: Trace, chains, e: Engine, *, shared: bool) -> list[Request]:
    arrivals = np.rint(trace.arrival_s * PS).astype(np.int64)
    caching = e.prefix_caching
    return [
        Request(
            k, int(arrivals[k]), int(trace.input_tokens[k]), int(trace.output_tokens[k]),
            min(int(trace.cached_tokens[k]), int(trace.input_tokens[k])) if caching and not shared else 0,
            chains[k] if shared and caching else (),
        )
        for k in range(len(arrivals))
    ]  # fmt: skip


def random_state(seed: int) -> int:
    return int(np.random.Generator(np.random.PCG64(seed)).integers(1, 2**62))


@given(traces(), engines(), fleets(), st.booleans(), st.sampled_from([None, 0.003, 0.02]))
def test_jumping_equals_stepping(made, e, fleet, shared, until_s) -> None:
    trace, prefixes, chains, block = made
    e = e._replace(block_tokens=block)
    until = 2**62 if until_s is None else round(until_s * PS)
    requests = requests_of(trace, chains, e, shared=shared)
    told = reference(requests, e, fleet, random_state(3), shared=shared, until=until)
    found = simulate(trace, e, fleet, prefixes=prefixes if shared else None, seed=3, until_s=until_s)
    done = sorted((r for replica in told.replicas for r in replica.finished), key=lambda r: r.number)
    assert found.requests is not None
    assert found.requests.request.tolist() == [r.number for r in done]
    for name, value in {
        "queue_s": [r.queued_at - r.arrival for r in done], "ttft_s": [r.first - r.arrival for r in done],
        "e2e_s": [r.finished_at - r.arrival for r in done],
    }.items():  # fmt: skip
        assert np.rint(getattr(found.requests, name) * PS).astype(np.int64).tolist() == value, name
    longest = [r.longest_gap if r.output > 1 else None for r in done]
    gaps = found.requests.longest_gap_s
    assert [round(g * PS) if np.isfinite(g) else None for g in gaps] == longest
    assert found.requests.replica.tolist() == [told.placed[r.number] for r in done]
    assert found.requests.preemptions.tolist() == [r.preemptions for r in done]
    assert found.rejected == len(told.rejected)
    use, replicas = found.use, told.replicas
    assert use.iterations.tolist() == [r.iterations for r in replicas]
    assert use.preemptions.tolist() == [r.preempted for r in replicas]
    assert np.rint(use.kv_peak_fraction * e.capacity_blocks).tolist() == [r.peak for r in replicas]
    assert np.rint(use.paid_s * PS).tolist() == told.paid
    assert found.prompt_tokens_computed == sum(r.computed for r in replicas)
    assert found.prompt_tokens_hit == sum(r.hits for r in replicas)
    assert found.running == sum(len(r.running) for r in replicas)
    assert found.queued == sum(len(r.queue) for r in replicas)
    assert found.arrived == found.finished + found.rejected + found.running + found.queued


def test_the_first_in_order_take_idle_prefixes_before_one_of_the_last_gives_way() -> None:
    """Found by fuzzing: the last gave way first, its blocks went to the others, and an idle prefix stayed too long."""
    long = tuple(range(100, 106))
    chains = [long, (), (7,), (), (7,)]
    prompts, outputs = np.array([24, 1, 4, 2, 6]), np.array([14, 14, 4, 8, 1])
    trace = Trace(np.zeros(5), prompts, outputs, np.zeros(5, np.int64))
    starts = np.array([0, 6, 6, 7, 7, 8])
    prefixes = PrefixBlocks(np.array([*long, 7, 7]), starts, 4)
    e = engine(most=3, budget=5, blocks=16, block=4, base_ps=1, token_ps=0, sequence_ps=0, context_ps=0)
    told = reference(requests_of(trace, chains, e, shared=True), e, Fleet(1), random_state(3), shared=True)
    found = simulate(trace, e, Fleet(1), prefixes=prefixes, seed=3)
    assert found.use.preemptions.tolist() == [1]
    assert found.prompt_tokens_computed == told.replicas[0].computed


@given(st.lists(LENGTHS, min_size=1, max_size=30), engines(), st.integers(1, 12))
def test_a_closed_loop_equals_stepping(lengths, e, clients) -> None:
    lengths = [pair for pair in lengths if -(-sum(pair) // e.block_tokens) <= e.capacity_blocks]
    if not lengths:
        return
    told = reference_clients(lengths, e, clients)
    found = simulate_clients(np.array([p for p, _ in lengths]), np.array([o for _, o in lengths]), e, clients=clients)
    done = sorted(told.finished, key=lambda r: r.number)
    assert found.requests is not None
    assert np.rint(found.requests.e2e_s * PS).astype(np.int64).tolist() == [r.finished_at - r.arrival for r in done]
    assert np.rint(found.requests.ttft_s * PS).astype(np.int64).tolist() == [r.first - r.arrival for r in done]
    assert found.finished == len(lengths)


def busy_trace(seed: int, n: int, rate: float, prompt: int = 40, output: int = 30) -> Trace:
    """Poisson arrivals of scattered lengths."""
    rng = np.random.default_rng(seed)
    return Trace(
        np.cumsum(rng.exponential(1 / rate, n)), rng.integers(1, prompt, n), rng.integers(1, output, n),
        np.zeros(n, np.int64),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_a_long_busy_run_equals_stepping(seed) -> None:
    e = engine(most=24, budget=80, blocks=140, block=4, base_ps=5 * 10**8)
    trace = busy_trace(seed, 700, rate=4000.0)
    told = reference(requests_of(trace, [()] * 700, e, shared=False), e, Fleet(1))
    found = simulate(trace, e)
    assert found.requests is not None
    assert found.use.preemptions[0] > 0
    ends = sorted((r.number, r.finished_at - r.arrival, r.longest_gap) for r in told.replicas[0].finished)
    assert np.rint(found.requests.e2e_s * PS).astype(np.int64).tolist() == [end for _, end, _ in ends]
    gaps = np.nan_to_num(found.requests.longest_gap_s) * PS
    assert np.rint(gaps).astype(np.int64).tolist() == [gap for _, _, gap in ends]


@given(traces(), engines(), st.integers(2, 7))
def test_slower_arrivals_and_steps_scale_every_time(made, e, factor) -> None:
    trace, _, _, block = made
    e = e._replace(block_tokens=block)
    t = e.times._replace(prompt_context_shifted_ps=0, prompt_window_shifted_ps=0)  # rounded, so not scalable
    slower = StepTimes(t.tokens_ps * factor, t.sequences_ps * factor, t.context_ps * factor, t.window_ps * factor, 0, 0,
                       t.window_tokens)  # fmt: skip
    arrival = np.rint(trace.arrival_s * PS)
    once = simulate(Trace(arrival / PS, trace.input_tokens, trace.output_tokens, trace.cached_tokens),
                    e._replace(times=t))  # fmt: skip
    more = simulate(Trace(arrival * factor / PS, trace.input_tokens, trace.output_tokens, trace.cached_tokens),
                    e._replace(times=slower))  # fmt: skip
    assert once.requests is not None
    assert more.requests is not None
    for name in ("queue_s", "ttft_s", "e2e_s"):
        assert np.rint(getattr(more.requests, name) * PS).tolist() == pytest.approx(
            (np.rint(getattr(once.requests, name) * PS) * factor).tolist(), abs=2.0
        )


@given(traces(), engines())
def test_first_come_is_first_served(made, e) -> None:
    trace, _, _, block = made
    found = simulate(trace, e._replace(block_tokens=block)).requests
    assert found is not None
    entered = trace.arrival_s[found.request] + found.queue_s
    assert (np.diff(entered) >= -1e-9).all()


@given(traces(most=12), engines(), fleets(), st.booleans())
def test_at_every_event_nothing_is_lost_no_cache_overflows_and_the_clock_moves_on(made, e, fleet, shared) -> None:
    trace, prefixes, _, block = made
    e = e._replace(block_tokens=block)
    known = prefixes if shared else None
    whole = simulate(trace, e, fleet, prefixes=known, seed=3)
    done = whole.requests
    assert done is not None
    assert (done.queue_s >= 0).all()
    assert (done.ttft_s > done.queue_s).all()
    assert (done.e2e_s >= done.ttft_s).all()
    entered = trace.arrival_s[done.request]
    told = [entered + after for after in (done.queue_s, done.ttft_s, done.e2e_s)]
    events = np.unique(np.concatenate([trace.arrival_s, *told]))
    before = 0
    for at_s in events[:: max(len(events) // 8, 1)]:
        found = simulate(trace, e, fleet, prefixes=known, seed=3, until_s=float(at_s))
        assert found.arrived == found.finished + found.rejected + found.running + found.queued
        assert found.requests is not None
        assert ((found.use.kv_mean_fraction >= 0) & (found.use.kv_peak_fraction <= 1)).all()
        assert (found.use.kv_mean_fraction <= found.use.kv_peak_fraction + 1e-12).all()
        assert found.finished >= before
        kept = np.isin(done.request, found.requests.request)
        assert done.e2e_s[kept].tolist() == found.requests.e2e_s.tolist()
        before = found.finished
    assert whole.arrived == whole.finished + whole.rejected == len(trace.arrival_s)


@given(traces(), engines(), fleets())
def test_the_same_seed_gives_the_same_run(made, e, fleet) -> None:
    trace, prefixes, _, block = made
    e = e._replace(block_tokens=block)
    once, again = (simulate(trace, e, fleet, prefixes=prefixes, seed=5) for _ in range(2))
    assert once.requests is not None
    assert again.requests is not None
    assert once.requests.e2e_s.tolist() == again.requests.e2e_s.tolist()


def test_one_server_of_fixed_work_is_the_m_d_1_queue() -> None:
    """Mean wait of M/D/1 is rho s / (2 (1 - rho)): Pollaczek (1930), Khinchine (1932)."""
    e = engine(most=1, budget=10, blocks=1000, base_ps=10**9, token_ps=0, sequence_ps=0, context_ps=0)
    waits = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        n = 40_000
        flat = Trace(
            np.cumsum(rng.exponential(1 / 700.0, n)), np.full(n, 5), np.ones(n, np.int64), np.zeros(n, np.int64)
        )
        found = simulate(flat, e).requests
        assert found is not None
        waits.append(found.queue_s.mean())
    expected = 0.7 * 1e-3 / (2 * 0.3)
    error = np.std(waits, ddof=1) / np.sqrt(len(waits))
    assert np.mean(waits) == pytest.approx(expected, abs=3.1 * error)  # t(11) at 99 %
    assert error < 0.02 * expected


def test_servers_of_memoryless_work_are_the_m_m_c_queue() -> None:
    """Mean wait of M/M/c is C(c, a) / (c mu - lambda): Erlang (1917). Work is counted in steps much shorter than it."""
    servers, steps, rate = 4, 400, 8.0
    e = engine(most=servers, budget=8, blocks=10**6, block=1024, base_ps=10**9, token_ps=0, sequence_ps=0, context_ps=0)
    waits = []
    for seed in range(12):
        rng = np.random.default_rng(100 + seed)
        n = 40_000
        work = rng.geometric(1 / steps, n)
        trace = Trace(np.cumsum(rng.exponential(1 / rate, n)), np.ones(n, np.int64), work, np.zeros(n, np.int64))
        found = simulate(trace, e).requests
        assert found is not None
        waits.append(found.queue_s.mean())
    offered = rate * steps * 1e-3
    terms = [offered**k / np.prod(np.arange(1, k + 1)) for k in range(servers + 1)]
    last = terms[-1] * servers / (servers - offered)
    waiting = last / (sum(terms[:-1]) + last)
    expected = waiting / (servers / (steps * 1e-3) - rate)
    error = np.std(waits, ddof=1) / np.sqrt(len(waits))
    # An arrival waits for the current step to end, half a step on average, whether or not a server is free.
    assert np.mean(waits) - 0.5e-3 == pytest.approx(expected, abs=3.1 * error)
    assert error < 0.05 * expected


def test_pieces_of_a_trace_give_the_distribution_of_the_whole() -> None:
    e = engine(most=24, budget=80, blocks=140, block=4, base_ps=5 * 10**8)
    trace = busy_trace(1, 5000, rate=2500.0)
    whole = simulate(trace, e, Fleet(2), limits=Limits(ttft_s=0.0015, tpot_s=0.001))
    cuts = [0, 17, 1000, 1001, 5000]
    pieces = [
        Trace(trace.arrival_s[a:b], trace.input_tokens[a:b], trace.output_tokens[a:b], trace.cached_tokens[a:b])
        for a, b in pairwise(cuts)
    ]
    piecewise = simulate_stream(pieces, e, Fleet(2), longest_output=30, limits=Limits(ttft_s=0.0015, tpot_s=0.001))
    assert piecewise.finished == whole.finished == 5000
    assert piecewise.within == whole.within
    assert 0 < whole.within < 5000
    for measure in ("ttft_s", "tpot_s", "e2e_s", "longest_gap_s"):
        for share in (0.5, 0.95, 0.99):
            exact = whole.quantile_s(measure, share)
            assert piecewise.quantile_s(measure, share) == pytest.approx(exact, rel=0.01)
