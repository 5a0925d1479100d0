"""What is measured on cash flows: present value, levelized cost, payback as odds, depreciation."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.finance.roots import InternalRates, find_crossings, irr

__all__ = ["InternalRates", "PaybackOdds", "capital_recovery_factor", "cheaper_from_month_odds", "discount_factors",
           "find_crossings", "irr", "levelized_cost_usd_per_mtok", "marginal_usd_per_request", "npv_usd",
           "payback_odds", "straight_line_depreciation_usd", "usd_per_request"]  # fmt: skip

Array = NDArray[np.float64]

MONTHS_PER_YEAR = 12


def discount_factors(n_months: int, discount_rate_per_year: float | Array) -> Array:
    r"""Present value of a dollar paid in the middle of each month.

    .. math:: d_m = (1 + r)^{-(m - 1/2)/12}

    Parameters
    ----------
    n_months
        Horizon [month].
    discount_rate_per_year
        Nominal discount rate [1/a], above -1; a number or shape (n_draws, 1).

    Returns
    -------
    Array
        Shape (1, n_months) or (n_draws, n_months).

    References
    ----------
    Mid-period convention: Damodaran (2012), *Investment Valuation*, ch. 12; rates compound yearly.

    Examples
    --------
    >>> discount_factors(1, 0.21).round(6).tolist()
    [[0.992089]]
    """
    years = (np.arange(n_months) + 0.5) / MONTHS_PER_YEAR
    return (1.0 + np.asarray(discount_rate_per_year, dtype=np.float64).reshape(-1, 1)) ** -years


def npv_usd(usd_per_month: Array, discount_rate_per_year: float | Array) -> Array:
    """Present value of monthly amounts, mid-month, nominal.

    Parameters
    ----------
    usd_per_month
        Amounts [USD/month], shape (n_draws, n_months).
    discount_rate_per_year
        Nominal discount rate [1/a], above -1; a number or shape (n_draws, 1).

    Returns
    -------
    Array
        Present value [USD], shape (n_draws,).

    Examples
    --------
    >>> npv_usd(np.array([[100.0, 100.0]]), 0.0).tolist()
    [200.0]
    """
    factors = discount_factors(usd_per_month.shape[1], discount_rate_per_year)
    return np.einsum("nm,nm->n", usd_per_month, np.broadcast_to(factors, usd_per_month.shape))


def levelized_cost_usd_per_mtok(usd_per_month: Array, mtok_per_month: Array, rate_per_year: float | Array) -> Array:
    r"""Present value of all costs over present value of the million tokens served within the SLO.

    .. math:: \mathrm{LCOT} = \sum_m d_m C_m / \sum_m d_m T_m

    Parameters
    ----------
    usd_per_month, mtok_per_month
        Costs [USD/month] and tokens served [Mtok/month], shape (n_draws, n_months).
    rate_per_year
        Nominal discount rate [1/a].

    Returns
    -------
    Array
        [USD/Mtok], shape (n_draws,); not a number where no token is served.

    References
    ----------
    Short, Packey, Holt (1995), NREL/TP-462-5173, eq. 4-5 (levelized cost of energy, both sums discounted).
    """
    return _ratio(npv_usd(usd_per_month, rate_per_year), npv_usd(mtok_per_month, rate_per_year))


def usd_per_request(usd_per_month: Array, requests_per_month: Array, rate_per_year: float | Array) -> Array:
    """Present value of all costs over present value of the requests, shape (n_draws,); NaN without requests.

    Parameters
    ----------
    usd_per_month, requests_per_month
        Costs [USD/month] and requests (or successful requests) [1/month], shape (n_draws, n_months).
    rate_per_year
        Nominal discount rate [1/a].
    """
    return _ratio(npv_usd(usd_per_month, rate_per_year), npv_usd(requests_per_month, rate_per_year))


def _ratio(numerator: Array, denominator: Array) -> Array:
    nothing = np.full_like(numerator, np.nan)
    return np.divide(numerator, denominator, out=nothing, where=denominator > 0)


@dataclass(frozen=True, slots=True)
class PaybackOdds:
    """When, and how likely, a saving turns positive for good."""

    prob_by_month: Array
    """Chance of having paid back by the end of each month [1], shape (n_months,), never falling."""
    prob_within_horizon: float
    """The last of them."""
    p50_months: float | None
    """First month by which the odds reach one half; None if they do not."""


def payback_odds(saving_usd_per_month: Array, *, discount_rate_per_year: float | Array = 0.0) -> PaybackOdds:
    """Odds by month that the cumulative saving has turned positive for good within the horizon.

    Simple payback at a rate of nil, discounted payback at any other. A draw pays back in the first month from which
    its cumulative saving stays above nil to the end of the horizon.

    Parameters
    ----------
    saving_usd_per_month
        Saving against the reference [USD/month], shape (n_draws, n_months).
    discount_rate_per_year
        Nominal discount rate [1/a], a number or shape (n_draws, 1).

    Examples
    --------
    >>> payback_odds(np.array([[-100.0, 60.0, 60.0]])).p50_months
    3.0
    """
    n_months = saving_usd_per_month.shape[1]
    cumulative = np.cumsum(saving_usd_per_month * discount_factors(n_months, discount_rate_per_year), axis=1)
    return _odds_for_good(cumulative > 0)


def _odds_for_good(positive: NDArray[np.bool_]) -> PaybackOdds:
    """Return the odds that a condition holds from each month to the end of the horizon."""
    for_good = np.logical_and.accumulate(positive[:, ::-1], axis=1)[:, ::-1]
    odds = for_good.mean(axis=0)
    reached = np.flatnonzero(odds >= 0.5)
    return PaybackOdds(odds, float(odds[-1]), float(reached[0] + 1) if reached.size else None)


def cheaper_from_month_odds(saving_usd_per_month: Array) -> PaybackOdds:
    """Odds by month that from it on an option costs less in every month: the break-even date.

    Unlike payback it does not ask whether the months before have been made good.

    Parameters
    ----------
    saving_usd_per_month
        Saving against the reference [USD/month], shape (n_draws, n_months).

    Examples
    --------
    >>> cheaper_from_month_odds(np.array([[-100.0, 60.0, 60.0]])).p50_months
    2.0
    """
    return _odds_for_good(saving_usd_per_month > 0)


def marginal_usd_per_request(
    usd_per_month: Array, usd_per_month_with_more: Array, more_requests_per_month: Array
) -> Array:
    """Cost of one more request by month, shape (n_draws, n_months); NaN where none is added.

    Parameters
    ----------
    usd_per_month, usd_per_month_with_more
        Cost at the volume and at a slightly higher one [USD/month], on the same draws.
    more_requests_per_month
        Requests added [1/month].
    """
    return _ratio(usd_per_month_with_more - usd_per_month, more_requests_per_month)


def capital_recovery_factor(discount_rate: float, lifetime: float) -> float:
    r"""Payment per period and unit of up-front cost.

    .. math:: \mathrm{CRF} = r / (1 - (1 + r)^{-n}), \quad \lim_{r \to 0} = 1/n

    Parameters
    ----------
    discount_rate
        Rate per period, above -1.
    lifetime
        Number of periods, above 0.

    References
    ----------
    Short, Packey, Holt (1995), NREL/TP-462-5173, table 2 (uniform capital recovery).

    Examples
    --------
    >>> round(capital_recovery_factor(0.08, 20), 5)
    0.10185
    """
    if discount_rate == 0:
        return 1.0 / lifetime
    return discount_rate / -math.expm1(-lifetime * math.log1p(discount_rate))


def straight_line_depreciation_usd(cost_usd: float, residual_usd: float, life_months: int, n_months: int) -> Array:
    """Book depreciation per month [USD/month], shape (n_months,): equal parts over the life, then nothing.

    Parameters
    ----------
    cost_usd, residual_usd
        Purchase cost and value at the end of life [USD].
    life_months
        Life [month], at least 1.
    n_months
        Horizon [month].

    Examples
    --------
    >>> straight_line_depreciation_usd(120, 0, 2, 3).tolist()
    [60.0, 60.0, 0.0]
    """
    return np.where(np.arange(n_months) < life_months, (cost_usd - residual_usd) / life_months, 0.0)
