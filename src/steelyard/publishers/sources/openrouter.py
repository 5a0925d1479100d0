"""OpenRouter's models API: hosted open weights, and first-party models at the vendor's price.

A model's price is the lowest among the hosts behind it; one over a length of prompt comes as an override.
Fields as documented at https://openrouter.ai/docs/overview/models (seen 2026-11-23).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import cast

from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.price import RateCard, TokenPrices, TokenTier
from steelyard.publishers.answers import amount, json_document, records, text
from steelyard.publishers.client import Client
from steelyard.publishers.publisher import Entry, Known, Publisher, Reading, counted
from steelyard.units import TOKENS_PER_MTOK

__all__ = ["PLUGIN"]

SELLER = "openrouter"
TITLE = "OpenRouter models API"
URL = "https://openrouter.ai/api/v1/models"
TERMS = "public without a key; no licence stated: kept on this machine, not passed on"
_MAKERS = {"x-ai": "xai", "mistralai": "mistral", "z-ai": "zai", "meta-llama": "meta"}
"""OpenRouter's name of a vendor -> ours, where they differ."""


def fetch(client: Client) -> bytes:
    """Return the list of models."""
    return client.get(URL)


def read(content: bytes, day: date, known: Known) -> Reading:
    """Return a card for each text model whose identifier the catalogue knows."""
    evidence = Evidence(source=TITLE, url=URL, as_of=day, grade=Grade.PRIMARY,
                        note="lowest price among the hosts behind it")  # fmt: skip
    cards: dict[str, RateCard] = {}
    aside: list[str] = []
    for item in records(json_document(content, TITLE), "data", TITLE):
        why, card = _card(item, evidence, known)
        if card is None:
            aside.append(why)
        elif card.model not in cards or _base(card) < _base(cards[card.model]):
            cards[card.model] = card
    return Reading(tuple(cards[model] for model in sorted(cards)), counted(aside))


def _base(card: RateCard) -> float:
    prices = card.tiers[0].prices
    return float(prices.uncached_input + prices.output)


def _card(item: Mapping[str, object], evidence: Evidence, known: Known) -> tuple[str, RateCard | None]:
    name = text(item.get("id"))
    if name.startswith("~") or ":" in name or "alias_target" in item:
        return "a variant or an alias of another listing", None
    shape = item.get("architecture")
    outputs = cast(Mapping[str, object], shape).get("output_modalities") if isinstance(shape, Mapping) else None
    if outputs != ["text"]:
        return "not text alone", None
    weights = known.open_model(name)
    maker, _, short = name.partition("/")
    model = weights or f"{_MAKERS.get(maker, maker)}/{short}"
    if weights is None and model not in known.managed_models:
        return "a model the catalogue does not know", None
    tiers = tuple(_tiers(item.get("pricing")))
    if not tiers:
        return "free, or without a price per token", None
    return "", RateCard(seller=SELLER, model=model, open_weights=weights is not None, tiers=tiers, evidence=evidence)


def _tiers(pricing: object) -> Iterator[TokenTier]:
    """Yield the tiers by length of prompt; none where a token has no price."""
    if not isinstance(pricing, Mapping):
        return
    base = dict(cast(Mapping[str, object], pricing))
    prices = _prices(base)
    if prices is None:
        return
    yield TokenTier(above_input_tokens=0, prices=prices)
    overrides = base.get("overrides")
    above: dict[int, TokenPrices] = {}
    for override in cast(Sequence[object], overrides) if isinstance(overrides, list) else ():
        if not isinstance(override, Mapping):
            continue
        changed = cast(Mapping[str, object], override)
        start = amount(changed.get("min_prompt_tokens"))
        longer = _prices(base | dict(changed))
        if start is not None and longer is not None:
            above[int(start)] = longer
    for start in sorted(above):
        yield TokenTier(above_input_tokens=start, prices=above[start])


def _prices(pricing: Mapping[str, object]) -> TokenPrices | None:
    def per_mtok(name: str) -> object:
        return amount(pricing.get(name), TOKENS_PER_MTOK)

    if per_mtok("prompt") is None or per_mtok("completion") is None:
        return None
    return TokenPrices.model_validate({
        "uncached_input": per_mtok("prompt"), "output": per_mtok("completion"),
        "cache_read": per_mtok("input_cache_read"), "cache_write_5m": per_mtok("input_cache_write"),
        "cache_write_1h": per_mtok("input_cache_write_1h"),
    })  # fmt: skip


def covers(entry: Entry) -> bool:
    """Whether the entry is one of OpenRouter's."""
    return entry.seller == SELLER


PLUGIN = Publisher(title=TITLE, urls=(URL,), terms=TERMS, size="about 1 MB", kind="api_prices", fetch=fetch, read=read,
                   covers=covers)  # fmt: skip
