"""Bought service by the token: today's seller, another model, hosted open weights."""

from typing import TYPE_CHECKING

from steelyard.domain.price import RateCard
from steelyard.domain.result import Kind
from steelyard.finance.builder import LedgerBuilder, in_month
from steelyard.options.demand import Demand
from steelyard.options.option import REQUESTS, Option, listing_name, token_ratio_name
from steelyard.options.tokens import CLASS_LABELS, usd_per_request

if TYPE_CHECKING:
    from steelyard.finance.builder import Term

__all__ = ["ENGINEER_DAYS_PER_YEAR", "add_switch_lines", "add_token_lines", "bought_option"]

ENGINEER_DAYS_PER_YEAR = 220.0
"""Working days in a year, holidays and leave taken off [d/a]; a convention."""
SWITCH_DAYS = "migration.api_switch_engineer_days"
EVALUATION = "migration.evaluation_usd"
ENGINEER_USD = "staffing.ml_platform_engineer_usd_per_year"


def add_token_lines(
    builder: LedgerBuilder, card: RateCard, demand: Demand, *, discount: float = 0.0, batch: bool = True,
    window: "Term | None" = None, prefix: str = "",
) -> tuple[str, ...]:  # fmt: skip
    """Add one line per token class that the traffic uses; return their ids.

    Parameters
    ----------
    builder
        Ledger under construction.
    card
        Prices.
    demand
        Traffic.
    discount
        Negotiated discount off list [1], 0 to 1.
    batch
        Whether requests that may wait are sent to the batch service, where the seller has one.
    window
        Factor over the months in which the service is used [1]; absent: always.
    prefix
        Distinguishes the lines of a service used only for a while.
    """
    requests = builder.input(REQUESTS, unit="request/month", label="Requests")
    factor = builder.input(listing_name(card), unit="1", label=f"Price of {card.model} at {card.seller} over list")
    foreign = demand.measured_on is not None and card.model != demand.measured_on
    off = demand.batch_share * card.batch_discount if batch and card.batch_discount else 0.0
    kept = builder.constant(
        f"{prefix}paid_share_of_list", (1.0 - off) * (1.0 - discount), unit="1",
        label="Share of list price paid after batch and negotiated discounts", source=card.evidence.source,
    )  # fmt: skip
    lines: list[str] = []
    for name, usd in usd_per_request(card, demand).items():
        if usd <= 0:
            continue
        price = builder.constant(f"{prefix}usd_per_request_{name}", usd, unit="USD/request",
                                 label=f"{CLASS_LABELS[name]}, list price per request",
                                 source=card.evidence.source)  # fmt: skip
        cost = requests * price * factor * kept
        if foreign and name != "fees":
            side = "output" if name == "output" else "input"
            label = f"{side.capitalize()} tokens of {card.model} per token measured"
            cost = cost * builder.input(token_ratio_name(side, card.model), unit="1", label=label)
        line = f"{prefix}{name}"
        builder.line(line, cost if window is None else cost * window, group="tokens",
                     label=f"{'Until the switch: ' if prefix else ''}{CLASS_LABELS[name]}")  # fmt: skip
        lines.append(line)
    return tuple(lines)


def switch_cost(builder: LedgerBuilder) -> "Term":
    """Return the cost of one switch of model: engineer days and a paired evaluation [USD]."""
    days = builder.input(SWITCH_DAYS, unit="d", label="Engineer days to switch an API model")
    salary = builder.input(ENGINEER_USD, unit="USD/a", label="Loaded cost of one engineer")
    evaluation = builder.input(EVALUATION, unit="USD", label="One paired evaluation")
    year = builder.constant("engineer_days_per_year", ENGINEER_DAYS_PER_YEAR, unit="d/a", label="Working days a year",
                            source="convention")  # fmt: skip
    return builder.quantity("switch_usd", days * salary / year + evaluation, unit="USD", label="One change of model")


def add_switch_lines(builder: LedgerBuilder, card: RateCard, *, switching: bool) -> None:
    """Add the migration to this model, if it is one, and the migrations its retirement forces.

    Parameters
    ----------
    builder
        Ledger under construction.
    card
        Prices; names the listing whose retirement is drawn.
    switching
        Whether the organisation uses another model today.
    """
    once = switch_cost(builder)
    if switching:
        builder.line("migration", once * in_month(1), group="once", label="Migration and evaluation")
    forced = builder.input(f"{listing_name(card)}.migration", unit="1",
                           label=f"Retirement of {card.model} at {card.seller}")  # fmt: skip
    builder.line("forced_migration", once * forced, group="once", label="Migration forced by a retirement")


def bought_option(
    card: RateCard, demand: Demand, *, today: bool = False, discount: float = 0.0, switching: bool = True,
) -> Option:  # fmt: skip
    """Return the option of buying this model from this seller.

    Parameters
    ----------
    card
        Prices.
    demand
        Traffic.
    today
        Whether this is what runs now, unchanged: no migration, no batch service that is not used today.
    discount
        Negotiated discount off list [1].
    switching
        Whether another model runs today.
    """
    option_id = "today" if today else f"{'hosted' if card.open_weights else 'api'}:{card.seller}/{card.model}"
    builder = LedgerBuilder(option_id)
    add_token_lines(builder, card, demand, discount=discount, batch=not today)
    add_switch_lines(builder, card, switching=switching and not today)
    name = card.model.split("/")[-1]
    kind: Kind = "buy_hosted_open_weights" if card.open_weights else "buy_api"
    return Option(
        id=option_id,
        label=f"Keep {name} at {card.seller}" if today else f"Buy {name} from {card.seller}",
        kind="keep_today" if today else kind,
        model=card.model,
        ledger=builder.build(),
        card=card,
    )
