"""A ledger: named quantities over (draws, months) and the cash-flow lines made of them.

The expression tree is data, so that numpy, a workbook and a page can all evaluate the same formula.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

__all__ = ["Call", "Const", "Expr", "Function", "Input", "Ledger", "Line", "Lookup", "Quantity", "Ref"]

Function = Literal[
    "add", "sub", "mul", "div", "neg", "min", "max", "ceil", "floor", "pow", "month", "from_month", "in_month",
    "delay", "where_positive", "running_max", "running_sum",
]  # fmt: skip
"""``month`` is 1 for the first month; ``from_month(k)`` is 1 from month k on, else 0; ``delay(x, k)`` is x k months
earlier, 0 before; ``where_positive(c, a, b)`` is a where c > 0, else b; ``running_max`` and ``running_sum``
accumulate over the months so far, each draw for itself."""


@dataclass(frozen=True, slots=True)
class Const:
    """A number written into a formula."""

    value: float


@dataclass(frozen=True, slots=True)
class Ref:
    """Another quantity of the same ledger, by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function of other expressions."""

    function: Function
    arguments: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """Piecewise-linear interpolation of a table, extended at its last slopes."""

    argument: "Expr"
    xs: tuple[float, ...]
    ys: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Input:
    """A drawn or fixed input, by name, given from outside at evaluation."""

    name: str


Expr = Const | Ref | Call | Lookup | Input


@dataclass(frozen=True, slots=True)
class Quantity:
    """One named quantity."""

    name: str
    """Unique within the ledger, snake case."""
    unit: str
    """Unit of its value."""
    label: str
    """Words for a reader."""
    expression: Expr
    """Its formula."""
    source: str = ""
    """Where its numbers come from, for constants and inputs."""


@dataclass(frozen=True, slots=True)
class Line:
    """One cash-flow line: a quantity in USD per month, positive = money out."""

    id: str
    """Unique within the ledger."""
    label: str
    """Words for a reader."""
    group: str
    """tokens, compute, people, power, space, network, once, capital, other."""
    quantity: str
    """Name of the quantity, unit USD/month."""


@dataclass(frozen=True)
class Ledger:
    """Everything one option costs, month by month."""

    option: str
    """Option identifier."""
    quantities: tuple[Quantity, ...]
    """In an order in which each uses only earlier ones."""
    lines: tuple[Line, ...]
    """Lines; their sum is the option's cost."""

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs it needs, sorted."""
        found: set[str] = set()
        stack: list[Expr] = [q.expression for q in self.quantities]
        while stack:
            node = stack.pop()
            if isinstance(node, Input):
                found.add(node.name)
            elif isinstance(node, Call):
                stack.extend(node.arguments)
            elif isinstance(node, Lookup):
                stack.append(node.argument)
        return tuple(sorted(found))
