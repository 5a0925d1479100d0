"""What is kept of a finished request: a row, or a count in a histogram."""

import numpy as np

from steelyard.serving.simulator import layout as at
from steelyard.serving.simulator.compiled import inlined
from steelyard.serving.simulator.layout import NONE, State
from steelyard.serving.simulator.lists import enqueue

__all__ = ["enter", "finish"]


@inlined
def enter(s: State, request: int, arrival: int, prompt: int, output: int) -> int:
    """Return a row for a request that arrives; there must be an unused one."""
    i = s.totals[at.POOL_HEAD]
    slot = s.slot[i]
    s.totals[at.POOL_HEAD] = slot[at.NEXT]
    slot[at.REQUEST], slot[at.ARRIVAL], slot[at.PROMPT], slot[at.OUTPUT] = request, arrival, prompt, output
    slot[at.TOTAL], slot[at.MADE], slot[at.BASE], slot[at.START] = prompt, 0, 0, NONE
    slot[at.CACHED], slot[at.CHAIN], slot[at.BLOCKS], slot[at.HELD] = 0, 0, 0, 0
    slot[at.QUEUED_AT], slot[at.FIRST], slot[at.GAP], slot[at.PREEMPTED] = NONE, NONE, 0, 0
    slot[at.WINDOW] = min(prompt + output // 2, s.settings[at.WINDOW_TOKENS])
    s.totals[at.ARRIVED] += 1
    return i


@inlined
def finish(s: State, r: int, i: int) -> None:
    """Record a request that has left, free its row, and let a waiting client send its next one."""
    slot = s.slot[i]
    clock = s.replica[r, at.CLOCK]
    arrival = slot[at.ARRIVAL]
    queued, ttft, e2e = slot[at.QUEUED_AT] - arrival, slot[at.FIRST] - arrival, clock - arrival
    gaps = slot[at.OUTPUT] - 1
    decoded = e2e - ttft
    s.replica[r, at.FINISHED] += 1
    if ttft <= s.settings[at.TTFT_LIMIT] and (gaps == 0 or decoded // gaps <= s.settings[at.TPOT_LIMIT]):
        s.totals[at.WITHIN] += 1
    if s.settings[at.STORE] == 1:
        row = s.results[slot[at.REQUEST]]
        row[at.OUT_QUEUE], row[at.OUT_TTFT], row[at.OUT_E2E] = queued, ttft, e2e
        row[at.OUT_GAP], row[at.OUT_REPLICA], row[at.OUT_PREEMPTED] = slot[at.GAP], r, slot[at.PREEMPTED]
    else:
        _count(s, 0, queued)
        _count(s, 1, ttft)
        if gaps > 0:
            _count(s, 2, decoded // gaps)
            _count(s, 3, slot[at.GAP])
        _count(s, 4, e2e)
    slot[at.NEXT] = s.totals[at.POOL_HEAD]
    s.totals[at.POOL_HEAD] = i
    if s.settings[at.CLOSED] == 1 and s.totals[at.NEXT_CLOSED] < s.closed.shape[0]:
        _send_next(s, r)


@inlined
def _count(s: State, measure: int, value: int) -> None:
    # Exponent and first binary digits of the fraction, as they stand in the number's own bits.
    bits = np.float64(max(value, 1)).view(np.int64)
    s.histogram[measure, (bits >> at.FRACTION_SHIFT) - at.FIRST_BUCKET] += 1


@inlined
def _send_next(s: State, r: int) -> None:
    """Enqueue the next request of the client that has just been answered."""
    request = s.totals[at.NEXT_CLOSED]
    s.totals[at.NEXT_CLOSED] += 1
    i = enter(s, request, s.replica[r, at.CLOCK], s.closed[request, 0], s.closed[request, 1])
    s.slot[i, at.CACHED] = s.closed[request, 2]
    enqueue(s, r, i)
