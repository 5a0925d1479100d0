"""Reads one made-up log as the program would, and asks its rows that count."""

from pathlib import Path
from typing import Any

import duckdb

from steelyard.domain.traffic import TrafficTable
from steelyard.ingest import read_logs

CLASSES = ("uncached_input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
SUMS = ", ".join(f"coalesce(sum({name}), 0)::BIGINT" for name in CLASSES)
Sums = tuple[int, int, int, int, int]


def read(folder: Path, name: str, content: str | bytes) -> TrafficTable:
    """Return the table of a log of that name and content."""
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return read_logs([folder / name], cache_dir=folder / "cache")


def of_used(found: TrafficTable, sql: str) -> tuple[Any, ...]:
    """Return one row of SQL over the rows that count."""
    row = duckdb.execute(f"SELECT {sql} FROM read_parquet($1) WHERE set_aside IS NULL", [str(found.path)]).fetchone()
    assert row is not None
    return row
