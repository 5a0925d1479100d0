"""The simulator's face: requests in, latencies, use of the machines and goodput out."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

import numpy as np

from steelyard.domain.traffic import PrefixBlocks, Trace
from steelyard.serving.simulator import layout as at
from steelyard.serving.simulator.engine import Engine
from steelyard.serving.simulator.layout import NEVER, NONE, PICOSECONDS, Ints, State
from steelyard.serving.simulator.outcome import Simulation, outcome_of

__all__ = [
    "Autoscaling", "Fleet", "Limits", "Routing", "simulate", "simulate_clients", "simulate_stream",
]  # fmt: skip

Routing = Literal["round_robin", "least_loaded", "power_of_two", "prefix_affinity"]
_ROUTINGS: tuple[Routing, ...] = ("round_robin", "least_loaded", "power_of_two", "prefix_affinity")
FIRST_ROWS = 1024
"""Rows for requests in the system at the start; doubled whenever they run out [1]."""
STORED = 20_000_000
"""Requests of which every latency is kept; of more, histograms are [1]."""


class Autoscaling(NamedTuple):
    """A horizontal autoscaler: replicas in proportion to the requests in the fleet."""

    least: int = 1
    """Replicas kept at all times."""
    target_in_flight: int = 16
    """Requests running or waiting per replica that it aims at."""
    interval_s: float = 15.0
    """Between two looks at the fleet."""
    start_up_s: float = 300.0
    """From ordered to serving."""
    down_after_s: float = 300.0
    """How long too many replicas are kept."""


class Fleet(NamedTuple):
    """Equal replicas behind a router."""

    replicas: int = 1
    """Replicas, or the most of them under autoscaling."""
    routing: Routing = "round_robin"
    """How a request finds its replica."""
    autoscaling: Autoscaling | None = None
    """None keeps all of them on."""


class Limits(NamedTuple):
    """Latencies within which a request counts as good; infinite where not promised."""

    ttft_s: float = float("inf")
    tpot_s: float = float("inf")


def simulate(
    trace: Trace, engine: Engine, fleet: Fleet = Fleet(), *, prefixes: PrefixBlocks | None = None,  # noqa: B008
    limits: Limits = Limits(), seed: int = 0, until_s: float | None = None,  # noqa: B008
) -> Simulation:  # fmt: skip
    """Return what happens to every request of a trace.

    Parameters
    ----------
    trace
        Requests in order of arrival.
    engine
        One replica.
    fleet
        How many, and how requests find them.
    prefixes
        Hashes of the prompts' blocks; without them ``trace.cached_tokens`` count as found.
    limits
        Latencies of a good request.
    seed
        Of the router's choices.
    until_s
        Stop before iterations that would start at this time; None runs until nothing is left.
    """
    if prefixes is not None and prefixes.block_tokens != engine.block_tokens:
        raise ValueError(f"prefixes are hashed by {prefixes.block_tokens} tokens, the engine's blocks hold "
                         f"{engine.block_tokens}")  # fmt: skip
    n = len(trace.arrival_s)
    state = _state(engine, fleet, limits, seed, stored=n, longest_output=int(trace.output_tokens.max(initial=1)),
                   shared=prefixes is not None)  # fmt: skip
    state = _arrive(state, _rows(trace, engine, prefixes, 0), prefixes)
    _run_out(state, prefixes, until_s)
    return outcome_of(state, engine, outputs=trace.output_tokens)


def simulate_stream(
    chunks: Iterable[Trace], engine: Engine, fleet: Fleet = Fleet(), *, longest_output: int,  # noqa: B008
    limits: Limits = Limits(), seed: int = 0,  # noqa: B008
) -> Simulation:  # fmt: skip
    """Return the distributions of latency over requests that come in pieces, in memory of those in the system.

    Parameters
    ----------
    chunks
        Pieces of a trace; times go on from piece to piece.
    engine, fleet, limits, seed
        As in ``simulate``.
    longest_output
        Largest output among all of them [token].
    """
    state = _state(engine, fleet, limits, seed, stored=0, longest_output=longest_output, shared=False)
    first = 0
    for chunk in chunks:
        state = _arrive(state, _rows(chunk, engine, None, first), None)
        first += len(chunk.arrival_s)
    _run_out(state, None, None)
    return outcome_of(state, engine, outputs=None)


def simulate_clients(
    input_tokens: Ints, output_tokens: Ints, engine: Engine, *, clients: int, replicas: int = 1,
    cached_tokens: Ints | None = None,
) -> Simulation:  # fmt: skip
    """Return what a closed loop measures: a fixed number of clients, each sending its next request when answered.

    Parameters
    ----------
    input_tokens, output_tokens
        Lengths in order of sending, shape (n_requests,).
    engine
        One replica.
    clients
        Requests in the system at a time; spread evenly over the replicas.
    replicas
        Equal replicas.
    cached_tokens
        Prompt tokens already cached, shape (n_requests,); None for none.
    """
    n = len(input_tokens)
    state = _state(engine, Fleet(replicas), Limits(), 0, stored=n, longest_output=int(output_tokens.max(initial=1)),
                   shared=False)  # fmt: skip
    cached = np.zeros(n, np.int64) if cached_tokens is None else cached_tokens
    state.settings[at.CLOSED] = 1
    state.totals[at.NEXT_CLOSED] = min(clients, n)
    lengths = np.column_stack([input_tokens, output_tokens, cached])
    state = state._replace(closed=np.ascontiguousarray(lengths, np.int64))
    at_once = Trace(np.zeros(min(clients, n)), input_tokens[:clients], output_tokens[:clients], cached[:clients])
    state = _arrive(state, _rows(at_once, engine, None, 0), None)
    _run_out(state, None, None)
    return outcome_of(state, engine, outputs=output_tokens)


def _rows(trace: Trace, engine: Engine, prefixes: PrefixBlocks | None, first: int) -> Ints:
    """Return a trace as the kernel's rows."""
    n = len(trace.arrival_s)
    rows = np.zeros((n, at.IN_FIELDS), np.int64)
    rows[:, at.IN_ARRIVAL] = np.rint(trace.arrival_s * PICOSECONDS)
    rows[:, at.IN_PROMPT] = np.maximum(trace.input_tokens, 1)
    rows[:, at.IN_OUTPUT] = np.maximum(trace.output_tokens, 1)
    rows[:, at.IN_REQUEST] = np.arange(first, first + n)
    if prefixes is None:
        rows[:, at.IN_CACHED] = np.minimum(trace.cached_tokens, rows[:, at.IN_PROMPT])
    else:
        rows[:, at.IN_CHAIN] = prefixes.starts[:-1]
        whole = rows[:, at.IN_PROMPT] // engine.block_tokens
        rows[:, at.IN_BLOCKS] = np.minimum(np.diff(prefixes.starts), whole)
    return rows


