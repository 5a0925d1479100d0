"""What a key of the study file may hold: one table is parser, default, documentation and JSON Schema.

A :class:`Field` names a key, its kind, its default with the reason for it; a :class:`Section` is a mapping of
fields. Reading never stops at the first fault: a :class:`Reader` collects all of them and every default used.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

from steelyard.domain.study import Assumed
from steelyard.errors import Fault
from steelyard.study.fields_yaml import Items, Keys, Node, Scalar, read_yaml

__all__ = ["BROKEN", "Broken", "Build", "Field", "Kind", "Reader", "Section", "Values", "any_of", "describe",
           "read_section"]  # fmt: skip


class Broken:
    """Stands for a value whose fault has been reported."""


BROKEN = Broken()


@dataclass
class Reader:
    """Collects, while a study is read, every fault and every default used."""

    where: str
    """File name without path."""
    base: Path | None = None
    """Folder against which paths are checked; None: paths are not checked."""
    faults: list[Fault] = field(default_factory=lambda: [])
    """Everything wrong, in the order met."""
    assumed: list[Assumed] = field(default_factory=lambda: [])
    """Every default used."""

    def fault(self, at: "Node | int", key: str, what: str, *, expected: str = "", remedy: str = "") -> Broken:
        """Note a fault at a line and key; return the stand-in for the value."""
        line = at if isinstance(at, int) else at.line
        place = f"{self.where}, line {line}" if line else self.where
        self.faults.append(Fault(what, f"{place}, {key}" if key else place, expected, remedy))
        return BROKEN

    def assume(self, key: str, value: str, reason: str) -> None:
        """Note a default."""
        self.assumed.append(Assumed(key=key, value=value, reason=reason))


class Kind(Protocol):
    """What a key holds."""

    @property
    def expected(self) -> str:
        """What a right value looks like, in words."""
        ...

    def read(self, node: Node, reader: Reader, key: str) -> object:
        """Return the value, or :data:`BROKEN` after noting a fault."""
        ...

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema of the values accepted."""
        ...


@dataclass(frozen=True)
class Field:
    """One key: what it holds, what it means, what is used where it is absent."""

    key: str
    """Key as written in the file."""
    kind: Kind
    """What it holds."""
    help: str
    """One sentence for editors, the interview and the reference."""
    attribute: str = ""
    """Name in the domain value; the key itself where empty."""
    default: str | None = None
    """Default as it would be written in the file; None: the value is simply absent."""
    reason: str = ""
    """Why this default, with its source."""
    unknown: str = ""
    """For a key without default: what its absence means, listed as an assumption."""
    required: bool = False
    """Whether the study is useless without it."""

    @property
    def name(self) -> str:
        """Name in the domain value."""
        return self.attribute or self.key


Values = dict[str, object]
Build = Callable[[Values, Keys, Reader, str], object]
Check = Callable[[Values, Keys, Reader, str], None]


