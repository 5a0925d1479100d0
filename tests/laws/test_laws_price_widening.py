"""Age and disagreement say that less is known; they must not move what is expected."""

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from option_example import VALUES, card, catalogue, demand, offer
from steelyard.domain.evidence import Evidence, Figure, Grade
from steelyard.domain.uncertain import Uncertain
from steelyard.facts.prices.ageing import card_spread, drift_spread, offer_spread
from steelyard.options.bought import bought_option
from steelyard.options.option import listing_name
from steelyard.risk.distributions import mean_of
from steelyard.risk.inputs import GpuRentFactor, PinnedPriceFactor
from steelyard.risk.sample import sample
from steelyard.risk.widening import Levelled, level, widened
from steelyard.study.inputs import draw_inputs
from steelyard.study.load import study_from_text

SEEN = date(2026, 1, 1)
STUDY = """study: made-up
traffic:
  requests_per_month: 1M
  input_tokens: {p50: 900, p95: 4k}
  output_tokens: {p50: 150, p95: 600}
today: {provider: seller, model: today}
"""
SPREADS = st.floats(0, 1.2)


def evidence(grade: Grade = Grade.SECONDARY, seen: date = SEEN) -> Evidence:
    return Evidence(source="a page", as_of=seen, grade=grade)


def drift(name: str, value: float) -> Figure:
    return Figure(name=name, value=value, low=0.0, high=2 * value, unit="1/sqrt(month)", evidence=evidence())


FIGURES = {
    f.name: f for f in (drift("drift.token_price", 0.05), drift("drift.power", 0.02), drift("drift.other", 0.01))
}


def listed(disagreement: float, grade: Grade = Grade.SECONDARY):
    return card().model_copy(update={"disagreement_fraction": disagreement, "evidence": evidence(grade)})


@given(st.floats(1e-6, 1e9), st.floats(1, 8), st.floats(1, 8), SPREADS, SPREADS)
def test_more_spread_never_narrows_and_keeps_the_mean(p50, low, high, spread, more):
    stated = Uncertain(p10=p50 / low, p50=p50, p90=p50 * high)
    once, twice = widened(stated, spread), widened(stated, spread + more)
    assert mean_of(once) == pytest.approx(mean_of(stated), rel=1e-9)
    assert mean_of(twice) == pytest.approx(mean_of(stated), rel=1e-9)
    assert stated.p90 / stated.p10 <= once.p90 / once.p10 * (1 + 1e-12) <= twice.p90 / twice.p10 * (1 + 1e-9)


@given(st.floats(0, 2), st.floats(0, 2), st.integers(0, 3000), st.integers(0, 3000))
def test_more_disagreement_or_age_never_narrows_a_list_price(fraction, more, days, later):
    day = SEEN + timedelta(days=days)
    base = card_spread(listed(fraction), day, FIGURES)
    assert card_spread(listed(fraction + more), day, FIGURES) >= base
    assert card_spread(listed(fraction), day + timedelta(days=later), FIGURES) >= base
    assert base >= math.log1p(fraction)


def test_no_age_and_no_disagreement_leave_a_figure_as_it_is():
    stated = Uncertain(p10=1, p50=2, p90=3)
    assert card_spread(listed(0.0), SEEN, FIGURES) == 0
    before, after = (card_spread(listed(0.0), SEEN + sign * timedelta(days=9), FIGURES) for sign in (-1, 1))
    assert before == after > 0
    assert drift_spread("power.x", evidence(), SEEN, FIGURES) == 0
    assert widened(stated, 0.0) is stated
    assert level(0.0, 0.0).is_point


@given(st.floats(0, 2), st.integers(0, 3000))
def test_the_organisations_own_quote_does_not_widen(fraction, days):
    day = SEEN + timedelta(days=days)
    assert card_spread(listed(fraction, Grade.USER), day, FIGURES) == 0
    assert drift_spread("power.x", evidence(Grade.USER), day, FIGURES) == 0


@given(st.floats(0.05, 1), st.floats(1, 3), st.integers(0, 2000), st.integers(0, 2000))
def test_a_rent_is_no_surer_than_its_estimate_and_less_sure_with_age(low, high, days, later):
    price = 2.0
    stated = {"evidence": evidence(), "low_usd_per_device_h": low * price, "high_usd_per_device_h": high * price}
    seen = offer(usd=price).model_copy(update=stated)
    figures = {"drift.gpu_rent": drift("drift.gpu_rent", 0.08)}
    below, above = offer_spread(seen, SEEN + timedelta(days=days), figures)
    assert below >= -math.log(low) * (1 - 1e-12)
    assert above >= math.log(high) * (1 - 1e-12)
    older = offer_spread(seen, SEEN + timedelta(days=days + later), figures)
    assert older[0] >= below
    assert older[1] >= above


