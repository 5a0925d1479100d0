"""The profile query for a warehouse: one statement there, one small result here.

The statement reads a table (or view) with the canonical columns and returns rows of one shape; the result, exported as
Parquet or CSV, gives the same profile as a log read here. DuckDB's and Spark's are executed in our tests (Spark in
local mode, where it is installed); the others are transpiled by SQLGlot and say so.
"""

# ruff: noqa: S608  the statement is made of our own constants and a quoted table name
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.traffic import JointHistogram, RowCounts
from steelyard.errors import Fault, InputError, LogError, UnknownNameError
from steelyard.ingest.engine import connect
from steelyard.ingest.log_format import quoted_text
from steelyard.ingest.profile_sql import band_of, bin_of
from steelyard.workload.cube import Cube, HourCounts, LengthCounts, MinuteCounts, TierCounts

__all__ = ["DIALECTS", "RESULT_COLUMNS", "is_warehouse_result", "read_warehouse_cube", "warehouse_sql"]

DIALECTS = ("duckdb", "bigquery", "snowflake", "clickhouse", "trino", "databricks", "spark")
"""Engines the statement can be written for."""
_EXECUTED = {"duckdb": "executed in Steelyard's tests", "spark": "executed in Steelyard's tests, in local mode"}
RESULT_COLUMNS = ("part", "model", "k1", "k2", "n", "s1", "s2", "s3", "s4", "s5")
"""Columns of the result: which part of the cube, its keys, its count and its sums."""
_BINS_PER_OCTAVE = 4
_OCTAVES = 22
_EDGES: NDArray[np.int64] = np.unique(
    np.concatenate([[0], np.ceil(2.0 ** (np.arange(_BINS_PER_OCTAVE * _OCTAVES + 1) / _BINS_PER_OCTAVE))])
).astype(np.int64)
"""Edges of the joint histogram where the data is far away: four bins an octave, up to 4 M tokens."""
_INPUT = "uncached_input + cache_read + cache_write_5m + cache_write_1h"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TABLE_NAME = re.compile(r"[\w.$-]+")


def warehouse_sql(
    dialect: str,
    *,
    source: str = "usage_requests",
    breakpoints: Mapping[str, Sequence[int]] | Sequence[int] = (),
) -> str:
    """Return the profile query as one statement for an engine.

    Parameters
    ----------
    dialect
        One of ``DIALECTS``.
    source
        Table or view with the canonical columns: start, model, operation, status, set_aside, uncached_input,
        cache_read, cache_write_5m, cache_write_1h, output.
    breakpoints
        Input lengths above which a price changes, for all models or by model.

    Raises
    ------
    UnknownNameError
        If the dialect is not known.
    InputError
        If SQLGlot is not installed, or the table name is not a plain name.
    """
    if dialect not in DIALECTS:
        raise UnknownNameError("SQL dialect", dialect, DIALECTS, where="--emit-sql")
    if not _TABLE_NAME.fullmatch(source):
        raise InputError(Fault(f"{source!r} is not a table name", "--emit-sql", "a plain, possibly dotted name",
                               "Make a view with the canonical columns and name it"))  # fmt: skip
    try:
        import sqlglot  # noqa: PLC0415  an extra, needed only here
    except ImportError:
        raise InputError(Fault("SQLGlot is not installed", "--emit-sql", "the extra 'warehouse'",
                               "Install it: pip install 'steelyard[warehouse]'")) from None  # fmt: skip
    statement = sqlglot.transpile(_statement(source, breakpoints), read="duckdb", write=dialect, pretty=True)[0]
    if dialect == "bigquery":
        # DATE_DIFF takes no parts below a day there.
        statement = statement.replace("DATE_DIFF(", "TIMESTAMP_DIFF(").replace("AS DATETIME)", "AS TIMESTAMP)")
    run = _EXECUTED.get(dialect, "transpiled by SQLGlot, not executed by us")
    return (
        f"-- Steelyard profile query for {dialect}; {run}.\n"
        f"-- {source} has the canonical columns, times in UTC. Export the result as Parquet or CSV and run:\n"
        f"--   steelyard profile RESULT\n{statement};\n"
    )


