"""Oracle's price list: GPU hours, the same in every commercial region.

A list of products, priced per GPU and hour, each with prices by currency and model of payment; see
https://docs.oracle.com/iaas/Content/Billing/Tasks/signingup_topic-Estimating_Costs.htm on list prices by API.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import cast

from steelyard.domain.evidence import Grade
from steelyard.domain.price import GpuOffer
from steelyard.publishers.answers import amount, json_document, records, text
from steelyard.publishers.client import Client
from steelyard.publishers.publisher import Entry, Known, Publisher, Reading, counted
from steelyard.publishers.rents import Lister, cheapest

__all__ = ["PLUGIN"]

SELLER = "oci"
TITLE = "Oracle price list"
URL = "https://apexapps.oracle.com/pls/apex/cetools/api/v1/products/?currencyCode=USD"
TERMS = "public without a key; no licence stated: kept on this machine, not passed on"
SHAPES: Mapping[str, tuple[str, str, int]] = {
    "H100": ("BM.GPU.H100.8", "h100-sxm", 8), "H200": ("BM.GPU.H200.8", "h200-sxm", 8),
    "B200": ("BM.GPU.B200.8", "b200", 8), "GB200": ("BM.GPU.GB200.4", "gb200", 4),
    "L40S": ("BM.GPU.L40S.4", "l40s", 4), "MI300X": ("BM.GPU.MI300X.8", "mi300x", 8),
}  # fmt: skip
"""Last word of a product's name -> shape, accelerator, devices of the shape, which is rented whole;
https://docs.oracle.com/iaas/Content/Compute/References/computeshapes.htm"""


def fetch(client: Client) -> bytes:
    """Return the list of products."""
    return client.get(URL)


def read(content: bytes, day: date, known: Known) -> Reading:
    """Return an offer for each accelerator priced by the hour as used."""
    lister = Lister(SELLER, TITLE, URL, "any", day, known.accelerators)
    offers: list[GpuOffer] = []
    aside: list[str] = []
    for item in records(json_document(content, TITLE), "items", TITLE):
        if item.get("metricName") != "GPU Per Hour" or item.get("serviceCategory") != "Compute - GPU":
            aside.append("not a GPU hour")
            continue
        shape = SHAPES.get(text(item.get("displayName")).rpartition(" - ")[2].strip())
        usd_per_device_h = _price(item)
        if shape is None or usd_per_device_h is None:
            aside.append("a GPU or a price that is not known")
            continue
        instance, accelerator, devices = shape
        offer = lister.offer(instance, "on_demand", accelerator=accelerator, devices=devices,
                             usd_per_h=usd_per_device_h * devices)  # fmt: skip
        offers += [offer] if offer is not None else []
        aside += [] if offer is not None else ["an accelerator the catalogue does not know"]
    return Reading(cheapest(offers), counted(aside))


def _price(item: Mapping[str, object]) -> Decimal | None:
    """Return the price of a GPU and hour as used [USD/(device h)]; None where there is not exactly one."""
    found = {
        amount(price.get("value"))
        for local in _objects(item.get("currencyCodeLocalizations")) if local.get("currencyCode") == "USD"
        for price in _objects(local.get("prices")) if price.get("model") == "PAY_AS_YOU_GO"
    }  # fmt: skip
    return found.pop() if len(found) == 1 else None


def _objects(value: object) -> list[Mapping[str, object]]:
    listed = cast(Sequence[object], value) if isinstance(value, list) else ()
    return [cast(Mapping[str, object], item) for item in listed if isinstance(item, Mapping)]


def covers(entry: Entry) -> bool:
    """Whether the entry is a price Oracle publishes."""
    return isinstance(entry, GpuOffer) and (entry.seller, entry.price_type) == (SELLER, "on_demand") and (
        entry.evidence.grade is not Grade.ESTIMATE
    )  # fmt: skip


PLUGIN = Publisher(title=TITLE, urls=(URL,), terms=TERMS, size="about 1 MB", kind="gpu_offers", fetch=fetch, read=read,
                   covers=covers)  # fmt: skip
