"""Gates on who made a model and on what a seller lets through."""

from datetime import date
from pathlib import Path

import pytest

from steelyard.domain.claims import GateFinding
from steelyard.errors import StudyError
from steelyard.study.load import study_from_text
from steelyard.study.pipeline import decide

TEXT = """
study: gates
traffic: {requests_per_month: 30M, input_tokens: 900, output_tokens: 150, shape: flat, growth: 0%}
today: {provider: openai, model: gpt-5.4-mini}
candidates: [openai/gpt-5.4-mini, openai/gpt-6-luna, deepseek-v4-flash]
EXTRA
"""


def gates(extra: str, gate: str) -> dict[str, list[GateFinding]]:
    study = study_from_text(TEXT.replace("EXTRA", extra), "gates.yaml")
    result = decide(study, base_folder=Path(), seed=0, as_of=date(2026, 11, 23), draws=64)
    return {o.id: [g for g in o.gates if g.gate == gate] for o in result.options}


def test_a_barred_vendor_is_blocked_wherever_its_weights_run() -> None:
    found = gates("data: {barred_vendors: [DeepSeek]}", "provenance")
    mine = {option: rows[0].answer for option, rows in found.items()}
    assert {a for option, a in mine.items() if "deepseek" in option} == {"blocked"}
    assert {a for option, a in mine.items() if "deepseek" not in option} == {"no blocking rule found"}
    assert all(rows[0].whose == "your policy" for rows in found.values())


def test_nothing_is_said_of_vendors_or_limits_that_nobody_stated() -> None:
    assert not any(gates("", "provenance").values())
    assert not any(gates("", "rate limit").values())


@pytest.mark.parametrize(("limit", "answer"), [("100", "possible if you can show"), ("100k", "no blocking rule found")])
def test_a_rate_limit_is_held_against_the_busiest_minute(limit: str, answer: str) -> None:
    """30 M requests a month are 684 a minute on average: above 100, below 100 k however bursty."""
    extra = f"rate_limits: [{{seller: openai, model: gpt-6-luna, requests_per_minute: {limit}}}]"
    found = gates(extra, "rate limit")
    assert [row.answer for row in found["api:openai/gpt-6-luna"]] == [answer]
    assert found["today"] == []
    assert all(bool(row.condition) == (answer != "no blocking rule found") for row in found["api:openai/gpt-6-luna"])


def test_a_limit_of_tokens_counts_input_and_output() -> None:
    """684 requests a minute of 1,050 tokens are at least 0.7 M tokens a minute."""
    found = gates("rate_limits: [{seller: openai, tokens_per_minute: 700k}]", "rate limit")
    assert {row.answer for row in found["today"]} == {"possible if you can show"}
    assert "tokens a minute" in found["today"][0].rule


def test_a_limit_without_a_number_is_refused() -> None:
    with pytest.raises(StudyError, match="without a number"):
        study_from_text(TEXT.replace("EXTRA", "rate_limits: [{seller: openai}]"), "gates.yaml")


def test_a_seller_is_to_show_the_latency_that_a_study_states() -> None:
    """A promise of 300 ms holds for a seller as well: no price list says how long it lets wait, so you measure it."""
    traffic = "traffic: {requests_per_month: 30M, input_tokens: 900, output_tokens: 150, shape: flat, growth: 0%"
    text = TEXT.replace(traffic, f"{traffic}, classes: [{{name: chat, share: 100%, slo: {{ttft_p95: 300ms}}}}]")
    assert text != TEXT
    study = study_from_text(text.replace("EXTRA", ""), "gates.yaml")
    result = decide(study, base_folder=Path(), seed=0, as_of=date(2026, 11, 23), draws=64)
    shown = {o.id: [c for c in o.allowed_if if "time to first token" in c] for o in result.options}
    words = "you measure its time to first token (p95) at most 300 ms at openai"
    assert shown["api:openai/gpt-6-luna"] == [words]
    assert next(o for o in result.options if o.id == "api:openai/gpt-6-luna").allowed_if[0] == words  # yours, so first
    assert shown["today"] == []
    assert not any(conditions for option, conditions in shown.items() if option.startswith(("rent:", "own:")))


def test_a_promise_that_nobody_stated_asks_nothing_of_a_seller() -> None:
    assert not gates("", "slo")["api:openai/gpt-6-luna"]
