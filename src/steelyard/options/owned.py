"""Open weights on servers of one's own: bought whole, housed, powered, repaired, refreshed, sold at the end."""

from dataclasses import replace

from steelyard.domain.price import ServerPurchase
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
from steelyard.finance.operations import DAYS_PER_YEAR, spare_thresholds
from steelyard.options.beside import Beside, add_beside
from steelyard.options.demand import Demand
from steelyard.options.fleet import Fleet
from steelyard.options.option import Hardware, Option
from steelyard.options.people import add_people, salary_of
from steelyard.options.replicas import (
    Candidate,
    Interim,
    add_refresh,
    add_until_live,
    add_use,
    hardware_use,
    load_multiplier,
    notes_of,
    peak_machines,
)
from steelyard.units import HOURS_PER_MONTH, MONTHS_PER_YEAR

__all__ = ["CAPEX_LINES", "add_capital", "add_owned", "add_site", "owned_option"]

SPARES_SERVICE_LEVEL = 0.95
"""Chance that the spare servers cover those under repair [1]; a convention."""
MOST_SPARES = 40
"""Spare servers up to which the table of repair reaches; beyond it goes on at its last slope."""
LIFE_MONTHS = 60
"""Months after which servers are bought again: five years, the middle of ``hardware.depreciation_years`` [month]."""
RESIDUAL_MONTHS = 36
"""Age to which ``hardware.residual_fraction_36m`` refers [month]."""
CAPEX_LINES = ("servers_bought", "spare_servers", "network_and_installation")
"""Lines that buy things owned."""


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
    late = replace(demand, build_months=wait)
    builder = LedgerBuilder(option_id)
    fleet = Fleet(candidate.curve.config.parallelism.devices, server.devices)
    live = from_month(wait + 1)
    load = load_multiplier(builder, candidate, demand)
    needed = peak_machines(builder, candidate, demand, fleet, load) * live
    servers = builder.quantity("servers", running_max(needed), unit="machine", label="Servers in service")
    add_owned(builder, candidate, server, late, servers=servers, live=live)
    add_use(builder, candidate, demand, fleet, load=load * live, machines=servers)
    interim_lines = add_until_live(builder, late, interim, live)
    salary = salary_of(builder, demand)
    add_people(builder, late, servers * float(server.devices), live, salary)
    add_refresh(builder, late, salary)
    by_hour, peak, used = hardware_use(candidate, demand, fleet)
    return Option(
        id=option_id,
        label=f"Run {candidate.model.id} on {candidate.accelerator.name} owned",
        kind="self_host_owned",
        model=candidate.model.id,
        ledger=builder.build(),
        hardware=Hardware(candidate.curve, server=server, peak_replicas=peak, replicas_by_hour=by_hour,
                          utilization_fraction=used, elasticities=candidate.elasticities),
        capex_lines=CAPEX_LINES,
        interim_lines=interim_lines,
        interim_model=interim.services[0].card.model if interim and interim_lines else None,
        notes=("Staging and evaluation run in the idle hours of the servers owned.", *notes_of(candidate, demand)),
    )  # fmt: skip


def add_owned(
    builder: LedgerBuilder, candidate: Candidate, server: ServerPurchase, demand: Demand, *, servers: Term, live: Term,
) -> None:  # fmt: skip
    """Add what servers of one's own cost without people: capital, site, and what stands beside them.

    Parameters
    ----------
    builder
        Ledger under construction.
    candidate
        Model, accelerator and capacity.
    server
        Price, devices and power of one server.
    demand
        Traffic; its build time is the wait until the servers serve.
    servers
        Servers in service by month.
    live
        1 from the month in which they serve [1].
    """
    fleet = Fleet(candidate.curve.config.parallelism.devices, server.devices)
    stock = add_capital(builder, server, servers, _spare_servers(builder, server, servers, demand, fleet),
                         demand.horizon_months)  # fmt: skip
    add_site(builder, server, servers)
    beside = Beside(servers, stock / float(RESIDUAL_MONTHS), float(candidate.model.parameters_total),
                    candidate.curve.config.weights)  # fmt: skip
    add_beside(builder, demand, beside, live, balanced=False)


def _spare_servers(builder: LedgerBuilder, server: ServerPurchase, servers: Term, demand: Demand, fleet: Fleet) -> Term:
    """Return the spare servers that cover those under repair, less what availability holds anyway [machine]."""
    failures = builder.input("hardware.replacement_fraction_per_year", unit="1/a", label="Devices replaced a year")
    repair = builder.input("hardware.repair_days", unit="d", label="Days until a failed server is back")
    days = builder.constant("days_per_year", DAYS_PER_YEAR, unit="d/a", label="Days in a year", source="definition")
    away = builder.quantity("servers_away", servers * float(server.devices) * failures * repair / days, unit="machine",
                            label="Servers under repair, on average")  # fmt: skip
    means, counts = spare_thresholds(SPARES_SERVICE_LEVEL, MOST_SPARES)
    spares = ceil(lookup(away, means, counts))
    held = fleet.instances_per_replica if demand.availability == "n_plus_1" and fleet.replicas_per_instance <= 1 else 0
    if held:
        spares = maximum(spares - float(held), 0.0)
    return builder.quantity("spare_servers_held", running_max(spares), unit="machine",
                            label="Spare servers: 95 % of the time they cover those under repair")  # fmt: skip


