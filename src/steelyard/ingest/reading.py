"""Logs to one canonical table: found, recognised, parsed once, kept under the hash of what was read."""
# ruff: noqa: S608  every value in these queries is our own or quoted by quoted_text and quoted_name

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from steelyard.domain.traffic import RowCounts, SourceFile, TrafficTable
from steelyard.errors import Fault, LogError
from steelyard.ingest.cache import cache_folder, local_salt, publish, staging, temporary_folder
from steelyard.ingest.canonical import MACROS, PARSER_VERSION, final_query, raw_query, staged_query
from steelyard.ingest.diagnosis import damaged_file, mixed_zones, nothing_usable
from steelyard.ingest.limits import check_size
from steelyard.ingest.log_format import quoted_text
from steelyard.ingest.mending import mend_csv
from steelyard.ingest.recognition import Group, groups_of
from steelyard.ingest.source import Source, sources_of
from steelyard.ingest.warehouse import is_warehouse_result, read_warehouse_cube

if TYPE_CHECKING:
    import duckdb

__all__ = ["DEFAULT_MAX_BYTES", "Progress", "read_logs"]

DEFAULT_MAX_BYTES = 1 << 36
"""Largest decompressed size read without being asked, 64 GiB [B]."""
Progress = Callable[[str], None]
"""Is told in words how far reading has come."""

_BATCH_FILES = 1_000
_BATCH_BYTES = 1 << 28
_MEGABYTE = 1e6
_ODD_ZONES = 0.01
"""Share of times with the other kind of zone up to which they are set aside as damage; above it the log is refused."""
_TABLE = "table.parquet"
_ABOUT = "table.json"


def read_logs(
    paths: Sequence[Path],
    *,
    log_format: str | None = None,
    mapping: Mapping[str, str] | None = None,
    cache_dir: Path | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
    show_identities: bool = False,
    progress: Progress | None = None,
) -> TrafficTable:
    """Return the logs as one canonical table, parsed on first sight and found again by content later.

    Parameters
    ----------
    paths
        Files, already globbed; duplicates are read once. A folder that holds one canonical table, as the cache keeps
        it, stands for the logs it was read from.
    log_format
        Format to force; absent: each file is recognised by its head.
    mapping
        Canonical name -> column, for logs of no known format.
    cache_dir
        Folder of the cache instead of the XDG one.
    max_bytes
        Largest decompressed size [B] of all files together.
    show_identities
        Keeps users, keys, teams, sessions and tags as logged, in a table that is gone when the program ends.
    progress
        Is told rows and bytes read so far.

    Raises
    ------
    LogError
        With every faulty file: missing, empty, damaged, unknown, without a needed column, or without a usable row.
    """
    kept = _cached(paths[0]) if len(paths) == 1 and paths[0].is_dir() else None
    if kept is not None:
        return kept
    sources = sources_of(paths)
    if any(is_warehouse_result(source.head.columns) for source in sources):
        return _from_warehouse(sources)
    check_size(sources, max_bytes)
    groups = groups_of(sources, log_format=log_format, mapping=mapping)
    folder = temporary_folder() if show_identities else cache_folder(cache_dir)
    salt = None if show_identities else local_salt(folder)
    key = _key(sources, groups, mapping, salt or "")
    target = folder / key
    known = _cached(target)
    if known is not None:
        return known
    with staging(folder) as scratch:
        about = _parse(groups, sources, scratch, salt=salt, progress=progress)
        (scratch / _ABOUT).write_text(about.model_dump_json(exclude={"path"}), encoding="utf-8")
        publish(scratch, target)
    return about.model_copy(update={"path": target / _TABLE})


def _from_warehouse(sources: Sequence[Source]) -> TrafficTable:
    """Return the result of the profile query as it lies: it is small and needs no copy."""
    if len(sources) > 1:
        raise LogError(Fault("a result of the profile query is mixed with other files", sources[0].head.name,
                             "one result, by itself", "Profile it in a run of its own"))  # fmt: skip
    (source,) = sources
    return TrafficTable(
        path=source.path,
        grain="request",
        formats=("warehouse",),
        rows=read_warehouse_cube(source.path).rows,
        zone="UTC, as the profile query reads it",
        files=(SourceFile(name=source.head.name, sha256=source.sha256, size_bytes=source.size_bytes),),
    )


