"""Azure Retail Prices API: virtual machines with GPUs, on demand, spot and reserved, in one region.

Documented at https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices (seen 2026-11-23).
A reservation's price is that of the whole term although its unit reads ``1 Hour``; pages link to the next.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import cast
from urllib.parse import quote

from steelyard.domain.evidence import Grade
from steelyard.domain.price import GpuOffer, PriceType
from steelyard.errors import Fault, SourceError
from steelyard.publishers.answers import amount, json_document, records, text
from steelyard.publishers.client import Client
from steelyard.publishers.publisher import Entry, Known, Publisher, Reading, counted
from steelyard.publishers.rents import Lister, cheapest

__all__ = ["PLUGIN"]

SELLER = "azure"
REGION = "eastus"
TITLE = "Azure Retail Prices API"
URL = "https://prices.azure.com/api/retail/prices"
TERMS = "public without a key; no licence stated: kept on this machine, not passed on"
QUERY = f"serviceName eq 'Virtual Machines' and armRegionName eq '{REGION}' and contains(armSkuName, 'Standard_N')"
MOST_PAGES = 100
"""A page holds 100 to 1,000 records; all GPU machines of a region need fewer than ten thousand."""
TERM_HOURS: dict[str, tuple[PriceType, int]] = {"1 Year": ("reserved_1y", 8_760), "3 Years": ("reserved_3y", 26_280)}
"""Term as named -> how it is paid, hours of it [h]."""
SIZES: tuple[tuple[str, str, int], ...] = (
    (r"NC(4|8|16)as_T4_v3", "t4", 1), (r"NC64as_T4_v3", "t4", 4),
    (r"NC24ads_A100_v4", "a100-pcie-80gb", 1), (r"NC48ads_A100_v4", "a100-pcie-80gb", 2),
    (r"NC96ads_A100_v4", "a100-pcie-80gb", 4), (r"ND96asr_v4", "a100-sxm-40gb", 8),
    (r"ND96am(s|sr)_A100_v4", "a100-sxm-80gb", 8), (r"NC40ads_H100_v5", "h100-nvl", 1),
    (r"NC80adis_H100_v5", "h100-nvl", 2), (r"ND96is(r|f)?_H100_v5", "h100-sxm", 8),
    (r"ND96is(r|f)?_H200_v5", "h200-sxm", 8), (r"ND96is(r|f)?_MI300X_v5", "mi300x", 8),
    (r"NC144l?ds_xl_RTXPRO6000BSE_v6", "rtx-pro-6000", 1), (r"NC288l?ds_xl_RTXPRO6000BSE_v6", "rtx-pro-6000", 2),
)  # fmt: skip
"""Size without ``Standard_`` -> accelerator, devices; https://learn.microsoft.com/azure/virtual-machines/sizes/overview"""


def fetch(client: Client) -> bytes:
    """Return every page, as a list."""
    pages: list[bytes] = []
    link = f"{URL}?$filter={quote(QUERY)}"
    while link and len(pages) < MOST_PAGES:
        pages.append(client.get(quote(link, safe="%/:=&?$'(),+-._~")))
        page = json_document(pages[-1], TITLE)
        link = text(cast(Mapping[str, object], page).get("NextPageLink")) if isinstance(page, Mapping) else ""
    if link:
        raise SourceError(Fault(f"more than {MOST_PAGES} pages", TITLE, remedy="Nothing of it was used"))
    return b'{"pages":[' + b",".join(pages) + b"]}"


def read(content: bytes, day: date, known: Known) -> Reading:
    """Return an offer for each size with whole accelerators that the catalogue knows."""
    lister = Lister(SELLER, TITLE, URL, REGION, day, known.accelerators)
    offers: list[GpuOffer] = []
    aside: list[str] = []
    for page in records(json_document(content, TITLE), "pages", TITLE):
        for item in records(page, "Items", TITLE):
            found = _offer(item, lister)
            if isinstance(found, str):
                aside.append(found)
            else:
                offers.append(found)
    return Reading(cheapest(offers), counted(aside))


def _offer(item: Mapping[str, object], lister: Lister) -> GpuOffer | str:
    """Return the offer, or why it is none."""
    size = text(item.get("armSkuName"))
    machine = _machine(size.removeprefix("Standard_"))
    if machine is None:
        return "a size without a whole accelerator that is known"
    if (item.get("currencyCode"), item.get("armRegionName")) != ("USD", lister.region):
        return "another currency or region"
    names = f"{text(item.get('productName'))} {text(item.get('skuName'))} {text(item.get('meterName'))}"
    if re.search(r"Windows|Low Priority|Dedicated|CloudServices", names):
        return "Windows, low priority or dedicated hosts"
    paid = _paid(item, spot="Spot" in names)
    if paid is None:
        return "neither by the hour nor for a term of 1 or 3 years"
    price_type, usd_per_h = paid
    accelerator, devices = machine
    return lister.offer(size, price_type, accelerator=accelerator, devices=devices, usd_per_h=usd_per_h) or (
        "an accelerator the catalogue does not know"
    )


def _machine(size: str) -> tuple[str, int] | None:
    return next(((accelerator, n) for pattern, accelerator, n in SIZES if re.fullmatch(pattern, size)), None)


def _paid(item: Mapping[str, object], *, spot: bool) -> tuple[PriceType, Decimal] | None:
    """Return how it is paid and the price of an hour [USD/h]."""
    usd = amount(item.get("retailPrice"))
    if usd is None:
        return None
    if item.get("type") == "Reservation":
        term = TERM_HOURS.get(text(item.get("reservationTerm")))
        return (term[0], usd / term[1]) if term else None
    if item.get("type") == "Consumption" and item.get("unitOfMeasure") == "1 Hour":
        return ("spot" if spot else "on_demand"), usd
    return None


def covers(entry: Entry) -> bool:
    """Whether the entry is a price Azure publishes for this region."""
    return isinstance(entry, GpuOffer) and (entry.seller, entry.region) == (SELLER, REGION) and (
        entry.evidence.grade is not Grade.ESTIMATE
    )  # fmt: skip


PLUGIN = Publisher(title=TITLE, urls=(URL,), terms=TERMS, size="a few MB in pages", kind="gpu_offers", fetch=fetch,
                   read=read, covers=covers)  # fmt: skip
