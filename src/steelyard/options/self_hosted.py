"""Open weights on rented machines: by the hour, spot, or under a term with the rest by the hour."""

import numpy as np

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.price import GpuOffer
from steelyard.domain.serving import CapacityCurve
from steelyard.finance.builder import LedgerBuilder, Term, from_month, in_month, lookup, running_max, running_sum
from steelyard.nouns import counted
from steelyard.options.beside import Beside, add_beside, add_staging
from steelyard.options.demand import Demand
from steelyard.options.fleet import Fleet, Split, cheapest_split, hours_beyond_table, instances_for, week_table
from steelyard.options.option import Hardware, Option, rent_name_of
from steelyard.options.owned import owned_option
from steelyard.options.people import add_people, salary_of
from steelyard.options.replicas import (
    ENGINE_GAIN,
    Candidate,
    Interim,
    add_refresh,
    add_until_live,
    add_use,
    hardware_use,
    load_multiplier,
    notes_of,
    peak_machines,
    spare_replicas,
)
from steelyard.units import HOURS_PER_MONTH, SECONDS_PER_HOUR

__all__ = ["ENGINE_GAIN", "START_UP", "Candidate", "Interim", "add_committed", "add_hours", "by_the_hour",
           "owned_option", "rented_option", "term_split"]  # fmt: skip

START_UP = "compute.instance_start_up_s"


def rented_option(
    candidate: Candidate, offer: GpuOffer, demand: Demand, catalogue: Catalogue, *, interim: Interim | None,
    on_demand: GpuOffer | None = None,
) -> Option:  # fmt: skip
    """Return the option of running a model on rented accelerators.

    On demand and spot, paid machines follow the load of each hour of the week. Under a term, the machines worth
    holding in the base week are committed, at the price of the month in which the term began, and the rest is paid by
    the hour; a term that outlives the horizon is charged to its end. Without an offer by the hour the machines of the
    busiest hour so far are committed.

    Parameters
    ----------
    candidate
        Model, accelerator and capacity.
    offer
        Price per device hour and the machine it comes in.
    demand
        Traffic.
    catalogue
        Source of start-up times.
    interim
        Service used while building; None if none may be.
    on_demand
        The same machine by the hour, beside a term.
    """
    option_id = f"rent:{candidate.accelerator.id}/{candidate.model.id}/{offer.price_type}"
    builder = LedgerBuilder(option_id)
    fleet = Fleet(candidate.curve.config.parallelism.devices, offer.devices)
    live = from_month(demand.build_months + 1)
    load = load_multiplier(builder, candidate, demand)
    hourly = builder.constant("usd_per_machine_hour", offer.usd_per_device_h * offer.devices, unit="USD/h",
                              label=f"Rent of one {offer.machine}", source=offer.evidence.source)  # fmt: skip
    factor = builder.input(rent_name_of(offer), unit="1", label="Rent against today's")
    staged = hourly * factor * live
    if offer.price_type in ("on_demand", "spot"):
        start_up_s = catalogue.figure(START_UP).value
        machines, rent = add_hours(builder, candidate, offer, demand, start_up_s, load, staged, live)
    elif on_demand is None or on_demand.devices != offer.devices:
        machines, rent = _add_term(builder, candidate, offer, demand, load, hourly, factor)
    else:
        machines, rent = _add_split(builder, candidate, offer, on_demand, demand, load, hourly, factor)
        staged = by_the_hour(builder, on_demand) * factor * live
    staging = add_staging(builder, fleet.devices_per_replica / fleet.devices_per_instance, staged)
    add_use(builder, candidate, demand, fleet, load=load * live, machines=machines, staging_hours=staging)
    weights = candidate.curve.config.weights
    add_beside(builder, demand, Beside(machines, rent, float(candidate.model.parameters_total), weights), live)
    interim_lines = add_until_live(builder, demand, interim, live)
    salary = salary_of(builder, demand)
    add_people(builder, demand, machines * float(offer.devices), live, salary)
    add_refresh(builder, demand, salary)
    by_hour, peak, used = hardware_use(candidate, demand, fleet)
    words = {"on_demand": "on demand", "spot": "spot", "reserved_1y": "for 1 year", "reserved_3y": "for 3 years"}
    return Option(
        id=option_id,
        label=f"Run {candidate.model.id} on {candidate.accelerator.name} rented {words[offer.price_type]}",
        kind="self_host_rented",
        model=candidate.model.id,
        ledger=builder.build(),
        hardware=Hardware(candidate.curve, offer=offer, peak_replicas=peak, replicas_by_hour=by_hour,
                          utilization_fraction=used, elasticities=candidate.elasticities,
                          by_the_hour=on_demand),
        interim_lines=interim_lines,
        interim_model=interim.services[0].card.model if interim and interim_lines else None,
        notes=notes_of(candidate, demand, offer.price_type),
    )  # fmt: skip


