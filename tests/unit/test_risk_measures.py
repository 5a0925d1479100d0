"""Measures of a spread of costs: figures worked by hand, and estimators against cases with a known answer."""

import numpy as np
import pytest

from steelyard.domain.uncertain import Uncertain
from steelyard.risk import measures as m
from steelyard.risk.sensitivity import distance_in_sd, first_order_share, information_values, tornado

COSTS = np.array([[1.0, 4.0], [2.0, 1.0], [3.0, 3.0], [6.0, 1.0]])


def test_by_hand():
    assert m.p_best(COSTS).tolist() == [1.5 / 4, 2.5 / 4]
    assert m.expected_regret(COSTS).tolist() == [1.5, 0.75]
    assert m.evpi(COSTS) == 0.75
    assert m.confidence(COSTS, 0, 1.0) == 0.75
    assert m.confidence(COSTS, 0, 0.9) == 0.5
    assert m.spread(np.arange(11.0)).model_dump() == {"p10": 1, "p50": 5, "p90": 9, "mean": 5}


def test_cvar_splits_the_draw_at_the_quantile():
    assert m.cvar(np.arange(1.0, 11.0), 0.9) == 10
    assert m.cvar(np.arange(1.0, 11.0), 0.85) == pytest.approx((10 + 0.5 * 9) / 1.5)
    assert m.cvar(COSTS, 0.5).tolist() == [4.5, 3.5]
    assert m.cvar(COSTS, 0.0).tolist() == COSTS.mean(axis=0).tolist()


def normal_case(seed=1, n=8192):
    """One option costs 0, the other x + noise: knowing x is worth E[max(-x, 0)] if the noise has mean 0."""
    rng = np.random.default_rng(seed)
    x, noise = rng.standard_normal((2, n))
    return x, noise, np.column_stack([np.zeros(n), x + 2 * noise])


def test_value_of_partial_information_of_a_normal_input():
    x, noise, costs = normal_case()
    exact = 1 / np.sqrt(2 * np.pi)  # E[max(-x, 0)]
    assert m.evppi(x, costs) == pytest.approx(exact, abs=0.05)
    assert m.evppi(noise, costs) == pytest.approx(2 * exact, abs=0.06)
    assert m.evppi(np.column_stack([x, noise]), costs) == pytest.approx(m.evpi(costs), rel=0.02)


def test_an_unrelated_input_is_worth_next_to_nothing():
    worths = [m.evppi(np.random.default_rng(seed + 100).standard_normal(8192), normal_case(seed)[2])
              for seed in range(12)]  # fmt: skip
    assert np.mean(worths) < 0.02
    assert min(worths) >= 0


def test_too_few_draws_or_options_are_worth_nothing():
    assert m.evppi(np.arange(4.0), COSTS) == 0
    assert m.evppi(np.arange(100.0), np.ones((100, 1))) == 0
    assert m.evppi(np.ones(100), np.column_stack([np.ones(100), np.arange(100.0)])) == 0


def test_information_values_are_ranked():
    x, noise, costs = normal_case()
    assert list(information_values({"b": x, "a": noise, "c": x * 0}, costs)) == ["a", "b", "c"]


def test_first_order_shares_of_a_sum():
    rng = np.random.default_rng(3)
    a, b, c = rng.standard_normal((3, 8192))
    y = a + 2 * b**2
    # Var(a) = 1, Var(2 b^2) = 8
    assert first_order_share(a, y) == pytest.approx(1 / 9, abs=0.03)
    assert first_order_share(b, y) == pytest.approx(8 / 9, abs=0.04)
    assert first_order_share(c, y) < 0.02
    assert first_order_share(a, a * 0) == 0


def test_tornado_is_sorted_by_swing():
    inputs = {"a": Uncertain.between(1, 2), "b": Uncertain.between(10, 30), "c": Uncertain.between(1, 2)}
    bars = tornado(lambda _, value: -value, inputs)
    assert [(bar.input, bar.low, bar.high, bar.swing) for bar in bars] == [
        ("b", -10, -30, 20), ("a", -1, -2, 1), ("c", -1, -2, 1)]  # fmt: skip


def test_distance_in_the_inputs_own_spread():
    u = Uncertain(p10=10, p50=20, p90=80)
    assert distance_in_sd(u, 80) == pytest.approx(1.28155, rel=1e-5)
    assert distance_in_sd(u, 10) == pytest.approx(1.28155, rel=1e-5)
    assert distance_in_sd(u, 320) == pytest.approx(2 * 1.28155, rel=1e-5)
    assert distance_in_sd(u, 20) == 0
    assert distance_in_sd(Uncertain.point(3), 4) is None


def test_margin_converges_with_the_draws():
    _, _, costs = normal_case()
    assert m.margin_standard_error(costs, 0) == pytest.approx(np.sqrt(5 / 8192), rel=0.03)
    assert m.margin_standard_error(costs[:2048], 0) == pytest.approx(np.sqrt(5 / 2048), rel=0.06)
    assert m.margin_standard_error(costs[:, :1], 0) == 0


def test_standard_error():
    assert m.standard_error(np.array([1.0, 3.0])) == 1.0
    assert m.standard_error(np.array([1.0])) == float("inf")
