"""Price history: sourced, licensed, in order, only growing, and what it says of days that are well known."""

import hashlib
import itertools
import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from steelyard.facts import load_catalogue
from steelyard.facts.load import DATA
from steelyard.facts.past_quality import QUALITY_FROM, quality_on
from steelyard.facts.prices.history import PastListing, ended_listings, first_known, price_history
from steelyard.facts.prices.rents import PastOffer, rent_history

RECORD = Path(__file__).with_name("price_history_entries.json")
LISTINGS = price_history()
OFFERS = rent_history()
FIRST_DAY, LAST_DAY = date(2023, 1, 1), date(2026, 11, 10)


def listing(seller: str, name: str) -> PastListing:
    return next(one for one in LISTINGS if (one.seller, one.name) == (seller, name))


def on(seller: str, name: str, day: date) -> tuple[float, float]:
    price = listing(seller, name).on(day)
    assert price is not None
    return float(price.uncached_input), float(price.output)


@pytest.mark.parametrize("one", LISTINGS, ids=lambda one: f"{one.seller}/{one.name}")
def test_a_listing_moves_forward_in_time_and_every_entry_says_something(one: PastListing) -> None:
    days = [price.start for price in one.prices]
    assert days == sorted(set(days))
    assert days[0] >= FIRST_DAY
    assert days[-1] <= LAST_DAY
    for price in one.prices:
        assert Decimal(0) < price.uncached_input <= Decimal(200), "USD/Mtok"
        assert Decimal(0) < price.output <= Decimal(1000), "USD/Mtok"
        assert price.cache_read is None or price.cache_read < price.uncached_input
        assert price.licence in {"MIT", "Apache-2.0"}
        assert price.source
        assert price.basis
        assert price.url is None or price.url.startswith("https://")
    for before, after in itertools.pairwise(one.prices):
        told = [(p.uncached_input, p.output, p.cache_read) for p in (before, after)]
        assert told[0] != told[1], "an entry that repeats the one before is no move"
        assert before.until is None


@pytest.mark.parametrize("one", OFFERS, ids=lambda one: f"{one.id}:{one.accelerator}")
def test_a_rent_is_dated_in_order_and_within_bounds(one: PastOffer) -> None:
    days = [price.on for price in one.prices]
    assert days == sorted(set(days))
    assert all(0.2 <= price.usd_per_device_h <= 20 for price in one.prices), "USD per device and hour"
    assert one.source


def test_sources_without_a_licence_are_quoted_at_most_twice_a_seller() -> None:
    quoted = Counter(one.seller for one in OFFERS if one.licence is None for price in one.prices
                     if price.on != date(2026, 9, 25))  # the price list of that day is licensed  # fmt: skip
    assert max(quoted.values()) <= 2


def test_history_only_grows() -> None:
    recorded = set(json.loads(RECORD.read_text(encoding="utf-8")))
    present: set[str] = set()
    for folder in ("api_price_history", "gpu_price_history"):
        for path in sorted((DATA / folder).glob("*.json")):
            content = json.loads(path.read_text(encoding="utf-8"))
            for one in (*content.get("listings", {}).values(), *content.get("offers", ())):
                for entry in one["prices"]:
                    fact = {
                        k: v for k, v in entry.items() if k in {"from", "input", "output", "on", "usd_per_device_h"}
                    }
                    told = json.dumps([f"{folder}/{path.name}", fact], sort_keys=True)
                    present.add(hashlib.sha256(told.encode()).hexdigest()[:8])
    assert not recorded - present, "an entry was changed or removed: a correction is a new dated entry"
    assert not present - recorded, "record new entries with scripts/build_price_history.py"


@pytest.mark.parametrize(
    ("seller", "name", "day", "usd"),
    [
        ("anthropic", "claude-2", date(2023, 8, 1), (11.02, 32.68)),
        ("anthropic", "claude-2", date(2024, 1, 1), (8, 24)),
        ("openai", "gpt-3.5-turbo", date(2023, 8, 1), (1.5, 2)),
        ("openai", "gpt-3.5-turbo", date(2024, 1, 1), (1, 2)),
        ("openai", "gpt-4o", date(2024, 6, 1), (5, 15)),
        ("openai", "gpt-4o", date(2025, 6, 1), (2.5, 10)),
        ("openai", "o3", date(2025, 6, 1), (10, 40)),
        ("openai", "o3", date(2025, 6, 30), (2, 8)),
        ("deepseek", "deepseek-chat", date(2025, 6, 1), (0.27, 1.1)),
        ("mistral", "mistral-large", date(2024, 3, 1), (8, 24)),
        ("google", "gemini-3.6-flash", date(2026, 8, 12), (1.5, 7.5)),
        ("google", "gemini-3.6-flash", date(2026, 8, 13), (0.75, 3.75)),
    ],
)
def test_prices_of_well_known_days(seller: str, name: str, day: date, usd: tuple[float, float]) -> None:
    assert on(seller, name, day) == usd


