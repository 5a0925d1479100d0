"""The kinds of value a study key may hold: quantities, words, choices, dates, lists."""

import calendar
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from steelyard.domain.uncertain import Uncertain
from steelyard.study.fields import BROKEN, Broken, Kind, Reader, any_of, describe
from steelyard.study.fields_yaml import Items, Keys, Node, Scalar
from steelyard.study.quantities import PERCENTILES, Quantity, QuantityError, from_percentiles, parse_quantity

__all__ = ["AnswerKind", "Choice", "Countries", "Day", "Either", "Exact", "ListOf", "Pairs", "Text", "UncertainKind",
           "read_percentiles", "read_point"]  # fmt: skip

_LONGEST_TEXT = 400
_MOST_ITEMS = 1_000
_LAST_MONTH = 12
_BOOLEANS = {"true": "yes", "True": "yes", "TRUE": "yes", "false": "no", "False": "no", "FALSE": "no"}


def read_point(node: Node, reader: Reader, key: str, quantity: Quantity) -> Uncertain | Broken:
    """Return a number or ``low to high`` from a scalar."""
    if not isinstance(node, Scalar) or node.is_null:
        return reader.fault(node, key, f"{describe(node)} is not {quantity.name}", expected=quantity.expected)
    try:
        return parse_quantity(node.text, quantity)
    except QuantityError as error:
        return reader.fault(node, key, error.what, expected=quantity.expected, remedy=error.remedy)


def read_percentiles(node: Keys, reader: Reader, key: str, quantity: Quantity) -> Uncertain | Broken:
    """Return the quantity from a mapping of ``p10``, ``p50`` and ``p90``."""
    if set(node.entries) != set(PERCENTILES):
        return reader.fault(node, key, f"a mapping of {', '.join(node.entries) or 'nothing'}",
                            expected=f"{quantity.expected}, or the three percentiles {{p10, p50, p90}}")  # fmt: skip
    values: dict[str, float] = {}
    for name in PERCENTILES:
        value = read_point(node.entries[name].node, reader, f"{key}.{name}", quantity)
        if isinstance(value, Broken):
            return BROKEN
        values[name] = value.p50
    try:
        return from_percentiles(values, quantity)
    except QuantityError as error:
        return reader.fault(node, key, error.what, expected=quantity.expected, remedy=error.remedy)


@dataclass(frozen=True)
class UncertainKind:
    """A quantity: a number, ``low to high``, or three percentiles."""

    quantity: Quantity

    @property
    def expected(self) -> str:
        """What a right value looks like, in words."""
        return f"{self.quantity.expected} (or {{p10, p50, p90}})"

    def read(self, node: Node, reader: Reader, key: str) -> Uncertain | Broken:
        """Return the quantity."""
        if isinstance(node, Keys):
            return read_percentiles(node, reader, key, self.quantity)
        return read_point(node, reader, key, self.quantity)

    def schema(self) -> dict[str, object]:
        """Return number, text, or the three percentiles."""
        scalar = _scalar_schema(self.quantity)
        percentiles = {"type": "object", "additionalProperties": False, "required": list(PERCENTILES),
                       "properties": dict.fromkeys(PERCENTILES, scalar)}  # fmt: skip
        return any_of([scalar, percentiles]) | {"unit": self.quantity.unit}


@dataclass(frozen=True)
class Exact:
    """A quantity without spread."""

    quantity: Quantity
    whole: bool = False

    @property
    def expected(self) -> str:
        """What a right value looks like, in words."""
        return self.quantity.expected + (", whole" if self.whole else "")

    def read(self, node: Node, reader: Reader, key: str) -> float | int | Broken:
        """Return the number."""
        value = read_point(node, reader, key, self.quantity)
        if isinstance(value, Broken):
            return BROKEN
        if not value.is_point:
            return reader.fault(node, key, f"{describe(node)} is a range", expected=f"one value, {self.expected}",
                                remedy="Give the value you plan with")  # fmt: skip
        if self.whole and value.p50 != math.floor(value.p50):
            return reader.fault(node, key, f"{describe(node)} is not whole", expected=self.expected)
        return int(value.p50) if self.whole else value.p50

    def schema(self) -> dict[str, object]:
        """Return number or text."""
        return _scalar_schema(self.quantity) | {"unit": self.quantity.unit}


