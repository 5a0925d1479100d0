"""Formulas reach the file as they were written: no function used has another name there."""

import io
import zipfile

import pytest

from report_example import example_result
from report_workings import example_workings
from steelyard.report import render_xlsx, workbook_types


def sheets(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return {name: book.read(name) for name in book.namelist() if "worksheets/" in name}


def test_the_workbook_is_the_one_that_seeking_newer_functions_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    from xlsxwriter.worksheet import Worksheet  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]

    short = render_xlsx(example_result(), example_workings())
    sought: list[str] = []
    prepare = Worksheet._prepare_formula  # pyright: ignore

    def counted(sheet: Worksheet, formula: str, expand_future_functions: bool = False) -> str:
        sought.append(formula)
        return str(prepare(sheet, formula, expand_future_functions))  # pyright: ignore

    monkeypatch.setattr(workbook_types, "_as_written", counted)
    whole = render_xlsx(example_result(), example_workings())
    assert len(sought) > 100
    assert sheets(short) == sheets(whole)
