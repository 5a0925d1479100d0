"""What the findings say: of options that other rules block, and what a yearly cost is of where nothing runs today."""

import math
from datetime import date
from pathlib import Path

import pytest

from steelyard.domain.result import Result
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


YEARLY = """
study: yearly
horizon: 36 months
traffic: {requests_per_month: 500k, input_tokens: 900, output_tokens: 150, shape: flat, growth: 0% to 2% per month}
TODAY
economics: {discount_rate: 8%, operating_expense_per_year: $60M}
"""


def _yearly(today: str) -> Result:
    study = study_from_text(YEARLY.replace("TODAY", today), "yearly.yaml")
    return decide(study, base_folder=Path(), seed=0, as_of=date(2026, 11, 23), draws=256)


def test_a_yearly_cost_is_of_the_first_month_bought_where_nothing_runs_today() -> None:
    """What is paid once, and discounting, are no part of it: it is a month of tokens twelve times."""
    found = _yearly("candidates: [openai/gpt-5.4-mini, openai/gpt-6-luna, gemma-4-26b-a4b]")
    assert found.tradeoffs is not None
    assert found.baseline.best_bought is not None
    bought = next(o for o in found.options if o.id == found.baseline.best_bought.option)
    once = [line for line in bought.lines if line.group in ("once", "capital")]
    assert math.fsum(amount for line in once for amount in line.usd_per_month) > 0
    running = math.fsum(line.usd_per_month[0] for line in bought.lines if line not in once)
    assert found.tradeoffs.inference_usd_per_year == pytest.approx(12 * running, rel=1e-3)
    assert found.questions[2].finding.startswith("Inference bought at the volume of month 1 would be $")
    assert any(s.startswith("Inference bought at the volume of month 1 would be ") for s in found.tradeoffs.sentences)


def test_a_yearly_cost_of_what_runs_today_is_said_to_be_one() -> None:
    found = _yearly("today: {provider: openai, model: gpt-5.4-mini}")
    assert found.questions[2].finding.startswith("Inference is $")
