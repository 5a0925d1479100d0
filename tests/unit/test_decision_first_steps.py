"""The cheaper first steps: a saving each month counts only where it earns back what it asks once."""

from datetime import date
from pathlib import Path

import pytest

from steelyard.domain.result import Result
from steelyard.study.load import study_from_text
from steelyard.study.pipeline import decide

TEXT = """
study: first-steps
horizon: 18 months
traffic: {requests_per_month: VOLUME, input_tokens: 1100, output_tokens: 180, growth: 5% to 20% per month}
today: {provider: openai, model: gpt-5.4-mini}
candidates: [openai/gpt-5.4-mini, openai/gpt-6-luna, gemma-4-26b-a4b]
"""


def decided(volume: str) -> Result:
    study = study_from_text(TEXT.replace("VOLUME", volume), "first.yaml")
    return decide(study, base_folder=Path(), seed=0, as_of=date(2026, 11, 23), draws=256)


def switches(result: Result) -> list[str]:
    labels = {o.label for o in result.options if o.kind != "keep_today"}
    return [step.action for step in result.optimize_first if step.action in labels]


def test_a_switch_that_never_earns_itself_back_is_no_first_step() -> None:
    """At $294 a month a switch of some $40 k saves nothing in 18 months: beside `keep` it would say the opposite."""
    result = decided("180k")
    assert result.verdict == "keep_today"
    assert switches(result) == []
    assert result.optimize_first


@pytest.mark.parametrize("volume", ["2M", "20M"])
def test_the_switch_shown_first_is_the_cheapest_over_the_horizon(volume: str) -> None:
    result = decided(volume)
    best = result.baseline.best_bought
    assert best is not None
    assert switches(result) == [next(o.label for o in result.options if o.id == best.option)]
