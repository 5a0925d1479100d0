"""Words that programs read, in cells and in the document, hold plain spaces."""

import io

import openpyxl

from report_example import spoiled
from report_workings import example_workings
from steelyard.report import render_json, render_xlsx


def test_a_cell_and_the_document_keep_plain_spaces_between_number_and_unit() -> None:
    told = spoiled("105 k requests in 36 months, $3 M")
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx(told, example_workings())))
    cells = [str(value) for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) for value in row]
    assert any("105 k requests in 36 months, $3 M" in words for words in cells)
    assert not [words for words in cells if "\u00a0" in words]
    assert "\u00a0" not in render_json(told)
