"""Buy now, build once a trigger says so: bought service until own machines, begun on what was seen, are live."""

from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Literal

from steelyard.domain.result import PlanStep
from steelyard.finance.builder import (
    LedgerBuilder,
    Term,
    ceil,
    delay,
    from_month,
    in_month,
    lookup,
    month,
    running_max,
    running_sum,
    where_positive,
)
from steelyard.nouns import counted
from steelyard.options.beside import Beside, add_beside, add_staging
from steelyard.options.bought import add_switch_lines, add_token_lines
from steelyard.options.demand import Demand
from steelyard.options.option import REQUESTS, Hardware, Option, listing_name, rent_name_of
from steelyard.options.overflow import Base, Beyond
from steelyard.options.owned import CAPEX_LINES, add_owned
from steelyard.options.people import add_people, salary_of
from steelyard.options.replicas import add_refresh, add_use, load_multiplier, notes_of, peak_machines
from steelyard.options.self_hosted import add_hours, by_the_hour
from steelyard.printed import count
from steelyard.units import HOURS_PER_MONTH

__all__ = ["BEGIN_MONTH", "BEGUN", "BOUNDARY", "FIRST_MONTH", "LIVE", "Trigger", "staged_option", "staged_wait"]

BEGIN_MONTH = "staged.begin_month"
"""Input of a plan without a trigger: month in which building begins; for fitting one."""
BEGUN = "begun"
"""Quantity: 1 from the month in which building begins."""
BOUNDARY = "boundary"
"""Quantity: what is seen must reach this."""
LIVE = "live"
"""Quantity: 1 from the month in which own machines serve."""
FIRST_MONTH = 2
"""First month in which something was seen: building in month 1 is no staging."""
OUT_OF_REACH = 1e9
"""Boundary of a month in which waiting is always better, in the unit of what is seen [1]."""
Watched = Literal["volume", "price", "date"]


@dataclass(frozen=True, slots=True)
class Trigger:
    """What is watched, and from where on one builds."""

    watched: Watched
    """Volume of the month before over the base month, price of the listing over today's, or nothing but the date."""
    at: tuple[float, ...]
    """Boundary by month from ``FIRST_MONTH`` on; infinite where waiting is always better."""


def staged_wait(base: Base, demand: Demand, *, server_lead_months: int) -> int:
    """Return the months from the trigger until own machines serve [month]."""
    return max(demand.build_months, server_lead_months) if base.server else demand.build_months


def staged_option(
    base: Base, beyond: Beyond, demand: Demand, trigger: Trigger | None, *, wait_months: int, start_up_s: float
) -> Option:
    """Return the option of buying all traffic until a trigger, then building, then running all of it.

    Until own machines are live everything is bought; building begins in the month in which what was seen the month
    before reaches the boundary. What is bought at first needs no second evaluation; what is built is evaluated then.

    Parameters
    ----------
    base
        The machines: servers, or rented by the hour or for terms of a year.
    beyond
        The service bought until they are live.
    demand
        Traffic.
    trigger
        When to build; absent: in the month given by the input ``BEGIN_MONTH``.
    wait_months
        From the trigger until the machines serve [month].
    start_up_s
        Time to start a rented machine, where its offer does not say [s].
    """
    kind = "own" if base.server else "rent-1y" if base.offer and base.offer.term_months else "rent"
    option_id = f"staged:{kind}:{base.candidate.accelerator.id}/{base.candidate.model.id}"
    builder = LedgerBuilder(option_id)
    late = replace(demand, build_months=wait_months)
    begun = builder.quantity(BEGUN, _begun(builder, beyond, late, trigger), unit="1", label="1 once building begins")
    live = builder.quantity(LIVE, delay(begun, wait_months), unit="1", label="1 once own machines serve")
    load = load_multiplier(builder, base.candidate, demand)
    machines, staging = _add_machines(builder, base, late, load, live, start_up_s)
    add_use(builder, base.candidate, demand, base.fleet, load=load * live, machines=machines, staging_hours=staging)
    paid = add_token_lines(builder, beyond.services, demand, discount=beyond.discount, batch=not beyond.runs_today,
                           window=1.0 - live, prefix="until_live_")  # fmt: skip
    salary = salary_of(builder, demand)
    add_people(builder, late, machines * float(base.devices), live, salary, begun=begun)
    add_refresh(builder, late, salary, begun=begun)
    switching = beyond.switching and not beyond.runs_today
    add_switch_lines(builder, beyond.card, switching=switching, window=1.0 - live)
    model, bought = base.candidate.model.id, beyond.card.model.split("/")[-1]
    how = "owned" if base.server else _rented(base)
    return Option(
        id=option_id,
        label=f"Buy {bought} from {beyond.card.seller} now, run {model} on {base.candidate.accelerator.name} {how} "
        "once a trigger says so",
        kind="staged", model=model, ledger=builder.build(),
        hardware=Hardware(base.candidate.curve, offer=base.offer, server=base.server,
                          elasticities=base.candidate.elasticities),
        capex_lines=CAPEX_LINES if base.server else (), interim_lines=paid if beyond.runs_today else (),
        notes=("The trigger was fitted on draws of its own; the cost shown is on others.",
               *notes_of(base.candidate, demand)),
        steps=_steps(trigger, beyond, demand),
    )  # fmt: skip


