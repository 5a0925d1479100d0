"""Do a ledger's units multiply out? Formulas are followed unit by unit, as on paper."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from steelyard.domain.ledger import Call, Const, Expr, Input, Ledger, Lookup, Ref

__all__ = ["UnitFault", "unit_faults", "unit_powers"]

Powers = Mapping[str, int]
"""Unit symbol -> exponent; empty for a pure number."""

PURE = frozenset({"1", "ratio", "fraction", "%"})
"""Words for a pure number."""
_SAME_UNIT = frozenset({"add", "sub", "min", "max"})
_KEEPS_UNIT = frozenset({"neg", "ceil", "floor", "delay", "running_max", "running_sum"})
_TOKEN = re.compile(r"[^\s/()*·]+|[/()]")


@dataclass(frozen=True, slots=True)
class UnitFault:
    """One formula whose units do not agree."""

    quantity: str
    """Quantity in whose formula it stands."""
    words: str
    """What was met."""


def unit_powers(unit: str) -> dict[str, int]:
    """Return the exponents of a unit such as ``USD/(device h)``; a slash divides by the next factor only.

    Examples
    --------
    >>> unit_powers("USD/(device h)")
    {'USD': 1, 'device': -1, 'h': -1}
    >>> unit_powers("1/month"), unit_powers("fraction")
    ({'month': -1}, {})
    """
    powers: dict[str, int] = {}
    outer, sign = 1, 1
    for part in _TOKEN.findall(unit):
        if part == "/":
            sign = -1
        elif part == "(":
            outer, sign = sign, 1
        elif part == ")":
            outer, sign = 1, 1
        else:
            if part not in PURE:
                powers[part] = powers.get(part, 0) + outer * sign
            sign = 1
    return {symbol: power for symbol, power in powers.items() if power}


def unit_faults(ledger: Ledger) -> tuple[UnitFault, ...]:
    """Return the formulas that add unlike units, or whose unit is not the declared one.

    A bare number inside a formula may stand for any unit (12 months in a year), so that what it touches is not
    judged; name it as a constant with its unit to have it judged. A switch by month is a pure number, or per month
    where it spreads a single payment.
    """
    checker = _Checker({q.name: unit_powers(q.unit) for q in ledger.quantities})
    faults: list[UnitFault] = []
    for quantity in ledger.quantities:
        if isinstance(quantity.expression, (Const, Input)):
            continue
        checker.met = []
        found = checker.powers(quantity.expression)
        faults += [UnitFault(quantity.name, words) for words in checker.met]
        declared = checker.declared[quantity.name]
        if found is not None and not _agree(found, declared):
            faults.append(UnitFault(quantity.name, f"declared {quantity.unit}, multiplies out to {_words(found)}"))
    return tuple(faults)


def _agree(found: Powers, declared: Powers) -> bool:
    """Equal, or apart by the month that a switch may carry."""
    return found == declared or found == _plus(declared, {"month": 1}) or found == _plus(declared, {"month": -1})


def _plus(a: Powers, b: Powers, sign: int = 1) -> dict[str, int]:
    total = {symbol: a.get(symbol, 0) + sign * b.get(symbol, 0) for symbol in {*a, *b}}
    return {symbol: power for symbol, power in total.items() if power}


def _words(powers: Powers) -> str:
    above = " ".join(s for s, p in sorted(powers.items()) for _ in range(max(p, 0))) or "1"
    below = " ".join(s for s, p in sorted(powers.items()) for _ in range(max(-p, 0)))
    return f"{above}/({below})" if " " in below else f"{above}/{below}" if below else above


class _Checker:
    """Follows one formula; None stands for a unit that cannot be told."""

    def __init__(self, declared: dict[str, dict[str, int]]) -> None:
        self.declared = declared
        self.met: list[str] = []

    def powers(self, node: Expr) -> Powers | None:
        """Return the unit of an expression, noting what does not agree inside it."""
        match node:
            case Ref(name):
                return self.declared[name]
            case Call(function, arguments):
                return self._call(function, [self.powers(a) for a in arguments])
            case Lookup(argument):
                self.powers(argument)
                return None
            case Const() | Input():
                return None

    def _call(self, function: str, units: list[Powers | None]) -> Powers | None:
        if function in _SAME_UNIT:
            return self._alike(units)
        if function == "where_positive":
            return self._alike(units[1:])
        if function in _KEEPS_UNIT:
            return units[0]
        if function in ("mul", "div"):
            first, second = units[0], units[1]
            return None if first is None or second is None else _plus(first, second, 1 if function == "mul" else -1)
        return {} if function in ("from_month", "in_month") else None

    def _alike(self, units: list[Powers | None]) -> Powers | None:
        known = [u for u in units if u is not None]
        for other in known[1:]:
            if not _agree(other, known[0]):
                self.met.append(f"{_words(known[0])} stands beside {_words(other)}")
        return known[0] if known and len(known) == len(units) else None
