"""The workbook of a real study in LibreOffice: three inputs changed, every cell equal to the engine's."""

import dataclasses
import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from report_office import OFFICE, recomputed
from steelyard.domain.workings import Workings
from steelyard.report import render_xlsx
from steelyard.study.load import load_study
from steelyard.study.pipeline import Outcome, decide_in_full

pytestmark = [pytest.mark.office, pytest.mark.slow]
STUDY = Path(__file__).parents[2] / "examples" / "startup" / "study.yaml"
CHANGED = {"requests_per_month": 3.7, "discount_rate_per_year": 0.6, "staffing.ml_platform_engineer_usd_per_year": 1.4}
"""Input -> factor."""


@pytest.fixture(scope="module")
def decided() -> Outcome:
    study = load_study(STUDY)
    return decide_in_full(study, base_folder=STUDY.parent, seed=0, as_of=date(2026, 11, 23), draws=64)


def changed(workings: Workings) -> Workings:
    """The same working papers with three inputs multiplied in every month."""
    inputs = tuple(dataclasses.replace(i, mean=tuple(v * CHANGED.get(i.name, 1.0) for v in i.mean))
                   for i in workings.inputs)  # fmt: skip
    return dataclasses.replace(workings, inputs=inputs)


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed here")
def test_after_changing_three_inputs_every_cell_equals_the_engine(decided: Outcome, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx(decided.result, decided.workings)))
    rows = {row[1].value: row[3] for row in book["Inputs"].iter_rows(min_row=5) if row[1].value}
    for name, factor in CHANGED.items():
        rows[name].value *= factor
    edited = io.BytesIO()
    book.save(edited)  # keeps formulas, drops the values shown
    found = recomputed(edited.getvalue(), tmp_path)
    engine = openpyxl.load_workbook(io.BytesIO(render_xlsx(decided.result, changed(decided.workings))), data_only=True)
    compared = 0
    for sheet in engine:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, int | float):
                    other = found[sheet.title][cell.coordinate].value
                    assert other == pytest.approx(cell.value, rel=1e-6, abs=1e-6), f"{sheet.title}!{cell.coordinate}"
                    compared += 1
    assert compared > 8_000
    assert len(engine.sheetnames) == 4 + len(decided.workings.ledgers)


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed here")
def test_without_a_change_every_cached_value_stands(decided: Outcome, tmp_path: Path) -> None:
    data = render_xlsx(decided.result, decided.workings)
    cached = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    stripped = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(data)).save(stripped)
    found = recomputed(stripped.getvalue(), tmp_path)
    for row in cached["Decision"].iter_rows(min_row=15, max_col=9):
        for cell in row:
            other = found["Decision"][cell.coordinate].value
            expected = pytest.approx(cell.value, rel=1e-9) if isinstance(cell.value, int | float) else cell.value
            assert other == expected, cell.coordinate
