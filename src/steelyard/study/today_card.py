"""The price list of what is bought today, by the names that people, clouds and gateways use."""

from collections.abc import Mapping
from dataclasses import replace

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.price import RateCard
from steelyard.domain.study import Study, TodayApi
from steelyard.errors import UnknownNameError
from steelyard.facts.prices.names import open_model_names, spelling
from steelyard.study.logged_models import logged_model

__all__ = ["seller_id", "today_card", "with_card"]

_OTHER_NAMES: Mapping[str, str] = {
    "amazon": "aws", "amazon_bedrock": "aws", "aws_bedrock": "aws", "azure_ai": "azure", "azure_openai": "azure",
    "bedrock": "aws", "fireworks_ai": "fireworks", "gemini": "google", "google_ai_studio": "google",
    "google_vertex": "google", "microsoft": "azure", "mistralai": "mistral", "moonshot": "moonshotai",
    "together_ai": "together", "togetherai": "together", "vertex": "google", "vertex_ai": "google", "x_ai": "xai",
    "z_ai": "zai",
}  # fmt: skip
"""Seller as a gateway or a cloud's product names it (LiteLLM, OpenRouter, product names) -> our seller."""
_RESELLERS = frozenset({"aws", "azure", "google"})
"""Clouds that sell other vendors' managed models and bill what the vendor lists."""


def seller_id(name: str) -> str:
    """Return our identifier of a seller, whatever gateway or product named it.

    Examples
    --------
    >>> seller_id("Vertex AI"), seller_id("x-ai"), seller_id("openai")
    ('google', 'xai', 'openai')
    """
    key = name.strip().lower().replace(" ", "_").replace("-", "_")
    return _OTHER_NAMES.get(key, name.strip().lower())


def today_card(study: Study, catalogue: Catalogue) -> RateCard | None:
    """Return the price list of what is bought today; None if nothing is bought.

    A cloud that sells another vendor's managed model bills what that vendor lists: its card is the vendor's, under the
    cloud's name.

    Raises
    ------
    UnknownNameError
        If the seller or its model is not in the catalogue; near names are offered.
    """
    if not isinstance(study.today, TodayApi):
        return None
    seller, wanted = seller_id(study.today.provider), study.today.model.strip()
    cards = {card.model: card for card in catalogue.rate_cards if card.seller == seller}
    if not cards:
        raise UnknownNameError("seller", study.today.provider, {c.seller for c in catalogue.rate_cards},
                               where=f"{study.where}: today.provider")  # fmt: skip
    found = logged_model(catalogue, wanted, seller=seller)
    names = (
        found,
        wanted,
        f"{seller}/{wanted}",
        open_model_names(catalogue.open_models.values()).get(spelling(wanted)),
    )
    card = next((cards[name] for name in names if name in cards), None)
    card = card or (_resold(found, seller, catalogue) if seller in _RESELLERS else None)
    if card is None:
        raise UnknownNameError("model", study.today.model, (m.removeprefix(f"{seller}/") for m in cards),
                               where=f"{study.where}: today.model")  # fmt: skip
    return card


def _resold(model: str | None, seller: str, catalogue: Catalogue) -> RateCard | None:
    managed = catalogue.managed_models.get(model or "")
    card = catalogue.rate_card(managed.vendor, managed.id) if managed else None
    return card.model_copy(update={"seller": seller}) if card is not None else None


def with_card(catalogue: Catalogue, card: RateCard | None) -> Catalogue:
    """Return a catalogue that lists what is bought today, at a cloud that resells it too."""
    if card is None or catalogue.rate_card(card.seller, card.model) is not None:
        return catalogue
    return replace(catalogue, rate_cards=(*catalogue.rate_cards, card))