def _hashes(prefixes: PrefixBlocks | None) -> Ints:
    return np.zeros(1, np.int64) if prefixes is None else np.ascontiguousarray(prefixes.hashes, np.int64)


def _arrive(state: State, rows: Ints, prefixes: PrefixBlocks | None) -> State:
    """Let requests arrive; rows for those in the system are added as they run out."""
    from steelyard.serving.simulator.fleet import admit_arrivals  # noqa: PLC0415  loads the compiler

    done, hashes = 0, _hashes(prefixes)
    while (done := admit_arrivals(state, rows, done, len(rows), hashes)) < len(rows):
        state = state._replace(slot=_more_rows(state))
    return state


def _run_out(state: State, prefixes: PrefixBlocks | None, until_s: float | None) -> None:
    from steelyard.serving.simulator.fleet import run_out  # noqa: PLC0415  loads the compiler

    run_out(state, NEVER if until_s is None else round(until_s * PICOSECONDS), _hashes(prefixes))


def _more_rows(state: State) -> Ints:
    """Return twice the rows, the new ones free."""
    old = len(state.slot)
    slot = np.zeros((max(2 * old, FIRST_ROWS), at.SLOT_FIELDS), np.int64)
    slot[:old] = state.slot
    slot[old:, at.NEXT] = np.arange(old + 1, len(slot) + 1)
    slot[-1, at.NEXT] = state.totals[at.POOL_HEAD]
    state.totals[at.POOL_HEAD] = old
    return slot


def _ps(seconds: float) -> int:
    return NEVER if seconds >= NEVER / PICOSECONDS else round(seconds * PICOSECONDS)


def _power_of_two(least: int) -> int:
    return 1 << max(least - 1, 1).bit_length()