def test_a_price_taken_back_by_another_source_is_no_move() -> None:
    prices = [(float(p.uncached_input), float(p.output)) for p in listing("openai", "o1-mini").prices]
    assert prices[:2] == [(3, 12), (1.1, 4.4)]
    assert set(prices[1:]) == {(1.1, 4.4)}, "a list showed 3 and 12 again for six days of June 2025"


def test_every_first_party_seller_of_the_time_and_its_first_days_are_known() -> None:
    assert {"anthropic", "cohere", "deepseek", "google", "mistral", "openai", "perplexity", "xai"} <= {
        one.seller for one in LISTINGS}  # fmt: skip
    assert first_known("gpt-5.4-mini", seller="openai") == first_known("openai/gpt-5.4-mini") == date(2026, 3, 17)
    assert first_known("no such model") is None
    assert first_known("gpt-5.4-mini", seller="anthropic") is None


def test_a_listing_taken_down_is_not_sold_again() -> None:
    key = ("anthropic", "anthropic/claude-3-5-haiku-latest")
    assert key in ended_listings(date(2026, 6, 1))
    assert key not in ended_listings(date(2025, 6, 1))
    assert load_catalogue(date(2026, 6, 1)).rate_card(*key) is None
    assert load_catalogue(date(2025, 6, 1)).rate_card(*key) is not None


def test_cache_prices_come_with_the_cache_and_not_before() -> None:
    def prices(day: date, model: str) -> tuple[Decimal | None, Decimal | None]:
        card = load_catalogue(day).rate_card("anthropic", f"anthropic/{model}")
        assert card is not None
        return card.tiers[0].prices.cache_read, card.tiers[0].prices.cache_write_5m

    assert prices(date(2024, 7, 1), "claude-3-5-sonnet") == (None, None)
    assert prices(date(2026, 6, 1), "claude-sonnet-4-5") == (Decimal("0.3"), Decimal("3.75"))


def test_hosts_and_vendors_agree_with_the_price_package_where_history_ends() -> None:
    history, package = load_catalogue(date(2026, 11, 9)), load_catalogue(date(2026, 11, 10))
    pairs = [(card, package.rate_card(card.seller, card.model)) for card in history.rate_cards]
    same = [a.tiers[0].prices.uncached_input == b.tiers[0].prices.uncached_input for a, b in pairs if b is not None]
    assert len(same) > 150
    assert sum(same) / len(same) > 0.9


def test_the_rent_in_force_is_that_of_the_day() -> None:
    def rent(day: date) -> float:
        offers = load_catalogue(day).gpu_offers
        return next(o.usd_per_device_h for o in offers if o.id == "aws/p5.48xlarge/us-east-1/on_demand")

    assert [rent(d) for d in (date(2024, 1, 1), date(2025, 6, 4), date(2025, 6, 5), date(2026, 1, 1))] == [
        12.29, 12.29, 6.88, 6.88]  # fmt: skip


def test_terms_follow_the_rent_of_the_day() -> None:
    offers = {o.id: o for o in load_catalogue(date(2024, 1, 1)).gpu_offers}
    hour, year = (offers[f"aws/p5.48xlarge/us-east-1/{kind}"] for kind in ("on_demand", "reserved_1y"))
    today = {o.id: o for o in load_catalogue(date(2026, 11, 23)).gpu_offers}
    now_hour, now_year = (today[f"aws/p5.48xlarge/us-east-1/{kind}"] for kind in ("on_demand", "reserved_1y"))
    assert year.usd_per_device_h / hour.usd_per_device_h == pytest.approx(
        now_year.usd_per_device_h / now_hour.usd_per_device_h)  # fmt: skip


def test_a_server_costs_what_was_quoted_by_then() -> None:
    servers = {s.id: s for s in load_catalogue(date(2024, 1, 1)).servers}
    assert list(servers) == ["hgx-h100-8"]
    assert servers["hgx-h100-8"].usd == 270_000
    assert servers["hgx-h100-8"].evidence.as_of == date(2023, 5, 1)


def test_scores_are_fitted_on_what_had_been_measured_by_then() -> None:
    assert not quality_on(date(2025, 3, 5)).scores
    first, later = quality_on(QUALITY_FROM), quality_on(date(2025, 6, 1))
    assert first.calibration
    assert len(later.scores) > len(first.scores) > 10
    assert all(score.as_of <= QUALITY_FROM for score in first.scores)
    assert "openai/o3" not in {score.model for score in first.scores}


def test_a_past_day_says_what_it_cannot_know() -> None:
    missing = load_catalogue(date(2024, 1, 1)).missing
    assert 4 <= len(missing) <= 8
    assert any("Quality is not testable before 2025-03-06" in line for line in missing)
    assert any("of mistral before 2024-02-26" in line for line in missing)
    assert any("of l4 before 2024-05-07" in line for line in missing)
    assert not load_catalogue(date(2026, 11, 23)).missing
