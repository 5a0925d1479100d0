"""Points by name: balanced alone and in pairs, the first of them too, and more exact than chance where it matters."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.risk.normal import normal_quantile
from steelyard.risk.sobol import PRINCIPAL, points
from steelyard.risk.streams import stream

N = 1_024


def column(name: str, n: int = N, seed: int = 0) -> np.ndarray:
    return points(name, n, stream(name, seed))


@given(st.sampled_from([*PRINCIPAL, "output_token_ratio.any", "price_factor.x.y"]), st.integers(1, 300),
       st.integers(0, 99))  # fmt: skip
def test_each_nth_of_the_unit_interval_holds_one_point(name, n, seed) -> None:
    assert sorted((column(name, n, seed) * n).astype(int)) == list(range(n))


@given(st.sampled_from(PRINCIPAL[:2]), st.integers(0, 99))
def test_the_first_draws_are_balanced_too(name, seed) -> None:
    first = column(name, seed=seed)[: N // 4]
    assert sorted((first * (N // 4)).astype(int)) == list(range(N // 4))


@pytest.mark.parametrize("seed", range(5))
def test_volume_and_growth_fill_every_box_of_equal_area(seed: int) -> None:
    """The first two Sobol' dimensions are a (0, m, 2)-net: each elementary box of area 1/N holds one point."""
    x, y = column(PRINCIPAL[0], seed=seed), column(PRINCIPAL[1], seed=seed)
    for bits in range(11):
        across, up = 2**bits, N // 2**bits
        boxes = (x * across).astype(int) * up + (y * up).astype(int)
        assert len(set(boxes.tolist())) == N


def test_no_pair_of_principal_inputs_leaves_large_boxes_empty() -> None:
    """Every pair fills all boxes of a 8 by 8 grid with the expected 128 points, within a factor of two."""
    columns = [column(name, 8_192) for name in PRINCIPAL]
    for i, x in enumerate(columns):
        for y in columns[:i]:
            counts = np.histogram2d(x, y, bins=8, range=((0, 1), (0, 1)))[0]
            assert counts.min() >= 64
            assert counts.max() <= 256


def test_a_product_of_shared_inputs_is_integrated_better_than_by_chance() -> None:
    """Mean of exp(z1) exp(z2) exp(z3): known, and at most a third of the error of plain Monte Carlo over 20 seeds."""
    names = PRINCIPAL[:3]
    exact = np.exp(3 * 0.3**2 / 2)
    ours = [np.prod([np.exp(0.3 * normal_quantile(column(n, seed=s))) for n in names], axis=0).mean() - exact
            for s in range(20)]  # fmt: skip
    chance = [np.exp(0.3 * np.random.default_rng(s).standard_normal((3, N)).sum(axis=0)).mean() - exact
              for s in range(20)]  # fmt: skip
    assert np.std(ours) < np.std(chance) / 3
    assert abs(np.mean(ours)) < 1e-3


@given(st.floats(1e-12, 1 - 1e-12))
def test_the_quantile_inverts_the_normal_distribution(probability) -> None:
    assert normal_quantile(np.array([probability]))[0] == pytest.approx(NormalDist().inv_cdf(probability), rel=1e-9,
                                                                        abs=1e-9)  # fmt: skip
