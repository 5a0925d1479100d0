"""Prices beside the listed offers: the organisation's own quotes, which win until they end, and dedicated endpoints."""

from collections.abc import Sequence
from typing import NamedTuple

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.price import GpuOffer, RateCard
from steelyard.domain.study import Quote, Study
from steelyard.facts.fact_names import DEDICATED
from steelyard.options.option import QUOTED
from steelyard.study.price_paths import months_until
from steelyard.study.reference import model_id

__all__ = ["ModelQuote", "dedicated_offers", "model_quote", "with_rents"]


class ModelQuote(NamedTuple):
    """A discount off list for a term."""

    discount: float
    """Share taken off [1]."""
    months: int
    """Months for which it holds [month]."""


def model_quote(card: RateCard, study: Study, catalogue: Catalogue) -> ModelQuote | None:
    """Return the study's quote for a model at a seller that still holds; None without one."""
    for quote in study.quotes:
        named = quote.model is not None and model_id(catalogue, quote.model, seller=quote.seller.lower()) == card.model
        if named and quote.seller.lower() == card.seller and quote.until >= catalogue.as_of:
            return ModelQuote(quote.discount, months_until(quote.until, catalogue.as_of))
    return None


def with_rents(offers: Sequence[GpuOffer], study: Study, catalogue: Catalogue) -> tuple[GpuOffer, ...]:
    """Return offers with the study's quoted rents in place of what is listed by the hour for those accelerators.

    Parameters
    ----------
    offers
        Listed offers.
    study
        Its quotes.
    catalogue
        Its day.
    """
    quoted = [_offer(q, catalogue) for q in study.quotes if q.accelerator is not None and q.until >= catalogue.as_of]
    replaced = {offer.accelerator for offer in quoted}
    kept = [o for o in offers if o.price_type != "on_demand" or o.accelerator not in replaced]
    return (*kept, *quoted)


def dedicated_offers(catalogue: Catalogue) -> tuple[GpuOffer, ...]:
    """Return what sellers ask for a device of a dedicated endpoint by the hour."""
    found: list[GpuOffer] = []
    for name, figure in sorted(catalogue.figures.items()):
        seller, dot, accelerator = name.removeprefix(DEDICATED).partition(".")
        if name.startswith(DEDICATED) and dot and accelerator in catalogue.accelerators:
            found.append(GpuOffer(
                id=f"{seller}/dedicated/{accelerator}", seller=seller, instance="dedicated endpoint",
                accelerator=accelerator, devices=1, region="any", price_type="on_demand",
                usd_per_device_h=figure.value, evidence=figure.evidence))  # fmt: skip
    return tuple(found)


def _offer(quote: Quote, catalogue: Catalogue) -> GpuOffer:
    accelerator = (quote.accelerator or "").lower()
    return GpuOffer(
        id=f"{QUOTED}{quote.seller.lower()}/{accelerator}", seller=quote.seller,
        instance=f"{quote.devices} x {accelerator} as quoted", accelerator=accelerator, devices=quote.devices,
        region="any", price_type="on_demand", usd_per_device_h=quote.usd_per_device_h,
        evidence=Evidence(source=f"your own quote from {quote.seller}", as_of=catalogue.as_of, grade=Grade.PRIMARY),
    )  # fmt: skip
