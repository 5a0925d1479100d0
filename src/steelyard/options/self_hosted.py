"""Open weights on machines of one's own, rented or owned."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.model import OpenModel
from steelyard.domain.price import GpuOffer, PriceType, ServerPurchase
from steelyard.domain.serving import CapacityCurve
from steelyard.finance.builder import (
    LedgerBuilder,
    Term,
    ceil,
    delay,
    from_month,
    in_month,
    lookup,
    maximum,
    month,
    power,
    running_max,
    running_sum,
)
from steelyard.options.bought import Service, add_token_lines
from steelyard.options.demand import Demand
from steelyard.options.fleet import Fleet, Split, cheapest_split, hours_beyond_table, instances_for, week_table
from steelyard.options.option import REQUESTS, Hardware, Option, efficiency_name, rent_name, token_ratio_name
from steelyard.units import HOURS_PER_MONTH, MONTHS_PER_YEAR

__all__ = ["Candidate", "Interim", "owned_option", "rented_option", "term_split"]

ENGINE_GAIN = "engine_gain"
START_UP = "compute.instance_start_up_s"
DEVICES_PER_ENGINEER = 75.0
"""Devices one more engineer looks after, geometric middle of the 50 to 100 of
``staffing.engineers_per_50_to_100_devices`` [device/person]."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model on an accelerator, with what one replica carries and how that answers to longer requests."""

    model: OpenModel
    accelerator: Accelerator
    curve: CapacityCurve
    input_elasticity: float
    """Relative loss of capacity per relative growth of input tokens [1]."""
    output_elasticity: float
    """Relative loss of capacity per relative growth of output tokens [1]."""


@dataclass(frozen=True, slots=True)
class Interim:
    """The service that carries the traffic until the own stack is live."""

    services: tuple[Service, ...]
    discount: float
    running_today: bool
    """Whether it runs today; if not, buying it stands for the value of the months lost."""


def _spare(demand: Demand) -> int:
    return 1 if demand.availability == "n_plus_1" else 0


def _load_multiplier(builder: LedgerBuilder, candidate: Candidate, demand: Demand) -> Term:
    """Volume over the base month, corrected for token ratios and capacity error [1]."""
    model = candidate.model.id
    requests = builder.input(REQUESTS, unit="request/month", label="Requests")
    base = builder.constant("base_requests", demand.requests_per_month, unit="request/month",
                            label="Requests in the month the fleet was sized for", source="traffic")  # fmt: skip
    capacity = builder.input(efficiency_name(model, candidate.accelerator.id), unit="1",
                             label="Real over predicted capacity of a replica")  # fmt: skip
    gain = builder.input(ENGINE_GAIN, unit="1", label="Engine throughput against today's")
    load = requests / base / capacity / gain
    if demand.measured_on is not None and model != demand.measured_on:
        sides: tuple[tuple[Literal["input", "output"], float], ...] = (
            ("input", candidate.input_elasticity),
            ("output", candidate.output_elasticity),
        )
        for side, elasticity in sides:
            ratio = builder.input(token_ratio_name(side, model), unit="1",
                                  label=f"{side.capitalize()} tokens of {model} per token measured")  # fmt: skip
            exponent = builder.constant(f"{side}_elasticity", elasticity, unit="1", source="serving model",
                                        label=f"Load per relative growth of {side} tokens")  # fmt: skip
            load = load * power(ratio, exponent)
    return builder.quantity("load_multiplier", load, unit="1", label="Load over the base month")


def _add_people(builder: LedgerBuilder, demand: Demand, devices: Term, live: Term) -> None:
    salary = builder.input("staffing.ml_platform_engineer_usd_per_year", unit="USD/a",
                           label="Loaded cost of one engineer")  # fmt: skip
    build = builder.input("staffing.build_engineer_months", unit="person month", label="Work to build the stack")
    run = builder.input("staffing.run_engineers_first_cluster", unit="person", label="Engineers to run a first cluster")
    per = builder.constant("devices_per_engineer", DEVICES_PER_ENGINEER, unit="device/person",
                           label="Devices one more engineer looks after",
                           source="staffing.engineers_per_50_to_100_devices")  # fmt: skip
    months = builder.constant("build_months", float(max(demand.build_months, 1)), unit="month",
                              label="Months until live", source="study")  # fmt: skip
    monthly = salary / MONTHS_PER_YEAR
    building = (1.0 - live) if demand.build_months else in_month(1)
    builder.line("build_people", build / months * monthly * building, group="people", label="Engineers, building")
    builder.line("run_people", (run + devices / per) * monthly * live, group="people", label="Engineers, running")
    evaluation = builder.input("migration.evaluation_usd", unit="USD", label="One paired evaluation")
    builder.line("evaluation", evaluation * in_month(1), group="once", label="Evaluation of the model")


