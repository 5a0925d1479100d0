"""Write a ledger's formulas as ordinary arithmetic; the graph they make is data."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from steelyard.domain.ledger import Call, Const, Expr, Function, Input, Ledger, Line, Lookup, Quantity, Ref
from steelyard.errors import Fault, InputError, UnknownNameError

__all__ = ["GROUPS", "LINE_UNIT", "LedgerBuilder", "LedgerError", "Operand", "Term",
           "ceil", "delay", "floor", "from_month", "in_month",
           "lookup", "maximum", "minimum", "month", "power", "references", "running_max", "running_sum",
           "where_positive"]  # fmt: skip

GROUPS = ("tokens", "compute", "people", "power", "space", "network", "once", "capital", "other")
"""What a cash-flow line may be filed under."""
LINE_UNIT = "USD/month"
"""Unit of every cash-flow line."""


class LedgerError(InputError):
    """A ledger that cannot be built, evaluated or emitted."""


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """An expression one can calculate with: ``+ - * /`` with terms and numbers, unary minus."""

    expression: Expr
    """The formula so far."""

    def __add__(self, other: "Operand") -> "Term":
        """Return the sum."""
        return _call("add", self, other)

    def __radd__(self, other: "Operand") -> "Term":
        """Return the sum."""
        return _call("add", other, self)

    def __sub__(self, other: "Operand") -> "Term":
        """Return the difference."""
        return _call("sub", self, other)

    def __rsub__(self, other: "Operand") -> "Term":
        """Return the difference."""
        return _call("sub", other, self)

    def __mul__(self, other: "Operand") -> "Term":
        """Return the product."""
        return _call("mul", self, other)

    def __rmul__(self, other: "Operand") -> "Term":
        """Return the product."""
        return _call("mul", other, self)

    def __truediv__(self, other: "Operand") -> "Term":
        """Return the quotient."""
        return _call("div", self, other)

    def __rtruediv__(self, other: "Operand") -> "Term":
        """Return the quotient."""
        return _call("div", other, self)

    def __neg__(self) -> "Term":
        """Return the negative."""
        return _call("neg", self)

    def __bool__(self) -> bool:
        """Refuse: a formula has no truth value before it is evaluated."""
        raise TypeError("a ledger term has no truth value; write where_positive(condition, a, b)")


Operand = Term | Expr | float | int


def _expression(operand: Operand) -> Expr:
    if isinstance(operand, Term):
        return operand.expression
    if isinstance(operand, (int, float)):
        return Const(float(operand))
    return operand


def _call(function: Function, *operands: Operand) -> Term:
    return Term(Call(function, tuple(_expression(o) for o in operands)))


def minimum(first: Operand, *others: Operand) -> Term:
    """Return the smallest of the operands."""
    return _call("min", first, *others)


def maximum(first: Operand, *others: Operand) -> Term:
    """Return the largest of the operands."""
    return _call("max", first, *others)


def ceil(x: Operand) -> Term:
    """Return the least whole number not below ``x``."""
    return _call("ceil", x)


def floor(x: Operand) -> Term:
    """Return the greatest whole number not above ``x``."""
    return _call("floor", x)


def power(base: Operand, exponent: Operand) -> Term:
    """Return ``base`` to the power of ``exponent``."""
    return _call("pow", base, exponent)


def month() -> Term:
    """Return the month's number, 1 for the first."""
    return _call("month")


def from_month(k: Operand) -> Term:
    """Return 1 from month ``k`` on (the next whole month if ``k`` is not whole), else 0."""
    return _call("from_month", k)


def in_month(k: Operand) -> Term:
    """Return 1 in month ``k`` (the next whole month if ``k`` is not whole), else 0."""
    return _call("in_month", k)


def delay(x: Operand, k: Operand) -> Term:
    """Return ``x`` of ``k`` months ago (``k`` rounded up, negative read as 0), 0 before the first month."""
    return _call("delay", x, k)


def where_positive(condition: Operand, then: Operand, otherwise: Operand) -> Term:
    """Return ``then`` where ``condition`` is above 0, else ``otherwise``."""
    return _call("where_positive", condition, then, otherwise)


def running_max(x: Operand) -> Term:
    """Return the largest value of ``x`` in the months so far."""
    return _call("running_max", x)


def running_sum(x: Operand) -> Term:
    """Return the sum of ``x`` over the months so far."""
    return _call("running_sum", x)


def lookup(x: Operand, xs: Sequence[float], ys: Sequence[float]) -> Term:
    """Return the table's value at ``x``: linear between points, extended at its end slopes.

    Parameters
    ----------
    x
        Where to read the table.
    xs
        Strictly ascending positions, at least one.
    ys
        Values at ``xs``, as many.

    Raises
    ------
    LedgerError
        If the table is empty, of unequal lengths, or not ascending.
    """
    if not xs or len(xs) != len(ys):
        raise LedgerError(Fault(f"a table of {len(xs)} positions and {len(ys)} values", "lookup",
                                "as many values as positions, at least one of each"))  # fmt: skip
    if any(b <= a for a, b in itertools.pairwise(xs)):
        raise LedgerError(Fault(f"positions {tuple(xs)!r}", "lookup", "strictly ascending positions"))
    return Term(Lookup(_expression(x), tuple(float(v) for v in xs), tuple(float(v) for v in ys)))


