"""Which facts a fact's number, or its interval, is computed from."""

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Evidence, Figure
from steelyard.domain.model import OpenModel
from steelyard.domain.price import GpuOffer, RateCard, ServerPurchase
from steelyard.domain.value import Value
from steelyard.facts.headlines import SERVER_DRIFT
from steelyard.facts.prices.ageing import GPU_RENT_DRIFT, LISTING_DRIFT, aged_interval, drift_name, drift_spread
from steelyard.facts.prices.offers import term_discount, term_offers

__all__ = ["SERVER_OVER_CARDS", "base_offer", "cards_of", "derived_from"]

CARD_PRICE = "hardware.card_usd."
SERVER_OVER_CARDS = "hardware.server_over_cards_factor"
"""Figure: what a server costs over what its cards cost."""


def derived_from(entry: Value, field: str, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the names of the facts that an entry's number, or its interval, is computed from.

    Parameters
    ----------
    entry
        Any entry.
    field
        The one field asked for; shapes and datasheet numbers rest on nothing but their source.
    catalogue
        Facts of the day.
    """
    match entry:
        case Figure():
            drift = _drift_behind(entry, catalogue)
            return (drift,) if drift else ()
        case GpuOffer():
            base = base_offer(entry, catalogue)
            discount = term_discount(entry.seller, entry.price_type)
            term = (base.id, discount) if base is not None and discount is not None else ()
            return (*term, *_drift(GPU_RENT_DRIFT, entry.evidence, catalogue))
        case RateCard():
            return _drift(LISTING_DRIFT, entry.evidence, catalogue)
        case ServerPurchase():
            return (*cards_of(entry, catalogue), *_drift(SERVER_DRIFT, entry.evidence, catalogue))
        case OpenModel() if field == "tuning_base" and entry.tuning_base is not None:
            return (entry.tuning_base,)
        case _:
            return ()


def _drift(name: str, evidence: Evidence, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the drift that widens a price; none for the organisation's own, nor on the day it was seen."""
    return (name,) if name in catalogue.figures and drift_spread(name, evidence, catalogue.as_of, catalogue.figures) \
        else ()  # fmt: skip


def _drift_behind(figure: Figure, catalogue: Catalogue) -> str | None:
    """Return the drift that widens a figure; a drift's own is itself and is no further link."""
    name = drift_name(figure.name)
    same = name == figure.name or name not in catalogue.figures
    low, high = aged_interval(figure, catalogue.as_of, catalogue.figures)
    return None if same or (low, high) == (figure.low, figure.high) else name


def base_offer(offer: GpuOffer, catalogue: Catalogue) -> GpuOffer | None:
    """Return the on-demand offer that a term is derived from; None for a published price."""
    base_id = offer.id.replace(offer.price_type, "on_demand")
    base = next((o for o in catalogue.gpu_offers if o.id == base_id and o.id != offer.id), None)
    if base is None:
        return None
    derived = {o.id: o for o in term_offers((base,), catalogue.figures)}
    return base if derived.get(offer.id) == offer else None


def cards_of(server: ServerPurchase, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the card price and the factor that a server's price is computed from; none where it was quoted whole."""
    if "card" not in server.evidence.source or SERVER_OVER_CARDS not in catalogue.figures:
        return ()
    spelled = server.accelerator.replace("-", "_")
    cards = [name for name in catalogue.figures if name.startswith(CARD_PRICE)
             and f"{spelled}_".startswith(f"{name.removeprefix(CARD_PRICE)}_")]  # fmt: skip
    return (*cards, SERVER_OVER_CARDS) if cards else ()
