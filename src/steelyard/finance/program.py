"""A ledger's formulas made ready to run: compiled once per ledger and horizon, what never varies computed once."""

import functools
import math
import weakref
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.ledger import Call, Const, Expr, Function, Input, Ledger, Lookup, Ref
from steelyard.finance.builder import references

__all__ = ["Program", "program_of"]

Array = NDArray[np.float64]
Known = dict[str, Array]
Step = Callable[[Known], Array]
Compiled = Array | Step
Kernel = Callable[..., Array]

_NONE: frozenset[str] = frozenset()
_ready: dict[tuple[int, int], "Program"] = {}


def program_of(ledger: Ledger, n_months: int) -> "Program":
    """Return the ledger's program for a horizon; made once for as long as the ledger lives."""
    key = (id(ledger), n_months)
    program = _ready.get(key)
    if program is None:
        program = _ready[key] = Program(ledger, n_months)
        weakref.finalize(ledger, _ready.pop, key, None)
    return program


class Program:
    """The steps of one ledger over one horizon, in the order of its quantities."""

    def __init__(self, ledger: Ledger, n_months: int) -> None:
        """Compile every quantity; those that no input reaches are computed now."""
        self._n_months = n_months
        self._months: Array = np.arange(1.0, n_months + 1.0)[None, :]
        self._fixed: Known = {}
        self._steps: list[tuple[str, Step]] = []
        self._reached: dict[str, frozenset[str]] = {}
        paid = _behind(ledger)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            for quantity in ledger.quantities:
                compiled = self._compile(quantity.expression)
                self._reached[quantity.name] = self._inputs_behind(quantity.expression)
                if callable(compiled):
                    self._steps.append((quantity.name, compiled))
                else:
                    self._fixed[quantity.name] = compiled
        self._paid_steps = [(name, step) for name, step in self._steps if name in paid]

    def run(
        self, given: Mapping[str, Array], *, before: Known | None = None, changed: frozenset[str] = _NONE,
        paid_only: bool = False,
    ) -> Known:  # fmt: skip
        """Return every quantity by name, each of shape (1 or n, 1 or n_months).

        Parameters
        ----------
        given
            Inputs by name; each two-dimensional.
        before
            Quantities of an earlier run, kept where no changed input reaches them; None: compute all.
        changed
            Inputs that differ from that run.
        paid_only
            Compute only what some line rests on, not what is merely shown beside the bill.
        """
        known = dict(self._fixed)
        known.update({f"\x00{name}": array for name, array in given.items()})  # inputs apart from quantities
        for name, step in self._paid_steps if paid_only else self._steps:
            known[name] = step(known) if before is None or self._reached[name] & changed else before[name]
        return known

    def _inputs_behind(self, node: Expr) -> frozenset[str]:
        match node:
            case Input(name):
                return frozenset({name})
            case Ref(name):
                return self._reached[name]
            case Call(_, arguments):
                return _NONE.union(*(self._inputs_behind(a) for a in arguments))
            case Lookup(argument):
                return self._inputs_behind(argument)
            case Const():
                return _NONE

    def _compile(self, node: Expr) -> Compiled:
        match node:
            case Ref(name):
                return self._fixed[name] if name in self._fixed else _reader(name)
            case Const(number):
                return np.full((1, 1), number)
            case Call(function, arguments):
                kernel = _OF_TWO.get(function) if len(arguments) == 2 else None
                compiled = [self._compile(a) for a in arguments]
                if kernel is not None and any(callable(a) for a in compiled):
                    return _of_two(kernel, compiled, [_is_fresh(a) for a in arguments])
                return _applied(kernel or self._kernel(function), compiled)
            case Input(name):
                return _reader(f"\x00{name}")
            case Lookup(argument, xs, ys):
                return _applied(functools.partial(_interpolate, table=_table(xs, ys)), [self._compile(argument)])

    def _kernel(self, function: Function) -> Kernel:
        """Return how a function of evaluated arguments is computed."""
        if function in _PLAIN:
            return _PLAIN[function]
        kernels: dict[str, Kernel] = {
            "month": self._month, "from_month": self._from_month, "in_month": self._in_month, "delay": self._delay,
            "running_max": self._running_max, "running_sum": self._running_sum,
        }  # fmt: skip
        return kernels[function]

    def _month(self) -> Array:
        return self._months

    def _from_month(self, k: Array) -> Array:
        return np.where(self._months >= k, 1.0, 0.0)

    def _in_month(self, k: Array) -> Array:
        return np.where(self._months == np.ceil(k), 1.0, 0.0)

    def _delay(self, x: Array, k: Array) -> Array:
        return _delayed(self._monthly(x), k)

    def _running_max(self, x: Array) -> Array:
        return np.maximum.accumulate(self._monthly(x), axis=1)

    def _running_sum(self, x: Array) -> Array:
        return np.cumsum(self._monthly(x), axis=1)

    def _monthly(self, array: Array) -> Array:
        """Return the array with its months spelled out."""
        return np.broadcast_to(array, (array.shape[0], self._n_months))