def add_hours(
    builder: LedgerBuilder, candidate: Candidate, offer: GpuOffer, demand: Demand, start_up_s: float, load: Term,
    hourly: Term, live: Term | None = None,
) -> tuple[Term, Term]:  # fmt: skip
    """Return machines (mean over the month) and rent, following the load.

    Parameters
    ----------
    builder
        Ledger under construction.
    candidate
        Model, accelerator and capacity.
    offer
        The machine, by the hour or spot.
    demand
        Traffic.
    start_up_s
        Time to start a machine, where the offer does not say [s].
    load
        Load over the base month [1].
    hourly
        Rent of one machine by the hour, 0 before it is live [USD/h].
    live
        1 from a month that the draw decides, for the machines shown [1]; absent: as the rent says.
    """
    fleet = Fleet(candidate.curve.config.parallelism.devices, offer.devices)
    start_up_s = offer.start_up_s if offer.start_up_s is not None else start_up_s
    spare = spare_replicas(demand)
    if offer.price_type == "spot":
        spare = max(spare, 1 if demand.slo.terms else 0)
        hourly = _per_useful_hour(builder, hourly, start_up_s)
    xs, ys = week_table(demand.hourly_rps, candidate.curve, fleet, spare=spare, start_up_s=start_up_s)
    hours = builder.quantity("machine_hours", lookup(load, xs.tolist(), ys.tolist()), unit="h/month",
                             label="Paid machine hours, following the load")  # fmt: skip
    rent = builder.quantity("rent", hours * hourly, unit="USD/month", label="Rent")
    builder.line("rent", rent, group="compute", label=f"Rent of {offer.machine} at {offer.seller}")
    machines = hours / HOURS_PER_MONTH
    machines = machines if live is None else machines * live
    return builder.quantity("machines", machines, unit="machine", label="Machines, mean over the month"), rent


def _per_useful_hour(builder: LedgerBuilder, hourly: Term, start_up_s: float) -> Term:
    """Return the price of an hour of useful work on machines that are taken away [USD/h].

    Each interruption loses the start of another machine; one replica more is held where latency is promised.
    """
    taken = builder.input("compute.spot_interruptions_per_month", unit="1/month",
                          label="Interruptions of a spot machine")  # fmt: skip
    lost = builder.constant("hours_lost_per_interruption", start_up_s / SECONDS_PER_HOUR, unit="h", source=START_UP,
                            label="Paid hours lost each time")  # fmt: skip
    return builder.quantity("usd_per_useful_hour", hourly / (1.0 - taken * lost / HOURS_PER_MONTH), unit="USD/h",
                            label="Rent of an hour of useful work on spot machines")  # fmt: skip


def by_the_hour(builder: LedgerBuilder, on_demand: GpuOffer) -> Term:
    """Return the list rent of one machine by the hour [USD/h]."""
    return builder.constant("usd_per_machine_hour_on_demand", on_demand.usd_per_device_h * on_demand.devices,
                            unit="USD/h", label=f"Rent of one {on_demand.machine} by the hour",
                            source=on_demand.evidence.source)  # fmt: skip


def _add_term(
    builder: LedgerBuilder, candidate: Candidate, offer: GpuOffer, demand: Demand, load: Term, hourly: Term,
    factor: Term,
) -> tuple[Term, Term]:  # fmt: skip
    """Return machines and rent under a term."""
    fleet = Fleet(candidate.curve.config.parallelism.devices, offer.devices)
    needed = peak_machines(builder, candidate, demand, fleet, load) * from_month(demand.build_months + 1)
    machines = builder.quantity("machines", running_max(needed), unit="machine", label="Machines committed")
    return machines, add_committed(builder, offer, demand, machines, hourly, factor)


