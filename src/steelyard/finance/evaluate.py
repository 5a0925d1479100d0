"""Evaluate a ledger with numpy over (draws, months); no Python loop over draws."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.ledger import Call, Const, Expr, Function, Input, Ledger, Lookup, Ref
from steelyard.errors import Fault, UnknownNameError
from steelyard.finance.builder import LedgerError

__all__ = ["LedgerValues", "evaluate"]

Array = NDArray[np.float64]
Keep = Literal["all", "lines", "total"]

DRAWS_PER_BLOCK = 512
"""Draws evaluated at a time, so that a block's intermediate arrays stay in a core's cache."""


@dataclass(frozen=True, slots=True)
class LedgerValues:
    """A ledger's numbers; arrays may be read-only views."""

    lines: dict[str, Array]
    """Line identifier -> [USD/month], each of shape (n_draws, n_months); empty if only the total was kept."""
    total: Array
    """Sum of the lines [USD/month], shape (n_draws, n_months)."""
    quantities: dict[str, Array] = field(default_factory=dict[str, Array])
    """Quantity name -> value in its unit, each (n_draws, n_months); empty unless all were kept."""


def evaluate(ledger: Ledger, inputs: Mapping[str, Array | float], n_months: int, *, keep: Keep = "all") -> LedgerValues:
    """Return every line (and quantity) of a ledger in every draw and month.

    Parameters
    ----------
    ledger
        What to evaluate.
    inputs
        Input name -> value of shape (n, 1), (n, n_months), (1, 1), (1, n_months) or a number; all ``n`` equal.
    n_months
        Horizon [month], at least 1.
    keep
        ``all`` quantities, the ``lines`` only, or the ``total`` only (least memory).

    Raises
    ------
    UnknownNameError
        If an input the ledger needs is missing; the nearest given ones are offered.
    LedgerError
        If shapes do not fit, or a line is not finite.
    """
    given = _prepare(ledger, inputs, n_months)
    n_draws = max((a.shape[0] for a in given.values()), default=1)
    names = _kept_names(ledger, keep)
    blocks = [_block(ledger, _rows(given, start, n_draws), n_months, names)
              for start in range(0, n_draws, DRAWS_PER_BLOCK)]  # fmt: skip
    shape = (n_draws, n_months)
    total = _join([_sum_lines(ledger, block) for block in blocks], shape)
    if not np.isfinite(total).all():
        raise _not_finite(ledger, given, n_months)
    wanted = {} if keep == "total" else {name: _join([b[name] for b in blocks], shape) for name in names}
    lines = {} if keep == "total" else {line.id: wanted[line.quantity] for line in ledger.lines}
    return LedgerValues(lines, total, wanted if keep == "all" else {})


def _kept_names(ledger: Ledger, keep: Keep) -> tuple[str, ...]:
    if keep == "all":
        return tuple(q.name for q in ledger.quantities)
    return tuple(dict.fromkeys(line.quantity for line in ledger.lines))


def _prepare(ledger: Ledger, inputs: Mapping[str, Array | float], n_months: int) -> dict[str, Array]:
    given: dict[str, Array] = {}
    for name in ledger.inputs:
        if name not in inputs:
            raise UnknownNameError("input", name, inputs, where=f"ledger {ledger.option}")
        given[name] = _two_dimensional(ledger.option, name, np.asarray(inputs[name], dtype=np.float64), n_months)
    rows = {a.shape[0] for a in given.values()} - {1}
    if len(rows) > 1:
        shapes = ", ".join(f"{name} {a.shape}" for name, a in given.items())
        raise LedgerError(Fault(f"inputs with {sorted(rows)} draws", f"ledger {ledger.option}", "one number of draws",
                                f"Sample them together: {shapes}"))  # fmt: skip
    return given


def _two_dimensional(option: str, name: str, array: Array, n_months: int) -> Array:
    if array.ndim == 0:
        return array.reshape(1, 1)
    if array.ndim != 2 or array.shape[1] not in (1, n_months):
        raise LedgerError(Fault(f"input {name!r} has shape {array.shape}", f"ledger {option}",
                                f"(draws, 1) or (draws, {n_months})", "Add the missing axis"))  # fmt: skip
    return array


def _rows(given: Mapping[str, Array], start: int, n_draws: int) -> dict[str, Array]:
    if n_draws <= DRAWS_PER_BLOCK:
        return dict(given)
    stop = start + DRAWS_PER_BLOCK
    return {name: a if a.shape[0] == 1 else a[start:stop] for name, a in given.items()}


def _block(ledger: Ledger, given: Mapping[str, Array], n_months: int, names: tuple[str, ...]) -> dict[str, Array]:
    scope = _Scope(given, n_months)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for quantity in ledger.quantities:
            scope.known[quantity.name] = scope.value(quantity.expression)
    return {name: scope.known[name] for name in names}


def _sum_lines(ledger: Ledger, block: Mapping[str, Array]) -> Array:
    if not ledger.lines:
        return np.zeros((1, 1))
    return functools.reduce(np.add, [block[line.quantity] for line in ledger.lines])


