"""Dated token prices, carried as figures: what each seller listed on a day, and since when a listing is known."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.model import OpenModel
from steelyard.domain.price import RateCard, TokenPrices, TokenTier
from steelyard.facts.prices.names import open_model_names, spelling

__all__ = ["DatedPrice", "PastListing", "ended_listings", "first_known", "past_cards", "price_history"]

FOLDER = Path(__file__).parents[1] / "data" / "api_price_history"
COMMITS = {
    "model-prices": "https://github.com/sst/models.dev/commit/", "llmledger": "https://github.com/BerriAI/litellm/commit/",
}  # fmt: skip
"""Source -> where its commits are; other sources carry whole addresses."""
GRADES = {
    "documented": Grade.SECONDARY, "vendor's release": Grade.SECONDARY, "first observed": Grade.SECONDARY,
    "catalogue commit": Grade.SECONDARY, "monthly snapshot": Grade.DERIVED, "confirmed catalogue edit": Grade.SECONDARY,
    "catalogue edit": Grade.WEAK,
}  # fmt: skip
"""Basis of an entry's date -> how well it was seen."""
GATEWAYS = {"openrouter": "; a gateway's price is that of its cheapest host"}
"""Seller -> a caution beside its prices."""
FORGOTTEN_AFTER = timedelta(days=366)
"""A listing that is not sold today and that no source touched for so long is taken as gone [d]."""
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class DatedPrice:
    """Prices of a listing from a day on [USD/Mtok], with how the day is known."""

    start: date
    uncached_input: Decimal
    output: Decimal
    cache_read: Decimal | None
    until: date | None
    disagreement_fraction: float
    basis: str
    source: str
    licence: str
    url: str | None


@dataclass(frozen=True, slots=True)
class PastListing:
    """One model at one seller through time; ``name`` is the identifier where the weights are open."""

    seller: str
    name: str
    open_weights: bool
    batch_from: date | None
    batch_discount: float | None
    prices: tuple[DatedPrice, ...]

    @property
    def model(self) -> str:
        """Identifier of the model in the catalogue."""
        return self.name if self.open_weights else f"{self.seller}/{self.name}"

    @property
    def first(self) -> date:
        """First day a source shows the listing."""
        return self.prices[0].start

    def on(self, day: date) -> DatedPrice | None:
        """Return the price in force on a day; None before the first and after the last."""
        found = next((p for p in reversed(self.prices) if p.start <= day), None)
        return None if found is None or (found.until is not None and found.until <= day) else found


@cache
def price_history() -> tuple[PastListing, ...]:
    """Return every dated listing, by seller and name; read on first use, a few milliseconds."""
    return tuple(listing for path in sorted(FOLDER.glob("*.json")) for listing in _listings(path))


def _listings(path: Path) -> list[PastListing]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    sources: Mapping[str, Mapping[str, str]] = content["sources"]
    return [
        PastListing(
            content["seller"], name, bool(one.get("open_weights")), _day(one.get("batch_from")),
            one.get("batch_discount"), tuple(_price(entry, sources) for entry in one["prices"]),
        )
        for name, one in sorted(content["listings"].items())
    ]  # fmt: skip


def _price(entry: Mapping[str, Any], sources: Mapping[str, Mapping[str, str]]) -> DatedPrice:
    key, ref, cache_read = entry["source"], entry.get("ref"), entry.get("cache_read")
    url = ref if ref is None or "://" in ref else COMMITS.get(key, "") + ref
    return DatedPrice(
        date.fromisoformat(entry["from"]), Decimal(entry["input"]), Decimal(entry["output"]),
        None if cache_read is None else Decimal(cache_read), _day(entry.get("until")),
        float(entry.get("disagreement", 0.0)), entry["basis"], sources[key]["source"], sources[key]["licence"], url,
    )  # fmt: skip


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def first_known(name: str, *, seller: str | None = None) -> date | None:
    """Return the first day on which a model is known to be listed; None if history does not know it.

    Parameters
    ----------
    name
        The model's identifier, or its name at the seller.
    seller
        Who bills; None: anybody.
    """
    low = name.lower()
    own = (listing for listing in price_history() if seller in {None, listing.seller})
    return min((o.first for o in own if low in {o.name.lower(), o.model.lower()}), default=None)


