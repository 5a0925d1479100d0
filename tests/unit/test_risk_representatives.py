"""A few weighted draws keep the means and the odds of all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.risk.measures import p_best
from steelyard.risk.representatives import representatives


def made(seed, n=4096, k=5):
    rng = np.random.default_rng(seed)
    common = np.exp(rng.normal(0, 0.4, (n, 1)))
    return 1e6 * common * rng.uniform(0.8, 1.2, k) * np.exp(rng.normal(0, 0.15, (n, k)))


@given(st.integers(0, 200), st.integers(0, 4))
def test_means_are_met_and_odds_kept(seed, chosen):
    costs = made(seed)
    few = representatives(costs, chosen)
    assert len(few.draws) == 256
    assert np.all(few.weights > 0)
    assert few.weights.sum() == pytest.approx(1.0)
    assert few.weights @ costs[few.draws] == pytest.approx(costs.mean(axis=0), rel=1e-6)
    wins = (costs[few.draws].argmin(axis=1) == chosen) @ few.weights
    # An option that never or always wins among the draws kept may do so in a few of all.
    assert wins == pytest.approx(p_best(costs)[chosen], abs=1e-6 if 0 < wins < 1 else 0.01)
    margin = costs[:, chosen] - np.delete(costs, chosen, axis=1).min(axis=1)
    for share in (0.1, 0.5, 0.9):
        at = np.quantile(margin, share)
        assert (margin[few.draws] <= at) @ few.weights == pytest.approx(share, abs=0.03)


def test_few_draws_are_all_kept():
    few = representatives(made(1, n=100), 0)
    assert few.draws.tolist() == list(range(100))
    assert few.weights == pytest.approx(0.01)


def test_one_option_and_equal_options():
    one = made(2, k=1)
    assert representatives(one, 0).weights @ one[representatives(one, 0).draws] == pytest.approx(one.mean(axis=0))
    same = np.repeat(one, 2, axis=1)
    assert representatives(same, 0).weights.sum() == pytest.approx(1.0)
    assert representatives(np.ones((1000, 2)), 1).weights == pytest.approx(1 / 256, rel=0.3)
