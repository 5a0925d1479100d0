"""Splitting a traffic by class changes who is paid, never how many tokens are."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import option_example as ex
from steelyard.domain.price import RateCard
from steelyard.finance.evaluate import evaluate
from steelyard.options import class_split
from steelyard.options.bought import bought_option
from steelyard.options.class_split import ClassService
from steelyard.options.option import Option
from steelyard.options.self_hosted import owned_option, rented_option

TODAY, NANO = ex.card(), ex.card("seller/nano", uncached="0.1", output="0.4")


def part(name: str, share: float, served: RateCard | str, *, waits: float = 0.0) -> ClassService:
    """A class with the lengths of the whole, bought or on machines; ``waits`` is how much of it may wait."""
    own = replace(ex.demand(1e6 * share), batch_share=waits)
    if isinstance(served, RateCard):
        return ClassService(name, share, bought_option(served, own), own)
    if served == "owned":
        return ClassService(
            name, share, owned_option(ex.candidate(), ex.server(), own, interim=None, lead_months=4), own
        )
    return ClassService(name, share, rented_option(ex.candidate(), ex.offer(), own, ex.catalogue(), interim=None), own)


def classes(share: float, served: tuple[RateCard | str, RateCard | str], *, waits: float = 0.0) -> list[ClassService]:
    """Two classes with the lengths of the whole; ``waits`` is how much of the second may wait."""
    return [part("chat", share, served[0]), part("rest", 1.0 - share, served[1], waits=waits)]


def split_option(parts: list[ClassService], *, today: Collection[str]) -> Option:
    """The split of a million requests a month."""
    return class_split.split_option(parts, ex.demand(), today=today)


def monthly(option: Option, group: str = "tokens") -> np.ndarray:
    """Sum of a group's lines by draw and month [USD]."""
    drawn = ex.draws(option.ledger.inputs)
    found = evaluate(option.ledger, drawn.values, 36)
    groups: Mapping[str, str] = {line.id: line.group for line in option.ledger.lines}
    return np.sum([amounts for line, amounts in found.lines.items() if groups[line] == group], axis=0)


@settings(max_examples=20)
@given(st.floats(0.01, 0.99))
def test_two_classes_at_one_service_pay_what_one_pays(share: float) -> None:
    split = monthly(split_option(classes(share, (TODAY, TODAY)), today=["seller/today"]))
    assert split == pytest.approx(monthly(bought_option(TODAY, ex.demand(), switching=False)), rel=1e-12)


@settings(max_examples=20)
@given(st.floats(0.01, 0.99))
def test_a_split_pays_each_class_its_share_at_its_own_price(share: float) -> None:
    split = monthly(split_option(classes(share, (NANO, TODAY)), today=["seller/today"]))[0, 0]
    # By hand: the nano costs a tenth of today's model; tokens per request are the same (ratios are drawn as one).
    whole = 1e6 * (ex.N_IN * 1 + ex.N_OUT * 4) / 1e6
    assert split == pytest.approx(whole * (share / 10 + 1 - share), rel=1e-9)


def test_only_models_not_in_use_cost_a_migration() -> None:
    once = {
        name: monthly(split_option(classes(0.5, (NANO, TODAY)), today=names), "once")[0, 0]
        for name, names in (("none", ()), ("one", ("seller/today",)), ("both", ("seller/today", "seller/nano")))
    }
    assert once["none"] == pytest.approx(2 * once["one"])
    assert once["one"] > once["both"] == 0


def test_only_the_class_that_may_wait_gets_the_batch_price() -> None:
    card = ex.card(batch=0.5)
    split = monthly(split_option(classes(0.6, (card, card), waits=1.0), today=["seller/today"]))[0, 0]
    whole = 1e6 * (ex.N_IN * 1 + ex.N_OUT * 4) / 1e6
    assert split == pytest.approx(whole * (0.6 + 0.4 / 2))


def test_each_line_says_whose_tokens_it_pays() -> None:
    option = split_option(classes(0.5, (NANO, TODAY)), today=())
    labels = [line.label for line in option.ledger.lines if line.group == "tokens"]
    assert any(label.startswith("chat, nano: ") for label in labels)
    assert any(label.startswith("rest, today: ") for label in labels)


def lines_of(option: Option) -> dict[str, np.ndarray]:
    """Every line by month, first draw [USD]."""
    drawn = ex.draws(option.ledger.inputs)
    found = evaluate(option.ledger, drawn.values, 36).lines
    return {name: np.broadcast_to(amounts, (4, 36))[0] for name, amounts in found.items()}


@pytest.mark.parametrize("served", ["owned", "rented"])
def test_a_class_on_machines_costs_what_machines_for_its_traffic_alone_cost(served: str) -> None:
    alone = part("rest", 0.5, served)
    # Serving the class alone is a study of half the volume; the split sees the whole volume and takes its half.
    drawn = ex.draws(alone.option.ledger.inputs, volume=5e5)
    mine = evaluate(alone.option.ledger, drawn.values, 36).lines
    whole = lines_of(split_option(classes(0.5, (TODAY, served)), today=["seller/today"]))
    for name, amounts in mine.items():
        if name not in class_split.SHARED_BY_CLASSES:
            assert whole[f"rest_{name}"] == pytest.approx(np.broadcast_to(amounts, (4, 36))[0]), name


def test_people_are_charged_once_however_many_classes_are_on_machines() -> None:
    two = lines_of(split_option(classes(0.5, ("owned", "rented")), today=()))
    one = lines_of(split_option(classes(0.5, (TODAY, "owned")), today=["seller/today"]))
    salary = ex.VALUES["staffing.ml_platform_engineer_usd_per_year"]
    assert two["build_people"].sum() == pytest.approx(6 * salary / 12)
    assert two["build_people"].sum() == pytest.approx(one["build_people"].sum())
    # A first cluster's engineer, and a share of one more for eight devices owned and one rented.
    assert one["run_people"][-1] == pytest.approx((1 + 8 / 75) * salary / 12)
    assert two["run_people"][-1] == pytest.approx((1 + 8 / 75 + 1 / 75) * salary / 12, rel=1e-2)
    assert not any(name.endswith("_people") and name not in {"build_people", "run_people"} for name in two)


def test_machines_beside_a_bought_class_are_charged_routing_and_an_evaluation_of_the_mix() -> None:
    mixed = lines_of(split_option(classes(0.5, (TODAY, "owned")), today=["seller/today"]))
    alone = lines_of(split_option(classes(0.5, ("owned", "owned")), today=()))
    assert mixed["routing"].sum() > 0
    assert mixed["mix_evaluation"].sum() == pytest.approx(3_000)
    assert "routing" not in alone
    # One model on machines for both classes is evaluated and refreshed once.
    assert alone["evaluation"].sum() == pytest.approx(3_000)
    assert not any(name.startswith("rest_refresh") for name in alone)


def test_a_split_on_machines_held_alike_carries_the_pure_name() -> None:
    assert split_option(classes(0.5, ("owned", "owned")), today=()).kind == "self_host_owned"
    assert split_option(classes(0.5, ("owned", "rented")), today=()).kind == "hybrid"
    assert split_option(classes(0.5, (NANO, "rented")), today=()).kind == "hybrid"


def test_classes_whose_names_look_alike_keep_lines_of_their_own() -> None:
    alike = [part("a b", 0.5, TODAY), part("a-b", 0.5, NANO)]
    assert len(lines_of(split_option(alike, today=["seller/today"]))) == len(
        lines_of(split_option(classes(0.5, (TODAY, NANO)), today=["seller/today"])))  # fmt: skip
