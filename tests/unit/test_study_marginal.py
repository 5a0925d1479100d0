"""What more traffic costs: list price where tokens are bought, nothing until the next machine where they are held."""

import numpy as np
import pytest

import option_example as ex
from steelyard.decision.cost_model import CostModel
from steelyard.options.bought import bought_option
from steelyard.options.option import Option
from steelyard.options.self_hosted import rented_option
from steelyard.study.marginal import MORE, marginal_cost
from steelyard.units import HOURS_PER_MONTH, SECONDS_PER_MONTH

TOKENS = ex.N_IN + ex.N_OUT
LIST_PRICE = (ex.N_IN * 1 + ex.N_OUT * 4) / 1e6
REPLICA = 8.0 * SECONDS_PER_MONTH
"""Requests a month that one replica carries: 10 a second, a fifth kept free."""
FREE_NETWORK = {"network.egress_usd_per_gb": 0.0, "network.load_balancer_usd_per_gb": 0.0}


def model(option: Option, volume: float) -> CostModel:
    drawn = ex.draws(option.ledger.inputs, volume=volume)
    changed = {n: np.full_like(drawn.values[n], v) for n, v in FREE_NETWORK.items() if n in drawn.values}
    means = {n: a[:1] for n, a in ({**drawn.values} | changed).items()}
    return CostModel([option], type(drawn)(n_draws=drawn.n_draws, n_months=drawn.n_months, seed=0,
                                           values={**drawn.values} | changed, means=means))  # fmt: skip


def committed(volume: float) -> tuple[CostModel, Option]:
    """Machines under a term from month 1, one replica each."""
    option = rented_option(ex.candidate(), ex.offer("reserved_1y", term=12), ex.demand(volume, build=0),
                           ex.catalogue(), interim=None)  # fmt: skip
    return model(option, volume), option


def test_a_bought_request_costs_its_list_price_next_as_ever() -> None:
    option = bought_option(ex.card(), ex.demand(2e6))
    found = marginal_cost(model(option, 2e6), option, tokens_per_request=TOKENS, success=np.array([[0.8]]))
    assert found.next_request_usd == pytest.approx(LIST_PRICE, rel=1e-6)
    assert found.usd_per_request == pytest.approx(LIST_PRICE, rel=1e-9)
    assert found.usd_per_mtok == pytest.approx(LIST_PRICE / TOKENS * 1e6)
    assert found.usd_per_successful_request == pytest.approx(LIST_PRICE / 0.8)


def test_machines_with_room_carry_a_tenth_more_for_nothing() -> None:
    costs, option = committed(5.3 * REPLICA)  # six machines; 5.83 would do for a tenth more
    found = marginal_cost(costs, option, tokens_per_request=TOKENS)
    assert found.next_request_usd == pytest.approx(0.0, abs=1e-12)
    assert found.usd_per_request == pytest.approx(0.0, abs=1e-12)
    assert found.usd_per_successful_request is None


def test_full_machines_take_one_more_and_its_people_and_storage() -> None:
    costs, option = committed(5.9 * REPLICA)  # six machines; 6.49 need a seventh
    found = marginal_cost(costs, option, tokens_per_request=TOKENS)
    assert found.next_request_usd == pytest.approx(0.0, abs=1e-12)
    machine = ex.offer("reserved_1y").usd_per_device_h * HOURS_PER_MONTH
    added = found.usd_per_request * 5.9 * REPLICA * MORE
    with_share = machine * (1 + ex.VALUES["compute.observability_fraction"])
    assert with_share <= added < 3 * with_share
