"""A ledger as one JavaScript function, so that a page recomputes it without a server."""

import json
from collections.abc import Sequence

from steelyard.domain.ledger import Call, Const, Expr, Input, Ledger, Lookup, Quantity, Ref
from steelyard.finance.lowering import lowered

__all__ = ["emit_javascript"]

_RUNTIME = """\
  const row = (f) => { const r = new Float64Array(n); for (let m = 0; m < n; m++) r[m] = f(m); return r; };
  const given = (name) => {
    const v = inputs[name];
    if (v === undefined) throw new Error("missing input " + name);
    if (typeof v === "number") return row(() => v);
    if (v.length !== 1 && v.length !== n) throw new Error("input " + name + " has " + v.length + " months, not " + n);
    return row((m) => v[v.length === 1 ? 0 : m]);
  };
  const ago = (r, m, k) => { const e = m - Math.max(0, Math.ceil(k)); return e < 0 ? 0 : r[e]; };
  const upTo = (r, f, start) => { let a = start; return row((m) => (a = f(a, r[m]))); };
  const table = (x, xs, ys) => {
    if (xs.length === 1) return ys[0];
    let a = 0, b = xs.length - 2;
    while (a < b) { const c = (a + b + 1) >> 1; if (xs[c] <= x) a = c; else b = c - 1; }
    return ys[a] + (ys[a + 1] - ys[a]) / (xs[a + 1] - xs[a]) * (x - xs[a]);
  };
"""


def emit_javascript(ledger: Ledger) -> str:
    """Return a JavaScript function expression ``(inputs, n) => ({quantities, lines, total})``.

    ``inputs`` maps a name to a number or to an array of one or ``n`` numbers; ``n`` is the horizon in months. Each
    result is a ``Float64Array`` by month; ``quantities`` and ``lines`` map a name or identifier to one. A missing
    input throws. The function needs nothing from outside.
    """
    names = _Names(lowered(ledger))
    body = [f"  const {names.of(q.name)} = {names.row(q.expression)}; // {_comment(q.label)}" for q in names.quantities]
    quantities = ", ".join(f"{_quoted(q.name)}: {names.of(q.name)}" for q in ledger.quantities)
    lines = ", ".join(f"{_quoted(line.id)}: {names.of(line.quantity)}" for line in ledger.lines)
    total = " + ".join(f"{names.of(line.quantity)}[m]" for line in ledger.lines) or "0"
    text = "\n".join(body)
    result = f"  return {{quantities: {{{quantities}}}, lines: {{{lines}}}, total: row((m) => {total})}};"
    return f"(inputs, n) => {{\n{_RUNTIME}{text}\n{result}\n}}"


def _comment(label: str) -> str:
    return " ".join(label.split()).replace("</", "< /")


def _quoted(text: str) -> str:
    return json.dumps(text).replace("</", "<\\/")


class _Names:
    """Variables of the function: ``q0``, ``q1``, ... in the order of the quantities."""

    def __init__(self, quantities: Sequence[Quantity]) -> None:
        self.quantities = quantities
        self._index = {q.name: k for k, q in enumerate(quantities)}

    def of(self, name: str) -> str:
        """Return the variable that holds a quantity."""
        return f"q{self._index[name]}"

    def row(self, node: Expr) -> str:
        """Return the expression of a whole row."""
        match node:
            case Input(name):
                return f"given({_quoted(name)})"
            case Call("running_max", (Ref(name),)):
                return f"upTo({self.of(name)}, Math.max, -Infinity)"
            case Call("running_sum", (Ref(name),)):
                return f"upTo({self.of(name)}, (a, b) => a + b, 0)"
            case _:
                return f"row((m) => {self.value(node)})"

    def value(self, node: Expr) -> str:
        """Return the expression of one month's value, ``m`` counting from 0."""
        match node:
            case Ref(name):
                return f"{self.of(name)}[m]"
            case Const(number):
                return f"({number!r})" if number < 0 else repr(number)
            case Lookup(argument, xs, ys):
                return f"table({self.value(argument)}, {json.dumps(xs)}, {json.dumps(ys)})"
            case Call("delay", (Ref(name), months)):
                return f"ago({self.of(name)}, m, {self.value(months)})"
            case Call(function, arguments):
                return _call(function, [self.value(a) for a in arguments])
            case Input(name):  # lowering leaves inputs only as whole formulas
                raise ValueError(f"input {name!r} stands inside a formula")


def _call(function: str, arguments: list[str]) -> str:
    if function in _OPERATORS:
        return f"({_OPERATORS[function].join(arguments)})"
    return _FUNCTIONS[function].format(*arguments, all=", ".join(arguments))


_OPERATORS = {"add": " + ", "sub": " - ", "mul": " * ", "div": " / "}
_FUNCTIONS = {
    "neg": "(-{0})", "min": "Math.min({all})", "max": "Math.max({all})", "ceil": "Math.ceil({0})",
    "floor": "Math.floor({0})", "pow": "Math.pow({0}, {1})", "month": "(m + 1)",
    "from_month": "(m + 1 >= {0} ? 1 : 0)", "in_month": "(m + 1 === Math.ceil({0}) ? 1 : 0)",
    "where_positive": "({0} > 0 ? {1} : {2})",
}  # fmt: skip
