"""What a log shows beyond its profile: days, seconds, concentration, trend, prefix reuse."""

# ruff: noqa: S608  the queries are our own
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from steelyard.domain.traffic import TrafficTable
from steelyard.domain.traffic_details import Concentration, DayTotals, Member, PrefixReuse, TrafficDetails, Trend
from steelyard.ingest.daily import USED, DayUsage
from steelyard.ingest.engine import connect
from steelyard.ingest.log_format import quoted_text
from steelyard.nouns import counted
from steelyard.workload.reuse import prefix_reuse
from steelyard.workload.trend import trend_of

if TYPE_CHECKING:
    import duckdb

__all__ = ["prefix_reuse_of", "traffic_details"]

_PEOPLE = ("end_user", "api_key", "team", "session", "tag")
_TOP = 10
_NAMED = 5
_FETCHED_ROWS = 10_000
_TRUSTED_REQUESTS = 1_000
"""Requests below which a 99th percentile rests on fewer than ten of them."""
_BURST_REQUESTS = 100
"""Requests below which a synthetic trace arrives as chance has it, too."""
_BURST_REQUESTS_PER_HOUR = 30.0
"""Requests of a mean hour below which random gaps seem 3 % too even or more, as n gaps vary by sqrt((n-1)/(n+1))."""
_MOST_REUSE_BLOCKS = 20_000_000
"""Block hashes above which reuse is not computed: it takes a microsecond or more each."""


class _Seconds(NamedTuple):
    peak: int
    """Most requests in one clock second."""
    per_hour: float
    """Requests of a mean hour of the log [1/h]."""


def traffic_details(table: TrafficTable, days: Sequence[DayUsage]) -> TrafficDetails:
    """Return the details of a table.

    Parameters
    ----------
    table
        What ``read_logs`` returned.
    days
        What ``daily_usage`` returned of it.
    """
    source = f"read_parquet({quoted_text(str(table.path))})"
    with connect() as con:
        seconds = _seconds(con, source) if table.grain == "request" else None
        weight = _weight(con, source)
        people = tuple(found for name in _PEOPLE if (found := _concentration(con, source, name, weight)) is not None)
    totals = _totals(days)
    trend = trend_of({day.day: float(day.requests or day.input_tokens) for day in totals if _counts(day)})
    reuse = prefix_reuse_of(table)
    thin = (*_thin(table, totals, trend, people, days), *_thin_bursts(table, seconds))
    return TrafficDetails(days=totals, peak_requests_per_second=seconds.peak if seconds else None, trend=trend,
                          concentration=people, prefix_reuse=reuse, thin=thin)  # fmt: skip


def _counts(day: DayTotals) -> bool:
    return day.requests > 0 or day.input_tokens > 0


def _seconds(con: "duckdb.DuckDBPyConnection", source: str) -> _Seconds | None:
    row = con.execute(
        "SELECT max(n), sum(n) / greatest((max(second) - min(second)) / 3600.0, 1.0) FROM "
        f"(SELECT epoch_us(start) // 1000000 AS second, count(*) AS n FROM {source} WHERE set_aside IS NULL GROUP BY 1)"
    ).fetchone()
    return _Seconds(int(row[0]), float(row[1])) if row and row[0] is not None else None


def _thin_bursts(table: TrafficTable, seconds: _Seconds | None) -> tuple[str, ...]:
    if seconds is None:
        return ()
    if table.rows.used < _BURST_REQUESTS:
        return (f"bursts: {counted(table.rows.used, 'request does', 'requests do')} not tell them from chance",)
    if seconds.per_hour < _BURST_REQUESTS_PER_HOUR:
        return (f"bursts: with {seconds.per_hour:.2g} requests in a mean hour, gaps seem more even than they are",)
    return ()


def _totals(days: Sequence[DayUsage]) -> tuple[DayTotals, ...]:
    by_day: dict[date, list[DayUsage]] = {}
    for usage in days:
        by_day.setdefault(usage.day, []).append(usage)
    return tuple(_total(day, by_day[day]) for day in sorted(by_day))


