"""API token prices from the genai-prices package, as rate cards."""

import re
from collections.abc import Callable, Sequence
from datetime import date, time
from decimal import Decimal

from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.price import PeakWindow, RateCard
from steelyard.facts.prices.crosscheck import compared_by, disputed
from steelyard.facts.prices.listings import PACKAGE_DATE, PACKAGE_VERSION, Listing, Period, package_listings
from steelyard.facts.prices.names import maker_of
from steelyard.finance.time_of_day import tiers_over_week

__all__ = ["PACKAGE_DATE", "PACKAGE_VERSION", "PROVIDERS", "rate_cards"]

FIRST_PARTY: dict[str, str] = {
    "anthropic": "anthropic", "arcee": "arcee", "cohere": "cohere", "deepseek": "deepseek", "google": "google",
    "meta": "meta", "minimax": "minimax", "mistral": "mistral", "moonshotai": "moonshotai", "openai": "openai",
    "perplexity": "perplexity", "x-ai": "xai", "zai": "zai",
}  # fmt: skip
"""Package's provider -> our seller, for vendors that sell their own models."""
HOSTS: dict[str, str] = {
    "aws": "aws", "azure": "azure", "baseten": "baseten", "cerebras": "cerebras", "cloudflare": "cloudflare",
    "fireworks": "fireworks", "groq": "groq", "novita": "novita", "ovhcloud": "ovhcloud", "together": "together",
}  # fmt: skip
"""The same, for sellers of hosted open weights."""
PROVIDERS = frozenset(FIRST_PARTY) | frozenset(HOSTS)
"""Providers of the package whose listings are read."""
NOT_TEXT = re.compile(
    r"(^|[-_.])(tts|embed(ding)?s?|image|imagen|audio|realtime|live|moderation|transcribe|whisper|dall-e|sora|veo|"
    r"robotics|speech|voice|ocr|rerank|search|computer-use|translate)([-_.]|$)"
)
"""Names of models whose tokens are not text answers to text prompts."""
NOT_SOLD_THERE = (("openai", "gpt-oss"),)
"""Open weights that the package lists under their vendor, who sells no endpoint for them (seen 2026-11-23)."""
WEEKDAY_PEAKS = frozenset({"deepseek-flash", "deepseek-v4-flash", "deepseek-v4-pro"})
"""Listings with peak hours from Monday to Friday only; the package cannot say so (its comments of 2026-11-10,
https://github.com/pydantic/genai-prices/issues/582). Chinese public holidays are left out: a day in twenty at most."""
WEEKDAY_PEAKS_FROM = date(2026, 8, 23)
"""First day without peak hours on weekends."""
MINUTES_PER_HOUR = 60


def rate_cards(
    as_of: date, open_model: Callable[[str], str | None], listings: Sequence[Listing] | None = None
) -> tuple[RateCard, ...]:
    """Return the token prices in force on a day, announced changes inside each card.

    Parameters
    ----------
    as_of
        The day; changes that start later are announced ones.
    open_model
        Seller's model name to the identifier of open weights, None for managed models.
    listings
        What is listed at ``PROVIDERS``; None: what the package carries.
    """
    differences = compared_by(as_of)
    cards: dict[tuple[str, str], RateCard] = {}
    for listing in package_listings(PROVIDERS) if listings is None else listings:
        card = _card_of(listing, as_of, open_model)
        if card is not None:
            key = (card.seller, card.model)
            if key not in cards or _base_price(card) < _base_price(cards[key]):
                cards[key] = disputed(card, differences)
    return tuple(cards[key] for key in sorted(cards))


def _base_price(card: RateCard) -> Decimal:
    """Return input plus output price: among several services of one model at one seller the cheapest is meant."""
    return card.tiers[0].prices.uncached_input + card.tiers[0].prices.output


def _card_of(listing: Listing, as_of: date, open_model: Callable[[str], str | None]) -> RateCard | None:
    """Return the card of a listing on a day; None where it is no text model or not this seller's to price."""
    seller = FIRST_PARTY.get(listing.provider) or HOSTS[listing.provider]
    if NOT_TEXT.search(listing.name) or any(seller == s and name in listing.name for s, name in NOT_SOLD_THERE):
        return None
    weights = open_model(listing.name)
    if weights is None and listing.provider in HOSTS:
        return None  # a reseller of managed models bills what the vendor lists
    if listing.provider in FIRST_PARTY and maker_of(listing.name) not in {None, seller}:
        return None  # another maker's model under this seller's name
    return _card(listing, seller, weights, as_of)


def _card(listing: Listing, seller: str, weights: str | None, as_of: date) -> RateCard | None:
    now = [p for p in listing.periods if p.start is None or p.start <= as_of]
    if not now:
        return None
    current = max(now, key=lambda p: p.start or date.min)
    peaks = _peaks(listing, current, as_of)
    tiers = tiers_over_week(current.tiers, peaks)
    if not tiers:
        return None
    evidence = Evidence(source=f"genai-prices {PACKAGE_VERSION}", url=listing.url, as_of=PACKAGE_DATE,
                        grade=Grade.SECONDARY, licence="MIT",
                        note="prices by time of day, averaged over the hours of a week" if peaks else None)  # fmt: skip
    base = RateCard(
        seller=seller, model=weights or f"{seller}/{listing.name}", open_weights=weights is not None,
        valid_from=current.start, tiers=tiers, off_peak=current.tiers if peaks else (), peaks=peaks,
        batch_discount=_batch_discount(listing, current, as_of), evidence=evidence,
    )  # fmt: skip
    later = sorted(p.start for p in listing.periods if p.start is not None and p.start > as_of)
    by_start = {p.start: p.tiers for p in listing.periods}
    announced = tuple(
        base.model_copy(update={"valid_from": start, "tiers": by_start[start], "off_peak": (), "peaks": ()})
        for start in later
        if by_start[start]
    )
    return base.model_copy(update={"announced": announced})


def _peaks(listing: Listing, current: Period, as_of: date) -> tuple[PeakWindow, ...]:
    """Return prices that hold at some hours of the day.

    The package dates no peak: they belong to its newest prices, and no earlier ones had any.
    """
    if current.start != max((p.start for p in listing.periods if p.start is not None), default=None):
        return ()
    weekdays = listing.name in WEEKDAY_PEAKS and as_of >= WEEKDAY_PEAKS_FROM
    return tuple(
        PeakWindow(from_minute_utc=_minute(peak.start), to_minute_utc=_minute(peak.end), weekdays_only=weekdays,
                   tiers=peak.tiers)
        for peak in listing.peaks
    )  # fmt: skip


def _minute(at: time) -> int:
    return at.hour * MINUTES_PER_HOUR + at.minute


def _batch_discount(listing: Listing, current: Period, as_of: date) -> float | None:
    """Return the share batch takes off the input price; None where no batch price is known."""
    full = current.tiers[0].prices.uncached_input
    for batch in listing.batches:
        if (batch.start is None or batch.start <= as_of) and full:
            return float(1 - batch.uncached_input / full)
    return None
