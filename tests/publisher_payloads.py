"""Small answers in the shape each price source documents, written by hand; no figure in them is a seller's."""

import json
from collections.abc import Callable, Sequence
from datetime import date
from email.message import Message

from genai_prices.types import Provider

from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.price import RateCard
from steelyard.facts.prices.fresh import package_cards
from steelyard.publishers.publisher import Known

DAY = date(2026, 11, 23)
ACCELERATORS = frozenset({"a10g", "a100-sxm-80gb", "h100-sxm", "h200-sxm", "b200", "l4", "t4", "mi300x"})


class Answer:
    """An answer that no network gave."""

    status = 200

    def __init__(self, content: bytes) -> None:
        self.headers = Message()
        self.content = content

    def read(self, amt: int, /) -> bytes:
        chunk, self.content = self.content[:amt], self.content[amt:]
        return chunk

    def close(self) -> None:
        """Nothing to let go."""


def open_model(name: str) -> str | None:
    """A catalogue with one open model."""
    return "llama-3.3-70b" if "llama-3.3-70b" in name.lower() else None


def cards_of(providers: Sequence[Provider], day: date) -> Sequence[RateCard]:
    return package_cards(providers, day, open_model)


KNOWN = Known(open_model=open_model, managed_models=frozenset({"openai/gpt-5.4-mini", "xai/grok-9"}),
              accelerators=ACCELERATORS, package_cards=cards_of)  # fmt: skip
SEEN = Evidence(source="a price page", as_of=date(2026, 11, 1), grade=Grade.PRIMARY)


