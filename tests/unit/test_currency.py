"""The currency shown: every face converts every amount at one stated rate, and the ledger stays in USD."""

import io
import json
import re
from collections.abc import Callable
from datetime import date
from html import unescape
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from report_example import example_result
from report_office import OFFICE, recomputed
from report_workings import example_workings
from steelyard.domain.currency import Currency, in_display, shown, shown_in
from steelyard.domain.result import Result
from steelyard.finance import builder as b
from steelyard.finance.evaluate import evaluate
from steelyard.finance.explain import explain
from steelyard.printed import money, money_tick, quantity
from steelyard.report import render_email, render_html, render_json, render_markdown, render_terminal, render_xlsx
from steelyard.report.bill import render_bill
from steelyard.report.charts.scale import Linear, Log
from steelyard.report.compare import render_compare
from steelyard.report.living import living
from steelyard.study.load import study_from_text
from steelyard.study.pipeline import decide

USD_PER_EURO = 1.25
EURO = Currency(code="EUR", usd_per_unit=USD_PER_EURO, as_of=date(2026, 11, 1), source="a central bank")
FRANC = EURO.model_copy(update={"code": "CHF"})
RATE_WORDS = ("EUR", "1.25 USD", "2026-11-01", "a central bank")
STATED = """study: s
traffic: {requests_per_month: 12M, input_tokens: 900, output_tokens: 150}
today: openai/gpt-5.4-mini
candidates: [gpt-5.4-mini, gemma-4-26b-a4b]
economics: {discount_rate: 10%}
"""
RATE = "currency: {code: EUR, usd_per_unit: 1.25, as_of: 2026-11-01, source: a central bank}\n"


def in_euro() -> Result:
    return example_result(display_currency=EURO)


@pytest.mark.parametrize("usd", [0.000_123, 0.05, 12.34, 999.6, 43_210.0, -1_234_567.0])
def test_an_amount_is_converted_before_it_is_rounded(usd: float) -> None:
    with shown_in(EURO):
        assert money(usd) == money_in_dollars(usd / USD_PER_EURO).replace("$", "€")
        assert quantity(usd, "USD/(kW month)").endswith("per kW and month")
        assert quantity(12e6, "requests/month").replace("\u00a0", " ") == "12 M requests a month"
    assert money(usd) == money_in_dollars(usd)


def money_in_dollars(usd: float) -> str:
    with shown_in(None):
        return money(usd)


def test_a_currency_without_a_sign_of_its_own_goes_by_its_code() -> None:
    with shown_in(FRANC):
        assert money(100.0) == "CHF\u00a080"


def test_only_what_counts_dollars_is_converted() -> None:
    with shown_in(EURO):
        assert in_display(5.0, "USD/h") == (4.0, "EUR/h")
        assert in_display(5.0, "of list") == (5.0, "of list")
        assert shown(1.0) == 0.8


def test_arithmetic_in_words_is_in_the_currency_too() -> None:
    book = b.LedgerBuilder("api")
    price = book.constant("price", 0.002, "USD/request", "Price per request", "list price")
    book.line("bill", book.input("requests", "request/month", "Requests") * price, group="tokens", label="Bill")
    ledger = book.build()
    values = evaluate(ledger, {"requests": 5e6}, 1)
    with shown_in(EURO):
        said = explain(ledger, values, "bill", 1)[0]
    assert said.endswith("Price per request (0.0016 EUR/request) = 8,000 EUR/month")


def test_ticks_are_round_in_the_currency_shown() -> None:
    with shown_in(EURO):
        assert [money_tick(t) for t in Linear(0, 1e6, 0, 1).ticks(4, per=shown(1.0))][1] == "€200\u00a0k"
        assert money_tick(Log(1e3, 1e6, 0, 1).ticks(4, per=shown(1.0))[0]) == "€1\u00a0k"


@pytest.mark.parametrize("render", [render_terminal, render_markdown, render_html, render_email])
def test_a_face_states_rate_date_and_source_and_shows_no_dollar_figure_of_its_own(
    render: Callable[[Result], str],
) -> None:
    euro = unescape(render(in_euro())).replace("\u00a0", " ")
    assert all(said in re.sub(r"[\s>]+", " ", euro.replace("\\", "")) for said in RATE_WORDS)
    in_document = set(re.findall(r"\$[\d.,]+", render_json(example_result())))
    assert set(re.findall(r"\$[\d.,]+", euro)) <= in_document  # sentences of the example are written in dollars
    assert euro.count("€") > 3


