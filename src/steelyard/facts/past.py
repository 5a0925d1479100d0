"""The catalogue rewound to a past day: nothing that was released, listed, measured or announced later."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import TypeVar

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Figure, Grade
from steelyard.domain.model import ManagedModel
from steelyard.domain.price import FineTuningPrice, GpuOffer, ProvisionedOffer, ProvisionedThroughput, RateCard
from steelyard.domain.quality import CalibrationBin, CalibrationScope, QualityScore
from steelyard.facts.estimated_quality import estimated_scores
from steelyard.facts.past_quality import QUALITY_FROM, quality_on
from steelyard.facts.prices import PACKAGE_DATE
from steelyard.facts.prices.history import ended_listings, past_cards
from steelyard.facts.prices.offers import term_offers
from steelyard.facts.prices.overlay_cards import with_dates
from steelyard.facts.prices.rents import past_offers, past_servers
from steelyard.facts.quality_scores import best_scores, scores_by_effort
from steelyard.facts.testable import not_testable

__all__ = ["rewound"]

PRODUCT_PRICES = ("azure_ptu.",)
"""Beginnings of names of figures that price a product: not known before they were seen."""
Sold = TypeVar("Sold", FineTuningPrice, ProvisionedOffer, ProvisionedThroughput)


def rewound(present: Catalogue, offers: Sequence[GpuOffer]) -> Catalogue:
    """Return the catalogue as it stood on its day, with what cannot be known that far back said in ``missing``.

    Parameters
    ----------
    present
        Everything packaged and own, with ``as_of`` in the past.
    offers
        Its GPU hours without terms derived from them.
    """
    day = present.as_of
    cards, later_prices = _cards(present)
    managed = _managed(present, cards)
    for card in cards:
        if not card.open_weights and card.model not in managed:
            managed[card.model] = ManagedModel(id=card.model, vendor=card.seller, evidence=(card.evidence,))
    figures = {k: f for k, f in present.figures.items() if _usable(f, day)}
    rented = past_offers(day, offers, present.accelerators)
    servers = past_servers(day, present.servers, present.accelerators)
    quality = quality_on(day)
    later = None if day >= QUALITY_FROM else _packaged()
    own = [s for scores in present.quality_by_effort.values() for s in scores if s.evidence.grade is Grade.USER]
    efforts = _scored([*quality.scores, *own], present, cards)
    then = replace(
        present,
        managed_models=dict(sorted(managed.items())),
        rate_cards=with_dates(cards, managed),
        gpu_offers=tuple(sorted((*rented, *term_offers(rented, figures)), key=lambda o: o.id)),
        servers=servers,
        figures=figures,
        quality=best_scores(efforts),
        quality_by_effort=efforts,
        quality_calibration=later.quality_calibration if later else _bins(quality.calibration, "overall"),
        thin_calibration=later.thin_calibration if later else _bins(quality.calibration, "few families"),
        capability_calibration=later.capability_calibration if later else _bins(quality.calibration, "capability"),
        fine_tuning_prices={k: _unannounced(v, day) for k, v in present.fine_tuning_prices.items()},
    )
    then = replace(then, estimated_quality=estimated_scores(then, later or then))
    return replace(then, missing=not_testable(present, then, later_prices))


@cache
def _packaged() -> Catalogue:
    """Return the packaged catalogue as it stands now: what a day before any score takes the shape of progress from."""
    from steelyard.facts.load import load_catalogue  # noqa: PLC0415  it calls this module for past days

    return load_catalogue(PACKAGE_DATE)


def _scored(
    scores: Sequence[QualityScore], present: Catalogue, cards: Sequence[RateCard]
) -> Mapping[str, tuple[QualityScore, ...]]:
    return scores_by_effort(scores, present.open_models, {card.model for card in cards})


def _bins(calibration: Sequence[CalibrationBin], scope: CalibrationScope) -> tuple[CalibrationBin, ...]:
    return tuple(b for b in calibration if b.scope == scope)


def _managed(present: Catalogue, cards: Sequence[RateCard]) -> dict[str, ManagedModel]:
    """Return the managed models sold on the day or released by then, without retirements nobody had announced.

    Where a listing shows a model before its stated release, which may be an upper bound, the listing is right.
    """
    day = present.as_of
    first = {c.model: c.first_seen for c in cards if not c.open_weights}
    found: dict[str, ManagedModel] = {}
    for model in present.managed_models.values():
        sold, released = model.id in first, model.released is not None and model.released <= day
        if not sold and (not released or _retired(model, day)):
            continue
        update: dict[str, object] = {}
        if sold and model.released is not None and not released:
            update["released"] = first[model.id]
        if model.retires is not None and not any(e.as_of <= day for e in model.evidence):
            update["retires"] = None
        found[model.id] = model.model_copy(update=update) if update else model
    return found


def _retired(model: ManagedModel, day: date) -> bool:
    return model.retires is not None and model.retires <= day


def _cards(present: Catalogue) -> tuple[tuple[RateCard, ...], tuple[str, ...]]:
    """Return the price lists of the day, and the models whose price is of a later day."""
    day = present.as_of
    packaged = {(c.seller, c.model): c for c in present.rate_cards}
    found = past_cards(day, present.open_models, packaged)
    over = ended_listings(day)
    named = {(seller, _words(model)) for seller, model in found}
    later: list[str] = []
    for key, card in packaged.items():
        dated = card.valid_from is not None and card.valid_from <= day and key not in found
        if dated or card.evidence.grade is Grade.USER or card.evidence.as_of <= day:
            found[key] = card
        elif (key not in found and key not in over and (card.seller, _words(card.model)) not in named
              and _released(card, present.managed_models, day)):  # fmt: skip
            found[key] = card
            later.append(card.model)
    gone = {m.id for m in present.managed_models.values() if _retired(m, day)}
    kept = (_known(found[key], day) for key in sorted(found) if found[key].model not in gone)
    return tuple(kept), tuple(sorted(set(later)))


def _words(model: str) -> frozenset[str]:
    """Return a model's name without the order of its words: a package may list one model under two orders."""
    return frozenset(re.split(r"[-./]", model.lower()))


def _released(card: RateCard, managed: Mapping[str, ManagedModel], day: date) -> bool:
    """Whether the vendor's release date proves that it sold the model by then."""
    model = managed.get(card.model)
    return model is not None and model.vendor == card.seller and model.released is not None and model.released <= day


def _known(card: RateCard, day: date) -> RateCard:
    """Return the card without changes and a retirement that nobody had announced by then."""
    announced = tuple(a for a in card.announced if a.evidence.as_of <= day)
    retires = card.retires if card.retires is None or card.evidence.as_of <= day else None
    same = announced == card.announced and retires == card.retires
    return card if same else card.model_copy(update={"announced": announced, "retires": retires})


def _usable(figure: Figure, day: date) -> bool:
    """Whether a figure may stand for an earlier day: slow-moving ones may, widened; prices of products may not."""
    return (
        figure.evidence.as_of <= day
        or figure.evidence.grade is Grade.USER
        or not figure.name.startswith(PRODUCT_PRICES)
    )


def _unannounced(price: FineTuningPrice, day: date) -> FineTuningPrice:
    """Return tuning as a service without closing dates of which nothing had been seen."""
    closing = ("closed_to_new_organisations_from", "closed_to_inactive_organisations_from", "no_new_jobs_from",
               "inference_ends")  # fmt: skip
    if price.evidence.as_of <= day or price.evidence.grade is Grade.USER:
        return price
    later = {name: None for name in closing if (ends := getattr(price, name)) is not None and ends > day}
    return price.model_copy(update=later) if later else price
