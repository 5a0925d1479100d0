"""Dated GPU rents and server prices, carried as figures: what a machine cost on a past day."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.price import DatedUsd, GpuOffer, ServerPurchase

__all__ = ["RENT_CARRIED_BACK", "PastOffer", "past_offers", "past_servers", "rent_history"]

FOLDER = Path(__file__).parents[1] / "data" / "gpu_price_history"
SERVERS = "servers.json"
TOO_OLD_AFTER = timedelta(days=731)
"""A price seen longer ago says little of a market that moves by half in a year; dated lists hold until changed [d]."""
RENT_CARRIED_BACK = timedelta(days=366)
"""How far before it was first seen a rent may stand for an earlier day, with its interval widened [d]."""
SERVER_CARRIED_BACK = timedelta(days=731)
"""The same for servers, whose prices move less [d]."""


_OFFER = ("instance", "accelerator", "devices", "region", "price_type", "source", "licence", "dated_list")


@dataclass(frozen=True, slots=True)
class PastOffer:
    """One way to rent an accelerator through time."""

    seller: str
    instance: str
    accelerator: str
    devices: int
    region: str
    price_type: str
    source: str
    licence: str | None
    dated_list: bool
    prices: tuple[DatedUsd, ...]

    @property
    def id(self) -> str:
        """Identifier of the offer, today's where it is still made."""
        name = self.accelerator if self.instance.startswith("(") else self.instance
        return f"{self.seller}/{name}/{self.region}/{self.price_type}".replace(" ", "_")

    def on(self, day: date) -> DatedUsd | None:
        """Return the newest price by a day; None before the first and where it is too old to tell."""
        found = next((p for p in reversed(self.prices) if p.on <= day), None)
        return None if found is None or (not self.dated_list and day - found.on > TOO_OLD_AFTER) else found


@cache
def rent_history() -> tuple[PastOffer, ...]:
    """Return every dated offer, by seller; read on first use."""
    found: list[PastOffer] = []
    for path in sorted(FOLDER.glob("*.json")):
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for offer in content.get("offers", ()):
            prices = tuple(DatedUsd(on=date.fromisoformat(p["on"]), usd_per_device_h=p["usd_per_device_h"])
                           for p in offer["prices"])  # fmt: skip
            found.append(PastOffer(seller=content["seller"], prices=prices, **{k: offer[k] for k in _OFFER}))
    return tuple(found)


def past_offers(
    as_of: date, present: Sequence[GpuOffer], accelerators: Mapping[str, Accelerator]
) -> tuple[GpuOffer, ...]:
    """Return the GPU hours one could rent on a past day.

    An offer seen by then stands as it is; else the price history shows for it. Of an accelerator that was sold and of
    which no rent had been seen at all, offers first seen at most ``RENT_CARRIED_BACK`` later stand for the day, with
    their later evidence, which widens them.

    Parameters
    ----------
    as_of
        The day.
    present
        Today's offers, without terms derived from them.
    accelerators
        Those sold by then; an offer of another is left out.
    """
    found: dict[str, GpuOffer] = {}
    for past in rent_history():
        price = past.on(as_of)
        if price is not None and past.accelerator in accelerators:
            found[past.id] = _offer(past, price, as_of)
    for offer in present:
        if offer.evidence.grade == Grade.USER or (offer.accelerator in accelerators and offer.evidence.as_of <= as_of):
            found[offer.id] = offer
    traced = {offer.accelerator for offer in found.values()}
    for offer in present:
        near = offer.evidence.as_of - as_of <= RENT_CARRIED_BACK
        if offer.accelerator in accelerators and offer.accelerator not in traced and near:
            found[offer.id] = offer
    return tuple(found[key] for key in sorted(found))


def _offer(past: PastOffer, price: DatedUsd, as_of: date) -> GpuOffer:
    seen = as_of if past.dated_list else price.on
    evidence = Evidence(source=past.source, as_of=seen, grade=Grade.SECONDARY, licence=past.licence,
                        note=f"price from {price.on.isoformat()}")  # fmt: skip
    return GpuOffer.model_validate({
        "id": past.id, "seller": past.seller, "instance": past.instance, "accelerator": past.accelerator,
        "devices": past.devices, "region": past.region, "price_type": past.price_type,
        "usd_per_device_h": price.usd_per_device_h, "term_months": 12 if past.price_type == "reserved_1y" else 0,
        "history": tuple(p for p in past.prices if p.on < price.on), "evidence": evidence,
    })  # fmt: skip


@cache
def _server_quotes() -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    content: dict[str, Any] = json.loads((FOLDER / SERVERS).read_text(encoding="utf-8"))
    return {name: tuple(quotes) for name, quotes in content["servers"].items()}


def past_servers(
    as_of: date, present: Sequence[ServerPurchase], accelerators: Mapping[str, Accelerator]
) -> tuple[ServerPurchase, ...]:
    """Return the servers one could buy on a past day, at the newest price seen by then.

    Where none was, a price seen at most ``SERVER_CARRIED_BACK`` later stands for it, with its later evidence.

    Parameters
    ----------
    as_of
        The day.
    present
        Today's servers.
    accelerators
        Those sold by then; a server of another is left out.
    """
    found: list[ServerPurchase] = []
    for server in present:
        seen, own = server.evidence.as_of, server.evidence.grade == Grade.USER
        quotes = [q for q in _server_quotes().get(server.id, ()) if date.fromisoformat(q["on"]) <= as_of]
        if own or (server.accelerator in accelerators and seen <= as_of):
            found.append(server)
        elif server.accelerator in accelerators and quotes:
            found.append(_quoted(server, quotes[-1]))
        elif server.accelerator in accelerators and seen - as_of <= SERVER_CARRIED_BACK:
            found.append(server)
    return tuple(found)


def _quoted(server: ServerPurchase, quote: Mapping[str, Any]) -> ServerPurchase:
    """Return the server at a past price, with the relative interval of today's."""
    scale = float(quote["usd"]) / server.usd
    evidence = Evidence(source=quote["source"], url=quote["url"], as_of=date.fromisoformat(quote["on"]),
                        grade=Grade.WEAK, note="interval as wide, relatively, as today's")  # fmt: skip
    return server.model_copy(update={"usd": float(quote["usd"]), "low_usd": server.low_usd * scale,
                                     "high_usd": server.high_usd * scale, "evidence": evidence})  # fmt: skip
