"""What a sceptic asks stands in every face: contradictions, doubts, costs of gates, the other side, the surface."""

# ruff: noqa: E501  sentences of the document stand on one line

import re
from xml.etree import ElementTree as ET

from report_example import EVIL, example_result
from report_insights import sceptical_result
from report_prose import counted, printed, prose, tokens
from steelyard.report import render_html, render_markdown, render_pdf, render_terminal
from steelyard.report.charts.surface import surface_chart

SVG = "{http://www.w3.org/2000/svg}"
RESULT = sceptical_result()


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split()).replace("\u00a0", " ")


def test_the_page_shows_every_part() -> None:
    text = words_of(render_html(RESULT))
    for said in ("Figures that cannot all be right", "7.1 B x $0.20 = $1.4 k, stated $36 k", "(spend, tokens)",
                 "Ownership premium $11 k a month", "61.4 engineer-months, $1.2 M", "Break-even surface: volume and price",
                 "The data gate costs $88 k over 36 months.", "Tokenising the sensitive part opens 1 option.",
                 "0 % to 61 % asked in the study", "61 % to 100 % nothing passes",
                 "The runner-up, Hosted open weights: Qwen3 32B at a US endpoint, costs $101 k more on average.",
                 "It wins where API prices average 1.2 instead of 1.", "80 % of list to 130 % of list", "58 %",
                 "quality: beside the worth of knowing every cost", "0.5 months, $20 k", "2,048 draws suffice."):  # fmt: skip
        assert said in text, said


def test_what_is_not_there_leaves_no_empty_section() -> None:
    text = words_of(render_html(example_result()))
    for heading in ("Figures that cannot all be right", "Ownership, speed", "Where the doubt comes from",
                    "What each gate costs", "How the choice moves with quality", "Break-even surface"):  # fmt: skip
        assert heading not in text


def test_the_surface_marks_the_study_with_its_spread_and_the_rule() -> None:
    chart = surface_chart(RESULT)
    assert chart is not None
    assert len(chart.table.rows) == 10
    assert "the best bought service costs $0.0012, below it" in chart.description
    for svg in (chart.wide, chart.narrow, chart.paper):
        root = ET.fromstring(svg)
        assert len(root.findall(f".//{SVG}circle")) == 2
        said = " ".join(t.text or "" for t in root.iter(f"{SVG}text")).replace("\u00a0", " ")
        assert "rule of thumb: 50 M and 100 M requests a month, $0.001 a request" in said
        width, height = (float(v) for v in root.attrib["viewBox"].split()[2:])
        for mark in root.iter(f"{SVG}text"):
            assert 0 <= float(mark.attrib["x"]) <= width
            assert 0 <= float(mark.attrib["y"]) <= height
    assert surface_chart(example_result()) is None


def test_record_and_paper_hold_the_runner_up_s_case() -> None:
    assert "It costs less in 31 % of draws" in render_markdown(RESULT)
    assert render_pdf(RESULT).startswith(b"%PDF")
    assert len(render_terminal(RESULT).splitlines()) <= 40


def test_markup_in_its_texts_stays_text() -> None:
    html = render_html(sceptical_result(EVIL))
    assert "<script" not in html
    assert "<img" not in html
    assert html.count("&lt;script&gt;alert(1)") > 8


def test_every_number_in_its_prose_is_in_the_result() -> None:
    assert tokens(prose(RESULT)) - printed(RESULT) - counted(RESULT) == set()