class LedgerBuilder:
    """Collects the quantities and lines of one option.

    Examples
    --------
    >>> book = LedgerBuilder("api")
    >>> requests = book.input("requests", "request/month", "Requests")
    >>> price = book.constant("price", 0.001, "USD/request", "Price per request")
    >>> book.line("tokens", requests * price, group="tokens", label="API bill")
    >>> [line.id for line in book.build().lines]
    ['tokens']
    """

    def __init__(self, option_id: str, begun: Ledger | None = None) -> None:
        """Start a ledger of that option: empty, or with all quantities and lines of one begun elsewhere."""
        self._option = option_id
        self._quantities: dict[str, Quantity] = {q.name: q for q in begun.quantities} if begun else {}
        self._lines: dict[str, Line] = {line.id: line for line in begun.lines} if begun else {}

    def input(self, name: str, unit: str, label: str, source: str = "") -> Term:
        """Return a term for an input given at evaluation; the same name means the same draw in every ledger."""
        quantity = Quantity(name, unit, label, Input(name), source)
        if self._quantities.get(name) == quantity:
            return Term(Ref(name))
        return self._add(quantity)

    def constant(self, name: str, value: float, unit: str, label: str, source: str = "") -> Term:
        """Return a term for a named, sourced number; the same number said again is the same term."""
        quantity = Quantity(name, unit, label, Const(float(value)), source)
        if self._quantities.get(name) == quantity:
            return Term(Ref(name))
        return self._add(quantity)

    def quantity(self, name: str, expr: Operand, unit: str, label: str, source: str = "") -> Term:
        """Return a term for a named formula of earlier quantities."""
        return self._add(Quantity(name, unit, label, _expression(expr), source))

    def line(self, id: str, term: Operand, *, group: str, label: str) -> None:
        """Add a cash-flow line: ``term`` in USD per month, positive = money out.

        Raises
        ------
        LedgerError
            If the identifier is taken, the group unknown, or the term a quantity in another unit.
        """
        where = f"{self._option}: line {id}"
        if id in self._lines:
            raise LedgerError(Fault(f"line {id!r} exists already", where, "a new identifier", "Rename one of them"))
        if group not in GROUPS:
            raise UnknownNameError("line group", group, GROUPS, where=where)
        expression = _expression(term)
        name = self._line_quantity(id, expression, label, where)
        self._lines[id] = Line(id, label, group, name)

    def scale(self, name: str, factor: float) -> None:
        """Multiply a quantity that stands already by a number; everything computed from it follows.

        Raises
        ------
        UnknownNameError
            If there is no such quantity.
        """
        known = self._known(name, f"{self._option}: {name}")
        self._quantities[name] = replace(known, expression=Call("mul", (known.expression, Const(float(factor)))))

    def share_line(self, id: str, fraction: float) -> None:
        """Let a line that stands already bear only a fraction of its quantity; what uses the quantity keeps it whole.

        Raises
        ------
        UnknownNameError
            If there is no such line.
        """
        if id not in self._lines:
            raise UnknownNameError("line", id, self._lines, where=self._option)
        line = self._lines[id]
        share = self.quantity(f"{id}_own_share", Term(Ref(line.quantity)) * fraction, unit=LINE_UNIT,
                              label=f"{line.label}: own share")  # fmt: skip
        self._lines[id] = replace(line, quantity=share.expression.name if isinstance(share.expression, Ref) else id)

    def term_of(self, id: str) -> Term:
        """Return a term for what a line that stands already costs.

        Raises
        ------
        UnknownNameError
            If there is no such line.
        """
        if id not in self._lines:
            raise UnknownNameError("line", id, self._lines, where=self._option)
        return Term(Ref(self._lines[id].quantity))

    def build(self) -> Ledger:
        """Return the ledger; its quantities stand in an order in which each uses only earlier ones."""
        return Ledger(self._option, tuple(self._quantities.values()), tuple(self._lines.values()))

    def _line_quantity(self, id: str, expression: Expr, label: str, where: str) -> str:
        if isinstance(expression, Ref):
            known = self._known(expression.name, where)
            if known.unit != LINE_UNIT:
                raise LedgerError(Fault(f"{known.name!r} is in {known.unit}", where, LINE_UNIT,
                                        "Multiply it out, or declare its unit"))  # fmt: skip
            return known.name
        name = id if id not in self._quantities else f"{id}_usd_per_month"
        self._add(Quantity(name, LINE_UNIT, label, expression))
        return name

    def _known(self, name: str, where: str) -> Quantity:
        if name not in self._quantities:
            raise UnknownNameError("quantity", name, self._quantities, where=where)
        return self._quantities[name]

    def _add(self, quantity: Quantity) -> Term:
        where = f"{self._option}: {quantity.name}"
        if quantity.name in self._quantities:
            raise LedgerError(Fault(f"quantity {quantity.name!r} exists already", where, "a new name",
                                    "Rename one, or use the term returned the first time"))  # fmt: skip
        if not quantity.name or not quantity.unit:
            raise LedgerError(Fault(f"name {quantity.name!r} with unit {quantity.unit!r}", where,
                                    "a name and a unit ('1' for a pure number)"))  # fmt: skip
        for name in references(quantity.expression):
            self._known(name, where)
        self._quantities[quantity.name] = quantity
        return Term(Ref(quantity.name))


def references(expression: Expr) -> tuple[str, ...]:
    """Return the names of the quantities a formula uses directly, in order of appearance."""
    found: dict[str, None] = {}
    stack: list[Expr] = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, Ref):
            found[node.name] = None
        elif isinstance(node, Call):
            stack.extend(reversed(node.arguments))
        elif isinstance(node, Lookup):
            stack.append(node.argument)
    return tuple(found)
