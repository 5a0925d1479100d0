"""Splitting a traffic by class changes who is paid, never how many tokens are."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import option_example as ex
from steelyard.domain.price import RateCard
from steelyard.finance.evaluate import evaluate
from steelyard.options.bought import bought_option
from steelyard.options.class_split import ClassService, split_option
from steelyard.options.option import Option

TODAY, NANO = ex.card(), ex.card("seller/nano", uncached="0.1", output="0.4")


def classes(share: float, cards: tuple[RateCard, RateCard], *, waits: float = 0.0) -> list[ClassService]:
    """Two classes with the lengths of the whole; ``waits`` is how much of the second may wait."""
    whole = ex.demand()
    return [ClassService("chat", share, cards[0], whole),
            ClassService("rest", 1.0 - share, cards[1], replace(whole, batch_share=waits))]  # fmt: skip


def monthly(option: Option, group: str = "tokens") -> np.ndarray:
    """Sum of a group's lines by draw and month [USD]."""
    drawn = ex.draws(option.ledger.inputs)
    found = evaluate(option.ledger, drawn.values, 36)
    groups: Mapping[str, str] = {line.id: line.group for line in option.ledger.lines}
    return sum(amounts for line, amounts in found.lines.items() if groups[line] == group)


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
