"""The engine that reads and counts, opened the same way everywhere: silent, and in UTC."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

__all__ = ["connect", "opens"]


def connect() -> "duckdb.DuckDBPyConnection":
    """Return a connection in memory that draws no progress of its own, which would mix with a document on stdout."""
    import duckdb  # noqa: PLC0415  heavy: loads only when a log is read

    con = duckdb.connect()
    con.execute("SET enable_progress_bar=false; SET TimeZone='UTC'")
    return con


def opens(path: Path) -> bool:
    """Return whether the engine can open a path: it asks the system for its text in UTF-8, whatever the locale."""
    name = str(path)
    try:
        return os.fsencode(name) == name.encode()
    except UnicodeEncodeError:
        return False
