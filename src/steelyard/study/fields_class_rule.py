"""The rule of a traffic class: which requests of the log belong to it."""

from collections.abc import Mapping
from dataclasses import dataclass

from steelyard.study.fields import BROKEN, Broken, Reader, any_of, describe
from steelyard.study.fields_yaml import Items, Keys, Node, Scalar
from steelyard.study.quantities import TOKENS_PER_REQUEST, QuantityError, exactly, parse_quantity

__all__ = ["RULE_KEYS", "RuleKind"]

RULE_KEYS = ("model", "operation", "key", "team", "user", "session", "tag", "batch", "input_tokens", "output_tokens")
"""What a rule may ask for, in the words of a study."""
_LENGTHS = ("input_tokens", "output_tokens")
_SIGNS = {"over ": ">", "above ": ">", "up to ": "<=", "at most ": "<="}
_LONGEST = 200
_TOKENS = exactly(TOKENS_PER_REQUEST, low=1)
_YES_NO = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}


@dataclass(frozen=True)
class RuleKind:
    """A mapping of keys to values, any of which fits; every key must fit."""

    @property
    def expected(self) -> str:
        """What a right value looks like, in words."""
        return "a rule such as {team: support, model: gpt-5*, input_tokens: over 8k}"

    def read(self, node: Node, reader: Reader, key: str) -> Mapping[str, tuple[str, ...]] | Broken:
        """Return key -> values."""
        if not isinstance(node, Keys) or not node.entries:
            return reader.fault(node, key, f"{describe(node)} instead of a rule", expected=self.expected)
        rule: dict[str, tuple[str, ...]] = {}
        broken = False
        for name, entry in node.entries.items():
            if name not in RULE_KEYS:
                reader.fault(entry.line, f"{key}.{name}", f"unknown key {name!r} of a rule",
                             expected=f"one of: {', '.join(RULE_KEYS)}")  # fmt: skip
                broken = True
                continue
            items = entry.node.items if isinstance(entry.node, Items) else (entry.node,)
            values = [_value(name, item, reader, f"{key}.{name}") for item in items]
            broken = broken or any(isinstance(value, Broken) for value in values) or not values
            rule[name] = tuple(value for value in values if isinstance(value, str))
        return BROKEN if broken else rule

    def schema(self) -> dict[str, object]:
        """Return the mapping."""
        text: dict[str, object] = {"type": ["string", "number", "boolean"]}
        value = any_of([text, {"type": "array", "minItems": 1, "items": text}])
        return {"type": "object", "additionalProperties": False, "minProperties": 1,
                "properties": dict.fromkeys(RULE_KEYS, value)}  # fmt: skip


def _value(name: str, node: Node, reader: Reader, key: str) -> str | Broken:
    if not isinstance(node, Scalar) or node.is_null or not 0 < len(node.text) <= _LONGEST:
        return reader.fault(node, key, f"{describe(node)} instead of a value", expected="a name, or a list of names")
    if name in _LENGTHS:
        return _length(node, reader, key)
    if name == "batch":
        if node.text.lower() not in _YES_NO:
            return reader.fault(node, key, f"{node.text!r}", expected="yes or no")
        return _YES_NO[node.text.lower()]
    return node.text


def _length(node: Scalar, reader: Reader, key: str) -> str | Broken:
    expected = "`over` or `up to` a number of tokens, such as over 8k"
    word = next((word for word in _SIGNS if node.text.lower().startswith(word)), None)
    if word is None:
        return reader.fault(node, key, f"{node.text!r}", expected=expected)
    try:
        tokens = parse_quantity(node.text[len(word) :].strip(), _TOKENS)
    except QuantityError as error:
        return reader.fault(node, key, error.what, expected=expected, remedy=error.remedy)
    return f"{_SIGNS[word]} {tokens.p50:.0f}"