def _key(sources: Sequence[Source], groups: Sequence[Group], mapping: Mapping[str, str] | None, salt: str) -> str:
    parts = [
        PARSER_VERSION,
        [(s.head.name, s.sha256) for s in sources],
        sorted(g.form.name for g in groups),
        sorted((mapping or {}).items()),
        salt,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]


def _cached(target: Path) -> TrafficTable | None:
    try:
        about = json.loads((target / _ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not (target / _TABLE).is_file():
        return None
    return TrafficTable.model_validate({**about, "path": target / _TABLE})


def _parse(
    groups: Sequence[Group], sources: Sequence[Source], scratch: Path, *, salt: str | None, progress: Progress | None
) -> TrafficTable:
    import duckdb  # noqa: PLC0415  heavy: loads only when a log is parsed

    with duckdb.connect(str(scratch / "work.duckdb")) as con:
        con.execute("SET TimeZone='UTC'")
        con.execute(f"SET temp_directory={quoted_text(str(scratch))}")
        con.execute(MACROS)
        parts, rejected = _stage(con, groups, scratch, salt=salt, progress=progress)
        zone = _zone(con, groups, parts)
        repeated = _has_repeats(con, parts)
        staged = str(scratch / "part-*.parquet")
        out = quoted_text(str(scratch / _TABLE))
        con.execute(f"COPY ({final_query(staged, deduplicate=repeated, odd_zone=zone.odd)}) TO {out} (FORMAT parquet)")
        counts = _counts(con, scratch / _TABLE, rejected)
    for leftover in [*scratch.glob("part-*.parquet"), *scratch.glob("work.duckdb*")]:
        leftover.unlink()
    if counts.used == 0:
        raise LogError(nothing_usable(groups, counts))
    return TrafficTable(
        path=scratch / _TABLE,
        grain=groups[0].form.grain,
        formats=tuple(sorted({g.form.name for g in groups})),
        rows=counts,
        zone=zone.words,
        files=tuple(SourceFile(name=s.head.name, sha256=s.sha256, size_bytes=s.size_bytes) for s in sources),
        warnings=tuple(_warnings(groups, sources, counts)),
    )


def _stage(
    con: "duckdb.DuckDBPyConnection",
    groups: Sequence[Group],
    scratch: Path,
    *,
    salt: str | None,
    progress: Progress | None,
) -> tuple[list[Path], int]:
    parts: list[Path] = []
    rejected = rows = done_bytes = 0
    for group in groups:
        for batch in _batches(group.sources):
            part = scratch / f"part-{len(parts):06d}.parquet"
            found = _stage_batch(con, batch, group, part, salt=salt)
            rows += found.rows
            rejected += found.unreadable
            parts.append(part)
            done_bytes += sum(s.size_bytes for s in batch)
            if progress is not None:
                progress(f"{rows:,} rows, {done_bytes / _MEGABYTE:,.1f} MB read")
    return parts, rejected


class _Staged(NamedTuple):
    rows: int
    unreadable: int


def _stage_batch(
    con: "duckdb.DuckDBPyConnection", batch: Sequence[Source], group: Group, part: Path, *, salt: str | None
) -> _Staged:
    import duckdb  # noqa: PLC0415

    mendable = group.head.kind == "csv"
    try:
        rows = _copy(con, _query(batch, group, salt), part)
        rejects = _rejects(con)
    except duckdb.Error:
        _rejects(con)
        # The message of the engine may quote the log, so it goes no further.
        fault = damaged_file(batch, group.form, broken=not mendable)
        if fault is not None:
            raise LogError(fault) from None
        return _stage_mended(con, batch, group, part, salt=salt)
    if group.head.gzip and (rejects.lines or _has_garbage(con, part)):
        # The engine checks no checksum: a stream damaged in the middle shows as rows that make no sense.
        fault = damaged_file(batch, group.form, broken=False)
        if fault is not None:
            raise LogError(fault)
    if not rejects.quotes:
        return _Staged(rows, rejects.lines)
    # A stray quote swallows lines up to the next one: line by line more may be saved, unless fields span lines.
    other = part.with_name("other.parquet")
    mended = _stage_mended(con, batch, group, other, salt=salt)
    if mended.rows <= rows:
        other.unlink()
        return _Staged(rows, rejects.lines)
    other.replace(part)
    return mended


def _stage_mended(
    con: "duckdb.DuckDBPyConnection", batch: Sequence[Source], group: Group, part: Path, *, salt: str | None
) -> _Staged:
    mended = [mend_csv(s, group.form, part.with_name(f"mended-{i}.csv")) for i, s in enumerate(batch)]
    raw = raw_query([str(m.path) for m in mended], mended[0].head, group.form)
    rows = _copy(con, staged_query(raw, group.form, salt=salt), part)
    for one in mended:
        one.path.unlink()
    return _Staged(rows, sum(one.unreadable for one in mended) + _rejects(con).lines)


def _query(batch: Sequence[Source], group: Group, salt: str | None) -> str:
    raw = raw_query([str(s.path) for s in batch], group.head, group.form)
    return staged_query(raw, group.form, salt=salt)


def _copy(con: "duckdb.DuckDBPyConnection", query: str, part: Path) -> int:
    found = con.execute(f"COPY ({query}) TO {quoted_text(str(part))} (FORMAT parquet)").fetchone()
    return int(found[0]) if found else 0


def _has_garbage(con: "duckdb.DuckDBPyConnection", part: Path) -> bool:
    row = con.execute(
        "SELECT count(*) FROM read_parquet($1) "
        "WHERE set_aside = 'unreadable row' OR set_aside LIKE '%missing or unreadable'",
        [str(part)],
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


class _Zone(NamedTuple):
    words: str
    odd: bool | None


def _zone(con: "duckdb.DuckDBPyConnection", groups: Sequence[Group], parts: Sequence[Path]) -> _Zone:
    if all(group.form.zone == "utc" for group in groups):
        return _Zone("UTC by the vendor's definition", None)
    files = ", ".join(quoted_text(str(part)) for part in parts)
    row = con.execute(
        "SELECT count(*) FILTER (WHERE zoned), count(*) FILTER (WHERE NOT zoned) "
        f"FROM read_parquet([{files}]) WHERE start IS NOT NULL"
    ).fetchone()
    zoned, naive = (int(row[0]), int(row[1])) if row else (0, 0)
    if min(zoned, naive) > _ODD_ZONES * (zoned + naive):
        raise LogError(mixed_zones(groups, zoned=zoned, naive=naive))
    odd = None if not (zoned and naive) else zoned < naive
    words = "zone stated in the log, converted to UTC" if zoned > naive else "no zone stated in the log, read as UTC"
    return _Zone(words, odd)


def _has_repeats(con: "duckdb.DuckDBPyConnection", parts: Sequence[Path]) -> bool:
    files = ", ".join(quoted_text(str(part)) for part in parts)
    row = con.execute(f"SELECT count(id_hash) > count(DISTINCT id_hash) FROM read_parquet([{files}])").fetchone()
    return bool(row and row[0])


def _counts(con: "duckdb.DuckDBPyConnection", table: Path, rejected: int) -> RowCounts:
    rows = con.execute(
        "SELECT set_aside, count(*) FROM read_parquet($1) GROUP BY ALL ORDER BY ALL", [str(table)]
    ).fetchall()
    aside: Counter[str] = Counter({str(reason): int(n) for reason, n in rows if reason is not None})
    if rejected:
        aside["unreadable row"] += rejected
    used = sum(int(n) for reason, n in rows if reason is None)
    return RowCounts(read=used + sum(aside.values()), used=used, set_aside=dict(sorted(aside.items())))


def _warnings(groups: Sequence[Group], sources: Sequence[Source], counts: RowCounts) -> list[str]:
    said = [g.form.caution for g in groups if g.form.caution]
    grown = [s.head.name for s in sources if s.path.stat().st_size != s.size_bytes]
    if grown:
        said.append(f"{grown[0]} changed while it was read: run again for its newest rows")
    lost = sum(n for reason, n in counts.set_aside.items() if "unreadable" in reason or "zone" in reason)
    if lost:
        said.append(f"{lost:,} of {counts.read:,} rows could not be read and were set aside")
    return list(dict.fromkeys(said))
