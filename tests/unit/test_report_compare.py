"""Two decisions side by side."""

# ruff: noqa: E501  sentences stand on one line

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from report_example import EVIL, bare_result, example_result, infeasible_result, spoiled
from steelyard.domain.result import Result
from steelyard.report import Moved, change_in_words, render_compare
from steelyard.report.text import columns

OLD = example_result()


def cheaper_tokens() -> Result:
    """The same study after a price fell by 30 %."""
    rows = tuple(a.model_copy(update={"value": "0.14"}) if a.name.startswith("Price") else a for a in OLD.assumptions)
    first = OLD.options[0]
    assert first.npv_cost_usd is not None
    cost = first.npv_cost_usd.model_copy(update={"mean": 800_000.0})
    return OLD.model_copy(update={"assumptions": rows, "options": (first.model_copy(update={"npv_cost_usd": cost}), *OLD.options[1:]),
                                  "base_case": {**OLD.base_case, "requests_per_month": 14e6}, "warnings": (*OLD.warnings, "A new warning.")})  # fmt: skip


def flipped() -> Result:
    return OLD.model_copy(update={"verdict": "self_host_rented", "verdict_option": "rented-qwen"})


def flat(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_the_first_line_says_what_changed_and_that_the_verdict_holds() -> None:
    line = flat(change_in_words(OLD, cheaper_tokens()))
    assert (
        line
        == "Price of gpt-5.4-nano, input fell 30 %: still Buy: a managed API (OpenAI gpt-5.4-nano, cached, batch for nightly), margin +15 %"
    )


def test_a_flip_is_said_first() -> None:
    line = flat(change_in_words(OLD, flipped()))
    assert (
        line
        == "the verdict flips from Buy: a managed API (OpenAI gpt-5.4-nano, cached, batch for nightly) to Build: self-host on rented GPUs (Self-host Qwen3 32B on 4 rented H100)"
    )


def test_nothing_changed_says_so_and_lists_no_change() -> None:
    text = render_compare(OLD, OLD)
    assert "margin unchanged" in text
    assert "ASSUMPTIONS THAT CHANGED" not in text
    assert "NEW WARNINGS" not in text


def test_the_comparison_lists_costs_assumptions_inputs_and_warnings() -> None:
    text = render_compare(OLD, cheaper_tokens(), steps=(Moved("API price", "$0.20", "$0.14", -20_000.0),))
    rows = [" ".join(line.split()) for line in text.splitlines()]
    assert "Option Before After Change" in rows
    assert "● OpenAI gpt-5.4-nano, cached, batch for nightly $820 k $800 k \u22122.5 %" in rows
    assert "Price of gpt-5.4-nano, input, USD/Mtok 0.20 0.14 2026-11-02" in rows
    assert "requests_per_month 12.4 M 14 M" in rows
    assert "API price $0.20 $0.14 \u2212$20 k" in rows
    assert "A new warning." in rows
    assert max(columns(line) for line in text.splitlines()[2:]) <= 80


@pytest.mark.parametrize("after", [infeasible_result(), bare_result(), flipped()])
def test_any_pair_can_be_compared(after: Result) -> None:
    for pair in ((OLD, after), (after, OLD)):
        assert render_compare(*pair).endswith("\n")
        assert render_compare(*pair, markdown=True).startswith("**")


@settings(max_examples=25)
@given(st.text(max_size=80) | st.sampled_from([EVIL, "![x](http://e)", "a|b", "\x1b[31m"]))
def test_no_text_becomes_markup_or_a_terminal_code(words: str) -> None:
    after = spoiled(words)
    markdown = render_compare(OLD, after, markdown=True)
    kinds = {
        t.type
        for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(markdown)
        for t in [token, *(token.children or [])]
    }
    assert not kinds & {"html_inline", "html_block", "image", "link_open", "code_inline"}
    assert "\x1b" not in render_compare(OLD, after)


def test_a_price_inside_the_option_is_told_as_the_figure_that_moved_as_much() -> None:
    step = Moved("Input tokens, list price", "$0.20", "$0.14", -20_000.0, ratio=0.7, inside=True)
    assert flat(change_in_words(OLD, cheaper_tokens(), steps=(step,))).startswith(
        "Price of gpt-5.4-nano, input fell 30 %"
    )
    other = Moved("Output tokens, list price", "$0.40", "$0.20", -20_000.0, ratio=0.5, inside=True)
    assert flat(change_in_words(OLD, cheaper_tokens(), steps=(other,))).startswith(
        "Output tokens, list price fell 50 %"
    )


def test_steps_beyond_those_shown_are_summed() -> None:
    steps = tuple(Moved(f"input {n}", "1", "2", 1_000.0 + n) for n in range(20))
    rows = [" ".join(line.split()) for line in render_compare(OLD, OLD, steps=steps).splitlines()]
    assert "8 smaller steps $8.0 k" in "\n".join(rows).replace("+", "")
    assert "Together, in the base case $20 k" in "\n".join(rows).replace("+", "")


def test_values_that_begin_alike_show_where_they_differ() -> None:
    row = OLD.assumptions[0].model_copy(update={"value": "input 0.1, output 0.3, off by 1 %"})
    before = OLD.model_copy(update={"assumptions": (row,)})
    after = OLD.model_copy(
        update={"assumptions": (row.model_copy(update={"value": "input 0.1, output 0.4, off by 1 %"}),)}
    )
    assert "\u2026 output 0.3, off by 1 %" in render_compare(before, after)
