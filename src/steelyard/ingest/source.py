"""Files as they lie on disk: found, hashed, their container and head recognised, their faults named."""

import csv
import gzip
import hashlib
import io
import json
import os
import re
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

from steelyard.errors import Fault, LogError, unreadable
from steelyard.ingest.engine import connect, opens
from steelyard.ingest.log_format import FileHead

__all__ = ["Packing", "Source", "lines_of_zstd", "read_head", "sources_of"]

Packing = Literal["none", "gzip", "zstd"]
"""How a file is compressed."""

_HEAD_BYTES = 1 << 16
_HEAD_LIMIT_BYTES = 1 << 24
_CHUNK_BYTES = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"
_PARQUET_MAGIC = b"PAR1"
_DELIMITERS = ",;\t|"
_RECORD_KEYS = ("data", "rows", "items", "logs", "result", "records", "events", "observations")
_MARK = b"\xef\xbb\xbf"
_OTHER_PACKINGS = {b"PK\x03\x04": "a zip archive or a workbook", b"BZh": "bzip2", b"\xfd7zXZ": "xz",
                   b"7z\xbc\xaf": "7-Zip"}  # fmt: skip
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_LINES = 2_048
_METRIC = re.compile(r"[A-Za-z_][\w:]*(\{.*\})? [-+0-9.eE]+( \d+)?\s*$")
"""A line of Prometheus text."""
_DATED_LINE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[-+]\d\d:?\d\d)? \S")
"""A line of a log stream: its time, then the message."""
_MOST_BESIDE = 3
"""Keys an envelope around one record may have."""
_TEXT_HOLDERS = frozenset({"messages", "request", "response", "proxy_server_request", "request_body", "response_body",
                           "input", "output", "prompt", "completion", "content", "metadata"})  # fmt: skip
"""Keys under which a record keeps what was asked and answered: keys below them may be anything and tell no format."""
_PLAIN_LIST = re.compile(r"\[[^\[\]{}]*\]")


@dataclass(frozen=True, slots=True)
class Source:
    """One file: where it lies, what its bytes are, what its head shows."""

    path: Path
    """Where it lies."""
    sha256: str
    """Hash of its bytes."""
    size_bytes: int
    """Size as stored [B]."""
    head: FileHead
    """What its beginning shows."""


def sources_of(paths: Sequence[Path]) -> list[Source]:
    """Return the files, each once, in the order given; every file that cannot be read is one fault.

    Raises
    ------
    LogError
        If there is no file, or any is missing, empty, a truncated gzip, or not text in UTF-8.
    """
    if not paths:
        raise LogError(Fault("no log file was given", "log", "at least one file",
                             "Check the pattern under traffic.log, or state requests_per_month instead"))  # fmt: skip
    found: list[Source] = []
    faults: list[Fault] = []
    for path in dict.fromkeys(Path(p) for p in paths):
        try:
            found.append(_source(path))
        except LogError as error:
            faults.extend(error.faults)
    if faults:
        raise LogError(faults)
    return found


def _source(path: Path) -> Source:
    if not opens(path):
        coding = sys.getfilesystemencoding()
        remedy = ("Rename the file or its folder" if coding == "utf-8" else
                  f"Set PYTHONUTF8=1 (names are read as {coding} here), or rename the file or its folder")  # fmt: skip
        name = os.fsencode(path).decode(errors="replace")
        raise LogError(Fault(f"{name!r} is a path that cannot be read here", path.name, "a path in UTF-8", remedy))
    digest = hashlib.sha256()
    size = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise LogError(unreadable(error, path.name, expected="a readable file",
                                  remedy="Check the path and its permissions",
                                  in_a_folder=f"Name the files in it, such as {path.name}/*")) from None  # fmt: skip
    if size == 0:
        raise LogError(Fault("the file is empty", path.name, "at least one row", "Export it again, or leave it out"))
    return Source(path=path, sha256=digest.hexdigest(), size_bytes=size, head=read_head(path))


def read_head(path: Path) -> FileHead:
    """Return what the beginning of the file shows.

    Raises
    ------
    LogError
        If the head is a broken gzip, is not UTF-8, or holds nothing.
    """
    with path.open("rb") as file:
        magic = file.read(6)
    if magic[:4] == _PARQUET_MAGIC:
        return _parquet_head(path)
    packing = _packing(magic, path.name)
    raw = _first_bytes(path, packing, _HEAD_BYTES)
    text = _decode(raw, path.name)
    if not text.strip():
        raise LogError(Fault("the file holds only white space", path.name, "at least one row",
                             "Export it again, or leave it out"))  # fmt: skip
    head = _json_head(path, packing, text) if text.lstrip()[0] in "{[" else _table_head(path.name, packing, text)
    return replace(head, marked=raw.startswith(_MARK))


