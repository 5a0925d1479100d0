"""How every line is costed: formula, inputs, unit, source; read off the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass

from steelyard.domain.ledger import Call, Const, Expr, Input, Ledger, Lookup, Quantity, Ref
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
    structure: str = ""
    """Its operations with the units they act on: equal for lines that are computed alike."""


def costing_rows(ledger: Ledger) -> tuple[CostingRow, ...]:
    """Return every line in order, each before the quantities it is the first to use."""
    known = {q.name: q for q in ledger.quantities}
    shown: set[str] = set()
    rows: list[CostingRow] = []
    for line in ledger.lines:
        quantity = known[line.quantity]
        rows.append(_row(ledger, known, quantity, name=line.id, label=line.label, group=line.group))
        shown.add(quantity.name)
        for name in _below(known, quantity):
            if name not in shown:
                shown.add(name)
                rows.append(_row(ledger, known, known[name], name=name, label=known[name].label, group=""))
    return tuple(rows)


def _row(
    ledger: Ledger, known: dict[str, Quantity], quantity: Quantity, *, name: str, label: str, group: str
) -> CostingRow:
    return CostingRow(name, label, group, _formula(ledger, quantity), _inputs(known, quantity), quantity.unit,
                      quantity.source, _structure(known, quantity.expression))  # fmt: skip


def _structure(known: dict[str, Quantity], node: Expr) -> str:
    match node:
        case Ref(name):
            return f"[{known[name].unit}]"
        case Call(function, arguments):
            return f"{function}({', '.join(_structure(known, a) for a in arguments)})"
        case Lookup(argument):
            return f"table({_structure(known, argument)})"
        case Const() | Input():
            return type(node).__name__.lower()


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

    Lines with the same identifier, structure and unit count once, the first one met as an example of words and inputs;
    the last column says in how many of the ledgers each stands. A constant is shown as such: its number differs by
    option. Quantities that the lines rest on follow in one table of their own.
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
    """Return distinct rows, by name and structure, with how often each was met; the first one met stands."""
    met: dict[tuple[str, str, str], tuple[CostingRow, int]] = {}
    for row in rows:
        key = (row.name, row.structure, row.unit)
        first, count = met.get(key, (row, 0))
        met[key] = (first, count + 1)
    return sorted(met.values(), key=lambda item: (item[0].name, item[0].formula))


def _table(rows: Sequence[tuple[CostingRow, int]], what: str) -> list[str]:
    head = [f"| {what} | words | formula | inputs | unit | source | in |", "|---|---|---|---|---|---|---|"]
    body = [
        f"| `{row.name}` | {_cell(row.label)} | {'a number' if row.structure == 'const' else _cell(row.formula)} "
        f"| {', '.join(f'`{name}`' for name in row.inputs)} | {row.unit} | {_cell(row.source)} | {count} |"
        for row, count in rows
    ]
    return head + body


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
