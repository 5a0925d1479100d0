"""Rows of the table of GPU rents as offers with dated prices."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from statistics import median
from typing import NamedTuple

__all__ = ["Rented", "gpu_offers"]

Row = Mapping[str, str]
LICENSED = "the-full-stack/website"
SELLERS = {
    "AWS": "aws", "Azure": "azure", "GCP": "gcp", "Lambda": "lambda", "RunPod": "runpod", "Datacrunch": "verda",
    "OVHcloud": "ovhcloud", "Oracle Cloud": "oci", "Oblivus Cloud": "oblivus", "Paperspace": "paperspace",
    "Jarvislabs": "jarvislabs", "FluidStack": "fluidstack", "Latitude.sh": "latitude", "NovoNimbus": "novonimbus",
    "CR8DL": "cr8dl", "Exoscale": "exoscale", "RunPod.io": "runpod", "Dataoorts": "dataoorts",
}  # fmt: skip
"""Seller in the table -> ours; Datacrunch renamed itself Verda."""
SXM = ("p4d", "p4de", "ND96", "a2-", "BM.GPU", "100.", "HGX")
"""Parts of instance names with the module form of a device; others are taken as the slower card."""
DEVICES = {
    "p4d.24xlarge": 8, "p4de.24xlarge": 8, "g5.12xlarge": 4, "g5.24xlarge": 4, "g5.48xlarge": 8, "g4dn.12xlarge": 4,
    "g4dn.metal": 8, "NC48ads A100 v4": 2, "NC96ads A100 v4": 4, "ND96amsr A100 v4": 8, "NC64as T4 v3": 4,
    "a2-highgpu-2g": 2, "a2-highgpu-4g": 4, "a2-highgpu-8g": 8, "a2-megagpu-16g": 16, "BM.GPU.A4.8": 8,
    "BM.GPU.A100-v2.8": 8, "BM.GPU.H100.8": 8, "2A100.44V": 2, "4A100.88V": 4, "8A100.176V": 8, "h100-760": 2,
    "h100-1520": 4, "l4-180": 2, "l4-360": 4, "AZ1-A10080-8G": 8, "g3.medium.x86": 2, "g3.large.x86": 4,
    "g3.xlarge.x86": 8,
}  # fmt: skip
"""Devices of instances that have more than one."""
REGIONS = {"aws": "us-east-1", "azure": "eastus"}
"""Region of the price lists read; others state none."""
PRESENT_NAMES = {
    "NC4as T4 v3": "Standard_NC4as_T4_v3", "NC8as T4 v3": "Standard_NC8as_T4_v3",
    "NC16as T4 v3": "Standard_NC16as_T4_v3",
    "NC64as T4 v3": "Standard_NC64as_T4_v3", "ND96amsr A100 v4": "Standard_ND96amsr_A100_v4",
}  # fmt: skip
"""The table's instance -> today's name of it."""
LEAST_OF_MEDIAN = 0.25
"""Prices below this share of the median of their device are another unit, or no whole device [1]."""
DATED_LIST = "AWS price list"
QUOTES = (
    ("2023-07-26", "aws", "p5.48xlarge"), ("2025-06-05", "aws", "p5.48xlarge"),
    ("2024-11-15", "Silicon Data neo-cloud", "index"), ("2025-12-09", "Silicon Data neo-cloud", "index"),
    ("2025-10-15", "SemiAnalysis neocloud survey", "1-year contract"),
    ("2026-06-26", "SemiAnalysis neocloud survey", "1-year contract"),
)  # fmt: skip
"""Single prices cited from sources without a licence: two a seller at most."""
QUOTED_AS = {
    "Silicon Data neo-cloud": ("neocloud-index", "Silicon Data index of neocloud H100 rents, as quoted in public"),
    "SemiAnalysis neocloud survey": ("neocloud-survey", "SemiAnalysis survey of 1-year contracts, as quoted in public"),
    "aws": ("aws", "p5.48xlarge: 98.32 USD/h from its launch (ftuneai 0.4.1; nextplatform 2023-07-27), 55.04 after the "
                   "cut of June 2025, day approximate (AWS price list 2026-09-25; usage.ai; compux.net)"),
}  # fmt: skip


class Rented(NamedTuple):
    """One way to rent, with its dated prices [USD per device and hour]."""

    seller: str
    instance: str
    accelerator: str
    devices: int
    region: str
    price_type: str
    prices: dict[str, float]
    source: str
    licence: str | None
    dated_list: bool


def _accelerator(gpu: str, instance: str) -> str | None:
    text = gpu.upper().replace(" ", "_")
    sxm = "SXM" in text or any(part in f"{instance} {gpu}" for part in SXM)
    form = "sxm" if sxm else "pcie"
    if text.startswith("A100"):
        return f"a100-{form}-{'40' if '40' in text else '80'}gb"
    if text.startswith("H100"):
        return "h100-nvl" if "NVL" in text else f"h100-{form}"
    return {"A10G": "a10g", "T4": "t4", "L4": "l4"}.get(re.split(r"[_(]", text)[0])


def gpu_offers(rows: Iterable[Row], dropped: Counter[str]) -> list[Rented]:
    """Return offers with their prices, by seller, instance and accelerator.

    Parameters
    ----------
    rows
        The table of dated GPU rents.
    dropped
        Counts why rows are not carried; added to.
    """
    table = list(rows)
    found: dict[tuple[str, ...], Rented] = {}
    for row in _plausible([r for r in table if r["source"].startswith(LICENSED)], dropped):
        _add(found, row, SELLERS[row["provider"]], "FSDL table of cloud GPUs (history of the-full-stack/website)",
             "MIT", dated=False)  # fmt: skip
    for row in table:
        if row["source"].startswith(DATED_LIST):
            _add(found, row, "aws", "AWS price list, through the FSDL table and chimeraforge 0.76.0", "MIT", dated=True)
        elif (row["date"], row["provider"], row["instance"]) in QUOTES:
            seller, source = QUOTED_AS[row["provider"]]
            _add(found, row, seller, source, None, dated=seller == "aws")
        elif not row["source"].startswith(LICENSED):
            dropped[f"source without a licence: {row['source'].partition(' (')[0]}"] += 1
    return [found[key] for key in sorted(found)]


def _plausible(rows: list[Row], dropped: Counter[str]) -> list[Row]:
    """Return rows of sellers and devices carried, without prices of another unit and names with two devices."""
    known: list[tuple[str, Row]] = []
    devices: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        accelerator = _accelerator(row["gpu"], row["instance"])
        if row["provider"] not in SELLERS:
            dropped[f"deployments, not machines: {row['provider']}"] += 1
        elif accelerator is None:
            dropped[f"device not carried: {row['gpu'].partition(' ')[0]}"] += 1
        elif row["instance"].startswith("n1-"):
            dropped["price per device depends on the host chosen with it"] += 1
        else:
            known.append((accelerator, row))
            devices[row["provider"], row["instance"]].add(accelerator.split("-")[0])
    usual: dict[str, list[float]] = defaultdict(list)
    for accelerator, row in known:
        usual[accelerator].append(float(row["usd_per_gpu_hour"]))
    kept: list[Row] = []
    for accelerator, row in known:
        if row["instance"] and len(devices[row["provider"], row["instance"]]) > 1 and accelerator.startswith("a100"):
            dropped["one instance name with two devices"] += 1
        elif float(row["usd_per_gpu_hour"]) < LEAST_OF_MEDIAN * median(usual[accelerator]):
            dropped["below a quarter of the device's median: another unit"] += 1
        else:
            kept.append(row)
    return kept


def _add(
    found: dict[tuple[str, ...], Rented], row: Row, seller: str, source: str, licence: str | None, *, dated: bool
) -> None:
    accelerator = _accelerator(row["gpu"], row["instance"])
    if accelerator is None:
        return
    instance = PRESENT_NAMES.get(row["instance"], row["instance"]) or "(device)"
    if instance in {"index", "1-year contract", "1x"}:
        instance = "(device)"
    price_type = "on_demand" if row["price_type"] == "index" else row["price_type"]
    key = (seller, instance, accelerator, price_type)
    have = found.get(key)
    if have is None or (dated and not have.dated_list):
        have = Rented(seller, instance, accelerator, DEVICES.get(row["instance"], 8 if "p5." in instance else 1),
                      REGIONS.get(seller, "any"), price_type, {}, source, licence, dated)  # fmt: skip
        found[key] = have
    elif have.dated_list and not dated:
        return
    price = float(row["usd_per_gpu_hour"])
    have.prices[row["date"]] = min(price, have.prices.get(row["date"], price))
