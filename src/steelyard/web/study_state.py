"""A study as a page holds it: what it starts from and what was changed; in the address, and as a study file."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from urllib.parse import urlencode

from steelyard.study.fields_yaml import Entry, Items, Keys, Node, Scalar, read_yaml

__all__ = ["BLANK", "FROM", "PRESETS", "State", "as_typed", "state_of"]

FROM = "from"
"""Key of the address that names what a study starts from."""
BLANK = "blank"
"""Starts from nothing."""
PRESETS: Mapping[str, str] = {
    "startup": "A start-up: 200 k requests a month, AI as a feature, no platform team",
    "hospital": "A hospital: clinical notes that may not leave its premises",
    "scale": "A consumer service: 100 M requests a month at about $0.001 a request",
    "legal-publisher": "A legal publisher: 1.2 B tokens nobody else holds",
    "model-company": "A company whose product is the model itself",
}
"""Organisations to start from: name -> words."""
_KEY = re.compile(r"[a-z_]{1,40}(\.[a-z_]{1,40}){0,2}")
_PLAIN = re.compile(r"[\w$%./+@][\w$%./+@ -]*")
_LONGEST = 400
_MOST = 60


@dataclass(frozen=True, slots=True)
class State:
    """What a study starts from, and what differs."""

    base: str
    """Name of a preset, or :data:`BLANK`."""
    changes: Mapping[str, str]
    """Study key, dotted -> value as typed; empty: the key is taken out."""

    @property
    def query(self) -> str:
        """The state as the query of an address: differences only."""
        return urlencode([(FROM, self.base), *sorted(self.changes.items())])

    def tree(self) -> Keys:
        """Return the study as a tree."""
        return _tree(self.base, tuple(self.changes.items()))

    def text(self) -> str:
        """Return the study file."""
        return "".join(_lines(key, entry.node) for key, entry in self.tree().entries.items()) or "traffic: {}\n"

    def value(self, key: str) -> str:
        """Return what a key holds, as it would be typed; empty where it is not given."""
        node: Node | None = self.tree()
        for part in key.split("."):
            node = node.entries[part].node if isinstance(node, Keys) and part in node.entries else None
        return "" if node is None else as_typed(node)


def as_typed(node: Node) -> str:
    """Return what a node holds, as it would be typed into one field."""
    return node.text if isinstance(node, Scalar) else _flow(node)


def state_of(pairs: Mapping[str, str]) -> State:
    """Return the state that the pairs of an address give: unknown words are left out, equal values are no difference.

    Parameters
    ----------
    pairs
        Key -> value, as in the address or a form.
    """
    base = pairs.get(FROM, BLANK)
    start = State(base if base in PRESETS else BLANK, {})
    given = [(key, _one_line(value)) for key, value in pairs.items() if _KEY.fullmatch(key)]
    changes = {key: value for key, value in given[:_MOST] if key != FROM and start.value(key) != value}
    return State(start.base, changes)


def _one_line(text: str) -> str:
    """Return a typed value without what no study file can hold: line ends and control characters."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())[:_LONGEST].strip()


@lru_cache(maxsize=256)
def _tree(base: str, changes: tuple[tuple[str, str], ...]) -> Keys:
    tree = _base_tree(base)
    for key, value in changes:
        tree = _with(tree, key.split("."), _node(value))
    return tree


@cache
def _base_tree(base: str) -> Keys:
    if base not in PRESETS:
        return Keys({}, 1)
    text = (files("steelyard.web") / "presets" / f"{base}.yaml").read_text(encoding="utf-8")
    root = read_yaml(text, base)[0]
    assert isinstance(root, Keys)  # a file of this package
    return root


def _node(text: str) -> Node | None:
    """Return a typed value as one node: whatever it holds, it cannot become another key."""
    if not text:
        return None
    node, faults = read_yaml(text, "value")
    return Scalar(text, 0, quoted=True) if faults or node is None else node


def _with(tree: Keys, path: list[str], node: Node | None) -> Keys:
    """Return the tree with one value set, or taken out."""
    entries, first = dict(tree.entries), path[0]
    if len(path) > 1:
        old = entries[first].node if first in entries else None
        node = _with(old if isinstance(old, Keys) else Keys({}, 0), path[1:], node)
    if node is None or (len(path) > 1 and isinstance(node, Keys) and not node.entries):
        entries.pop(first, None)
    else:
        entries[first] = Entry(node, 0)
    return Keys(entries, tree.line)


def _lines(key: str, node: Node) -> str:
    if isinstance(node, Keys) and node.entries:
        return f"{key}:\n" + "".join(f"  {_word(k)}: {_flow(e.node)}\n" for k, e in node.entries.items())
    return f"{_word(key)}: {_flow(node)}\n"


def _flow(node: Node) -> str:
    """Return a node in one line."""
    if isinstance(node, Items):
        return f"[{', '.join(map(_flow, node.items))}]"
    if isinstance(node, Keys):
        return "{" + ", ".join(f"{_word(key)}: {_flow(entry.node)}" for key, entry in node.entries.items()) + "}"
    if node.is_null:
        return "null"
    return json.dumps(node.text, ensure_ascii=False) if node.quoted else _word(node.text)


def _word(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text == text.strip() else json.dumps(text, ensure_ascii=False)
