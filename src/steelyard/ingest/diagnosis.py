"""Why a log could not be used, said without quoting what may be text of a message.

These run only when reading has failed: they look at the files again, slowly, to name the row.
"""

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import cast

from steelyard.domain.traffic import RowCounts
from steelyard.errors import Fault
from steelyard.ingest.log_format import FileHead, LogFormat
from steelyard.ingest.recognition import Group
from steelyard.ingest.source import Source
from steelyard.nouns import counted

__all__ = ["damaged_file", "mixed_zones", "nothing_usable", "rows_too_long"]

_ROWS_LOOKED_AT = 100_000
_TIME_EXPECTED = "ISO 8601 such as 2026-10-01T09:30:00Z, or seconds since 1970"
_LOOKS_LIKE_TIME = re.compile(r"[\d:/. +TZ-]{1,40}")
_ZONE = re.compile(r"\d:\d\d.*(Z|z|UTC|GMT|[+-]\d\d(:?\d\d)?)$")


def damaged_file(batch: Sequence[Source], form: LogFormat, *, broken: bool) -> Fault | None:
    """Return what is wrong with a batch that cannot be read to its end, or None if it can still be mended.

    Parameters
    ----------
    batch
        The files.
    form
        Their format.
    broken
        Whether nothing short of a new export helps, even if every gzip stream is whole.
    """
    for source in batch:
        if source.head.packing == "gzip" and not _gzip_is_whole(source):
            return Fault("the gzip stream is truncated or damaged", source.head.name, "a complete gzip file",
                         "Copy the file again and compare its size with the original")  # fmt: skip
    if not broken:
        return None
    return Fault(f"the {batch[0].head.kind} structure breaks off or holds a row above 64 MB", _named(batch),
                 f"a complete {batch[0].head.kind} file of {form.title}",
                 "Export it again, or remove the damaged part")  # fmt: skip


def rows_too_long(batch: Sequence[Source]) -> Fault:
    """Return that rows are so long that some thousand do not fit the memory a log may take."""
    return Fault("its rows are so long that two thousand of them exceed the memory a log may take", _named(batch),
                 "rows below some 100 kB on average", "Export it without the text of requests and answers")  # fmt: skip


def _named(batch: Sequence[Source]) -> str:
    first = batch[0].head.name
    return first if len(batch) == 1 else f"{first} and {len(batch) - 1} more"


def _gzip_is_whole(source: Source) -> bool:
    try:
        with gzip.open(source.path, "rb") as file:
            while file.read(1 << 20):
                pass
    except (EOFError, zlib.error, gzip.BadGzipFile, OSError):
        return False
    return True


def nothing_usable(groups: Sequence[Group], counts: RowCounts) -> Fault:
    """Return why no row of the log counts, with the first row at fault."""
    group = groups[0]
    name = group.head.name
    if not counts.set_aside:
        return Fault("the log has a header and no row", name, "at least one row", "Export a span that holds requests")
    reason = max(counts.set_aside, key=lambda r: counts.set_aside[r])
    if reason == "time missing or unreadable" and group.form.mode == "text":
        return Fault("the page does not say since when its counters run", f"{name}: process_start_time_seconds",
                     "it, or the _created one of a counter", "Scrape the whole page, not a part of it")  # fmt: skip
    if reason == "time missing or unreadable":
        row, shown = _first_bad_time(group)
        return Fault(f"no time could be read ({shown})", f"{name}: row {row}", _TIME_EXPECTED,
                     "Map start_format, such as '%d/%m/%Y %H:%M', or correct the column of start")  # fmt: skip
    others = ", ".join(f"{n:,} {r}" for r, n in counts.set_aside.items())
    return Fault(f"no row can be used: {others}", f"{name}: row {_first_row(group.head)}",
                 f"rows of {group.form.title} with a time and token counts",
                 "Check --format, the delimiter and the mapping")  # fmt: skip


def _first_row(head: FileHead) -> int:
    return 2 if head.kind == "csv" else 1


def _differ(zoned: int, naive: int) -> str:
    return f"{counted(zoned, 'time states', 'times state')} a zone and {counted(naive, 'does', 'do')} not"


def mixed_zones(groups: Sequence[Group], *, zoned: int, naive: int) -> Fault:
    """Return where times with and without a zone meet."""
    stated: bool | None = None
    for group in (g for g in groups if g.form.zone == "unstated"):
        for source in group.sources:
            for row, text in _times(source, group):
                has_zone = bool(_ZONE.search(text))
                if stated is not None and has_zone != stated:
                    return Fault(f"{_differ(zoned, naive)}; they first differ here",
                                 f"{source.head.name}: row {row}", "a zone on every time, or on none",
                                 "Write every time in UTC with a trailing Z")  # fmt: skip
                stated = has_zone
    return Fault(_differ(zoned, naive), groups[0].head.name,
                 "a zone on every time, or on none", "Write every time in UTC with a trailing Z")  # fmt: skip


def _first_bad_time(group: Group) -> tuple[int, str]:
    for row, text in _times(group.sources[0], group):
        if not text:
            return row, "it is empty"
        if _LOOKS_LIKE_TIME.fullmatch(text):
            return row, f"{text!r}"
        return row, f"it is {len(text)} characters of text"
    return _first_row(group.head), "none was found"


def _times(source: Source, group: Group) -> Iterator[tuple[int, str]]:
    """Yield (row, text) of the time column of the first rows."""
    match = re.search(r'"((?:[^"]|"")+)"', group.form.columns.get("start_text", ""))
    column = match.group(1).replace('""', '"') if match else group.form.columns.get("start_text", "")
    if source.head.kind not in ("csv", "jsonl") or source.head.packing == "zstd":
        return
    with gzip.open(source.path, "rb") if source.head.packing == "gzip" else source.path.open("rb") as file:
        text = io.TextIOWrapper(cast(io.BufferedReader, file), encoding="utf-8-sig", errors="replace", newline="")
        if source.head.kind == "csv":
            rows = csv.DictReader(text, delimiter=source.head.delimiter)
            for number, row in enumerate(islice(rows, _ROWS_LOOKED_AT), start=2):
                yield number, str(row.get(column) or "")
        else:
            for number, line in enumerate(islice(text, _ROWS_LOOKED_AT), start=1):
                yield number, _value_of(line, column)


def _value_of(line: str, column: str) -> str:
    try:
        record: object = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    return str(cast(dict[str, object], record).get(column) or "") if isinstance(record, dict) else ""
