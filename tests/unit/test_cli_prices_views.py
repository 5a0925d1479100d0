"""Prices on the command line: by seller with first and last day, and where sources disagree."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from click.testing import CliRunner, Result

from option_example import card, catalogue
from steelyard.cli import main
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.price import FineTuningPrice, ProvisionedOffer, ProvisionedThroughput, RateCard
from steelyard.facts.prices.crosscheck import disagreements


def hosted(seller: str, usd: str) -> RateCard:
    return card("open-1b", uncached=usd, output=usd).model_copy(update={"seller": seller, "open_weights": True})


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    old = card("seller/old").model_copy(update={"first_seen": date(2025, 5, 1), "retires": date(2026, 10, 1)})
    cards = (card(), old, hosted("dear", "2"), hosted("cheap", "0.30"), hosted("middle", "1"))
    made = replace(catalogue(), rate_cards=cards)
    monkeypatch.setattr("steelyard.facts.load_catalogue", always(made))


def always(made: Catalogue) -> Callable[..., Catalogue]:
    def load(*_: object) -> Catalogue:
        return made

    return load


def run(*args: str) -> Result:
    result = CliRunner().invoke(main, ["prices", *args])
    assert result.exit_code == 0, result.output
    return result


def test_hosted_open_weights_are_listed_by_seller_the_cheapest_first() -> None:
    lines = run("open-1b").stdout.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("open-1b")] == ["cheap", "middle", "dear"]
    assert "0.3 " in next(line for line in lines if " cheap " in line)
    assert "sold by their vendor" not in lines[0]


def test_first_day_last_day_and_age_are_shown_where_known() -> None:
    lines = run("seller/").stdout.splitlines()
    old = next(line for line in lines if "seller/old" in line)
    assert "2025-05-01  2026-10-01 gone" in old
    today = next(line for line in lines if "seller/today" in line)
    assert today.split()[-4:-2] == ["-", "-"]
    assert today.split()[-1].isdigit()


def test_json_carries_the_same_prices_with_their_dates() -> None:
    entries = json.loads(run("old", "--json").stdout)["entries"]
    assert [e["retires"] for e in entries] == ["2026-10-01"]
    assert all(e["age_days"] >= 0 and e["off_by_fraction"] == 0 for e in entries)


def test_a_price_sources_dispute_is_shown_as_less_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    disputed = card().model_copy(update={"disagreement_fraction": 0.25})
    monkeypatch.setattr("steelyard.facts.load_catalogue", always(replace(catalogue(), rate_cards=(disputed,))))
    assert "25%" in run().stdout
    assert json.loads(run("--json").stdout)["entries"][0]["off_by_fraction"] == pytest.approx(0.25)


def test_the_ten_widest_differences_come_first_and_all_on_request() -> None:
    rows = run("cross-check").stdout.splitlines()[2:12]
    assert [r.split()[0] for r in rows] == [d.model for d in disagreements()[:10]]
    every = run("cross-check", "--all").stdout
    assert sum("%" in line for line in every.splitlines()) == len(disagreements())
    assert f"{len(disagreements())} prices differ" in every


def test_a_difference_names_the_sources_at_both_ends() -> None:
    row = next(line for line in run("cross-check", "--all", "gemini-3.5").stdout.splitlines() if " output " in line)
    assert "58%" in row
    assert "3.75 metergraph" in row


def test_differences_as_json_say_which_widen_an_interval() -> None:
    found = json.loads(run("cross-check", "--json", "gemini-3.5-flash").stdout)["differences"]
    widening = {d["field"]: d["widens_the_interval"] for d in found}
    assert widening == {"input": True, "output": True, "cache_read": False}
    output = next(d for d in found if d["field"] == "output")
    assert output["billed_usd_per_mtok"] == 9.0
    assert output["usd_per_mtok"]["metergraph"] == 3.75
    assert output["difference_fraction"] == pytest.approx(float(Decimal("5.25") / 9), abs=1e-6)


def test_a_model_all_sources_agree_on_is_said_to_be_so() -> None:
    assert "No source disagrees on 'seller/old'" in run("cross-check", "seller/old").stdout
    assert json.loads(run("cross-check", "--json", "seller/old").stdout) == {"differences": []}


@pytest.mark.parametrize(("kind", "name", "words"), [
    ("tuning", "seller/today/global/supervised", ("2.5", "2027-01-06")),
    ("provisioned", "seller/any/global/hourly", ("1.25", "2026-01-01")),
    ("throughput", "seller/today", ("3,000", "15")),
])  # fmt: skip
def test_tuning_and_capacity_can_be_browsed(
    monkeypatch: pytest.MonkeyPatch, kind: str, name: str, words: tuple[str, str]
) -> None:
    seen = card().evidence
    tuning = FineTuningPrice(id="seller/today/global/supervised", seller="seller", model="seller/today", scope="global",
                             method="supervised", training_usd_per_mtok=Decimal("2.50"), evidence=seen,
                             no_new_jobs_from=date(2027, 1, 6))  # fmt: skip
    capacity = ProvisionedOffer(id="seller/any/global/hourly", seller="seller", service="any", scope="global",
                                region="any", usd_per_unit_h=1.25, valid_from=date(2026, 1, 1),
                                evidence=seen)  # fmt: skip
    unit = ProvisionedThroughput(id="seller/today", seller="seller", model="seller/today", evidence=seen,
                                 input_tokens_per_minute_per_unit=3000, least_units=15, unit_step=5,
                                 least_units_regional=50, unit_step_regional=50)  # fmt: skip
    made = replace(catalogue(), fine_tuning_prices={tuning.id: tuning}, provisioned_offers={capacity.id: capacity},
                   provisioned_throughput={unit.id: unit})  # fmt: skip
    monkeypatch.setattr("steelyard.facts.load_catalogue", always(made))
    shown = CliRunner().invoke(main, ["facts", kind]).stdout
    line = next(line for line in shown.splitlines() if line.startswith(name))
    assert all(word in line for word in words)
