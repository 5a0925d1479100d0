"""A ledger taken into another: its lines under names of their own, some of its quantities replaced."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from steelyard.domain.ledger import Call, Expr, Input, Ledger, Lookup, Quantity, Ref
from steelyard.errors import UnknownNameError
from steelyard.finance.builder import LedgerBuilder, Term, references

__all__ = ["Embedded", "embed", "quantities_behind"]


@dataclass(frozen=True, slots=True)
class Embedded:
    """Where a ledger's lines and quantities are in the ledger that took it in."""

    lines: tuple[str, ...]
    """Identifiers of the lines taken in, in their order."""
    quantities: Mapping[str, Term]
    """Name in the part -> the quantity in the whole."""


def embed(
    builder: LedgerBuilder, part: Ledger, *, prefix: str, heading: str, given: Mapping[str, Term],
    without: Collection[str] = (), also: Collection[str] = (),
) -> Embedded:  # fmt: skip
    """Take a ledger's lines, and the quantities behind them, into one under construction.

    Inputs keep their names, so that the same draw reaches both; everything else gets the prefix.

    Parameters
    ----------
    builder
        The ledger under construction.
    part
        The ledger taken in.
    prefix
        Begins the names of its lines and quantities.
    heading
        Begins the labels of its lines.
    given
        Quantities, inputs included, that the whole computes itself: name in the part -> term that stands for it, a
        named quantity of the whole.
    without
        Identifiers of lines left out.
    also
        Quantities wanted beside those behind the lines.

    Raises
    ------
    UnknownNameError
        If a quantity wanted is not in the part.
    """
    lines = [line for line in part.lines if line.id not in without]
    names = _renamed(
        builder, part, quantities_behind(part, [*(line.quantity for line in lines), *also], given), prefix, given
    )
    for line in lines:
        builder.line(f"{prefix}{line.id}", Ref(names[line.quantity]), group=line.group, label=f"{heading}{line.label}")
    return Embedded(tuple(f"{prefix}{line.id}" for line in lines), {old: Term(Ref(new)) for old, new in names.items()})


def quantities_behind(part: Ledger, wanted: Collection[str], given: Collection[str] = ()) -> list[Quantity]:
    """Return some quantities and those they are computed from, in the ledger's order.

    Parameters
    ----------
    part
        The ledger.
    wanted
        Names of quantities.
    given
        Quantities of which nothing behind them is wanted.

    Raises
    ------
    UnknownNameError
        If one is not in the ledger.
    """
    known = {quantity.name: quantity for quantity in part.quantities}
    found, stack = set[str](), list(wanted)
    while stack:
        name = stack.pop()
        if name not in known:
            raise UnknownNameError("quantity", name, known, where=part.option)
        if name not in found:
            found.add(name)
            stack += [] if name in given else references(known[name].expression)
    return [quantity for quantity in part.quantities if quantity.name in found]


def _renamed(
    builder: LedgerBuilder, part: Ledger, quantities: list[Quantity], prefix: str, given: Mapping[str, Term]
) -> dict[str, str]:
    """Add the quantities under their new names; return old names and new."""
    names: dict[str, str] = {}
    for quantity in quantities:
        if quantity.name in given:
            stands = given[quantity.name].expression
            if not isinstance(stands, Ref):
                raise UnknownNameError("quantity", repr(stands), given, where=part.option)
            names[quantity.name] = stands.name
        elif isinstance(quantity.expression, Input):
            builder.input(quantity.name, quantity.unit, quantity.label, quantity.source)
            names[quantity.name] = quantity.name
        else:
            builder.quantity(f"{prefix}{quantity.name}", _expression(quantity.expression, names), quantity.unit,
                             quantity.label, quantity.source)  # fmt: skip
            names[quantity.name] = f"{prefix}{quantity.name}"
    return names


def _expression(node: Expr, names: Mapping[str, str]) -> Expr:
    if isinstance(node, Ref):
        return Ref(names[node.name])
    if isinstance(node, Call):
        return Call(node.function, tuple(_expression(argument, names) for argument in node.arguments))
    if isinstance(node, Lookup):
        return Lookup(_expression(node.argument, names), node.xs, node.ys)
    return node
