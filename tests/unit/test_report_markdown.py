"""The decision record and the email."""

# ruff: noqa: E501  sentences stand on one line

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from report_example import EVIL, bare_result, example_result, infeasible_result, spoiled
from steelyard.domain.result import Result
from steelyard.report import render_email, render_markdown

MD = MarkdownIt("commonmark", {"html": True}).enable("table")
HOSTILE = [EVIL, "![x](http://evil/x.png)", "[a](javascript:x)", "<http://evil>", "www.evil.example", "https://evil.example", "1. one", "- dash", "# head", "> quote",
           "a | b | c", "`code`", "***", "&lt;b&gt;", "\\", "\n\n# x", "[^1]", "~~x~~", "+ plus", "=====", ":-"]  # fmt: skip


def shape(markdown: str) -> list[tuple[str, str]]:
    """Elements of the rendered document, in order."""
    return [
        (t.type, t.tag)
        for token in MD.parse(markdown)
        for t in [token, *(token.children or [])]
        if t.type not in {"text", "text_special"}
    ]


@pytest.mark.parametrize("words", HOSTILE)
def test_no_text_becomes_markup(words: str) -> None:
    assert shape(render_markdown(spoiled(words))) == shape(render_markdown(spoiled("plain")))


@settings(max_examples=40)
@given(st.text(min_size=1, max_size=40).filter(lambda s: any(c.isalnum() for c in s)))
def test_any_text_keeps_the_shape_of_the_record(words: str) -> None:
    assert shape(render_markdown(spoiled(words))) == shape(render_markdown(spoiled("plain")))


def test_the_record_has_the_parts_of_an_architecture_decision() -> None:
    text = render_markdown(example_result())
    parts = [line for line in text.splitlines() if line.startswith("## ")]
    assert parts == ["## Context", "## Options", "## Decision", "## Consequences", "## Triggers to revisit", "## Email"]
    assert (
        "| Hosted open weights: Qwen3 32B at a US endpoint | buy hosted open weights | allowed | $955 k | \u2212$255 k to $53 k | 14 % |"
        in text
    )
    assert "Why they differ: Exclusive data argues for tuning" in text
    assert text.endswith("\n")
    assert "\u00a0" not in text


def test_a_sentence_that_comes_with_its_full_stop_gets_no_second() -> None:
    told = "Rent of an H100, seen 2026-08-14, 98 days old. Source: genai-prices 0.2.3."
    text = render_markdown(example_result().model_copy(update={"oldest_figure": told}))
    assert f"- Oldest figure that moves the verdict: {told}\n" in text


@pytest.mark.parametrize("result", [example_result(), infeasible_result(), bare_result()])
def test_the_email_is_short_and_starts_with_its_subject(result: Result) -> None:
    email = render_email(result)
    subject, blank, _ = email.split("\n", 2)
    assert subject.startswith("Subject: support-assistant: ")
    assert blank == ""
    assert len(email.split()) <= 150


@given(st.text(max_size=2000))
def test_no_text_makes_the_email_longer_or_gives_it_another_header(words: str) -> None:
    email = render_email(spoiled(words))
    assert len(email.split()) <= 150
    assert email.count("\n") == 3
    assert "the report attached holds every figure" in email


def test_the_email_says_verdict_money_confidence_and_flip() -> None:
    email = render_email(example_result())
    for said in (
        "Buy: a managed API (OpenAI gpt-5.4-nano",
        "saves $702 k against today",
        "in 81 % of 2,048 draws",
        "From 15.9 M requests",
        "$41 k on average",
    ):
        assert said in email
