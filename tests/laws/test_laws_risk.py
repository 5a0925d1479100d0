"""What must hold for any inputs, any costs, any seed."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from steelyard.domain.uncertain import Uncertain
from steelyard.finance import builder as b
from steelyard.finance.evaluate import evaluate
from steelyard.risk import measures as m
from steelyard.risk.distributions import mean_of
from steelyard.risk.inputs import (
    EngineGain,
    FollowTierFactor,
    GpuRentFactor,
    PinnedPriceFactor,
    RePickFactor,
    VolumePath,
)
from steelyard.risk.inputs import StaticInput as Static
from steelyard.risk.sample import sample

WIDE = Uncertain(p10=1, p50=3, p90=5)
SPECS = (
    Static("a", WIDE),
    Static("b", WIDE),
    VolumePath("v", WIDE, Uncertain.between(0, 0.1, shape="normal"), 0.2),
    PinnedPriceFactor("pinned"),
    FollowTierFactor("tier"),
    RePickFactor("repick", 0.7),
    GpuRentFactor("h100"),
    GpuRentFactor("h200"),
    EngineGain("gain", Uncertain.between(0, 0.3, shape="normal")),
)

COSTS = arrays(np.float64, st.tuples(st.integers(1, 60), st.integers(1, 5)),
               elements=st.floats(-1e9, 1e9, allow_subnormal=False))  # fmt: skip


def draw(specs, seed=11):
    return sample(specs, n_draws=50, n_months=14, seed=seed).values


@given(st.permutations(SPECS), st.integers(1, len(SPECS)))
def test_adding_or_reordering_inputs_changes_no_other_draws(specs, n):
    reference = draw(SPECS)
    for name, values in draw(specs[:n]).items():
        assert np.array_equal(values, reference[name])


@given(st.integers(0, 2**32))
def test_same_seed_same_bytes_and_other_seed_other_draws(seed):
    once, again, other = draw(SPECS, seed), draw(SPECS, seed), draw(SPECS, seed + 1)
    assert all(once[name].tobytes() == again[name].tobytes() for name in once)
    assert not np.array_equal(once["a"], other["a"])


def test_no_two_static_inputs_share_their_draws():
    values = draw(SPECS)
    assert not np.array_equal(values["a"], values["b"])


@given(st.floats(0.01, 1e9), st.floats(1, 5), st.floats(1, 5))
def test_draws_are_stratified(p50, low, high):
    stated = Uncertain(p10=p50 / low, p50=p50, p90=p50 * high)
    values = np.sort(sample([Static("x", stated)], n_draws=100, n_months=1, seed=1)["x"][:, 0])
    assert values[9] <= stated.p10 * (1 + 1e-9)
    assert values[10] >= stated.p10 * (1 - 1e-9)
    assert values[49] <= p50 * (1 + 1e-9)
    assert values[50] >= p50 * (1 - 1e-9)
    assert stated.p10 <= mean_of(stated) * (1 + 1e-9)


def test_factors_are_positive_and_start_at_one():
    values = draw(SPECS)
    for name in ("pinned", "tier", "repick", "h100", "gain"):
        assert np.all(values[name] > 0)
        assert np.all(values[name][:, 0] == 1)


@given(COSTS)
def test_odds_sum_to_one_and_permute_with_the_options(costs):
    odds = m.p_best(costs)
    assert odds.sum() == pytest.approx(1)
    assert m.p_best(costs[:, ::-1])[::-1] == pytest.approx(odds)
    assert m.p_best(costs[::-1]) == pytest.approx(odds)


@given(COSTS)
def test_perfect_information_is_worth_at_least_any_partial_one(costs):
    x = np.arange(len(costs)) % 7
    assert 0 <= m.evppi(x.astype(float), costs) <= m.evpi(costs) * (1 + 1e-9) + 1e-6
    assert m.evpi(costs) == pytest.approx(min(m.expected_regret(costs)))


@given(COSTS, st.floats(0, 0.99))
def test_the_tail_costs_at_least_the_mean_and_at_most_the_worst(costs, level):
    tail = m.cvar(costs, level)
    slack = 1e-9 * np.abs(costs).max() + 1e-9
    assert np.all(tail >= costs.mean(axis=0) - slack)
    assert np.all(tail <= costs.max(axis=0) + slack)
    assert m.cvar(costs * 2, level) == pytest.approx(2 * tail)


@given(COSTS, st.floats(0, 1e9))
def test_a_dominated_option_changes_nothing(costs, more):
    worse = np.column_stack([costs, costs.max(axis=1) + 1 + more])
    assert m.evpi(worse) == pytest.approx(m.evpi(costs))
    assert m.p_best(worse)[-1] == 0
    assert m.confidence(worse, 0, 10.0) == m.confidence(costs, 0, 10.0)


@given(COSTS, st.floats(0, 1e6), st.floats(0, 1e6))
def test_confidence_rises_with_the_threshold(costs, a, b):
    low, high = sorted((a, b))
    assert m.confidence(costs, 0, low) <= m.confidence(costs, 0, high)


def test_more_draws_converge_at_the_stated_rate():
    """Root-mean-square error of the mean: falls at least as fast as 1/sqrt(n)."""

    def error(n):
        means = [sample([Static("x", WIDE)], n_draws=n, n_months=1, seed=s)["x"].mean() for s in range(20)]
        return np.sqrt(np.mean((np.array(means) - mean_of(WIDE)) ** 2))

    assert error(1024) <= error(64) / 3 + 2e-3


@given(st.floats(0, 4), st.floats(0.1, 10), st.integers(1, 24))
def test_equal_free_progress_on_both_sides_leaves_the_cost_ratio(age, ratio, every):
    """An API and an own fleet that ride the same progress at no cost of moving: their costs keep their proportion."""
    sides = [RePickFactor(name, age, every_months=every, market="progress") for name in ("api", "own")]
    values = sample(sides, n_draws=64, n_months=36, seed=5).values
    costs = {
        name: evaluate(_priced(name, unit), {name: values[name]}, 36).total
        for name, unit in (("api", 1000.0), ("own", 1000.0 * ratio))
    }
    assert costs["own"] == pytest.approx(ratio * costs["api"])


def _priced(name, usd):
    book = b.LedgerBuilder(name)
    book.line("cost", book.input(name, "1", "Progress") * usd, group="tokens", label="Cost")
    return book.build()


@given(st.integers(1, 5), st.sampled_from([1, 2, 12, 13, 25, 120]))
def test_any_number_of_draws_and_months_has_its_shapes_and_is_finite(n_draws, n_months):
    draws = sample(SPECS, n_draws=n_draws, n_months=n_months, seed=3)
    for name, values in draws.values.items():
        assert values.shape in ((n_draws, 1), (n_draws, n_months))
        assert draws.means[name].shape == (1, values.shape[1])
        assert np.isfinite(values).all()
        assert np.isfinite(draws.means[name]).all()
