"""One fact on a page: everything stated of it, how its number comes about, its sources, and what it rests on."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, cast, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from steelyard.cli.catalogue_view import dump
from steelyard.cli.terminal import printable
from steelyard.nouns import counted
from steelyard.units import Unit

if TYPE_CHECKING:
    from steelyard.domain.evidence import Evidence
    from steelyard.facts.origins import Origin
    from steelyard.facts.provenance import Provenance

__all__ = ["chain_json", "chain_lines"]

_WHOLE_FROM = 1_000
_STEP = "  "


def chain_lines(link: "Provenance", as_of: date, name: str, told: set[str] | None = None) -> list[str]:
    """Return a chain as lines, what it rests on indented below it; a link met before is only named.

    Parameters
    ----------
    link
        The chain.
    as_of
        Day of the catalogue.
    name
        The name asked for; the link's own where it is a parent.
    told
        Links already told in full; grows.
    """
    known = told if told is not None else set[str]()
    called = printable(name) if name == link.name else f"{printable(name)} = {printable(link.name)}"
    if link.name in known and told is not None:
        return [f"{called} ({link.kind}): above"]
    known.add(link.name)
    lines = [f"{called} ({link.kind}, known on {as_of})" if told is None else f"{called} ({link.kind})"]
    lines += _stated(link)
    lines += [f"how: {printable(step)}" for step in link.steps]
    for evidence in dict.fromkeys(link.evidence):
        lines += _source(evidence, as_of)
    lines += [f"from: {printable(_from(link.origin))}"] if link.origin is not None else []
    if link.parents:
        lines.append("rests on:")
        for parent in link.parents:
            head, *rest = chain_lines(parent, as_of, parent.name, known)
            lines += [_STEP + head, *(_STEP + _STEP + text for text in rest)]
    return lines


def _from(origin: "Origin") -> str:
    """Return where an entry lies, in words."""
    words = {"packaged": "packaged", "own": "your own figures", "refreshed": "prices you refreshed",
             "derived": "computed from what it rests on"}[origin.layer]  # fmt: skip
    return f"{words}, {origin.file}" if origin.file else words


def _stated(link: "Provenance") -> list[str]:
    """Return what the entry states: every field, or the one asked for with its meaning."""
    if link.entry is None:
        return []
    fields = type(link.entry).model_fields
    names = [link.field] if link.field else [name for name in fields if name not in {"evidence", "also"}]
    lines = [line for name in names for line in _lines(name, getattr(link.entry, name), fields[name], "")]
    if link.field:
        meaning = fields[link.field].description
        lines = [*(lines or [f"{link.field}: not known"]), *([f"  {' '.join(meaning.split())}"] if meaning else [])]
    return lines


def _lines(name: str, value: object, info: FieldInfo | None, indent: str) -> Iterator[str]:
    name = printable(name)
    if value is None or value in ("", (), {}):
        return
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        yield f"{indent}{name}:"
        for key in fields:
            yield from _lines(key, getattr(value, key), fields[key], indent + _STEP)
    elif isinstance(value, Mapping):
        yield f"{indent}{name}:"
        for key, held in cast(Mapping[object, object], value).items():
            yield from _lines(str(key), held, None, indent + _STEP)
    elif isinstance(value, tuple) and any(isinstance(item, BaseModel) for item in cast(tuple[object, ...], value)):
        for i, item in enumerate(cast(tuple[object, ...], value), 1):
            yield from _lines(f"{name} {i}", item, None, indent)
    else:
        many = ", ".join(map(str, cast(tuple[object, ...], value))) if isinstance(value, tuple) else _words(value)
        yield f"{indent}{name}: {printable(many)}{_unit(info)}"


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return format(value, ",.6g")
    return str(value)


def _unit(info: FieldInfo | None) -> str:
    symbol = next(_symbols(info), "") if info is not None else ""
    return "" if symbol in {"", "1", "count", "ratio"} else f" {symbol}"


def _symbols(info: FieldInfo) -> Iterator[str]:
    """Yield the units of a field, those of an optional number among them."""
    marks: list[object] = [*info.metadata]
    for part in get_args(info.annotation):
        marks += getattr(part, "__metadata__", ())
    yield from (mark.symbol for mark in marks if isinstance(mark, Unit))


def _source(evidence: "Evidence", as_of: date) -> list[str]:
    days = (as_of - evidence.as_of).days
    age = f"{counted(days, 'day')} ago" if days >= 0 else f"{counted(-days, 'day')} after the day asked"
    lines = [f"source: {printable(evidence.source)}",
             f"  seen {evidence.as_of} ({age}), grade {evidence.grade.value}"]  # fmt: skip
    lines += [f"  {printable(evidence.url)}"] if evidence.url else []
    lines += [f"  licence: {printable(evidence.licence)}"] if evidence.licence else []
    lines += [f"  note: {printable(evidence.note)}"] if evidence.note else []
    return lines


def chain_json(link: "Provenance", as_of: date) -> dict[str, object]:
    """Return a chain as JSON: the entry whole (or the field), its number with interval, steps, sources, parents."""
    dumped = dump(link.entry, as_of) if link.entry is not None else {}
    found: dict[str, object] = {"name": link.name, "kind": link.kind}
    if link.field:
        found |= {"field": link.field, "value": dumped.get(link.field)}
    elif link.entry is not None:
        found["entry"] = dumped
    return found | {
        "age_days": dumped.get("age_days"),
        "seen_later": dumped.get("seen_later", False),
        "number": link.headline._asdict() if link.headline is not None else None,
        "how": list(link.steps),
        "evidence": [evidence.model_dump(mode="json") for evidence in link.evidence],
        "from": link.origin._asdict() if link.origin is not None else None,
        "rests_on": [chain_json(parent, as_of) for parent in link.parents],
    }
