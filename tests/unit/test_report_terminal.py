"""The story in a terminal."""

# ruff: noqa: E501  sentences and rows stand on one line

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report_example import bare_result, example_result, infeasible_result
from steelyard.domain.result import Result
from steelyard.report import render_html, render_markdown, render_terminal
from steelyard.report.bill import render_bill
from steelyard.report.text import clip, columns, condense, middle, plain, wrap

ANSI = re.compile(r"\x1b\[\d+m")
HOSTILE = st.text(max_size=120) | st.sampled_from(
    ["\x1b[2J\x1b[31mred", "\u202egpj.exe", "漢字" * 60, "a\u0301" * 90, "x" * 300, "\r\nVERDICT"]
)


def renamed(name: str) -> Result:
    """Every free text replaced by ``name``."""
    result = example_result()
    options = tuple(
        o.model_copy(update={"label": name, "allowed_if": (name,), "excluded_by": (name,)}) for o in result.options
    )
    flips = tuple(f.model_copy(update={"sentence": name, "input": name}) for f in result.flips)
    return result.model_copy(update={"study": name, "options": options, "flips": flips, "reason": name, "warnings": (name,) * 9,
                                     "oldest_figure": name})  # fmt: skip


@pytest.mark.parametrize("result", [example_result(), infeasible_result(), bare_result()])
@pytest.mark.parametrize("width", [60, 80, 132])
def test_the_story_fits_a_terminal(result: Result, width: int) -> None:
    lines = render_terminal(result, width=width).splitlines()
    assert len(lines) <= 40
    assert max(columns(line) for line in lines) <= width


@given(HOSTILE)
def test_hostile_names_neither_break_the_frame_nor_reach_the_terminal(name: str) -> None:
    text = render_terminal(renamed(name))
    assert len(text.split("\n")) <= 41
    assert all(columns(line) <= 80 for line in text.split("\n"))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def test_colour_adds_nothing_but_colour() -> None:
    plain_text = render_terminal(example_result())
    assert "\x1b" not in plain_text
    colored = render_terminal(example_result(), color=True)
    assert colored != plain_text
    assert ANSI.sub("", colored) == plain_text


def test_ascii_terminals_get_ascii() -> None:
    text = render_terminal(example_result(), ascii_only=True)
    assert text.isascii()
    assert "-$255 k to $53 k" in text
    assert len(text.splitlines()) <= 40


CLAUSES = st.sampled_from(["the price rose", "it may fall", "ask the seller (by mail)", "wait", "volume: 3 M a month"])
SENTENCES = st.lists(CLAUSES, min_size=1, max_size=4).map(lambda parts: ("A " + "; ".join(parts)) + ".")


def test_the_table_lines_up() -> None:
    rows = [line for line in render_terminal(example_result()).splitlines() if line.endswith(" %")]
    assert len(rows) == 4
    assert {columns(row) for row in rows} == {80}


def test_the_story_holds_verdict_confidence_framework_flips_and_price_of_error() -> None:
    text = " ".join(render_terminal(example_result()).split())
    for said in ("Buy: a managed API", "in 81 % of 2,048 draws", "Framework says: Q2: fine-tune", "Figures say: Buy the small API model",
                 "Flips if From 15.9 M requests", "If wrong $41 k on average", "Oldest Rent of an H100", "Excluded 1 option: Your policy says PHI",
                 "saves $702 k against today (80 % interval $497 k to $907 k)", "$6.9 k a month \u00b7 cache the system prompt"):  # fmt: skip
        assert said in text


def test_many_options_keep_the_verdict_and_the_reference_lines_in_view() -> None:
    result = example_result()
    extra = tuple(result.options[1].model_copy(update={"id": f"x{n}", "label": f"Extra {n}"}) for n in range(30))
    text = render_terminal(result.model_copy(update={"options": extra + result.options}))
    assert "● OpenAI gpt-5.4-nano" in text
    assert "Today: OpenAI" in text
    rows = [line for line in text.splitlines() if line.endswith(" %") and "$" in line]
    assert f"and {36 - len(rows)} more in the report" in text
    assert len(text.splitlines()) <= 40


