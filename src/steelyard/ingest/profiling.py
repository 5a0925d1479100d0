"""The profile query: two passes over the canonical table, one cube, one profile."""
# ruff: noqa: S608  every value in these queries is our own or quoted by quoted_text and quoted_name

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.traffic import JointHistogram, Profile, TrafficTable
from steelyard.errors import Fault, LogError
from steelyard.ingest.engine import connect
from steelyard.ingest.log_format import quoted_text
from steelyard.ingest.profile_sql import (
    WHOLE,
    bucket_query,
    joint_query,
    lengths_query,
    minutes_query,
    tiers_query,
)
from steelyard.ingest.warehouse import read_warehouse_cube
from steelyard.workload.cube import TOKEN_CLASSES, Buckets, Cube, HourCounts, LengthCounts, MinuteCounts, TierCounts
from steelyard.workload.edges import histogram_edges
from steelyard.workload.lengths import INPUT_BINS, OUTPUT_BINS, LengthSpread
from steelyard.workload.profile import profile_of
from steelyard.workload.shapes import ASSUMED_SHAPES

if TYPE_CHECKING:
    import duckdb

__all__ = ["Breakpoints", "cube_of", "profile_table"]

Breakpoints = Mapping[str, Sequence[int]] | Sequence[int]
"""Input lengths above which a price changes: for all models, or by model as logged."""


class _Arrivals(NamedTuple):
    hours: HourCounts
    minutes: MinuteCounts


class _Span(NamedTuple):
    start: datetime
    end: datetime
    failed_rows: int
    operations: Mapping[str, int]


def profile_table(
    table: TrafficTable,
    *,
    shape: str | None = None,
    breakpoints: Breakpoints | None = None,
    shapes: Mapping[str, Sequence[float]] | None = None,
    spread: LengthSpread | None = None,
) -> Profile:
    """Return the profile of a canonical table.

    Parameters
    ----------
    table
        What ``read_logs`` returned.
    shape
        Named shape of the week, used where the log is shorter.
    breakpoints
        Input lengths [token] above which a model's price changes; totals by band are then exact.
    shapes
        168 relative rates by name, the measured one among them; absent: the assumed shapes.
    spread
        Spread of lengths for aggregates, measured on public traces.

    Raises
    ------
    LogError
        If the table is a bill, which counts no tokens.
    """
    if table.grain == "cost":
        raise LogError(Fault("a bill counts no tokens and no requests, so it has no profile",
                             table.files[0].name if table.files else "log", "a usage log or a usage export",
                             "Give the usage, and reconcile this bill with it"))  # fmt: skip
    if table.formats == ("warehouse",):
        return profile_of(read_warehouse_cube(table.path), shape=shape, shapes=shapes or ASSUMED_SHAPES, spread=spread)
    cube = cube_of(table, breakpoints=breakpoints)
    return profile_of(cube, shape=shape, shapes=shapes or ASSUMED_SHAPES, spread=spread)


def cube_of(table: TrafficTable, *, breakpoints: Breakpoints | None = None, where: str = WHOLE) -> Cube:
    """Return the counts of a table, or of the rows that ``where`` (trusted SQL over canonical columns) keeps."""
    with connect() as con:
        source = f"read_parquet({quoted_text(str(table.path))})"
        span = _span(con, source, where, by_bucket=table.grain != "request")
        tiers = _tiers(con, tiers_query(source, breakpoints or (), where))
        counted = Cube(
            formats=table.formats,
            rows=table.rows,
            start=span.start,
            end=span.end,
            tiers=tiers,
            operations=span.operations,
            failed_rows=span.failed_rows,
            warnings=table.warnings,
        )
        if table.grain == "aggregate":
            return replace(counted, buckets=_buckets(con, source, where))
        inputs, outputs = (_lengths(con, lengths_query(source, what, where)) for what in ("input", "output"))
        edges = histogram_edges(inputs, INPUT_BINS), histogram_edges(outputs, OUTPUT_BINS)
        _bin(con, "input_bins", inputs, edges[0])
        _bin(con, "output_bins", outputs, edges[1])
        hours, minutes = _arrivals(con, minutes_query(source, where, span.start))
        return replace(
            counted,
            hours=hours,
            minutes=minutes,
            input_lengths=inputs,
            output_lengths=outputs,
            joint=_joint(con, joint_query(source, where), *edges),
        )


def _bin(con: "duckdb.DuckDBPyConnection", name: str, lengths: LengthCounts, edges: NDArray[np.int64]) -> None:
    """Make a table of the bin of every length that occurs."""
    bins = np.searchsorted(edges, lengths.tokens, side="right") - 1
    con.execute(
        f"CREATE TEMP TABLE {name} AS SELECT unnest($1::BIGINT[]) AS tokens, unnest($2::USMALLINT[]) AS bin",
        [lengths.tokens.tolist(), np.minimum(bins, len(edges) - 2).tolist()],
    )


