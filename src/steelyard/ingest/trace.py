"""The requests of a log one by one, in order of arrival: what a simulation needs, and nothing else."""

from typing import TYPE_CHECKING, cast

import numpy as np

from steelyard.domain.traffic import PrefixBlocks, Trace, TrafficTable
from steelyard.errors import Fault, LogError
from steelyard.ingest.engine import connect
from steelyard.workload.reuse import BLOCK_TOKENS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["prefixes_of", "trace_of"]

_SOURCE = "FROM read_parquet($1) WHERE set_aside IS NULL"
"""Rows lie in order of arrival."""
_INPUT = "uncached_input + cache_read + cache_write_5m + cache_write_1h"


def trace_of(table: TrafficTable) -> Trace:
    """Return the requests used of a log, times since the first [s].

    Parameters
    ----------
    table
        What ``read_logs`` returned.

    Raises
    ------
    LogError
        If the log has totals only, or no request that can be used.
    """
    if table.grain != "request" or not table.rows.used:
        names = ", ".join(file.name for file in table.files)
        raise LogError([Fault("no single requests to play", names, "one row per request, with its time",
                              "Give a log of requests: a total has no order of arrival")])  # fmt: skip
    found = _columns(table, f"epoch(start) AS at, {_INPUT} AS input, output, cache_read")
    at = np.asarray(found["at"], np.float64)
    return Trace(
        arrival_s=at - at[0],
        input_tokens=np.maximum(np.asarray(found["input"], np.int64), 1),
        output_tokens=np.maximum(np.asarray(found["output"], np.int64), 1),
        cached_tokens=np.asarray(found["cache_read"], np.int64),
    )


def prefixes_of(table: TrafficTable) -> PrefixBlocks | None:
    """Return the hashed blocks of every prompt of ``trace_of``, or None where the log has none.

    Parameters
    ----------
    table
        What ``read_logs`` returned.
    """
    counts = np.asarray(_columns(table, "coalesce(len(prefix_hashes), 0) AS n")["n"], np.int64)
    if not counts.any():
        return None
    hashes = _columns(table, "unnest(prefix_hashes) AS hash")["hash"]
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    return PrefixBlocks(np.asarray(hashes, np.int64), starts, BLOCK_TOKENS)


def _columns(table: TrafficTable, picked: str) -> "Mapping[str, NDArray[np.generic]]":
    with connect() as con:
        found = con.execute(f"SELECT {picked} {_SOURCE}", [str(table.path)])
        return cast("Mapping[str, NDArray[np.generic]]", found.fetchnumpy())  # pyright: ignore[reportUnknownMemberType]
