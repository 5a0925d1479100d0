"""Numbers as people say them."""

import math

from steelyard.domain.currency import shown, with_sign

__all__ = ["amount", "count", "doing", "in_a_sentence", "percent", "span", "usd"]

_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_MINUS = "\u2212"


def count(value: float, digits: int = 2) -> str:
    """Return a plain number with a decimal suffix: 31 M, 1.2 B, 850."""
    size = abs(value)
    sign = _MINUS if value < 0 else ""
    for scale, suffix in _SCALES:
        if size >= scale * (1 - 10.0**-digits / 2):
            return f"{sign}{_short(size / scale, digits)} {suffix}"
    return f"{sign}{_short(size, digits)}"


def usd(value: float, digits: int = 2) -> str:
    """Return an amount in the currency shown: $1.2 M, $43 k, $0.0012."""
    text = count(abs(shown(value)), digits).replace(" ", "\u00a0")
    return f"{_MINUS if value < 0 else ''}{with_sign(text)}"


_UNIT_WORDS = {
    "request/month": " requests a month", "d": " days", "person": " people", "person month": " person months", "1": "",
    "ratio": "", "USD": "", "USD/a": " a year", "USD/month": " a month", "USD/kWh": " per kWh", "USD/GB": " per GB",
    "USD/(kW month)": " per kW and month", "USD/(device h)": " per device hour", "USD/h": " an hour",
    "B/token": " bytes per token", "USD/machine": " a server",
}  # fmt: skip
"""How units are spoken after a number."""


def amount(value: float, unit: str) -> str:
    """Return a number with its unit in words: ``31 M requests a month``, ``$2.1 per device hour``, ``80 % of list``."""
    if unit.startswith("of "):
        return f"{percent(value)} {unit}"
    if unit == "1/a":
        return f"{percent(value)} a year"
    number = usd(value) if unit.startswith("USD") else count(value)
    return f"{number}{_UNIT_WORDS.get(unit, f' {unit}')}"


def percent(value: float) -> str:
    """Return a share in percent: 83 %, under 1 %, over 99 %."""
    if 0 < value < 0.01:
        return "under 1 %"
    if 0.99 < value < 1:
        return "over 99 %"
    return f"{_MINUS if value < 0 else ''}{abs(value) * 100:,.0f} %"


_DOING = {"Buy": "buying", "Keep": "keeping", "Run": "running", "Tune": "tuning", "Fine-tune": "fine-tuning",
          "Train": "training", "Pre-train": "pre-training"}  # fmt: skip


def doing(label: str) -> str:
    """Return an option's label as an activity: ``Buy x from y`` becomes ``buying x from y``."""
    verb, _, rest = label.partition(" ")
    return f"{_DOING.get(verb, verb)} {rest}" if verb in _DOING else label


def in_a_sentence(name: str) -> str:
    """Return an input's name as it stands inside a sentence.

    Examples
    --------
    >>> in_a_sentence("Requests a month"), in_a_sentence("GPU rent"), in_a_sentence("Server price")
    ('volume', 'GPU rent', 'server price')
    """
    if name == "Requests a month":
        return "volume"
    return name if name[1:2].isupper() else name[0].lower() + name[1:]


def span(low: float, high: float, unit: str) -> str:
    """Return a range with its unit once: ``8.9 to 29 M requests a month``."""
    first, last = amount(low, unit), amount(high, unit)
    if first == last:
        return first
    tail = _UNIT_WORDS.get(unit, f" {unit}")
    common = next((t for t in (f" M{tail}", f" k{tail}", f" %{tail}", tail) if t and first.endswith(t)
                   and last.endswith(t)), "")  # fmt: skip
    return f"{first.removesuffix(common)} to {last}"


def _short(value: float, digits: int) -> str:
    if value == 0:
        return "0"
    places = max(digits - 1 - math.floor(math.log10(value)), 0)
    rounded = round(value, places)
    return f"{rounded:,.{places}f}" if places == 0 or rounded < 1 else f"{rounded:,.{places}f}".rstrip("0").rstrip(".")