def _columns(con: "duckdb.DuckDBPyConnection", query: str) -> Mapping[str, NDArray[np.generic]]:
    # The stub leaves the element type of the arrays open.
    found = con.execute(query).fetchnumpy()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return cast("Mapping[str, NDArray[np.generic]]", found)


def _ints(values: NDArray[np.generic]) -> NDArray[np.int64]:
    return np.ascontiguousarray(np.ma.filled(values, 0)).astype(np.int64)


def _floats(values: NDArray[np.generic], *, missing: float = 0.0) -> NDArray[np.float64]:
    return np.ma.filled(np.ma.asarray(values).astype(np.float64), missing)


def _span(con: "duckdb.DuckDBPyConnection", source: str, where: str, *, by_bucket: bool) -> _Span:
    bucket = "start + to_microseconds(CAST(coalesce(bucket_s, 0) * 1000000 AS BIGINT))"
    kept = "(set_aside IS NULL OR set_aside = 'empty bucket')" if by_bucket else "set_aside IS NULL"
    row = con.execute(
        f"SELECT min(start), max({bucket if by_bucket else 'start'}) FROM {source} WHERE {kept} AND {where}"
    ).fetchone()
    if row is None or row[0] is None:
        raise ValueError("no row of the table counts")
    operations = con.execute(
        "SELECT coalesce(operation, 'not stated'), count(*), count(*) FILTER (WHERE status = 'failed') "
        f"FROM {source} WHERE {where} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return _Span(row[0].replace(tzinfo=UTC), row[1].replace(tzinfo=UTC), sum(int(failed) for *_, failed in operations),
                 {str(name): int(n) for name, n, _ in operations})  # fmt: skip


def _tiers(con: "duckdb.DuckDBPyConnection", query: str) -> TierCounts:
    found = _columns(con, query)
    return TierCounts(
        model=tuple(str(name) for name in found["model"]),
        above_input_tokens=_ints(found["above"]),
        requests=_ints(found["requests"]),
        tokens=np.stack([_ints(found[name]) for name in TOKEN_CLASSES], axis=1),
    )


def _lengths(con: "duckdb.DuckDBPyConnection", query: str) -> LengthCounts:
    found = _columns(con, query)
    return LengthCounts(tokens=_ints(found["tokens"]), requests=_ints(found["requests"]))


def _arrivals(con: "duckdb.DuckDBPyConnection", query: str) -> _Arrivals:
    found = _columns(con, query)
    requests = _ints(found["requests"])
    hour, of_hour = np.unique(_ints(found["hour"]), return_inverse=True)
    minute, of_minute = np.unique(_ints(found["minute"]), return_inverse=True)

    def by_minute(name: str) -> NDArray[np.float64]:
        return np.bincount(of_minute, weights=_floats(found[name])).astype(np.float64)

    hours = HourCounts(hour, np.bincount(of_hour, weights=requests).astype(np.int64))
    return _Arrivals(hours, MinuteCounts(
        minute=minute,
        requests=by_minute("requests").astype(np.int64),
        gaps=by_minute("gaps").astype(np.int64),
        gap_sum_s=by_minute("gap_sum"),
        gap_square_sum_s2=by_minute("gap_square_sum"),
    ))  # fmt: skip


def _buckets(con: "duckdb.DuckDBPyConnection", source: str, where: str) -> Buckets:
    found = _columns(con, bucket_query(source, where))
    return Buckets(
        start_s=_floats(found["start_s"]),
        length_s=_floats(found["length_s"]),
        requests=_floats(found["requests"], missing=np.nan),
        tokens=_floats(found["tokens"]),
    )


def _joint(
    con: "duckdb.DuckDBPyConnection", query: str, inputs: NDArray[np.int64], outputs: NDArray[np.int64]
) -> JointHistogram:
    found = _columns(con, query)
    where = _ints(found["i"]), _ints(found["o"])

    def matrix(name: str) -> tuple[tuple[float, ...], ...]:
        cells = np.zeros((len(inputs) - 1, len(outputs) - 1))
        cells[where] = _floats(found[name])
        return tuple(tuple(float(v) for v in row) for row in cells)

    return JointHistogram(
        input_edges=tuple(float(e) for e in inputs),
        output_edges=tuple(float(e) for e in outputs),
        counts=matrix("requests"),
        input_sums=matrix("input_sum"),
        output_sums=matrix("output_sum"),
    )
