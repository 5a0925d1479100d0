"""How every line is costed: formula, inputs, unit, source; read off the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass

from steelyard.domain.ledger import Const, Input, Ledger, Quantity
from steelyard.finance.builder import GROUPS, references
from steelyard.finance.explain import formula_in_words, number_in_words

__all__ = ["CostingRow", "costing_markdown", "costing_rows"]


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


def costing_markdown(ledgers: Sequence[Ledger]) -> str:
    """Return every distinct line of several ledgers as one Markdown table per group, ready for the documentation.

    Lines with the same identifier, formula and unit count once; the last column says in how many of the ledgers each
    stands. A constant is shown as such: its number differs by option. Quantities that the lines rest on follow in one
    table of their own.
    """
    rows = [row for ledger in ledgers for row in costing_rows(ledger)]
    lines = _counted([row for row in rows if row.group])
    parts = _counted([row for row in rows if not row.group])
    text: list[str] = []
    for group in GROUPS:
        chosen = [(row, n) for row, n in lines if row.group == group]
        if chosen:
            text += [f"## {group.capitalize()}", "", *_table(chosen, "line"), ""]
    return "\n".join([*text, "## What the lines rest on", "", *_table(parts, "quantity"), ""])


def _counted(rows: Sequence[CostingRow]) -> list[tuple[CostingRow, int]]:
    """Return distinct rows, by name and formula, with how often each was met; the first label met stands."""
    met: dict[tuple[str, str, str], tuple[CostingRow, int]] = {}
    for row in rows:
        key = (row.name, row.formula if not _is_number(row.formula) else "", row.unit)
        first, count = met.get(key, (row, 0))
        met[key] = (first, count + 1)
    return sorted(met.values(), key=lambda item: (item[0].name, item[0].formula))


def _is_number(formula: str) -> bool:
    return formula[:1] in "-0123456789" and all(c in "-+.,e0123456789" for c in formula)


def _table(rows: Sequence[tuple[CostingRow, int]], what: str) -> list[str]:
    head = [f"| {what} | words | formula | inputs | unit | source | in |", "|---|---|---|---|---|---|---|"]
    body = [
        f"| `{row.name}` | {_cell(row.label)} | {'a number' if _is_number(row.formula) else _cell(row.formula)} "
        f"| {', '.join(f'`{name}`' for name in row.inputs)} | {row.unit} | {_cell(row.source)} | {count} |"
        for row, count in rows
    ]
    return head + body


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