def _begun(builder: LedgerBuilder, beyond: Beyond, late: Demand, trigger: Trigger | None) -> Term:
    """Return 1 from the month in which building begins; never so late that nothing would serve within the horizon."""
    last = late.horizon_months - late.build_months
    if trigger is None:
        begin = builder.input(BEGIN_MONTH, unit="month", label="Month in which building begins")
        return from_month(begin)
    months = [float(m) for m in range(FIRST_MONTH, last + 1)]
    if trigger.watched == "date":
        dates = [m for m, at in zip(months, trigger.at, strict=True) if at < OUT_OF_REACH]
        return from_month(dates[0] if dates else float(late.horizon_months + 1))
    boundary = builder.quantity(
        BOUNDARY, lookup(month(), [1.0, *months], [OUT_OF_REACH, *(min(at, OUT_OF_REACH) for at in trigger.at)]),
        unit="1", label=f"Build once the {trigger.watched} seen reaches this",
    )  # fmt: skip
    requests = builder.input(REQUESTS, unit="request/month", label="Requests")
    if trigger.watched == "volume":
        first = builder.constant("base_requests", late.requests_per_month, unit="request/month",
                                 label="Requests in the month the fleet was sized for", source="traffic")  # fmt: skip
        watched = requests / first
    else:
        name = listing_name(beyond.card)
        watched = builder.input(name, unit="1", label=f"Price of {beyond.card.model} at {beyond.card.seller} over list")
    reached = where_positive(boundary - delay(watched, 1), 0.0, 1.0)
    return running_max(reached * (1.0 - from_month(last + 1)))


def _add_machines(
    builder: LedgerBuilder, base: Base, late: Demand, load: Term, live: Term, start_up_s: float
) -> tuple[Term, Term | None]:  # fmt: skip
    """Add what the machines cost from live on; return those in service [machine] and the hours of staging [h/month]."""
    if base.server is not None:
        needed = peak_machines(builder, base.candidate, late, base.fleet, load) * live
        servers = builder.quantity("servers", running_max(needed), unit="machine", label="Servers in service")
        add_owned(builder, base.candidate, base.server, late, servers=servers, live=live)
        return servers, None
    assert base.offer is not None  # machines are bought or rented
    hourly = builder.constant("usd_per_machine_hour", base.offer.usd_per_device_h * base.offer.devices, unit="USD/h",
                              label=f"Rent of one {base.offer.machine}",
                              source=base.offer.evidence.source)  # fmt: skip
    factor = builder.input(rent_name_of(base.offer), unit="1", label="Rent against today's")
    staged = hourly * factor * live
    if base.offer.term_months > 0:
        machines, rent = _add_terms(builder, base, late, load, live, hourly, factor)
        staged = (by_the_hour(builder, base.on_demand) if base.on_demand else hourly) * factor * live
    else:
        machines, rent = add_hours(builder, base.candidate, base.offer, late, start_up_s, load, staged, live)
    staging = add_staging(builder, base.fleet.devices_per_replica / base.fleet.devices_per_instance, staged)
    config = base.candidate.curve.config
    add_beside(builder, late, Beside(machines, rent, float(base.candidate.model.parameters_total),
                                     config.weights), live)  # fmt: skip
    return machines, staging


