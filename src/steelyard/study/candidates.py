"""Which ways to serve are worth costing in full: the cheapest of each kind that the bar lets in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from steelyard.domain.calibration import Calibration
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.price import RateCard
from steelyard.domain.study import SelfHostedToday, Study, TodayApi
from steelyard.nouns import counted, noun
from steelyard.options.bought import Service, bought_option, services_of, today_option
from steelyard.options.demand import Demand
from steelyard.options.estate import estate_option
from steelyard.options.option import Option
from steelyard.options.self_hosted import Interim
from steelyard.options.tokens import usd_per_request
from steelyard.study.cascade_plan import LEAST_CHANCE
from steelyard.study.failures import failures_usd_per_month, priced_failures
from steelyard.study.inputs import ratio_figure
from steelyard.study.machines import growth_of, self_hosted_options
from steelyard.study.obligations import estate_of
from steelyard.study.own_quotes import model_quote
from steelyard.study.provisioned_units import provisioned_options
from steelyard.study.reference import Reference, model_id, screen_model

__all__ = ["Candidates", "bought_from", "build_options", "is_chat"]

SAME_SELLER_KEPT = 2
"""Cheaper models of today's seller costed in full."""
OTHERS_KEPT = 3
"""Models of other sellers costed in full."""
HOSTED_KEPT = 3
"""Hosted open weights costed in full."""
BELOW_KEPT = 3
"""Cheapest models below the bar, of which the first that only quality rules out is costed to price that gate."""
NEAR_KEPT = 2
"""Models just below the bar weighed as the first of a cascade."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Options to cost, and what was looked at to find them."""

    options: tuple[Option, ...]
    """Options in a stable order, today first."""
    screened_out: int
    """Models that public scores rule out."""
    unknown_quality: tuple[str, ...]
    """Models left out because no public score is known."""
    notes: tuple[str, ...]
    """What the reader should know of the search."""
    interim: Interim | None = None
    """Service used until own machines are live."""
    below: tuple[Option, ...] = ()
    """The cheapest bought models that public scores rule out: what the quality gate costs is told by them."""
    near: tuple[Option, ...] = ()
    """The cheapest models that public scores rule out by little: they may answer first in a cascade."""


def is_chat(card: RateCard, catalogue: Catalogue) -> bool:
    """Whether the card prices text generation (an embedding's output costs nothing)."""
    managed = catalogue.managed_models.get(card.model)
    return (managed is None or managed.tier != "embedding") and card.tiers[0].prices.output > 0


def _monthly_usd(card: RateCard, demand: Demand, catalogue: Catalogue) -> float:
    """Return the expected cost of a mean month at list price, token ratios at their medians [USD/month]."""
    foreign = demand.measured_on is not None and card.model != demand.measured_on
    total = 0.0
    for name, usd in usd_per_request(card, demand).items():
        figure = ratio_figure("output" if name == "output" else "input", card.model, catalogue)
        total += usd * (catalogue.figure(figure).value if foreign and name != "fees" else 1.0)
    off = demand.batch_share * card.batch_discount if card.batch_discount else 0.0
    return total * (1.0 - off) * demand.requests_per_month + failures_usd_per_month(card.model, demand, catalogue)


def _on_sale(catalogue: Catalogue, demand: Demand, study: Study) -> list[RateCard]:
    cards: list[RateCard] = []
    for card in catalogue.rate_cards:
        managed = catalogue.managed_models.get(card.model)
        if _is_gone(card, catalogue):
            continue
        if not card.open_weights and managed and card.seller != managed.vendor and not _is_today(study, card):
            continue  # resellers bill what the vendor lists
        if is_chat(card, catalogue) and _holds(card.model, catalogue, demand):
            cards.append(card)
    return cards


def _is_gone(card: RateCard, catalogue: Catalogue) -> bool:
    """Whether the seller took the listing down, or its vendor the model, by the catalogue's day."""
    managed = catalogue.managed_models.get(card.model)
    days = (card.retires, managed.retires if managed else None)
    return any(day is not None and day <= catalogue.as_of for day in days)


def _is_today(study: Study, card: RateCard) -> bool:
    return isinstance(study.today, TodayApi) and study.today.provider.lower() == card.seller


def _holds(model: str, catalogue: Catalogue, demand: Demand) -> bool:
    """Whether the model's context holds the typical long request (unknown contexts pass)."""
    known = catalogue.open_models.get(model) or catalogue.managed_models.get(model)
    lengths = demand.profile.input_tokens
    return known is None or known.context_tokens is None or lengths is None or lengths.p99 <= known.context_tokens


def _cheapest(cards: Iterable[RateCard], n: int, demand: Demand, catalogue: Catalogue) -> list[RateCard]:
    priced = sorted((_monthly_usd(card, demand, catalogue), card.seller, card.model) for card in cards)
    kept: list[tuple[str, str]] = []
    for _, seller, model in priced:
        if model not in {m for _, m in kept}:
            kept.append((seller, model))
    found = [catalogue.rate_card(seller, model) for seller, model in kept[:n]]
    return [card for card in found if card is not None]


