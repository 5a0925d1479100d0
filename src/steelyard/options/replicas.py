"""What all self-hosted options share: a model on an accelerator, its load, its peak, who serves until it is live."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.model import OpenModel
from steelyard.domain.price import PriceType
from steelyard.domain.serving import CapacityCurve
from steelyard.finance.builder import (
    LedgerBuilder,
    Term,
    ceil,
    delay,
    from_month,
    in_month,
    maximum,
    power,
    where_positive,
)
from steelyard.options.bought import Service, add_token_lines
from steelyard.options.demand import Demand
from steelyard.options.fleet import Fleet, instances_for
from steelyard.options.option import COMPUTE_PROGRESS, REQUESTS, efficiency_name, token_ratio_name
from steelyard.options.people import days_usd
from steelyard.units import HOURS_PER_MONTH

__all__ = ["BUSY", "DELAY", "ENGINE_GAIN", "PAID", "Candidate", "Interim", "add_refresh", "add_until_live", "add_use",
           "hardware_use", "load_multiplier", "notes_of", "peak_machines", "spare_replicas"]  # fmt: skip

ENGINE_GAIN = "engine_gain"
BUSY = "busy_replicas"
"""Quantity: capacity that tokens take [replica]."""
PAID = "paid_replicas"
"""Quantity: capacity of every hour paid [replica]."""
_LEAST = 1e-12
"""Keeps a division from failing where nothing is paid [replica]."""
DELAY = "value_of_a_month_earlier_usd"
"""Input: what a month without the service costs [USD/month]."""


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

    @property
    def elasticities(self) -> tuple[float, float]:
        """Both, input first."""
        return self.input_elasticity, self.output_elasticity


@dataclass(frozen=True, slots=True)
class Interim:
    """The service that carries the traffic until the own stack is live."""

    services: tuple[Service, ...]
    discount: float
    running_today: bool
    """Whether it runs today; if not, buying it stands for the value of the months lost."""


def spare_replicas(demand: Demand) -> int:
    """Return the replicas held beyond need for availability."""
    return 1 if demand.availability == "n_plus_1" else 0


def load_multiplier(builder: LedgerBuilder, candidate: Candidate, demand: Demand) -> Term:
    """Return the volume over the base month, corrected for token ratios, progress and capacity error [1]."""
    model = candidate.model.id
    requests = builder.input(REQUESTS, unit="request/month", label="Requests")
    base = builder.constant("base_requests", demand.requests_per_month, unit="request/month",
                            label="Requests in the month the fleet was sized for", source="traffic")  # fmt: skip
    capacity = builder.input(efficiency_name(model, candidate.accelerator.id), unit="1",
                             label="Real over predicted capacity of a replica")  # fmt: skip
    gain = builder.input(ENGINE_GAIN, unit="1", label="Engine throughput against today's")
    load = requests / base / capacity / gain
    if demand.operating.re_picks:
        load = load * builder.input(COMPUTE_PROGRESS, unit="1",
                                    label="Compute of the re-picked model per request against today's")  # fmt: skip
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


def peak_machines(builder: LedgerBuilder, candidate: Candidate, demand: Demand, fleet: Fleet, load: Term) -> Term:
    """Return whole machines that hold the busiest hour [machine]."""
    usable = candidate.curve.max_rps * (1.0 - candidate.curve.headroom)
    per_replica = builder.constant("replica_rps", usable, unit="request/s", source="serving model",
                                   label="Load one replica holds within the SLO, headroom taken off")  # fmt: skip
    peak = builder.constant("peak_rps", float(demand.hourly_rps.max()), unit="request/s", source="traffic",
                            label="Load of the busiest hour of the base month")  # fmt: skip
    replicas = maximum(ceil(peak * load / per_replica), 1.0) + float(spare_replicas(demand))
    replicas = builder.quantity("peak_replicas", replicas, unit="replica", label="Replicas in the busiest hour")
    if fleet.replicas_per_instance >= 1:
        machines = ceil(replicas / float(fleet.replicas_per_instance))
    else:
        machines = replicas * float(fleet.instances_per_replica)
    return builder.quantity("machines_needed", machines, unit="machine", label="Machines in the busiest hour")


def add_use(
    builder: LedgerBuilder, candidate: Candidate, demand: Demand, fleet: Fleet, *, load: Term, machines: Term,
    staging_hours: Term | None = None,
) -> None:  # fmt: skip
    """Add what share of the capacity of every paid hour tokens take: no line, shown beside the bill.

    Capacity is that of a replica at this study's tokens per request, within the SLO. Paid are all machines held or
    rented, with spare replicas, idle hours and start-up, and the hours of staging.

    Parameters
    ----------
    builder
        Ledger under construction.
    candidate
        What one replica carries.
    demand
        Traffic.
    fleet
        How replicas lie on machines.
    load
        Load that the machines carry over the base month, 0 before they are live [1].
    machines
        Machines paid, mean over the month, 0 before they are live [machine].
    staging_hours
        Machine hours of staging in a month in which machines are live; absent: it runs in idle hours [h/month].
    """
    if candidate.curve.max_rps <= 0:
        return
    base = builder.constant("busy_replicas_base", float(demand.hourly_rps.mean()) / candidate.curve.max_rps,
                            unit="replica", source="serving model and traffic",
                            label="Replicas that the tokens of the base month fill, mean over its hours")  # fmt: skip
    busy = builder.quantity(BUSY, load * base, unit="replica", label="Capacity that tokens take, in replicas")
    held = machines
    if staging_hours is not None:
        held = machines + where_positive(machines, staging_hours / HOURS_PER_MONTH, 0.0)
    per_machine = float(fleet.replicas_per_instance or 1 / fleet.instances_per_replica)
    paid = builder.quantity(PAID, held * per_machine, unit="replica",
                            label="Capacity of every paid hour, in replicas, mean over the month")  # fmt: skip
    builder.quantity("used_of_paid", where_positive(paid, busy / maximum(paid, _LEAST), 0.0), unit="1",
                     label="Share of the capacity of every paid hour that tokens take")  # fmt: skip


def add_until_live(builder: LedgerBuilder, demand: Demand, interim: Interim | None, live: Term) -> tuple[str, ...]:
    """Add who serves until the machines are live, or what the delay costs; never both. Return the service's lines.

    With a service running today there is double running and no delay. Without one, the study's value of a month
    earlier is charged for every month of waiting; where it states none, the cheapest service stands for it.
    """
    if demand.build_months == 0:
        return ()
    if demand.operating.delay_priced and not (interim is not None and interim.running_today):
        value = builder.input(DELAY, unit="USD/month", label="Value of shipping one month earlier")
        builder.line("delay", value * (1.0 - live), group="other", label="Value lost in the months before it is live")
        return ()
    if interim is None:
        return ()
    return add_token_lines(builder, interim.services, demand, discount=interim.discount,
                           batch=not interim.running_today, window=1.0 - live, prefix="until_live_")  # fmt: skip


def add_refresh(builder: LedgerBuilder, demand: Demand, salary: Term, *, begun: Term | None = None) -> None:
    """Add the refreshes of the model: engineer days and a paired evaluation each.

    A re-picked model is refreshed in the months in which the draw finds one that needs less compute; otherwise in
    every n-th month after it went live.

    Parameters
    ----------
    builder
        Ledger under construction.
    demand
        Traffic, and the rhythm of refreshes.
    salary
        What an engineer's year costs [USD/a].
    begun
        1 from the month in which building begins [1]; absent: month 1.
    """
    every = demand.operating.refresh_months
    if every <= 0:
        return
    days = builder.input("migration.model_refresh_engineer_days", unit="d",
                         label="Engineer days to refresh a self-hosted model")  # fmt: skip
    evaluation = builder.input("migration.evaluation_usd", unit="USD", label="One paired evaluation")
    once = builder.quantity("refresh_usd", days_usd(builder, salary, days) + evaluation, unit="USD",
                            label="One refresh of the model")  # fmt: skip
    if demand.operating.re_picks:
        when = builder.input(f"{COMPUTE_PROGRESS}.migration", unit="1", label="Months in which a model is re-picked")
        when = when * (from_month(demand.build_months + 1) if begun is None else delay(begun, demand.build_months))
    else:
        months = range(demand.build_months + 1 + every, demand.horizon_months + 1, every)
        if not months:
            return
        first = None if begun is None else begun - delay(begun, 1)
        when = _after(first, months[0])
        for month in months[1:]:
            when = when + _after(first, month)
    builder.line("refresh", once * when, group="once", label="Refresh of the model, evaluated again")


def _after(first: Term | None, month: int) -> Term:
    """Return 1 in a month of a plan that begins in month 1, or as many months after ``first``."""
    return in_month(month) if first is None else delay(first, month - 1)


def hardware_use(candidate: Candidate, demand: Demand, fleet: Fleet) -> tuple[tuple[float, ...], float, float]:
    """Return replicas by hour, replicas at the peak and the share of paid capacity that is used, in month 1."""
    hours = demand.hourly_rps
    replicas = candidate.curve.replicas(np.maximum(hours, np.finfo(np.float64).tiny), spare=spare_replicas(demand))
    paid = instances_for(replicas, fleet) * max(fleet.replicas_per_instance, 1)
    if fleet.replicas_per_instance < 1:
        paid = replicas
    capacity = float(paid.sum() * candidate.curve.max_rps)
    return tuple(replicas.tolist()), float(replicas.max()), float(hours.sum()) / capacity if capacity else 0.0


def notes_of(candidate: Candidate, demand: Demand, price_type: PriceType | None = None) -> tuple[str, ...]:
    """Return what a reader should know of a self-hosted option."""
    notes: list[str] = []
    if demand.operating.on_call == "shared":
        notes.append("On-call around the clock is shared with the existing rota; a rota of its own needs six to eight "
                     "people: state team.on_call: own.")  # fmt: skip
    if price_type == "spot":
        notes.append("Spot machines can be taken away: the lost time is paid, but a region may have none for hours.")
    if candidate.curve.config.weights in ("int4", "fp4"):
        notes.append("Weights are quantized to 4 bits; evaluate the checkpoint itself.")
    return tuple(notes)
