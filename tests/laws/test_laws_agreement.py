# pyright: basic
"""Rule and figures agree, differ, or agree in part: a mix, or buying now to build at a trigger."""

from dataclasses import replace

import pytest
from test_laws_class_split import TODAY, classes, split_option
from test_laws_decision import VOLUME, decision
from test_laws_plans import overflow, plans_of

import option_example as ex
from steelyard.decision.explain import flip_row, framework_view
from steelyard.decision.findings import Findings
from steelyard.decision.framework import framework
from steelyard.decision.questions import questions
from steelyard.decision.sensitivity import FlipPoint, InputGroup
from steelyard.domain.study import Answer
from steelyard.options.bought import bought_option
from steelyard.options.option import Option
from steelyard.options.self_hosted import owned_option

DEMAND = ex.demand()
CHOSEN: dict[str, Option] = {
    "bought": bought_option(ex.card(), DEMAND),
    "owned": owned_option(ex.candidate(), ex.server(), DEMAND, interim=None, lead_months=4),
    "overflow": overflow(DEMAND, ((1,),)),
    "staged": plans_of(DEMAND)["staged"],
    "cascade": plans_of(DEMAND)["cascade"],
    "classes": split_option(classes(0.5, (TODAY, "rented")), today=()),
    "classes, all on machines": split_option(classes(0.5, ("owned", "rented")), today=()),
}
YES: Answer = "yes"
NO: Answer = "no"


def chosen(name: str) -> Findings:
    """Findings whose verdict is that option."""
    found = decision(VOLUME).findings
    assert found.choice is not None
    choice = replace(found.choice, index=0, least=0, tied=(0,))
    return replace(found, options=(CHOSEN[name],), choice=choice, best_bought=None, bought_best_of_all=None,
                   own_best=None, own_best_of_all=None)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "build", "buy"),
    [("bought", "differ", "agree"), ("owned", "agree", "differ"), ("cascade", "differ", "agree"),
     ("overflow", "in part", "in part"), ("staged", "in part", "in part"), ("classes", "in part", "in part"),
     ("classes, all on machines", "agree", "differ")],
)  # fmt: skip
def test_every_verdict_is_set_against_the_rule_in_words(name: str, build: str, buy: str) -> None:
    found = chosen(name)
    for says, expected in ((framework(NO, NO, NO, YES), build), (framework(NO, NO, NO, NO), buy)):
        view = framework_view(says, found)
        assert view.agrees == (expected == "agree")
        assert view.in_part == (expected == "in part")
        start = {"agree": "They agree: ", "differ": "They differ because ", "in part": "They agree in part: "}[expected]
        assert view.why.startswith(start)


def test_the_words_of_a_part_say_which_part_follows_the_rule() -> None:
    build = framework(NO, NO, NO, YES)
    assert "buy now and build once the trigger fires" in framework_view(build, chosen("staged")).why
    assert "part of the traffic on own machines and buy the rest" in framework_view(build, chosen("classes")).why


@pytest.mark.parametrize(("name", "agrees"), [("bought", False), ("owned", True), ("staged", None), ("overflow", None)])
def test_a_question_followed_in_part_says_so_and_counts_neither_way(name: str, agrees: bool | None) -> None:
    found = chosen(name)
    study = found.study.model_copy(update={"differentiator": found.study.differentiator.model_copy(
        update={"model_is_product": YES})})  # fmt: skip
    q4 = questions(replace(found, study=study), (NO, False, "no expenses are stated"))[3]
    assert q4.agrees_with_rule is agrees
    assert ("agree in part" in q4.finding) == (agrees is None)


@pytest.mark.parametrize(("name", "part"), [("bought", False), ("owned", False), ("staged", True), ("overflow", True)])
def test_a_way_to_serve_that_buys_part_holds_no_promise_as_predicted(name: str, part: bool) -> None:
    """What the seller of that part lets wait was measured by nobody: the machines' prediction does not cover it."""
    assert CHOSEN[name].bought_in_part is part


def _flip(name: str, members: tuple[str, ...], factor: float) -> str:
    group = InputGroup("Requests a month", "request/month", members, 1e7, 0.3, 0.7, 1.4)
    return flip_row(FlipPoint(group, factor, 0, 0.0, 0.0), chosen(name)).sentence


def test_a_flip_far_off_says_that_a_plan_keeps_its_orders() -> None:
    said = "A plan keeps what was fitted"
    for name in ("overflow", "staged"):
        assert said in _flip(name, ("requests_per_month",), 9.0)
        assert said not in _flip(name, ("requests_per_month",), 1.2)  # within what is expected
        assert said not in _flip(name, ("pue.industry_average",), 9.0)  # steers no order
    assert said not in _flip("bought", ("requests_per_month",), 9.0)


def test_a_flip_is_told_as_an_activity_on_its_side() -> None:
    above, below = _flip("overflow", ("requests_per_month",), 9.0), _flip("staged", ("requests_per_month",), 0.1)
    assert " Beyond that, running a base of open-1b on Device owned, buying what exceeds it as " in above
    assert " Below that, buying today from seller now, running open-1b on Device owned once a trigger says so " in below