def openrouter_model(name: str, prompt: str, completion: str, **more: object) -> dict[str, object]:
    pricing = {"prompt": prompt, "completion": completion, **more}
    return {"id": name, "canonical_slug": name, "name": name, "context_length": 131_072, "pricing": pricing,
            "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]}}  # fmt: skip


def openrouter(*models: dict[str, object]) -> bytes:
    listed = models or (
        openrouter_model("meta-llama/llama-3.3-70b-instruct", "0.0000001", "0.00000032"),
        openrouter_model("meta-llama/llama-3.3-70b-instruct:free", "0", "0"),
        openrouter_model("openai/gpt-5.4-mini", "0.00000075", "0.0000045", input_cache_read="0.000000075",
                         overrides=[{"min_prompt_tokens": 200_000, "prompt": "0.0000015"}]),
        openrouter_model("x-ai/grok-9", "0.000002", "0.00001"),
        openrouter_model("openrouter/auto", "-1", "-1"),
        openrouter_model("nobody/unheard-of", "0.000001", "0.000002"),
        {"id": "~openai/latest", "alias_target": {"slug": "openai/gpt-5.4-mini"}},
    )  # fmt: skip
    return json.dumps({"data": listed}).encode()


def genai_prices() -> bytes:
    mini = {"id": "gpt-5.4-mini", "match": {"equals": "gpt-5.4-mini"}, "prices": [
        {"prices": {"input_mtok": 0.75, "cache_read_mtok": 0.075, "output_mtok": 4.5}},
        {"constraint": {"start_date": "2026-11-20"},
         "prices": {"input_mtok": {"base": 0.6, "tiers": [{"start": 200_000, "price": 1.2}]}, "output_mtok": 3.6}},
        {"constraint": {"start_date": "2026-12-20"}, "prices": {"input_mtok": 0.5, "output_mtok": 3}},
    ]}  # fmt: skip
    llama = {"id": "llama-3.3-70b-versatile", "match": {"equals": "llama-3.3-70b-versatile"},
             "prices": {"input_mtok": 0.59, "output_mtok": 0.79}}  # fmt: skip
    return json.dumps([
        {"id": "openai", "name": "OpenAI", "api_pattern": "x", "pricing_urls": ["https://openai.example/prices"],
         "models": [mini]},
        {"id": "groq", "name": "Groq", "api_pattern": "x", "models": [llama]},
    ]).encode()  # fmt: skip


def azure_item(size: str, usd: float, **more: object) -> dict[str, object]:
    return {"currencyCode": "USD", "tierMinimumUnits": 0.0, "retailPrice": usd, "unitPrice": usd,
            "armRegionName": "eastus", "location": "US East", "meterName": size, "productName": "ND H100 v5 Series",
            "skuName": size, "serviceName": "Virtual Machines", "unitOfMeasure": "1 Hour", "type": "Consumption",
            "armSkuName": f"Standard_{size}", **more}  # fmt: skip


def azure_page(*items: dict[str, object], following: str | None = None) -> bytes:
    return json.dumps(
        {"BillingCurrency": "USD", "Items": items, "NextPageLink": following, "Count": len(items)}
    ).encode()


def azure(*items: dict[str, object]) -> bytes:
    listed = items or (
        azure_item("ND96isr_H100_v5", 98.32),
        azure_item("ND96isr_H100_v5", 39.32, skuName="ND96isr H100 v5 Spot", meterName="ND96isr H100 v5 Spot"),
        azure_item("ND96isr_H100_v5", 90.0, productName="ND H100 v5 Series Windows"),
        azure_item("ND96isr_H100_v5", 420_480.0, type="Reservation", reservationTerm="1 Year"),
        azure_item("NV6ads_A10_v5", 0.45),
        azure_item("ND96isr_H100_v5", 99.0, type="DevTestConsumption"),
    )
    return b'{"pages":[' + azure_page(*listed) + b"]}"


AWS_COLUMNS = ("SKU", "OfferTermCode", "RateCode", "TermType", "PriceDescription", "EffectiveDate", "StartingRange",
               "EndingRange", "Unit", "PricePerUnit", "Currency", "LeaseContractLength", "PurchaseOption",
               "OfferingClass", "Instance Type", "Tenancy", "Operating System", "GPU", "Pre Installed S/W",
               "CapacityStatus", "Region Code")  # fmt: skip


def aws_row(instance: str, usd: str, gpus: str, **more: str) -> str:
    plain = {"SKU": "S", "TermType": "OnDemand", "Unit": "Hrs", "PricePerUnit": usd, "Currency": "USD",
             "Instance Type": instance, "Tenancy": "Shared", "Operating System": "Linux", "GPU": gpus,
             "Pre Installed S/W": "NA", "CapacityStatus": "Used", "Region Code": "us-east-1",
             "PriceDescription": f"$ {usd}, per hour"} | more  # fmt: skip
    return ",".join(f'"{plain.get(column, "")}"' for column in AWS_COLUMNS)


def aws_head() -> str:
    return ",".join(f'"{column}"' for column in AWS_COLUMNS)


def aws(*rows: str) -> bytes:
    reserved = {"TermType": "Reserved", "OfferingClass": "standard"}
    listed = rows or (
        aws_row("p5.48xlarge", "55.0400000000", "8"),
        aws_row("p5.48xlarge", "75.0000000000", "8", **{"Operating System": "Windows"}),
        aws_row("p5.48xlarge", "0.0000000000", "8", CapacityStatus="AllocatedCapacityReservation"),
        aws_row(
            "p5.48xlarge", "40.0000000000", "8", LeaseContractLength="1yr", PurchaseOption="No Upfront", **reserved
        ),
        aws_row("p5.48xlarge", "30.0", "8", LeaseContractLength="3yr", PurchaseOption="All Upfront", **reserved),
        aws_row("g6.xlarge", "0.8048000000", "1"),
        aws_row("g6.fraction", "0.4", "0.5"),
    )
    return "\n".join([aws_head(), *listed, ""]).encode()


def aws_file(*rows: str) -> bytes:
    """The list as it is transferred: lines about it, machines without GPUs, then those with."""
    about = ['"FormatVersion","v1.0"', '"Disclaimer","for information"', '"Publication Date","2026-11-20T00:00:00Z"',
             '"Version","20261120000000"', '"OfferCode","AmazonEC2"', aws_head(),
             aws_row("m7i.large", "0.1", "")]  # fmt: skip
    return "\n".join(about).encode() + b"\n" + aws(*rows).split(b"\n", 1)[1]


def oci_item(gpu: str, usd: float, metric: str = "GPU Per Hour") -> dict[str, object]:
    return {"partNumber": "B00000", "displayName": f"OCI - Compute - GPU - {gpu}", "metricName": metric,
            "serviceCategory": "Compute - GPU",
            "currencyCodeLocalizations": [
                {"currencyCode": "USD", "prices": [{"model": "PAY_AS_YOU_GO", "value": usd}]}]}  # fmt: skip


def oci(*items: dict[str, object]) -> bytes:
    listed = items or (oci_item("H100", 10), oci_item("B200", 14), oci_item("A10", 2), oci_item("H100", 1, "OCPU"))
    return json.dumps({"lastUpdated": "2026-11-20T00:00:00Z", "items": listed}).encode()


PAYLOADS: dict[str, Callable[[], bytes]] = {"aws": aws, "azure": azure, "genai_prices": genai_prices, "oci": oci,
                                            "openrouter": openrouter}  # fmt: skip
"""What each publisher's ``read`` is given."""
EXPECTED: dict[str, dict[str, float]] = {
    "aws": {"aws/g6.xlarge/us-east-1/on_demand": 0.8048, "aws/p5.48xlarge/us-east-1/on_demand": 6.88,
            "aws/p5.48xlarge/us-east-1/reserved_1y": 5.0},
    "azure": {"azure/Standard_ND96isr_H100_v5/eastus/on_demand": 12.29,
              "azure/Standard_ND96isr_H100_v5/eastus/spot": 4.915,
              "azure/Standard_ND96isr_H100_v5/eastus/reserved_1y": 6.0},
    "genai_prices": {"groq/llama-3.3-70b": 0.59, "openai/openai/gpt-5.4-mini": 0.6},
    "oci": {"oci/BM.GPU.B200.8/any/on_demand": 14.0, "oci/BM.GPU.H100.8/any/on_demand": 10.0},
    "openrouter": {"openrouter/llama-3.3-70b": 0.1, "openrouter/openai/gpt-5.4-mini": 0.75,
                   "openrouter/xai/grok-9": 2.0},
}  # fmt: skip
"""First price of each entry, worked out by hand [USD/(device h), USD/Mtok]."""
