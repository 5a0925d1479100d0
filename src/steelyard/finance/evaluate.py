"""Evaluate a ledger with numpy over (draws, months); no Python loop over draws."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.ledger import Ledger
from steelyard.errors import Fault, UnknownNameError
from steelyard.finance.builder import LedgerError
from steelyard.finance.program import Program, program_of

__all__ = ["LedgerValues", "Rerun", "evaluate"]

Array = NDArray[np.float64]
Keep = Literal["all", "lines", "total"]

DRAWS_PER_BLOCK = 256
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
    program = program_of(ledger, n_months)
    blocks: list[dict[str, Array]] = []
    totals: list[Array] = []
    for start in range(0, n_draws, DRAWS_PER_BLOCK):
        known = _block(program, _rows(given, start, n_draws), paid_only=keep != "all")
        totals.append(_sum_lines(ledger, known))
        blocks.append({name: known[name] for name in names})
    shape = (n_draws, n_months)
    total = _join(totals, shape)
    if not np.isfinite(total).all():
        raise _not_finite(ledger, given, n_months)
    wanted = {name: _join([b[name] for b in blocks], shape) for name in names}
    lines = {} if keep == "total" else {line.id: wanted[line.quantity] for line in ledger.lines}
    return LedgerValues(lines, total, wanted if keep == "all" else {})


class Rerun:
    """A ledger on fixed inputs, evaluated again and again with a few of them changed.

    Only quantities that a changed input reaches are computed again; the others are kept, for all draws at once, so
    that this is for searches on some hundred draws.
    """

    def __init__(self, ledger: Ledger, inputs: Mapping[str, Array | float], n_months: int) -> None:
        """Evaluate once; raises as :func:`evaluate` does."""
        self._ledger = ledger
        self._n_months = n_months
        self._given = _prepare(ledger, inputs, n_months)
        self._program = program_of(ledger, n_months)
        self._before = _block(self._program, self._given, paid_only=True)
        self.total = self._sum(self._given, self._before)
        """Sum of the lines on the inputs as given [USD/month], shape (n_draws, n_months)."""

    def total_with(self, changed: Mapping[str, Array | float]) -> Array:
        """Return the sum of the lines with some inputs replaced [USD/month], shape (n_draws, n_months).

        Parameters
        ----------
        changed
            Input name -> new value; names the ledger does not use are ignored.
        """
        used = {name: value for name, value in changed.items() if name in self._given}
        if not used:
            return self.total
        new = {name: _two_dimensional(self._ledger.option, name, np.asarray(value, dtype=np.float64), self._n_months)
               for name, value in used.items()}  # fmt: skip
        given = self._given | new
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            known = self._program.run(given, before=self._before, changed=frozenset(used), paid_only=True)
        return self._sum(given, known)

    def _sum(self, given: Mapping[str, Array], known: Mapping[str, Array]) -> Array:
        n_draws = max((a.shape[0] for a in given.values()), default=1)
        total = np.broadcast_to(_sum_lines(self._ledger, known), (n_draws, self._n_months))
        if not np.isfinite(total).all():
            raise _not_finite(self._ledger, given, self._n_months)
        return total


def _kept_names(ledger: Ledger, keep: Keep) -> tuple[str, ...]:
    if keep == "total":
        return ()
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


def _block(program: Program, given: Mapping[str, Array], *, paid_only: bool = False) -> dict[str, Array]:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return program.run(given, paid_only=paid_only)


def _sum_lines(ledger: Ledger, block: Mapping[str, Array]) -> Array:
    if not ledger.lines:
        return np.zeros((1, 1))
    first, *others = (block[line.quantity] for line in ledger.lines)
    total = first.copy()
    for amounts in others:
        fits = total.shape[0] >= amounts.shape[0] and total.shape[1] >= amounts.shape[1]
        total = np.add(total, amounts, out=total) if fits else total + amounts
    return total


def _join(parts: list[Array], shape: tuple[int, int]) -> Array:
    """Return the blocks as one (n_draws, n_months) array, without copying what does not vary."""
    joined = parts[0] if len(parts) == 1 or parts[0].shape[0] == 1 else np.concatenate(parts)
    return np.broadcast_to(joined, shape)


def _not_finite(ledger: Ledger, given: Mapping[str, Array], n_months: int) -> LedgerError:
    n_draws = max((a.shape[0] for a in given.values()), default=1)
    names = tuple(q.name for q in ledger.quantities)
    for start in range(0, n_draws, DRAWS_PER_BLOCK):
        block = _block(program_of(ledger, n_months), _rows(given, start, n_draws))
        for name in names:
            if not np.isfinite(block[name]).all():
                return LedgerError(Fault(f"quantity {name!r} is not finite", f"ledger {ledger.option}",
                                         "a finite number in every draw and month",
                                         "Look for a division by zero or an input that is not finite"))  # fmt: skip
    return LedgerError(Fault("the sum of the lines is not finite", f"ledger {ledger.option}", "a finite sum"))
