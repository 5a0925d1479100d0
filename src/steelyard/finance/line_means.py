"""Each line of a ledger at its mean over draws, block by block: what a bill shows, without holding every draw of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.ledger import Ledger
from steelyard.finance.evaluate import DRAWS_PER_BLOCK, evaluate
from steelyard.finance.measures import discount_factors

__all__ = ["LineMeans", "line_means"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LineMeans:
    """Means over draws."""

    usd_per_month: dict[str, Array]
    """Line identifier -> [USD/month], shape (n_months,)."""
    npv_usd: dict[str, float]
    """Line identifier -> present value [USD]."""
    quantities: dict[str, Array]
    """Quantity name -> mean in its unit, shape (n_months,)."""
    total: Array
    """Sum of the lines in every draw [USD/month], shape (n_draws, n_months)."""


def line_means(
    ledger: Ledger, inputs: Mapping[str, Array], n_months: int, *, discount_rate_per_year: Array,
    quantities: Sequence[str] = (),
) -> LineMeans:  # fmt: skip
    """Return the mean of every line by month, and of its present value.

    Parameters
    ----------
    ledger
        What to evaluate.
    inputs
        Input name -> value of shape (n, 1), (n, n_months), (1, 1) or (1, n_months); all ``n`` equal.
    n_months
        Horizon [month], at least 1.
    discount_rate_per_year
        Nominal discount rate [1/a], shape (n, 1) or (1, 1).
    quantities
        Names of quantities whose means are wanted too.
    """
    given = {name: inputs[name] for name in ledger.inputs}
    n_draws = max((a.shape[0] for a in (*given.values(), discount_rate_per_year)), default=1)
    factors = discount_factors(n_months, discount_rate_per_year)
    lines: dict[str, Array] = {line.id: np.zeros(n_months) for line in ledger.lines}
    worth = dict.fromkeys(lines, 0.0)
    kept = {name: np.zeros(n_months) for name in quantities}
    totals: list[Array] = []
    for start in range(0, n_draws, DRAWS_PER_BLOCK):
        rows = slice(start, min(start + DRAWS_PER_BLOCK, n_draws))
        size = rows.stop - start
        block = evaluate(ledger, {k: _part(a, rows) for k, a in given.items()}, n_months,
                         keep="all" if kept else "lines")  # fmt: skip
        weighted = np.broadcast_to(_part(factors, rows), (size, n_months))
        totals.append(block.total)
        for line, amounts in block.lines.items():
            lines[line] += _sum_over_draws(amounts, size) / n_draws
            worth[line] += _sum_of_products(amounts, weighted) / n_draws
        for name in kept:
            kept[name] += _sum_over_draws(block.quantities[name], size) / n_draws
    total = np.concatenate(totals) if totals[0].shape[0] > 1 else totals[0]
    return LineMeans(lines, worth, kept, total)


def _part(array: Array, rows: slice) -> Array:
    return array[rows] if array.shape[0] > 1 else array


def _varying(array: Array) -> Array:
    """Return an array without the draws and months along which it only repeats itself."""
    lean = array[:1] if array.strides[0] == 0 else array
    return lean[:, :1] if lean.strides[1] == 0 else lean


def _sum_over_draws(array: Array, n_draws: int) -> Array:
    """Return the sum over draws by month, shape (1 or n_months,)."""
    lean = _varying(array)
    return lean[0] * n_draws if len(lean) == 1 else lean.sum(axis=0)


def _sum_of_products(array: Array, other: Array) -> float:
    """Return the sum of an array times another of shape (n_draws, n_months)."""
    lean = _varying(array)
    over = other.sum(axis=0, keepdims=True) if len(lean) == 1 else other
    over = over if lean.shape[1] == over.shape[1] else over.sum(axis=1, keepdims=True)
    return float(np.einsum("nm,nm->", lean, over))  # no matrix library, whose threads cost more than they save