def _add_interim(builder: LedgerBuilder, demand: Demand, interim: Interim | None, live: Term) -> tuple[str, ...]:
    if interim is None or demand.build_months == 0:
        return ()
    batch = not interim.running_today
    return add_token_lines(builder, interim.services, demand, discount=interim.discount, batch=batch,
                           window=1.0 - live, prefix="until_live_")  # fmt: skip


def _hardware(candidate: Candidate, demand: Demand, fleet: Fleet) -> tuple[tuple[float, ...], float, float]:
    """Return replicas by hour, replicas at the peak and the share of paid capacity that is used, in month 1."""
    hours = demand.hourly_rps
    replicas = candidate.curve.replicas(np.maximum(hours, np.finfo(np.float64).tiny), spare=_spare(demand))
    paid = instances_for(replicas, fleet) * max(fleet.replicas_per_instance, 1)
    if fleet.replicas_per_instance < 1:
        paid = replicas
    capacity = float(paid.sum() * candidate.curve.max_rps)
    return tuple(replicas.tolist()), float(replicas.max()), float(hours.sum()) / capacity if capacity else 0.0


def _peak_machines(builder: LedgerBuilder, candidate: Candidate, demand: Demand, fleet: Fleet, load: Term) -> Term:
    usable = candidate.curve.max_rps * (1.0 - candidate.curve.headroom)
    per_replica = builder.constant("replica_rps", usable, unit="request/s", source="serving model",
                                   label="Load one replica holds within the SLO, headroom taken off")  # fmt: skip
    peak = builder.constant("peak_rps", float(demand.hourly_rps.max()), unit="request/s", source="traffic",
                            label="Load of the busiest hour of the base month")  # fmt: skip
    replicas = maximum(ceil(peak * load / per_replica), 1.0) + float(_spare(demand))
    replicas = builder.quantity("peak_replicas", replicas, unit="replica", label="Replicas in the busiest hour")
    if fleet.replicas_per_instance >= 1:
        machines = ceil(replicas / float(fleet.replicas_per_instance))
    else:
        machines = replicas * float(fleet.instances_per_replica)
    return builder.quantity("machines_needed", machines, unit="machine", label="Machines in the busiest hour")


