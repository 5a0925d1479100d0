"""Logs to one canonical table: found, recognised, parsed once, kept under the hash of what was read."""
# ruff: noqa: S608  every value in these queries is our own or quoted by quoted_text and quoted_name

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from steelyard.domain.traffic import RowCounts, SourceFile, TrafficTable
from steelyard.errors import Fault, LogError
from steelyard.ingest.cache import cache_folder, local_salt, publish, staging, temporary_folder
from steelyard.ingest.canonical import MACROS, PARSER_VERSION
from steelyard.ingest.diagnosis import mixed_zones, nothing_usable
from steelyard.ingest.engine import connect
from steelyard.ingest.keeping import keep
from steelyard.ingest.limits import check_size
from steelyard.ingest.log_format import quoted_text
from steelyard.ingest.recognition import Group, groups_of
from steelyard.ingest.source import Source, sources_of
from steelyard.ingest.staging import Progress, stage
from steelyard.ingest.warehouse import is_warehouse_result, read_warehouse_cube

if TYPE_CHECKING:
    import duckdb

__all__ = ["DEFAULT_MAX_BYTES", "Progress", "read_logs"]

DEFAULT_MAX_BYTES = 1 << 36
"""Largest decompressed size read without being asked, 64 GiB [B]."""

_MEMORY = "1500MB"
"""Memory the engine may take; the rest spills to the scratch folder."""
_MOST_THREADS = 4
"""Threads that read: each holds a stretch of 128 MB and some thousand rows, and one alone unpacks a file."""
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
    with connect() as con:
        con.execute(f"SET temp_directory={quoted_text(str(scratch))}")
        if all(group.head.kind != "json" for group in groups):  # a document is read whole, whatever its size
            con.execute(f"SET memory_limit='{_MEMORY}'")
            con.execute(f"SET VARIABLE most = least(current_setting('threads'), {_MOST_THREADS})")
            con.execute("SET threads = getvariable('most')")
        con.execute(MACROS)
        staged, rejected = stage(con, groups, scratch, salt=salt, progress=progress)
        zone = _zone(con, groups, staged)
        repeated = _has_repeats(con, staged)
        keep(con, staged, scratch / _TABLE, salt=salt, deduplicate=repeated, odd_zone=zone.odd)
        counts = _counts(con, scratch / _TABLE, rejected)
    for leftover in scratch.glob("part_*"):
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


class _Zone(NamedTuple):
    words: str
    odd: bool | None


def _zone(con: "duckdb.DuckDBPyConnection", groups: Sequence[Group], staged: str) -> _Zone:
    stated = {group.form.zone for group in groups}
    if stated == {"relative"}:
        return _Zone("times are relative: neither zone nor day is known", None)
    if "unstated" not in stated:
        return _Zone("UTC by the vendor's definition", None)
    row = con.execute(
        "SELECT count(*) FILTER (WHERE zoned), count(*) FILTER (WHERE NOT zoned) "
        f"FROM ({staged}) WHERE start IS NOT NULL"
    ).fetchone()
    zoned, naive = (int(row[0]), int(row[1])) if row else (0, 0)
    if min(zoned, naive) > _ODD_ZONES * (zoned + naive):
        raise LogError(mixed_zones(groups, zoned=zoned, naive=naive))
    odd = None if not (zoned and naive) else zoned < naive
    words = "zone stated in the log, converted to UTC" if zoned > naive else "no zone stated in the log, read as UTC"
    return _Zone(words, odd)


def _has_repeats(con: "duckdb.DuckDBPyConnection", staged: str) -> bool:
    row = con.execute(f"SELECT count(id_hash) > count(DISTINCT id_hash) FROM ({staged})").fetchone()
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
