"""API token prices from the genai-prices package, as rate cards."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.price import RateCard, TokenPrices, TokenTier
from steelyard.facts.prices.crosscheck import disagreement_fractions
from steelyard.facts.prices.names import maker_of

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

__all__ = ["PACKAGE_DATE", "PACKAGE_VERSION", "rate_cards"]

PACKAGE_VERSION = "0.2.3"
"""Pinned version of genai-prices."""
PACKAGE_DATE = date(2026, 11, 10)
"""Date of that version's data."""
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
NOT_TEXT = re.compile(
    r"(^|[-_.])(tts|embed(ding)?s?|image|imagen|audio|realtime|live|moderation|transcribe|whisper|dall-e|sora|veo|"
    r"robotics|speech|voice|ocr|rerank|search|computer-use|translate)([-_.]|$)"
)
"""Names of models whose tokens are not text answers to text prompts."""
NOT_SOLD_THERE = (("openai", "gpt-oss"),)
"""Open weights that the package lists under their vendor, who sells no endpoint for them (seen 2026-11-23)."""
MINUTES_PER_DAY = 1_440
"""Minutes in a day."""
MILLIONTH = Decimal("0.000001")
"""Digits kept of an averaged price [USD/Mtok]."""
_PRICE_KEYS = ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "cache_write_1h_mtok")


@dataclass(frozen=True, slots=True)
class _Period:
    """Prices from a day on (None: always)."""

    start: date | None
    prices: "ModelPrice"


def rate_cards(as_of: date, open_model: Callable[[str], str | None]) -> tuple[RateCard, ...]:
    """Return the token prices in force on a day, announced changes inside each card.

    Parameters
    ----------
    as_of
        The day; changes that start later are announced ones.
    open_model
        Seller's model name to the identifier of open weights, None for managed models.
    """
    from genai_prices.data import providers  # noqa: PLC0415  # half a second of CPU

    widest = disagreement_fractions(as_of)
    cards: dict[tuple[str, str], RateCard] = {}
    for provider in providers:
        for card in _provider_cards(provider, as_of, open_model):
            key = (card.seller, card.model)
            if key not in cards or _base_price(card) < _base_price(cards[key]):
                cards[key] = _widened(card, widest)
    return tuple(cards[key] for key in sorted(cards))


def _base_price(card: RateCard) -> Decimal:
    """Return input plus output price: among several services of one model at one seller the cheapest is meant."""
    return card.tiers[0].prices.uncached_input + card.tiers[0].prices.output


def _widened(card: RateCard, widest: Mapping[str, float]) -> RateCard:
    """Return the card with the widest difference among sources, where they were compared and differ."""
    name = f"{card.model}@{card.seller}" if card.open_weights else card.model.removeprefix(f"{card.seller}/")
    fraction = widest.get(name, 0.0)
    return card.model_copy(update={"disagreement_fraction": fraction}) if fraction else card


def _provider_cards(provider: "Provider", as_of: date, open_model: Callable[[str], str | None]) -> Iterator[RateCard]:
    seller = FIRST_PARTY.get(provider.id) or HOSTS.get(provider.id)
    if seller is None:
        return
    for model in provider.models:
        if NOT_TEXT.search(model.id) or any(seller == s and name in model.id for s, name in NOT_SOLD_THERE):
            continue
        weights = open_model(model.id)
        if weights is None and provider.id in HOSTS:
            continue  # a reseller of managed models bills what the vendor lists
        if provider.id in FIRST_PARTY and maker_of(model.id) not in {None, seller}:
            continue  # another maker's model under this seller's name
        card = _card(model, seller, weights, as_of, provider.pricing_urls or ())
        if card is not None:
            yield card


def _card(model: "ModelInfo", seller: str, weights: str | None, as_of: date, urls: Sequence[str]) -> RateCard | None:
    periods = _periods(model)
    now = [p for p in periods if p.start is None or p.start <= as_of]
    if not now:
        return None
    current = max(now, key=lambda p: p.start or date.min)
    identifier = weights or f"{seller}/{model.id}"
    evidence = Evidence(source=f"genai-prices {PACKAGE_VERSION}", url=urls[0] if urls else None, as_of=PACKAGE_DATE,
                        grade=Grade.SECONDARY, licence="MIT", note=None)  # fmt: skip
    peaks = _peaks(model)
    tiers = _over_the_day(_tiers(current.prices), peaks)
    if not tiers:
        return None
    if peaks:
        evidence = evidence.model_copy(update={"note": "prices by time of day, averaged over 24 hours"})
    base = RateCard(
        seller=seller, model=identifier, open_weights=weights is not None, valid_from=current.start, tiers=tiers,
        batch_discount=_batch_discount(model, current.prices, as_of), evidence=evidence,
    )  # fmt: skip
    later = sorted((p for p in periods if p.start is not None and p.start > as_of), key=lambda p: p.start or as_of)
    announced = tuple(
        base.model_copy(update={"valid_from": p.start, "tiers": _tiers(p.prices)}) for p in later if _tiers(p.prices)
    )
    return base.model_copy(update={"announced": announced})


