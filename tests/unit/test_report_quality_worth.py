"""What knowing quality is worth stands beside what knowing every cost is worth, and never reads as a part of it."""

import html
import re
from collections.abc import Callable

import pytest

from report_example import example_result
from steelyard.domain.result import Measurement, Result
from steelyard.report import render_email, render_html, render_markdown, render_terminal
from steelyard.report.story import tell
from steelyard.web.render import render

ASKED = Measurement(input="Quality of the small model", worth_up_to_usd=290_000.0, measurement="evaluate it",
                    cost_usd=4_500.0, concerns="quality")  # fmt: skip
OF_COST = ASKED.model_copy(update={"input": "GPU rent", "worth_up_to_usd": 29_000.0, "concerns": "cost"})


def result(*asked: Measurement) -> Result:
    return example_result(evpi_usd=41_000.0, value_of_information=asked)


def words(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).replace("\u00a0", " ").split())


@pytest.mark.parametrize("render", [render_html, render_markdown])
def test_every_worth_of_knowing_quality_says_that_it_is_beside_the_costs(render: Callable[[Result], str]) -> None:
    shown = words(render(result(ASKED)))
    assert "knowing every cost beforehand is worth up to $41 k (quality is valued apart)" in shown
    assert "worth up to $290 k beside the worth of knowing every cost" in shown
    assert "knowing everything" not in shown


@pytest.mark.parametrize("render", [render_html, render_markdown, render_terminal, render_email])
def test_a_worth_of_knowing_a_cost_is_told_without_that(render: Callable[[Result], str]) -> None:
    shown = words(render(result(OF_COST)))
    assert "beside the worth" not in shown
    assert "valued apart" not in shown


def test_the_browser_tells_them_apart() -> None:
    shown = words(render("parts/assumptions.html.jinja", result=result(ASKED)))
    assert "worth up to $290 k beside the worth of knowing every cost. evaluate it" in shown


def test_the_terminal_speaks_of_costs() -> None:
    assert "knowing every cost" in words(render_terminal(result(ASKED)))


def test_the_case_against_tells_them_apart() -> None:
    told = " ".join(tell(result(ASKED)).against).replace("\u00a0", " ")
    assert (
        "Quality of the small model; knowing it is worth up to $290 k beside the worth of knowing every cost." in told
    )