def _statement(source: str, breakpoints: Mapping[str, Sequence[int]] | Sequence[int]) -> str:
    since = "DATE_DIFF('millisecond', TIMESTAMP '1970-01-01 00:00:00', start)"
    none = "CAST(NULL AS VARCHAR)"
    zeros = "0.0, 0.0, 0.0, 0.0, 0.0"
    sums = ", ".join(f"SUM(CAST({c} AS DOUBLE))" for c in
                     ("uncached_input", "cache_read", "cache_write_5m", "cache_write_1h", "output"))  # fmt: skip
    minute = "CAST(FLOOR((at_ms - first_ms) / 60000) AS BIGINT)"
    inside = "gap_ms <= (at_ms - first_ms) - FLOOR((at_ms - first_ms) / 3600000) * 3600000"
    return f"""
WITH used AS (SELECT {since} AS at_ms, coalesce(model, '') AS model, {_INPUT} AS input, output, uncached_input,
        cache_read, cache_write_5m, cache_write_1h FROM {source} WHERE set_aside IS NULL),
timed AS (SELECT at_ms, MIN(at_ms) OVER () AS first_ms, at_ms - LAG(at_ms) OVER (ORDER BY at_ms) AS gap_ms FROM used)
SELECT 'span' AS part, {none} AS model, MIN(at_ms) AS k1, MAX(at_ms) AS k2, COUNT(*) AS n,
    0.0 AS s1, 0.0 AS s2, 0.0 AS s3, 0.0 AS s4, 0.0 AS s5 FROM used
UNION ALL SELECT 'tier', model, {band_of(breakpoints, "input")}, 0, COUNT(*), {sums} FROM used GROUP BY 2, 3
UNION ALL SELECT 'hour', {none}, CAST(FLOOR(at_ms / 3600000) AS BIGINT), 0, COUNT(*), {zeros} FROM used GROUP BY 3
UNION ALL SELECT 'minute', {none}, {minute}, SUM(CASE WHEN {inside} THEN 1 ELSE 0 END), COUNT(*),
    SUM(CASE WHEN {inside} THEN gap_ms / 1000.0 ELSE 0.0 END),
    SUM(CASE WHEN {inside} THEN gap_ms / 1000.0 * (gap_ms / 1000.0) ELSE 0.0 END), 0.0, 0.0, 0.0 FROM timed GROUP BY 3
UNION ALL SELECT 'input', {none}, input, 0, COUNT(*), {zeros} FROM used GROUP BY 3
UNION ALL SELECT 'output', {none}, output, 0, COUNT(*), {zeros} FROM used GROUP BY 3
UNION ALL SELECT 'joint', {none}, {bin_of("input", _EDGES)}, {bin_of("output", _EDGES)}, COUNT(*),
    SUM(CAST(input AS DOUBLE)), SUM(CAST(output AS DOUBLE)), 0.0, 0.0, 0.0 FROM used GROUP BY 3, 4
UNION ALL SELECT 'aside', set_aside, 0, 0, COUNT(*), {zeros} FROM {source} WHERE set_aside IS NOT NULL GROUP BY 2
UNION ALL SELECT 'failed', {none}, 0, 0, SUM(CASE WHEN status = 'failed' THEN 1 ELSE 0 END), {zeros} FROM {source}
UNION ALL SELECT 'operation', coalesce(operation, 'not stated'), 0, 0, COUNT(*), {zeros} FROM {source} GROUP BY 2"""


def is_warehouse_result(columns: Sequence[str]) -> bool:
    """Whether a file with these columns is the result of the profile query."""
    return {name.lower() for name in columns} >= set(RESULT_COLUMNS)


