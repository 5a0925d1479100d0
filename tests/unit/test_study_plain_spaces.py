"""No text of a document holds a no-break space; what holds none is the same object."""

from datetime import date
from pathlib import Path

from steelyard.domain.result import FrameworkView
from steelyard.study.load import study_from_text
from steelyard.study.pipeline import decide
from steelyard.study.plain_spaces import with_plain_spaces

TEXT = """
study: spaces
horizon: 12 months
traffic: {requests_per_month: 5M, input_tokens: 900, output_tokens: 150, shape: flat, growth: 0%}
today: {provider: openai, model: gpt-5.4-mini}
"""


def test_a_text_is_made_plain_and_a_plain_value_is_left_alone() -> None:
    view = FrameworkView(says=("12\u00a0M requests",), figures_say="2\u00a0%", why="so", governing="q1", agrees=True)
    plain = with_plain_spaces(view)
    assert (plain.says, plain.figures_say, plain.why) == (("12 M requests",), "2 %", "so")
    assert with_plain_spaces(plain) is plain


def test_a_document_holds_no_other_spaces() -> None:
    result = decide(study_from_text(TEXT, "s.yaml"), base_folder=Path(), seed=0, as_of=date(2026, 11, 23), draws=64)
    text = result.model_dump_json()
    assert "\u00a0" not in text
    assert "M requests a month" in text
