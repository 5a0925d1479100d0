"""Where a function of one quantity changes sign: break-even values and internal rates of return."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.errors import Fault, InputError
from steelyard.printed import percent

__all__ = ["InternalRates", "find_crossings", "irr"]

Array = NDArray[np.float64]

POINTS_PER_DECADE = 24
"""Points per factor of ten at which a sign change is looked for."""
SECTIONS = 32
"""Parts into which a bracket is cut at each refinement."""
RELATIVE_PRECISION = 1e-9
"""Width of a final bracket over its middle."""
LOWEST_RATE, HIGHEST_RATE = -0.99, 100.0
"""Yearly rates between which internal rates of return are looked for [1/a]."""
MONTHS_PER_YEAR = 12


def find_crossings(
    f: Callable[[Array], Array], low: float, high: float, *, points_per_decade: int = POINTS_PER_DECADE
) -> tuple[float, ...]:
    """Return every value at which ``f`` changes sign, ascending; none and several are answers.

    The bracket is cut evenly on a log scale; a pair of crossings closer than one cut may be missed. At a jump the
    value returned is the place of the jump. Touching nil without changing sign is no crossing, nor is being nil
    everywhere.

    Parameters
    ----------
    f
        Vectorised function: array of shape (n,) to array of shape (n,).
    low, high
        Range searched, 0 < low < high.
    points_per_decade
        Cuts per factor of ten.

    Raises
    ------
    InputError
        If the range is empty or not positive.

    Examples
    --------
    >>> [round(x, 6) for x in find_crossings(lambda x: (x - 2) * (x - 30), 1, 100)]
    [2.0, 30.0]
    """
    if not 0 < low < high:
        raise InputError(Fault(f"range {low!r} to {high!r}", "find_crossings", "0 < low < high"))
    count = max(int(np.ceil(np.log10(high / low) * points_per_decade)), 2) + 1
    grid = np.geomspace(low, high, count)
    return _refine(f, grid, RELATIVE_PRECISION)


def _refine(f: Callable[[Array], Array], grid: Array, precision: float) -> tuple[float, ...]:
    signs = np.sign(f(grid))
    known = np.flatnonzero(np.abs(signs) == 1.0)  # neither nil nor undefined
    before, after = known[:-1], known[1:]
    changes = signs[before] != signs[after]
    exact = grid[before[changes & (after > before + 1)] + 1]
    at = before[changes & (after == before + 1)]
    left, right, left_sign = grid[at], grid[at + 1], signs[at]
    step = np.linspace(0.0, 1.0, SECTIONS + 1)
    while left.size and np.max((right - left) / np.maximum(np.abs(left), np.abs(right))) > precision:
        inner = left[:, None] + (right - left)[:, None] * step
        values = np.sign(f(inner.ravel())).reshape(inner.shape)
        first = np.argmax(values * left_sign[:, None] <= 0, axis=1)
        rows = np.arange(left.size)
        left, right = inner[rows, np.maximum(first - 1, 0)], inner[rows, first]
    return tuple(sorted([*exact.tolist(), *((left + right) / 2).tolist()]))


@dataclass(frozen=True, slots=True)
class InternalRates:
    """Internal rates of return of one cash flow."""

    yearly: tuple[float, ...]
    """Every rate at which the present value is nil [1/a], ascending."""
    warning: str
    """Empty, or why the rate says little."""


def irr(saving_usd: Array) -> InternalRates:
    r"""Rates at which the present value of a monthly cash flow is nil.

    .. math:: \sum_m C_m (1 + r)^{-(m - 1/2)/12} = 0

    Parameters
    ----------
    saving_usd
        Cash flow [USD/month], positive = money in, shape (n_months,).

    References
    ----------
    Brealey, Myers, Allen (2020), *Principles of Corporate Finance*, ch. 5 (pitfalls: several rates, no rate).

    Examples
    --------
    >>> import numpy as np
    >>> flow = np.zeros(13); flow[0] = -100; flow[12] = 110
    >>> round(irr(flow).yearly[0], 6)
    0.1
    """
    flow = np.asarray(saving_usd, dtype=np.float64)
    years = np.arange(flow.size) / MONTHS_PER_YEAR

    def present_value(growth: Array) -> Array:
        # Discounting by whole months from the first leaves the roots where they are and the powers small.
        return (growth[:, None] ** -years) @ flow

    if not np.any(flow > 0) or not np.any(flow < 0):
        return InternalRates((), "no internal rate of return: the cash flow never changes sign")
    roots = find_crossings(present_value, 1.0 + LOWEST_RATE, 1.0 + HIGHEST_RATE, points_per_decade=100)
    rates = tuple(root - 1.0 for root in roots)
    if not rates:
        return InternalRates(
            (), f"no internal rate of return between {percent(LOWEST_RATE)} and {percent(HIGHEST_RATE)} a year"
        )
    several = f"{len(rates)} internal rates of return: the cash flow changes sign more than once; use the present value"
    return InternalRates(rates, several if len(rates) > 1 else "")
