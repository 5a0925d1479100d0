"""Numbers as people write them: rounded, with their unit, with a real minus sign.

Sentences and tables print through this one file, so that both round alike. A no-break space joins a number to its
unit, so that no line ends between them; outputs that want plain spaces (terminal, Markdown) translate it.
"""

import math
from datetime import date
from typing import Literal, NamedTuple

from steelyard.domain.currency import shown, with_sign
from steelyard.nouns import noun

__all__ = ["MINUS", "count", "day", "money", "money_tick", "months", "percent", "quantity",
           "seconds", "span", "unit_in_words", "unit_label"]  # fmt: skip

MINUS = "\u2212"
_NBSP = "\u00a0"
_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_PRINTED_DIGITS = 2
_COUNT_DIGITS = 3
_INTEGERS_BELOW = 10_000
_TENS = 10
_CENTS_FROM = 0.1
_PLAIN_FROM = 1e-9
_DOLLAR_UNITS = {
    "USD": "", "USD/month": "a month", "USD/a": "a year", "USD/Mtok": "per Mtok", "USD/request": "per request",
    "USD/h": "an hour", "USD/(device h)": "per device-hour", "USD/kWh": "per kWh", "USD/machine": "a machine",
    "USD/GB": "per GB", "USD/(kW month)": "per kW and month", "USD/(GB month)": "per GB and month",
    "USD/(machine h)": "per machine-hour", "USD/(unit h)": "per unit-hour",
}  # fmt: skip
_WORD_UNITS = {
    "1/month": "a month", "requests/month": "requests a month",
    "request/month": "requests a month", "month": "months", "token": "tokens", "d": "days",
    "token/request": "tokens a request", "a": "years", "1/s": "per second", "fraction/month": "a month",
    "1/a": "a year", "person": "people", "person month": "person months", "B/token": "bytes per token",
    "d/a": "days a year", "h/month": "hours a month", "request/s": "requests per second",
}  # fmt: skip
_ONE_OF = {
    "requests/month": "request a month", "request/month": "request a month", "month": "month", "token": "token",
    "d": "day", "token/request": "token a request", "a": "year", "person": "person", "person month": "person month",
    "B/token": "byte per token", "d/a": "day a year", "h/month": "hour a month", "request/s": "request per second",
}  # fmt: skip
_SHARE_OF = "of "
_PER_DOLLARS = "USD/"
_SECONDS = "s"
_BARE_UNITS = frozenset({"", "ratio", "count"})
_PERCENT_UNITS = frozenset({"1", "fraction", "fraction/month", "%", "1/a"})


class UnitWords(NamedTuple):
    """How a unit is printed."""

    kind: Literal["money", "percent", "count"]
    """Which numbers it goes with."""
    words: str
    """What stands behind the number; may be empty."""


def money(usd: float, *, sign: bool = False) -> str:
    """Return an amount as people say it, in the currency shown.

    Two significant digits, three where the mantissa passes 100; cents between ten cents and 100 dollars.

    Parameters
    ----------
    usd
        Amount [USD], any finite number.
    sign
        Whether a gain carries a plus.

    Examples
    --------
    >>> money(1_234_567.0).replace("\u00a0", " "), money(43_210.0).replace("\u00a0", " "), money(0.00123)
    ('$1.2 M', '$43 k', '$0.0012')
    """
    size = abs(shown(usd))
    digits = _dollars(size)
    lead = (MINUS if usd < 0 else "+" if sign and usd > 0 else "") if digits != "0" else ""
    return f"{lead}{with_sign(digits)}"


def _dollars(size: float) -> str:
    if size < _PLAIN_FROM:
        return "0"
    if size < _CENTS_FROM:
        return _significant(size)
    if round(size, 2) < 100:
        return f"{size:.0f}" if float(f"{size:.2f}").is_integer() else f"{size:.2f}"
    return _scaled(size)


def _significant(size: float) -> str:
    places = _PRINTED_DIGITS - 1 - math.floor(math.log10(size))
    return f"{size:.{places}f}".rstrip("0").rstrip(".")


def _scaled(size: float, digits: int = _PRINTED_DIGITS) -> str:
    """Return rounded digits and a scale letter; the letter is chosen after rounding, so never 1000 k."""
    scale = next((s for s, _ in _SCALES if size >= s), 1.0)
    rounded = round(size / scale) * scale if size / scale >= 10**digits else float(f"{size:.{digits - 1}e}")
    scale, letter = next(((s, x) for s, x in _SCALES if rounded >= s), (1.0, ""))
    part = rounded / scale
    places = max(digits - len(str(int(part))), 0) if letter else 0
    return f"{part:,.{places}f}{_NBSP}{letter}".rstrip(_NBSP)


def money_tick(usd: float) -> str:
    """Return an amount on an axis [USD], without a needless decimal zero."""
    return money(usd).replace(f".0{_NBSP}", _NBSP)


