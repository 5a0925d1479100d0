"""One replica's engine: continuous batching with chunked prefill, admission by blocks, preemption by recomputation.

As vLLM's scheduler does it: running sequences first, one token each; then the prompt already begun; then the queue in
order, while tokens, seats and blocks last. Between two events the batch is constant and each context grows by one
token an iteration, so that many iterations are one sum.

References
----------
Kwon et al. (2023), Efficient Memory Management for Large Language Model Serving with PagedAttention, section 4.
Agrawal et al. (2024), Sarathi-Serve, section 4 (chunked prefill beside decodes).
"""

import numpy as np

from steelyard.serving.simulator import layout as at
from steelyard.serving.simulator.compiled import compiled, inlined
from steelyard.serving.simulator.gaps import longest_since, mark_start, note_gap
from steelyard.serving.simulator.layout import NONE, Ints, State
from steelyard.serving.simulator.lists import leave, next_end, push_front, run, schedule_end, take_front, unschedule_end
from steelyard.serving.simulator.prefix import (
    available,
    blocks_of,
    give_back,
    hit_blocks,
    hold_prefix,
    take,
    unused_hits,
)
from steelyard.serving.simulator.record import finish

__all__ = ["advance"]


@inlined
def _tokens_held(s: State, r: int, i: int) -> int:
    """Return the tokens of a running request in the cache."""
    if s.slot[i, at.START] == NONE:
        return s.slot[i, at.BASE]
    return s.slot[i, at.BASE] + s.replica[r, at.ITERATION] - s.slot[i, at.START]


@inlined
def _stop_decoding(s: State, r: int, i: int) -> None:
    """Take a decoding request out of the batch."""
    replica = s.replica[r]
    replica[at.DECODING] -= 1
    replica[at.CONTEXT] -= _tokens_held(s, r, i)
    replica[at.WINDOWED] -= s.slot[i, at.WINDOW]
    s.phase[r, s.slot[i, at.PHASE]] -= 1


@compiled
def _preempt(s: State, r: int, hashes: Ints) -> int:
    """Put the request that entered last back to the front of the queue; return 1 if it needed a block now."""
    i = s.replica[r, at.RUN_TAIL]
    needed = 0
    slot = s.slot[i]
    if slot[at.START] == NONE:
        s.replica[r, at.PARTIAL] = NONE
        give_back(s, r, i, slot[at.BASE], hashes)
    else:
        iteration = s.replica[r, at.ITERATION]
        needed = 1 if slot[at.PHASE] == iteration & (s.settings[at.BLOCK_TOKENS] - 1) else 0
        give_back(s, r, i, _tokens_held(s, r, i), hashes)
        _stop_decoding(s, r, i)
        made = slot[at.MADE] + iteration - slot[at.START]
        unschedule_end(s, r, i, slot[at.START] - 1 + slot[at.OUTPUT] - slot[at.MADE])
        slot[at.GAP] = max(slot[at.GAP], _gap_of(s, r, i))
        slot[at.MADE] = made
        slot[at.TOTAL] = slot[at.PROMPT] + made
        slot[at.LAST] = s.replica[r, at.CLOCK]
        slot[at.START] = NONE
    leave(s, r, i)
    push_front(s, r, i)
    slot[at.PREEMPTED] += 1
    s.replica[r, at.PREEMPTIONS] += 1
    return needed


@inlined
def _gap_of(s: State, r: int, i: int) -> int:
    """Return the longest iteration since a sequence began to decode; none yet is zero."""
    if s.slot[i, at.START] >= s.replica[r, at.ITERATION]:
        return 0
    return longest_since(s, r, s.slot[i, at.START])


