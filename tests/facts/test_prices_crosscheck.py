"""Where sources disagree, and how age widens what they say."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.domain.evidence import Evidence, Figure, Grade
from steelyard.facts import load_catalogue
from steelyard.facts.prices.ageing import aged_interval
from steelyard.facts.prices.crosscheck import compared_by, disagreements, disputed

COMPARED = date(2026, 11, 23)
FIGURES = load_catalogue(COMPARED).figures


def figure(name: str, low: float, value: float, high: float) -> Figure:
    seen = Evidence(source="a page", as_of=date(2026, 1, 1), grade=Grade.PRIMARY)
    return Figure(name=name, value=value, low=low, high=high, unit="USD", evidence=seen)


def test_a_half_price_is_a_disagreement_of_its_share() -> None:
    found = {(d.model, d.field): d.fraction for d in disagreements()}
    assert found["gemini-3.5-flash", "input"] == pytest.approx((1.5 - 0.75) / 1.5)
    assert found["llama-3.3-70b@together", "output"] == pytest.approx((1.04 - 0.88) / 0.88)
    assert found["gpt-oss-120b@deepinfra", "input"] == pytest.approx((0.05 - 0.037) / 0.05)  # not billed: the median


def test_the_widest_comes_first_and_none_agrees() -> None:
    fractions = [d.fraction for d in disagreements()]
    assert fractions == sorted(fractions, reverse=True)
    assert min(fractions) > 0


def test_nothing_is_known_before_the_comparison() -> None:
    assert not compared_by(COMPARED - timedelta(days=1))
    assert compared_by(COMPARED)


def test_cards_carry_what_sources_disagree_on() -> None:
    cards = {(c.seller, c.model.rpartition("/")[2]): c for c in load_catalogue(COMPARED).rate_cards}
    assert cards["google", "gemini-3.5-flash"].disagreement_fraction == pytest.approx((9.0 - 3.75) / 9.0)
    assert cards["openai", "gpt-5.4-mini"].disagreement_fraction == 0
    assert cards["deepseek", "deepseek-v4-pro"].disagreement_fraction == pytest.approx((1.74 - 0.7975) / 0.7975)


def test_a_source_that_lists_the_peak_price_does_not_disagree() -> None:
    cards = {(c.seller, c.model.rpartition("/")[2]): c for c in load_catalogue(COMPARED).rate_cards}
    assert cards["deepseek", "deepseek-flash"].disagreement_fraction == 0


def test_a_price_that_moved_on_keeps_the_difference_as_it_was_found() -> None:
    found = next(c for c in load_catalogue(COMPARED).rate_cards if c.model == "google/gemini-3.5-flash")
    tier = found.tiers[0]
    dearer = tier.model_copy(update={"prices": tier.prices.model_copy(update={"output": tier.prices.output * 10})})
    moved = disputed(found.model_copy(update={"tiers": (dearer,)}), compared_by(COMPARED))
    assert moved.disagreement_fraction == pytest.approx((9.0 - 3.75) / 9.0)


def test_a_point_price_widens_by_the_root_of_its_age() -> None:
    point = figure("power.x", 1.0, 1.0, 1.0)
    low, high = aged_interval(point, date(2027, 1, 1), FIGURES)
    assert high == pytest.approx(1.0570, abs=2e-4)  # exp(0.016 * sqrt(365 / 30.4375))
    assert low * high == pytest.approx(1.0)


@given(st.integers(0, 2000), st.sampled_from(["gpu.a", "power.b", "c"]))
def test_a_later_figure_is_as_uncertain_for_an_earlier_day_as_an_old_one_is_today(days: int, name: str) -> None:
    known = figure(name, 0.5, 1.0, 3.0)
    seen, apart = known.evidence.as_of, timedelta(days=days)
    assert aged_interval(known, seen - apart, FIGURES) == aged_interval(known, seen + apart, FIGURES)


@given(st.integers(0, 2000), st.integers(1, 400), st.sampled_from(["gpu.a", "power.b", "c"]))
def test_an_interval_only_widens_with_age(days: int, more: int, name: str) -> None:
    known = figure(name, 0.5, 1.0, 3.0)
    day = known.evidence.as_of + timedelta(days=days)
    low, high = aged_interval(known, day, FIGURES)
    later_low, later_high = aged_interval(known, day + timedelta(days=more), FIGURES)
    assert later_low <= low <= 0.5 <= 1.0 <= 3.0 <= high <= later_high


def test_a_figure_at_zero_keeps_its_interval() -> None:
    assert aged_interval(figure("c", 0.0, 0.1, 0.2), date(2028, 1, 1), FIGURES) == (0.0, 0.2)
