"""Each part of a plan passes the gates by itself, and the quality gate's cost covers what the bar keeps out."""

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from steelyard.domain.result import OptionResult, Result
from steelyard.study.load import study_from_text
from steelyard.study.pipeline import decide

TEXT = """
study: parts
horizon: 36 months
traffic: {requests_per_month: VOLUME, input_tokens: {p50: 2k, p95: 6k}, output_tokens: 300, growth: 0% to 4% per month}
quality: {at_least: openai/gpt-5.4-mini}
data: DATA
"""
OPEN, CLOSED = "{must_stay_on_premises: no}", "{must_stay_on_premises: yes}"
BARRED = "{must_stay_on_premises: no, barred_vendors: [google]}"
PLANS = ("overflow:", "staged:", "cascade:", "split-by-class")


@cache
def result(data: str, volume: str = "30M to 60M") -> Result:
    study = study_from_text(TEXT.replace("VOLUME", volume).replace("DATA", data), "p.yaml")
    return decide(study, base_folder=Path(), seed=0, as_of=date(2026, 11, 23), draws=256)


def plans(found: Result) -> list[OptionResult]:
    return [option for option in found.options if option.id.startswith(PLANS)]


def gates(option: OptionResult) -> set[tuple[str, str, str]]:
    return {(g.gate, g.answer, g.rule) for g in option.gates if g.gate != "plan"}


def test_a_plan_carries_every_gate_of_its_machines_and_of_what_it_buys() -> None:
    found = result(OPEN)
    by_id = {option.id: option for option in found.options}
    mixed = [p for p in plans(found) if p.id.startswith(("overflow:", "staged:"))]
    assert mixed
    for plan in mixed:
        own = [o for o in by_id.values() if o.serving is not None and o.id.startswith(plan.id.split(":", 1)[1])]
        bought = [o for o in by_id.values() if o.id.startswith(("api:", "hosted:")) and o.feasible
                  and gates(o) <= gates(plan)]  # fmt: skip
        assert any(gates(o) <= gates(plan) for o in own), plan.id
        assert bought, plan.id


def test_data_that_must_stay_is_in_no_plan_that_buys() -> None:
    assert plans(result(OPEN))
    assert not plans(result(CLOSED))
    assert result(CLOSED).verdict in ("self_host_rented", "self_host_owned")


def test_a_maker_that_is_barred_serves_no_part_of_a_plan() -> None:
    # Plans of the open study are made of its model; with its maker barred they are made of others, or there are none.
    assert any("gemma" in plan.label for plan in plans(result(OPEN)))
    assert not any("gemma" in plan.label for plan in plans(result(BARRED)))
    assert any("gemma" in o.id and not o.feasible for o in result(BARRED).options)


def test_a_blocked_option_is_no_part_of_a_feasible_plan() -> None:
    for data in (OPEN, CLOSED, BARRED):
        for plan in plans(result(data)):
            blocked = [gate for gate in plan.gates if gate.answer == "blocked"]
            assert plan.feasible == (not blocked)
            assert {gate.gate for gate in blocked} <= {"plan"}, "only its own trigger may rule a plan out"


def test_the_quality_gate_costs_what_the_cheapest_model_below_the_bar_would_save() -> None:
    found = result(OPEN)
    cost = next(gate for gate in found.gate_costs if gate.gate == "quality")
    below = next(o for o in found.options if o.id == cost.best_without)
    best = next(o for o in found.options if o.id == cost.best_allowed)
    assert below.npv_cost_usd is not None
    assert best.npv_cost_usd is not None
    assert cost.cost_usd == pytest.approx(best.npv_cost_usd.mean - below.npv_cost_usd.mean)
    assert {g.gate for g in below.gates if g.answer == "blocked"} == {"quality"}
    assert "are not priced" in cost.sentence
    assert any("models below the bar" in note for note in below.notes)
