"""Quantities as people write them: ``12M``, ``$220k to $320k``, ``2% to 6% per month``, ``1.5s``.

One :class:`Quantity` says what a key accepts; :func:`parse_quantity` reads it into canonical units and
:func:`write_quantity` writes it back, so that parse after write is the identity. Arithmetic is decimal:
``12.3M`` is the float nearest to 12 300 000, never a product of two rounded factors.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from steelyard.domain.uncertain import Uncertain
from steelyard.units import HOURS_PER_MONTH, HOURS_PER_YEAR, MONTHS_PER_YEAR, SECONDS_PER_DAY, SECONDS_PER_HOUR

__all__ = [
    "COUNT", "DISCOUNT_RATE", "FRACTION", "GROWTH", "HOURS", "INDEX_POINTS", "MONTHS", "PEOPLE", "PERCENTILES",
    "REQUESTS_PER_MONTH", "SECONDS", "TOKENS", "TOKENS_PER_MONTH", "TOKENS_PER_REQUEST", "USD", "USD_PER_DEVICE_HOUR",
    "USD_PER_YEAR", "Quantity", "QuantityError", "exactly", "from_percentiles", "parse_quantity", "write_quantity",
]  # fmt: skip

PERCENTILES = ("p10", "p50", "p90")
"""Keys of a quantity given as three percentiles."""

_SUFFIXES = {"": Decimal(1), "k": Decimal(10**3), "M": Decimal(10**6), "B": Decimal(10**9)}
_PERIOD_H = {"second": 1 / SECONDS_PER_HOUR, "minute": 1 / 60, "hour": 1.0, "day": 24.0, "week": 168.0,
             "month": HOURS_PER_MONTH, "year": HOURS_PER_YEAR}  # fmt: skip
_SCALAR = re.compile(
    r"(?P<sign>[-+\u2212]?)(?P<dollar>\$?)(?P<number>(?:[0-9][0-9_]*)(?:\.[0-9]*)?|\.[0-9]+)(?P<exponent>[eE][-+]?[0-9]{1,3})?"
    r"\s*(?P<suffix>[kMB]?)\s*(?P<word>%|[A-Za-z\u00b5\u03bc/]+(?: [a-z]+)?)?"
)
_PER = re.compile(r"\s*(?:\bper|/)\s*(?P<period>[A-Za-z]+)$")
_RANGE = re.compile(r"\s+to\s+")
_LONGEST_TEXT = 120
_SMALLEST_PLAIN = Decimal("1e-9")
_UNIT_IN_WORDS = {"count": "", "month": " months", "1/month": " requests a month", "USD/a": " USD per year",
                  "token": " tokens", "s": " s", "h": " h", "index point": " points", "person": " people"}  # fmt: skip


class QuantityError(ValueError):
    """A quantity that cannot be read: what is wrong and what to do."""

    def __init__(self, what: str, remedy: str = "") -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what}. {remedy}")


@dataclass(frozen=True)
class Quantity:
    """What a key accepts, and the canonical unit it is read into."""

    name: str
    """In words, such as ``an amount in USD``."""
    unit: str
    """Canonical unit, as printed."""
    example: str
    """What a right value looks like."""
    low: float
    """Smallest sensible value, canonical unit."""
    high: float
    """Largest sensible value, canonical unit."""
    words: Mapping[str, Decimal] = field(default_factory=lambda: {})
    """Unit words accepted after the number -> factor to the canonical unit."""
    dollar: bool = False
    """Whether the amount may carry ``$``."""
    percent: bool = False
    """Whether the number may carry ``%``."""
    period: Literal["month", "year", "hour"] | None = None
    """Canonical period of a ``per`` quantity; other periods are converted to it."""
    compound: bool = False
    """Whether a change of period compounds (growth, interest) or scales (requests, cost)."""
    shape: Literal["lognormal", "normal"] = "lognormal"
    """Distribution of a range."""
    prefix: str = ""
    """Word allowed in front, such as ``within``."""
    write_word: str = ""
    """Unit word used when written."""

    @property
    def expected(self) -> str:
        """What a right value looks like, in words."""
        return f"{self.name}, such as {self.example}"


def _words(**words: float) -> dict[str, Decimal]:
    return {word: Decimal(str(factor)) for word, factor in words.items()}


_DURATION_H = _words(s=1, seconds=1, second=1, min=60, minute=60, minutes=60, h=SECONDS_PER_HOUR, hour=SECONDS_PER_HOUR,
                     hours=SECONDS_PER_HOUR, d=SECONDS_PER_DAY, day=SECONDS_PER_DAY, days=SECONDS_PER_DAY)  # fmt: skip
_TOKEN_WORDS = _words(tokens=1, token=1)

COUNT = Quantity("a number", "count", "40k", 0, 1e12, _words(examples=1), write_word="")
PEOPLE = Quantity("a number of people", "person", "1.5", 0, 10_000,
                  _words(engineers=1, engineer=1, people=1, person=1))  # fmt: skip
TOKENS = Quantity("a number of tokens", "token", "1.2B", 0, 1e15, _TOKEN_WORDS)
TOKENS_PER_REQUEST = Quantity("tokens per request", "token", "900", 0, 20e6, _TOKEN_WORDS)
TOKENS_PER_MONTH = Quantity("tokens a month", "token/month", "5B to 8B", 1, 1e17, _TOKEN_WORDS, period="month")
REQUESTS_PER_MONTH = Quantity("requests a month", "1/month", "12M to 20M", 1, 1e13, _words(requests=1, request=1),
                              period="month")  # fmt: skip
USD = Quantity("an amount in USD", "USD", "$80k", 0, 1e13, dollar=True)
USD_PER_YEAR = Quantity("USD per year", "USD/a", "$220k to $320k", 0, 1e13, dollar=True, period="year")
USD_PER_DEVICE_HOUR = Quantity("USD per device-hour", "USD/(device h)", "$2.40", 0.01, 1_000, dollar=True,
                               period="hour")  # fmt: skip
FRACTION = Quantity("a share", "1", "80%", 0, 1, percent=True)
GROWTH = Quantity("a growth rate", "1/month", "2% to 6% per month", -0.9, 2, percent=True, period="month",
                  compound=True, shape="normal")  # fmt: skip
DISCOUNT_RATE = Quantity("a yearly rate", "1/a", "10%", -0.5, 2, percent=True, period="year", compound=True,
                         shape="normal")  # fmt: skip
SECONDS = Quantity("a time", "s", "1.5s or 50ms", 1e-5, 86_400, {**_DURATION_H, **_words(ms=0.001)}, write_word="s")
HOURS = Quantity("a time", "h", "within 24h", 1 / 60, 24 * 366,
                 {word: factor / SECONDS_PER_HOUR for word, factor in _DURATION_H.items()},
                 prefix="within", write_word="h")  # fmt: skip
MONTHS = Quantity("a time in months", "month", "36 months", 0, 240,
                  _words(month=1, months=1, mo=1, year=MONTHS_PER_YEAR, years=MONTHS_PER_YEAR, y=MONTHS_PER_YEAR),
                  write_word=" months")  # fmt: skip
INDEX_POINTS = Quantity("points on the ability index", "index point", "4", 0, 100, _words(points=1, point=1))


@dataclass(frozen=True, slots=True)
class _Scalar:
    """One side of a range before its unit is settled."""

    written: Decimal
    suffix: str
    word: str

    @property
    def value(self) -> Decimal:
        """The number with its suffix."""
        return self.written * _SUFFIXES[self.suffix]


def parse_quantity(text: str, quantity: Quantity) -> Uncertain:
    """Return what ``text`` says, in the canonical unit of ``quantity``.

    Parameters
    ----------
    text
        A number with an optional unit, or ``low to high`` (an 80 % interval).
    quantity
        What is accepted.

    Raises
    ------
    QuantityError
        If it cannot be read, or lies outside what is sensible.

    Examples
    --------
    >>> parse_quantity("12M", REQUESTS_PER_MONTH).p50
    12000000.0
    >>> parse_quantity("$220k to $320k", USD_PER_YEAR).p90
    320000.0
    """
    if len(text) > _LONGEST_TEXT:
        raise QuantityError(f"{text[:20]!r}... is too long for a quantity")
    stripped = text.strip()
    body = stripped.removeprefix(quantity.prefix).strip() if quantity.prefix else stripped
    body, period = _split_period(body, quantity)
    sides = [_scalar(side, text, quantity) for side in _RANGE.split(body)]
    if len(sides) > 2:
        raise QuantityError(f"{text!r} has more than one 'to'", "Write `low to high`")
    _check_sides(sides, text)
    shared_word = next((side.word for side in sides if side.word), "")
    values = [_canonical(side, shared_word, period, text, quantity) for side in sides]
    return bounded(_uncertain(values, text, quantity), text, quantity)


def from_percentiles(values: Mapping[str, float], quantity: Quantity) -> Uncertain:
    """Return the quantity with those ``p10``, ``p50`` and ``p90``, in the canonical unit.

    Raises
    ------
    QuantityError
        If percentiles fall, or a positive quantity starts at or below zero.
    """
    p10, p50, p90 = (values[key] for key in PERCENTILES)
    text = f"{{p10: {p10:g}, p50: {p50:g}, p90: {p90:g}}}"
    if not p10 <= p50 <= p90:
        raise QuantityError(f"{text}: percentiles must not fall", "Order them p10 <= p50 <= p90")
    if p10 == p90:
        return bounded(Uncertain.point(p10), text, quantity)
    _check_positive(p10, text, quantity)
    return bounded(Uncertain(p10=p10, p50=p50, p90=p90, shape=quantity.shape), text, quantity)


def write_quantity(value: Uncertain | float, quantity: Quantity) -> str:
    """Return the text (YAML flow style) that :func:`parse_quantity` reads back as exactly ``value``."""
    uncertain = value if isinstance(value, Uncertain) else Uncertain.point(value)
    if uncertain.is_point:
        return _write_scalar(uncertain.p50, quantity) + _write_period(quantity)
    if uncertain == Uncertain.between(uncertain.p10, uncertain.p90, shape=quantity.shape):
        short = uncertain.p10 >= _SUFFIXES["k"]
        sides = [_write_scalar(edge, quantity, short=short) for edge in (uncertain.p10, uncertain.p90)]
        return " to ".join(sides) + _write_period(quantity)
    percentiles = zip(PERCENTILES, (uncertain.p10, uncertain.p50, uncertain.p90), strict=True)
    return "{" + ", ".join(f"{key}: {_write_scalar(p, quantity)}" for key, p in percentiles) + "}"


def bounded(value: Uncertain, text: str, quantity: Quantity) -> Uncertain:
    """Return ``value`` if it is sensible for ``quantity``.

    Raises
    ------
    QuantityError
        If it lies outside ``quantity.low`` to ``quantity.high``.
    """
    scale = 100 if quantity.percent else 1
    unit = "%" if quantity.percent else _UNIT_IN_WORDS.get(quantity.unit, f" {quantity.unit}")
    for edge in (value.p10, value.p90):
        if edge < 0 <= quantity.low:
            raise QuantityError(f"{text!r} is negative", f"Use a value of at least {quantity.low * scale:g}{unit}")
        if not quantity.low <= edge <= quantity.high:
            side = "below" if edge < quantity.low else "above"
            raise QuantityError(
                f"{text!r} is {side} anything sensible",
                f"Use a value from {quantity.low * scale:g} to {quantity.high * scale:g}{unit}",
            )
    return value


def _split_period(body: str, quantity: Quantity) -> tuple[str, str | None]:
    found = _PER.search(body)
    if found is None:
        return body, quantity.period
    period = found["period"].removesuffix("s") if len(found["period"]) > 1 else found["period"]
    period = {"h": "hour", "d": "day", "s": "second", "a": "year", "yr": "year"}.get(period, period)
    if quantity.period is None:
        raise QuantityError(f"{body!r} has a period, and this quantity takes none", f"Drop `{found[0].strip()}`")
    if period not in _PERIOD_H:
        raise QuantityError(f"unknown period {found['period']!r} in {body!r}", f"Use one of: {', '.join(_PERIOD_H)}")
    return body[: found.start()].rstrip(), period


def _scalar(side: str, text: str, quantity: Quantity) -> _Scalar:
    found = _SCALAR.fullmatch(side.strip())
    if found is None:
        raise QuantityError(f"{text!r} is not {quantity.name}", _syntax_remedy(side, text))
    word = (found["word"] or "").strip()
    if found["dollar"] and not quantity.dollar:
        raise QuantityError(f"{text!r} carries a dollar sign, and this quantity is not an amount of money",
                            f"Write it like {quantity.example}")  # fmt: skip
    sign = -1 if found["sign"] in {"-", "\u2212"} else 1
    number = Decimal((found["number"].replace("_", "")) + (found["exponent"] or ""))
    return _Scalar(sign * number, found["suffix"], word)


def _syntax_remedy(side: str, text: str) -> str:
    if "," in side:
        return "Write numbers without commas: 12M or 12000000"
    if re.search(r"[€£¥]|EUR|GBP", side):
        return "Amounts are in USD: convert it and write $"
    if re.search(r"\d[kMB%]?\s*[-–—]\s*[$\d]", text):
        return "Write a range as `low to high`"
    return ""


def _check_sides(sides: list[_Scalar], text: str) -> None:
    if len(sides) < 2:
        return
    low, high = sides
    if high.suffix and not low.suffix and 0 < low.written <= high.written:
        raise QuantityError(f"{text!r}: the low end lacks the {high.suffix!r} that the high end has",
                            f"Write both ends in full, such as 12{high.suffix} to 20{high.suffix}")  # fmt: skip


def _canonical(side: _Scalar, shared_word: str, period: str | None, text: str, quantity: Quantity) -> float:
    word = side.word or shared_word
    value = side.value
    if word == "%" and quantity.percent:
        value = value / 100
    elif word in quantity.words:
        value = value * quantity.words[word]
    elif word:
        raise QuantityError(f"unknown unit {word!r} in {text!r}", _unit_remedy(word, quantity))
    number = float(value)
    if not math.isfinite(number):
        raise QuantityError(f"{text!r} is beyond any number")
    return _in_period(number, period, quantity)


def _unit_remedy(word: str, quantity: Quantity) -> str:
    if word in {"K", "m", "mn", "bn", "G", "T", "b", "mio", "million", "billion", "thousand"}:
        return "Large numbers are written k (thousand), M (million) or B (billion)"
    known = ["%"] * quantity.percent + ["$ in front"] * quantity.dollar + sorted(quantity.words)
    return f"Units known here: {', '.join(known)}" if known else "Write the number alone"


def _in_period(number: float, period: str | None, quantity: Quantity) -> float:
    if period == quantity.period or period is None or quantity.period is None:
        return number
    periods = _PERIOD_H[quantity.period] / _PERIOD_H[period]
    if not quantity.compound:
        return number * periods
    if number <= -1:
        raise QuantityError(f"a rate of {number:.0%} per {period} leaves nothing", "Use a rate above -100%")
    return math.expm1(math.log1p(number) * periods)


def _uncertain(values: list[float], text: str, quantity: Quantity) -> Uncertain:
    low, high = values[0], values[-1]
    if low == high:
        return Uncertain.point(low)
    if low > high:
        raise QuantityError(f"{text!r} falls from high to low", "Write the smaller end first")
    _check_positive(low, text, quantity)
    return Uncertain.between(low, high, shape=quantity.shape)


def _check_positive(low: float, text: str, quantity: Quantity) -> None:
    if quantity.shape == "lognormal" and low <= 0:
        what = "is negative" if low < 0 else "starts at zero"
        raise QuantityError(f"{text!r} {what}, and {quantity.name} is a positive quantity",
                            "Start the range above zero")  # fmt: skip


def _write_scalar(value: float, quantity: Quantity, *, short: bool = True) -> str:
    number = Decimal(repr(value))
    if quantity.percent:
        return f"{_plain(number * 100)}%"
    sign, number = ("-" if number < 0 else ""), abs(number)
    suffix = next((s for s in ("B", "M", "k") if short and number >= _SUFFIXES[s]), "")
    return f"{sign}{'$' if quantity.dollar else ''}{_plain(number / _SUFFIXES[suffix])}{suffix}{quantity.write_word}"


def _plain(number: Decimal) -> str:
    if 0 < abs(number) < _SMALLEST_PLAIN:
        return f"{number.normalize():e}"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _write_period(quantity: Quantity) -> str:
    return f" per {quantity.period}" if quantity.compound and quantity.period == "month" else ""


def exactly(quantity: Quantity, *, low: float | None = None, high: float | None = None) -> Quantity:
    """Return ``quantity`` with narrower bounds."""
    return replace(quantity, low=quantity.low if low is None else low, high=quantity.high if high is None else high)
