"""A decision as a notebook shows it."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report_example import EVIL, bare_result, example_result, infeasible_result, spoiled
from steelyard.domain.result import Result
from steelyard.report.notebook import render_notebook
from steelyard.study.api import Decision


class Shape(HTMLParser):
    """Elements and attributes of a fragment, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[object] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(attrs)))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", data))

    def handle_decl(self, decl: str) -> None:
        self.found.append(("declaration", decl))

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("result", [example_result(), infeasible_result(), bare_result()])
def test_any_decision_has_a_small_fragment_with_its_reason(result: Result) -> None:
    text = render_notebook(result)
    assert result.reason in Shape(text).words
    assert len(text) < 10_000


@given(st.text(max_size=80) | st.sampled_from([EVIL, "<script>alert(1)</script>", '" onload="x', "&lt;", "\x1b[31m"]))
def test_no_text_becomes_an_element_or_an_attribute(words: str) -> None:
    assert Shape(render_notebook(spoiled(words))).found == Shape(render_notebook(spoiled("plain"))).found


def test_the_public_decision_shows_itself_and_stays_a_result() -> None:
    decision = Decision.of(example_result())
    assert decision._repr_html_() == render_notebook(example_result())
    assert decision.model_dump_json() == example_result().model_dump_json()
