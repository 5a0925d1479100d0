"""What is particular to a source: pages, lines, tiers, announced changes, and what is set aside and why."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

import publisher_payloads as payloads
from publisher_payloads import DAY, KNOWN, Answer
from steelyard.domain.price import GpuOffer, RateCard
from steelyard.errors import SourceError
from steelyard.publishers import known_publishers
from steelyard.publishers.client import Client
from steelyard.publishers.publisher import Known

PUBLISHERS = known_publishers()


def fetched(name: str, answer: Callable[[str], bytes]) -> bytes:
    publisher = PUBLISHERS[name]
    return publisher.fetch(Client(publisher.hosts, transport=lambda url, _: Answer(answer(url))))


def cards(name: str, content: bytes, known: Known = KNOWN) -> dict[str, RateCard]:
    found = PUBLISHERS[name].read(content, DAY, known).entries
    return {entry.model: entry for entry in found if isinstance(entry, RateCard)}


def offers(name: str, content: bytes) -> dict[str, GpuOffer]:
    found = PUBLISHERS[name].read(content, DAY, KNOWN).entries
    return {entry.id: entry for entry in found if isinstance(entry, GpuOffer)}


def test_azure_pages_are_followed_to_the_last() -> None:
    following = "https://prices.azure.com:443/api/retail/prices?$filter=a eq 'b'&$skip=1000"
    pages = [payloads.azure_page(payloads.azure_item("ND96isr_H100_v5", 80.0), following=following),
             payloads.azure_page(payloads.azure_item("ND96isr_H200_v5", 96.0))]  # fmt: skip
    asked: list[str] = []

    def answer(url: str) -> bytes:
        asked.append(url)
        return pages[len(asked) - 1]

    found = offers("azure", fetched("azure", answer))
    assert {o.accelerator: o.usd_per_device_h for o in found.values()} == {"h100-sxm": 10.0, "h200-sxm": 12.0}
    assert len(asked) == 2
    assert "%20eq%20" in asked[0]
    assert asked[1].endswith("$skip=1000")


@pytest.mark.parametrize("following", ["https://evil.example/api", "http://prices.azure.com/api", "//evil.example/x"])
def test_a_next_page_elsewhere_is_not_asked(following: str) -> None:
    with pytest.raises(SourceError, match="sent elsewhere"):
        fetched("azure", lambda _: payloads.azure_page(following=following))


def test_pages_without_end_are_left() -> None:
    with pytest.raises(SourceError, match="more than 100 pages"):
        fetched("azure", lambda url: payloads.azure_page(following=url))


def test_azure_reservations_are_priced_by_the_hour_of_their_term() -> None:
    term = {"type": "Reservation", "reservationTerm": "3 Years"}
    item = payloads.azure_item("ND96isr_H100_v5", 8 * 26_280 * 4.0, **term)
    (offer,) = offers("azure", payloads.azure(item)).values()
    assert (offer.price_type, offer.term_months, offer.usd_per_device_h) == ("reserved_3y", 36, 4.0)


@pytest.mark.parametrize("more", [
    {"currencyCode": "EUR"}, {"armRegionName": "westeurope"}, {"productName": "X Series Windows"},
    {"meterName": "ND96isr Low Priority"}, {"unitOfMeasure": "1/Month"}, {"type": "Reservation"},
    {"retailPrice": 0}, {"retailPrice": "free"}, {"armSkuName": None}, {"armSkuName": "Standard_ND96isr_H100_v5; rm"},
])  # fmt: skip
def test_what_is_no_plain_gpu_hour_in_dollars_is_set_aside_and_counted(more: dict[str, object]) -> None:
    reading = PUBLISHERS["azure"].read(payloads.azure(payloads.azure_item("ND96isr_H100_v5", 80.0, **more)), DAY, KNOWN)
    assert reading.entries == ()
    assert sum(reading.set_aside.values()) == 1


def test_of_the_large_aws_list_only_the_head_and_gpu_lines_are_kept() -> None:
    kept = fetched("aws", lambda _: payloads.aws_file()).decode()
    assert "m7i" not in kept
    assert "Disclaimer" not in kept
    assert kept.splitlines()[0].startswith('"SKU"')
    assert offers("aws", kept.encode()) == offers("aws", payloads.aws())


def test_a_fraction_of_an_accelerator_and_capacity_blocks_are_no_offer() -> None:
    assert offers("aws", payloads.aws(payloads.aws_row("g6.xlarge", "0.4", "0.5"))) == {}
    assert offers("aws", payloads.aws(payloads.aws_row("p5.48xlarge", "-1", "8"))) == {}
    assert offers("aws", payloads.aws(payloads.aws_row("p5.48xlarge", "40", "many"))) == {}


def test_rows_shorter_or_longer_than_the_head_are_no_crash() -> None:
    content = payloads.aws() + b'"SKU","x"\n' + b",".join([b'"p5.48xlarge"'] * 60) + b"\n"
    assert offers("aws", content) == offers("aws", payloads.aws())


def test_the_cheapest_of_two_rows_for_one_offer_counts_whatever_their_order() -> None:
    rows = [payloads.aws_row("p5.48xlarge", usd, "8") for usd in ("48", "56", "40")]
    for order in (rows, rows[::-1]):
        (offer,) = offers("aws", payloads.aws(*order)).values()
        assert offer.usd_per_device_h == 5.0


def test_openrouter_prices_long_prompts_by_tier_and_keeps_the_cache_price() -> None:
    card = cards("openrouter", payloads.openrouter())["openai/gpt-5.4-mini"]
    assert [(t.above_input_tokens, t.prices.uncached_input, t.prices.output) for t in card.tiers] == [
        (0, Decimal("0.75"), Decimal("4.5")), (200_000, Decimal("1.5"), Decimal("4.5"))]  # fmt: skip
    assert card.tiers[0].prices.cache_read == Decimal("0.075")


def test_openrouter_says_what_it_sets_aside() -> None:
    aside = PUBLISHERS["openrouter"].read(payloads.openrouter(), DAY, KNOWN).set_aside
    assert aside == {"a model the catalogue does not know": 2, "a variant or an alias of another listing": 2}


def test_a_model_that_answers_with_pictures_is_no_text_model() -> None:
    model = payloads.openrouter_model("openai/gpt-5.4-mini", "0.000001", "0.000002")
    model["architecture"] = {"output_modalities": ["image", "text"]}
    assert cards("openrouter", payloads.openrouter(model)) == {}


@pytest.mark.parametrize("odd", [None, [], "x", 7, {"overrides": "x", "prompt": 1, "completion": []},
                                 {"prompt": {}, "completion": "1"}])  # fmt: skip
def test_odd_prices_are_set_aside(odd: object) -> None:
    model = payloads.openrouter_model("openai/gpt-5.4-mini", "0.000001", "0.000002") | {"pricing": odd}
    assert PUBLISHERS["openrouter"].read(payloads.openrouter(model), DAY, KNOWN).entries == ()


def test_fresh_data_of_the_price_package_are_read_as_its_own_are() -> None:
    found = cards("genai_prices", payloads.genai_prices())
    card = found["openai/gpt-5.4-mini"]
    assert card.valid_from == date(2026, 11, 20)
    assert [t.above_input_tokens for t in card.tiers] == [0, 200_000]
    assert [(later.valid_from, later.tiers[0].prices.output) for later in card.announced] == [
        (date(2026, 12, 20), Decimal(3))]  # fmt: skip
    assert card.announced[0].evidence == card.evidence
    assert card.evidence.licence == "MIT"
    assert found["llama-3.3-70b"].seller == "groq"


def test_oracle_shapes_are_rented_whole() -> None:
    found = offers("oci", payloads.oci())
    assert {o.instance: (o.devices, o.usd_per_device_h) for o in found.values()} == {
        "BM.GPU.B200.8": (8, 14.0), "BM.GPU.H100.8": (8, 10.0)}  # fmt: skip


def test_a_product_with_two_prices_is_no_offer() -> None:
    item = payloads.oci_item("H100", 10)
    item["currencyCodeLocalizations"] = [
        {"currencyCode": "USD", "prices": [{"model": "PAY_AS_YOU_GO", "value": n} for n in (1, 2)]}
    ]
    assert offers("oci", payloads.oci(item)) == {}
    assert offers("oci", json.dumps({"items": [item | {"currencyCodeLocalizations": None}]}).encode()) == {}
