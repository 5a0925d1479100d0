"""A few weighted draws that stand for all: what a page or a workbook can recompute."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Representatives", "calibrated_weights", "representatives"]

Array = NDArray[np.float64]

PARTS_PER_BAND = 4
"""Draws kept of each band of the margin: many narrow bands keep the odds of winning, a few draws in each the costs."""
NEWTON_STEPS = 50
"""Most steps of the calibration; it converges in a few."""
HALVINGS = tuple(0.5**k for k in range(12))
"""Shares of a Newton step that are tried."""
PRECISION = 1e-12
"""Largest error of a calibrated mean, in standard deviations of that option's cost."""


@dataclass(frozen=True, slots=True)
class Representatives:
    """Draws chosen, and how much of the whole each stands for."""

    draws: NDArray[np.intp]
    """Indices, ascending, shape (n,)."""
    weights: Array
    """Weights, positive, summing to one, shape (n,)."""


def representatives(costs: Array, chosen: int, n: int = 256) -> Representatives:
    """Return draws spread evenly over the chosen option's margin and cost, weighted so that every mean is met.

    Draws are ordered by the chosen option's cost less the cheapest other's, cut into groups of equal number, each
    group ordered by the chosen option's cost and cut again; the middle draw of each part stands for it. The weights
    are then moved as little as possible (in relative entropy, so that they stay positive) until the weighted mean
    cost of every option, and the odds that the chosen one is the cheapest (where some of the draws kept win and some
    lose), equal those over all draws.

    Parameters
    ----------
    costs
        Costs [USD], shape (n_draws, n_options).
    chosen
        Option whose margin orders the draws.
    n
        Draws to keep; all are kept where there are no more.

    References
    ----------
    Deville, Sarndal (1992), Journal of the American Statistical Association 87, 376-382 (calibration, raking case).
    """
    n_draws = len(costs)
    if n_draws <= n:
        return Representatives(np.arange(n_draws, dtype=np.intp), np.full(n_draws, 1.0 / n_draws))
    own = costs[:, chosen]
    others = np.delete(costs, chosen, axis=1)
    margin = own - others.min(axis=1) if others.shape[1] else own
    parts = _parts(margin, own, n)
    picked = np.array([part[len(part) // 2] for part in parts], dtype=np.intp)
    weights = np.array([len(part) for part in parts], dtype=np.float64) / n_draws
    won = (margin < 0).astype(np.float64)
    kept = np.column_stack([costs, won]) if 0 < won[picked].sum() < n else costs
    weights = calibrated_weights(kept[picked], weights, kept.mean(axis=0))
    order = np.argsort(picked)
    return Representatives(picked[order], weights[order])


def _parts(first: Array, second: Array, n: int) -> list[NDArray[np.intp]]:
    """Return the draws in n parts of near equal number: by the first amount, then by the second."""
    bands = max(n // PARTS_PER_BAND, 1)
    by_first = np.array_split(np.argsort(first, kind="stable"), bands)
    counts = [len(part) for part in np.array_split(np.arange(n), bands)]
    return [part for band, count in zip(by_first, counts, strict=True)
            for part in np.array_split(band[np.argsort(second[band], kind="stable")], count)]  # fmt: skip


def calibrated_weights(amounts: Array, weights: Array, means: Array) -> Array:
    """Return weights nearest in relative entropy whose means are met; the start where none is (a mean out of reach).

    Parameters
    ----------
    amounts
        Amounts, shape (n, n_columns).
    weights
        Weights to start from, positive, summing to one, shape (n,).
    means
        What the weighted means must be, shape (n_columns,).

    Notes
    -----
    Minimises the convex dual, the logarithm of the tilted sum, by Newton's method with halved steps.
    """
    scale = np.maximum(amounts.std(axis=0), 1e-12 * np.abs(means) + 1e-300)
    x = (amounts - means) / scale
    slopes = np.zeros(x.shape[1])
    moved, height = _tilted(x, weights, slopes)
    for _ in range(NEWTON_STEPS):
        off = moved @ x
        if np.max(np.abs(off)) < PRECISION:
            return moved
        spread = (x - off).T @ (moved[:, None] * (x - off))
        step: Array = np.linalg.pinv(spread, hermitian=True) @ off
        for share in HALVINGS:
            trial, lower = _tilted(x, weights, slopes - share * step)
            if lower <= height:
                slopes, moved, height = slopes - share * step, trial, lower
                break
    return moved if np.max(np.abs(moved @ x)) < np.sqrt(PRECISION) else weights


def _tilted(x: Array, weights: Array, slopes: Array) -> tuple[Array, float]:
    """Return the weights tilted along ``slopes``, and the logarithm of their sum before it is made one."""
    tilt = x @ slopes
    top = float(tilt.max())
    moved = weights * np.exp(tilt - top)
    total = float(moved.sum())
    return moved / total, top + float(np.log(total))
