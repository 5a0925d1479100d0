"""What the first question's finding says of options that other rules block."""

from datetime import date
from pathlib import Path

import pytest

from steelyard.study.load import study_from_text
from steelyard.study.pipeline import decide

TEXT = """
study: question-words
traffic: {requests_per_month: 500k, input_tokens: 900, output_tokens: 150, shape: flat, growth: 0%}
candidates: [openai/gpt-5.4-mini, openai/gpt-6-luna, gemma-4-26b-a4b]
data: {countries: [DE], must_stay_on_premises: ANSWER,
  custom_rules: [{attribute: inference_location, value: EU, name: works agreement}]}
"""


@pytest.mark.parametrize(("answer", "by"), [("no", "the rules given"), ("yes", "it")])
def test_options_blocked_by_other_rules_are_not_blocked_by_an_answer_of_no(answer: str, by: str) -> None:
    """Nothing need stay on the premises: what blocks here is the works agreement, not the question's `no`."""
    study = study_from_text(TEXT.replace("ANSWER", answer), "words.yaml")
    finding = decide(study, base_folder=Path(), seed=0, as_of=date(2026, 11, 23), draws=64).questions[0].finding
    assert f"blocked by {by}." in finding
