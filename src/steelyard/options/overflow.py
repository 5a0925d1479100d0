"""A base on own machines and what exceeds it bought: capacity ordered on past volume, the rest paid by the token."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from steelyard.domain.ledger import Ledger
from steelyard.domain.price import GpuOffer, RateCard, ServerPurchase
from steelyard.domain.result import PlanStep
from steelyard.finance.builder import (
    LedgerBuilder,
    Operand,
    Term,
    delay,
    from_month,
    in_month,
    lookup,
    running_max,
    running_sum,
)
from steelyard.nouns import counted, noun
from steelyard.options.beside import Beside, add_beside, add_staging
from steelyard.options.bought import Service, add_switch_lines, add_token_lines
from steelyard.options.demand import Demand
from steelyard.options.fleet import Fleet
from steelyard.options.option import REQUESTS, Hardware, Option, rent_name_of
from steelyard.options.owned import CAPEX_LINES, add_owned
from steelyard.options.people import add_people, salary_of
from steelyard.options.replicas import Candidate, add_refresh, add_use, load_multiplier, notes_of
from steelyard.options.routing import add_routing
from steelyard.options.self_hosted import add_committed, by_the_hour
from steelyard.printed import count

__all__ = ["SERVED_SHARE", "Base", "Beyond", "Orders", "overflow_option", "served_table", "stepped"]

SERVED_SHARE = "served_share"
"""Quantity: share of the requests that the base carries [1]."""
EDGE = 1e-9
"""Relative width of a step in a table [1]."""


@dataclass(frozen=True, slots=True)
class Base:
    """The machines of the base."""

    candidate: Candidate
    """Model, accelerator and capacity."""
    server: ServerPurchase | None = None
    """Bought, or ..."""
    offer: GpuOffer | None = None
    """... rented for a term."""
    on_demand: GpuOffer | None = None
    """The same machine by the hour, for staging; absent: at the rent of the term."""

    @property
    def devices(self) -> int:
        """Devices of one machine [device]."""
        machine = self.server or self.offer
        return machine.devices if machine else 1

    @property
    def fleet(self) -> Fleet:
        """How a replica lies on machines."""
        return Fleet(self.candidate.curve.config.parallelism.devices, self.devices)

    @property
    def machines_per_unit(self) -> int:
        """Machines that come together: those of one replica, where it needs several [machine]."""
        return 1 if self.fleet.replicas_per_instance >= 1 else self.fleet.instances_per_replica

    @property
    def unit_rps(self) -> float:
        """Load one unit holds within the SLO, headroom taken off [1/s]."""
        curve = self.candidate.curve
        return curve.max_rps * (1.0 - curve.headroom) * max(self.fleet.replicas_per_instance, 1)


@dataclass(frozen=True, slots=True)
class Beyond:
    """Who serves what exceeds the base."""

    services: tuple[Service, ...]
    """Models in use, the first one named."""
    discount: float
    """Negotiated discount off list [1]."""
    runs_today: bool
    """Whether it is what runs today: no migration, and no batch service not used today."""
    switching: bool
    """Whether something else runs today, so that buying it is a migration."""

    @property
    def card(self) -> RateCard:
        """Price list of the first service."""
        return self.services[0].card


@dataclass(frozen=True, slots=True)
class Orders:
    """When units may be ordered, and up to how many, by volume seen."""

    months: tuple[int, ...]
    """Months at whose start one orders."""
    lead_months: int
    """Order to service [month]."""
    edges: tuple[tuple[float, ...], ...]
    """For each of them: volume over the base month from which the next number of units applies."""
    units: tuple[tuple[int, ...], ...]
    """For each of them: units, one more than edges."""


def served_table(hourly_rps: Sequence[float]) -> tuple[list[float], list[float]]:
    """Share of a week's requests that a constant capacity carries, exact at every point and linear between.

    Parameters
    ----------
    hourly_rps
        Load by hour of week, shape (168,) [1/s], not all zero.

    Returns
    -------
    tuple
        Capacity over the mean load, ascending from 0, and the share carried; flat once all is.
    """
    relative = np.asarray(hourly_rps, dtype=np.float64) / float(np.mean(hourly_rps))
    capacity = np.unique(np.concatenate([[0.0], relative]))
    share = np.minimum(relative[None, :], capacity[:, None]).mean(axis=1)
    return [*capacity.tolist(), float(capacity[-1]) * 2.0], [*share.tolist(), float(share[-1])]


def stepped(x: Operand, edges: Sequence[float], values: Sequence[float]) -> Operand:
    """Return a table of steps at ``x``: the first value below the first edge, the next from it on."""
    xs, ys = [0.0], [float(values[0])]
    for edge, value in zip(edges, values[1:], strict=True):
        if value != ys[-1] and edge * (1.0 - EDGE) > xs[-1]:
            xs += [edge * (1.0 - EDGE), edge]
            ys += [ys[-1], float(value)]
    if len(xs) == 1:
        return float(ys[0])
    return lookup(x, [*xs, xs[-1] * 2.0], [*ys, ys[-1]])


def overflow_option(base: Base, beyond: Beyond, demand: Demand, orders: Orders) -> Option:
    """Return the option of own machines for a base and a bought service for what exceeds it.

    Machines are ordered on the volume of the month before the order and serve after the lead time. In each hour of
    the week they take what they hold; the rest, and all before they are live, is bought. No spare machine is held:
    what a failed one leaves is bought too. Charged beside both: an evaluation of the mix, and routing.

    Parameters
    ----------
    base
        The machines.
    beyond
        The bought service.
    demand
        Traffic.
    orders
        When and up to how many units are ordered.
    """
    kind_of_base = "own" if base.server else "rent"
    option_id = f"overflow:{kind_of_base}:{base.candidate.accelerator.id}/{base.candidate.model.id}"
    builder = LedgerBuilder(option_id)
    late = replace(demand, build_months=orders.months[0] - 1 + orders.lead_months)
    live = from_month(late.build_months + 1)
    load = load_multiplier(builder, base.candidate, demand)
    machines, staging = _add_base(builder, base, late, orders, live)
    share = _served(builder, base, demand, load, machines)
    add_use(builder, base.candidate, demand, base.fleet, load=load * share, machines=machines, staging_hours=staging)
    paid = add_token_lines(builder, beyond.services, demand, discount=beyond.discount, batch=not beyond.runs_today,
                           window=1.0 - share, prefix="beyond_", heading="Beyond the base: ")  # fmt: skip
    salary = salary_of(builder, demand)
    add_people(builder, late, machines * float(base.devices), live, salary)
    add_refresh(builder, late, salary)
    add_switch_lines(builder, beyond.card, switching=beyond.switching and not beyond.runs_today)
    add_routing(builder, salary, live=live)
    plan = _laid_out(base, beyond, demand, orders, builder.build())
    return replace(plan, interim_lines=paid) if beyond.runs_today else plan


def _add_base(
    builder: LedgerBuilder, base: Base, late: Demand, orders: Orders, live: Term
) -> tuple[Term, Term | None]:  # fmt: skip
    """Add what the machines cost; return those in service [machine] and the hours of staging [h/month]."""
    requests = builder.input(REQUESTS, unit="request/month", label="Requests")
    first = builder.constant("base_requests", late.requests_per_month, unit="request/month",
                             label="Requests in the month the fleet was sized for", source="traffic")  # fmt: skip
    volume = builder.quantity("volume", requests / first, unit="1", label="Requests over the base month")
    seen = delay(volume, orders.lead_months + 1)
    size = float(base.machines_per_unit)
    held: Term | None = None
    for month, edges, units in zip(orders.months, orders.edges, orders.units, strict=True):
        arrives = month + orders.lead_months
        level = stepped(seen, edges, [size * u for u in units])
        level = level * in_month(arrives) if isinstance(level, Term) else in_month(arrives) * level
        if base.server is None and base.offer is not None:
            ends = arrives + int(base.offer.term_months)
            level = running_sum(level) * (from_month(arrives) - from_month(ends))
        held = level if held is None else held + level
    assert held is not None  # a plan has an order
    if base.server is not None:
        servers = builder.quantity("servers", running_max(held), unit="machine", label="Servers in service")
        add_owned(builder, base.candidate, base.server, late, servers=servers, live=live)
        return servers, None
    assert base.offer is not None  # machines are bought or rented
    machines = builder.quantity("machines", held, unit="machine", label="Machines committed")
    hourly = builder.constant("usd_per_machine_hour", base.offer.usd_per_device_h * base.offer.devices, unit="USD/h",
                              label=f"Rent of one {base.offer.machine}",
                              source=base.offer.evidence.source)  # fmt: skip
    factor = builder.input(rent_name_of(base.offer), unit="1", label="Rent against today's")
    rent = add_committed(builder, base.offer, late, machines, hourly, factor)
    by_hour = by_the_hour(builder, base.on_demand) if base.on_demand else hourly
    staging = add_staging(builder, base.fleet.devices_per_replica / base.fleet.devices_per_instance,
                          by_hour * factor * live)  # fmt: skip
    config = base.candidate.curve.config
    beside = Beside(machines, rent, float(base.candidate.model.parameters_total), config.weights)
    add_beside(builder, late, beside, live)
    return machines, staging


def _served(builder: LedgerBuilder, base: Base, demand: Demand, load: Term, machines: Term) -> Term:
    per_unit = builder.constant("unit_rps", base.unit_rps / base.machines_per_unit, unit="request/(s machine)",
                                source="serving model",
                                label="Load one machine holds within the SLO, headroom taken off")  # fmt: skip
    mean = builder.constant("mean_rps", float(demand.hourly_rps.mean()), unit="request/s", source="traffic",
                            label="Mean load of the base month")  # fmt: skip
    room = builder.quantity("room", machines * per_unit / (load * mean), unit="1",
                            label="Capacity of the base over the mean load")  # fmt: skip
    xs, ys = served_table(demand.hourly_rps.tolist())
    return builder.quantity(SERVED_SHARE, lookup(room, xs, ys), unit="1", label="Share of requests the base carries")


def _laid_out(base: Base, beyond: Beyond, demand: Demand, orders: Orders, ledger: Ledger) -> Option:
    model, device = base.candidate.model.id, base.candidate.accelerator.name
    bought = beyond.card.model.split("/")[-1]
    term = f"rented for {counted(base.offer.term_months, 'month')}" if base.offer else "owned"
    replicas = base.fleet.replicas_per_instance or 1
    first = max(orders.units[0])
    return Option(
        id=ledger.option,
        label=f"Run a base of {model} on {device} {term}, buy what exceeds it as {bought} from {beyond.card.seller}",
        kind="hybrid", model=model, ledger=ledger,
        hardware=Hardware(base.candidate.curve, offer=base.offer, server=base.server,
                          peak_replicas=float(first * replicas), replicas_by_hour=(float(first * replicas),) * 168,
                          elasticities=base.candidate.elasticities),
        capex_lines=CAPEX_LINES if base.server else (),
        notes=("The share beyond the base is that of the hours of the week; how orders follow volume was fitted on "
               "draws of its own.", *notes_of(base.candidate, demand)),
        steps=_steps(orders, demand, bought),
    )  # fmt: skip


def _steps(orders: Orders, demand: Demand, bought: str) -> tuple[PlanStep, ...]:
    steps = [PlanStep(month=1, action=f"buy all requests as {bought}; from month "
                      f"{orders.months[0] + orders.lead_months} only what exceeds the base")]  # fmt: skip
    for month, edges, units in zip(orders.months[1:], orders.edges[1:], orders.units[1:], strict=True):
        rises = [(edge * demand.requests_per_month, unit) for edge, unit, before in
                 zip(edges, units[1:], units[:-1], strict=True) if unit != before]  # fmt: skip
        words = ", ".join(f"{unit} from {count(edge)} requests" for edge, unit in rises[:3])
        least = f"hold {units[0] or 'no'} {noun(units[0] or 1, 'unit')}"
        steps.append(PlanStep(month=month, action=f"{least}, {words} in the month before" if words else least))
    return tuple(steps)