def _scalar_schema(quantity: Quantity) -> dict[str, object]:
    number = {"type": "number", "minimum": quantity.low, "maximum": quantity.high}
    return any_of([number, {"type": "string", "pattern": r"\d", "examples": [quantity.example]}])


@dataclass(frozen=True)
class Text:
    """A word or a line of text."""

    name: str = "text"
    pattern: str = r".+"

    @property
    def expected(self) -> str:
        """What a right value looks like, in words."""
        return self.name

    def read(self, node: Node, reader: Reader, key: str) -> str | Broken:
        """Return the text."""
        if not isinstance(node, Scalar) or node.is_null:
            return reader.fault(node, key, f"{describe(node)} is not {self.name}", expected=self.name)
        text = node.text.strip()
        if len(text) > _LONGEST_TEXT or not re.fullmatch(self.pattern, text):
            shown = text if len(text) <= _LONGEST_TEXT else f"{text[:40]}... ({len(text)} characters)"
            return reader.fault(node, key, f"{shown!r} is not {self.name}", expected=self.name)
        return text

    def schema(self) -> dict[str, object]:
        """Return text, or the number that YAML makes of digits."""
        return {"type": ["string", "number"], "maxLength": _LONGEST_TEXT}


@dataclass(frozen=True)
class Choice:
    """One word among a few."""

    values: tuple[str, ...]
    result: Callable[[str], object] = str

    @property
    def expected(self) -> str:
        """What a right value looks like, in words."""
        return f"one of: {', '.join(self.values)}"

    def read(self, node: Node, reader: Reader, key: str) -> object:
        """Return the word."""
        if isinstance(node, Scalar) and node.text in self.values:
            return self.result(node.text)
        return reader.fault(node, key, f"{describe(node)} is not known here", expected=self.expected)

    def schema(self) -> dict[str, object]:
        """Return the words."""
        return {"enum": list(self.values)}


@dataclass(frozen=True)
class AnswerKind:
    """``yes``, ``no`` or ``unknown``; ``true`` and ``false`` mean yes and no."""

    @property
    def expected(self) -> str:
        """What a right value looks like, in words."""
        return "yes, no or unknown"

    def read(self, node: Node, reader: Reader, key: str) -> str | Broken:
        """Return the answer."""
        text = node.text if isinstance(node, Scalar) else ""
        answer = _BOOLEANS.get(text, text.lower())
        if answer in {"yes", "no", "unknown"}:
            return answer
        return reader.fault(node, key, f"{describe(node)} is no answer", expected=self.expected)

    def schema(self) -> dict[str, object]:
        """Return the answers."""
        return {"enum": ["yes", "no", "unknown", True, False]}


@dataclass(frozen=True)
class Day:
    """A day or a month; a month means its first or its last day."""

    end_of_month: bool = False

    @property
    def expected(self) -> str:
        """What a right value looks like, in words."""
        return "a month or a day, such as 2025-03 or 2025-03-31"

    def read(self, node: Node, reader: Reader, key: str) -> date | Broken:
        """Return the day."""
        text = node.text.strip() if isinstance(node, Scalar) else ""
        found = re.fullmatch(r"(\d{4})-(\d{2})(?:-(\d{2}))?", text)
        try:
            if found is None:
                raise ValueError
            year, month = int(found[1]), int(found[2])
            if not 1 <= month <= _LAST_MONTH:
                raise ValueError
            last = calendar.monthrange(year, month)[1]
            return date(year, month, int(found[3] or (last if self.end_of_month else 1)))
        except ValueError:
            return reader.fault(node, key, f"{describe(node)} is not a date", expected=self.expected)

    def schema(self) -> dict[str, object]:
        """Return the date pattern."""
        return {"type": "string", "pattern": r"^\d{4}-\d{2}(-\d{2})?$"}


