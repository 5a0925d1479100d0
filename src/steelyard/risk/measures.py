"""What the spread of costs means: percentiles, tail, odds of being best, regret, value of knowing."""

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.result import Spread

__all__ = ["conditional_means", "confidence", "cvar", "evpi", "evppi", "expected_regret", "explained_share",
           "margin_standard_error",
           "p_best", "spread", "standard_error", "worth_of_rule"]  # fmt: skip

Array = NDArray[np.float64]

KNOTS = 8
"""Quantile knots of the regression behind the value of partial information."""
FOLDS = 2
"""Parts of the draws: a rule is fitted on all but one and valued on that one."""


def spread(values: Array) -> Spread:
    """Return percentiles and mean of an amount [USD], shape (n_draws,)."""
    p10, p50, p90 = np.percentile(values, [10, 50, 90])
    return Spread(p10=float(p10), p50=float(p50), p90=float(p90), mean=float(values.mean()))


def cvar(costs: Array, level: float = 0.9) -> Array:
    r"""Mean cost in the dearest share of the draws.

    .. math:: \mathrm{CVaR}_\alpha = \frac{1}{1 - \alpha} \int_\alpha^1 F^{-1}(u)\, du

    Parameters
    ----------
    costs
        Costs [USD], shape (n_draws,) or (n_draws, n_options).
    level
        Share left out, 0 to below 1; at 0 it is the mean.

    References
    ----------
    Rockafellar, Uryasev (2002), Journal of Banking & Finance 26, 1443-1471, eq. 25 (a draw split at the quantile).
    """
    ordered = np.sort(costs, axis=0)[::-1]
    left = (1.0 - level) * len(ordered)
    weight = np.clip(left - np.arange(len(ordered)), 0.0, 1.0) / left
    return np.tensordot(weight, ordered, axes=(0, 0))


def p_best(costs: Array) -> Array:
    """Return the share of draws in which each option is the cheapest; options that tie share the draw.

    Parameters
    ----------
    costs
        Costs [USD], shape (n_draws, n_options).

    Returns
    -------
    Array
        Shape (n_options,), sums to one.
    """
    best = costs == costs.min(axis=1, keepdims=True)
    return (best / best.sum(axis=1, keepdims=True)).mean(axis=0)


def expected_regret(costs: Array) -> Array:
    """Return the mean of each option's cost less the cheapest option's, draw by draw [USD], shape (n_options,)."""
    return (costs - costs.min(axis=1, keepdims=True)).mean(axis=0)


def evpi(costs: Array) -> float:
    r"""Return the expected value of perfect information [USD].

    .. math:: \min_k E[C_k] - E[\min_k C_k]

    References
    ----------
    Raiffa, Schlaifer (1961), *Applied Statistical Decision Theory*, ch. 4.
    """
    return float(expected_regret(costs).min())


def evppi(x: Array, costs: Array) -> float:
    r"""Return the worth of knowing one input (or a few) before deciding [USD], between nil and the EVPI.

    .. math:: \min_k E[C_k] - E_x[\min_k E[C_k \mid x]]

    The rule that the conditional means of one half of the draws imply is valued on the other half, and the other way
    round: what a rule of that form was worth on draws not used to fit it. Chance patterns earn nothing on average.

    Parameters
    ----------
    x
        Draws of the input, shape (n_draws,) or (n_draws, n_inputs).
    costs
        Costs [USD], shape (n_draws, n_options).

    References
    ----------
    Strong, Oakley, Brennan (2014), Medical Decision Making 34(3), 311-326 (regression estimator); here with
    cross-fitting instead of in-sample fitted values.
    """
    return worth_of_rule(conditional_means(x, costs), costs)


