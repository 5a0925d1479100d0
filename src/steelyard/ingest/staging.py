"""Files to canonical rows, batch by batch: read at the engine's speed, mended line by line where that fails."""
# ruff: noqa: S608  every value in these queries is our own or quoted by quoted_text and quoted_name

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from steelyard.errors import LogError
from steelyard.ingest.canonical import OBJECT_BYTES, raw_query, staged_query
from steelyard.ingest.diagnosis import damaged_file, rows_too_long
from steelyard.ingest.log_format import quoted_text
from steelyard.ingest.mending import mend_csv
from steelyard.ingest.recognition import Group
from steelyard.ingest.source import Source

if TYPE_CHECKING:
    import duckdb

__all__ = ["Progress", "Staged", "stage"]

Progress = Callable[[str], None]
"""Is told in words how far reading has come."""

_BATCH_FILES = 1_000
_BATCH_BYTES = 1 << 28
_TABLE_BYTES = 1 << 28
"""Size of all files [B] up to which rows wait in a table of the engine, which is faster; above it in Parquet."""
_SHARED_BYTES = 4 * OBJECT_BYTES[-1]
"""Size of a file of JSON lines, unpacked [B], up to which short stretches read it faster; long ones cost less."""
_GZIP_SIZE_BYTES = 4
"""Last bytes of a gzip file, which state its size unpacked (RFC 1952)."""
_MEGABYTE = 1e6


class Staged(NamedTuple):
    """Canonical rows of all files, in the order of the files."""

    rows: str
    """SQL of the rows."""
    unreadable: int
    """Lines that could not be split into fields."""


def stage(
    con: "duckdb.DuckDBPyConnection",
    groups: Sequence[Group],
    scratch: Path,
    *,
    salt: str | None,
    progress: Progress | None,
) -> Staged:
    """Read every file of every group.

    Parameters
    ----------
    con
        Engine with the macros of the formats.
    groups
        Files that one query reads.
    scratch
        Private folder for what does not stay in the engine.
    salt
        Salt of the pseudonyms; None: identities stay as they are.
    progress
        Is told rows and bytes read so far.

    Raises
    ------
    LogError
        If a file breaks off or is damaged beyond single rows.
    """
    parts: list[_Part] = []
    unreadable = rows = done_bytes = 0
    small = sum(source.size_bytes for group in groups for source in group.sources) <= _TABLE_BYTES
    for group in groups:
        for batch in _batches(group.sources):
            found = _stage_batch(con, batch, group, _Part(scratch, f"part_{len(parts):06d}", small), salt=salt)
            rows += found.rows
            unreadable += found.unreadable
            parts.append(found.part)
            done_bytes += sum(s.size_bytes for s in batch)
            if progress is not None:
                progress(f"{rows:,} rows, {done_bytes / _MEGABYTE:,.1f} MB read")
    return Staged(" UNION ALL ".join(f"SELECT * FROM {part.relation}" for part in parts), unreadable)


class _Part(NamedTuple):
    """Where the rows of a batch wait for the rest."""

    folder: Path
    name: str
    in_table: bool

    @property
    def _file(self) -> Path:
        return self.folder / f"{self.name}.parquet"

    @property
    def relation(self) -> str:
        """SQL to read from."""
        return self.name if self.in_table else f"read_parquet({quoted_text(str(self._file))})"

    def fill(self, con: "duckdb.DuckDBPyConnection", query: str) -> int:
        """Write the rows of a query; return how many."""
        written = (
            f"CREATE TEMP TABLE {self.name} AS {query}"
            if self.in_table
            else f"COPY ({query}) TO {quoted_text(str(self._file))} (FORMAT parquet)"
        )
        found = con.execute(written).fetchone()
        return int(found[0]) if found else 0

    def drop(self, con: "duckdb.DuckDBPyConnection") -> None:
        """Remove what was written."""
        if self.in_table:
            con.execute(f"DROP TABLE {self.name}")
        else:
            self._file.unlink()


class _Batch(NamedTuple):
    part: _Part
    rows: int
    unreadable: int


def _stage_batch(
    con: "duckdb.DuckDBPyConnection", batch: Sequence[Source], group: Group, part: _Part, *, salt: str | None
) -> _Batch:
    import duckdb  # noqa: PLC0415

    mendable = group.head.kind == "csv" and group.head.packing != "zstd"
    try:
        rows = _fill(con, batch, group, part, salt=salt)
        rejects = _rejects(con) if group.head.kind == "csv" else _Rejects(0, quotes=False)
    except duckdb.OutOfMemoryException:
        raise LogError(rows_too_long(batch)) from None
    except duckdb.Error:
        _rejects(con)
        # The message of the engine may quote the log, so it goes no further.
        fault = damaged_file(batch, group.form, broken=not mendable)
        if fault is not None:
            raise LogError(fault) from None
        return _stage_mended(con, batch, group, part, salt=salt)
    if group.head.packing == "gzip" and (rejects.lines or _has_garbage(con, part)):
        # The engine checks no checksum: a stream damaged in the middle shows as rows that make no sense.
        fault = damaged_file(batch, group.form, broken=False)
        if fault is not None:
            raise LogError(fault)
    straight = _Batch(part, rows, rejects.lines)
    return _better(con, batch, group, straight, salt=salt) if rejects.quotes and mendable else straight