def _packing(magic: bytes, name: str) -> Packing:
    for start, what in _OTHER_PACKINGS.items():
        if magic.startswith(start):
            raise LogError(Fault(f"the file is {what}", name, "a plain file, gzip or Zstandard",
                                 "Unpack it first, or export CSV or JSON lines"))  # fmt: skip
    if magic.startswith(_ZSTD_MAGIC):
        return "zstd"
    return "gzip" if magic.startswith(_GZIP_MAGIC) else "none"


def lines_of_zstd(path: Path) -> Iterator[list[bytes]]:
    """Yield the lines of a Zstandard file, some thousand at a time.

    Raises
    ------
    LogError
        If the stream is damaged.
    """
    import duckdb  # noqa: PLC0415  heavy: loads only when a log is read

    try:
        with connect() as con:
            con.execute(
                "SELECT encode(line) FROM read_csv($1, columns={'line': 'VARCHAR'}, auto_detect=false, header=false, "
                "delim='\x01', quote='', escape='', compression='zstd', max_line_size=16777216)", [str(path)]
            )  # fmt: skip
            while lines := con.fetchmany(_LINES):
                yield [bytes(row[0] or b"") for row in lines]
    except duckdb.Error:
        raise LogError(Fault("the Zstandard stream is truncated or damaged", path.name, "a complete file",
                             "Copy the file again and compare its size with the original")) from None  # fmt: skip


def _first_bytes(path: Path, packing: Packing, limit: int) -> bytes:
    if packing == "zstd":
        found = b""
        for lines in lines_of_zstd(path):
            found += b"\n".join(lines) + b"\n"
            if len(found) >= limit:
                break
        return found
    try:
        with gzip.open(path, "rb") if packing == "gzip" else path.open("rb") as file:
            return file.read(limit)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise LogError(Fault("the gzip stream is truncated or damaged", path.name, "a complete gzip file",
                             "Copy the file again and compare its size with the original")) from None  # fmt: skip


def _decode(raw: bytes, name: str) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise LogError(Fault("the file is UTF-16", name, "UTF-8", "Convert it: iconv -f utf-16 -t utf-8"))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(raw) - error.start < 4 and len(raw) >= _HEAD_BYTES:
            return raw[: error.start].decode("utf-8-sig")
        row = raw[: error.start].count(b"\n") + 1
        raise LogError(Fault(f"byte {error.start} is not UTF-8", f"{name}: row {row}", "text in UTF-8",
                             "Convert it: iconv -f latin1 -t utf-8, or export it as UTF-8")) from None  # fmt: skip


def _parquet_head(path: Path) -> FileHead:
    import duckdb  # noqa: PLC0415  heavy: loads only when a log is read

    try:
        with connect() as con:
            rows = con.execute("SELECT column_name, column_type FROM (DESCRIBE FROM read_parquet($1))",
                               [str(path)]).fetchall()  # fmt: skip
    except duckdb.Error:
        raise LogError(Fault("the Parquet file is damaged", path.name, "a complete Parquet file",
                             "Write it again")) from None  # fmt: skip
    deep = frozenset(str(name) for name, kind in rows if str(kind).startswith(("STRUCT", "MAP")) or "]" in str(kind))
    columns = tuple(str(name) for name, _ in rows)
    return FileHead(name=path.name, kind="parquet", packing="none", columns=columns, nested=deep)


def _json_head(path: Path, packing: Packing, text: str) -> FileHead:
    nested = _keys_of_records(text)
    line, ended = text.lstrip().partition("\n")[::2]
    record = _object(line)
    if record is None and not ended and len(text) >= _HEAD_BYTES // 4:
        wider = _first_bytes(path, packing, _HEAD_LIMIT_BYTES).decode("utf-8-sig", errors="ignore").lstrip()
        line = wider.partition("\n")[0]
        record = _object(line)
        nested |= _keys_of_records(line)
    kind, records_in = _json_kind(text, record)
    if record is None or records_in is not None:
        record = _first_record(text, after=_start_of_records(text, records_in))
    columns = tuple(record) if record else tuple(sorted(nested))
    return FileHead(name=path.name, kind=kind, packing=packing, columns=columns, nested=nested, records_in=records_in,
                    escaped=_keys_escaped(text, r'\\"'))  # fmt: skip