def read_warehouse_cube(path: Path) -> Cube:
    """Return the counts that a warehouse sent back, from Parquet or CSV.

    Parameters
    ----------
    path
        The exported result of ``warehouse_sql``.

    Raises
    ------
    LogError
        If the file lacks a column or a part, or holds no request.
    """
    import duckdb  # noqa: PLC0415  heavy: loads only when a result is read

    reader = "read_parquet" if path.suffix == ".parquet" else "read_csv"
    picked = ", ".join(
        f"CAST({c} AS {'VARCHAR' if c in ('part', 'model') else 'DOUBLE'}) AS {c}" for c in RESULT_COLUMNS
    )
    try:
        with connect() as con:
            rows = con.execute(
                f"SELECT {picked} FROM {reader}({quoted_text(str(path))}) ORDER BY 1, 2, 3, 4"
            ).fetchall()
    except duckdb.Error:
        raise LogError(Fault("it is not a result of the profile query", path.name, f"columns {RESULT_COLUMNS}",
                             "Run the statement of --emit-sql and export what it returns")) from None  # fmt: skip
    parts: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        parts.setdefault(str(row[0]), []).append(row[1:])
    missing = sorted({"span", "tier", "hour", "minute", "input", "output", "joint"} - set(parts))
    if missing or not parts["span"][0][3]:
        raise LogError(Fault(f"parts are missing: {', '.join(missing) or 'no request'}", path.name,
                             "every part of the profile query", "Export the whole result"))  # fmt: skip
    return _cube(parts)


def _cube(parts: Mapping[str, list[tuple[Any, ...]]]) -> Cube:
    tables = {name: np.array([[float(v or 0) for v in row[1:]] for row in rows]) for name, rows in parts.items()}
    aside = {str(row[0]): int(row[3]) for row in parts.get("aside", [])}
    used = int(tables["span"][0, 2])
    tier, minute = tables["tier"], tables["minute"]

    def whole(name: str, column: int) -> NDArray[np.int64]:
        return tables[name][:, column].astype(np.int64)

    return Cube(
        formats=("warehouse",),
        rows=RowCounts(read=used + sum(aside.values()), used=used, set_aside=aside),
        start=_EPOCH + timedelta(milliseconds=float(tables["span"][0, 0])),
        end=_EPOCH + timedelta(milliseconds=float(tables["span"][0, 1])),
        tiers=TierCounts(tuple(str(r[0] or "") for r in parts["tier"]), whole("tier", 0), whole("tier", 2),
                         tier[:, 3:8].astype(np.int64)),
        operations={str(row[0]): int(row[3]) for row in parts.get("operation", [])},
        failed_rows=int(sum(row[3] or 0 for row in parts.get("failed", []))),
        hours=HourCounts(whole("hour", 0), whole("hour", 2)),
        minutes=MinuteCounts(whole("minute", 0), whole("minute", 2), whole("minute", 1), minute[:, 3], minute[:, 4]),
        input_lengths=LengthCounts(whole("input", 0), whole("input", 2)),
        output_lengths=LengthCounts(whole("output", 0), whole("output", 2)),
        joint=_joint(tables["joint"]),
    )  # fmt: skip


def _joint(cells: NDArray[np.float64]) -> JointHistogram:
    planes = np.zeros((3, len(_EDGES) - 1, len(_EDGES) - 1))
    i, o = cells[:, 0].astype(np.int64), cells[:, 1].astype(np.int64)
    planes[:, i, o] = cells[:, 2:5].T
    rows, columns = int(i.max()) + 1, int(o.max()) + 1
    counts, inputs, outputs = (
        tuple(tuple(float(v) for v in row) for row in plane[:rows, :columns]) for plane in planes
    )
    return JointHistogram(
        input_edges=tuple(float(e) for e in _EDGES[: rows + 1]),
        output_edges=tuple(float(e) for e in _EDGES[: columns + 1]),
        counts=counts,
        input_sums=inputs,
        output_sums=outputs,
    )
