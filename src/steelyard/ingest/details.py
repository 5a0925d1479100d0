"""What a log shows beyond its profile: days, operations, seconds, concentration, trend, prefix reuse."""

# ruff: noqa: S608  the queries are our own
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from steelyard.domain.traffic import TokenTotals, TrafficTable
from steelyard.ingest.log_format import quoted_text
from steelyard.workload.cube import TOKEN_CLASSES
from steelyard.workload.reuse import PrefixReuse, prefix_reuse
from steelyard.workload.trend import Trend, trend_of

if TYPE_CHECKING:
    import duckdb

__all__ = ["Concentration", "DayUsage", "TrafficDetails", "prefix_reuse_of", "traffic_details"]

_PEOPLE = ("end_user", "api_key", "team", "session")
_TOP = 10
_FETCHED_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class DayUsage:
    """One model, operation and day."""

    day: date
    """Day (UTC)."""
    model: str
    """As logged; empty where not stated."""
    operation: str
    """chat, embedding, image, audio or other; set-aside rows included."""
    status: str
    """``used``, or the reason for which the rows were set aside."""
    rows: int
    """Rows."""
    requests: int
    """Requests; 0 where the source does not count them."""
    tokens: TokenTotals
    """Tokens."""
    logged_usd: float | None
    """What the log itself says it cost [USD]; None where it does not."""


@dataclass(frozen=True, slots=True)
class Concentration:
    """How much of the requests the largest few make."""

    by: str
    """``end_user``, ``api_key``, ``team`` or ``session``."""
    members: int
    """Distinct ones."""
    top_share: float
    """Share of requests of the ten largest [1]."""
    largest_share: float
    """Share of the largest [1]."""


@dataclass(frozen=True, slots=True)
class TrafficDetails:
    """Everything ``profile`` shows beside the profile."""

    days: tuple[DayUsage, ...]
    """By day, model, operation and status, in that order."""
    peak_requests_per_second: int | None
    """Most requests in one second; None for aggregates."""
    concentration: tuple[Concentration, ...]
    """For each kind of identity that the log states."""
    trend: Trend | None
    """Growth over the log; None where it is shorter than two weeks."""
    thin: tuple[str, ...]
    """What the log is too thin to conclude."""


def traffic_details(table: TrafficTable) -> TrafficDetails:
    """Return the details of a table.

    Parameters
    ----------
    table
        What ``read_logs`` returned.
    """
    import duckdb  # noqa: PLC0415  heavy: loads only when a log is profiled

    source = f"read_parquet({quoted_text(str(table.path))})"
    with duckdb.connect() as con:
        days = _days(con, source)
        peak = None
        if table.grain == "request":
            row = con.execute(
                f"SELECT max(n) FROM (SELECT count(*) AS n FROM {source} WHERE set_aside IS NULL "
                "GROUP BY epoch_us(start) // 1000000)"
            ).fetchone()
            peak = int(row[0]) if row and row[0] is not None else None
        people = tuple(found for name in _PEOPLE if (found := _concentration(con, source, name)) is not None)
    trend = trend_of(_requests_by_day(days))
    return TrafficDetails(days, peak, people, trend, _thin(days, trend, people))


def _days(con: "duckdb.DuckDBPyConnection", source: str) -> tuple[DayUsage, ...]:
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in TOKEN_CLASSES)
    rows = con.execute(
        f"SELECT CAST(start AS DATE), coalesce(model, ''), coalesce(operation, ''), coalesce(set_aside, 'used'), "
        f"count(*), coalesce(sum(requests), 0), sum(logged_usd), {sums} FROM {source} WHERE start IS NOT NULL "
        "GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
    ).fetchall()
    return tuple(
        DayUsage(
            day=row[0], model=str(row[1]), operation=str(row[2]), status=str(row[3]), rows=int(row[4]),
            requests=int(row[5]), logged_usd=None if row[6] is None else float(row[6]),
            tokens=TokenTotals(**{name: float(row[7 + i]) for i, name in enumerate(TOKEN_CLASSES)}),
        )
        for row in rows
    )  # fmt: skip


def _concentration(con: "duckdb.DuckDBPyConnection", source: str, by: str) -> Concentration | None:
    rows = con.execute(
        f"SELECT sum(coalesce(requests, 1)) FROM {source} WHERE set_aside IS NULL AND {by} IS NOT NULL "
        f"GROUP BY {by} ORDER BY 1 DESC"
    ).fetchall()
    counts = np.asarray([float(row[0]) for row in rows], dtype=np.float64)
    if len(counts) == 0 or counts.sum() <= 0:
        return None
    return Concentration(by, len(counts), float(counts[:_TOP].sum() / counts.sum()), float(counts[0] / counts.sum()))


def _requests_by_day(days: Sequence[DayUsage]) -> dict[date, float]:
    found: dict[date, float] = {}
    for usage in days:
        if usage.status == "used":
            found[usage.day] = found.get(usage.day, 0.0) + usage.requests
    return found


def _thin(days: Sequence[DayUsage], trend: Trend | None, people: Sequence[Concentration]) -> tuple[str, ...]:
    said: list[str] = []
    if trend is None:
        said.append("growth: the log is shorter than two weeks")
    elif trend.low_per_month < 0 < trend.high_per_month:
        said.append("growth: its interval holds zero")
    if not people:
        said.append("concentration: the log names no user, key, team or session")
    if not any(usage.tokens.cache_read for usage in days):
        said.append("caching: the log shows no cached token")
    return tuple(said)


def prefix_reuse_of(table: TrafficTable) -> PrefixReuse | None:
    """Return reuse of prompt prefixes against cache size, or None where the log has no prefix hashes.

    Parameters
    ----------
    table
        What ``read_logs`` returned.
    """
    import duckdb  # noqa: PLC0415

    with duckdb.connect() as con:
        row = con.execute("SELECT sum(len(prefix_hashes)) FROM read_parquet($1) WHERE set_aside IS NULL",
                          [str(table.path)]).fetchone()  # fmt: skip
        uses = int(row[0]) if row and row[0] else 0
        return prefix_reuse(_blocks(con, table), uses=uses) if uses else None


def _blocks(con: "duckdb.DuckDBPyConnection", table: TrafficTable) -> Iterator[tuple[float, int, Sequence[int]]]:
    con.execute(
        "SELECT epoch(start), uncached_input + cache_read + cache_write_5m + cache_write_1h, prefix_hashes "
        "FROM read_parquet($1) WHERE set_aside IS NULL AND prefix_hashes IS NOT NULL ORDER BY start",
        [str(table.path)],
    )
    while rows := con.fetchmany(_FETCHED_ROWS):
        for arrival_s, tokens, hashes in rows:
            yield float(arrival_s), int(tokens), hashes