def ended_listings(day: date) -> frozenset[Key]:
    """Return the listings, by seller and model, that a seller had taken down by a day."""
    return frozenset((listing.seller, listing.model) for listing in price_history()
                     if (last := listing.prices[-1]).until is not None and last.until <= day)  # fmt: skip


def past_cards(as_of: date, released: Mapping[str, OpenModel], present: Mapping[Key, RateCard]) -> dict[Key, RateCard]:
    """Return the token prices in force on a past day, as far as history shows them.

    Parameters
    ----------
    as_of
        The day.
    released
        Open models published by then; a listing under another spelling of one is a listing of it.
    present
        The price package's cards. Where one has the same price, what history lacks (prices of long requests, of cache
        writes where the cache was sold, of peak hours) is taken from it; where it dates the price or a newer one in
        force by then, it is the card; a listing it lacks is left out once no source has touched it for a year.
    """
    found: dict[Key, RateCard] = {}
    names = open_model_names(released.values())
    for listing in (_named(one, names) for one in price_history()):
        price, key = listing.on(as_of), (listing.seller, listing.model)
        if price is None or (listing.open_weights and listing.name not in released):
            continue
        card = present.get(key)
        if card is None and as_of - price.start > FORGOTTEN_AFTER:
            continue
        dated = card is not None and card.valid_from is not None and price.start <= card.valid_from <= as_of
        found[key] = card.model_copy(update={"first_seen": listing.first}) if card is not None and dated else _card(
            listing, price, as_of, card)  # fmt: skip
    return found


def _named(listing: PastListing, names: Mapping[str, str]) -> PastListing:
    """Return the listing as one of open weights where its name is a spelling of them."""
    weights = None if listing.open_weights else names.get(spelling(listing.name))
    return listing if weights is None else replace(listing, name=weights, open_weights=True)


def _card(listing: PastListing, price: DatedPrice, as_of: date, present: RateCard | None) -> RateCard:
    base = TokenPrices(uncached_input=price.uncached_input, output=price.output, cache_read=price.cache_read)
    own = (TokenTier(above_input_tokens=0, prices=base),)
    tiers, off_peak = own, ()
    if present is not None and _same_price(present.off_peak, price):
        tiers, off_peak = present.tiers, present.off_peak
    elif present is not None and _same_price(present.tiers, price):
        tiers = _completed(base, present.tiers)
    batch = listing.batch_discount if listing.batch_from is not None and listing.batch_from <= as_of else None
    evidence = Evidence(
        source=price.source, url=price.url, as_of=as_of, grade=GRADES[price.basis], licence=price.licence,
        note=f"in force from {price.start.isoformat()} ({price.basis}){GATEWAYS.get(listing.seller, '')}",
    )  # fmt: skip
    return RateCard(
        seller=listing.seller, model=listing.model, open_weights=listing.open_weights, valid_from=price.start,
        tiers=tiers, off_peak=off_peak, peaks=present.peaks if present is not None and off_peak else (),
        batch_discount=batch, disagreement_fraction=min(price.disagreement_fraction, 1.0),
        first_seen=listing.first, evidence=evidence,
    )  # fmt: skip


def _same_price(tiers: tuple[TokenTier, ...], price: DatedPrice) -> bool:
    listed = tiers[0].prices if tiers else None
    return listed is not None and (listed.uncached_input, listed.output) == (price.uncached_input, price.output)


def _completed(base: TokenPrices, present: tuple[TokenTier, ...]) -> tuple[TokenTier, ...]:
    """Return today's tiers of an unchanged price; those of the cache only where the cache was sold at today's price."""
    if base.cache_read == present[0].prices.cache_read:
        return present
    uncached = {"cache_read": base.cache_read, "cache_write_5m": None, "cache_write_1h": None}
    later = (tier.model_copy(update={"prices": tier.prices.model_copy(update=uncached)}) for tier in present[1:])
    return (TokenTier(above_input_tokens=0, prices=base), *later)
