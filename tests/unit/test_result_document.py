"""Every key of the decision document is there and says something, on every example."""

import json
from typing import Any

import pytest

from decided_examples import NAMES, decided

DRAWS = 64
TOP = """schema_version as_of verdict verdict_option confidence reason framework baseline optimize_first base_case
questions options break_even flips regret_usd evpi_usd value_of_information assumptions warnings receipt convergence
influences gate_costs removal quality_steps advocate cost_surface tradeoffs contradictions"""
PARTS: dict[str, str] = {
    "framework": "says figures_say why", "baseline": "today best_bought",
    "questions": "id answer stated_by_user rule_of_thumb rule_source finding agrees_with_rule evidence",
    "options": "id kind feasible excluded_by allowed_if npv_cost_usd saving_vs_today_usd saving_vs_best_bought_usd "
               "p_best expected_regret_usd cvar90_usd cost_usd_per_month usd_per_request levelized_cost_usd_per_mtok "
               "capex_usd payback plan slo",
    "break_even": "quantity unit today values between",
    "flips": "input unit from at to_option distance_in_sd sentence checked",
    "value_of_information": "input worth_up_to_usd measurement cost_usd delay_months delay_usd net_worth_usd",
    "assumptions": "name value unit source as_of age_days",
}  # fmt: skip


@pytest.fixture(scope="module", params=NAMES)
def document(request: pytest.FixtureRequest) -> dict[str, Any]:
    return json.loads(decided(request.param, DRAWS).result.model_dump_json(by_alias=True))


def test_every_key_is_there(document: dict[str, Any]) -> None:
    assert set(TOP.split()) <= set(document)
    for part, keys in PARTS.items():
        rows = document[part] if isinstance(document[part], list) else [document[part]]
        for row in rows:
            assert set(keys.split()) <= set(row), part


def test_every_option_is_costed_in_full(document: dict[str, Any]) -> None:
    months = document["horizon_months"]
    for option in document["options"]:
        spread = option["npv_cost_usd"]
        assert spread["p10"] <= spread["p50"] <= spread["p90"]
        assert len(option["cost_usd_per_month"]) == months
        assert option["usd_per_request"] > 0
        assert option["levelized_cost_usd_per_mtok"] > 0
        assert option["cvar90_usd"] >= spread["mean"]
        assert option["plan"]
        assert option["slo"] in {"met", "not_met", "not_measured"}
        assert option["feasible"] == (not option["excluded_by"])
        assert (option["expected_regret_usd"] is None) == (not option["feasible"])
        if option["kind"].startswith("self_host") and document["baseline"]["best_bought"]:
            assert len(option["payback"]["prob_by_month"]) == months
            assert option["payback"]["prob_by_month"] == sorted(option["payback"]["prob_by_month"])
    assert sum(option["p_best"] for option in document["options"]) == pytest.approx(1.0)


def test_the_verdict_its_reference_lines_and_its_questions_hang_together(document: dict[str, Any]) -> None:
    chosen = next(o for o in document["options"] if o["id"] == document["verdict_option"])
    assert document["verdict"] in {chosen["kind"], "too_close_to_call"}
    assert chosen["feasible"]
    assert 0 <= document["confidence"] <= 1
    assert document["regret_usd"] == pytest.approx(chosen["expected_regret_usd"])
    assert document["evpi_usd"] <= document["regret_usd"] + 1e-6
    assert [q["id"] for q in document["questions"]] == ["q1", "q2", "q3", "q4"]
    assert all(q["finding"] and q["rule_source"] for q in document["questions"])
    assert all(document["framework"][key] for key in ("says", "figures_say", "why"))
    assert document["convergence"]["sentence"]
    assert document["tradeoffs"]["sentences"]
    assert any(step["asked_now"] for step in document["quality_steps"])


def test_flips_name_an_option_and_a_distance_or_say_that_nothing_flips(document: dict[str, Any]) -> None:
    ids = {o["id"] for o in document["options"]}
    assert document["flips"]
    for flip in document["flips"]:
        assert flip["sentence"]
        assert (flip["at"] is None) == (flip["to_option"] is None)
        if flip["at"] is not None:
            assert flip["to_option"] in ids - {document["verdict_option"]}
            assert flip["distance_in_sd"] is None or flip["distance_in_sd"] > 0
            assert flip["checked"]


def test_what_blocks_is_costed_and_what_removing_it_opens_is_named(document: dict[str, Any]) -> None:
    blocked = [o for o in document["options"] if o["excluded_by"]]
    assert bool(blocked) == bool(document["gate_costs"])
    if document["study"] == "hospital":
        assert document["removal"]["saving_usd"] > 0
        assert {g["gate"] for g in document["gate_costs"]} >= {"data"}


def test_figures_have_names_that_people_say_and_the_oldest_is_told_with_its_source(document: dict[str, Any]) -> None:
    found = [row for row in document["assumptions"] if row["moves_verdict"]]
    assert all(" " in row["label"] for row in found)
    oldest = max(found, key=lambda row: (row["age_days"] or 0.0, row["name"]), default=None)
    if oldest is None:
        assert document["oldest_figure"] is None
        return
    told = document["oldest_figure"].replace("\u00a0", " ")
    assert told.startswith(f"{oldest['label']}, seen {oldest['as_of']}, ")
    assert oldest["source"].removeprefix("derived: ") in told