def _behind(ledger: Ledger) -> frozenset[str]:
    """Return the quantities that some line rests on."""
    paid = {line.quantity for line in ledger.lines}
    for quantity in reversed(ledger.quantities):
        if quantity.name in paid:
            paid.update(references(quantity.expression))
    return frozenset(paid)


def _is_fresh(node: Expr) -> bool:
    """Return whether an expression's value is an array of its own, which nobody reads again."""
    if isinstance(node, Call):
        return len(node.arguments) == 2 and node.function in _OF_TWO
    return isinstance(node, Lookup)


def _folded(function: Kernel) -> Kernel:
    """Return a two-argument function extended to several arguments, from the left."""

    def over(first: Array, *others: Array) -> Array:
        return functools.reduce(function, others, first)

    return over


def _where_positive(condition: Array, then: Array, otherwise: Array) -> Array:
    return np.where(condition > 0, then, otherwise)


_OF_TWO: dict[str, np.ufunc] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "min": np.minimum, "max": np.maximum,
}  # fmt: skip
_PLAIN: dict[str, Kernel] = {
    **{name: _folded(function) for name, function in _OF_TWO.items()},
    "pow": np.power, "neg": np.negative, "ceil": np.ceil, "floor": np.floor, "where_positive": _where_positive,
}  # fmt: skip


def _reader(name: str) -> Step:
    return lambda known: known[name]


def _applied(kernel: Kernel, arguments: list[Compiled]) -> Compiled:
    """Return a kernel on its arguments: its value where all are fixed, else a step."""
    if not any(callable(a) for a in arguments):
        return kernel(*arguments)
    steps = [a if callable(a) else _always(a) for a in arguments]
    if len(steps) == 1:
        only = steps[0]
        return lambda known: kernel(only(known))
    return lambda known: kernel(*[step(known) for step in steps])


def _of_two(kernel: np.ufunc, arguments: Sequence[Compiled], fresh: Sequence[bool]) -> Step:
    """Return a step of two arguments; it writes over one that nobody reads again, where the shape is the result's."""
    first, second = (a if callable(a) else _always(a) for a in arguments)
    over_first, over_second = (own and callable(a) for own, a in zip(fresh, arguments, strict=True))

    def step(known: Known) -> Array:
        a, b = first(known), second(known)
        if over_first and a.shape[0] >= b.shape[0] and a.shape[1] >= b.shape[1]:
            return kernel(a, b, out=a)
        if over_second and b.shape[0] >= a.shape[0] and b.shape[1] >= a.shape[1]:
            return kernel(a, b, out=b)
        return kernel(a, b)

    return step


def _always(array: Array) -> Step:
    return lambda known: array


def _delayed(array: Array, k: Array) -> Array:
    """Return ``array`` of ``k`` months ago (rounded up, negative read as 0), zero before the first month."""
    n_months = array.shape[1]
    if k.size == 1 and math.isfinite(k.item()):
        return _shifted(array, int(max(math.ceil(k.item()), 0)))
    earlier: Array = np.arange(float(n_months))[None, :] - np.maximum(np.ceil(k), 0.0)
    rows = max(array.shape[0], earlier.shape[0])
    earlier = np.broadcast_to(earlier, (rows, n_months))
    index = np.maximum(earlier, 0.0).astype(np.intp)
    shifted = np.take_along_axis(np.broadcast_to(array, (rows, n_months)), index, axis=1)
    return np.where(earlier >= 0, shifted, 0.0)


def _shifted(array: Array, months: int) -> Array:
    """Return ``array`` of as many months ago in every draw, zero before the first month."""
    late = np.zeros(array.shape)
    if months < array.shape[1]:
        late[:, months:] = array[:, : array.shape[1] - months]
    return late


def _table(xs: tuple[float, ...], ys: tuple[float, ...]) -> tuple[Array, Array, float, float]:
    """Return a table's points as arrays, and its slopes before the first and beyond the last of them."""
    positions, values = np.asarray(xs, dtype=np.float64), np.asarray(ys, dtype=np.float64)
    if len(xs) == 1:
        return positions, values, 0.0, 0.0
    slopes = np.diff(values) / np.diff(positions)
    return positions, values, float(slopes[0]), float(slopes[-1])


def _interpolate(x: Array, table: tuple[Array, Array, float, float]) -> Array:
    """Return the table's value at ``x``, linear between points and extended at the end slopes."""
    positions, values, first, last = table
    inside: Array = np.interp(x, positions, values)
    if first and x.min() < positions[0]:
        inside = inside + first * np.minimum(x - positions[0], 0.0)
    if last and x.max() > positions[-1]:
        inside = inside + last * np.maximum(x - positions[-1], 0.0)
    return inside
