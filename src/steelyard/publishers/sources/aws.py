"""AWS price list of EC2: instances with GPUs, on demand and reserved without payment up front, in one region.

Documented at https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html
(seen 2026-11-23): five lines about the list, then a CSV. The list is large; only its GPU lines are kept.
"""

import csv
import io
import re
from collections.abc import Mapping
from datetime import date

from steelyard.domain.evidence import Grade
from steelyard.domain.price import GpuOffer, PriceType
from steelyard.errors import Fault, SourceError
from steelyard.publishers.answers import amount
from steelyard.publishers.client import Client
from steelyard.publishers.publisher import Entry, Known, Publisher, Reading, counted
from steelyard.publishers.rents import Lister, cheapest

__all__ = ["PLUGIN"]

SELLER = "aws"
REGION = "us-east-1"
TITLE = "AWS price list"
URL = f"https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonEC2/current/{REGION}/index.csv"
TERMS = "public without a key, for information; no licence stated: kept on this machine, not passed on"
FAMILIES = {
    "g4dn": "t4", "g5": "a10g", "g6": "l4", "g6e": "l40s", "p4d": "a100-sxm-40gb", "p4de": "a100-sxm-80gb",
    "p5": "h100-sxm", "p5e": "h200-sxm", "p5en": "h200-sxm", "p6-b200": "b200", "p6-b300": "b300",
}  # fmt: skip
"""Family of instances -> accelerator; https://docs.aws.amazon.com/ec2/latest/instancetypes/ac.html"""
WANTED: Mapping[str, frozenset[str]] = {
    "Operating System": frozenset({"Linux"}), "Tenancy": frozenset({"Shared"}), "CapacityStatus": frozenset({"Used"}),
    "Pre Installed S/W": frozenset({"NA", ""}), "Unit": frozenset({"Hrs"}), "Currency": frozenset({"USD"}),
    "MarketOption": frozenset({"OnDemand", ""}),
}  # fmt: skip
"""Column -> what a plain machine has there; a column that a list lacks does not narrow."""
NEEDED = ("Instance Type", "PricePerUnit", "TermType", "GPU")
_HEAD = b'"SKU"'
_GPU_LINE = re.compile(b'"(?:' + b"|".join(re.escape(f.encode()) for f in sorted(FAMILIES)) + rb')\.[a-z0-9]+"')


def fetch(client: Client) -> bytes:
    """Return the head of the table and its GPU lines."""
    return client.lines(URL, lambda line: line.startswith(_HEAD) or _GPU_LINE.search(line) is not None)


def read(content: bytes, day: date, known: Known) -> Reading:
    """Return an offer for each way to pay for a plain Linux machine."""
    try:
        table = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""), restval="")
        columns = set(table.fieldnames or ())
        rows = list(table)
    except (UnicodeDecodeError, csv.Error) as error:
        raise _not_the_list() from error
    if not columns.issuperset(NEEDED):
        raise _not_the_list()
    lister = Lister(SELLER, TITLE, URL, REGION, day, known.accelerators)
    offers: list[GpuOffer] = []
    aside: list[str] = []
    for row in rows:
        found = _offer(row, columns, lister)
        if isinstance(found, str):
            aside.append(found)
        else:
            offers.append(found)
    return Reading(cheapest(offers), counted(aside))


def _not_the_list() -> SourceError:
    return SourceError(
        Fault("no table with the columns it documents", TITLE, ", ".join(NEEDED), "Nothing of it was used")
    )


def _offer(row: Mapping[str, str], columns: set[str], lister: Lister) -> GpuOffer | str:
    """Return the offer, or why it is none."""
    if any(column in columns and row[column] not in values for column, values in WANTED.items()):
        return "another system, tenancy or unit"
    price_type = _price_type(row)
    if price_type is None:
        return "a term other than 1 or 3 years without payment up front"
    instance = row["Instance Type"]
    accelerator = FAMILIES.get(instance.partition(".")[0])
    devices, usd_per_h = amount(row["GPU"]), amount(row["PricePerUnit"])
    if accelerator is None or devices is None or devices != int(devices) or usd_per_h is None:
        return "no whole accelerator, or no price"
    found = lister.offer(instance, price_type, accelerator=accelerator, devices=int(devices), usd_per_h=usd_per_h)
    return found or "an accelerator the catalogue does not know"


def _price_type(row: Mapping[str, str]) -> PriceType | None:
    if row["TermType"] == "OnDemand":
        return "on_demand"
    terms = row.get("LeaseContractLength"), row.get("PurchaseOption"), row.get("OfferingClass")
    if terms == ("1yr", "No Upfront", "standard"):
        return "reserved_1y"
    return "reserved_3y" if terms == ("3yr", "No Upfront", "standard") else None


def covers(entry: Entry) -> bool:
    """Whether the entry is a price AWS publishes for this region."""
    return isinstance(entry, GpuOffer) and (entry.seller, entry.region) == (SELLER, REGION) and (
        entry.evidence.grade is not Grade.ESTIMATE and entry.price_type != "spot"
    )  # fmt: skip


PLUGIN = Publisher(title=TITLE, urls=(URL,), terms=TERMS, size="hundreds of MB, of which the GPU lines are kept",
                   kind="gpu_offers", fetch=fetch, read=read, covers=covers)  # fmt: skip
