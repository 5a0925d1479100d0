"""Linked lists of the simulator: who runs, who waits, and who finishes at which iteration."""

import numpy as np

from steelyard.serving.simulator import layout as at
from steelyard.serving.simulator.compiled import inlined
from steelyard.serving.simulator.layout import NONE, State

__all__ = ["enqueue", "leave", "next_end", "push_front", "run", "schedule_end", "take_front", "unschedule_end"]

WORD = 64
"""Bits in a word."""
WORD_SHIFT = 6


@inlined
def run(s: State, r: int, i: int) -> None:
    """Append request ``i`` to those that run on ``r``."""
    tail = s.replica[r, at.RUN_TAIL]
    s.slot[i, at.RUN_PREV] = tail
    s.slot[i, at.RUN_NEXT] = NONE
    if tail == NONE:
        s.replica[r, at.RUN_HEAD] = i
    else:
        s.slot[tail, at.RUN_NEXT] = i
    s.replica[r, at.RUN_TAIL] = i
    s.replica[r, at.RUNNING] += 1


@inlined
def leave(s: State, r: int, i: int) -> None:
    """Take request ``i`` from those that run on ``r``."""
    before, after = s.slot[i, at.RUN_PREV], s.slot[i, at.RUN_NEXT]
    if before == NONE:
        s.replica[r, at.RUN_HEAD] = after
    else:
        s.slot[before, at.RUN_NEXT] = after
    if after == NONE:
        s.replica[r, at.RUN_TAIL] = before
    else:
        s.slot[after, at.RUN_PREV] = before
    s.replica[r, at.RUNNING] -= 1


@inlined
def enqueue(s: State, r: int, i: int) -> None:
    """Append request ``i`` to those that wait at ``r``."""
    s.slot[i, at.NEXT] = NONE
    if s.replica[r, at.QUEUED] == 0:
        s.replica[r, at.QUEUE_HEAD] = i
        s.replica[r, at.BLOCKED] = 0
    else:
        s.slot[s.replica[r, at.QUEUE_TAIL], at.NEXT] = i
    s.replica[r, at.QUEUE_TAIL] = i
    s.replica[r, at.QUEUED] += 1


@inlined
def push_front(s: State, r: int, i: int) -> None:
    """Put request ``i`` before all that wait at ``r``."""
    head = s.replica[r, at.QUEUE_HEAD]
    s.slot[i, at.NEXT] = head if s.replica[r, at.QUEUED] > 0 else NONE
    if s.replica[r, at.QUEUED] == 0:
        s.replica[r, at.QUEUE_TAIL] = i
    s.replica[r, at.QUEUE_HEAD] = i
    s.replica[r, at.QUEUED] += 1


@inlined
def take_front(s: State, r: int) -> int:
    """Take the first of those that wait at ``r``."""
    i = s.replica[r, at.QUEUE_HEAD]
    s.replica[r, at.QUEUE_HEAD] = s.slot[i, at.NEXT]
    s.replica[r, at.QUEUED] -= 1
    return i


@inlined
def schedule_end(s: State, r: int, i: int, iteration: int) -> None:
    """Note that request ``i`` emits its last token in ``iteration``, after all noted before."""
    place = iteration & (s.settings[at.RING] - 1)
    last = s.ring[r, place, 1]
    empty = (s.bits[r, place >> WORD_SHIFT] >> np.uint64(place & (WORD - 1))) & np.uint64(1) == 0
    s.slot[i, at.END_NEXT] = NONE
    if empty:
        s.slot[i, at.END_PREV] = NONE
        s.ring[r, place, 0] = i
        s.bits[r, place >> WORD_SHIFT] |= np.uint64(1) << np.uint64(place & (WORD - 1))
    else:
        s.slot[i, at.END_PREV] = last
        s.slot[last, at.END_NEXT] = i
    s.ring[r, place, 1] = i


@inlined
def unschedule_end(s: State, r: int, i: int, iteration: int) -> None:
    """Forget when request ``i`` would have ended."""
    place = iteration & (s.settings[at.RING] - 1)
    before, after = s.slot[i, at.END_PREV], s.slot[i, at.END_NEXT]
    if before == NONE:
        s.ring[r, place, 0] = after
    else:
        s.slot[before, at.END_NEXT] = after
    if after == NONE:
        s.ring[r, place, 1] = before
    else:
        s.slot[after, at.END_PREV] = before
    if before == NONE and after == NONE:
        s.bits[r, place >> WORD_SHIFT] &= ~(np.uint64(1) << np.uint64(place & (WORD - 1)))


@inlined
def _lowest(word: np.uint64) -> int:
    """Return the position of the lowest set bit of a word that has one."""
    found, width = 0, 32
    while width > 0:
        if word & ((np.uint64(1) << np.uint64(width)) - np.uint64(1)) == 0:
            word >>= np.uint64(width)
            found += width
        width >>= 1
    return found


@inlined
def next_end(s: State, r: int) -> int:
    """Return iterations from now, this one included, until a sequence ends; at least one sequence must decode."""
    mask = s.settings[at.RING] - 1
    place = s.replica[r, at.ITERATION] & mask
    word = place >> WORD_SHIFT
    offset = place & (WORD - 1)
    rest = s.bits[r, word] >> np.uint64(offset)
    if rest != 0:
        return _lowest(rest) + 1
    words = s.bits.shape[1]
    ahead = WORD - offset
    for k in range(1, words + 1):
        rest = s.bits[r, (word + k) & (words - 1)]
        if rest != 0:
            return ahead + _lowest(rest) + 1
        ahead += WORD
    return 1
