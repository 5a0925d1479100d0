"""What our dated entries add to the price package: sourced, in force on their day, never in the way of an own one."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from option_example import card
from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.price import CardAmendment, FineTuningPrice, RateCard
from steelyard.facts import load_catalogue
from steelyard.facts.load import DATA
from steelyard.facts.prices.names import spelling
from steelyard.facts.prices.overlay_cards import amended, overlaid
from steelyard.facts.snapshot import load_entries

AS_OF = date(2026, 11, 23)
CATALOGUE = load_catalogue(AS_OF)
KEY = ("seller", "seller/today")


def evidence(seen: date, grade: Grade = Grade.SECONDARY) -> Evidence:
    return Evidence(source="a page", as_of=seen, grade=grade)


def entry(usd: str, start: date | None, seen: date = date(2026, 1, 1), grade: Grade = Grade.SECONDARY) -> RateCard:
    return card(uncached=usd).model_copy(update={"valid_from": start, "evidence": evidence(seen, grade)})


def price(found: RateCard) -> Decimal:
    return found.tiers[0].prices.uncached_input


def test_the_newest_entry_in_force_counts_and_later_ones_are_announced() -> None:
    entries = [entry("3", date(2026, 6, 1)), entry("1", date(2026, 1, 1)), entry("2", date(2026, 3, 1))]
    found = overlaid({}, entries, date(2026, 4, 1), ())[KEY]
    assert price(found) == 2
    assert [price(later) for later in found.announced] == [3]


@given(st.lists(st.integers(0, 400), min_size=1, max_size=6, unique=True), st.integers(0, 420))
def test_no_entry_is_in_force_before_its_day(days: list[int], day: int) -> None:
    start = date(2026, 1, 1)
    entries = [entry(str(n + 1), start + timedelta(days=n)) for n in days]
    found = overlaid({}, entries, start + timedelta(days=day), ()).get(KEY)
    begun = [n for n in days if n <= day]
    assert (found is None) == (not begun)
    if found is not None:
        assert price(found) == max(begun) + 1
        assert [price(a) for a in found.announced] == sorted(n + 1 for n in days if n > day)


def test_a_packaged_entry_nobody_had_seen_is_not_known() -> None:
    assert not overlaid({}, [entry("1", None, date(2026, 5, 1))], date(2026, 4, 1), ())


def test_a_packaged_entry_of_a_model_not_yet_released_is_left_out() -> None:
    hosted = entry("1", None).model_copy(update={"open_weights": True, "model": "open-1b"})
    assert not overlaid({}, [hosted], AS_OF, ())
    assert overlaid({}, [hosted], AS_OF, {"open-1b"})


def test_the_organisations_own_entry_holds_at_any_date() -> None:
    mine = entry("7", None, date(2026, 12, 1), Grade.USER)
    assert price(overlaid({KEY: card()}, [mine], date(2025, 1, 1), ())[KEY]) == 7


def test_an_own_contract_that_begins_later_is_an_announced_change() -> None:
    found = overlaid({KEY: card(uncached="5")}, [entry("7", date(2027, 1, 1), grade=Grade.USER)], AS_OF, ())[KEY]
    assert price(found) == 5
    assert [price(a) for a in found.announced] == [7]


def test_an_amendment_adds_a_field_and_its_source_to_the_list_price() -> None:
    change = CardAmendment(seller="seller", models=("seller/today", "seller/unknown"), regional_uplift=0.1,
                           cache_write_5m=Decimal(2), evidence=evidence(date(2026, 2, 1)))  # fmt: skip
    later = card().model_copy(update={"announced": (entry("9", date(2027, 1, 1)),)})
    assert amended({KEY: later}, [change], date(2026, 1, 31)) == {KEY: later}
    found = amended({KEY: later}, [change], AS_OF)
    assert set(found) == {KEY}
    assert found[KEY].regional_uplift == found[KEY].announced[0].regional_uplift == 0.1
    assert found[KEY].tiers[0].prices.cache_write_5m == 2
    assert price(found[KEY]) == price(later)
    assert found[KEY].also == (change.evidence,)


def test_a_listing_shows_its_models_first_and_last_day_and_its_own_before_those() -> None:
    managed = CATALOGUE.rate_card("openai", "openai/gpt-5")
    hosted = CATALOGUE.rate_card("aws", "llama-3.3-70b")
    assert managed is not None
    assert hosted is not None
    assert managed.retires == date(2026, 12, 11) == CATALOGUE.managed_models["openai/gpt-5"].retires
    assert hosted.retires == date(2027, 3, 30)


def test_every_amendment_meets_a_listing() -> None:
    for change in load_entries(DATA).api_amendments:
        for model in change.models:
            names = {model, model.rpartition("/")[2], spelling(model)}
            assert any(CATALOGUE.rate_card(change.seller, n) is not None for n in names), f"{change.seller}/{model}"


def test_overlay_entries_are_sourced_dated_and_under_a_licence() -> None:
    entries = load_entries(DATA)
    found = [(e.id, e.evidence) for e in (*entries.fine_tuning_prices, *entries.provisioned_offers,
                                          *entries.provisioned_throughput)]  # fmt: skip
    found += [(f"{e.seller}/{e.model}", e.evidence) for e in entries.api_prices]
    found += [(f"{e.seller}/{e.models[0]}", e.evidence) for e in entries.api_amendments]
    assert len({name for name, _ in found}) >= len(found) - len(entries.api_amendments)
    for name, seen in found:
        assert seen.licence in {"MIT", "MIT, Apache-2.0", "CC-BY-4.0"}, name
        assert date(2026, 1, 1) <= seen.as_of <= AS_OF, name


def test_a_region_costs_a_tenth_more_where_the_seller_says_so() -> None:
    uplift = {c.model: c.regional_uplift for c in CATALOGUE.rate_cards}
    assert uplift["openai/gpt-5.4-mini"] == uplift["anthropic/claude-sonnet-5"] == 0.1
    assert uplift["openai/gpt-4o"] == 0.0


def test_batch_prices_the_package_lacks_are_carried() -> None:
    for seller, model in (("google", "google/gemini-3.5-flash"), ("aws", "gpt-oss-120b"), ("aws", "llama-3.3-70b")):
        found = CATALOGUE.rate_card(seller, model)
        assert found is not None
        assert found.batch_discount == 0.5


def test_hosts_the_package_does_not_list_are_on_sale() -> None:
    hosts = {c.seller for c in CATALOGUE.rate_cards if c.model == "qwen3-235b-a22b-instruct-2507"}
    assert hosts == {"aws", "deepinfra"}


def test_self_serve_tuning_at_openai_closes_on_its_dates() -> None:
    closing = [p for p in CATALOGUE.fine_tuning_prices.values() if p.seller == "openai"]
    assert closing
    assert {p.closed_to_new_organisations_from for p in closing} == {date(2026, 5, 7)}
    assert {p.no_new_jobs_from for p in closing} == {date(2027, 1, 6)}


def regional_over_global(prices: dict[str, FineTuningPrice], model: str) -> float:
    near, anywhere = (prices[f"azure/{model}/{scope}/supervised"] for scope in ("regional", "global"))
    assert near.training_usd_per_mtok is not None
    assert anywhere.training_usd_per_mtok is not None
    return float(near.training_usd_per_mtok / anywhere.training_usd_per_mtok)


@pytest.mark.parametrize("model", ["gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-4o", "gpt-4o-mini"])
def test_tuning_in_one_region_costs_a_tenth_more_than_anywhere(model: str) -> None:
    assert regional_over_global(dict(CATALOGUE.fine_tuning_prices), model) == pytest.approx(1.1)


def test_tuning_prices_are_within_bounds() -> None:
    for p in CATALOGUE.fine_tuning_prices.values():
        low, high = p.training_usd_per_mtok, p.high_training_usd_per_mtok
        assert low is None or Decimal("0.1") <= low <= 100, p.id
        assert low is None or high is None or low < high, p.id
        assert p.training_usd_per_h is None or 10 <= p.training_usd_per_h <= 500, p.id
        assert p.hosting_usd_per_h is None or 0.1 <= p.hosting_usd_per_h <= 10, p.id
        known = (p.training_usd_per_mtok, p.training_usd_per_h, p.hosting_usd_per_h, p.inference)
        assert any(value is not None for value in known), p.id


def test_units_are_priced_by_the_hour_or_by_the_month() -> None:
    for offer in CATALOGUE.provisioned_offers.values():
        assert (offer.usd_per_unit_h is None) != (offer.usd_per_unit_month is None), offer.id
        assert (offer.term_months > 0) == (offer.usd_per_unit_month is not None), offer.id
        assert offer.usd_per_unit_h is None or 1.0 <= offer.usd_per_unit_h <= 2.5, offer.id


def test_a_unit_has_the_price_of_its_day() -> None:
    name = "azure/openai/data_zone/hourly-asia-pacific"
    assert CATALOGUE.provisioned_offers[name].usd_per_unit_h == 1.2
    assert load_catalogue(date(2026, 7, 15)).provisioned_offers[name].usd_per_unit_h == 1.1
    assert name not in load_catalogue(date(2026, 5, 15)).provisioned_offers


def test_a_unit_carries_more_of_a_smaller_model() -> None:
    carries = {t.model: t.input_tokens_per_minute_per_unit for t in CATALOGUE.provisioned_throughput.values()}
    assert carries["openai/gpt-4.1-nano"] > carries["openai/gpt-4.1-mini"] > carries["openai/gpt-4.1"]
    for throughput in CATALOGUE.provisioned_throughput.values():
        assert throughput.least_units % throughput.unit_step == 0, throughput.id
        assert throughput.least_units <= throughput.least_units_regional, throughput.id
        assert throughput.model in CATALOGUE.managed_models, throughput.id


def test_a_full_unit_by_the_hour_costs_more_a_token_than_list() -> None:
    """A full unit of gpt-4.1, 3,000 input tokens a minute at 1 USD/h: 5.56 USD/Mtok against 2 at list."""
    unit = CATALOGUE.provisioned_throughput["azure/openai/gpt-4.1"]
    hourly = CATALOGUE.provisioned_offers["azure/openai/global/hourly"].usd_per_unit_h
    assert hourly is not None
    assert hourly / (unit.input_tokens_per_minute_per_unit * 60 / 1e6) == pytest.approx(5.556, abs=1e-3)