def test_left_out_warnings_are_counted() -> None:
    text = render_terminal(example_result(warnings=tuple(f"warning {n}" for n in range(7))))
    shown = text.count("Warning ")
    assert f"(and {7 - shown} more)" in text


@given(st.text(max_size=200), st.integers(2, 60), st.integers(1, 4))
def test_wrapped_text_keeps_its_width_and_loses_no_word_unsaid(text: str, width: int, lines: int) -> None:
    clean = plain(text)
    wrapped = wrap(clean, width, lines=lines)
    assert 1 <= len(wrapped) <= lines
    assert all(columns(line) <= width for line in wrapped)
    if not wrapped[-1].endswith("\u2026"):
        assert "".join(wrapped).replace(" ", "") == clean.replace(" ", "")


@given(st.lists(SENTENCES, min_size=1, max_size=4), st.integers(24, 70), st.integers(1, 4))
def test_condensed_text_fits_and_holds_whole_clauses_in_order(found: list[str], width: int, lines: int) -> None:
    text = " ".join(found)
    shown = condense(text, width, lines=lines)
    assert len(shown) <= lines
    assert all(columns(line) <= width for line in shown)
    joined = " ".join(shown)
    if not joined.endswith("\u2026"):
        assert joined.endswith(".")
        assert text.startswith(joined.rstrip(".")) or "(" in text


@pytest.mark.parametrize(("room", "said"), [
    (300, "The price (as listed) rose; it may fall: ask. Wait."), (40, "The price rose; it may fall: ask. Wait."),
    (34, "The price rose; it may fall: ask."), (31, "The price rose."), (8, "The pri\u2026"),
])  # fmt: skip
def test_what_is_too_long_loses_sentences_then_asides_then_clauses(room: int, said: str) -> None:
    assert condense("The price (as listed) rose; it may fall: ask. Wait.", room, lines=1) == [said]


def test_no_sentence_of_the_story_is_cut() -> None:
    for result in (example_result(), infeasible_result()):
        text = render_terminal(result)
        assert [line for line in text.splitlines() if line.endswith("\u2026")] == []


def test_no_line_ends_between_a_number_and_its_unit() -> None:
    for width in range(60, 100):
        text = render_terminal(
            example_result(reason="It saves 12 M of 300 M requests and 40 % of cost. " * 2), width=width
        )
        assert [line for line in text.splitlines() if re.match(r"\s+(?:[kMBT]\b|%)", line)] == []


def test_what_every_flip_begins_with_is_said_once() -> None:
    flips = tuple(
        flip.model_copy(update={"sentence": f"Buying the small model wins unless volume exceeds {n} M."})
        for n, flip in enumerate(example_result().flips, start=16)
    )
    text = " ".join(render_terminal(example_result(flips=flips)).split())
    assert "Flips if volume exceeds 16 M." in text
    assert "wins unless" not in text


def test_a_long_name_keeps_its_last_words() -> None:
    assert middle("Run gemma-4-26b-a4b on A100 PCIE 80GB, 3 years", 30) == "Run gemma-4-26b-a4b on\u20263 years"
    assert middle("short", 30) == "short"


def test_a_clipped_text_says_so() -> None:
    assert clip("abcdef", 4) == "abc\u2026"
    assert clip("漢字漢字", 5) == "漢字\u2026"
    assert clip("abcd", 4) == "abcd"


def test_where_nothing_is_allowed_the_binding_rules_are_said() -> None:
    text = render_terminal(infeasible_result())
    assert "Ruled out  Your policy says nothing leaves the building (8 of 8 options)" in text
    assert "Flips if" not in text


def test_what_the_winner_must_show_first_stands_on_the_first_screen() -> None:
    assert "Show first your own paired evaluation puts it no more than 2 points behind" in render_terminal(
        example_result()
    )


@pytest.mark.parametrize("render", [render_bill, render_html, render_markdown, render_terminal])
def test_one_month_is_no_months(render: Callable[[Result], str]) -> None:
    told = render(example_result(horizon_months=1)).replace("\u00a0", " ")
    assert not re.search(r"(?<![\d.,])1 (months|options|draws|days)\b", told)
    assert "1 month" in told