def rented_option(
    candidate: Candidate, offer: GpuOffer, demand: Demand, catalogue: Catalogue, *, interim: Interim | None,
    on_demand: GpuOffer | None = None,
) -> Option:  # fmt: skip
    """Return the option of running a model on rented accelerators.

    On demand, paid machines follow the load of each hour of the week. Under a term, the machines worth holding in the
    base week are committed, at the price of the month in which the term began, and the rest is paid by the hour; a
    term that outlives the horizon is charged to its end. Without an offer by the hour the machines of the busiest
    hour so far are committed.

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
    load = _load_multiplier(builder, candidate, demand)
    hourly = builder.constant("usd_per_machine_hour", offer.usd_per_device_h * offer.devices, unit="USD/h",
                              label=f"Rent of one {offer.instance}", source=offer.evidence.source)  # fmt: skip
    factor = builder.input(rent_name(candidate.accelerator.id), unit="1", label="Rent against today's")
    if offer.price_type in ("on_demand", "spot"):
        machines, rent = _add_hours(builder, candidate, offer, demand, catalogue, load, hourly * factor * live)
    elif on_demand is None or on_demand.devices != offer.devices:
        machines, rent = _add_term(builder, candidate, offer, demand, load, hourly, factor)
    else:
        machines, rent = _add_split(builder, candidate, offer, on_demand, demand, load, hourly, factor)
    interim_lines = _add_interim(builder, demand, interim, live)
    _add_people(builder, demand, machines * float(offer.devices), live)
    _add_overheads(builder, demand, rent, live)
    by_hour, peak, used = _hardware(candidate, demand, fleet)
    words = {"on_demand": "on demand", "spot": "spot", "reserved_1y": "for 1 year", "reserved_3y": "for 3 years"}
    return Option(
        id=option_id,
        label=f"Run {candidate.model.id} on {candidate.accelerator.name} rented {words[offer.price_type]}",
        kind="self_host_rented",
        model=candidate.model.id,
        ledger=builder.build(),
        hardware=Hardware(candidate.curve, offer=offer, peak_replicas=peak, replicas_by_hour=by_hour,
                          utilization_fraction=used),
        interim_lines=interim_lines,
        notes=_notes(candidate, offer.price_type),
    )  # fmt: skip


def _add_hours(
    builder: LedgerBuilder, candidate: Candidate, offer: GpuOffer, demand: Demand, catalogue: Catalogue,
    load: Term, hourly: Term,
) -> tuple[Term, Term]:  # fmt: skip
    """Return machines (mean over the month) and rent, following the load."""
    fleet = Fleet(candidate.curve.config.parallelism.devices, offer.devices)
    start_up = offer.start_up_s if offer.start_up_s is not None else catalogue.figure(START_UP).value
    xs, ys = week_table(demand.hourly_rps, candidate.curve, fleet, spare=_spare(demand), start_up_s=start_up)
    hours = builder.quantity("machine_hours", lookup(load, xs.tolist(), ys.tolist()), unit="h/month",
                             label="Paid machine hours, following the load")  # fmt: skip
    rent = builder.quantity("rent", hours * hourly, unit="USD/month", label="Rent")
    builder.line("rent", rent, group="compute", label=f"Rent of {offer.instance} at {offer.seller}")
    machines = hours / HOURS_PER_MONTH
    return builder.quantity("machines", machines, unit="machine", label="Machines, mean over the month"), rent


def _add_term(
    builder: LedgerBuilder, candidate: Candidate, offer: GpuOffer, demand: Demand, load: Term, hourly: Term,
    factor: Term,
) -> tuple[Term, Term]:  # fmt: skip
    """Return machines and rent under a term."""
    fleet = Fleet(candidate.curve.config.parallelism.devices, offer.devices)
    needed = _peak_machines(builder, candidate, demand, fleet, load) * from_month(demand.build_months + 1)
    machines = builder.quantity("machines", running_max(needed), unit="machine", label="Machines committed")
    return machines, _add_committed(builder, offer, demand, machines, hourly, factor)


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
    rent = _add_committed(builder, offer, demand, committed, hourly, factor)
    xs, ys = hours_beyond_table(demand.hourly_rps, candidate.curve, fleet, spare=_spare(demand),
                                committed=split.committed)  # fmt: skip
    by_hour = builder.constant("usd_per_machine_hour_on_demand", on_demand.usd_per_device_h * on_demand.devices,
                               unit="USD/h", label=f"Rent of one {on_demand.instance} by the hour",
                               source=on_demand.evidence.source)  # fmt: skip
    hours = builder.quantity("machine_hours_beyond", lookup(load, xs.tolist(), ys.tolist()) * live, unit="h/month",
                             label="Machine hours beyond those committed")  # fmt: skip
    beyond = builder.quantity("rent_beyond", hours * by_hour * factor, unit="USD/month", label="Rent by the hour")
    builder.line("rent_by_the_hour", beyond, group="compute",
                 label=f"Rent of {on_demand.instance} at {on_demand.seller} by the hour")  # fmt: skip
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
    machines = instances_for(curve.replicas(hourly, spare=_spare(demand)), fleet)
    return cheapest_split(machines, offer.usd_per_device_h * offer.devices,
                          on_demand.usd_per_device_h * on_demand.devices, least=1)  # fmt: skip


def _add_committed(
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
    builder.line("rent", monthly, group="compute", label=f"Rent of {offer.instance} at {offer.seller}")
    tail = (starts[-1] + term - 1 - horizon) if starts else 0
    if tail > 0:
        builder.line("term_tail", monthly * float(tail) * in_month(horizon), group="compute",
                     label=f"Rent committed beyond the horizon, {tail} months")  # fmt: skip
    return monthly


def _add_overheads(builder: LedgerBuilder, demand: Demand, rent: Term, live: Term) -> None:
    """Add what serving from rented machines costs beside them: egress, storage and observability."""
    requests = builder.input(REQUESTS, unit="request/month", label="Requests")
    egress = builder.input("network.egress_usd_per_gb", unit="USD/GB", label="Egress")
    size = builder.input("network.bytes_per_token", unit="B/token", label="Bytes sent per output token")
    output = builder.constant("output_tokens_per_request", demand.profile.mean_output_tokens, unit="token/request",
                              label="Output tokens per request", source="traffic")  # fmt: skip
    gigabyte = builder.constant("bytes_per_gb", 1e9, unit="B/GB", label="Bytes per GB", source="definition")
    builder.line("egress", requests * output * size / gigabyte * egress * live, group="network", label="Egress")
    share = builder.input("compute.observability_and_storage_fraction", unit="1",
                          label="Storage, load balancing and observability over rent")  # fmt: skip
    builder.line("observability", rent * share, group="other",
                 label="Storage, load balancing, observability")  # fmt: skip


def owned_option(
    candidate: Candidate, server: ServerPurchase, demand: Demand, *, interim: Interim | None, lead_months: int,
) -> Option:  # fmt: skip
    """Return the option of running a model on servers of one's own.

    Whole servers are bought for the busiest hour and added as the load grows; they are paid when delivered, housed by
    the kW, powered at PUE at full load, supported, and credited with their residual value at the end of the horizon.

    Parameters
    ----------
    candidate
        Model, accelerator and capacity.
    server
        Price, devices and power of one server.
    demand
        Traffic.
    interim
        Service used until the servers are live; None if none may be.
    lead_months
        Order to delivery [month]; the stack goes live after the longer of this and the build.
    """
    option_id = f"own:{candidate.accelerator.id}/{candidate.model.id}"
    wait = max(demand.build_months, lead_months)
    builder = LedgerBuilder(option_id)
    fleet = Fleet(candidate.curve.config.parallelism.devices, server.devices)
    live = from_month(wait + 1)
    load = _load_multiplier(builder, candidate, demand)
    needed = _peak_machines(builder, candidate, demand, fleet, load) * live
    servers = builder.quantity("servers", running_max(needed), unit="server", label="Servers owned")
    _add_capital(builder, server, servers, demand.horizon_months)
    _add_site(builder, server, servers)
    late = replace(demand, build_months=wait)
    interim_lines = _add_interim(builder, late, interim, live)
    _add_people(builder, late, servers * float(server.devices), live)
    by_hour, peak, used = _hardware(candidate, demand, fleet)
    return Option(
        id=option_id,
        label=f"Run {candidate.model.id} on {candidate.accelerator.name} owned",
        kind="self_host_owned",
        model=candidate.model.id,
        ledger=builder.build(),
        hardware=Hardware(candidate.curve, server=server, peak_replicas=peak, replicas_by_hour=by_hour,
                          utilization_fraction=used),
        capex_lines=("servers_bought", "network_and_installation"),
        interim_lines=interim_lines,
        notes=_notes(candidate, None),
    )  # fmt: skip


def _add_capital(builder: LedgerBuilder, server: ServerPurchase, servers: Term, horizon: int) -> None:
    price = builder.input(f"server_usd.{server.id}", unit="USD", label=f"Price of one {server.id}",
                          source=server.evidence.source)  # fmt: skip
    extra = builder.input("hardware.network_and_installation_fraction_of_capex", unit="1",
                          label="Network, cables, installation, insurance over server price")  # fmt: skip
    bought = builder.quantity("servers_delivered", servers - delay(servers, 1), unit="server", label="Delivered")
    capital = builder.quantity("server_capital", bought * price, unit="USD/month", label="Price of servers delivered")
    builder.line("servers_bought", capital, group="capital", label="Servers")
    builder.line("network_and_installation", capital * extra, group="capital", label="Network and installation")
    support = builder.input("hardware.support_fraction_of_capex_per_year", unit="1/a", label="Support contract")
    spares = builder.input("hardware.replacement_fraction_per_year", unit="1/a", label="Parts replaced")
    stock = builder.quantity("capital_in_service", running_sum(capital), unit="USD", label="Price of servers owned")
    builder.line("support", stock * support / MONTHS_PER_YEAR, group="capital", label="Support contract")
    builder.line("spares", stock * spares / MONTHS_PER_YEAR, group="capital", label="Spares and replacement")
    ages = [float(horizon - m + 1) / (3 * MONTHS_PER_YEAR) for m in range(1, horizon + 1)]
    months = [float(m) for m in range(1, horizon + 1)]
    residual = builder.input("hardware.residual_fraction_36m", unit="1", label="Value left after 36 months")
    age = builder.quantity("age_at_horizon", lookup(month(), months, ages), unit="1",
                           label="Age at the horizon over 36 months")  # fmt: skip
    value = running_sum(capital * power(residual, age)) * in_month(horizon)
    builder.line("residual", -value, group="capital", label="Residual value at the horizon")


def _add_site(builder: LedgerBuilder, server: ServerPurchase, servers: Term) -> None:
    kw = builder.constant("server_kw", server.power_kw, unit="kW", label="Power of one server under load",
                          source=server.evidence.source)  # fmt: skip
    pue = builder.input("pue.industry_average", unit="ratio", label="Site power over server power")
    energy = builder.input("power.us_industrial_usd_per_kwh", unit="USD/kWh", label="Electricity")
    space = builder.input("colocation.wholesale_usd_per_kw_month", unit="USD/(kW month)", label="Colocation")
    dense = builder.input("colocation.high_density_premium_fraction", unit="1", label="Premium for dense racks")
    builder.line("power", servers * kw * HOURS_PER_MONTH * pue * energy, group="power", label="Electricity")
    builder.line("colocation", servers * kw * space * (1.0 + dense), group="space", label="Colocation")


def _notes(candidate: Candidate, price_type: PriceType | None) -> tuple[str, ...]:
    notes = ["On-call around the clock is shared with the existing rota; a rota of its own needs six to eight people."]
    if price_type == "spot":
        notes.append("Spot machines can be taken away; interruptions are not priced.")
    if candidate.curve.config.weights in ("int4", "fp4"):
        notes.append("Weights are quantized to 4 bits; evaluate the checkpoint itself.")
    return tuple(notes)