def _rented(base: Base) -> str:
    """Return how the machines are rented, in words."""
    months = base.offer.term_months if base.offer else 0
    return f"rented for terms of {counted(months, 'month')}" if months else "rented on demand"


def _add_terms(
    builder: LedgerBuilder, base: Base, late: Demand, load: Term, live: Term, hourly: Term, factor: Term
) -> tuple[Term, Term]:  # fmt: skip
    """Add machines under terms that begin when the plan goes live and are renewed; return machines and monthly rent.

    Each term is paid at the rent of its first month and charged to its end; the machines of the busiest hour so far
    are committed.
    """
    assert base.offer is not None  # callers rent
    term, horizon = int(base.offer.term_months), late.horizon_months
    needed = peak_machines(builder, base.candidate, late, base.fleet, load) * live
    machines = builder.quantity("machines", running_max(needed), unit="machine", label="Machines committed")
    signed: list[Term] = []
    for begins in range(0, horizon - late.build_months, term):
        here = builder.quantity(f"term_{begins}_running", delay(live, begins), unit="1",
                                label=f"1 from {counted(begins, 'month')} after going live")  # fmt: skip
        first = here - delay(here, 1)
        signed.append(running_sum(factor * first) * (here - delay(here, term)))
    price = builder.quantity("term_price_factor", reduce(add, signed) if signed else factor * live, unit="1",
                             label="Rent of the running term against today's")  # fmt: skip
    rent = builder.quantity("rent", machines * hourly * price * HOURS_PER_MONTH, unit="USD/month", label="Rent")
    builder.line("rent", rent, group="compute", label=f"Rent of {base.offer.instance} at {base.offer.seller}")
    months = builder.quantity("months_live", running_sum(live), unit="month", label="Months on own machines so far")
    left = ceil(months / float(term)) * float(term) - months
    builder.line("term_tail", rent * left * in_month(horizon), group="compute",
                 label="Rent committed beyond the horizon")  # fmt: skip
    return machines, rent


def _steps(trigger: Trigger | None, beyond: Beyond, demand: Demand) -> tuple[PlanStep, ...]:
    """Return what to do when: buy at first, then the boundary month by month, equal months said once."""
    bought = f"{beyond.card.model.split('/')[-1]} from {beyond.card.seller}"
    steps = [PlanStep(month=1, action=f"buy all requests as {bought}")]
    said = ""
    for number, at in enumerate(trigger.at if trigger else (), start=FIRST_MONTH):
        words = _condition(trigger, at, demand, bought) if trigger else ""
        if words != said:
            steps.append(PlanStep(month=number, action=words))
        said = words
    return tuple(steps)


def _condition(trigger: Trigger, at: float, demand: Demand, bought: str) -> str:
    if at >= OUT_OF_REACH:
        return "wait, whatever is seen"
    if trigger.watched == "date":
        return "begin to build"
    if trigger.watched == "volume":
        seen = count(float(f"{at * demand.requests_per_month:.2g}"))
        return f"begin to build if the month before had {seen} requests"
    return f"begin to build if the month before cost {at:.2g} times today's list price of {bought}"
