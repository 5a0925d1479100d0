"""Our dated entries over the price package: whole cards it misses, and fields it lacks on cards it has."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from steelyard.domain.evidence import Grade
from steelyard.domain.model import ManagedModel
from steelyard.domain.price import (
    CardAmendment,
    FineTuningPrice,
    ProvisionedOffer,
    ProvisionedThroughput,
    RateCard,
)
from steelyard.facts.prices.crosscheck import compared_by, disputed
from steelyard.facts.prices.names import spelling

__all__ = ["Cards", "amended", "on_day", "overlaid", "with_dates"]

Sold = TypeVar("Sold", FineTuningPrice, ProvisionedOffer, ProvisionedThroughput)

Cards = dict[tuple[str, str], RateCard]
"""Rate cards by seller and model."""
_AMENDED = ("batch_discount", "regional_uplift", "first_seen", "retires")


def overlaid(cards: Cards, entries: Iterable[RateCard], as_of: date, known_models: Collection[str]) -> Cards:
    """Return the cards with dated entries on top; of several for one listing the newest in force counts.

    Entries that start later are announced changes of the listing. An entry's prices replace the card's whole. The
    organisation's own quotes (grade ``user``) hold at any date unless they say when; others only once they were public,
    for models then known, and with what sources disagreed on by then.

    Parameters
    ----------
    cards
        What lies beneath.
    entries
        Entries of one layer, any order.
    as_of
        Day of the catalogue.
    known_models
        Open models known on that day.
    """
    differences = compared_by(as_of)
    by_listing: dict[tuple[str, str], list[RateCard]] = {}
    for entry in entries:
        own = entry.evidence.grade == Grade.USER
        if own or ((not entry.open_weights or entry.model in known_models) and _known_from(entry) <= as_of):
            taken = entry if own else disputed(entry, differences)
            by_listing.setdefault((entry.seller, entry.model), []).append(taken)
    found = dict(cards)
    for key, dated in by_listing.items():
        now = [e for e in dated if e.valid_from is None or e.valid_from <= as_of]
        later = sorted((e for e in dated if e not in now), key=lambda e: e.valid_from or as_of)
        current = max(now, key=lambda e: e.valid_from or date.min) if now else found.get(key)
        if current is not None:
            announced = tuple(later) if later else current.announced
            found[key] = current.model_copy(update={"announced": announced})
    return found


def _known_from(entry: RateCard) -> date:
    """Return the day from which an entry was public."""
    seen = entry.evidence.as_of
    return min(seen, entry.valid_from) if entry.valid_from else seen


def amended(cards: Cards, amendments: Sequence[CardAmendment], as_of: date) -> Cards:
    """Return the cards with what their sellers' lists lack; announced changes are amended alike.

    Parameters
    ----------
    cards
        Cards by seller and model.
    amendments
        In order; of two for one field the later wins.
    as_of
        Day of the catalogue; amendments not in force or not seen by then are passed over.
    """
    found = dict(cards)
    for amendment in amendments:
        if (amendment.valid_from or amendment.evidence.as_of) > as_of:
            continue
        for key in ((amendment.seller, name) for model in amendment.models for name in _names(model)):
            if key in found:
                found[key] = _with(found[key], amendment)
    return found


def _names(model: str) -> tuple[str, ...]:
    """Return the identifiers a listing may have: a vendor's own model, and the same as open weights once known."""
    return tuple(dict.fromkeys((model, model.rpartition("/")[2], spelling(model))))


def _with(card: RateCard, amendment: CardAmendment) -> RateCard:
    given: Mapping[str, object] = {n: v for n in _AMENDED if (v := getattr(amendment, n)) is not None}
    tiers = card.tiers
    if amendment.cache_write_5m is not None:
        base = tiers[0].prices.model_copy(update={"cache_write_5m": amendment.cache_write_5m})
        tiers = (tiers[0].model_copy(update={"prices": base}), *tiers[1:])
    changed = card.model_copy(update={**given, "tiers": tiers, "also": (*card.also, amendment.evidence)})
    lasting = {name: value for name, value in given.items() if name in {"batch_discount", "regional_uplift"}}
    return changed.model_copy(update={"announced": tuple(a.model_copy(update=lasting) for a in card.announced)})


def on_day(entry: Sold, as_of: date) -> Sold | None:
    """Return tuning or capacity as it was sold on a day; None where it was not yet, or was not seen by then.

    Parameters
    ----------
    entry
        With its first day, where it has one; the organisation's own (grade ``user``) holds at any date.
    as_of
        Day of the catalogue.
    """
    start = None if isinstance(entry, ProvisionedThroughput) else entry.valid_from
    if entry.evidence.grade == Grade.USER or (start or entry.evidence.as_of) <= as_of:
        return entry
    if isinstance(entry, ProvisionedOffer):
        before = [price for price in entry.earlier if price.valid_from <= as_of]
        if before:
            kept = {"valid_from": before[-1].valid_from, "usd_per_unit_h": before[-1].usd_per_unit_h}
            return entry.model_copy(update={**kept, "earlier": tuple(before[:-1])})
    return None


def with_dates(cards: Iterable[RateCard], managed: Mapping[str, ManagedModel]) -> tuple[RateCard, ...]:
    """Return the cards with their model's first and last day where the listing itself states none.

    Parameters
    ----------
    cards
        Price lists.
    managed
        Models sold only as a service, by identifier.
    """
    dated: list[RateCard] = []
    for card in cards:
        model = managed.get(card.model) or managed.get(f"{card.seller}/{card.model}")
        if model is None:
            dated.append(card)
            continue
        first, last = card.first_seen or model.released, card.retires or model.retires
        same = (first, last) == (card.first_seen, card.retires)
        dated.append(card if same else card.model_copy(update={"first_seen": first, "retires": last}))
    return tuple(dated)
