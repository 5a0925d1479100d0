"""The workbook in LibreOffice: change inputs, compute again, compare every cell with the engine."""

import dataclasses
import io
from pathlib import Path

import openpyxl
import pytest

from report_example import example_result
from report_office import OFFICE, recomputed
from report_workings import RATE, VOLUME, example_workings
from steelyard.domain.workings import Workings
from steelyard.report import render_xlsx

pytestmark = pytest.mark.office
CHANGES = {VOLUME: 17_900_000.0, "price_factor.api": 1.31, "staffing.engineer_usd_per_year": 182_500.0, RATE: 0.063}


def changed(workings: Workings) -> Workings:
    """The same working papers with some inputs multiplied."""
    inputs = tuple(
        dataclasses.replace(i, mean=tuple(v / i.mean[0] * CHANGES[i.name] for v in i.mean)) if i.name in CHANGES else i
        for i in workings.inputs
    )
    return dataclasses.replace(workings, inputs=inputs)


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed here")
def test_after_changing_inputs_every_cell_equals_the_engine(tmp_path: Path) -> None:
    workings = example_workings()
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx(example_result(), workings)))
    rows = {row[1].value: row[3] for row in book["Inputs"].iter_rows(min_row=5) if row[1].value}
    for name, value in CHANGES.items():
        rows[name].value = value
    edited = io.BytesIO()
    book.save(edited)  # keeps formulas, drops the values shown
    found = recomputed(edited.getvalue(), tmp_path)
    engine = openpyxl.load_workbook(
        io.BytesIO(render_xlsx(example_result(), changed(workings))), data_only=True
    )  # values of the engine
    compared = 0
    for sheet in engine:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, int | float):
                    other = found[sheet.title][cell.coordinate].value
                    assert other == pytest.approx(cell.value, rel=1e-6, abs=1e-6), f"{sheet.title}!{cell.coordinate}"
                    compared += 1
    assert compared > 1000
    chosen = {row[0].value: row[4].value for row in found["Decision"].iter_rows(min_row=15) if row[0].value}
    expected = {row[0].value: row[4].value for row in engine["Decision"].iter_rows(min_row=15) if row[0].value}
    assert chosen["The base case chooses"] == expected["The base case chooses"]