def build_options(
    study: Study, demand: Demand, catalogue: Catalogue, reference: Reference, today: Sequence[Service],
    calibration: Calibration,
) -> Candidates:  # fmt: skip
    """Return the options to cost: today, cheaper models, hosted open weights, own machines.

    Parameters
    ----------
    study
        Constraints; ``candidates`` restricts the models.
    demand
        Traffic.
    catalogue
        Facts.
    reference
        The quality bar.
    today
        What is bought today, the study's model first; empty if nothing is.
    calibration
        How well engines use accelerators.
    """
    card_today = today[0].card if today else None
    cards = [card for card in _on_sale(catalogue, demand, study) if _wanted(study, card.model)]
    passing: list[RateCard] = []
    unknown: set[str] = set()
    below: list[RateCard] = []
    near: list[RateCard] = []
    for card in cards:
        screened = screen_model(study, catalogue, reference, card.model)
        answer = screened.answer
        named = study.candidates is not None
        if not named and not _known(card.model, catalogue, reference):
            unknown.add(card.model)
        elif answer == "below" and not named and priced_failures(card.model, catalogue) is None:
            below.append(card)
            near += [card] if (screened.chance_no_worse or 0.0) >= LEAST_CHANCE else []
        else:
            passing.append(card)
    kept = _bought_cards(passing, demand, catalogue, card_today)
    discount = study.today.discount if isinstance(study.today, TodayApi) else 0.0
    options: list[Option] = []
    if today:
        options.append(today_option(today, demand, discount=discount))
    elif isinstance(study.today, SelfHostedToday):
        held = model_id(catalogue, study.today.model) or study.today.model
        growth = growth_of(study.today, held, demand, catalogue, calibration=calibration)
        options.append(estate_option(estate_of(study, study.today, catalogue), model=held, growth=growth))
    options += [bought_from(card, study, demand, catalogue) for card in kept]
    units, not_sized = provisioned_options(study, demand, catalogue, [*(s.card for s in today), *kept])
    options += units
    interim = _interim(study, today, discount, kept, demand, catalogue)
    own, own_notes = self_hosted_options(study, demand, catalogue, reference, interim, calibration=calibration)
    first = tuple(bought_from(card, study, demand, catalogue) for card in _cheapest(near, NEAR_KEPT, demand, catalogue))
    notes = (*own_notes, *not_sized)
    return Candidates((*options, *own), len({card.model for card in below}), tuple(sorted(unknown)), notes, interim,
                      _priced_below(below, study, demand, catalogue), first)  # fmt: skip


def _known(model: str, catalogue: Catalogue, reference: Reference) -> bool:
    """Whether a model can be held against the bar: an estimate alone does not enter beside a bar that was measured."""
    if reference.score is None or model in catalogue.quality or model in reference.own:
        return True
    return reference.score.estimated and model in catalogue.estimated_quality


def _priced_below(
    below: Sequence[RateCard], study: Study, demand: Demand, catalogue: Catalogue
) -> tuple[Option, ...]:  # fmt: skip
    """Return the cheapest models below the bar, each saying for how many it stands and what was not priced."""
    models = len({card.model for card in below})
    said = (f"It stands for the {counted(models, 'model')} below the bar that {noun(models, 'is', 'are')} sold by the "
            "token: the cheapest at list price that only quality rules out. Models below the bar are not sized on own "
            "machines, so what the bar costs there is not known.")  # fmt: skip
    return tuple(replace(bought_from(card, study, demand, catalogue), notes=(said,))
                 for card in _cheapest(below, BELOW_KEPT, demand, catalogue))  # fmt: skip


def _wanted(study: Study, model: str) -> bool:
    return (
        study.candidates is None or model in study.candidates or model.rsplit("/", maxsplit=1)[-1] in study.candidates
    )


def _bought_cards(
    passing: Sequence[RateCard], demand: Demand, catalogue: Catalogue, today: RateCard | None
) -> list[RateCard]:
    closed = [c for c in passing if not c.open_weights and (today is None or c.model != today.model)]
    same = [c for c in closed if today is not None and c.seller == today.seller]
    other = [c for c in closed if today is None or c.seller != today.seller]
    hosted = [
        c for c in passing if c.open_weights and (today is None or (c.seller, c.model) != (today.seller, today.model))
    ]
    return [
        *_cheapest(same, SAME_SELLER_KEPT, demand, catalogue),
        *_cheapest(other, OTHERS_KEPT, demand, catalogue),
        *_cheapest(hosted, HOSTED_KEPT, demand, catalogue),
    ]


def bought_from(card: RateCard, study: Study, demand: Demand, catalogue: Catalogue) -> Option:
    """Return the option of buying a model, at the study's own quote while it holds.

    Parameters
    ----------
    card
        Prices.
    study
        Its quotes.
    demand
        Traffic.
    catalogue
        Its day, up to which a quote holds.
    """
    quote = model_quote(card, study, catalogue)
    off, months = (quote.discount, quote.months) if quote is not None else (0.0, 0)
    return bought_option(card, demand, switching=study.today is not None, discount=off, discount_months=months)


def _interim(
    study: Study, today: Sequence[Service], discount: float, kept: Sequence[RateCard], demand: Demand,
    catalogue: Catalogue,
) -> Interim | None:  # fmt: skip
    """Return what serves, or stands for the value of serving, until own machines are live."""
    if today:
        return Interim(tuple(today), discount, running_today=True)
    if study.data.must_stay_on_premises == "yes" or not kept or study.today is not None:
        return None
    cheapest = min(kept, key=lambda card: (_monthly_usd(card, demand, catalogue), card.seller))
    return Interim(services_of(cheapest, demand), 0.0, running_today=False)
