"""What serving by two ways adds: a router to build and keep, and an evaluation of the mix."""

from steelyard.finance.builder import LedgerBuilder, Operand, Term, delay
from steelyard.options.people import days_usd
from steelyard.units import MONTHS_PER_YEAR

__all__ = ["ROUTER_BUILD", "ROUTER_UPKEEP", "add_routing"]

ROUTER_BUILD = "routing.build_engineer_days"
ROUTER_UPKEEP = "routing.upkeep_engineer_days_per_year"


def add_routing(builder: LedgerBuilder, salary: Term, *, live: Operand) -> None:
    """Add building a router, its upkeep from the month in which it routes, and an evaluation of the mix before.

    Parameters
    ----------
    builder
        Ledger under construction.
    salary
        What an engineer's year costs [USD/a].
    live
        1 from the month in which two ways serve [1].
    """
    days = builder.input(ROUTER_BUILD, unit="d", label="Engineer days to route between two ways to serve")
    upkeep = builder.input(ROUTER_UPKEEP, unit="d/a", label="Engineer days a year to keep the routing right")
    evaluation = builder.input("migration.evaluation_usd", unit="USD", label="One paired evaluation")
    routed = builder.quantity("routed", live, unit="1", label="1 while two ways serve")
    first = routed - delay(routed, 1)
    builder.line("routing", days_usd(builder, salary, days) * first, group="once", label="Routing, built")
    builder.line("routing_upkeep", days_usd(builder, salary, upkeep) / MONTHS_PER_YEAR * routed, group="people",
                 label="Routing, kept right")  # fmt: skip
    builder.line("mix_evaluation", evaluation * first, group="once", label="Evaluation of the mix")
