"""GPU hours as a seller lists them, made into offers."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.price import GpuOffer, PriceType

__all__ = ["Lister", "cheapest"]

_DIGITS = 6
_TERM_MONTHS: dict[PriceType, float] = {"on_demand": 0, "spot": 0, "reserved_1y": 12, "reserved_3y": 36}


@dataclass(frozen=True, slots=True)
class Lister:
    """Makes offers of one seller's list, seen on a day in a region."""

    seller: str
    title: str
    url: str
    region: str
    day: date
    accelerators: frozenset[str]
    """Identifiers the catalogue knows."""

    def offer(
        self, instance: str, price_type: PriceType, *, accelerator: str, devices: int, usd_per_h: Decimal
    ) -> GpuOffer | None:
        """Return the offer of a whole instance; None where the catalogue does not know its accelerator.

        Parameters
        ----------
        instance
            The seller's name.
        price_type
            How it is paid.
        accelerator
            Identifier.
        devices
            Devices in the instance, at least 1.
        usd_per_h
            Price of the whole instance [USD/h].
        """
        if accelerator not in self.accelerators:
            return None
        return GpuOffer(
            id=f"{self.seller}/{instance}/{self.region}/{price_type}", seller=self.seller, instance=instance,
            accelerator=accelerator, devices=devices, region=self.region, price_type=price_type,
            usd_per_device_h=round(float(usd_per_h) / devices, _DIGITS), term_months=_TERM_MONTHS[price_type],
            evidence=Evidence(source=self.title, url=self.url, as_of=self.day, grade=Grade.PRIMARY),
        )  # fmt: skip


def cheapest(offers: list[GpuOffer]) -> tuple[GpuOffer, ...]:
    """Return one offer for each identifier, the cheapest, by identifier."""
    found: dict[str, GpuOffer] = {}
    for offer in offers:
        if offer.id not in found or offer.usd_per_device_h < found[offer.id].usd_per_device_h:
            found[offer.id] = offer
    return tuple(found[name] for name in sorted(found))
