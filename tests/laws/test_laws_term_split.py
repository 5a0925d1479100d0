"""Laws of the split between machines held under a term and hours paid as needed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.finance.commitments import CommitmentOffer, busy_hours, cheapest_commitments
from steelyard.options.fleet import cheapest_split
from steelyard.units import HOURS_PER_MONTH

WEEKS = st.lists(st.integers(0, 9), min_size=168, max_size=168).map(lambda hours: np.array(hours, np.float64))
PRICES = st.floats(0.1, 50.0)


@given(WEEKS, PRICES, st.floats(0.05, 1.5))
def test_no_other_number_is_cheaper_and_the_last_machine_is_busy_enough(week, by_hour, ratio) -> None:
    term = by_hour * ratio
    split = cheapest_split(week, term, by_hour)

    def usd(held: int) -> float:
        return (held * term + np.maximum(week - held, 0.0).mean() * by_hour) * HOURS_PER_MONTH

    assert split.usd_per_month == pytest.approx(min(usd(k) for k in range(10)), rel=1e-12, abs=1e-9)
    assert split.usd_per_month == pytest.approx(usd(split.committed), rel=1e-12, abs=1e-9)
    if split.committed > 0:
        assert (week >= split.committed).mean() >= ratio - 1e-9
    assert split.usd_per_month <= min(usd(0), usd(int(week.max()))) + 1e-9


@given(WEEKS, PRICES, st.floats(0.05, 0.99))
def test_a_week_that_repeats_gives_the_exact_plan_of_commitments(week, by_hour, ratio) -> None:
    months = 12
    split = cheapest_split(week, by_hour * ratio, by_hour)
    offer = CommitmentOffer("1y", months, by_hour * ratio * HOURS_PER_MONTH)
    plan = cheapest_commitments(busy_hours(np.tile(week, (months, 1))), by_hour, [offer])
    assert plan.usd == pytest.approx(split.usd_per_month * months, rel=1e-9, abs=1e-6)


@given(WEEKS, PRICES, st.integers(1, 12))
def test_at_least_so_many_are_held(week, by_hour, least) -> None:
    assert cheapest_split(week, by_hour, by_hour / 2, least=least).committed >= least
