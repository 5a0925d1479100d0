"""What a plan goes on buying from today's seller counts towards what was committed there."""

import numpy as np
import pytest

import option_example as ex
from steelyard.domain.study import TodayApi
from steelyard.finance.evaluate import evaluate
from steelyard.options.bought import services_of, today_option
from steelyard.options.minimum import with_minimum
from steelyard.options.option import Option
from steelyard.options.overflow import Base, Beyond, Orders, overflow_option
from steelyard.options.staged import Trigger, staged_option

MINIMUM_USD, MONTHS = 5_000.0, 6


def plan(name: str) -> Option:
    """A plan that buys every request of today's seller: a base of nothing, a trigger that never fires."""
    demand = ex.demand()
    beyond = Beyond(services_of(ex.card(), demand), 0.0, runs_today=True, switching=True)
    base = Base(ex.candidate(), server=ex.server())
    if name == "overflow":
        return overflow_option(base, beyond, demand, Orders((1,), 4, ((),), ((0,),)))
    return staged_option(base, beyond, demand, Trigger("volume", (1e9,) * 31), wait_months=4, start_up_s=300.0)


def lines(option: Option) -> dict[str, np.ndarray]:
    """Every line by month, first draw [USD]."""
    found = evaluate(option.ledger, ex.draws(option.ledger.inputs).values, 36).lines
    return {name: np.broadcast_to(amounts, (4, 36))[0] for name, amounts in found.items()}


@pytest.mark.parametrize("name", ["overflow", "staged"])
def test_a_plan_that_buys_all_of_it_there_owes_what_keeping_it_owes(name: str) -> None:
    bound = TodayApi(provider="Seller", model="today", minimum_usd_per_month=MINIMUM_USD)
    demand = ex.demand()
    kept = lines(with_minimum(today_option(services_of(ex.card(), demand), demand), bound, months=MONTHS))
    owed = lines(with_minimum(plan(name), bound, months=MONTHS))["minimum_owed"]
    assert 0 < owed[0] < MINIMUM_USD
    assert owed == pytest.approx(kept["minimum_owed"])
