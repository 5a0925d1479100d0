"""YAML text as a tree that remembers lines: no tags, no aliases, no guessing of types, bounded in size and depth.

Scalars stay text, so ``NO`` is a country and ``12M`` a quantity; what a text means is settled by the key that holds it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from steelyard.errors import Fault

__all__ = ["Entry", "Items", "Keys", "Node", "Scalar", "read_yaml"]

_MOST_CHARACTERS = 200_000
_MOST_NODES = 20_000
_DEEPEST = 12
_NULL_TEXTS = {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as written."""

    text: str
    line: int
    quoted: bool = False

    @property
    def is_null(self) -> bool:
        """Whether nothing was given."""
        return not self.quoted and self.text in _NULL_TEXTS


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: "tuple[Node, ...]"
    line: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping with its value."""

    node: "Node"
    line: int


@dataclass(frozen=True, slots=True)
class Keys:
    """A mapping, in the order written."""

    entries: dict[str, Entry]
    line: int


Node = Scalar | Items | Keys


class _StopReadingError(Exception):
    """Carries the one fault after which the rest of the text makes no sense."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault


class _Builder:
    """Builds the tree from parse events, collecting faults that do not stop it."""

    def __init__(self, events: Iterator[Event], where: str) -> None:
        self._events = events
        self._where = where
        self._nodes = 0
        self.faults: list[Fault] = []

    def document(self) -> Node | None:
        """Return the first document's root, or None if there is none."""
        root: Node | None = None
        documents = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.faults.append(Fault("a second document starts here", self._at(_line(event)),
                                             "one study per file", "Remove `---` and what follows"))  # fmt: skip
                    break
                root = self._node(next(self._events), 0)
        return root

    def _node(self, event: Event, depth: int) -> Node:
        line = _line(event)
        self._bound(depth, line)
        if isinstance(event, AliasEvent):
            self.faults.append(Fault(f"YAML alias *{_text(event, 'anchor')}", self._at(line), "values written out",
                                     "Repeat the value here"))  # fmt: skip
            return Scalar("", line)
        if isinstance(event, NodeEvent):
            self._refuse_tag(event, line)
        if isinstance(event, ScalarEvent):
            return Scalar(_text(event, "value"), line, quoted=bool(_text(event, "style")))
        if isinstance(event, SequenceStartEvent):
            return Items(tuple(self._items(depth + 1)), line)
        if isinstance(event, MappingStartEvent):
            return Keys(self._entries(depth + 1), line)
        raise AssertionError(f"unexpected event {event!r}")

    def _items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), SequenceEndEvent):
            yield self._node(event, depth)

    def _entries(self, depth: int) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key, line = self._node(event, depth), _line(event)
            value = self._node(next(self._events), depth)
            if not isinstance(key, Scalar):
                self.faults.append(Fault("a key that is itself a list or a mapping", self._at(line), "a word as key",
                                         "Check brackets and indentation"))  # fmt: skip
            elif key.text in entries:
                self.faults.append(Fault(f"key {key.text!r} is given twice (first on line {entries[key.text].line})",
                                         self._at(line), "each key once", "Remove one of them"))  # fmt: skip
            else:
                entries[key.text] = Entry(value, line)
        return entries

    def _refuse_tag(self, event: NodeEvent, line: int) -> None:
        tag, anchor = _text(event, "tag"), _text(event, "anchor")
        if tag:
            self.faults.append(Fault(f"YAML tag {tag!r}", self._at(line), "plain values without tags",
                                     "Remove the tag; no tag is ever interpreted"))  # fmt: skip
        if anchor:
            self.faults.append(Fault(f"YAML anchor &{anchor}", self._at(line), "values without anchors",
                                     "Remove the anchor and repeat the value where it is needed"))  # fmt: skip

    def _bound(self, depth: int, line: int) -> None:
        self._nodes += 1
        if depth > _DEEPEST:
            raise _StopReadingError(Fault(f"nesting deeper than {_DEEPEST} levels", self._at(line),
                                          "a study's few levels", "Check brackets and indentation"))  # fmt: skip
        if self._nodes > _MOST_NODES:
            raise _StopReadingError(Fault(f"more than {_MOST_NODES:,} values", self._at(line), "a study",
                                          "Put data into a log and name it under `traffic: log:`"))  # fmt: skip

    def _at(self, line: int) -> str:
        return f"{self._where}, line {line}"


def read_yaml(text: str, where: str) -> tuple[Node | None, list[Fault]]:
    """Return the tree of ``text`` and the faults of its form; None where there is nothing or it cannot be read."""
    if len(text) > _MOST_CHARACTERS:
        fault = Fault(f"{len(text):,} characters", where, f"a study of at most {_MOST_CHARACTERS:,} characters",
                      "Check that this is the study file, and not a log")  # fmt: skip
        return None, [fault]
    builder: _Builder | None = None
    try:
        builder = _Builder(iter(YAML(typ="safe", pure=True).parse(text)), where)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] -- ruamel ships no types here
        return builder.document(), builder.faults
    except _StopReadingError as stop:
        return None, [*(builder.faults if builder else []), stop.fault]
    except YAMLError as error:
        return None, [*(builder.faults if builder else []), _syntax_fault(error, where)]


def _syntax_fault(error: YAMLError, where: str) -> Fault:
    expected, remedy = "YAML 1.2", "Check indentation, quotes and brackets near there"
    if not isinstance(error, MarkedYAMLError):
        return Fault(f"not YAML: {' '.join(str(error).split())}", where, expected, remedy)
    words = " ".join(part for part in (_text(error, "context"), _text(error, "problem")) if part)
    if "\\t" in words:
        remedy = "Indent with spaces: YAML forbids tabs"
    mark: object = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    at = f"{where}, line {_number(mark, 'line') + 1}, column {_number(mark, 'column') + 1}" if mark else where
    return Fault(f"not YAML: {words}", at, expected, remedy)


def _line(event: Event) -> int:
    return _number(getattr(event, "start_mark", None), "line") + 1


def _text(holder: object, name: str) -> str:
    value: object = getattr(holder, name, None)
    return "" if value is None else str(value)


def _number(holder: object, name: str) -> int:
    return int(getattr(holder, name, 0))
