"""Facts and prices on the command line: tables that line up, JSON, and the whole chain behind one number."""

import json
from datetime import date
from decimal import Decimal

import pytest
from click.testing import CliRunner, Result

from steelyard.cli import main
from steelyard.cli.browse import FACT_KINDS
from steelyard.cli.catalogue_view import KINDS
from steelyard.domain.accelerator import Accelerator
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Evidence, Figure, Grade
from steelyard.domain.model import ManagedModel
from steelyard.domain.price import GpuOffer, RateCard, ServerPurchase, TokenPrices, TokenTier

SHEET = Evidence(source="datasheet", url="https://example.org/h100", as_of=date(2026, 11, 1), grade=Grade.PRIMARY)
LIST = Evidence(source="price page", as_of=date(2026, 11, 20), grade=Grade.SECONDARY, licence="MIT", note="read twice")


def card(model: str, price: str) -> RateCard:
    prices = TokenPrices(uncached_input=Decimal(price), output=Decimal("6"), cache_read=Decimal("0.075"))
    return RateCard(seller="openai", model=f"openai/{model}", open_weights=False, evidence=LIST, batch_discount=0.5,
                    tiers=(TokenTier(above_input_tokens=0, prices=prices),))  # fmt: skip


CATALOGUE = Catalogue(
    as_of=date(2026, 11, 23),
    open_models={},
    managed_models={"openai/mini": ManagedModel(id="openai/mini", vendor="openai", tier="small", evidence=(LIST,))},
    accelerators={
        "h100-sxm": Accelerator(
            id="h100-sxm", name="H100 SXM", vendor="NVIDIA", generation="hopper", peak_flop_per_s={"bf16": 989.4e12},
            memory_bytes=80_000_000_000, memory_bandwidth_bytes_per_s=3.35e12, link="nvlink", link_bytes_per_s=450e9,
            devices_per_server=8, tdp_w=700, evidence=(SHEET,),
        )
    },
    rate_cards=(card("mini", "0.75"), card("maxi", "12")),
    gpu_offers=(
        GpuOffer(id="lambda/x/any/on_demand", seller="lambda", instance="x", accelerator="h100-sxm", devices=8,
                 region="any", price_type="on_demand", usd_per_device_h=2.99, evidence=LIST),
    ),
    servers=(
        ServerPurchase(id="hgx", accelerator="h100-sxm", devices=8, usd=280_000, low_usd=250_000, high_usd=320_000,
                       power_kw=10.2, evidence=LIST),
    ),
    figures={
        "power.usd_per_kwh": Figure(name="power.usd_per_kwh", value=0.0929, low=0.083, high=0.12, unit="USD/kWh",
                                    evidence=LIST)
    },
    missing=("prices are not testable before 2023-07",),
)  # fmt: skip


@pytest.fixture(autouse=True)
def catalogue(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    asked: list[date] = []

    def load(as_of: date, *_: object) -> Catalogue:
        asked.append(as_of)
        return CATALOGUE

    monkeypatch.setattr("steelyard.facts.load_catalogue", load, raising=False)
    return asked


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def test_the_kinds_declared_for_help_are_those_that_exist() -> None:
    assert tuple(KINDS) == FACT_KINDS


@pytest.mark.parametrize("kind", FACT_KINDS)
def test_every_kind_prints_a_table_that_lines_up_and_the_same_as_json(kind: str) -> None:
    shown = run("facts", kind)
    assert shown.exit_code == 0, shown.output
    lines = shown.stdout.split("\n\n")[0].splitlines()
    assert " age d " in lines[0]
    listed = json.loads(run("facts", kind, "--json").stdout)
    assert len(listed["entries"]) == len(lines) - 2
    assert all("age_days" in entry for entry in listed["entries"])


def test_without_a_kind_facts_are_counted_and_what_is_missing_is_said() -> None:
    shown = run("facts").stdout
    assert "prices" in shown
    assert "! prices are not testable before 2023-07" in shown
    assert json.loads(run("facts", "--json").stdout)["kinds"][0]["kind"] == "models"


def test_prices_are_narrowed_by_model() -> None:
    shown = run("prices", "mini").stdout
    assert "openai/mini" in shown
    assert "openai/maxi" not in shown
    assert "0.75" in shown
    assert shown.splitlines()[4].endswith(" 3")


def test_an_unknown_model_offers_near_names() -> None:
    shown = run("prices", "openai/openai/minni")
    assert shown.exit_code == 2
    assert "Did you mean 'openai/openai/mini'" in shown.stderr


def test_why_tells_the_whole_chain_of_one_number() -> None:
    shown = run("facts", "--why", "h100-sxm.memory_bandwidth_bytes_per_s").stdout
    for words in ("3.35e+12 B/s", "Peak memory bandwidth.", "datasheet", "2026-11-01 (22 days ago)", "grade primary",
                  "https://example.org/h100"):  # fmt: skip
        assert words in shown
    assert "tdp_w" not in shown


def test_why_tells_everything_of_an_entry() -> None:
    shown = run("facts", "--why", "power.usd_per_kwh").stdout
    for words in ("value: 0.0929", "low: 0.083", "high: 0.12", "USD/kWh", "price page", "licence: MIT",
                  "note: read twice"):  # fmt: skip
        assert words in shown
    for name in ("openai/mini", "mini", "openai/openai/mini"):
        assert "uncached_input: 0.75 USD/Mtok" in run("prices", "--why", name).stdout
    told = json.loads(run("facts", "--why", "power.usd_per_kwh", "--json").stdout)
    assert told["found"][0]["entry"]["age_days"] == 3


def test_why_of_an_unknown_name_offers_near_names() -> None:
    shown = run("facts", "--why", "h100")
    assert shown.exit_code == 2
    assert "unknown fact 'h100'" in shown.stderr
    assert "'h100-sxm'" in shown.stderr


def test_the_day_is_passed_on(catalogue: list[date]) -> None:
    assert run("facts", "models", "--as-of", "2025-06-01").exit_code == 0
    assert catalogue == [date(2025, 6, 1)]