@dataclass(frozen=True)
class ListOf:
    """A list; a single value stands for a list of one where ``single`` allows it."""

    item: Kind
    single: bool = True
    least: int = 0

    @property
    def expected(self) -> str:
        """What a right value looks like, in words."""
        return f"a list of {self.item.expected}"

    def read(self, node: Node, reader: Reader, key: str) -> tuple[object, ...] | Broken:
        """Return the items."""
        if not isinstance(node, Items):
            if self.single:
                value = self.item.read(node, reader, key)
                return BROKEN if isinstance(value, Broken) else (value,)
            return reader.fault(node, key, f"{describe(node)} instead of a list", expected=self.expected)
        if not self.least <= len(node.items) <= _MOST_ITEMS:
            return reader.fault(node, key, f"a list of {len(node.items)} items",
                                expected=f"{self.least} to {_MOST_ITEMS} items")  # fmt: skip
        values = tuple(self.item.read(item, reader, f"{key}[{index}]") for index, item in enumerate(node.items, 1))
        return BROKEN if any(isinstance(value, Broken) for value in values) else values

    def schema(self) -> dict[str, object]:
        """Return the list, or the single item."""
        item = self.item.schema()
        listed: dict[str, object] = {"type": "array", "items": item, "minItems": self.least}
        return any_of([item, listed]) if self.single else listed


@dataclass(frozen=True)
class Pairs:
    """A mapping of words to words."""

    name: str
    keys: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """What a right value looks like, in words."""
        return self.name + (f" with keys among: {', '.join(self.keys)}" if self.keys else "")

    def read(self, node: Node, reader: Reader, key: str) -> dict[str, str] | Broken:
        """Return the pairs."""
        if not isinstance(node, Keys):
            return reader.fault(node, key, f"{describe(node)} instead of a mapping", expected=self.expected)
        pairs: dict[str, str] = {}
        for name, entry in node.entries.items():
            if self.keys and name not in self.keys:
                reader.fault(entry.line, f"{key}.{name}", f"unknown key {name!r}", expected=self.expected)
                return BROKEN
            value = Text("a word").read(entry.node, reader, f"{key}.{name}")
            if isinstance(value, Broken):
                return BROKEN
            pairs[name] = value
        return pairs

    def schema(self) -> dict[str, object]:
        """Return the mapping."""
        words = {"type": ["string", "number", "boolean"]}
        if not self.keys:
            return {"type": "object", "additionalProperties": words}
        return {"type": "object", "additionalProperties": False, "properties": dict.fromkeys(self.keys, words)}


_ALPHA_2 = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
COUNTRIES = frozenset(_ALPHA_2.split()) | {"EU"}
"""ISO 3166-1 alpha-2 codes, and EU, which the standard reserves."""


@dataclass(frozen=True)
class Countries:
    """One ISO 3166 alpha-2 code; ``NO`` is Norway."""

    @property
    def expected(self) -> str:
        """What a right value looks like, in words."""
        return "a two-letter country code (ISO 3166), such as US, DE, NO"

    def read(self, node: Node, reader: Reader, key: str) -> str | Broken:
        """Return the code in capitals."""
        text = node.text.strip() if isinstance(node, Scalar) else ""
        if text.upper() in COUNTRIES:
            return text.upper()
        remedy = "Did you mean 'GB'?" if text.upper() == "UK" else ""
        if text in _BOOLEANS:
            remedy = "For Norway write NO"
        return reader.fault(node, key, f"{describe(node)} is not a country code", expected=self.expected, remedy=remedy)

    def schema(self) -> dict[str, object]:
        """Return the code pattern."""
        return {"type": "string", "pattern": "^[A-Za-z]{2}$"}


@dataclass(frozen=True)
class Either:
    """A word with a meaning of its own, or another kind."""

    words: Mapping[str, object]
    other: Kind

    @property
    def expected(self) -> str:
        """What a right value looks like, in words."""
        return f"{' or '.join(self.words)}, or {self.other.expected}"

    def read(self, node: Node, reader: Reader, key: str) -> object:
        """Return the word's meaning, or the other kind's value."""
        if isinstance(node, Scalar) and node.text in self.words:
            return self.words[node.text]
        return self.other.read(node, reader, key)

    def schema(self) -> dict[str, object]:
        """Return the word or the other kind."""
        return any_of([{"enum": list(self.words)}, self.other.schema()])