def add_capital(
    builder: LedgerBuilder, server: ServerPurchase, servers: Term, spares: Term | None, horizon: int
) -> Term:  # fmt: skip
    """Add purchases, support, parts, sales and residual value; return the price of what is in service [USD].

    Parameters
    ----------
    builder
        Ledger under construction.
    server
        Price, devices and power of one server.
    servers
        Servers in service by month.
    spares
        Spare servers by month; None where none are held.
    horizon
        Horizon [month].
    """
    price = builder.input(f"server_usd.{server.id}", unit="USD/machine", label=f"Price of one {server.id}",
                          source=server.evidence.source)  # fmt: skip
    extra = builder.input("hardware.network_and_installation_fraction_of_capex", unit="1",
                          label="Network, cables, installation, insurance over server price")  # fmt: skip
    parts = builder.input("hardware.replacement_fraction_per_year", unit="1/a", label="Devices replaced a year")
    support = builder.input("hardware.support_fraction_of_capex_per_year", unit="1/a", label="Support contract")
    capital = _purchases(builder, "servers", servers, price, horizon, "Price of servers delivered")
    builder.line("servers_bought", capital, group="capital", label="Servers")
    builder.line("network_and_installation", capital * extra, group="capital", label="Network and installation")
    every = capital
    if spares is not None:
        idle = _purchases(builder, "spare_servers", spares, price, horizon, "Price of spare servers delivered")
        builder.line("spare_servers", idle, group="capital", label="Spare servers")
        every = capital + idle
    every = builder.quantity("server_capital", every, unit="USD/month", label="Price of all servers delivered")
    stock = running_sum(every)
    if horizon > LIFE_MONTHS:
        stock = stock - running_sum(delay(every, LIFE_MONTHS))
    stock = builder.quantity("capital_in_service", stock, unit="USD", label="Price of servers in service")
    builder.line("support", stock * support / MONTHS_PER_YEAR, group="capital", label="Support contract")
    builder.line("spares", stock * parts / MONTHS_PER_YEAR, group="capital", label="Parts replaced")
    _add_residual(builder, every, horizon)
    return stock


def _purchases(builder: LedgerBuilder, name: str, held: Term, price: Term, horizon: int, label: str) -> Term:
    """Return what is paid for what is added, and for what reaches the end of its life [USD/month]."""
    added = builder.quantity(f"{name}_added", held - delay(held, 1), unit="machine", label=f"Added: {name}")
    if horizon > LIFE_MONTHS:
        added = added + delay(added, LIFE_MONTHS)
    return builder.quantity(f"{name}_delivered_usd", added * price, unit="USD/month", label=label)


def _add_residual(builder: LedgerBuilder, capital: Term, horizon: int) -> None:
    """Credit what servers are worth at the horizon, and what those sold at the end of their life bring."""
    months = range(1, horizon + 1)
    ages = [float(horizon - m + 1) / RESIDUAL_MONTHS for m in months]
    residual = builder.input("hardware.residual_fraction_36m", unit="1", label="Value left after 36 months")
    age = builder.quantity("age_at_horizon", lookup(month(), [float(m) for m in months], ages), unit="1",
                           label="Age at the horizon over 36 months")  # fmt: skip
    still = capital * power(residual, age)
    if horizon > LIFE_MONTHS:
        still = still * from_month(horizon - LIFE_MONTHS + 1)
        sold = delay(capital, LIFE_MONTHS) * power(residual, LIFE_MONTHS / RESIDUAL_MONTHS)
        builder.line("resale", -sold, group="capital", label="Servers sold at the end of their life")
    builder.line("residual", -(running_sum(still) * in_month(horizon)), group="capital",
                 label="Residual value at the horizon")  # fmt: skip


def add_site(
    builder: LedgerBuilder, server: ServerPurchase, servers: Term, *, prefix: str = "", said: str = ""
) -> None:  # fmt: skip
    """Add the power and the space of servers.

    Parameters
    ----------
    builder
        Ledger under construction.
    server
        Power of one server.
    servers
        Servers in service by month.
    prefix, said
        Begin the lines' identifiers and labels, where other machines have lines of their own.
    """
    kw = builder.constant("server_kw", server.power_kw, unit="kW/machine", label="Power of one server under load",
                          source=server.evidence.source)  # fmt: skip
    pue = builder.input("pue.industry_average", unit="ratio", label="Site power over server power")
    energy = builder.input("power.us_industrial_usd_per_kwh", unit="USD/kWh", label="Electricity")
    space = builder.input("colocation.wholesale_usd_per_kw_month", unit="USD/(kW month)", label="Colocation")
    dense = builder.input("colocation.high_density_premium_fraction", unit="1", label="Premium for dense racks")
    words = ("Electricity", "Colocation") if not said else (f"{said}electricity", f"{said}colocation")
    builder.line(f"{prefix}power", servers * kw * HOURS_PER_MONTH * pue * energy, group="power", label=words[0])
    builder.line(f"{prefix}colocation", servers * kw * space * (1.0 + dense), group="space", label=words[1])
