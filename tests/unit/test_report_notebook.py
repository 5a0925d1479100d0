"""A decision as a notebook shows it."""

import sys
import types
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report_example import EVIL, bare_result, example_result, infeasible_result, spoiled
from steelyard.domain.result import Result
from steelyard.errors import InputError, OutputError
from steelyard.report.notebook import render_notebook
from steelyard.report.tables import TABLES
from steelyard.report.text import unparted
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
    assert unparted(result.reason) in Shape(text).words
    assert len(text) < 10_000


@given(st.text(max_size=80) | st.sampled_from([EVIL, "<script>alert(1)</script>", '" onload="x', "&lt;", "\x1b[31m"]))
def test_no_text_becomes_an_element_or_an_attribute(words: str) -> None:
    assert Shape(render_notebook(spoiled(words))).found == Shape(render_notebook(spoiled("plain"))).found


def test_the_public_decision_shows_itself_and_stays_a_result() -> None:
    decision = Decision.of(example_result())
    show = decision._repr_html_  # pyright: ignore[reportPrivateUsage]  what a notebook calls
    assert show() == render_notebook(example_result())
    assert decision.model_dump_json() == example_result().model_dump_json()


def test_every_table_has_columns_of_one_length_and_the_figures_of_the_result() -> None:
    decision = Decision.of(example_result())
    for name in TABLES:
        columns = decision.columns(name)
        assert len({len(values) for values in columns.values()}) == 1, name
        assert all(columns), name
    options = decision.columns("options")
    assert options["npv_cost_mean_usd"] == [o.npv_cost_usd and o.npv_cost_usd.mean for o in decision.options]
    assert list(options["chosen"]).count(True) == 1
    bill, months = decision.columns("bill"), decision.columns("months")
    spent = [sum(usd for usd in found if isinstance(usd, float)) for found in (bill["usd"], months["cost_usd"])]
    assert spent[0] == pytest.approx(spent[1])
    assert spent[0] > 0
    assert len(decision.columns("flips")["input"]) == len(decision.flips)
    with pytest.raises(InputError, match="no table 'optoins'"):
        decision.columns("optoins")


@pytest.mark.parametrize(("library", "call", "constructor"), [
    ("pyarrow", "to_arrow", "table"), ("pandas", "to_pandas", "DataFrame"), ("polars", "to_polars", "DataFrame"),
])  # fmt: skip
def test_a_table_goes_to_a_library_that_is_there_and_says_how_to_get_one_that_is_not(
    monkeypatch: pytest.MonkeyPatch, library: str, call: str, constructor: str
) -> None:
    decision = Decision.of(example_result())
    monkeypatch.setitem(sys.modules, library, None)  # as if it were not installed
    with pytest.raises(OutputError, match=f"pip install {library}"):
        getattr(decision, call)()

    def table(columns: object, **_: object) -> object:
        return columns

    stand_in = types.SimpleNamespace(**{constructor: table})
    monkeypatch.setitem(sys.modules, library, stand_in)
    assert getattr(decision, call)("bill") == decision.columns("bill")


@pytest.mark.parametrize(("library", "call"), [
    ("pyarrow", "to_arrow"), ("pandas", "to_pandas"), ("polars", "to_polars"),
])  # fmt: skip
def test_a_library_takes_every_table(library: str, call: str) -> None:
    pytest.importorskip(library, reason=f"{library} is not installed here")
    for result in (example_result(), bare_result()):
        for name in TABLES:
            columns = Decision.of(result).columns(name)
            assert list(getattr(Decision.of(result), call)(name).shape) == [
                len(next(iter(columns.values()))),
                len(columns),
            ]


def test_no_line_ends_between_a_number_and_its_scale() -> None:
    shown = Shape(render_notebook(spoiled("105 k requests in 36 months, $3 M"))).words
    assert "105\u00a0k requests in 36\u00a0months, $3\u00a0M" in shown
