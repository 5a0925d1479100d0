# pyright: basic
"""A cascade whose first model runs on own machines: the machines for all, the second for what is passed on."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from test_laws_plans import beyond, values

import option_example as ex
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.price import RateCard
from steelyard.facts import load_catalogue
from steelyard.options.bought import bought_option
from steelyard.options.cascade import ESCALATED, own_cascade_option
from steelyard.options.option import Option
from steelyard.options.self_hosted import owned_option, rented_option
from steelyard.study.cascade_plan import cascade_candidates
from steelyard.study.overflow_plan import Part

DEMAND = ex.demand()


def first(kind: str) -> Option:
    if kind == "owned":
        return owned_option(ex.candidate(), ex.server(), DEMAND, interim=None, lead_months=4)
    return rented_option(ex.candidate(), ex.offer(), DEMAND, ex.catalogue(), interim=None)


@pytest.mark.parametrize("kind", ["owned", "rented"])
@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_machines_cost_what_they_cost_alone_and_the_second_is_paid_for_its_share(kind: str, share: float) -> None:
    option = own_cascade_option(first(kind), beyond(DEMAND), DEMAND, escalated=ESCALATED)
    path = [1e6] * 36
    got, alone = values(option.ledger, path), values(first(kind).ledger, path)
    got = values(option.ledger, path, **{ESCALATED: share})
    for line in first(kind).ledger.lines:
        assert got.lines[f"first_{line.id}"] == pytest.approx(alone.lines[line.id]), line.id
    whole = values(bought_option(ex.card(), DEMAND).ledger, path).lines["output"][0]
    paid = got.lines["second_output"][0] / whole
    wait = 4 if kind == "owned" else 3
    assert paid == pytest.approx(np.array([1.0] * wait + [share] * (36 - wait)))


def test_routing_and_the_evaluation_of_the_mix_come_when_it_goes_live() -> None:
    got = values(own_cascade_option(first("owned"), beyond(DEMAND), DEMAND, escalated=ESCALATED).ledger, [1e6] * 36)
    assert got.lines["routing"][0, :4].sum() == 0 < got.lines["routing"][0, 4]
    assert got.lines["mix_evaluation"].sum() == pytest.approx(3_000)
    assert (got.lines["routing_upkeep"][0, 4:] > 0).all()


def test_it_is_a_mix_that_holds_machines_and_names_both() -> None:
    option = own_cascade_option(first("owned"), beyond(DEMAND), DEMAND, escalated=ESCALATED)
    assert option.kind == "hybrid"
    assert option.hardware is not None
    assert not option.bought
    assert option.label == "Ask open-1b on Device owned first, pass on to today from seller"
    assert {line for line in option.capex_lines} <= {line.id for line in option.ledger.lines}


def _near(card: RateCard) -> Option:
    return bought_option(card, DEMAND).with_gates((), "just below")


def scored(*models: str) -> Catalogue:
    """Return the example's facts with a score of some models; its height is for others to judge."""
    score = next(iter(load_catalogue(date(2026, 11, 23)).quality.values()))
    return replace(ex.catalogue(), quality=dict.fromkeys(models, score))


def test_a_first_model_that_costs_no_less_than_the_second_is_left_out() -> None:
    second = Part(bought_option(ex.card(), DEMAND), beyond(DEMAND))
    cheap, dear = ex.card("seller/small", uncached="0.1", output="0.4"), ex.card("seller/big", uncached="2", output="8")
    facts = scored("seller/small", "seller/big", "open-1b")
    found = list(cascade_candidates([_near(cheap), _near(dear)], second, DEMAND, facts))
    assert [option.label.split()[1] for option in found] == ["small"]
    own = first("owned").with_gates((), "just below")
    assert [o.id for o in cascade_candidates([own], second, DEMAND, facts)] == ["cascade:own:open-1b>today"]


def test_a_model_that_nobody_scored_answers_first_only_where_an_evaluation_says_what_it_passes_on() -> None:
    second = Part(bought_option(ex.card(), DEMAND), beyond(DEMAND))
    near = [_near(ex.card("seller/small", uncached="0.1", output="0.4"))]
    assert not list(cascade_candidates(near, second, DEMAND, ex.catalogue()))
    assert list(cascade_candidates(near, second, DEMAND, scored("seller/small")))
    own = f"{ESCALATED}.seller/small"
    assert list(cascade_candidates(near, second, DEMAND, ex.catalogue({own: 0.2})))
