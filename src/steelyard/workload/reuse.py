r"""Prefix reuse: how many input tokens a cache of a given size would have found, block by block.

A block hits if it is among the most recently used blocks of the cache, and all blocks before it in its prompt hit.
Stack distances (Mattson et al., 1970) give every cache size in one pass: a block's distance is the number of distinct
blocks used since its last use, and it hits any cache that holds more than that.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from steelyard.domain.traffic_details import PrefixReuse

__all__ = ["BLOCK_TOKENS", "prefix_reuse"]

BLOCK_TOKENS = 512
"""Tokens per hashed block of the Mooncake traces."""
_SIZES_BLOCKS = tuple(2**k for k in range(6, 21, 2))


class _Recency:
    """Counts distinct blocks used since an earlier use: a Fenwick tree over the order of uses."""

    def __init__(self, uses: int) -> None:
        self._tree = [0] * (uses + 1)
        self._size = uses

    def add(self, place: int, amount: int) -> None:
        place += 1
        while place <= self._size:
            self._tree[place] += amount
            place += place & -place

    def upto(self, place: int) -> int:
        total = 0
        while place > 0:
            total += self._tree[place]
            place -= place & -place
        return total


def prefix_reuse(
    requests: Iterable[tuple[float, int, Sequence[int]]], *, uses: int, lifetime_s: float = 300.0
) -> PrefixReuse:
    """Return reuse against cache size.

    Parameters
    ----------
    requests
        (arrival [s], input tokens, block hashes from the start of the prompt) in order of arrival.
    uses
        Block hashes over all requests.
    lifetime_s
        Time a block lives after its last use, for the last figure [s].
    """
    recency = _Recency(uses)
    last: dict[int, tuple[int, float]] = {}
    found = np.zeros(len(_SIZES_BLOCKS) + 1)
    fresh, total, place, live = 0.0, 0.0, 0, 0
    for arrival_s, tokens, blocks in requests:
        total += tokens
        longest, young = 0, True
        for index, block in enumerate(blocks):
            share = max(min(BLOCK_TOKENS, tokens - index * BLOCK_TOKENS), 0)
            before = last.get(block)
            if before is None or longest < 0:
                longest, young = -1, False
            else:
                # The whole prefix must be there, so its farthest block decides.
                longest = max(longest, live - recency.upto(before[0] + 1))
                young = young and arrival_s - before[1] <= lifetime_s
                found[int(np.searchsorted(_SIZES_BLOCKS, longest, side="right"))] += share
                fresh += share if young else 0.0
            if before is not None:
                recency.add(before[0], -1)
                live -= 1
            recency.add(place, 1)
            last[block] = (place, arrival_s)
            live += 1
            place += 1
    whole = max(total, 1.0)
    reached = tuple(float(v) for v in np.cumsum(found) / whole)
    return PrefixReuse(
        cache_tokens=tuple(float(n * BLOCK_TOKENS) for n in _SIZES_BLOCKS),
        hit_fraction=reached[:-1],
        unbounded_hit_fraction=reached[-1],
        within_5_minutes_fraction=fresh / whole,
    )
