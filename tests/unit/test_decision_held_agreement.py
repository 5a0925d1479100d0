"""Keeping open weights on machines of one's own follows the rule that says to self-host."""

from datetime import date
from pathlib import Path

import pytest

from steelyard.study.load import study_from_text
from steelyard.study.pipeline import decide

TEXT = """
study: held
traffic: {requests_per_month: 500k, input_tokens: 900, output_tokens: 150, shape: flat, growth: 0%}
today: TODAY
candidates: [openai/gpt-5.4-mini, llama-3.3-70b]
data: {must_stay_on_premises: ANSWER}
differentiator: {model_is_product: no}
"""
OWN = "{self_hosted: {model: llama-3.3-70b, accelerator: h100-sxm, count: 8, owned_since: 2025-03}}"


@pytest.mark.parametrize(("today", "answer", "agrees"), [
    (OWN, "yes", True), ("{provider: openai, model: gpt-5.4-mini}", "no", True),
])  # fmt: skip
def test_what_runs_today_counts_as_built_or_bought_by_who_runs_it(today: str, answer: str, agrees: bool) -> None:
    text = TEXT.replace("TODAY", today).replace("ANSWER", answer)
    result = decide(study_from_text(text, "held.yaml"), base_folder=Path(), seed=0, as_of=date(2026, 11, 23), draws=64)
    if result.verdict != "keep_today":
        pytest.fail(f"the example no longer keeps what runs: {result.reason}")
    assert result.framework.agrees is agrees
