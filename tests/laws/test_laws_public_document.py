"""What must hold in any decision document, whatever the volume and the lengths: read from the outside, as printed."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steelyard.report import render_json
from steelyard.study import pipeline
from steelyard.study.load import study_from_text

AS_OF = date(2026, 11, 23)
OWNED = {"self_host_owned", "fine_tune_self_hosted", "hybrid", "staged", "train"}
STUDY = """traffic: {{requests_per_month: {volume}, input_tokens: {inputs}, output_tokens: {outputs}, shape: flat}}
today: {today}
economics: {{discount_rate: 0%}}
horizon: {months}
"""
WIDTH = 1 + 1e-9


def decided(volume: int, *, inputs: int = 900, outputs: int = 150, today: str = "openai/gpt-5.4-mini",
            months: int = 24) -> dict[str, Any]:  # fmt: skip
    text = STUDY.format(volume=volume, inputs=inputs, outputs=outputs, today=today, months=months)
    result = pipeline.decide(study_from_text(text), base_folder=Path(), seed=0, as_of=AS_OF, draws=64)
    return json.loads(render_json(result))


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    volume=st.integers(4, 10).map(lambda power: 10**power), inputs=st.sampled_from([40, 900, 30_000]),
    outputs=st.sampled_from([1, 150, 2_000]), months=st.integers(6, 60),
    today=st.sampled_from(["none", "openai/gpt-5.4-mini", "deepseek/deepseek-chat", "azure/gpt-5.4",
                           "{self_hosted: {model: llama-3.3-70b, accelerator: h100-sxm, count: 8}}"]),
)  # fmt: skip
def test_a_document_agrees_with_itself(volume: int, inputs: int, outputs: int, months: int, today: str) -> None:
    told = decided(volume, inputs=inputs, outputs=outputs, today=today, months=months)
    allowed: list[dict[str, Any]] = [option for option in told["options"] if option["feasible"]]
    assert sum(option["p_best"] for option in allowed) == pytest.approx(1.0)
    assert 0.0 <= told["confidence"] <= 1.0
    assert told["regret_usd"] >= told["evpi_usd"] * (1 - 1e-9) >= 0.0
    for option in told["options"]:
        cost, paid = option["npv_cost_usd"], option["cost_usd_per_month"]
        assert cost["p10"] <= cost["p50"] * WIDTH or cost["p50"] < 0
        assert cost["p50"] <= cost["p90"] * WIDTH or cost["p90"] < 0
        assert len(paid) == months
        assert sum(paid) == pytest.approx(cost["mean"], rel=1e-6, abs=1.0), "at a rate of zero the months sum up"
        assert not option["capex_usd"] or option["kind"] in OWNED
        assert option["feasible"] == (not option["excluded_by"])
        odds: list[float] = option["payback"]["prob_by_month"] if option["payback"] else []
        assert odds == sorted(odds)
    chosen = next(option for option in allowed if option["id"] == told["verdict_option"])
    least = min(option["npv_cost_usd"]["mean"] for option in allowed)
    assert chosen["npv_cost_usd"]["mean"] <= least + told["materiality_usd"] * WIDTH
    for line in ("today", "best_bought"):
        known: dict[str, Any] = told["baseline"][line] or {"option": None}
        for against in [option for option in allowed if option["id"] == known["option"]]:
            for option in allowed:
                saved = float(against["npv_cost_usd"]["mean"] - option["npv_cost_usd"]["mean"])
                assert option[f"saving_vs_{line}_usd"]["mean"] == pytest.approx(saved, rel=1e-6, abs=1.0)


def test_more_requests_cost_more_and_small_traffic_is_bought() -> None:
    told = [decided(volume) for volume in (10_000, 1_000_000, 100_000_000)]
    assert told[0]["verdict"] in {"keep_today", "buy_api", "buy_hosted_open_weights"}
    for kind in ("keep_today", "self_host_owned", "self_host_rented"):
        costs = [min(o["npv_cost_usd"]["mean"] for o in document["options"] if o["kind"] == kind) for document in told]
        assert costs == sorted(costs), kind
    best = [min(o["npv_cost_usd"]["mean"] for o in document["options"] if o["feasible"]) for document in told]
    assert best == sorted(best)
