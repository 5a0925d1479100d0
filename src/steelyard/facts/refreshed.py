"""Refreshed prices as seen by a day: of every price the newest sighting, none from later."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeVar

from steelyard.domain.price import GpuOffer, RateCard
from steelyard.facts.snapshot import Entries

__all__ = ["seen_by"]

Priced = TypeVar("Priced", GpuOffer, RateCard)


def seen_by(entries: Entries, as_of: date) -> Entries:
    """Return refreshed entries as they stood on a day.

    Every refresh adds a file and none is overwritten, so that a past day finds the prices it had. Of several sightings
    of a price the newest by ``as_of`` counts, the file written last among those of one day. Changes announced then and
    in force since are in force.

    Parameters
    ----------
    entries
        Everything in the folder of refreshed prices.
    as_of
        Day of the catalogue.
    """
    cards = _newest(entries.api_prices, as_of, lambda card: (card.seller, card.model))
    offers = _newest(entries.gpu_offers, as_of, lambda offer: offer.id)
    return entries.model_copy(update={"api_prices": tuple(_in_force(card, as_of) for card in cards),
                                      "gpu_offers": tuple(offers)})  # fmt: skip


def _newest(sightings: Iterable[Priced], as_of: date, key: Callable[[Priced], object]) -> list[Priced]:
    by_day = sorted((s for s in sightings if s.evidence.as_of <= as_of), key=lambda s: s.evidence.as_of)
    return list({key(sighting): sighting for sighting in by_day}.values())


def _in_force(card: RateCard, as_of: date) -> RateCard:
    """Return the card with announced prices whose day has come."""
    past = [later for later in card.announced if later.valid_from is not None and later.valid_from <= as_of]
    if not past:
        return card
    coming = tuple(later for later in card.announced if later not in past)
    return card.model_copy(update={"tiers": past[-1].tiers, "valid_from": past[-1].valid_from, "announced": coming})