def worth_of_rule(expected: Array, costs: Array) -> float:
    """Return what choosing by conditional means saves against the one option that is cheapest on average [USD].

    Parameters
    ----------
    expected
        Conditional mean costs that the rule knows [USD], shape (n_draws, n_options).
    costs
        Costs [USD], same shape.
    """
    chosen = int(np.argmin(costs.mean(axis=0)))
    pick = np.argmin(expected, axis=1)
    return max(float((costs[:, chosen] - costs[np.arange(len(costs)), pick]).mean()), 0.0)


def conditional_means(x: Array, amounts: Array) -> Array:
    """Return the mean of each amount given an input, in every draw, from the draws of the other half.

    The regression is piecewise linear with knots at the input's quantiles, additive over several inputs; with fewer
    draws than it needs, the plain means are returned.

    Parameters
    ----------
    x
        Draws of the input, shape (n_draws,) or (n_draws, n_inputs).
    amounts
        Shape (n_draws, n_columns).
    """
    n = len(amounts)
    expected = np.broadcast_to(amounts.mean(axis=0), amounts.shape).copy()
    if n < FOLDS * (KNOTS + 2):
        return expected
    basis, centre = _hats(x.reshape(n, -1)), expected[0].copy()
    fold: NDArray[np.intp] = np.arange(n, dtype=np.intp) * FOLDS // n
    for held_out in range(FOLDS):
        fit, use = np.flatnonzero(fold != held_out), np.flatnonzero(fold == held_out)
        weights = np.linalg.pinv(basis[fit].T @ basis[fit], hermitian=True) @ (basis[fit].T @ (amounts[fit] - centre))
        expected[use] = centre + basis[use] @ weights
    return expected


def explained_share(expected: Array, result: Array) -> float:
    r"""Return the share of a result's variance that conditional means explain, between nil and one.

    .. math:: S = \mathrm{Var}(E[Y \mid x]) / \mathrm{Var}(Y)

    Parameters
    ----------
    expected
        Conditional means, from draws not used to fit them, shape (n_draws,).
    result
        The result, shape (n_draws,).

    References
    ----------
    Saltelli et al. (2008), *Global Sensitivity Analysis: The Primer*, sec. 1.2 (first-order index).
    """
    variance = float(result.var())
    unexplained = float(((result - expected) ** 2).mean())
    return float(np.clip(1.0 - unexplained / variance, 0.0, 1.0)) if variance > 0 else 0.0


def _hats(x: Array) -> Array:
    """Return an additive piecewise-linear basis, shape (n, 1 + sum of columns): ones, then ramps from each knot."""
    columns: list[Array] = [np.ones(len(x))]
    for j in range(x.shape[1]):
        column: Array = x[:, j]
        scale = float(column.std())
        if scale == 0:
            continue
        z: Array = (column - column.mean()) / scale
        knots = sorted({float(q) for q in np.quantile(z, np.linspace(0, 1, KNOTS)[:-1])})
        columns.extend(np.maximum(z - knot, 0.0) for knot in knots)
    return np.column_stack(columns)


def confidence(costs: Array, chosen: int, threshold_usd: float) -> float:
    """Return the share of draws in which no other option beats the chosen one by more than the threshold."""
    behind: Array = costs[:, chosen] - costs.min(axis=1)
    return float(np.mean(behind <= threshold_usd))


def margin_standard_error(costs: Array, chosen: int) -> float:
    """Return the standard error of the mean difference between the chosen option and the next best [USD].

    Draws have converged for a decision when this is well below the materiality threshold; 0 without a second option.

    Parameters
    ----------
    costs
        Costs [USD], shape (n_draws, n_options).
    chosen
        Chosen option.
    """
    means = costs.mean(axis=0)
    others = [k for k in range(costs.shape[1]) if k != chosen]
    if not others:
        return 0.0
    second = min(others, key=lambda k: float(means[k]))
    return standard_error(costs[:, chosen] - costs[:, second])


def standard_error(values: Array) -> float:
    """Return the standard error of the mean of independent draws; an upper bound for stratified ones."""
    return float(values.std(ddof=1) / np.sqrt(values.size)) if values.size > 1 else float("inf")
