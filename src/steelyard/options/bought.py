"""Bought service by the token: today's seller, another model, hosted open weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from steelyard.domain.price import RateCard
from steelyard.domain.result import Kind
from steelyard.finance.builder import LedgerBuilder, from_month, in_month
from steelyard.options.demand import Demand
from steelyard.options.option import REQUESTS, Option, listing_name, token_ratio_name
from steelyard.options.tokens import CLASS_LABELS, usd_per_request

if TYPE_CHECKING:
    from steelyard.finance.builder import Term

__all__ = ["ENGINEER_DAYS_PER_YEAR", "Service", "add_switch_lines", "add_token_lines", "bought_option",
           "services_of", "switch_cost", "today_option"]  # fmt: skip

ENGINEER_DAYS_PER_YEAR = 220.0
"""Working days in a year, holidays and leave taken off [d/a]; a convention."""
SWITCH_DAYS = "migration.api_switch_engineer_days"
EVALUATION = "migration.evaluation_usd"
ENGINEER_USD = "staffing.ml_platform_engineer_usd_per_year"


@dataclass(frozen=True, slots=True)
class Service:
    """A model at a seller and what one request of the whole traffic pays there."""

    card: RateCard
    """Prices."""
    usd_per_request: Mapping[str, float]
    """List price by token class, over all requests of the traffic [USD/request]."""


def services_of(card: RateCard, demand: Demand) -> tuple[Service, ...]:
    """Return the service that one model at one seller gives to the whole traffic."""
    return (Service(card, usd_per_request(card, demand)),)


def add_token_lines(
    builder: LedgerBuilder, services: Sequence[Service], demand: Demand, *, discount: float = 0.0,
    discount_months: int | None = None, batch: bool = True, window: "Term | None" = None, prefix: str = "",
    heading: str = "Until live: ",
) -> tuple[str, ...]:  # fmt: skip
    """Add one line per model and token class that the traffic uses; return their ids.

    Parameters
    ----------
    builder
        Ledger under construction.
    services
        Models in use, with their prices.
    demand
        Traffic.
    discount
        Negotiated discount off list [1], 0 to 1.
    discount_months
        Months for which it holds [month]; None: throughout.
    batch
        Whether requests that may wait are sent to the batch service, where the seller has one.
    window
        Factor over the months in which the service is used [1]; absent: always.
    prefix
        Distinguishes the lines of a service used only for a while, or by some.
    heading
        Begins the labels of lines with a prefix.
    """
    requests = builder.input(REQUESTS, unit="request/month", label="Requests")
    lines: list[str] = []
    for service in services:
        card = service.card
        tag = f"{prefix}{card.model.split('/')[-1]}_" if len(services) > 1 else prefix
        off = demand.batch_share * card.batch_discount if batch and card.batch_discount else 0.0
        lasting = discount if discount_months is None else 0.0
        kept = builder.constant(f"{tag}paid_share_of_list", (1.0 - off) * (1.0 - lasting), unit="1",
                                label="Share of list price paid after batch and negotiated discounts",
                                source=card.evidence.source)  # fmt: skip
        if discount and discount_months is not None:
            quoted = builder.constant(f"{tag}quoted_discount", discount, unit="1", label="Discount of your own quote",
                                      source="study")  # fmt: skip
            kept = kept * (1.0 - quoted * (1.0 - from_month(discount_months + 1)))
        factor = builder.input(listing_name(card), unit="1", label=f"Price of {card.model} at {card.seller} over list")
        for name, usd in service.usd_per_request.items():
            if usd > 0:
                price = builder.constant(f"{tag}usd_per_request_{name}", usd, unit="USD/request",
                                         label=f"{CLASS_LABELS[name]}, list price per request",
                                         source=card.evidence.source)  # fmt: skip
                cost = requests * price * factor * kept
                cost = cost * _token_ratio(builder, card, demand, name)
                label = f"{heading if prefix else ''}{CLASS_LABELS[name]}"
                builder.line(f"{tag}{name}", cost if window is None else cost * window, group="tokens",
                             label=f"{label}, {card.model.split('/')[-1]}" if len(services) > 1 else label)  # fmt: skip
                lines.append(f"{tag}{name}")
    return tuple(lines)


def _token_ratio(builder: LedgerBuilder, card: RateCard, demand: Demand, name: str) -> "Term | float":
    measured = {demand.measured_on, *(m for m in demand.measured_models)}
    if name == "fees" or demand.measured_on is None or card.model in measured:
        return 1.0
    side: Literal["input", "output"] = "output" if name == "output" else "input"
    label = f"{side.capitalize()} tokens of {card.model} per token measured"
    return builder.input(token_ratio_name(side, card.model), unit="1", label=label)


def switch_cost(builder: LedgerBuilder) -> "Term":
    """Return the cost of one switch of model: engineer days and a paired evaluation [USD]."""
    days = builder.input(SWITCH_DAYS, unit="d", label="Engineer days to switch an API model")
    salary = builder.input(ENGINEER_USD, unit="USD/a", label="Loaded cost of one engineer")
    evaluation = builder.input(EVALUATION, unit="USD", label="One paired evaluation")
    year = builder.constant("engineer_days_per_year", ENGINEER_DAYS_PER_YEAR, unit="d/a", label="Working days a year",
                            source="convention")  # fmt: skip
    return builder.quantity("switch_usd", days * salary / year + evaluation, unit="USD", label="One change of model")


def add_switch_lines(builder: LedgerBuilder, card: RateCard, *, switching: bool, window: "Term | None" = None) -> None:
    """Add the migration to this model, if it is one, and the migrations its retirement forces.

    Parameters
    ----------
    builder
        Ledger under construction.
    card
        Prices; names the listing whose retirement is drawn.
    switching
        Whether the organisation uses another model today.
    window
        1 in the months in which it is bought [1]; absent: always.
    """
    once = switch_cost(builder)
    if switching:
        builder.line("migration", once * in_month(1), group="once", label="Migration and evaluation")
    forced = builder.input(f"{listing_name(card)}.migration", unit="1",
                           label=f"Retirement of {card.model} at {card.seller}")  # fmt: skip
    when = forced if window is None else forced * window
    builder.line("forced_migration", once * when, group="once", label="Migration forced by a retirement")


def bought_option(
    card: RateCard, demand: Demand, *, switching: bool = True, discount: float = 0.0, discount_months: int = 0
) -> Option:  # fmt: skip
    """Return the option of buying this model from this seller for the whole traffic.

    Parameters
    ----------
    card
        Prices.
    demand
        Traffic.
    switching
        Whether another model runs today.
    discount, discount_months
        Discount of the organisation's own quote [1], and for how long it holds [month].
    """
    option_id = f"{'hosted' if card.open_weights else 'api'}:{card.seller}/{card.model.split('/')[-1]}"
    builder = LedgerBuilder(option_id)
    add_token_lines(builder, services_of(card, demand), demand, discount=discount, discount_months=discount_months)
    add_switch_lines(builder, card, switching=switching)
    kind: Kind = "buy_hosted_open_weights" if card.open_weights else "buy_api"
    return Option(id=option_id, label=f"Buy {card.model.split('/')[-1]} from {card.seller}", kind=kind,
                  model=card.model, ledger=builder.build(), card=card)  # fmt: skip


def today_option(services: Sequence[Service], demand: Demand, *, discount: float = 0.0) -> Option:
    """Return the option of keeping what is bought today, unchanged: no migration, no batch service not used today.

    Parameters
    ----------
    services
        Models in use, the one the study names first.
    demand
        Traffic.
    discount
        Negotiated discount off list [1].
    """
    card = services[0].card
    builder = LedgerBuilder("today")
    add_token_lines(builder, services, demand, discount=discount, batch=False)
    add_switch_lines(builder, card, switching=False)
    names = " and ".join(service.card.model.split("/")[-1] for service in services)
    return Option(id="today", label=f"Keep {names} at {card.seller}", kind="keep_today", model=card.model,
                  ledger=builder.build(), card=card)  # fmt: skip