def _join(parts: list[Array], shape: tuple[int, int]) -> Array:
    """Return the blocks as one (n_draws, n_months) array, without copying what does not vary."""
    joined = parts[0] if len(parts) == 1 or parts[0].shape[0] == 1 else np.concatenate(parts)
    return np.broadcast_to(joined, shape)


def _not_finite(ledger: Ledger, given: Mapping[str, Array], n_months: int) -> LedgerError:
    n_draws = max((a.shape[0] for a in given.values()), default=1)
    names = tuple(q.name for q in ledger.quantities)
    for start in range(0, n_draws, DRAWS_PER_BLOCK):
        block = _block(ledger, _rows(given, start, n_draws), n_months, names)
        for name in names:
            if not np.isfinite(block[name]).all():
                return LedgerError(Fault(f"quantity {name!r} is not finite", f"ledger {ledger.option}",
                                         "a finite number in every draw and month",
                                         "Look for a division by zero or an input that is not finite"))  # fmt: skip
    return LedgerError(Fault("the sum of the lines is not finite", f"ledger {ledger.option}", "a finite sum"))


class _Scope:
    """Values known so far, and how each function is computed."""

    def __init__(self, given: Mapping[str, Array], n_months: int) -> None:
        self.given = given
        self.known: dict[str, Array] = {}
        self.n_months = n_months
        self.months = np.arange(1.0, n_months + 1.0)[None, :]

    def value(self, node: Expr) -> Array:
        """Return the value of one expression, of shape (1 or n, 1 or n_months)."""
        match node:
            case Ref(name):
                return self.known[name]
            case Const(number):
                return np.full((1, 1), number)
            case Call(function, arguments):
                return self.call(function, [self.value(a) for a in arguments])
            case Input(name):
                return self.given[name]
            case Lookup(argument, xs, ys):
                return interpolate(self.value(argument), xs, ys)

    def call(self, function: Function, arguments: list[Array]) -> Array:
        """Return a function of evaluated arguments."""
        if function in _BINARY:
            return functools.reduce(_BINARY[function], arguments)
        if function in _UNARY:
            return _UNARY[function](arguments[0])
        if function in _OVER_MONTHS:
            return _OVER_MONTHS[function](self.monthly(arguments[0]))
        if function == "delay":
            return delayed(self.monthly(arguments[0]), arguments[1])
        if function == "where_positive":
            return np.where(arguments[0] > 0, arguments[1], arguments[2])
        return self.calendar(function, arguments)

    def calendar(self, function: Function, arguments: list[Array]) -> Array:
        """Return a function of the month's number."""
        if function == "from_month":
            return np.where(self.months >= arguments[0], 1.0, 0.0)
        if function == "in_month":
            return np.where(self.months == np.ceil(arguments[0]), 1.0, 0.0)
        return self.months

    def monthly(self, array: Array) -> Array:
        """Return the array with its months spelled out."""
        return np.broadcast_to(array, (array.shape[0], self.n_months))


_BINARY: dict[str, Callable[[Array, Array], Array]] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "min": np.minimum, "max": np.maximum,
    "pow": np.power,
}  # fmt: skip
_UNARY: dict[str, Callable[[Array], Array]] = {"neg": np.negative, "ceil": np.ceil, "floor": np.floor}
_OVER_MONTHS: dict[str, Callable[[Array], Array]] = {
    "running_max": lambda x: np.maximum.accumulate(x, axis=1),
    "running_sum": lambda x: np.cumsum(x, axis=1),
}


def delayed(array: Array, k: Array) -> Array:
    """Return ``array`` of ``k`` months ago, zero before the first month.

    Parameters
    ----------
    array
        Values, shape (1 or n, n_months).
    k
        Months, rounded up, negative read as 0; shape (1 or n, 1 or n_months).
    """
    n_months = array.shape[1]
    earlier: Array = np.arange(float(n_months))[None, :] - np.maximum(np.ceil(k), 0.0)
    rows = max(array.shape[0], earlier.shape[0])
    earlier = np.broadcast_to(earlier, (rows, n_months))
    index = np.maximum(earlier, 0.0).astype(np.intp)
    shifted = np.take_along_axis(np.broadcast_to(array, (rows, n_months)), index, axis=1)
    return np.where(earlier >= 0, shifted, 0.0)


@functools.lru_cache(maxsize=256)
def _table(xs: tuple[float, ...], ys: tuple[float, ...]) -> tuple[Array, Array, float, float]:
    """Return a table's points as arrays, and its slopes before the first and beyond the last of them."""
    positions, values = np.asarray(xs, dtype=np.float64), np.asarray(ys, dtype=np.float64)
    if len(xs) == 1:
        return positions, values, 0.0, 0.0
    slopes = np.diff(values) / np.diff(positions)
    return positions, values, float(slopes[0]), float(slopes[-1])


def interpolate(x: Array, xs: tuple[float, ...], ys: tuple[float, ...]) -> Array:
    """Return the table's value at ``x``, linear between points and extended at the end slopes."""
    positions, values, first, last = _table(xs, ys)
    inside: Array = np.interp(x, positions, values)
    if x.min() < xs[0]:
        inside = inside + first * np.minimum(x - xs[0], 0.0)
    if x.max() > xs[-1]:
        inside = inside + last * np.maximum(x - xs[-1], 0.0)
    return inside
