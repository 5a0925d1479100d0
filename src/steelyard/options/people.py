"""People of a self-hosted option: engineers who build, then run; on call; getting up to speed. Each costed once."""

from steelyard.finance.builder import LedgerBuilder, Term, delay, in_month, maximum, running_max
from steelyard.options.demand import Demand
from steelyard.units import MONTHS_PER_YEAR

__all__ = ["DEVICES_PER_ENGINEER", "ENGINEER_DAYS_PER_YEAR", "ENGINEER_USD", "add_people", "days_usd", "salary_of"]

DEVICES_PER_ENGINEER = 75.0
"""Devices one more engineer looks after, geometric middle of the 50 to 100 of
``staffing.engineers_per_50_to_100_devices`` [device/person]."""
ENGINEER_DAYS_PER_YEAR = 220.0
"""Working days in a year, holidays and leave taken off [d/a]; a convention."""
ENGINEER_USD = "staffing.ml_platform_engineer_usd_per_year"


def salary_of(builder: LedgerBuilder, demand: Demand) -> Term:
    """Return what an engineer's year costs: the loaded cost, or what it would earn elsewhere where that is more."""
    salary = builder.input(ENGINEER_USD, unit="USD/a", label="Loaded cost of one engineer")
    elsewhere = demand.operating.opportunity_usd_per_year
    if elsewhere <= 0:
        return salary
    other = builder.constant("opportunity_usd_per_year", elsewhere, unit="USD/a", source="study",
                             label="What an engineer's year would earn elsewhere")  # fmt: skip
    return builder.quantity("engineer_usd_per_year", maximum(salary, other), unit="USD/a",
                            label="Cost of one engineer: loaded, or what the year would earn elsewhere")  # fmt: skip


def days_usd(builder: LedgerBuilder, salary: Term, days: Term) -> Term:
    """Return what so many engineer days cost [USD]."""
    year = builder.constant("engineer_days_per_year", ENGINEER_DAYS_PER_YEAR, unit="d/a", label="Working days a year",
                            source="convention")  # fmt: skip
    return days * salary / year


def add_people(
    builder: LedgerBuilder, demand: Demand, devices: Term, live: Term, salary: Term, *, begun: Term | None = None
) -> None:
    """Add engineers who build, run and get up to speed, and the first evaluation of the model.

    The same people look after the fleet and stand on call, so that the larger of both needs is charged; a rota shared
    with other services asks for nobody more.

    Parameters
    ----------
    builder
        Ledger under construction.
    demand
        Traffic, build time and how the organisation runs machines.
    devices
        Devices in service by month [device].
    live
        1 from the month in which own machines serve [1].
    salary
        What an engineer's year costs [USD/a].
    begun
        1 from the month in which building begins [1]; absent: month 1.
    """
    build = builder.input("staffing.build_engineer_months", unit="person month", label="Work to build the stack")
    months = builder.constant("build_months", float(max(demand.build_months, 1)), unit="month",
                              label="Months until live", source="study")  # fmt: skip
    monthly = salary / MONTHS_PER_YEAR
    start = in_month(1) if begun is None else begun - delay(begun, 1)
    building = ((1.0 if begun is None else begun) - live) if demand.build_months else start
    builder.line("build_people", build / months * monthly * building, group="people", label="Engineers, building")
    people = builder.quantity("engineers_running", _running(builder, demand, devices) * live, unit="person",
                              label="Engineers who run it and stand on call")  # fmt: skip
    builder.line("run_people", people * monthly, group="people", label="Engineers, running")
    _add_ramp(builder, demand, people, monthly)
    evaluation = builder.input("migration.evaluation_usd", unit="USD", label="One paired evaluation")
    builder.line("evaluation", evaluation * start, group="once", label="Evaluation of the model")


def _running(builder: LedgerBuilder, demand: Demand, devices: Term) -> Term:
    first = builder.input("staffing.run_engineers_first_cluster", unit="person",
                          label="Engineers to run a first cluster")  # fmt: skip
    per = builder.constant("devices_per_engineer", DEVICES_PER_ENGINEER, unit="device/person",
                           label="Devices one more engineer looks after",
                           source="staffing.engineers_per_50_to_100_devices")  # fmt: skip
    by_size = first + devices / per
    if demand.operating.on_call == "shared":
        return by_size
    rota = builder.input("staffing.on_call_minimum_engineers", unit="person",
                         label="People a rota around the clock of its own needs")  # fmt: skip
    return maximum(by_size, rota)


def _add_ramp(builder: LedgerBuilder, demand: Demand, people: Term, monthly: Term) -> None:
    """Add the output lost while engineers beyond those employed get up to speed, linear to full."""
    ramp = builder.input("staffing.ramp_months", unit="month", label="Months until a new engineer gives full output")
    employed = builder.constant("engineers_employed", demand.operating.engineers_employed, unit="person",
                                label="Engineers employed already", source="study")  # fmt: skip
    hired = builder.quantity("engineers_hired", running_max(maximum(people - employed, 0.0)), unit="person",
                             label="Engineers hired so far")  # fmt: skip
    builder.line("ramp", (hired - delay(hired, 1)) * ramp / 2.0 * monthly, group="people",
                 label="New engineers getting up to speed")  # fmt: skip
