"""Where the simulator keeps what: requests in the system as rows, replicas as rows, lists as links between rows.

Times are whole picoseconds: sums are exact, so that a jump over many iterations equals stepping through them. Memory
grows with the requests in the system, not with those of the trace.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["NEVER", "NONE", "PICOSECONDS", "Ints", "State"]

Ints = NDArray[np.int64]
PICOSECONDS = 1e12
"""Picoseconds per second [1/s]."""
NEVER = 2**62
"""A time after everything [ps]."""
NONE = -1
"""No row."""
CONTEXT_SHIFT = 10
"""Binary digits after the point of the cost of a prompt token's context [1]."""

# Columns of a request in the system.
ARRIVAL, REQUEST, PROMPT, OUTPUT, CACHED, CHAIN, BLOCKS = 0, 1, 2, 3, 4, 5, 6
MADE = 7
"""Tokens generated before the current (re)computation of the prompt, or all once it decodes at ``START``."""
BASE = 8
"""Tokens in the KV cache at ``START``; while the prompt is computed, those computed so far."""
START = 9
"""Iteration at which decoding began."""
TOTAL = 10
"""Tokens of the current (re)computation: prompt and what was generated before."""
HELD = 11
"""Shared blocks it refers to."""
WINDOW = 12
"""Context read in windowed layers."""
QUEUED_AT, FIRST, LAST, GAP, PREEMPTED = 13, 14, 15, 16, 17
RUN_PREV, RUN_NEXT, END_PREV, END_NEXT, NEXT = 18, 19, 20, 21, 22
PHASE = 23
SLOT_FIELDS = 24

# Columns of a replica.
CLOCK, ITERATION, DECODING, CONTEXT, WINDOWED, PARTIAL = 0, 1, 2, 3, 4, 5
RUN_HEAD, RUN_TAIL, RUNNING, QUEUE_HEAD, QUEUE_TAIL, QUEUED = 6, 7, 8, 9, 10, 11
FREE = 12
"""Blocks that hold nothing."""
IDLE = 13
"""Blocks that hold a prefix no request uses."""
OLDEST, NEWEST, SPARE = 14, 15, 16
"""Ends of the list of such blocks, and head of the list of unused entries."""
BLOCKED = 17
"""Whether the first in the queue cannot enter before something leaves."""
GAPS = 18
"""Height of the stack of longest gaps."""
BUSY, FINISHED, PREEMPTIONS, PEAK, STEPS, COMPUTED, HITS = 19, 20, 21, 22, 23, 24, 25
STATUS, READY_AT, PAID_FROM, PAID, LARGEST_GAP = 26, 27, 28, 29, 30
REPLICA_FIELDS = 31

OFF, STARTING, SERVING, DRAINING = 0, 1, 2, 3

# Settings.
MOST_RUNNING, BUDGET, BLOCK_TOKENS, CAPACITY, RING, ENTRIES, TABLE, CACHING = 0, 1, 2, 3, 4, 5, 6, 7
SLOPE, WINDOW_SLOPE, PROMPT_SLOPE, PROMPT_WINDOW_SLOPE, WINDOW_TOKENS = 8, 9, 10, 11, 12
REPLICAS, ROUTING, TTFT_LIMIT, TPOT_LIMIT, STORE, CLOSED = 13, 14, 15, 16, 17, 18
LEAST, TARGET, INTERVAL, START_UP, DOWN_AFTER = 19, 20, 21, 22, 23
BLOCK_SHIFT = 24
"""Binary logarithm of a block's tokens."""
SETTINGS = 25

# Totals over the fleet.
POOL_HEAD, ARRIVED, REJECTED, WITHIN, NEXT_TURN = 0, 1, 2, 3, 4
RANDOM, NEXT_TICK, LOW_SINCE, NEXT_CLOSED, ACTIVE = 5, 6, 7, 8, 9
TOTALS = 10

# Columns of a request that arrives.
IN_ARRIVAL, IN_PROMPT, IN_OUTPUT, IN_CACHED, IN_CHAIN, IN_BLOCKS, IN_REQUEST = 0, 1, 2, 3, 4, 5, 6
IN_FIELDS = 7

BUCKETS_PER_OCTAVE = 64
"""Equal buckets of a histogram per doubling: at most 1.6 % wide [1]."""
FRACTION_SHIFT = 52 - 6
"""Digits of a number's fraction that a bucket does not tell apart [bit]."""
FIRST_BUCKET = 1023 * BUCKETS_PER_OCTAVE
"""Exponent and digits of one, as its bits have them [1]."""
BUCKETS = 63 * BUCKETS_PER_OCTAVE
MEASURES = 5
"""Histograms: queue time, TTFT, TPOT, longest gap, end to end."""

# Columns of what is stored of a finished request.
OUT_QUEUE, OUT_TTFT, OUT_E2E, OUT_GAP, OUT_REPLICA, OUT_PREEMPTED = 0, 1, 2, 3, 4, 5
RESULT_FIELDS = 6


class State(NamedTuple):
    """Everything that changes, as arrays."""

    settings: Ints
    """Shape (SETTINGS,)."""
    totals: Ints
    """Shape (TOTALS,)."""
    slot: Ints
    """Requests in the system, shape (n_slots, SLOT_FIELDS)."""
    replica: Ints
    """Shape (n_replicas, REPLICA_FIELDS)."""
    tokens_ps: Ints
    """Time of an iteration by its tokens, shape (budget + 1,) [ps]."""
    sequences_ps: Ints
    """More of it by sequences that sample a token, shape (most_running + 1,) [ps]."""
    phase: Ints
    """Sequences by the iteration, modulo a block, at which they need a block; shape (n_replicas, block_tokens)."""
    ring: Ints
    """First and last slot to finish at an iteration, shape (n_replicas, ring, 2)."""
    bits: NDArray[np.uint64]
    """Which of those are not empty, shape (n_replicas, ring / 64)."""
    gap_start: Ints
    """First iteration that an element of the stack of gaps covers, shape (n_replicas, 2 most_running + 2)."""
    gap_value: Ints
    """Longest iteration since then [ps]."""
    scratch: Ints
    """Prompts completed by the current iteration, shape (most_running,)."""
    table: Ints
    """Hash of a block and its entry, open addressing, shape (n_replicas, table, 2)."""
    entry: Ints
    """Cached blocks: hash, references, older, newer; shape (n_replicas, entries, 4)."""
    kv: NDArray[np.float64]
    """Tokens in the cache times time, shape (n_replicas,) [token ps]."""
    closed: Ints
    """Requests of clients that wait for their answers: prompt, output, cached; shape (n_requests, 3) or (0, 3)."""
    results: Ints
    """By request, shape (n_requests, RESULT_FIELDS) or (0, RESULT_FIELDS) [ps]."""
    histogram: Ints
    """Requests by bucket of queue time, TTFT, TPOT, longest gap and end to end; shape (5, BUCKETS)."""
