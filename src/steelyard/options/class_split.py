"""Classes of the traffic, each bought from a service of its own."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from steelyard.domain.price import RateCard
from steelyard.finance.builder import LedgerBuilder, in_month
from steelyard.options.bought import Service, add_token_lines, switch_cost
from steelyard.options.demand import Demand
from steelyard.options.option import Option, listing_name
from steelyard.options.tokens import usd_per_request

__all__ = ["ClassService", "split_option"]


@dataclass(frozen=True, slots=True)
class ClassService:
    """A class and what it is bought from."""

    name: str
    """Name of the class."""
    share: float
    """Share of the requests [1]."""
    card: RateCard
    """Prices."""
    demand: Demand
    """The class's own lengths and deadlines."""


def split_option(classes: Sequence[ClassService], *, today: Collection[str]) -> Option:
    """Return the option of buying each class from its own service.

    Every model that does not run today costs a migration and an evaluation of its own, and so does each retirement.
    Requests already carry what tells their classes apart, so no router is charged.

    Parameters
    ----------
    classes
        Classes with their services, at least two services in all.
    today
        Models bought today.
    """
    builder = LedgerBuilder("split-by-class")
    for part in classes:
        paid = {name: usd * part.share for name, usd in usd_per_request(part.card, part.demand).items()}
        tag = re.sub(r"\W+", "_", part.name).strip("_").lower()
        add_token_lines(builder, [Service(part.card, paid)], part.demand, prefix=f"{tag}_",
                        heading=f"{part.name}, {part.card.model.split('/')[-1]}: ")  # fmt: skip
    once = switch_cost(builder)
    cards = {(c.card.seller, c.card.model): c.card for c in classes}
    for _, card in sorted(cards.items()):
        name = card.model.split("/")[-1]
        tag = re.sub(r"\W+", "_", name)
        if card.model not in today:
            builder.line(
                f"{tag}_migration", once * in_month(1), group="once", label=f"Migration and evaluation, {name}"
            )
        forced = builder.input(f"{listing_name(card)}.migration", unit="1",
                               label=f"Retirement of {card.model} at {card.seller}")  # fmt: skip
        builder.line(f"{tag}_forced_migration", once * forced, group="once",
                     label=f"Migration forced by a retirement, {name}")  # fmt: skip
    first = max(classes, key=lambda part: part.share).card
    said = ", ".join(f"{part.name} on {part.card.model.split('/')[-1]}" for part in classes)
    return Option(id="split-by-class", label=f"Buy by class: {said}", kind="hybrid", model=first.model,
                  ledger=builder.build(), card=first,
                  notes=tuple(f"class {c.name}: {c.share:.0%} of requests, {c.card.model} from {c.card.seller}"
                              for c in classes))  # fmt: skip