@dataclass(frozen=True)
class Section:
    """A mapping of fields, built into one value."""

    fields: tuple[Field, ...]
    build: Build
    """Makes the value; called only where everything in the section is right."""
    example: str = ""
    """What a right section looks like."""
    check: Check | None = None
    """Notes faults between keys; always called, with the values that could be read."""

    @property
    def expected(self) -> str:
        """What a right value looks like, in words."""
        keys = ", ".join(entry.key for entry in self.fields)
        return f"a mapping with keys among: {keys}"

    def read(self, node: Node, reader: Reader, key: str) -> object:
        """Return the built value, or :data:`BROKEN` after noting faults."""
        if not isinstance(node, Keys):
            return reader.fault(node, key, f"{describe(node)} instead of a mapping", expected=self.expected,
                                remedy=f"Write it like {self.example}" if self.example else "")  # fmt: skip
        return read_section(self, node, reader, key)

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema of the mapping."""
        required = [entry.key for entry in self.fields if entry.required]
        schema: dict[str, object] = {
            "type": "object",
            "additionalProperties": False,
            "properties": {entry.key: _property(entry) for entry in self.fields},
        }
        return schema | ({"required": required} if required else {})


def _property(entry: Field) -> dict[str, object]:
    note = f" Default: {entry.default} ({entry.reason})." if entry.default is not None else ""
    schema = entry.kind.schema() if entry.required else _or_null(entry.kind.schema())
    return {"description": entry.help + note} | schema


def _or_null(schema: dict[str, object]) -> dict[str, object]:
    """Allow a key without a value: it counts as not given."""
    for key, null in (("anyOf", {"type": "null"}), ("enum", None)):
        if key in schema:
            return schema | {key: [*cast(list[object], schema[key]), null]}
    kinds = schema["type"]
    return schema | {"type": [*cast(list[object], kinds), "null"] if isinstance(kinds, list) else [kinds, "null"]}


def read_section(section: Section, node: Keys, reader: Reader, prefix: str) -> object:
    """Return the section's value from its mapping, noting unknown keys, faults and defaults on the way."""
    before = len(reader.faults)
    _note_unknown_keys(section, node, reader, prefix)
    values: Values = {}
    for entry in section.fields:
        value = _read_field(entry, node, reader, _join(prefix, entry.key))
        if value is not None and not isinstance(value, Broken):
            values[entry.name] = value
    if section.check is not None:
        section.check(values, node, reader, prefix)
    if len(reader.faults) > before:
        return BROKEN
    return section.build(values, node, reader, prefix)


def _read_field(entry: Field, parent: Keys, reader: Reader, key: str) -> object:
    found = parent.entries.get(entry.key)
    if found is not None and not (isinstance(found.node, Scalar) and found.node.is_null):
        return entry.kind.read(found.node, reader, key)
    if entry.required:
        line = found.line if found is not None else parent.line
        return reader.fault(line, key, f"{entry.key!r} is missing", expected=entry.kind.expected, remedy=entry.help)
    if entry.default is None:
        if entry.unknown:
            reader.assume(key, "not given", entry.unknown)
        return None
    return _read_default(entry, parent.line, reader, key)


def _read_default(entry: Field, line: int, reader: Reader, key: str) -> object:
    """Read the default through the same parser as the user's own words, so that both mean the same."""
    node, faults = read_yaml(entry.default or "", "default")
    if node is None or faults:
        raise AssertionError(f"default of {key} is not YAML: {entry.default!r}")
    own = Reader("default")
    value = entry.kind.read(_moved(node, line), own, key)
    if own.faults:
        raise AssertionError(f"default of {key} is not valid: {own.faults[0]}")
    if own.assumed:
        reader.assumed.extend(own.assumed)
    if entry.reason:
        reader.assume(key, entry.default or "", entry.reason)
    return value


def _moved(node: Node, line: int) -> Node:
    if isinstance(node, Scalar):
        return Scalar(node.text, line, node.quoted)
    return node


def _note_unknown_keys(section: Section, node: Keys, reader: Reader, prefix: str) -> None:
    known = [entry.key for entry in section.fields]
    for name, entry in node.entries.items():
        if name in known:
            continue
        near = difflib.get_close_matches(name, known, n=2, cutoff=0.6)
        remedy = f"Did you mean {' or '.join(repr(key) for key in near)}?" if near else _home(name, section)
        reader.fault(entry.line, _join(prefix, name), f"unknown key {name!r}",
                     expected=f"one of: {', '.join(known)}", remedy=remedy)  # fmt: skip


def _home(name: str, section: Section) -> str:
    """Say where a key belongs that was put one level too high."""
    for entry in section.fields:
        if isinstance(entry.kind, Section) and name in {inner.key for inner in entry.kind.fields}:
            return f"Put it under `{entry.key}:`"
    return "Remove it, or check its spelling"


def _join(prefix: str, key: str) -> str:
    return f"{prefix}.{key}" if prefix else key


def describe(node: Node) -> str:
    """Return what a node is, in words."""
    if isinstance(node, Items):
        return "a list"
    if isinstance(node, Keys):
        return "a mapping"
    return repr(node.text)


def any_of(schemas: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Return the JSON Schema that accepts what any of ``schemas`` accepts."""
    return {"anyOf": [dict(schema) for schema in schemas]}
