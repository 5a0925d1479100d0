"""How every line is costed: formula, inputs, unit, source; read off the ledger."""

from dataclasses import dataclass

from steelyard.domain.ledger import Const, Input, Ledger, Quantity
from steelyard.finance.builder import references
from steelyard.finance.explain import formula_in_words, number_in_words

__all__ = ["CostingRow", "costing_rows"]


@dataclass(frozen=True, slots=True)
class CostingRow:
    """One line of a ledger, or a quantity it rests on."""

    name: str
    """Line identifier, or name of the quantity."""
    label: str
    """Words for a reader."""
    group: str
    """Group of a line; empty for a quantity."""
    formula: str
    """Formula in words; for a constant its value."""
    inputs: tuple[str, ...]
    """Inputs it rests on, directly or not, sorted."""
    unit: str
    """Unit."""
    source: str
    """Where its number comes from, for constants and inputs."""


def costing_rows(ledger: Ledger) -> tuple[CostingRow, ...]:
    """Return every line in order, each before the quantities it is the first to use."""
    known = {q.name: q for q in ledger.quantities}
    shown: set[str] = set()
    rows: list[CostingRow] = []
    for line in ledger.lines:
        quantity = known[line.quantity]
        rows.append(CostingRow(line.id, line.label, line.group, _formula(ledger, quantity), _inputs(known, quantity),
                               quantity.unit, quantity.source))  # fmt: skip
        shown.add(quantity.name)
        for name in _below(known, quantity):
            if name not in shown:
                shown.add(name)
                part = known[name]
                rows.append(CostingRow(name, part.label, "", _formula(ledger, part), _inputs(known, part), part.unit,
                                       part.source))  # fmt: skip
    return tuple(rows)


def _formula(ledger: Ledger, quantity: Quantity) -> str:
    if isinstance(quantity.expression, Const):
        return number_in_words(quantity.expression.value)
    return "given" if isinstance(quantity.expression, Input) else formula_in_words(ledger, quantity.name)


def _below(known: dict[str, Quantity], quantity: Quantity) -> list[str]:
    """Return the names of all quantities under one, nearest first."""
    found: dict[str, None] = {}
    waiting = list(references(quantity.expression))
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting.extend(references(known[name].expression))
    return list(found)


def _inputs(known: dict[str, Quantity], quantity: Quantity) -> tuple[str, ...]:
    names = [quantity.name, *_below(known, quantity)]
    return tuple(sorted({e.name for name in names if isinstance(e := known[name].expression, Input)}))
