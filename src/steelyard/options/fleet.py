"""From a week of load to machines: replicas by hour, whole instances, paid hours, against volume."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.serving import CapacityCurve
from steelyard.finance.commitments import hours_beyond
from steelyard.units import HOURS_PER_MONTH, HOURS_PER_WEEK, SECONDS_PER_HOUR

__all__ = ["Fleet", "Split", "cheapest_split", "hours_beyond_table", "instances_for", "week_table"]

MULTIPLIERS = np.geomspace(1e-3, 1e3, 241)
"""Volume over the base month at which paid hours are tabulated [1]; 40 points a decade."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """How a replica is laid on machines that come whole."""

    devices_per_replica: int
    devices_per_instance: int

    @property
    def replicas_per_instance(self) -> int:
        """Replicas that share one machine (0 when a replica needs several)."""
        return self.devices_per_instance // self.devices_per_replica

    @property
    def instances_per_replica(self) -> int:
        """Machines one replica needs."""
        return -(-self.devices_per_replica // self.devices_per_instance)


def instances_for(replicas: NDArray[np.float64], fleet: Fleet) -> NDArray[np.float64]:
    """Return whole machines that hold the replicas, any shape."""
    if fleet.replicas_per_instance >= 1:
        return np.ceil(replicas / fleet.replicas_per_instance - 1e-9)
    return replicas * fleet.instances_per_replica


ROUNDING = 1e-9
"""Hours by which a busy time may fall short of the one worth holding, for rounding [h]."""


class Split(NamedTuple):
    """Machines held under a term, and the hours of others paid as needed."""

    committed: int
    usd_per_month: float
    """Of both, at the base load."""


def cheapest_split(
    machines_by_hour: NDArray[np.float64], committed_usd_per_h: float, on_demand_usd_per_h: float, *, least: int = 0
) -> Split:  # fmt: skip
    """Return how many machines to hold under a term for a week that repeats, the rest paid by the hour.

    The last machine held is busy for at least the ratio of both prices; equal costs hold more.

    Parameters
    ----------
    machines_by_hour
        Machines needed in each hour of the week, shape (168,).
    committed_usd_per_h, on_demand_usd_per_h
        Price of a machine [USD/h], above 0; the first is paid in every hour.
    least
        Machines held at least.
    """
    n_hours = len(machines_by_hour)
    worth = max(math.ceil(n_hours * committed_usd_per_h / on_demand_usd_per_h - ROUNDING), 1)
    needed = math.ceil(np.sort(machines_by_hour)[n_hours - worth]) if worth <= n_hours else 0
    held = max(needed, least)
    beyond = float(np.maximum(machines_by_hour - held, 0.0).mean())
    return Split(held, (held * committed_usd_per_h + beyond * on_demand_usd_per_h) * HOURS_PER_MONTH)


def hours_beyond_table(
    hourly_rps: NDArray[np.float64], curve: CapacityCurve, fleet: Fleet, *, spare: int, committed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Machine hours in a mean month beyond those held, against the volume multiplier.

    Parameters
    ----------
    hourly_rps, curve, fleet, spare
        As in ``week_table``.
    committed
        Machines held in every hour.

    Returns
    -------
    tuple
        Multipliers and machine hours per month, each of shape (n_multipliers,).
    """
    load = np.maximum(MULTIPLIERS[:, None] * hourly_rps[None, :], np.finfo(np.float64).tiny)
    machines = instances_for(curve.replicas(load, spare=spare), fleet)
    return MULTIPLIERS, hours_beyond(machines, float(committed))


def week_table(
    hourly_rps: NDArray[np.float64], curve: CapacityCurve, fleet: Fleet, *, spare: int, start_up_s: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
    """Paid machine hours in a mean month against the volume multiplier, following the load hour by hour.

    A machine that the next hour needs is started ``start_up_s`` ahead and paid from then on. At least one machine
    runs in every hour: requests may come at any time.

    Parameters
    ----------
    hourly_rps
        Load by hour of week, shape (168,) [1/s].
    curve
        What one replica carries.
    fleet
        How replicas lie on machines.
    spare
        Replicas held beyond need for availability.
    start_up_s
        From order to ready [s].

    Returns
    -------
    tuple
        Multipliers and machine hours per month, each of shape (n_multipliers,).
    """
    load = np.maximum(MULTIPLIERS[:, None] * hourly_rps[None, :], np.finfo(np.float64).tiny)
    machines = instances_for(curve.replicas(load, spare=spare), fleet)
    ahead = np.maximum(np.roll(machines, -1, axis=1) - machines, 0.0) * min(start_up_s / SECONDS_PER_HOUR, 1.0)
    hours = (machines + ahead).sum(axis=1) * (HOURS_PER_MONTH / HOURS_PER_WEEK)
    return MULTIPLIERS, hours
