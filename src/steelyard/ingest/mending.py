"""A CSV whose quotes break the engine's parser, read line by line instead: slower, and every line is counted.

Only the fields of the format are copied, so message text stays in the log.
"""

import csv
import gzip
import io
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, cast

from steelyard.ingest.log_format import FileHead, LogFormat
from steelyard.ingest.source import Source

__all__ = ["Mended", "mend_csv"]

_LONGEST_FIELD = 1 << 24


class Mended(NamedTuple):
    """A clean copy of the fields read, and the lines that could not be split."""

    path: Path
    head: FileHead
    unreadable: int


def mend_csv(source: Source, form: LogFormat, target: Path) -> Mended:
    """Copy the fields of a format to a clean CSV, one physical line a row.

    Parameters
    ----------
    source
        The damaged file.
    form
        Names the fields to keep.
    target
        File to write.
    """
    head = source.head
    found = [(name, head.column(name)) for name in form.fields]
    places = [(name, head.columns.index(column)) for name, column in found if column is not None]
    unreadable = 0
    before = csv.field_size_limit(_LONGEST_FIELD)
    try:
        with (
            gzip.open(source.path, "rb") if head.packing == "gzip" else source.path.open("rb") as file,
            target.open("w", encoding="utf-8", newline="") as out,
        ):
            lines = io.TextIOWrapper(cast("io.BufferedReader", file), encoding="utf-8-sig", errors="replace",
                                     newline="\n")  # fmt: skip
            writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writerow([name for name, _ in places])
            next(lines, None)
            for line in lines:
                cells = _cells(line.rstrip("\r\n"), head)
                if cells is None:
                    unreadable += 1
                elif cells:
                    writer.writerow([cells[place].replace("\x00", "") for _, place in places])
    finally:
        csv.field_size_limit(before)
    clean = replace(head, columns=tuple(name for name, _ in places), packing="none", delimiter=",")
    return Mended(target, clean, unreadable)


def _cells(line: str, head: FileHead) -> list[str] | None:
    if not line.strip(" \t\r"):
        return []
    try:
        cells = next(csv.reader([line], delimiter=head.delimiter, strict=True), None)
    except csv.Error:
        return None
    return cells if cells is not None and len(cells) == len(head.columns) else None
