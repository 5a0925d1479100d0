"""Machines added to those held today as the load outgrows them: what runs today does not carry any load for nothing."""

from dataclasses import dataclass

from steelyard.domain.price import ServerPurchase
from steelyard.domain.serving import CapacityCurve
from steelyard.finance.builder import LedgerBuilder, Term, ceil, from_month, maximum, running_max
from steelyard.options.demand import Demand
from steelyard.options.fleet import Fleet
from steelyard.options.option import REQUESTS, efficiency_name
from steelyard.options.owned import add_capital, add_site
from steelyard.options.replicas import ENGINE_GAIN, spare_replicas
from steelyard.printed import count
from steelyard.units import HOURS_PER_MONTH

__all__ = ["Growth", "add_machines"]

_CARRIED = 1e-9
"""Room above today's load in machines that are known to carry just it: keeps rounding from adding one [1]."""


@dataclass(frozen=True, slots=True)
class Growth:
    """What the machines held carry, and for how many."""

    curve: CapacityCurve
    """What one replica of today's model carries on them, as predicted."""
    devices: int
    """Devices held."""
    demand: Demand
    """Traffic."""

    @property
    def replicas(self) -> int:
        """Replicas that fit the devices held, at least the one that serves."""
        return max(self.devices // self.curve.config.parallelism.devices, 1)

    @property
    def serving(self) -> int:
        """Those of them that carry load; the spare that availability asks for stands beside where there are several."""
        return max(self.replicas - spare_replicas(self.demand), 1)

    @property
    def usable_rps(self) -> float:
        """Load one replica holds within the promises, headroom taken off [request/s]."""
        return self.curve.max_rps * (1.0 - self.curve.headroom)

    @property
    def least_capacity(self) -> float:
        """Real over predicted capacity below which they could not carry the load they carry today [1]."""
        peak = float(self.demand.hourly_rps.max())
        return peak / (self.serving * self.usable_rps) * (1.0 + _CARRIED)

    @property
    def note(self) -> str:
        """What a reader should know."""
        most = self.demand.requests_per_month / self.least_capacity
        held = f"The machines held hold {count(most)} requests a month within the promises, as predicted;"
        if self.least_capacity > 1:
            return f"{held} they are taken to carry today's load, and what grows beyond it is charged for."
        return f"{held} what grows beyond that is charged for."


def add_machines(
    builder: LedgerBuilder, growth: Growth, *, server: ServerPurchase | None, rent_usd_per_device_h: Term | None,
) -> None:  # fmt: skip
    """Add what the machines cost that the load needs beyond those held: bought whole, or rented like those held.

    That they carry today's load bounds their capacity from below, whatever is predicted; month 1 is today.

    Parameters
    ----------
    builder
        Ledger under construction.
    growth
        What those held carry.
    server
        Price, devices and power of one server, where those held are owned.
    rent_usd_per_device_h
        Rent of one device by month, where those held are rented [USD/(device h)].
    """
    each = growth.curve.config.parallelism.devices
    beyond = running_max(_beyond(builder, growth) * from_month(2))
    more = builder.quantity("replicas_beyond_held", beyond, unit="replica",
                            label="Replicas that the load needs beyond those held")  # fmt: skip
    if rent_usd_per_device_h is not None:
        builder.line("rent_added", more * float(each) * rent_usd_per_device_h * HOURS_PER_MONTH, group="compute",
                     label="Rent of machines added")  # fmt: skip
    elif server is not None:
        fleet = Fleet(each, server.devices)
        whole = ceil(more / float(fleet.replicas_per_instance)) if fleet.replicas_per_instance else (
            more * float(fleet.instances_per_replica))  # fmt: skip
        servers = builder.quantity("servers_beyond_held", whole, unit="machine", label="Servers beyond those held")
        add_capital(builder, server, servers, None, growth.demand.horizon_months)
        add_site(builder, server, servers, prefix="added_", said="Servers added: ")


def _beyond(builder: LedgerBuilder, growth: Growth) -> Term:
    """Return the replicas of the busiest hour less those held, spare included on both sides, at least none."""
    config, demand = growth.curve.config, growth.demand
    requests = builder.input(REQUESTS, unit="request/month", label="Requests")
    base = builder.constant("base_requests", demand.requests_per_month, unit="request/month",
                            label="Requests in the base month", source="traffic")  # fmt: skip
    efficiency = builder.input(efficiency_name(config.model, config.accelerator), unit="1",
                               label="Real over predicted capacity of a replica")  # fmt: skip
    gain = builder.input(ENGINE_GAIN, unit="1", label="Engine throughput against today's")
    least = builder.constant("least_capacity", growth.least_capacity, unit="1", source="today's load is carried",
                             label="Capacity over prediction that today's load proves")  # fmt: skip
    usable = builder.constant("replica_rps", growth.usable_rps, unit="request/s", source="serving model",
                              label="Load one replica holds within the SLO, headroom taken off")  # fmt: skip
    peak = builder.constant("peak_rps", float(demand.hourly_rps.max()), unit="request/s", source="traffic",
                            label="Load of the busiest hour of the base month")  # fmt: skip
    held = builder.constant("replicas_held", float(growth.replicas), unit="replica", label="Replicas held",
                            source="study")  # fmt: skip
    serving = ceil(peak * (requests / base) / (usable * maximum(efficiency, least) * gain))
    return maximum(serving + float(spare_replicas(demand)) - held, 0.0)
