"""Break-even of amounts that do not change over time: the formulas behind most published comparisons."""

import math

from steelyard.units import SECONDS_PER_HOUR, TOKENS_PER_MTOK

__all__ = ["break_even_requests", "break_even_utilization", "output_usd_per_mtok", "periods_to_recover"]


def periods_to_recover(capex_usd: float, saving_usd_per_period: float) -> float:
    r"""Return after how many periods (hours, months) a constant saving has recovered an outlay.

    .. math:: t^* = K / s, \quad t^* = \infty \text{ for } s \le 0

    Parameters
    ----------
    capex_usd
        Outlay [USD], non-negative.
    saving_usd_per_period
        Cost avoided less running cost [USD per period].

    References
    ----------
    Lenovo Press LP2368 (2026), "Breakeven Point"; Pan et al. (2025), arXiv:2509.18101, eq. 4.

    Examples
    --------
    >>> round(periods_to_recover(250_141.80, 98.32 - 6.37))
    2720
    """
    return capex_usd / saving_usd_per_period if saving_usd_per_period > 0 else math.inf


def output_usd_per_mtok(usd_per_h: float, output_tokens_per_s: float) -> float:
    r"""Return what a million output tokens cost on a machine paid by the hour, at an offered load.

    .. math:: C = p / (3600\, \theta / 10^6)

    Parameters
    ----------
    usd_per_h
        Price of all devices together [USD/h].
    output_tokens_per_s
        Output tokens per second at that load, above 0.

    References
    ----------
    Patil (2026), arXiv:2606.11690, effective cost.

    Examples
    --------
    >>> round(output_usd_per_mtok(6.98, 6217.144), 4)
    0.3119
    """
    return usd_per_h / (output_tokens_per_s * SECONDS_PER_HOUR / TOKENS_PER_MTOK)


def break_even_requests(
    fixed_usd_per_month: float, usd_per_request_bought: float, usd_per_request_own: float = 0.0
) -> float:
    r"""Return the requests per month at which a fixed stack costs as much as paying per request; infinite if never.

    .. math:: N^* = F / (p - v)

    Parameters
    ----------
    fixed_usd_per_month
        Fixed cost of the stack [USD/month].
    usd_per_request_bought, usd_per_request_own
        Price paid per request and the stack's own variable cost per request [USD/request].

    Examples
    --------
    >>> break_even_requests(1000.0, 0.10)
    10000.0
    """
    return periods_to_recover(fixed_usd_per_month, usd_per_request_bought - usd_per_request_own)


def break_even_utilization(owned_usd_per_h: float, rented_usd_per_h: float) -> float:
    r"""Return the share of hours a machine must be needed for owning it to cost as much as renting by the hour.

    .. math:: u^* = c_{owned} / p_{rented}

    Above 1 owning never pays.

    Parameters
    ----------
    owned_usd_per_h
        All-in cost of owning, per hour of its life, needed or not [USD/h].
    rented_usd_per_h
        Rent per hour in which it is needed [USD/h].

    References
    ----------
    Uptime Institute, O. Rogers, 30 January 2025, cost of dedicated GPU clusters against cloud.

    Examples
    --------
    >>> break_even_utilization(1.5, 3.0)
    0.5
    """
    return owned_usd_per_h / rented_usd_per_h
