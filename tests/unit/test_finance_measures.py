"""Present value, payback, internal rate, levelized cost: figures worked by hand."""

import numpy as np
import pytest

from steelyard.errors import InputError
from steelyard.finance import measures as m


def test_mid_month_present_value_by_hand():
    # 1 USD in months 1 and 2 at 12 % a year: 1.12 ** -(0.5 / 12) + 1.12 ** -(1.5 / 12).
    got = m.npv_usd(np.array([[1.0, 1.0], [2.0, 2.0]]), 0.12)
    assert got == pytest.approx([0.99529 + 0.98593, 2 * 1.98122], abs=2e-5)


def test_each_draw_has_its_own_rate():
    got = m.npv_usd(np.ones((2, 24)), np.array([[0.0], [1.0]]))
    assert got[0] == 24
    assert got[1] == pytest.approx(sum(2 ** (-(k + 0.5) / 12) for k in range(24)))


def test_levelized_cost_discounts_tokens_too():
    cost, tokens = np.array([[100.0, 0.0]]), np.array([[0.0, 10.0]])
    assert m.levelized_cost_usd_per_mtok(cost, tokens, 0.0)[0] == 10
    assert m.levelized_cost_usd_per_mtok(cost, tokens, 1.0)[0] == pytest.approx(10 * 2 ** (1 / 12))
    assert np.isnan(m.levelized_cost_usd_per_mtok(cost, tokens * 0, 0.1)[0])
    assert m.usd_per_request(cost, np.array([[40.0, 60.0]]), 0.0)[0] == 1


def test_payback_is_for_good():
    saving = np.array([
        [-100.0, 150.0, -100.0, 20.0],  # positive in month 2, lost again
        [-100.0, 150.0, -100.0, 60.0],  # positive in month 2, lost, regained in month 4
        [-100.0, 60.0, 60.0, 60.0],  # month 3
        [5.0, 5.0, 5.0, 5.0],  # month 1
    ])  # fmt: skip
    odds = m.payback_odds(saving)
    assert odds.prob_by_month.tolist() == [0.25, 0.25, 0.5, 0.75]
    assert odds.prob_within_horizon == 0.75
    assert odds.p50_months == 3
    assert m.payback_odds(saving[:1]).p50_months is None


def test_discounted_payback_comes_later():
    saving = np.concatenate([[-100.0], np.full(23, 5.0)])[None, :]
    assert m.payback_odds(saving).p50_months == 22
    assert m.payback_odds(saving, discount_rate_per_year=0.10).p50_months == 23


@pytest.mark.parametrize(("flow", "rates"), [
    ([-100] + [0] * 11 + [110], [0.10]),
    ([-100] + [0] * 11 + [230] + [0] * 11 + [-132], [0.10, 0.20]),
    ([-100] + [0] * 23 + [25], [-0.5]),
])  # fmt: skip
def test_internal_rates_by_hand(flow, rates):
    found = m.irr(np.array(flow, dtype=float))
    assert found.yearly == pytest.approx(rates, abs=1e-6)
    assert ("more than once" in found.warning) == (len(rates) > 1)


def test_no_internal_rate_is_said_so():
    assert "never changes sign" in m.irr(np.ones(5)).warning
    nothing = m.irr(np.array([100.0] + [0] * 11 + [-200.0] + [0] * 11 + [150.0]))
    assert nothing.yearly == ()
    assert "no internal rate" in nothing.warning


def test_crossings_may_be_none_one_several_or_a_jump():
    assert m.find_crossings(lambda x: x + 1, 1, 1e6) == ()
    assert m.find_crossings(lambda x: x - 31e6, 1, 1e9) == pytest.approx((31e6,), rel=1e-8)
    assert m.find_crossings(np.cos, 1, 10) == pytest.approx(np.pi * np.array([0.5, 1.5, 2.5]))
    assert m.find_crossings(lambda x: np.where(x < 7, -1.0, 1.0), 1, 100) == pytest.approx((7,))
    assert m.find_crossings(lambda x: x - 10, 1, 100) == pytest.approx((10,))
    assert m.find_crossings(lambda x: x * 0, 1, 100) == ()
    assert m.find_crossings(lambda x: np.maximum(x - 10, 0), 1, 100) == ()
    assert m.find_crossings(lambda x: np.where(x < 50, np.nan, x - 60), 1, 100) == pytest.approx((60,))
    assert m.find_crossings(lambda x: np.sign(np.round(np.log10(x) - 1)), 1, 100)[0] == pytest.approx(10**0.5, rel=0.2)
    with pytest.raises(InputError, match="0 < low < high"):
        m.find_crossings(np.sin, 0, 1)


def test_capital_recovery_and_depreciation():
    assert m.capital_recovery_factor(0.10, 5) == pytest.approx(0.26380, abs=5e-6)
    assert m.capital_recovery_factor(0.0, 8) == 0.125
    assert m.straight_line_depreciation_usd(1000, 100, 3, 5).tolist() == [300, 300, 300, 0, 0]
