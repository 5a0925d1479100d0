"""Which format a file is of, and in which groups files can be read together."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from steelyard.errors import Fault, LogError, UnknownNameError
from steelyard.ingest.formats import known_formats
from steelyard.ingest.formats.plain import MAPPING_KEYS, mapped
from steelyard.ingest.log_format import FileHead, LogFormat, Mode
from steelyard.ingest.source import Source, read_head

__all__ = ["Group", "groups_of", "is_bill"]

_CONTAINERS: Mapping[Mode, tuple[str, ...]] = {
    "fields": ("csv", "parquet", "jsonl", "json"), "document": ("jsonl", "json"), "text": ("text",),
    "lines": ("text",)
}  # fmt: skip
"""Where a format can lie, by how it is read."""
_REQUIRED = ("start", "output_tokens")
_LOOK_ALIKES: Mapping[frozenset[str], tuple[str, str, str]] = {
    frozenset({"startTime", "spend", "models"}): (
        "LiteLLM summed its spend by day, without tokens", "its rows, one a request",
        "Ask /spend/logs with summarize=false, or export the table SpendLogs"),
    frozenset({"tables"}): (
        "Log Analytics answered with columns and rows apart", "one object a row, or CSV",
        "Export CSV in the portal, or ask with: az monitor log-analytics query --output json"),
}  # fmt: skip
"""Columns of answers that hold no usable row: what they are, what is expected, and how to get it."""
_GRAINS: Mapping[str, str] = {
    "request": "a log of single requests", "aggregate": "an aggregated export", "cost": "a bill"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """Files of one format, container and header: one query reads them."""

    form: LogFormat
    """Their format."""
    head: FileHead
    """The head they share."""
    sources: tuple[Source, ...]
    """The files."""


def is_bill(path: Path) -> bool:
    """Whether a file holds amounts and counts no tokens; False for one that cannot be read, which shows later."""
    try:
        return _format_of(read_head(path), None, None).grain == "cost"
    except (LogError, OSError):
        return False


def groups_of(
    sources: Sequence[Source], *, log_format: str | None = None, mapping: Mapping[str, str] | None = None
) -> list[Group]:
    """Return the files grouped by format, container and header.

    Raises
    ------
    LogError
        If a file is of no known format, lacks a column, or per-request and aggregated files are mixed.
    """
    if mapping is not None:
        _check_mapping(mapping)
    groups: dict[tuple[object, ...], tuple[LogFormat, FileHead, list[Source]]] = {}
    faults: list[Fault] = []
    for source in sources:
        try:
            form = _format_of(source.head, log_format, mapping)
        except LogError as error:
            faults.extend(error.faults)
            continue
        head = source.head
        key = (form.name, form.fields, form.rows, tuple(form.columns.items()),
               head.kind, head.packing, head.marked, head.delimiter, head.records_in,
               () if head.kind in ("json", "jsonl") else head.columns)  # fmt: skip
        groups.setdefault(key, (form, head, []))[2].append(source)
    if faults:
        raise LogError(faults)
    found = [Group(form, head, tuple(members)) for form, head, members in groups.values()]
    grains = {group.form.grain for group in found}
    if len(grains) > 1:
        first = {g.form.grain: g for g in reversed(found)}
        one, other = (first[grain] for grain in sorted(first)[:2])
        raise LogError(Fault(f"{_GRAINS[one.form.grain]} and {_GRAINS[other.form.grain]} are mixed, which would count "
                             "twice", f"{one.sources[0].head.name} and {other.sources[0].head.name}",
                             "files of one kind", "Give them to two runs, or leave one kind out"))  # fmt: skip
    return found


def _check_mapping(mapping: Mapping[str, str]) -> None:
    for name in mapping:
        if name not in MAPPING_KEYS:
            raise UnknownNameError("mapping key", name, MAPPING_KEYS, where="traffic.mapping")
    missing = [name for name in _REQUIRED if name not in mapping]
    if "input_tokens" not in mapping and "uncached_input" not in mapping:
        missing.append("input_tokens")
    if missing:
        raise LogError(Fault(f"the mapping lacks {', '.join(missing)}", "traffic.mapping",
                             "columns for start, input_tokens (or uncached_input) and output_tokens",
                             "Name the column of each"))  # fmt: skip


def _format_of(head: FileHead, log_format: str | None, mapping: Mapping[str, str] | None) -> LogFormat:
    if mapping is not None:
        form = mapped(mapping, head.columns)
    elif log_format is not None:
        known = {form.name: form for form in known_formats()}
        if log_format not in known:
            raise UnknownNameError("log format", log_format, known)
        form = known[log_format]
    else:
        form = next((form for form in known_formats() if form.matches(head)), None)
        if form is None:
            raise LogError(_unrecognised(head))
    if form.adapt is not None:
        form = form.adapt(head)
    _check_container(form, head)
    _check_columns(form, head)
    return form


_NAME = re.compile(r"@?[^\W\d][\w .$%()\[\]/:#&+-]{0,60}")
_VALUE = re.compile(r"(true|false|null|none|nan|https?:.*)", re.IGNORECASE)


def _unrecognised(head: FileHead) -> Fault:
    for columns, (what, expected, remedy) in _LOOK_ALIKES.items():
        if columns <= set(head.columns):
            return Fault(what, f"{head.name}: row 1", expected, remedy)
    if head.kind == "csv" and len(head.columns) == 1:
        what = "only one column was found; the delimiter may be none of comma, semicolon, tab and bar"
    elif head.kind == "text":
        what = "the text holds neither metrics of vLLM near its beginning nor records of Bedrock after the times"
    elif not head.columns:
        what = "the JSON holds no record: no object with a key was found near its beginning"
    else:
        what = f"no known format has the columns {_listed(head.columns)}"
    known = ", ".join(form.name for form in known_formats())
    return Fault(what, f"{head.name}: row 1", f"one of: {known}, or a mapping of columns",
                 "Add traffic.mapping, such as {start: at, input_tokens: in, output_tokens: out}")  # fmt: skip


def _listed(columns: Sequence[str], most: int = 12) -> str:
    """Return the names of columns; where the first row is none of names, only how many: it may hold text or people."""
    if not all(_NAME.fullmatch(name) and not _VALUE.fullmatch(name) for name in columns if name):
        return f"({len(columns)} in the first row, whose cells look like values and are not shown)"
    shown = ", ".join(repr(name[:40]) for name in columns[:most])
    return shown + (f" and {len(columns) - most} more" if len(columns) > most else "")


def _check_container(form: LogFormat, head: FileHead) -> None:
    """Refuse a format that was forced on a file it cannot be in."""
    tabular = head.kind in ("csv", "parquet")
    if head.kind in _CONTAINERS[form.mode] and form.fields and not (tabular and not any(map(head.has, form.fields))):
        return
    raise LogError(Fault(f"the file holds no {form.title}", f"{head.name}: row 1",
                         f"it in {' or '.join(_CONTAINERS[form.mode])}, not {_listed(head.columns) or 'plain text'}",
                         "Leave --format out, and the file is recognised by what it holds"))  # fmt: skip


def _check_columns(form: LogFormat, head: FileHead) -> None:
    if form.mode == "text" and head.packing != "none":
        raise LogError(Fault("pages of text are not read compressed", head.name, f"plain text of {form.title}",
                             "Unpack it first: gunzip, or zstd -d"))  # fmt: skip
    if head.kind in ("text", "jsonl", "json"):
        return  # the first record need not hold every key; what is missing is counted row by row
    lost = [name for name in form.needs if not head.has(name)]
    if not lost:
        return
    near = [n for name in lost for n in difflib.get_close_matches(name, head.columns, n=1, cutoff=0.5)]
    hint = f"Did you mean {near[0]!r}?" if near else "Export it with that column, or correct traffic.mapping"
    raise LogError(Fault(f"column {lost[0]!r} is missing", f"{head.name}: row 1",
                         f"it among {_listed(head.columns)}", hint))  # fmt: skip