def _settings(engine: Engine, fleet: Fleet, limits: Limits, *, ring: int, stored: bool) -> Ints:
    scaling = fleet.autoscaling
    entries = engine.capacity_blocks
    values = {
        at.MOST_RUNNING: engine.most_running, at.BUDGET: engine.token_budget, at.BLOCK_TOKENS: engine.block_tokens,
        at.BLOCK_SHIFT: engine.block_tokens.bit_length() - 1,
        at.CAPACITY: engine.capacity_blocks, at.RING: ring, at.ENTRIES: entries, at.TABLE: _power_of_two(2 * entries),
        at.CACHING: int(engine.prefix_caching), at.SLOPE: engine.times.context_ps,
        at.WINDOW_SLOPE: engine.times.window_ps, at.PROMPT_SLOPE: engine.times.prompt_context_shifted_ps,
        at.PROMPT_WINDOW_SLOPE: engine.times.prompt_window_shifted_ps, at.WINDOW_TOKENS: engine.times.window_tokens,
        at.REPLICAS: fleet.replicas, at.ROUTING: _ROUTINGS.index(fleet.routing), at.STORE: int(stored),
        at.TTFT_LIMIT: _ps(limits.ttft_s - engine.overhead_s), at.TPOT_LIMIT: _ps(limits.tpot_s),
    }  # fmt: skip
    if scaling is not None:
        values |= {at.LEAST: scaling.least, at.TARGET: scaling.target_in_flight, at.INTERVAL: _ps(scaling.interval_s),
                   at.START_UP: _ps(scaling.start_up_s), at.DOWN_AFTER: _ps(scaling.down_after_s)}  # fmt: skip
    settings = np.zeros(at.SETTINGS, np.int64)
    for place, value in values.items():
        settings[place] = value
    return settings


def _replicas(fleet: Fleet, engine: Engine) -> Ints:
    replica = np.zeros((fleet.replicas, at.REPLICA_FIELDS), np.int64)
    for place in (at.PARTIAL, at.RUN_HEAD, at.RUN_TAIL, at.QUEUE_HEAD, at.QUEUE_TAIL, at.OLDEST, at.NEWEST):
        replica[:, place] = NONE
    replica[:, at.FREE] = engine.capacity_blocks
    replica[:, at.STATUS] = at.SERVING
    if fleet.autoscaling is not None:
        replica[fleet.autoscaling.least :, at.STATUS] = at.OFF
    return replica


def _state(
    engine: Engine, fleet: Fleet, limits: Limits, seed: int, *, stored: int, longest_output: int, shared: bool,
) -> State:  # fmt: skip
    """Return an empty fleet."""
    if len(engine.times.sequences_ps) <= engine.most_running or engine.token_budget < engine.most_running:
        raise ValueError(f"the engine's tables end before its {engine.most_running} running sequences")
    if engine.block_tokens & (engine.block_tokens - 1):
        raise ValueError(f"block_tokens {engine.block_tokens!r} is not a power of two")
    ring = max(_power_of_two(longest_output + 2), 64)
    r, most = fleet.replicas, engine.most_running
    settings = _settings(engine, fleet, limits, ring=ring, stored=stored > 0)
    totals = np.zeros(at.TOTALS, np.int64)
    totals[[at.POOL_HEAD, at.LOW_SINCE]] = NONE
    # The generator must not start at zero.
    totals[at.RANDOM] = np.int64(np.random.Generator(np.random.PCG64(seed)).integers(1, 2**62))
    totals[at.ACTIVE] = fleet.autoscaling.least if fleet.autoscaling is not None else r
    entries = engine.capacity_blocks if shared and engine.prefix_caching else 1
    replica, entry = _replicas(fleet, engine), np.full((r, entries, 4), NONE, np.int64)
    if shared and engine.prefix_caching:
        replica[:, at.SPARE] = 0
        entry[:, :-1, 3] = np.arange(1, entries)
    return State(
        settings=settings, totals=totals, slot=np.zeros((0, at.SLOT_FIELDS), np.int64), replica=replica,
        tokens_ps=engine.times.tokens_ps, sequences_ps=engine.times.sequences_ps,
        phase=np.zeros((r, engine.block_tokens), np.int64), ring=np.full((r, ring, 2), NONE, np.int64),
        bits=np.zeros((r, ring // 64), np.uint64), gap_start=np.zeros((r, 2 * most + 2), np.int64),
        gap_value=np.zeros((r, 2 * most + 2), np.int64), scratch=np.zeros(most, np.int64),
        table=np.full((r, _table_size(settings, shared), 2), NONE, np.int64), entry=entry, kv=np.zeros(r),
        closed=np.zeros((0, 3), np.int64), results=np.full((stored, at.RESULT_FIELDS), NONE, np.int64),
        histogram=np.zeros((at.MEASURES, at.BUCKETS), np.int64),
    )  # fmt: skip


def _table_size(settings: Ints, shared: bool) -> int:
    return int(settings[at.TABLE]) if shared and settings[at.CACHING] else 1
