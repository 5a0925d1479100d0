"""A ledger as rows a spreadsheet or a script can compute: what needs a whole row of its own gets one."""

from dataclasses import dataclass, replace

from steelyard.domain.ledger import Call, Expr, Input, Ledger, Lookup, Quantity, Ref

__all__ = ["NEEDS_A_ROW", "lowered"]

NEEDS_A_ROW = frozenset({"delay", "running_max", "running_sum"})
"""Functions whose first argument is read at other months, so that it must be a row of its own."""

RUNNING = frozenset({"running_max", "running_sum"})
"""Functions that are a whole row themselves."""


@dataclass
class _Lowering:
    """Rows so far, and the one being taken apart."""

    rows: list[Quantity]
    current: Quantity
    parts: int = 0

    def reference(self, node: Expr) -> Expr:
        """Return a reference to the expression, giving it a row if it has none."""
        lower = self.expression(node)
        if isinstance(lower, Ref):
            return lower
        self.parts += 1
        name = f"{self.current.name}~{self.parts}"
        self.rows.append(Quantity(name, "", f"{self.current.label}, part {self.parts}", lower))
        return Ref(name)

    def expression(self, node: Expr) -> Expr:
        """Return the expression with the rows it needs put before it."""
        if isinstance(node, Lookup):
            return replace(node, argument=self.reference(node.argument))
        if isinstance(node, Call):
            first, rest = node.arguments[:1], node.arguments[1:]
            lift = self.reference if node.function in NEEDS_A_ROW else self.part
            return Call(node.function, (*map(lift, first), *map(self.part, rest)))
        return node

    def part(self, node: Expr) -> Expr:
        """Return an expression inside another; inputs and running functions stand alone in a row."""
        alone = isinstance(node, Input) or (isinstance(node, Call) and node.function in RUNNING)
        return self.reference(node) if alone else self.expression(node)


def lowered(ledger: Ledger) -> tuple[Quantity, ...]:
    """Return the quantities with an auxiliary one (``<name>~1``, no unit) for each part that needs a row of its own.

    Arguments of ``delay``, ``running_max``, ``running_sum`` and of tables become references, inputs and running
    functions stand only as whole formulas; every quantity still uses only earlier ones.
    """
    rows: list[Quantity] = []
    for quantity in ledger.quantities:
        work = _Lowering(rows, quantity)
        rows.append(replace(quantity, expression=work.expression(quantity.expression)))
    return tuple(rows)