def _better(
    con: "duckdb.DuckDBPyConnection", batch: Sequence[Source], group: Group, straight: _Batch, *, salt: str | None
) -> _Batch:
    """Return the reading that saves more rows.

    A stray quote swallows lines up to the next one: line by line more may be saved, unless fields span lines.
    """
    other = straight.part._replace(name=straight.part.name + "_mended")
    mended = _stage_mended(con, batch, group, other, salt=salt)
    kept, lost = (straight, mended) if mended.rows <= straight.rows else (mended, straight)
    lost.part.drop(con)
    return kept


def _stage_mended(
    con: "duckdb.DuckDBPyConnection", batch: Sequence[Source], group: Group, part: _Part, *, salt: str | None
) -> _Batch:
    mended = [mend_csv(s, group.form, part.folder / f"mended-{i}.csv") for i, s in enumerate(batch)]
    raw = raw_query([str(m.path) for m in mended], mended[0].head, group.form)
    rows = part.fill(con, staged_query(raw, group.form, salt=salt))
    for one in mended:
        one.path.unlink()
    return _Batch(part, rows, sum(one.unreadable for one in mended) + _rejects(con).lines)


def _fill(
    con: "duckdb.DuckDBPyConnection", batch: Sequence[Source], group: Group, part: _Part, *, salt: str | None
) -> int:
    """Write the rows of a batch; small files of JSON lines, and documents, first as if no row were very long.

    Every thread holds a stretch of the file and what it makes of some thousand rows: long rows may fit one alone.
    """
    import duckdb  # noqa: PLC0415

    small = group.head.kind == "jsonl" and (
        group.form.mode == "document" or all(_unpacked_bytes(source) <= _SHARED_BYTES for source in batch)
    )
    for object_bytes in OBJECT_BYTES[:-1] if small else ():
        try:
            return part.fill(con, _query(batch, group, salt, object_bytes))
        except duckdb.Error:
            continue
    query = _query(batch, group, salt, OBJECT_BYTES[-1])
    try:
        return part.fill(con, query)
    except duckdb.OutOfMemoryException:
        con.execute("SET threads=1")
        return part.fill(con, query)


def _unpacked_bytes(source: Source) -> int:
    """Return what a file holds unpacked, as its last bytes state; a hint, for they count modulo 4 GiB and may lie."""
    if source.head.packing != "gzip":
        return source.size_bytes
    with source.path.open("rb") as file:
        file.seek(max(source.size_bytes - _GZIP_SIZE_BYTES, 0))
        return int.from_bytes(file.read(_GZIP_SIZE_BYTES), "little")


def _query(batch: Sequence[Source], group: Group, salt: str | None, object_bytes: int) -> str:
    raw = raw_query([str(s.path) for s in batch], group.head, group.form, object_bytes=object_bytes)
    return staged_query(raw, group.form, salt=salt)


def _has_garbage(con: "duckdb.DuckDBPyConnection", part: _Part) -> bool:
    row = con.execute(
        f"SELECT count(*) FROM {part.relation} "
        "WHERE set_aside = 'unreadable row' OR set_aside LIKE '%missing or unreadable'"
    ).fetchone()
    return bool(row and row[0])


class _Rejects(NamedTuple):
    lines: int
    quotes: bool


def _rejects(con: "duckdb.DuckDBPyConnection") -> _Rejects:
    have = con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'reject_errors'").fetchone()
    if not have or not have[0]:
        return _Rejects(0, quotes=False)
    row = con.execute(
        "SELECT count(DISTINCT (scan_id, file_id, line)), coalesce(bool_or(error_type = 'UNQUOTED VALUE'), false) "
        "FROM reject_errors"
    ).fetchone()
    con.execute("DROP TABLE reject_errors; DROP TABLE reject_scans")
    return _Rejects(int(row[0]), quotes=bool(row[1])) if row else _Rejects(0, quotes=False)


def _batches(sources: Sequence[Source]) -> list[list[Source]]:
    batches: list[list[Source]] = []
    size = 0
    for source in sources:
        if not batches or len(batches[-1]) >= _BATCH_FILES or size + source.size_bytes > _BATCH_BYTES:
            batches.append([])
            size = 0
        batches[-1].append(source)
        size += source.size_bytes
    return batches
