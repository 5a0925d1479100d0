"""The currency that amounts are shown in: USD, or another with the rate it is converted at."""

from steelyard.domain.currency import Currency
from steelyard.study.fields import Broken, Field, Reader, Section, Values, any_of
from steelyard.study.fields_kinds import Day, Exact, Text
from steelyard.study.fields_yaml import Keys, Node, Scalar
from steelyard.study.quantities import Quantity

__all__ = ["CURRENCY", "CurrencyKind"]

_USD = "USD"
_RATE = Quantity("the price of one unit in USD", "USD/unit", "1.08", 1e-6, 1e4, dollar=True)
_EXAMPLE = "currency: {code: EUR, usd_per_unit: 1.08, as_of: 2026-11-01, source: where you read it}"


def _check(values: Values, node: Keys, reader: Reader, key: str) -> None:
    """Note a rate of the dollar against itself."""
    if values.get("code") == _USD and values.get("usd_per_unit", 1.0) != 1.0:
        reader.fault(node, f"{key}.usd_per_unit", f"{values['usd_per_unit']!r} USD for one USD",
                     expected="another currency's code, or no rate", remedy="Write currency: USD")  # fmt: skip


def _build(values: Values, _node: Keys, _reader: Reader, _key: str) -> object:
    return None if values["code"] == _USD else Currency.model_validate(values)


_RATED = Section(
    (
        Field("code", Text("an ISO 4217 code such as EUR", r"[A-Z]{3}"), "ISO 4217 code.", required=True),
        Field("usd_per_unit", Exact(_RATE), "US dollars that one unit buys: 1.08 where one "
              "euro is 1.08 dollars.", required=True),
        Field("as_of", Day(), "Day of the rate.", required=True),
        Field("source", Text("who says so, such as a central bank's reference rate"), "Who says so.", required=True),
    ),
    _build,
    example=_EXAMPLE.removeprefix("currency: "),
    check=_check,
)  # fmt: skip


class CurrencyKind:
    """USD, or a currency with its dated rate; a code alone is asked for its rate."""

    @property
    def expected(self) -> str:
        """What a right value looks like, in words."""
        return f"USD, or {_RATED.expected}"

    def read(self, node: Node, reader: Reader, key: str) -> object:
        """Return None for USD, else the currency."""
        if not isinstance(node, Scalar):
            return _RATED.read(node, reader, key)
        if node.text == _USD:
            return None
        return self._without_rate(node, reader, key)

    def _without_rate(self, node: Scalar, reader: Reader, key: str) -> Broken:
        return reader.fault(node, key, f"{node.text!r} without a rate", expected="USD, or a code with its dated rate",
                            remedy=f"Write {_EXAMPLE}")  # fmt: skip

    def schema(self) -> dict[str, object]:
        """Return the word or the mapping."""
        return any_of([{"enum": [_USD]}, _RATED.schema()])


CURRENCY = CurrencyKind()
"""The currency of what is shown."""