def test_a_drift_nobody_stated_is_none():
    assert drift_spread("power.x", evidence(), date(2027, 1, 1), {}) == 0


def test_the_interval_reaches_the_source_that_is_farthest():
    spread = card_spread(listed(1.0), SEEN, FIGURES)
    factor = level(spread, spread)
    assert factor.p90 / factor.p50 == pytest.approx(2.0)
    assert factor.p50 / factor.p10 == pytest.approx(2.0)


@given(st.floats(0, 1.5), st.floats(0, 1.5))
def test_a_level_has_mean_one(below, above):
    assert mean_of(level(below, above)) == pytest.approx(1.0)


@pytest.mark.parametrize("spec", [
    PinnedPriceFactor("price", announced=((3, 2.0),)), GpuRentFactor("rent"),
], ids=["price", "rent"])  # fmt: skip
def test_a_level_spreads_every_month_alike_and_moves_no_mean_nor_announced_step(spec):
    plain = sample([spec], n_draws=400, n_months=6, seed=5)
    loose = sample([Levelled(spec, level(0.4, 0.4))], n_draws=400, n_months=6, seed=5)
    assert np.array_equal(loose.means[spec.name], plain.means[spec.name])
    ratio = loose.values[spec.name] / plain.values[spec.name]
    assert np.allclose(ratio, ratio[:, :1])
    assert ratio.mean() == pytest.approx(1.0, abs=0.01)
    assert np.quantile(ratio[:, 0], 0.9) / np.quantile(ratio[:, 0], 0.1) == pytest.approx(math.exp(0.8), rel=0.03)


def test_a_known_level_changes_no_draw():
    spec = PinnedPriceFactor("price")
    plain = sample([spec], n_draws=50, n_months=6, seed=5)
    same = sample([Levelled(spec, level(0.0, 0.0))], n_draws=50, n_months=6, seed=5)
    assert all(np.array_equal(plain.values[name], same.values[name]) for name in plain.values)


def drawn_prices(disagreement: float, grade: Grade = Grade.SECONDARY, as_of: date = date(2026, 11, 1)):
    """Month 1 of a listing's price over list, as a decision draws it."""
    listing = listed(disagreement, grade)
    figures = {name: value for name, value in VALUES.items() if "." in name} | {
        "price.api_follow_tier_factor_per_year": 0.85, "price.api_pinned_change_hazard_per_year": 0.14,
        "price.api_retirement_hazard_per_year": 0.17,
    }  # fmt: skip
    known = catalogue(figures)
    known = replace(known, as_of=as_of, rate_cards=(listing,), figures={**known.figures, **FIGURES})
    study = study_from_text(STUDY, "made-up.yaml")
    option = bought_option(listing, demand())
    drawn = draw_inputs(study, demand(), [option], known, seed=3, n_draws=512)
    name = listing_name(listing)
    return drawn.values[name][:, 0], drawn.means[name][:, 0]


def spread_of(values) -> float:
    low, high = np.quantile(values, (0.1, 0.9))
    return float(high / low)


def test_a_decision_draws_a_wider_price_where_sources_disagree_or_are_old():
    young = date(2026, 1, 31)
    sure, _ = drawn_prices(0.0, as_of=SEEN)
    aged, _ = drawn_prices(0.0, as_of=young)
    older, _ = drawn_prices(0.0)
    disputed, mean = drawn_prices(0.5)
    assert np.all(sure == 1.0)
    assert 1.0 < spread_of(aged) < spread_of(older) < spread_of(disputed)
    assert spread_of(disputed) == pytest.approx(
        math.exp(2 * card_spread(listed(0.5), date(2026, 11, 1), FIGURES)), rel=0.03
    )
    assert mean[0] == 1.0
    assert disputed.mean() == pytest.approx(1.0, abs=0.01)


def test_a_decision_takes_the_organisations_own_quote_as_it_is():
    own, _ = drawn_prices(0.5, Grade.USER)
    assert np.all(own == 1.0)