def _periods(model: "ModelInfo") -> list[_Period]:
    """Return dated prices; those that depend on the time of day are left out (their base applies)."""
    if not isinstance(model.prices, list):
        return [_Period(None, model.prices)]
    periods: list[_Period] = []
    for item in model.prices:
        start = getattr(item.constraint, "start_date", None)
        if item.constraint is None or start is not None:
            periods.append(_Period(start, item.prices))
    return periods


def _peaks(model: "ModelInfo") -> list[tuple[Decimal, "ModelPrice"]]:
    """Return prices that hold at some hours of the day, each with its share of the day."""
    found: list[tuple[Decimal, ModelPrice]] = []
    for item in model.prices if isinstance(model.prices, list) else ():
        start, end = getattr(item.constraint, "start_time", None), getattr(item.constraint, "end_time", None)
        if start is not None and end is not None:
            minutes = (end.hour - start.hour) * 60 + end.minute - start.minute
            found.append((Decimal(minutes % MINUTES_PER_DAY) / MINUTES_PER_DAY, item.prices))
    return found


def _over_the_day(tiers: tuple[TokenTier, ...], peaks: Sequence[tuple[Decimal, "ModelPrice"]]) -> tuple[TokenTier, ...]:
    """Return prices averaged over the hours of the day, as traffic spread evenly would pay."""
    parts = [(share, priced[0].prices) for share, prices in peaks if (priced := _tiers(prices))]
    if not parts:
        return tiers
    rest = 1 - sum(share for share, _ in parts)

    def mean(base: TokenPrices, name: str) -> Decimal | None:
        prices = [(rest, getattr(base, name)), *((share, getattr(p, name)) for share, p in parts)]
        if any(price is None for _, price in prices):
            return getattr(base, name)
        return sum((share * price for share, price in prices), Decimal(0)).quantize(MILLIONTH).normalize()

    return tuple(
        TokenTier(above_input_tokens=tier.above_input_tokens,
                  prices=TokenPrices.model_validate({n: mean(tier.prices, n) for n in TokenPrices.model_fields}))
        for tier in tiers
    )  # fmt: skip


def _at(price: Any, above: int) -> Decimal | None:  # the package's own union
    """Return the price of a request whose input exceeds a length."""
    if price is None or isinstance(price, Decimal):
        return price
    value: Decimal = price.base
    for tier in price.tiers:
        if above >= tier.start:
            value = tier.price
    return value


def _tiers(prices: "ModelPrice") -> tuple[TokenTier, ...]:
    raw = {key: getattr(prices, key, None) for key in _PRICE_KEYS}
    starts = {0} | {t.start for price in raw.values() for t in getattr(price, "tiers", ())}
    tiers: list[TokenTier] = []
    for above in sorted(starts):
        at = {key: _at(price, above) for key, price in raw.items()}
        if at["input_mtok"] is None:
            return ()
        tiers.append(TokenTier(above_input_tokens=above, prices=TokenPrices(
            uncached_input=at["input_mtok"], output=at["output_mtok"] or Decimal(0), cache_read=at["cache_read_mtok"],
            cache_write_5m=at["cache_write_mtok"], cache_write_1h=at["cache_write_1h_mtok"])))  # fmt: skip
    return tuple(tiers)


def _batch_discount(model: "ModelInfo", prices: "ModelPrice", as_of: date) -> float | None:
    """Return the share batch takes off the input price; None where no batch price is known."""
    full = _at(getattr(prices, "input_mtok", None), 0)
    for variant in model.price_variants or ():
        if variant.when == {"processing": "batch"}:
            start = getattr(variant.constraint, "start_date", None)
            batch = _at(getattr(variant.prices, "input_mtok", None), 0)
            if (start is None or start <= as_of) and full and batch is not None:
                return float(1 - batch / full)
    return None
