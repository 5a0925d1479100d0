"""What a decision evaluates: a straight bill once whatever is asked of it, and every draw no oftener than is needed."""

from typing import cast

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, given
from ledger_strategy import N_MONTHS, ledgers
from numpy.typing import NDArray
from test_laws_decision import VOLUME, study, world  # pyright: ignore[reportUnknownVariableType]  not annotated

from steelyard.decision.cost_model import CostModel
from steelyard.decision.decide import SEARCH_DRAWS, decide_options
from steelyard.decision.sensitivity import input_groups
from steelyard.domain.ledger import Ledger
from steelyard.finance.evaluate import evaluate
from steelyard.finance.straight import bends_of

N_DRAWS = 3
EVALUATIONS_A_FLIP = 4
"""Evaluations on all draws that checking a flip takes: one of each option whose bill is a straight line, both sides of
the others, and once more where the shift from few draws did not put the flip at once."""
EVALUATIONS_A_BREAK_EVEN = 16
"""Evaluations on all draws that confirming a volume takes: two own options at both ends and at some six places."""
SEARCHES = 6
"""Evaluations on few draws that an input takes for each option, on average."""
Case = tuple[Ledger, dict[str, NDArray[np.float64]]]
CASES = cast("st.SearchStrategy[Case]", ledgers(N_DRAWS))


def total(case: Case, members: list[str], factor: float) -> NDArray[np.float64]:
    moved = {name: given * factor if name in members else given for name, given in case[1].items()}
    return evaluate(case[0], moved, N_MONTHS, keep="total").total


@given(CASES, st.sets(st.integers(0, 2), min_size=1), st.floats(0.01, 100))
def test_a_bill_called_straight_is_priced_twice_for_every_factor(case: Case, moved: set[int], factor: float) -> None:
    members = [f"in_{k}" for k in moved if f"in_{k}" in case[1]]
    assume(bends_of(case[0]).along(members))
    once, twice, there = (total(case, members, f) for f in (1.0, 2.0, factor))
    size = max(1.0, factor) * max(float(np.abs(once).max()), float(np.abs(twice).max()))
    assert float(np.abs(once + (factor - 1.0) * (twice - once) - there).max()) <= 1e-9 * max(size, 1.0)


@pytest.mark.parametrize("factor", [0.02, 0.7, 1.0, 1.9, 60.0])
def test_a_group_of_inputs_moved_together_costs_what_the_ledgers_say(factor: float) -> None:
    _, options, draws = world()
    model, groups = CostModel(options, draws), input_groups(draws, [n for o in options for n in o.ledger.inputs], {})
    for group in (*groups, *groups):  # the second time from what was kept
        asked = dict.fromkeys(group.members, factor)
        inputs = {name: given * asked.get(name, 1.0) for name, given in draws.values.items()}
        plain = np.stack([model.present_value(option, inputs) for option in options], axis=1)
        assert np.allclose(model.scaled(asked), plain, rtol=1e-9, atol=0.0)


@pytest.mark.parametrize("volume", [2e5, VOLUME, 6e7])
def test_each_option_is_evaluated_on_all_draws_once_and_again_only_where_a_flip_is_checked(volume: float) -> None:
    n_draws = 4096
    demand, options, draws = world(volume, n=n_draws)
    done = decide_options(study(), demand, options, draws, names={}, costs_of_measuring={})
    flips = [flip for flip in done.flips if flip.checked]
    assert flips
    breaks = EVALUATIONS_A_BREAK_EVEN * len(done.findings.break_even_requests)
    assert 0 <= done.model.evaluations - len(options) <= EVALUATIONS_A_FLIP * len(flips) + breaks
    searched = done.draws_evaluated - done.model.evaluations * n_draws
    assert searched <= SEARCHES * SEARCH_DRAWS * len(options) * len(done.groups)
