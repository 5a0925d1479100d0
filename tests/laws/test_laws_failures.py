"""Same quality, same cost of failures per request: bought, on own machines, tuned, or in a plan of several."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import option_example as ex
from steelyard.finance.evaluate import evaluate
from steelyard.options.bought import bought_option, services_of
from steelyard.options.class_split import ClassService, split_option
from steelyard.options.demand import Demand
from steelyard.options.failures import (
    EXTRA_FAILURES,
    Failing,
    failure_lines,
    failures_name,
    with_failures,
    with_failures_of,
    without_failures,
)
from steelyard.options.option import Option, live_month
from steelyard.options.overflow import SERVED_SHARE, Base, Beyond, Orders, overflow_option
from steelyard.options.self_hosted import Interim, owned_option, rented_option
from steelyard.options.staged import LIVE, Trigger, staged_option

USD, EXTRA = 0.05, 0.1
CARD = ex.card("seller/small")


def charged(option: Option, demand: Demand, *, until_live: bool = True) -> Option:
    """The option, with as many failures at whatever serves."""
    own = option.hardware is not None and not option.bought
    return with_failures(option, USD, Failing(
        failures_name(option.model), failures_name(CARD.model) if own and until_live else None,
        live_month(option.ledger, demand.build_months) if own else 1))  # fmt: skip


def rented(demand: Demand, *, until_live: bool = True) -> Option:
    interim = Interim(services_of(CARD, demand), 0.0, running_today=False) if until_live else None
    return charged(rented_option(ex.candidate(), ex.offer(), demand, ex.catalogue(), interim=interim), demand,
                   until_live=until_live)  # fmt: skip


def owned(demand: Demand) -> Option:
    interim = Interim(services_of(CARD, demand), 0.0, running_today=False)
    return charged(owned_option(ex.candidate(), ex.server(), demand, interim=interim, lead_months=5), demand)


def bought(demand: Demand) -> Option:
    return charged(bought_option(CARD, demand), demand)


def overflow(demand: Demand) -> Option:
    beyond = Beyond(services_of(CARD, demand), 0.0, runs_today=False, switching=True)
    plan = overflow_option(Base(ex.candidate(), server=ex.server()), beyond, demand, Orders((1,), 5, ((),), ((1,),)))
    return with_failures_of(plan, (owned(demand), bought(demand)), SERVED_SHARE)


def staged(demand: Demand) -> Option:
    beyond = Beyond(services_of(CARD, demand), 0.0, runs_today=False, switching=True)
    plan = staged_option(Base(ex.candidate(), offer=ex.offer()), beyond, demand, Trigger("volume", (0.5,) * 32),
                         wait_months=3, start_up_s=300.0)  # fmt: skip
    return with_failures_of(plan, (rented(demand), bought(demand)), LIVE)


def split(demand: Demand) -> Option:
    half = replace(demand, requests_per_month=demand.requests_per_month / 2)
    parts = [ClassService("a", 0.5, bought(half), half), ClassService("b", 0.5, owned(half), half)]
    return split_option(parts, demand, today=())


def failures_usd(option: Option, volume: float) -> np.ndarray:
    """What failures cost by month, first draw [USD]."""
    drawn = dict(ex.draws(option.ledger.inputs, volume=volume).values)
    drawn |= {name: np.full((4, 1), EXTRA) for name in drawn if name.startswith(EXTRA_FAILURES)}
    found = evaluate(option.ledger, drawn, 36).lines
    return np.sum([np.broadcast_to(found[line], (4, 36))[0] for line in failure_lines(option.ledger)], axis=0)


@pytest.mark.parametrize("made", [bought, rented, owned, overflow, staged, split])
@pytest.mark.parametrize("volume", [1e5, 3e7])
def test_as_many_failures_cost_as_much_a_request_whoever_serves(
    made: Callable[[Demand], Option], volume: float
) -> None:
    option = made(ex.demand(volume))
    assert failures_usd(option, volume) == pytest.approx([volume * EXTRA * USD] * 36)


def test_machines_charge_no_failure_of_their_model_before_they_serve() -> None:
    found = failures_usd(rented(ex.demand(), until_live=False), 1e6)
    assert (found[:3] == 0).all()
    assert found[3:] == pytest.approx([1e6 * EXTRA * USD] * 33)


def test_what_fails_more_in_one_part_of_a_plan_is_charged_for_that_part_alone() -> None:
    option = overflow(ex.demand(1e6))
    drawn = dict(ex.draws(option.ledger.inputs).values)
    drawn |= {failures_name("open-1b"): np.full((4, 1), EXTRA), failures_name(CARD.model): np.zeros((4, 1))}
    found = evaluate(option.ledger, drawn, 36)
    share = np.broadcast_to(found.quantities[SERVED_SHARE], (4, 36))[0]
    assert share[0] == 0 < share[-1]
    assert found.lines["first_failures"][0] == pytest.approx(share * 1e6 * EXTRA * USD)
    assert (found.lines["rest_failures"] == 0).all()


def test_taking_the_charge_off_leaves_the_option_as_it_was() -> None:
    plain = rented_option(ex.candidate(), ex.offer(), ex.demand(), ex.catalogue(), interim=None)
    assert without_failures(charged(plain, ex.demand()).ledger) == plain.ledger


def test_nothing_is_charged_where_nothing_is_known() -> None:
    assert with_failures(bought_option(CARD, ex.demand()), USD, Failing(None)) == bought_option(CARD, ex.demand())
