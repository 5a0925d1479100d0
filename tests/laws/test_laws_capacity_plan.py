"""Capacity ordered on past volume: equal to trying every order after every history; never worse with more freedom."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.finance.capacity_plan import CapacityProblem, VolumeChain, solve_capacity, volume_chain


def chain(n_months: int, n_levels: int, seed: int) -> VolumeChain:
    rng = np.random.default_rng(seed)
    moves = rng.random((n_months - 1, n_levels, n_levels)) + 0.05
    start = rng.random(n_levels) + 0.05
    return VolumeChain(
        np.zeros((n_months, n_levels - 1)), start / start.sum(), moves / moves.sum(axis=2, keepdims=True)
    )


def by_trying_everything(p: CapacityProblem) -> float:
    """Follow every history of volume month by month and try every order in each: nothing is merged or remembered."""
    horizon = p.chain.n_months

    def from_month(month: int, seen: int | None, arrivals: tuple[tuple[int, int], ...]) -> float:
        if month > horizon:
            return 0.0
        if month not in p.order_months:
            return lived(month, seen, arrivals)
        arrival = month + p.lead_months
        serving = sum(n for a, n in arrivals if a <= arrival < a + p.term_months)
        price = p.order_usd[list(p.order_months).index(month)]
        return min(units * price + lived(month, seen, (*arrivals, (arrival, units)))
                   for units in range(p.most_units - serving + 1))  # fmt: skip

    def lived(month: int, seen: int | None, arrivals: tuple[tuple[int, int], ...]) -> float:
        odds = p.chain.start if seen is None else p.chain.moves[month - 2][seen]
        units = sum(n for a, n in arrivals if a <= month < a + p.term_months)
        return sum(float(odds[k]) * (float(p.running_usd[month - 1, units, k]) + from_month(month + 1, k, arrivals))
                   for k in range(p.chain.n_levels))  # fmt: skip

    return from_month(1, None, ())


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10**6), st.integers(1, 2), st.integers(0, 2), st.integers(1, 4),
    st.sampled_from([(1,), (1, 2), (1, 3), (2, 4), (1, 2, 4)]),
)  # fmt: skip
def test_the_programme_finds_what_trying_everything_finds(seed, most, lead, term, months) -> None:
    rng = np.random.default_rng(seed)
    horizon = 5
    months = tuple(m for m in months if m + lead <= horizon)
    p = CapacityProblem(chain(horizon, 2, seed), rng.random((horizon, most + 1, 2)) * 10,
                        tuple(rng.random(len(months)) * 8), months, lead, term)  # fmt: skip
    assert solve_capacity(p).usd == pytest.approx(by_trying_everything(p), rel=1e-12)


def bill(levels: np.ndarray, n_months: int, most: int) -> np.ndarray:
    """What is bought where so many units carry one each: convex in the units."""
    units = np.arange(most + 1)
    return np.maximum(levels[None, None, :] - units[None, :, None], 0.0) * np.ones((n_months, 1, 1))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.5, 12))
def test_with_convex_bills_orders_fill_up_to_one_level(seed, price) -> None:
    """An order raises what is held to a level that does not depend on what was held."""
    horizon, most = 12, 6
    p = CapacityProblem(chain(horizon, 3, seed), bill(np.array([1.0, 3.0, 5.5]), horizon, most), (price,) * 4,
                        (1, 4, 7, 10), 1, 100)  # fmt: skip
    policy = solve_capacity(p)
    for (e, held), orders in policy.orders.items():
        have = sum(units for _, units in held)
        assert orders.tolist() == np.maximum(policy.order_up_to[e] - have, 0).tolist()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.5, 12))
def test_more_months_to_order_in_never_cost_more(seed, price) -> None:
    horizon = 9
    few = CapacityProblem(chain(horizon, 2, seed), bill(np.array([1.0, 4.0]), horizon, 4), (price,), (1,), 1, 100)
    more = CapacityProblem(few.chain, few.running_usd, (price, price, price), (1, 3, 6), 1, 100)
    assert solve_capacity(more).usd <= solve_capacity(few).usd + 1e-9


def test_a_later_arrival_never_costs_less() -> None:
    horizon = 9
    costs = [
        solve_capacity(CapacityProblem(chain(horizon, 2, 7), bill(np.array([1.0, 4.0]), horizon, 4), (1.0, 1.0),
                                       (1, 4), lead, 100)).usd
        for lead in (0, 1, 2, 3)
    ]  # fmt: skip
    assert costs == sorted(costs)


def test_a_chain_keeps_the_mean_level_of_the_paths_it_was_made_from() -> None:
    rng = np.random.default_rng(3)
    paths = np.exp(np.cumsum(rng.normal(0.01, 0.05, (4_000, 12)), axis=1))
    made = volume_chain(paths, 5)
    assert np.allclose(made.moves.sum(axis=2), 1.0)
    for month in (2, 6, 12):
        assert made.ahead(0, month)[0] == pytest.approx(np.full(5, 0.2), abs=0.002)
    assert volume_chain(np.ones((10, 3)), 4).start.sum() == pytest.approx(1.0)
