"""Where no answer makes the framework speak nothing agrees with it: the figures alone decide."""

from collections.abc import Callable

import pytest

from report_example import example_result
from steelyard.domain.result import Result
from steelyard.report import render_html, render_markdown, render_terminal

WHY = "The framework does not point anywhere on these answers; the figures decide."


@pytest.mark.parametrize("render", [render_html, render_markdown, render_terminal])
def test_nobody_is_told_that_figures_agree_with_a_rule_that_says_nothing(render: Callable[[Result], str]) -> None:
    result = example_result()
    silent = result.framework.model_copy(update={
        "says": ("Nothing: no answer given here makes it speak.",), "governing": "none", "agrees": True, "why": WHY,
    })  # fmt: skip
    told = render(result.model_copy(update={"framework": silent}))
    assert "Why they agree" not in told
    assert "\nAgree " not in told
    assert "What decides" in told or "\nDecide " in told