def count(number: float) -> str:
    """Return a count [1]: whole below 10,000 (small ratios keep three digits), else three digits and k, M, B."""
    size = abs(number)
    lead = MINUS if number < 0 else ""
    if size < _PLAIN_FROM:
        return "0"
    if size < 1:
        return lead + _significant(size)
    if size < 100 and not float(size).is_integer():
        return lead + f"{size:.{2 if round(size, 2) < _TENS else 1}f}".rstrip("0").rstrip(".")
    if size < _INTEGERS_BELOW:
        return f"{lead}{size:,.0f}"
    number_part, _, letter = _scaled(size, _COUNT_DIGITS).partition(_NBSP)
    return f"{lead}{number_part.rstrip('0').rstrip('.') if '.' in number_part else number_part}{_NBSP}{letter}"


def percent(fraction: float) -> str:
    """Return a fraction [1] in percent; a chance that is not certain is never printed as 0 or 100."""
    lead = MINUS if fraction < 0 else ""
    return f"{lead}over{_NBSP}99{_NBSP}%" if 0.995 <= abs(fraction) < 1 else _hundredths(fraction)


def _hundredths(ratio: float) -> str:
    """Return a ratio [1] in percent; one that is not nil is never printed as 0."""
    size = abs(ratio)
    lead = MINUS if ratio < 0 else ""
    if 0 < size < 0.0005:
        return f"{lead}under{_NBSP}0.1{_NBSP}%"
    if size < 0.1:
        return f"{lead}{size * 100:.1f}".removesuffix(".0") + f"{_NBSP}%"
    return f"{lead}{size * 100:,.0f}{_NBSP}%"


def months(number: float) -> str:
    """Return a duration in months [month], whole."""
    whole = round(number)
    return f"{whole}{_NBSP}{noun(whole, 'month')}"


def seconds(number: float) -> str:
    """Return a duration [s], in milliseconds below one second."""
    return f"{number * 1e3:.0f}{_NBSP}ms" if number < 1 else f"{number:.2g}{_NBSP}s"


def day(when: date | None) -> str:
    """Return a date as ``2026-11-20``; a dash where there is none."""
    return when.isoformat() if when else "–"


def quantity(value: float, unit: str) -> str:
    """Return a value with its unit in words; an unknown unit is kept as it is written.

    Examples
    --------
    >>> quantity(0.31, "USD/Mtok").replace("\u00a0", " "), quantity(12e6, "requests/month").replace("\u00a0", " ")
    ('$0.31 per Mtok', '12 M requests a month')
    """
    words = "" if unit == _SECONDS else unit_in_words(unit).words
    bare = _bare(value, unit)
    if bare == "1":
        words = _ONE_OF.get(unit, words)
    return f"{bare}{_NBSP}{words}" if words else bare


def span(low: float, high: float, unit: str = "USD") -> str:
    """Return an interval, both ends written out and the unit once; one value where both print alike.

    Examples
    --------
    >>> span(8.9e6, 29e6, "request/month").replace("\u00a0", " "), span(0.8, 1.2, "of list").replace("\u00a0", " ")
    ('8.9 M to 29 M requests a month', '80 % to 120 % of list')
    """
    first, last = _bare(low, unit), quantity(high, unit)
    return last if quantity(low, unit) == last else f"{first} to {last}"


def _bare(value: float, unit: str) -> str:
    """Return a value without the words of its unit."""
    if unit == _SECONDS:
        return seconds(value)
    kind = unit_in_words(unit).kind
    return money(value) if kind == "money" else _hundredths(value) if kind == "percent" else count(value)


def unit_in_words(unit: str) -> UnitWords:
    """Return how a unit is printed; one that is not known is kept as it is written, without what does not print.

    Examples
    --------
    >>> unit_in_words("USD/h"), unit_in_words("of list").kind
    (UnitWords(kind='money', words='an hour'), 'percent')
    """
    if unit in _DOLLAR_UNITS:
        return UnitWords("money", _DOLLAR_UNITS[unit])
    words = "".join(character for character in unit if character.isprintable())
    if unit.startswith(_PER_DOLLARS):
        return UnitWords("money", f"per {words.removeprefix(_PER_DOLLARS).strip('()')}")
    if unit.startswith(_SHARE_OF):
        return UnitWords("percent", words)
    if unit in _PERCENT_UNITS:
        return UnitWords("percent", _WORD_UNITS.get(unit, ""))
    return UnitWords("count", "" if unit in _BARE_UNITS else _WORD_UNITS.get(unit) or words)


def unit_label(unit: str) -> str:
    """Return words for the unit of a number that is printed in USD, as it stands beside it in a table.

    Examples
    --------
    >>> unit_label("USD/(kW month)"), unit_label("d"), unit_label("1")
    ('USD per kW and month', 'days', '')
    """
    if unit == _SECONDS:
        return unit
    kind, words = unit_in_words(unit)
    return f"USD {words}".strip() if kind == "money" else words
