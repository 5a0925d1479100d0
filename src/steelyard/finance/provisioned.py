"""Capacity bought ahead against paying list price: how many units, and what overflows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.errors import Fault, InputError
from steelyard.units import HOURS_PER_MONTH

__all__ = ["ProvisionedPlan", "cheapest_provisioned", "mean_price_factor"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ProvisionedPlan:
    """Units held every hour, the rest at list price."""

    units: int
    """Units."""
    usd_per_month: float
    """Units and overflow [USD/month]."""
    overflow_fraction: float
    """Share of the tokens that overflow to list price [1]."""
    utilization_fraction: float
    """Tokens carried over what the units could carry [1]; 0 without units."""


def cheapest_provisioned(
    mtok_per_h: Array, *, mtok_per_unit_h: float, usd_per_unit_h: float, list_usd_per_mtok: float,
    least_units: int = 0,
) -> ProvisionedPlan:  # fmt: skip
    r"""Return the exact cheapest number of provisioned units for a week's load.

    .. math:: \min_u \; u p H + c \sum_h \max(T_h - u k, 0)

    Convex in u: the cost falls while another unit saves more than it costs.

    Parameters
    ----------
    mtok_per_h
        Load by hour of the week, shape (168,) [Mtok/h].
    mtok_per_unit_h
        What one unit carries, as the seller or the study states it, above 0 [Mtok/h].
    usd_per_unit_h
        Price of a unit, busy or not [USD/h].
    list_usd_per_mtok
        Price of overflow [USD/Mtok].
    least_units
        Smallest number sold; 0: none need be bought.

    Raises
    ------
    InputError
        If a unit carries nothing.
    """
    if mtok_per_unit_h <= 0:
        raise InputError(Fault(f"a unit that carries {mtok_per_unit_h!r} Mtok/h", "provisioned throughput", "above 0",
                               "Supply the model's throughput per unit"))  # fmt: skip

    def usd(units: int) -> float:
        over = float(np.maximum(mtok_per_h - units * mtok_per_unit_h, 0.0).mean())
        return HOURS_PER_MONTH * (units * usd_per_unit_h + over * list_usd_per_mtok)

    low = max(least_units, 1)
    high = max(int(np.ceil(mtok_per_h.max(initial=0.0) / mtok_per_unit_h)), low)
    while low < high:  # convex: the least cost lies where one more unit first saves nothing
        middle = (low + high) // 2
        low, high = (middle + 1, high) if usd(middle + 1) < usd(middle) else (low, middle)
    held = low if usd(low) < usd(0) else 0
    beyond = float(np.maximum(mtok_per_h - held * mtok_per_unit_h, 0.0).mean())
    mean = float(mtok_per_h.mean())
    return ProvisionedPlan(
        units=held,
        usd_per_month=usd(held),
        overflow_fraction=beyond / mean if mean > 0 else 0.0,
        utilization_fraction=(mean - beyond) / (held * mtok_per_unit_h) if held > 0 else 0.0,
    )


def mean_price_factor(hourly_rps: Array, factor_by_hour: Array) -> float:
    r"""Return the mean price over list where the price depends on the hour of the week.

    .. math:: \sum_h r_h f_h / \sum_h r_h

    Parameters
    ----------
    hourly_rps
        Load by hour of the week, shape (168,) [1/s].
    factor_by_hour
        Price over list in that hour, shape (168,) [1]; the clock is UTC as in the load.

    Examples
    --------
    >>> mean_price_factor(np.array([3.0, 1.0]), np.array([1.0, 0.5]))
    0.875
    """
    total = float(hourly_rps.sum())
    return float(hourly_rps @ factor_by_hour) / total if total > 0 else float(factor_by_hour.mean())
