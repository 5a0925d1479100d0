"""The workbook: text stays text, figures are formulas with the values of the base case."""

import dataclasses
import io
import zipfile

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report_example import EVIL, bare_result, example_result, spoiled
from report_workings import example_workings
from steelyard.finance.evaluate import evaluate
from steelyard.finance.measures import npv_usd
from steelyard.report import render_xlsx

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x","y")',
    "\t=1",
    "http://evil.example",
    "mailto:x@y",
    "{=1}",
    "1e5",
    "'=1",
    EVIL,
]
RESULT, WORKINGS = example_result(), example_workings()


def books(data: bytes) -> tuple[openpyxl.Workbook, openpyxl.Workbook]:
    return openpyxl.load_workbook(io.BytesIO(data)), openpyxl.load_workbook(io.BytesIO(data), data_only=True)


SHORT = dataclasses.replace(
    WORKINGS, n_months=2, inputs=tuple(dataclasses.replace(i, mean=i.mean[:2]) for i in WORKINGS.inputs)
)
BOOK, CACHED = books(render_xlsx(RESULT, WORKINGS))


def test_sheets_and_print_set_up() -> None:
    assert BOOK.sheetnames == ["Decision", "Inputs", "By month", "Ledger 1", "Ledger 2", "Ledger 3", "Assumptions"]
    for sheet in BOOK:
        assert sheet.page_setup.orientation == "landscape"
        pages = {"Decision": (1, 1), "By month": (2, 1), "Assumptions": (1, 0)}.get(sheet.title, (3, 0))
        assert (
            int(sheet.page_setup.fitToWidth or 1),
            int(1 if sheet.page_setup.fitToHeight is None else sheet.page_setup.fitToHeight),
        ) == pages
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert len(BOOK["Decision"]._charts) == 1
    assert len(BOOK["By month"]._charts) == 1


def test_inputs_carry_name_unit_source_and_date() -> None:
    rows = {row[1].value: row for row in BOOK["Inputs"].iter_rows(min_row=5) if row[1].value}
    assert [c.value for c in rows["rent_factor.h100"][:6]] == [
        "GPU rent against today's",
        "rent_factor.h100",
        "1",
        1.0,
        "seller's page",
        "2026-08-14",
    ]
    assert rows["requests_per_month"][7].value.startswith("=$D5*")


@pytest.mark.parametrize("k", [0, 1, 2])
def test_values_shown_before_any_computation_are_the_engine_s(k: int) -> None:
    order = ["api-small", "rented-qwen", "today"]
    ledger = next(found for found in WORKINGS.ledgers if found.option == order[k])
    given_inputs = {i.name: np.array([i.mean]) for i in WORKINGS.inputs}
    values = evaluate(ledger, {name: given_inputs[name] for name in ledger.inputs}, WORKINGS.n_months)
    sheet = CACHED[f"Ledger {k + 1}"]
    rows = {row[1].value: [c.value for c in row[4:]] for row in sheet.iter_rows(min_row=5) if row[1].value}
    for line in ledger.lines:
        assert rows[line.id] == pytest.approx(values.lines[line.id][0].tolist(), rel=1e-12)
    for quantity in ledger.quantities:
        assert rows[quantity.name] == pytest.approx(values.quantities[quantity.name][0].tolist(), rel=1e-12)
    assert rows["total"] == pytest.approx(values.total[0].tolist(), rel=1e-12)
    present = float(npv_usd(values.total, 0.1)[0])
    found = [row[4].value for row in CACHED["Decision"].iter_rows(min_row=15, max_row=17)]
    assert found[k] == pytest.approx(present, rel=1e-12)


def test_every_computed_cell_is_a_formula() -> None:
    for sheet in (BOOK["Ledger 1"], BOOK["Ledger 2"], BOOK["Ledger 3"], BOOK["By month"]):
        for row in sheet.iter_rows(min_row=4, min_col=2 if sheet.title == "By month" else 5):
            for cell in row:
                fixed = sheet.title != "By month" and (
                    cell.row == 4
                    or "~xs" in str(sheet.cell(cell.row, 2).value)
                    or "~ys" in str(sheet.cell(cell.row, 2).value)
                )
                if cell.value is not None and not fixed and cell.column > 5:
                    assert cell.data_type == "f"


def test_the_base_case_verdict_is_a_formula_and_agrees_with_the_rule() -> None:
    rows = {row[0].value: row[4] for row in BOOK["Decision"].iter_rows(min_row=15) if row[0].value}
    shown = {row[0].value: row[4].value for row in CACHED["Decision"].iter_rows(min_row=15) if row[0].value}
    assert rows["The base case chooses"].data_type == "f"
    costs = {name: v for name, v in shown.items() if name in {o.label for o in RESULT.options}}
    assert shown["The base case chooses"] == min(costs, key=lambda name: costs[name])


def test_a_tie_goes_to_the_simpler_form() -> None:
    generous = dataclasses.replace(WORKINGS, tie_usd=1e12)
    shown = {
        row[0].value: row[4].value
        for row in books(render_xlsx(RESULT, generous))[1]["Decision"].iter_rows(min_row=15)
        if row[0].value
    }
    assert shown["The base case chooses"] == "Today: OpenAI gpt-5.4-mini as it runs"


@pytest.mark.parametrize("words", FORMULAS)
def test_untrusted_text_never_becomes_a_formula_or_a_link(words: str) -> None:
    inputs = tuple(dataclasses.replace(i, label=words, source=words, unit=words) for i in SHORT.inputs)
    data = render_xlsx(spoiled(words), dataclasses.replace(SHORT, inputs=inputs))
    book, _ = books(data)
    clean = sum(
        c.data_type == "f" for sheet in books(render_xlsx(RESULT, SHORT))[0] for row in sheet.iter_rows() for c in row
    )
    assert sum(c.data_type == "f" for sheet in book for row in sheet.iter_rows() for c in row) == clean
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert not [n for n in archive.namelist() if "rels" in n and b'TargetMode="External"' in archive.read(n)]
        assert not [n for n in archive.namelist() if "externalLink" in n or "vba" in n.lower()]
    assert words.strip() in {c.value for row in book["Assumptions"].iter_rows() for c in row} | {words.strip()[:0]}


@settings(max_examples=10)
@given(st.text(max_size=200))
def test_any_text_gives_a_readable_workbook(words: str) -> None:
    book, _ = books(render_xlsx(spoiled(words or "x"), SHORT))
    assert book.sheetnames == BOOK.sheetnames


def test_same_arguments_same_bytes() -> None:
    assert render_xlsx(RESULT, WORKINGS) == render_xlsx(RESULT, WORKINGS)


def test_without_ledgers_the_workbook_still_opens() -> None:
    book, _ = books(render_xlsx(bare_result(), WORKINGS))
    assert book.sheetnames == ["Decision", "Inputs", "By month", "Assumptions"]
