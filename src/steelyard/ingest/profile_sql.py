"""The SQL of a profile, plain enough to run on any engine: counts and whole sums, no approximate function."""
# ruff: noqa: S608  every value in these queries is our own or quoted by quoted_text and quoted_name

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from steelyard.ingest.log_format import quoted_text

__all__ = [
    "WHOLE",
    "band_of",
    "bin_of",
    "bucket_query",
    "joint_query",
    "lengths_query",
    "minutes_query",
    "tiers_query",
]

WHOLE = "true"
"""Condition that keeps every row."""
_INPUT = "uncached_input + cache_read + cache_write_5m + cache_write_1h"
_USED = "set_aside IS NULL"
_SUMS = """sum(uncached_input) AS uncached_input, sum(cache_read) AS cache_read,
    sum(cache_write_5m) AS cache_write_5m, sum(cache_write_1h) AS cache_write_1h, sum(output) AS output"""


def tiers_query(source: str, breakpoints: Mapping[str, Sequence[int]] | Sequence[int], where: str) -> str:
    """Return requests and tokens by model and input-length band."""
    return f"""
SELECT coalesce(model, '') AS model, {band_of(breakpoints)} AS above,
    CAST(sum(coalesce(requests, 0)) AS BIGINT) AS requests, {_SUMS}
FROM {source} WHERE {_USED} AND {where} GROUP BY 1, 2 ORDER BY 1, 2"""


def band_of(breakpoints: Mapping[str, Sequence[int]] | Sequence[int], length: str = _INPUT) -> str:
    """Return the SQL of the greatest breakpoint that an input length exceeds, 0 if none."""
    if not isinstance(breakpoints, Mapping):
        return _steps(breakpoints, length)
    cases = "".join(
        f" WHEN model = {quoted_text(model)} THEN {_steps(steps, length)}"
        for model, steps in sorted(breakpoints.items())
        if steps
    )
    return f"CASE{cases} ELSE 0 END" if cases else "0"


def _steps(steps: Sequence[int], length: str) -> str:
    if not steps:
        return "0"
    cases = "".join(f" WHEN {length} > {int(step)} THEN {int(step)}" for step in sorted(set(steps), reverse=True))
    return f"CASE{cases} ELSE 0 END"


def minutes_query(source: str, where: str, first: datetime) -> str:
    """Return arrivals by clock hour and minute since the first, and the gaps within one hour since the first.

    Gaps of the whole table were taken when it was written in order; those of a part are taken here.
    """
    since = f"epoch_us(start) - epoch_us(TIMESTAMP '{first:%Y-%m-%d %H:%M:%S.%f}')"
    gap = "gap_s" if where == WHOLE else "(epoch_us(start) - lag(epoch_us(start)) OVER (ORDER BY start)) / 1000000"
    return f"""
SELECT since // 60000000 AS minute, hour, count(*) AS requests, count(gap) AS gaps, coalesce(sum(gap), 0) AS gap_sum,
    coalesce(sum(gap * gap), 0) AS gap_square_sum
FROM (SELECT since, hour, CASE WHEN gap * 1000000 <= since % 3600000000 THEN gap END AS gap
    FROM (SELECT {since} AS since, epoch_us(start) // 3600000000 AS hour, {gap} AS gap
        FROM {source} WHERE {_USED} AND {where}))
GROUP BY 1, 2 ORDER BY 1, 2"""


def lengths_query(source: str, what: str, where: str) -> str:
    """Return how many requests have each length of ``input`` or ``output``."""
    column = _INPUT if what == "input" else "output"
    return (
        f"SELECT {column} AS tokens, count(*) AS requests FROM {source} WHERE {_USED} AND {where} GROUP BY 1 ORDER BY 1"
    )


def joint_query(source: str, where: str) -> str:
    """Return requests and tokens by cell of input and output length; ``input_bins`` and ``output_bins`` hold the cells.

    A join with every length that occurs costs a fifth of a search among the edges in each row.
    """
    return f"""
SELECT a.bin AS i, b.bin AS o, count(*) AS requests, sum(input) AS input_sum, sum(output) AS output_sum
FROM (SELECT {_INPUT} AS input, output FROM {source} WHERE {_USED} AND {where})
JOIN input_bins AS a ON a.tokens = input JOIN output_bins AS b ON b.tokens = output GROUP BY 1, 2 ORDER BY 1, 2"""


def bin_of(column: str, edges: NDArray[np.int64]) -> str:
    """Return a binary search over the edges as nested cases: any engine runs it, none needs a join."""

    def search(low: int, high: int) -> str:
        if high - low == 1:
            return str(low)
        middle = (low + high) // 2
        return f"CASE WHEN {column} < {int(edges[middle])} THEN {search(low, middle)} ELSE {search(middle, high)} END"

    return search(0, len(edges) - 1)


def bucket_query(source: str, where: str) -> str:
    """Return requests by bucket of an aggregated source, empty buckets included."""
    return f"""
SELECT epoch(start) AS start_s, coalesce(bucket_s, 86400) AS length_s,
    CASE WHEN max(set_aside) = 'empty bucket' THEN coalesce(sum(requests), 0) ELSE sum(requests) END AS requests,
    coalesce(sum({_INPUT} + output), 0) AS tokens
FROM {source} WHERE ({_USED} OR set_aside = 'empty bucket') AND {where} GROUP BY 1, 2 ORDER BY 1, 2"""
