"""The longest gap between two tokens of every running sequence, without visiting each sequence at each iteration.

A stack of elements (first iteration, longest iteration since): a new iteration swallows all shorter ones above it, so
values fall towards the top, and a sequence finds its own by the iteration at which it began.
"""

from steelyard.serving.simulator import layout as at
from steelyard.serving.simulator.compiled import compiled, inlined
from steelyard.serving.simulator.layout import NONE, State

__all__ = ["longest_since", "mark_start", "note_gap"]


@inlined
def note_gap(s: State, r: int, value: int) -> None:
    """Note that an iteration took ``value`` [ps]."""
    top = s.replica[r, at.GAPS] - 1
    begun = NONE
    while top >= 0 and s.gap_value[r, top] <= value:
        begun = s.gap_start[r, top]
        top -= 1
    if begun != NONE:
        top += 1
        s.gap_start[r, top] = begun
        s.gap_value[r, top] = value
        s.replica[r, at.GAPS] = top + 1


@inlined
def mark_start(s: State, r: int, iteration: int) -> None:
    """Note that a sequence begins to decode at ``iteration``."""
    top = s.replica[r, at.GAPS] - 1
    if top >= 0 and s.gap_start[r, top] == iteration:
        return
    if top + 1 == s.gap_start.shape[1]:
        _compact(s, r)
        top = s.replica[r, at.GAPS] - 1
    s.gap_start[r, top + 1] = iteration
    s.gap_value[r, top + 1] = 0
    s.replica[r, at.GAPS] = top + 2


@inlined
def _element(s: State, r: int, iteration: int) -> int:
    """Return the last element that starts at or before ``iteration``."""
    low, high = 0, s.replica[r, at.GAPS] - 1
    while low < high:
        middle = (low + high + 1) // 2
        if s.gap_start[r, middle] <= iteration:
            low = middle
        else:
            high = middle - 1
    return low


@inlined
def longest_since(s: State, r: int, iteration: int) -> int:
    """Return the longest iteration since ``iteration``, at which a sequence that still runs began [ps]."""
    return s.gap_value[r, _element(s, r, iteration)]


@compiled
def _compact(s: State, r: int) -> None:
    """Drop elements in which no running sequence began; at most as many remain as sequences run."""
    height = s.replica[r, at.GAPS]
    # The sequences are in order of their start, and so are the elements.
    kept, element, last = 0, 0, NONE
    i = s.replica[r, at.RUN_HEAD]
    while i != NONE:
        begun = s.slot[i, at.START]
        if begun != NONE:
            while element + 1 < height and s.gap_start[r, element + 1] <= begun:
                element += 1
            if element != last:
                s.gap_start[r, kept] = s.gap_start[r, element]
                s.gap_value[r, kept] = s.gap_value[r, element]
                kept += 1
                last = element
        i = s.slot[i, at.RUN_NEXT]
    s.replica[r, at.GAPS] = kept