@inlined
def _sum_ps(count: int, first: int, growth: int) -> int:
    """Return the time of ``count`` iterations, each ``growth`` longer than the one before [ps]."""
    return count * first + growth * (count * (count - 1) // 2)


@compiled
def _started_before(left: int, first: int, growth: int) -> int:
    """Return how many iterations start before ``left`` has passed [1]."""
    if growth == 0:
        return (left + first - 1) // first
    half = growth / 2.0
    slope = first - half
    count = max(int(np.ceil((np.sqrt(slope * slope + 4.0 * half * left) - slope) / growth)), 1)
    while _sum_ps(count, first, growth) < left:
        count += 1
    while count > 1 and _sum_ps(count - 1, first, growth) >= left:
        count -= 1
    return count


@inlined
def _jump(s: State, r: int, until: int) -> int:
    """Run iterations in which nothing but decoding happens, at most those that start before ``until``.

    Returns their number: none where the next one may lack blocks.
    """
    replica = s.replica[r]
    n = replica[at.DECODING]
    # Giving up an idle prefix may let in a blocked request that would have reused it: then jump over free blocks only.
    shared = replica[at.QUEUED] > 0 and s.slot[replica[at.QUEUE_HEAD], at.BLOCKS] > 0
    safe = s.settings[at.BLOCK_TOKENS] * ((replica[at.FREE] if shared else available(s, r)) // n)
    count = min(next_end(s, r), safe)
    if count <= 0:
        return 0
    slope = s.settings[at.SLOPE]
    first = (
        s.tokens_ps[n] + s.sequences_ps[n] + slope * (replica[at.CONTEXT] + n)
        + s.settings[at.WINDOW_SLOPE] * replica[at.WINDOWED]
    )  # fmt: skip
    growth = slope * n
    left = until - replica[at.CLOCK]
    if _sum_ps(count - 1, first, growth) >= left:
        count = min(_started_before(left, first, growth), count)
    _grow(s, r, count)
    took = _sum_ps(count, first, growth)
    tokens = replica[at.CONTEXT] + n
    # Tokens held times time, summed over the iterations.
    pairs = count * (count - 1.0) / 2.0
    squares = (count - 1.0) * count * (2.0 * count - 1.0) / 6.0
    s.kv[r] += (
        count * (tokens * 1.0) * first + (tokens * 1.0 * growth + n * 1.0 * first) * pairs + n * 1.0 * growth * squares
    )
    _pass(s, r, count, took, first + growth * (count - 1))
    return count


@inlined
def _grow(s: State, r: int, count: int) -> None:
    """Take the blocks that the decoding sequences need over ``count`` iterations."""
    mask = s.settings[at.BLOCK_TOKENS] - 1
    replica = s.replica[r]
    needed = replica[at.DECODING] * (count >> s.settings[at.BLOCK_SHIFT])
    now = replica[at.ITERATION] & mask
    rest = count & mask
    if rest <= replica[at.DECODING]:
        for k in range(rest):
            needed += s.phase[r, (now + k) & mask]
    else:
        i = replica[at.RUN_HEAD]
        while i != NONE:
            if s.slot[i, at.START] != NONE and ((s.slot[i, at.PHASE] - now) & mask) < rest:
                needed += 1
            i = s.slot[i, at.RUN_NEXT]
    take(s, r, needed)


@inlined
def _pass(s: State, r: int, count: int, took: int, longest: int) -> None:
    """Let time pass: ``count`` iterations of the decoding sequences."""
    replica = s.replica[r]
    replica[at.CLOCK] += took
    replica[at.BUSY] += took
    replica[at.ITERATION] += count
    replica[at.STEPS] += count
    replica[at.CONTEXT] += count * replica[at.DECODING]
    replica[at.PEAK] = max(replica[at.PEAK], s.settings[at.CAPACITY] - replica[at.FREE] - replica[at.IDLE])
    note_gap(s, r, longest)


@inlined
def _finish_ends(s: State, r: int, hashes: Ints) -> None:
    """Let go of the sequences whose last token came with the iteration just done."""
    place = (s.replica[r, at.ITERATION] - 1) & (s.settings[at.RING] - 1)
    bit = np.uint64(1) << np.uint64(place & 63)
    if s.bits[r, place >> 6] & bit == 0:
        return
    s.bits[r, place >> 6] &= ~bit
    i = s.ring[r, place, 0]
    while i != NONE:
        after = s.slot[i, at.END_NEXT]
        s.slot[i, at.GAP] = max(s.slot[i, at.GAP], _gap_of(s, r, i))
        give_back(s, r, i, _tokens_held(s, r, i), hashes)
        _stop_decoding(s, r, i)
        leave(s, r, i)
        finish(s, r, i)
        i = after
    s.replica[r, at.BLOCKED] = 0


@inlined
def _compute(s: State, r: int, i: int, chunk: int, hashes: Ints) -> int:
    """Take the blocks of the next ``chunk`` tokens of a prompt; return their cost in context [shifted ps]."""
    slot = s.slot[i]
    begin = slot[at.BASE]
    end = begin + chunk
    private = blocks_of(s, begin) - slot[at.HELD]
    known = max(min(slot[at.BLOCKS], end >> s.settings[at.BLOCK_SHIFT]), slot[at.HELD])
    more = blocks_of(s, end) - known - private
    if more < 0:
        take(s, r, more)
    hold_prefix(s, r, i, known, hashes)
    if more > 0:
        take(s, r, more)
    slot[at.BASE] = end
    s.replica[r, at.COMPUTED] += chunk
    seen = chunk * begin + chunk * (chunk + 1) // 2
    window = min(seen, chunk * s.settings[at.WINDOW_TOKENS])
    return s.settings[at.PROMPT_SLOPE] * seen + s.settings[at.PROMPT_WINDOW_SLOPE] * window


@inlined
def _admit(s: State, r: int, budget: int, hashes: Ints) -> int:
    """Let the first of the queue in; return the tokens to compute of it now, or 0 where blocks are lacking."""
    i = s.replica[r, at.QUEUE_HEAD]
    slot = s.slot[i]
    hits = hit_blocks(s, r, i, hashes) if slot[at.BLOCKS] > 0 else 0
    begin = hits * s.settings[at.BLOCK_TOKENS]
    if slot[at.BLOCKS] == 0:
        begin = min(slot[at.CACHED], slot[at.TOTAL] - 1)
    chunk = min(slot[at.TOTAL] - begin, budget)
    room = available(s, r) - (unused_hits(s, r, i, hits, hashes) if hits > 0 else 0)
    if blocks_of(s, begin + chunk) - hits > room:
        return 0
    take_front(s, r)
    run(s, r, i)
    slot[at.START] = NONE
    slot[at.HELD] = 0
    if hits > 0:
        hold_prefix(s, r, i, hits, hashes)
    elif begin > 0:
        take(s, r, blocks_of(s, begin))
    slot[at.BASE] = begin
    s.replica[r, at.HITS] += begin
    if slot[at.QUEUED_AT] == NONE:
        slot[at.QUEUED_AT] = s.replica[r, at.CLOCK]
    return chunk


@inlined
def _make_room(s: State, r: int, hashes: Ints) -> bool:
    """Give every decoding sequence that needs a block one; return whether any had to be preempted for it."""
    preempted = False
    if s.replica[r, at.DECODING] == 0:
        return False
    needed = s.phase[r, s.replica[r, at.ITERATION] & (s.settings[at.BLOCK_TOKENS] - 1)]
    while needed > available(s, r):
        # The first in order have taken what there was, idle prefixes included, before one of the last gives way.
        needed -= available(s, r)
        take(s, r, available(s, r))
        needed -= _preempt(s, r, hashes)
        preempted = True
    take(s, r, needed)
    return preempted


@inlined
def _continue(s: State, r: int, hashes: Ints) -> int:
    """Return tokens of the prompt begun that are computed now; -1 where blocks are lacking and it is preempted."""
    i = s.replica[r, at.PARTIAL]
    chunk = min(s.slot[i, at.TOTAL] - s.slot[i, at.BASE], s.settings[at.BUDGET] - s.replica[r, at.DECODING])
    begin = s.slot[i, at.BASE]
    if blocks_of(s, begin + chunk) - blocks_of(s, begin) > available(s, r):
        _preempt(s, r, hashes)
        return NONE
    return chunk


@inlined
def _step(s: State, r: int, hashes: Ints) -> None:
    """Run one iteration with everything it may contain."""
    replica = s.replica[r]
    preempted = _make_room(s, r, hashes)
    budget = s.settings[at.BUDGET] - replica[at.DECODING]
    tokens, completed, cost = replica[at.DECODING], 0, 0
    if replica[at.PARTIAL] != NONE:
        i = replica[at.PARTIAL]
        chunk = _continue(s, r, hashes)
        preempted = preempted or chunk == NONE
        if chunk > 0:
            cost += _compute(s, r, i, chunk, hashes)
            tokens, budget = tokens + chunk, budget - chunk
            if s.slot[i, at.BASE] == s.slot[i, at.TOTAL]:
                s.scratch[completed] = i
                completed += 1
                replica[at.PARTIAL] = NONE
    blocked = 0
    while not preempted and replica[at.QUEUED] > 0 and budget > 0 and replica[at.PARTIAL] == NONE:
        i = replica[at.QUEUE_HEAD]
        chunk = _admit(s, r, budget, hashes) if replica[at.RUNNING] < s.settings[at.MOST_RUNNING] else 0
        if chunk == 0:
            blocked = 1
            break
        cost += _compute(s, r, i, chunk, hashes)
        tokens, budget = tokens + chunk, budget - chunk
        if s.slot[i, at.BASE] == s.slot[i, at.TOTAL]:
            s.scratch[completed] = i
            completed += 1
        else:
            replica[at.PARTIAL] = i
    replica[at.BLOCKED] = blocked
    if tokens > 0:
        _iterate(s, r, tokens, completed, cost, hashes)


@inlined
def _iterate(s: State, r: int, tokens: int, completed: int, cost: int, hashes: Ints) -> None:
    """Let one iteration pass, with ``completed`` prompts whose first token it brings."""
    replica = s.replica[r]
    n = replica[at.DECODING]
    took = s.tokens_ps[tokens] + s.sequences_ps[n + completed] + (cost >> at.CONTEXT_SHIFT)
    if n > 0:
        took += s.settings[at.SLOPE] * (replica[at.CONTEXT] + n) + s.settings[at.WINDOW_SLOPE] * replica[at.WINDOWED]
    held = replica[at.CONTEXT] + n
    if replica[at.PARTIAL] != NONE:
        held += s.slot[replica[at.PARTIAL], at.BASE]
    for k in range(completed):
        held += s.slot[s.scratch[k], at.BASE]
    s.kv[r] += held * 1.0 * took
    _pass(s, r, 1, took, took)
    _finish_ends(s, r, hashes)
    for k in range(completed):
        _first_token(s, r, s.scratch[k], hashes)


@inlined
def _first_token(s: State, r: int, i: int, hashes: Ints) -> None:
    """Let a request whose prompt is computed emit its token, and decode on."""
    slot = s.slot[i]
    clock = s.replica[r, at.CLOCK]
    if slot[at.FIRST] == NONE:
        slot[at.FIRST] = clock
    else:
        slot[at.GAP] = max(slot[at.GAP], clock - slot[at.LAST])
    slot[at.MADE] += 1
    if slot[at.MADE] == slot[at.OUTPUT]:
        give_back(s, r, i, slot[at.BASE], hashes)
        leave(s, r, i)
        finish(s, r, i)
        s.replica[r, at.BLOCKED] = 0
        return
    iteration = s.replica[r, at.ITERATION]
    slot[at.START] = iteration
    slot[at.PHASE] = (iteration - slot[at.BASE]) & (s.settings[at.BLOCK_TOKENS] - 1)
    s.phase[r, slot[at.PHASE]] += 1
    s.replica[r, at.DECODING] += 1
    s.replica[r, at.CONTEXT] += slot[at.BASE]
    s.replica[r, at.WINDOWED] += slot[at.WINDOW]
    schedule_end(s, r, i, iteration - 1 + slot[at.OUTPUT] - slot[at.MADE])
    mark_start(s, r, iteration)


@compiled
def advance(s: State, r: int, until: int, hashes: Ints) -> None:
    """Run the iterations of ``r`` that start before ``until`` [ps]."""
    replica = s.replica[r]
    while replica[at.CLOCK] < until and replica[at.RUNNING] + replica[at.QUEUED] > 0:
        quiet = replica[at.QUEUED] == 0 or replica[at.BLOCKED] == 1
        if quiet and replica[at.PARTIAL] == NONE and replica[at.DECODING] > 0 and _jump(s, r, until) > 0:
            _finish_ends(s, r, hashes)
        else:
            _step(s, r, hashes)
