"""The verdict rule: order-free, monotone, ties to the simpler form."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from steelyard.decision.verdict import MATERIAL_FRACTION, MATERIAL_USD, SIMPLEST_FIRST, choose, materiality

OPTIONS = st.lists(
    st.tuples(st.floats(1e3, 1e8), st.sampled_from(SIMPLEST_FIRST), st.booleans()), min_size=1, max_size=8
)


def _choose(options, order=None):
    order = list(range(len(options))) if order is None else order
    score = np.array([options[i][0] for i in order])
    choice = choose(score, [options[i][1] for i in order], [f"o{i}" for i in order], [options[i][2] for i in order])
    return None if choice is None else f"o{order[choice.index]}"


@given(OPTIONS, st.randoms())
def test_order_does_not_matter(options, random) -> None:
    order = list(range(len(options)))
    random.shuffle(order)
    assert _choose(options) == _choose(options, order)


@given(OPTIONS)
def test_nothing_blocked_wins_and_something_feasible_does(options) -> None:
    won = _choose(options)
    assert (won is None) == (not any(feasible for *_, feasible in options))
    if won is not None:
        assert options[int(won[1:])][2]


@given(OPTIONS)
def test_winner_lies_within_the_threshold_of_the_least_and_is_the_simplest_there(options) -> None:
    won = _choose(options)
    if won is None:
        return
    allowed = [(cost, kind) for cost, kind, feasible in options if feasible]
    least = min(cost for cost, _ in allowed)
    cost, kind, _ = options[int(won[1:])]
    assert cost <= least + materiality(least)
    tied = [k for c, k in allowed if c <= least + materiality(least)]
    assert SIMPLEST_FIRST.index(kind) == min(SIMPLEST_FIRST.index(k) for k in tied)


@given(OPTIONS, st.floats(1e3, 1e8), st.sampled_from(SIMPLEST_FIRST))
def test_an_option_dearer_by_more_than_the_threshold_changes_no_verdict(options, extra, kind) -> None:
    feasible = [cost for cost, _, allowed in options if allowed]
    if not feasible:
        return
    cost = min(feasible) + materiality(min(feasible)) * 1.001 + extra
    assert _choose([*options, (cost, kind, True)]) == _choose(options)


@given(OPTIONS)
def test_loosening_a_gate_never_makes_the_least_cost_worse(options) -> None:
    def least(items):
        return min((cost for cost, _, feasible in items if feasible), default=np.inf)

    assert least([(c, k, True) for c, k, _ in options]) <= least(options)


def test_threshold_is_the_larger_of_two_percent_and_ten_thousand_dollars() -> None:
    assert materiality(100_000) == MATERIAL_USD == 10_000
    assert materiality(5_000_000) == MATERIAL_FRACTION * 5_000_000 == 100_000