def _start_of_records(text: str, records_in: str | None) -> int:
    if records_in is None:
        return -1
    found = re.search(rf'"{records_in}"\s*:\s*[\[{{]', text)
    return found.end() - 2 if found else text.find("[")


def _json_kind(text: str, record: dict[str, object] | None) -> tuple[Literal["json", "jsonl"], str | None]:
    start = text.lstrip()
    if start[0] == "[":
        first = re.match(r'\[\s*\{(?:\s*"\w+"\s*:\s*(?:"[^"]*"|true|false|null|\d+)\s*,)*\s*"('
                         + "|".join(_RECORD_KEYS) + r')"\s*:\s*\[\s*[{\]]', start)  # fmt: skip
        return "json", first.group(1) if first else None
    if record is not None:
        holder = next((key for key in _RECORD_KEYS if isinstance(record.get(key), list)), None)
        records = cast(list[object], record.get(holder)) if holder else []
        if holder and "start_time" not in record and (not records or isinstance(records[0], dict)):
            return "json", holder
        inner = record.get("data")
        if isinstance(inner, dict) and len(record) <= _MOST_BESIDE:
            return "json", "data"  # one record in an envelope
        return "jsonl", None
    found = re.search(r'"(' + "|".join(_RECORD_KEYS) + r')"\s*:\s*\[', start)
    outside = found is not None and "[" not in _PLAIN_LIST.sub("", start[: found.start()])
    return "json", found.group(1) if found and outside else None


def _object(line: str) -> dict[str, object] | None:
    try:
        value: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return cast(dict[str, object], value) if isinstance(value, dict) else None


def _first_record(text: str, *, after: int) -> dict[str, object] | None:
    decoder = json.JSONDecoder()
    for found in _starts_of_objects(text, after):
        try:
            value: object = decoder.raw_decode(text, found)[0]
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and value:
            return cast(dict[str, object], value)
    return None


def _starts_of_objects(text: str, position: int, most: int = 8) -> Iterator[int]:
    for _ in range(most):
        position = text.find("{", position + 1)
        if position < 0:
            return
        yield position


def _keys_of_records(text: str) -> frozenset[str]:
    """Return the keys of the JSON values that are whole, without those of messages; where none is, all keys."""
    decoder = json.JSONDecoder()
    keys: set[str] = set()
    position = 0
    while (found := text.find("{", position)) >= 0 and not text[position:found].strip(" \t\r\n,["):
        try:
            value, position = decoder.raw_decode(text, found)
        except (ValueError, RecursionError):
            break
        keys.update(_structure(value))
    return frozenset(keys or _keys_met(text))


def _structure(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in cast(dict[str, object], value).items():
            yield key
            if key not in _TEXT_HOLDERS:
                yield from _structure(inner)
    elif isinstance(value, list):
        for inner in cast(list[object], value):
            yield from _structure(inner)


def _keys_met(text: str) -> Iterator[str]:
    return (match.group(1) for match in re.finditer(r'"([A-Za-z_][\w.]{0,60})"\s*:', text))


def _keys_escaped(text: str, quote: str) -> frozenset[str]:
    """Return the keys of JSON inside strings, whose quotes the container writes as ``quote`` (a pattern)."""
    return frozenset(match.group(1) for match in re.finditer(rf"{quote}([A-Za-z_][\w.]{{0,60}}){quote}\s*:", text))


def _table_head(name: str, packing: Packing, text: str) -> FileHead:
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first.startswith("#") or _METRIC.match(first):
        return FileHead(name=name, kind="text", packing=packing, columns=(), text=text)
    if _DATED_LINE.match(first):
        return FileHead(name=name, kind="text", packing=packing, columns=(), nested=frozenset(_keys_met(text)))
    delimiter = max(_DELIMITERS, key=first.count)
    if first.count(delimiter) == 0:
        delimiter = ","
    columns = tuple(cell.strip() for cell in next(csv.reader(io.StringIO(first), delimiter=delimiter)))
    return FileHead(name=name, kind="csv", packing=packing, columns=columns, delimiter=delimiter,
                    escaped=_keys_escaped(text, '""'))  # fmt: skip
