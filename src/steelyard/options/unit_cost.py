"""What one more machine costs over the months it serves, at the stated means: what orders are weighed with."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.price import GpuOffer, ServerPurchase
from steelyard.finance.measures import discount_factors
from steelyard.options.option import rent_name_of
from steelyard.options.owned import RESIDUAL_MONTHS
from steelyard.options.people import DEVICES_PER_ENGINEER, ENGINEER_USD
from steelyard.units import HOURS_PER_MONTH, MONTHS_PER_YEAR

__all__ = ["owned_unit_usd", "rented_unit_usd"]

Means = Mapping[str, NDArray[np.float64]]
DISCOUNT = "discount_rate_per_year"
OBSERVABILITY = "compute.observability_fraction"


def owned_unit_usd(server: ServerPurchase, means: Means, *, arrives: int, horizon: int) -> float:
    """Return the present value of one server from its delivery to the horizon, its residual value credited [USD].

    Parameters
    ----------
    server
        Price, devices and power.
    means
        Inputs at their stated means.
    arrives
        Month of delivery, from 1.
    horizon
        Horizon [month].
    """
    price, factors = _first(means, f"server_usd.{server.id}"), _factors(means, horizon)
    yearly = price * (_first(means, "hardware.support_fraction_of_capex_per_year")
                      + _first(means, "hardware.replacement_fraction_per_year"))  # fmt: skip
    energy = HOURS_PER_MONTH * _first(means, "pue.industry_average") * _first(means, "power.us_industrial_usd_per_kwh")
    space = _first(means, "colocation.wholesale_usd_per_kw_month") * (
        1.0 + _first(means, "colocation.high_density_premium_fraction"))  # fmt: skip
    monthly = yearly / MONTHS_PER_YEAR + server.power_kw * (energy + space) + _people(means, server.devices)
    monthly += _first(means, OBSERVABILITY) * price / RESIDUAL_MONTHS
    extra = 1.0 + _first(means, "hardware.network_and_installation_fraction_of_capex")
    left = price * _first(means, "hardware.residual_fraction_36m") ** ((horizon - arrives + 1) / RESIDUAL_MONTHS)
    return float(price * extra * factors[arrives - 1] + monthly * factors[arrives - 1 :].sum() - left * factors[-1])


def rented_unit_usd(offer: GpuOffer, means: Means, *, arrives: int, horizon: int) -> float:
    """Return the present value of one machine under a term, charged to the term's end [USD].

    Parameters
    ----------
    offer
        Rent, devices and term.
    means
        Inputs at their stated means.
    arrives
        First month of the term, from 1.
    horizon
        Horizon [month]; what the term owes after it is paid in its last month.
    """
    factors = _factors(means, horizon)
    rent = means[rent_name_of(offer)]
    signed = float(rent[0, min(arrives, rent.shape[1]) - 1])
    monthly = offer.usd_per_device_h * offer.devices * HOURS_PER_MONTH * signed
    ends = arrives + int(offer.term_months) - 1
    inside = float(factors[arrives - 1 : min(ends, horizon)].sum())
    beyond = max(ends - horizon, 0) * float(factors[-1])
    running = (_people(means, offer.devices) + _first(means, OBSERVABILITY) * monthly) * inside
    return monthly * (inside + beyond) + running


def _people(means: Means, devices: int) -> float:
    return _first(means, ENGINEER_USD) / MONTHS_PER_YEAR * devices / DEVICES_PER_ENGINEER


def _first(means: Means, name: str) -> float:
    return float(means[name][0, 0])


def _factors(means: Means, horizon: int) -> NDArray[np.float64]:
    return discount_factors(horizon, _first(means, DISCOUNT))[0]
