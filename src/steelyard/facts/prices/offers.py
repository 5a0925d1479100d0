"""Terms on GPU hours: where no price is published, the on-demand price less a stated discount."""

from collections.abc import Mapping, Sequence

from steelyard.domain.evidence import Evidence, Figure, Grade
from steelyard.domain.price import GpuOffer, PriceType
from steelyard.printed import percent

__all__ = ["HYPERSCALERS", "term_discount", "term_offers"]

HYPERSCALERS = frozenset({"aws", "azure", "gcp", "oci"})
"""Sellers whose published discounts apply; all others are rented by the neocloud's."""
_TERMS: tuple[tuple[PriceType, float, str, str | None], ...] = (
    ("reserved_1y", 12, "gpu.reserved_discount_1y_hyperscaler", "gpu.reserved_discount_1y_neocloud"),
    ("reserved_3y", 36, "gpu.reserved_discount_3y_hyperscaler", None),
)


def term_discount(seller: str, price_type: PriceType) -> str | None:
    """Return the name of the figure that a seller's term is derived with; None where the term is never derived."""
    for term, _, hyperscaler, neocloud in _TERMS:
        if term == price_type:
            return hyperscaler if seller in HYPERSCALERS else neocloud
    return None


def term_offers(offers: Sequence[GpuOffer], figures: Mapping[str, Figure]) -> tuple[GpuOffer, ...]:
    """Return 1- and 3-year offers derived from on-demand ones, for sellers that publish none.

    Parameters
    ----------
    offers
        Published offers.
    figures
        Discounts; not GPU-specific, so the offers are estimates with an interval.
    """
    published = {(o.seller, o.accelerator, o.price_type) for o in offers}
    found: list[GpuOffer] = []
    for offer in offers:
        if offer.price_type != "on_demand":
            continue
        for price_type, months, _, _ in _TERMS:
            name = term_discount(offer.seller, price_type)
            if name is None or name not in figures or (offer.seller, offer.accelerator, price_type) in published:
                continue
            found.append(_at_discount(offer, price_type, months, figures[name]))
    return tuple(found)


def _at_discount(offer: GpuOffer, price_type: PriceType, months: float, discount: Figure) -> GpuOffer:
    base = offer.usd_per_device_h
    seen = min(offer.evidence.as_of, discount.evidence.as_of)
    between = f"{percent(discount.low)} to {percent(discount.high)}"
    note = f"on demand {base:g} less {percent(discount.value)} ({between}), not GPU-specific"
    return offer.model_copy(update={
        "id": offer.id.replace("on_demand", price_type), "price_type": price_type, "term_months": months,
        "usd_per_device_h": base * (1 - discount.value), "low_usd_per_device_h": base * (1 - discount.high),
        "high_usd_per_device_h": base * (1 - discount.low), "history": (),
        "evidence": Evidence(source=f"{offer.evidence.source}; {discount.evidence.source}", url=offer.evidence.url,
                             as_of=seen, grade=Grade.ESTIMATE, note=note),
    })  # fmt: skip