def _total(day: date, usages: Sequence[DayUsage]) -> DayTotals:
    used = [usage for usage in usages if usage.status == USED]
    logged = [usage.logged_usd for usage in used if usage.logged_usd is not None]
    return DayTotals(
        day=day, requests=sum(u.requests for u in used), input_tokens=sum(u.tokens.input for u in used),
        output_tokens=sum(u.tokens.output for u in used),
        set_aside=sum(u.rows for u in usages if u.status != USED), logged_usd=sum(logged) if logged else None,
    )  # fmt: skip


def _weight(con: "duckdb.DuckDBPyConnection", source: str) -> str:
    """Return what a row counts for: its requests, or its tokens where the source counts no request."""
    row = con.execute(f"SELECT sum(requests) FROM {source} WHERE set_aside IS NULL").fetchone()
    if row and row[0]:
        return "coalesce(requests, 0)"
    return "uncached_input + cache_read + cache_write_5m + cache_write_1h + output"


def _concentration(con: "duckdb.DuckDBPyConnection", source: str, by: str, weight: str) -> Concentration | None:
    rows = con.execute(
        f"SELECT {by}, sum({weight}) FROM {source} WHERE set_aside IS NULL AND {by} IS NOT NULL "
        f"GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    counts = np.asarray([float(row[1]) for row in rows], dtype=np.float64)
    total = float(counts.sum())
    if total <= 0:
        return None
    named = tuple(Member(name=str(row[0]), share=float(row[1]) / total) for row in rows[:_NAMED])
    return Concentration.model_validate({
        "by": by, "members": len(counts), "top_share": float(counts[:_TOP].sum()) / total,
        "largest_share": float(counts[0]) / total, "largest": named,
    })  # fmt: skip


def _thin(
    table: TrafficTable, days: Sequence[DayTotals], trend: Trend | None, people: Sequence[Concentration],
    usages: Sequence[DayUsage],
) -> tuple[str, ...]:  # fmt: skip
    said: list[str] = []
    if trend is None:
        said.append(f"growth: {len(days)} day{'s' * (len(days) != 1)} of log, and two whole weeks are the least")
    elif trend.low_per_month < 0 < trend.high_per_month:
        said.append("growth: its interval holds zero")
    if table.grain == "aggregate":
        said.append("lengths: an aggregate has no single requests, so no percentile and no burst can be read from it")
    elif table.rows.used < _TRUSTED_REQUESTS:
        said.append(f"lengths: {counted(table.rows.used, 'request is', 'requests are')} too few for a 99th percentile")
    if not people:
        said.append("concentration: the log names no user, key, team, session or tag")
    if not any(usage.tokens.cache_read for usage in usages):
        said.append("caching: the log shows no cached token")
    return tuple(said)


def prefix_reuse_of(table: TrafficTable) -> PrefixReuse | None:
    """Return reuse of prompt prefixes against cache size, or None where the log has no prefix hashes (or too many).

    Parameters
    ----------
    table
        What ``read_logs`` returned.
    """
    if table.grain != "request" or table.formats == ("warehouse",):
        return None
    with connect() as con:
        row = con.execute("SELECT sum(len(prefix_hashes)) FROM read_parquet($1) WHERE set_aside IS NULL",
                          [str(table.path)]).fetchone()  # fmt: skip
        uses = int(row[0]) if row and row[0] else 0
        return prefix_reuse(_blocks(con, table), uses=uses) if 0 < uses <= _MOST_REUSE_BLOCKS else None


def _blocks(con: "duckdb.DuckDBPyConnection", table: TrafficTable) -> Iterator[tuple[float, int, Sequence[int]]]:
    con.execute(
        "SELECT epoch(start), uncached_input + cache_read + cache_write_5m + cache_write_1h, prefix_hashes "
        "FROM read_parquet($1) WHERE set_aside IS NULL AND prefix_hashes IS NOT NULL ORDER BY start",
        [str(table.path)],
    )
    while rows := con.fetchmany(_FETCHED_ROWS):
        for arrival_s, tokens, hashes in rows:
            yield float(arrival_s), int(tokens), hashes