def _add_split(
    builder: LedgerBuilder, candidate: Candidate, offer: GpuOffer, on_demand: GpuOffer, demand: Demand, load: Term,
    hourly: Term, factor: Term,
) -> tuple[Term, Term]:  # fmt: skip
    """Return machines (mean over the month) and rent: some under the term, what the load needs beyond by the hour."""
    fleet = Fleet(candidate.curve.config.parallelism.devices, offer.devices)
    live = from_month(demand.build_months + 1)
    split = term_split(candidate.curve, offer, on_demand, demand)
    count = builder.constant("machines_committed", float(split.committed), unit="machine", source="cheapest split",
                             label="Machines under the term: each busy enough to be worth it")  # fmt: skip
    committed = builder.quantity("machines_held", count * live, unit="machine", label="Machines committed")
    rent = add_committed(builder, offer, demand, committed, hourly, factor)
    xs, ys = hours_beyond_table(demand.hourly_rps, candidate.curve, fleet, spare=spare_replicas(demand),
                                committed=split.committed)  # fmt: skip
    by_hour = by_the_hour(builder, on_demand)
    hours = builder.quantity("machine_hours_beyond", lookup(load, xs.tolist(), ys.tolist()) * live, unit="h/month",
                             label="Machine hours beyond those committed")  # fmt: skip
    beyond = builder.quantity("rent_beyond", hours * by_hour * factor, unit="USD/month", label="Rent by the hour")
    builder.line("rent_by_the_hour", beyond, group="compute",
                 label=f"Rent of {on_demand.machine} at {on_demand.seller} by the hour")  # fmt: skip
    machines = builder.quantity("machines", committed + hours / HOURS_PER_MONTH, unit="machine",
                                label="Machines, mean over the month")  # fmt: skip
    return machines, rent + beyond


def term_split(curve: CapacityCurve, offer: GpuOffer, on_demand: GpuOffer, demand: Demand) -> Split:
    """Return the machines worth holding under a term in the base week, and what both parts cost.

    Parameters
    ----------
    curve
        What one replica carries.
    offer, on_demand
        The machine under a term and by the hour.
    demand
        Traffic.
    """
    fleet = Fleet(curve.config.parallelism.devices, offer.devices)
    hourly = np.maximum(demand.hourly_rps, np.finfo(np.float64).tiny)
    machines = instances_for(curve.replicas(hourly, spare=spare_replicas(demand)), fleet)
    return cheapest_split(machines, offer.usd_per_device_h * offer.devices,
                          on_demand.usd_per_device_h * on_demand.devices, least=1)  # fmt: skip


def add_committed(
    builder: LedgerBuilder, offer: GpuOffer, demand: Demand, machines: Term, hourly: Term, factor: Term,
) -> Term:  # fmt: skip
    """Return the rent of machines under a term, each term at the price of its first month, charged to its end."""
    first, term, horizon = demand.build_months + 1, int(offer.term_months), demand.horizon_months
    held: Term | None = None
    starts = range(first, horizon + 1, term)
    for start in starts:
        signed = running_sum(factor * in_month(start)) * (from_month(start) - from_month(start + term))
        held = signed if held is None else held + signed
    price = builder.quantity("term_price_factor", held if held is not None else factor, unit="1",
                             label="Rent of the running term against today's")  # fmt: skip
    monthly = builder.quantity("rent", machines * hourly * price * HOURS_PER_MONTH, unit="USD/month", label="Rent")
    builder.line("rent", monthly, group="compute", label=f"Rent of {offer.machine} at {offer.seller}")
    tail = (starts[-1] + term - 1 - horizon) if starts else 0
    if tail > 0:
        builder.line("term_tail", monthly * float(tail) * in_month(horizon), group="compute",
                     label=f"Rent committed beyond the horizon, {counted(tail, 'month')}")  # fmt: skip
    return monthly
