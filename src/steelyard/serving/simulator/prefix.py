"""Blocks of the KV cache: free ones, ones a single request holds, and prefixes that requests share.

A full block of a prompt is known by its hash. It stays when its last user leaves and is evicted, least recently used
first, only when no free block is left; a request's later blocks leave before its earlier ones.
"""

import numpy as np

from steelyard.serving.simulator import layout as at
from steelyard.serving.simulator.compiled import inlined
from steelyard.serving.simulator.layout import NONE, Ints, State

__all__ = ["available", "blocks_of", "give_back", "hit_blocks", "hold_prefix", "leading_hits", "take", "unused_hits"]

MIX = np.uint64(0x9E3779B97F4A7C15)
"""Odd multiplier that spreads hashes over a table (2^64 over the golden ratio) [1]."""
KEY, ENTRY = 0, 1
HASH, USERS, OLDER, NEWER = 0, 1, 2, 3


@inlined
def blocks_of(s: State, tokens: int) -> int:
    """Return blocks that hold so many tokens."""
    return (tokens + s.settings[at.BLOCK_TOKENS] - 1) >> s.settings[at.BLOCK_SHIFT]


@inlined
def available(s: State, r: int) -> int:
    """Return blocks that can be had at ``r``, idle prefixes given up."""
    return s.replica[r, at.FREE] + s.replica[r, at.IDLE]


@inlined
def _place(s: State, key: int) -> int:
    """Return where the search for a hash begins."""
    size = s.settings[at.TABLE]
    mixed = np.uint64(key) * MIX
    return int(np.int64((mixed ^ (mixed >> np.uint64(32))) & np.uint64(size - 1)))


@inlined
def _find(s: State, r: int, key: int) -> int:
    """Return the entry of a hash at ``r``, or none."""
    mask = s.settings[at.TABLE] - 1
    place = _place(s, key)
    while s.table[r, place, ENTRY] != NONE:
        if s.table[r, place, KEY] == key:
            return s.table[r, place, ENTRY]
        place = (place + 1) & mask
    return NONE


@inlined
def _insert(s: State, r: int, key: int, entry: int) -> None:
    mask = s.settings[at.TABLE] - 1
    place = _place(s, key)
    while s.table[r, place, ENTRY] != NONE:
        place = (place + 1) & mask
    s.table[r, place, KEY] = key
    s.table[r, place, ENTRY] = entry


@inlined
def _remove(s: State, r: int, key: int) -> None:
    """Take a hash out, and move up those that a search would otherwise miss."""
    mask = s.settings[at.TABLE] - 1
    hole = _place(s, key)
    while s.table[r, hole, KEY] != key or s.table[r, hole, ENTRY] == NONE:
        hole = (hole + 1) & mask
    place = (hole + 1) & mask
    while s.table[r, place, ENTRY] != NONE:
        home = _place(s, s.table[r, place, KEY])
        if ((place - home) & mask) >= ((place - hole) & mask):
            s.table[r, hole, KEY] = s.table[r, place, KEY]
            s.table[r, hole, ENTRY] = s.table[r, place, ENTRY]
            hole = place
        place = (place + 1) & mask
    s.table[r, hole, ENTRY] = NONE


@inlined
def _unlink(s: State, r: int, entry: int) -> None:
    """Take an entry out of the list of idle prefixes."""
    older, newer = s.entry[r, entry, OLDER], s.entry[r, entry, NEWER]
    if older == NONE:
        s.replica[r, at.OLDEST] = newer
    else:
        s.entry[r, older, NEWER] = newer
    if newer == NONE:
        s.replica[r, at.NEWEST] = older
    else:
        s.entry[r, newer, OLDER] = older
    s.replica[r, at.IDLE] -= 1


@inlined
def _evict(s: State, r: int) -> None:
    """Turn the idle prefix block unused for longest into a free one."""
    entry = s.replica[r, at.OLDEST]
    _unlink(s, r, entry)
    _remove(s, r, s.entry[r, entry, HASH])
    s.entry[r, entry, NEWER] = s.replica[r, at.SPARE]
    s.replica[r, at.SPARE] = entry
    s.replica[r, at.FREE] += 1


@inlined
def take(s: State, r: int, blocks: int) -> None:
    """Take blocks (or give back, where negative); they must be available."""
    while s.replica[r, at.FREE] < blocks:
        _evict(s, r)
    s.replica[r, at.FREE] -= blocks


@inlined
def leading_hits(s: State, r: int, chain: int, blocks: int, hashes: Ints) -> int:
    """Return how many of ``blocks`` hashes from ``chain`` on are in the cache of ``r`` before the first that is not."""
    found = 0
    while found < blocks and _find(s, r, int(hashes[chain + found])) != NONE:
        found += 1
    return found


@inlined
def hit_blocks(s: State, r: int, i: int, hashes: Ints) -> int:
    """Return leading blocks of the prompt that are in the cache; the last token is always computed."""
    most = min(s.slot[i, at.BLOCKS], (s.slot[i, at.TOTAL] - 1) >> s.settings[at.BLOCK_SHIFT])
    return leading_hits(s, r, s.slot[i, at.CHAIN], most, hashes)


@inlined
def unused_hits(s: State, r: int, i: int, hits: int, hashes: Ints) -> int:
    """Return how many of the first ``hits`` blocks nobody uses."""
    idle = 0
    for k in range(hits):
        entry = _find(s, r, int(hashes[s.slot[i, at.CHAIN] + k]))
        idle += 1 if s.entry[r, entry, USERS] == 0 else 0
    return idle


@inlined
def hold_prefix(s: State, r: int, i: int, until: int, hashes: Ints) -> None:
    """Let request ``i`` hold its blocks up to ``until``: shared where present, taken and made known where not."""
    chain = s.slot[i, at.CHAIN]
    for k in range(s.slot[i, at.HELD], until):
        key = int(hashes[chain + k])
        entry = _find(s, r, key)
        if entry == NONE:
            take(s, r, 1)
            entry = s.replica[r, at.SPARE]
            s.replica[r, at.SPARE] = s.entry[r, entry, NEWER]
            s.entry[r, entry, HASH] = key
            s.entry[r, entry, USERS] = 0
            _insert(s, r, key, entry)
        elif s.entry[r, entry, USERS] == 0:
            _unlink(s, r, entry)
        s.entry[r, entry, USERS] += 1
    s.slot[i, at.HELD] = until


@inlined
def give_back(s: State, r: int, i: int, tokens: int, hashes: Ints) -> None:
    """Release every block of request ``i``, which has ``tokens`` in the cache; its last blocks grow old first."""
    held = s.slot[i, at.HELD]
    s.replica[r, at.FREE] += blocks_of(s, tokens) - held
    for k in range(held - 1, -1, -1):
        entry = _find(s, r, int(hashes[s.slot[i, at.CHAIN] + k]))
        s.entry[r, entry, USERS] -= 1
        if s.entry[r, entry, USERS] == 0:
            newest = s.replica[r, at.NEWEST]
            s.entry[r, entry, OLDER] = newest
            s.entry[r, entry, NEWER] = NONE
            if newest == NONE:
                s.replica[r, at.OLDEST] = entry
            else:
                s.entry[r, newest, NEWER] = entry
            s.replica[r, at.NEWEST] = entry
            s.replica[r, at.IDLE] += 1
    s.slot[i, at.HELD] = 0