def test_a_bill_is_divided_by_the_rate() -> None:
    said, _, euro = render_bill(in_euro(), width=200).partition("\n\n")
    dollar = render_bill(example_result(), width=200)
    assert said == "Amounts in EUR, at 1 EUR = 1.25 USD on 2026-11-01 (a central bank)"
    numbers = [[float(w.replace(",", "")) for w in re.findall(r"(?<!\S)[\d,]+\.\d\d(?!\S)", t)] for t in (euro, dollar)]
    assert len(numbers[0]) == len(numbers[1]) > 10
    assert np.allclose(np.array(numbers[0]) * USD_PER_EURO, numbers[1], atol=0.0126)


def test_a_comparison_is_in_the_currency_of_both_or_in_dollars() -> None:
    other = example_result(display_currency=FRANC)
    assert "€" in render_compare(in_euro(), in_euro())
    assert "€" not in render_compare(in_euro(), other)
    assert "CHF" not in render_compare(in_euro(), other)


def test_the_document_keeps_dollars_and_names_the_rate() -> None:
    euro, dollar = json.loads(render_json(in_euro())), json.loads(render_json(example_result()))
    assert euro.pop("display_currency")["usd_per_unit"] == USD_PER_EURO
    assert dollar.pop("display_currency") is None
    assert euro == dollar
    assert euro["currency"] == "USD"


def test_the_living_page_converts_in_its_script() -> None:
    live = living(in_euro(), example_workings(), "")
    data = json.loads(live.data)
    assert (data["sign"], data["perUsd"]) == ("€", 0.8)
    salary = next(k for k, d in enumerate(live.dials) if d.label.startswith("Loaded cost"))
    assert live.dials[salary].unit == "EUR a year"
    assert data["dials"][salary]["scale"] == 0.8
    assert data["dials"][salary]["expected"] == 268_000.0


def test_costs_in_the_workbook_are_in_euro_and_hang_on_the_cell_of_the_rate() -> None:
    euro, dollar = (openpyxl.load_workbook(io.BytesIO(render_xlsx(r, example_workings())), data_only=True)["Decision"]
                    for r in (in_euro(), example_result()))  # fmt: skip
    assert euro["E14"].value == "Present value, EUR"
    for cell in ("E15", "F16", "J15", "E19", "E20"):
        assert euro[cell].value == pytest.approx(dollar[cell].value / USD_PER_EURO, rel=1e-12), cell
    assert "€" in euro["E15"].number_format


@pytest.mark.office
@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed here")
def test_a_changed_rate_moves_every_cost_of_the_workbook(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx(in_euro(), example_workings())))
    rate = next(row[3] for row in book["Inputs"].iter_rows() if str(row[0].value).startswith("Dollars that one"))
    rate.value = 2.0  # pyright: ignore[reportAttributeAccessIssue]  no merged cells on this sheet
    edited = io.BytesIO()
    book.save(edited)
    found = recomputed(edited.getvalue(), tmp_path)["Decision"]
    dollar = openpyxl.load_workbook(io.BytesIO(render_xlsx(example_result(), example_workings())), data_only=True)
    for cell in ("E15", "E16", "E17", "F15", "E19", "E20"):
        assert found[cell].value == pytest.approx(dollar["Decision"][cell].value / 2.0, rel=1e-9), cell


def test_a_study_in_euro_decides_as_in_dollars_and_speaks_euro() -> None:
    studies = (study_from_text(STATED + more, "s.yaml") for more in (RATE, ""))
    euro, dollar = (decide(s, base_folder=Path(), seed=0, as_of=date(2026, 11, 23), draws=64) for s in studies)
    assert [o.npv_cost_usd for o in euro.options] == [o.npv_cost_usd for o in dollar.options]
    assert euro.reason == dollar.reason or ("€" in euro.reason and "$" not in euro.reason)
    assert not any("$" in f.sentence for f in euro.flips)
    assert any("EUR/month" in line.formula for o in euro.options for line in o.lines)
    row = next(a for a in euro.assumptions if a.name == "currency")
    assert (row.value, row.source, row.as_of, row.age_days) == (
        "1 EUR = 1.25 USD", "a central bank", date(2026, 11, 1), 22)  # fmt: skip
