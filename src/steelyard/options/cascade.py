"""A cheaper model answers first, and what it cannot answer goes on to the one that clears the bar."""

from collections.abc import Sequence

from steelyard.domain.price import RateCard
from steelyard.domain.result import PlanStep
from steelyard.finance.builder import LedgerBuilder, Term, from_month, in_month
from steelyard.finance.embedding import embed
from steelyard.options.bought import Service, add_switch_lines, add_token_lines, services_of, switch_cost
from steelyard.options.demand import Demand
from steelyard.options.option import Option, listing_name, live_month
from steelyard.options.overflow import Beyond
from steelyard.options.people import salary_of
from steelyard.options.routing import add_routing

__all__ = ["ESCALATED", "LIVE_MONTH", "cascade_option", "own_cascade_option"]

ESCALATED = "cascade.escalation_fraction"
"""Input: share of requests that the first model passes on [1]; ``<this>.<model>`` where an evaluation measured it."""
LIVE_MONTH = 2
"""First month in which the cascade serves: the router is built in month 1; a convention."""


_NOTES = ("A request passed on pays both models and waits for both.",
          "What the first model gets wrong and keeps is quality lost: evaluate the mix as a whole.")  # fmt: skip


def cascade_option(first: RateCard, second: Beyond, demand: Demand, *, escalated: str) -> Option:
    """Return the option of asking a cheaper model first and passing on what it cannot answer.

    A request passed on pays both models. Charged beside the tokens: a migration to each model that does not run today,
    those their retirements force, routing, and an evaluation of the mix.

    Parameters
    ----------
    first
        Prices of the cheaper model.
    second
        The service that clears the bar.
    demand
        Traffic.
    escalated
        Input that holds the share passed on.
    """
    ids = [card.model.split("/")[-1] for card in (first, second.card)]
    option_id = f"cascade:{'>'.join(ids)}"
    builder = LedgerBuilder(option_id)
    live = from_month(LIVE_MONTH)
    share = builder.input(escalated, unit="1", label=f"Share of requests that {ids[0]} passes on")
    passed = builder.quantity("passed_on", 1.0 - live * (1.0 - share), unit="1",
                              label="Share of requests that the second model answers")  # fmt: skip
    add_token_lines(builder, services_of(first, demand), demand, window=live, prefix="first_",
                    heading=f"First, {ids[0]}: ")  # fmt: skip
    _add_second(builder, second, demand, passed, heading=f"Passed on, {ids[1]}: ")
    add_routing(builder, salary_of(builder, demand), live=live)
    _add_migrations(builder, [(first, second.switching or second.runs_today),
                              (second.card, second.switching and not second.runs_today)])  # fmt: skip
    return Option(
        id=option_id, label=f"Ask {ids[0]} from {first.seller} first, pass on to {ids[1]} from {second.card.seller}",
        kind="hybrid", model=second.card.model, ledger=builder.build(), card=second.card,
        notes=_NOTES,
        steps=(PlanStep(month=1, action=f"build and evaluate the router; {ids[1]} serves all"),
               PlanStep(month=LIVE_MONTH, action=f"ask {ids[0]} first, pass on to {ids[1]}")),
    )  # fmt: skip


def own_cascade_option(first: Option, second: Beyond, demand: Demand, *, escalated: str) -> Option:
    """Return the option of asking a model on own machines first and passing on what it cannot answer.

    The machines carry all requests once they serve, and all is bought until then. Charged beside both: routing, an
    evaluation of the mix, and the migrations of the bought model.

    Parameters
    ----------
    first
        The model on own machines, costed for all traffic.
    second
        The service that clears the bar.
    demand
        Traffic.
    escalated
        Input that holds the share passed on.
    """
    ids = [first.model.split("/")[-1], second.card.model.split("/")[-1]]
    option_id = f"cascade:own:{'>'.join(ids)}"
    builder = LedgerBuilder(option_id)
    month = live_month(first.ledger, demand.build_months)
    live = from_month(month)
    share = builder.input(escalated, unit="1", label=f"Share of requests that {ids[0]} passes on")
    passed = builder.quantity("passed_on", 1.0 - live * (1.0 - share), unit="1",
                              label="Share of requests that the second model answers")  # fmt: skip
    held = "servers" if first.hardware is not None and first.hardware.server is not None else "machines"
    taken = embed(builder, first.ledger, prefix="first_", heading=f"First, {ids[0]}: ", given={}, also=(held,),
                  without=(*first.interim_lines, "delay"))  # fmt: skip
    builder.quantity(held, taken.quantities[held], unit="machine", label="Machines of the first model")
    builder.constant("build_months", float(month - 1), unit="month", label="Months until live", source="study")
    paid = _add_second(builder, second, demand, passed, heading=f"Passed on, {ids[1]}: ")
    add_routing(builder, salary_of(builder, demand), live=live)
    add_switch_lines(builder, second.card, switching=second.switching and not second.runs_today)
    where = first.label.split(f"{first.model} ", 1)[-1]
    return Option(
        id=option_id, label=f"Ask {ids[0]} {where} first, pass on to {ids[1]} from {second.card.seller}", kind="hybrid",
        model=second.card.model, ledger=builder.build(), hardware=first.hardware,
        capex_lines=tuple(f"first_{line}" for line in first.capex_lines),
        interim_lines=paid if second.runs_today else (),
        notes=(*_NOTES, "What the first model's machines carry is predicted in closed form: play it before ordering.",
               *first.notes),
        steps=(PlanStep(month=1, action=f"build machines and router; {ids[1]} serves all"),
               PlanStep(month=month, action=f"ask {ids[0]} first, pass on to {ids[1]}")),
    )  # fmt: skip


def _add_second(
    builder: LedgerBuilder, second: Beyond, demand: Demand, passed: Term, *, heading: str
) -> tuple[str, ...]:
    services: Sequence[Service] = second.services
    return add_token_lines(builder, services, demand, discount=second.discount, batch=not second.runs_today,
                           window=passed, prefix="second_", heading=heading)  # fmt: skip


def _add_migrations(builder: LedgerBuilder, cards: Sequence[tuple[RateCard, bool]]) -> None:
    once = switch_cost(builder)
    for tag, (card, moves) in zip(("first", "second"), cards, strict=True):
        name = card.model.split("/")[-1]
        if moves:
            builder.line(
                f"{tag}_migration", once * in_month(1), group="once", label=f"Migration and evaluation, {name}"
            )
        forced = builder.input(f"{listing_name(card)}.migration", unit="1",
                               label=f"Retirement of {card.model} at {card.seller}")  # fmt: skip
        builder.line(f"{tag}_forced_migration", once * forced, group="once",
                     label=f"Migration forced by a retirement, {name}")  # fmt: skip
