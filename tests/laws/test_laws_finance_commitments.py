"""The cheapest split of a fleet: equal to brute force, and sensible at the margin."""

import itertools

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from steelyard.errors import InputError
from steelyard.finance.commitments import CommitmentOffer, busy_hours, cheapest_commitments

PRICE = st.integers(0, 40).map(float)


@st.composite
def fleets(draw, n_months=4, n_levels=2):
    rows = draw(st.lists(st.lists(st.integers(0, 100), min_size=n_levels, max_size=n_levels), min_size=n_months,
                         max_size=n_months))  # fmt: skip
    busy = np.sort(np.array(rows, dtype=float), axis=1)[:, ::-1]
    offers = [CommitmentOffer(f"{term} months", term, draw(PRICE)) for term in (2, 3)]
    return busy, offers, draw(st.sampled_from([0.0, 0.5, 1.0]))


def brute_force(busy, usd_per_h, offers, owed):
    """Return the least cost over every number of units of every offer in every month."""
    n_months, n_levels = busy.shape
    starts = [(m, o) for m in range(n_months) for o in offers]
    best = np.inf
    for units in itertools.product(range(n_levels + 1), repeat=len(starts)):
        committed, usd = np.zeros(n_months, dtype=int), 0.0
        for n, (m, o) in zip(units, starts, strict=True):
            committed[m : m + o.term_months] += n
            inside = min(o.term_months, n_months - m)
            usd += n * o.usd_per_unit_month * (inside + owed * (o.term_months - inside))
        usd += usd_per_h * sum(busy[m, min(c, n_levels) :].sum() for m, c in enumerate(committed))
        best = min(best, usd)
    return best


@settings(max_examples=30)
@given(fleets(n_months=3))
def test_the_split_equals_brute_force(case):
    busy, offers, owed = case
    plan = cheapest_commitments(busy, 0.5, offers, owed_after_horizon=owed)
    assert plan.usd == pytest.approx(brute_force(busy, 0.5, offers, owed))


@settings(max_examples=4)
@given(fleets(n_months=4))
def test_the_split_equals_brute_force_over_more_months(case):
    busy, offers, owed = case
    plan = cheapest_commitments(busy, 0.5, offers[1:], owed_after_horizon=owed)
    assert plan.usd == pytest.approx(brute_force(busy, 0.5, offers[1:], owed))


@given(fleets(n_months=6, n_levels=5))
def test_the_plan_adds_up(case):
    busy, offers, owed = case
    plan = cheapest_commitments(busy, 0.5, offers, owed_after_horizon=owed)
    units = np.zeros(6, dtype=int)
    usd = 0.0
    for c in plan.commitments:
        units[c.month - 1 : c.month - 1 + c.offer.term_months] += c.units
        inside = min(c.offer.term_months, 7 - c.month)
        usd += c.units * c.offer.usd_per_unit_month * (inside + owed * (c.offer.term_months - inside))
    assert tuple(units) == plan.committed_units
    hours = [busy[m, n:].sum() for m, n in enumerate(units)]
    assert plan.on_demand_unit_h == pytest.approx(hours)
    assert plan.usd == pytest.approx(usd + 0.5 * sum(hours))


@given(st.lists(st.integers(0, 60), min_size=168, max_size=168), st.floats(0.1, 1.5))
def test_the_last_committed_unit_is_busy_for_the_ratio_of_the_prices(units, ratio):
    busy = busy_hours(np.array([units], dtype=float))
    plan = cheapest_commitments(busy, 2.0, [CommitmentOffer("month", 1, 2.0 * 730.5 * ratio)])
    n = plan.committed_units[0]
    if n > 0:
        assert busy[0, n - 1] / 730.5 >= ratio - 1e-9
    if n < busy.shape[1]:
        assert busy[0, n] / 730.5 <= ratio + 1e-9


@given(fleets(n_months=5, n_levels=3), st.floats(0.1, 1.0))
def test_a_dearer_offer_never_lowers_the_cost(case, more):
    busy, offers, owed = case
    dearer = [CommitmentOffer(o.id, o.term_months, o.usd_per_unit_month + more) for o in offers]
    cost = cheapest_commitments(busy, 0.5, offers, owed_after_horizon=owed).usd
    assert cheapest_commitments(busy, 0.5, dearer, owed_after_horizon=owed).usd >= cost - 1e-9
    assert cheapest_commitments(busy, 0.5, offers[:1], owed_after_horizon=owed).usd >= cost - 1e-9
    assert cheapest_commitments(busy, 0.5, offers, owed_after_horizon=0.0).usd <= cost + 1e-9


def test_growth_is_met_by_commitments_taken_later():
    need = np.repeat(np.arange(1.0, 25.0)[:, None], 168, axis=1)
    busy = busy_hours(need)
    plan = cheapest_commitments(busy, 2.0, [CommitmentOffer("1y", 12, 1000.0)])
    assert plan.committed_units[12] > plan.committed_units[0]
    leave_free = cheapest_commitments(busy, 2.0, [CommitmentOffer("1y", 12, 1000.0)], owed_after_horizon=0.0)
    assert len({c.month for c in leave_free.commitments}) > 2
    assert leave_free.usd < plan.usd
    at_once = [units * 24 * 1000.0 + 2.0 * busy[:, units:].sum() for units in range(25)]
    assert plan.usd < min(at_once)


def test_what_cannot_be_meant_is_refused():
    with pytest.raises(InputError, match="rise with the level"):
        cheapest_commitments(np.array([[1.0, 2.0]]), 1.0, [])
    with pytest.raises(InputError, match="term 0"):
        cheapest_commitments(np.array([[1.0]]), 1.0, [CommitmentOffer("x", 0, 1.0)])


def test_no_need_costs_nothing():
    assert cheapest_commitments(busy_hours(np.zeros((3, 168))), 1.0, [CommitmentOffer("x", 1, 1.0)]).usd == 0
