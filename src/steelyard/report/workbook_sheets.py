"""Sheets of the workbook that compute: the inputs, and one ledger of live formulas per option."""

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.currency import in_display, shown, shown_code, shown_currency, shown_sign
from steelyard.domain.ledger import Call, Expr, Ledger, Lookup, Ref
from steelyard.domain.workings import WorkingInput, Workings
from steelyard.finance.emit_excel import Cell, ExcelRow, ExcelSheet, column_letters, emit_excel
from steelyard.finance.evaluate import evaluate
from steelyard.finance.lowering import lowered
from steelyard.finance.measures import discount_factors
from steelyard.printed import day
from steelyard.report.text import plain
from steelyard.report.workbook_types import Book, Form, Sheet

__all__ = ["LINE_POINTS", "InputPlaces", "LedgerPlaces", "Pen", "lines_of", "money_format", "put_text", "write_inputs",
           "write_ledger"]  # fmt: skip

_LONGEST_TEXT = 32_000
"""A cell of a workbook holds 32,767 characters."""
_MONTHS_FROM = 7
"""Column of month 1 on the sheet of inputs, from 1."""
_VALUE = "D"
_HEAD_ROW = 4
_LEDGER_FIRST = 4
_INPUT_WIDTHS: Mapping[int, float] = {0: 56, 1: 50, 2: 18, 3: 16, 4: 64}
"""Widths of the columns of the inputs, in figures."""
_LEDGER_WIDTHS: Mapping[int, float] = {0: 60, 1: 50, 2: 18, 3: 40}
"""Widths of the columns of a ledger, in figures."""
LINE_POINTS = 15
"""Height of one line of text."""


def _sign() -> str:
    """Return the sign of the currency shown as a number format writes it."""
    sign = shown_sign()
    return sign if sign == "$" else f'"{sign}"'


def money_format(digits: str = "#,##0.00") -> str:
    """Return the number format of an amount in the currency shown, with a real minus sign."""
    return f"{_sign()}{digits};\u2212{_sign()}{digits}"


@dataclass(frozen=True, slots=True)
class Pen:
    """Formats of the workbook."""

    title: Form
    head: Form
    over: Form
    text: Form
    note: Form
    money: Form
    number: Form
    rank: Form
    given: Form
    strong: Form
    allowed: Form
    plain: Form

    @classmethod
    def of(cls, book: Book) -> "Pen":
        """Add the formats to a workbook."""
        base = {"valign": "top"}
        counted = {"num_format": "[>=1000]#,##0;[<=-1000]\u2212#,##0;0.0#####", **base}
        return cls(
            title=book.add_format({"bold": True, "font_size": 14}),
            head=book.add_format({"bold": True, "bottom": 1, "text_wrap": True, **base}),
            over=book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "align": "right", **base}),
            text=book.add_format({"text_wrap": True, **base}),
            note=book.add_format({"font_color": "#57606a", "text_wrap": True, **base}),
            money=book.add_format({"num_format": money_format(), **base}),
            number=book.add_format(counted),
            rank=book.add_format({"num_format": '[>=99]"–";0', "align": "right", **base}),
            given=book.add_format({"bg_color": "#fff4e0", "font_color": "#0b3d91", "border": 1, **counted}),
            allowed=book.add_format(
                {"num_format": f'[>=1E+90]"–";[<0]\u2212{_sign()}#,##0.00;{_sign()}#,##0.00', "align": "right", **base}
            ),
            plain=book.add_format({"bold": True, **base}),
            strong=book.add_format({"bold": True, "num_format": money_format(), "top": 1, **base}),
        )


@dataclass(frozen=True, slots=True)
class InputPlaces:
    """Where the inputs stand."""

    rows: Mapping[str, int]
    """Input -> row, from 1."""
    varies: frozenset[str]
    """Inputs with a number per month."""
    factors_row: int
    """Row of the discount factors."""
    values: Mapping[str, NDArray[np.float64]]
    """Input -> its base case, shape (1, 1) or (1, n_months)."""
    factors: NDArray[np.float64]
    """Discount factors, shape (n_months,)."""
    tie_fraction: str
    """Cell of the share within which options tie."""
    tie: str
    """Formula of the amount within which options tie, in the currency shown."""
    rate: str
    """Cell of the dollars that one unit of the currency shown buys; empty where it is USD."""

    def cell(self, name: str, month: int) -> str:
        """Return the formula that reads an input in a month."""
        column = column_letters(_MONTHS_FROM + month - 1) if name in self.varies else _VALUE
        return f"=Inputs!${column}${self.rows[name]}"


@dataclass(frozen=True, slots=True)
class LedgerPlaces:
    """Where one option's cost stands, and its value in the base case."""

    sheet: str
    """Name of the sheet, quoted."""
    total_row: int
    """Row of the monthly total, from 1."""
    npv_cell: str
    """Address of the present value."""
    total: NDArray[np.float64]
    """Cost by month, shape (n_months,)."""
    npv_usd: float
    """Present value."""

    def month(self, month: int) -> str:
        """Return the address of a month's total."""
        return f"{self.sheet}!${column_letters(4 + month)}${self.total_row}"


def put_text(sheet: Sheet, row: int, column: int, words: str, form: Form) -> None:
    """Write words as text; ``row`` and ``column`` count from 1."""
    sheet.write_string(row - 1, column - 1, _in_a_cell(words), form)


def _in_a_cell(words: str) -> str:
    """Return words as a cell holds them: plain spaces, so that a search finds them."""
    return plain(words).replace("\u00a0", " ")[:_LONGEST_TEXT]


def lines_of(words: str, width: float) -> int:
    """Return the lines that words take in a column as wide as ``width`` figures."""
    return max(len(textwrap.wrap(_in_a_cell(words), max(int(width) - 1, 1))), 1)


def write_inputs(sheet: Sheet, pen: Pen, workings: Workings) -> InputPlaces:
    """Write every input with its unit, source and date; change a value in column D and the workbook follows."""
    n = workings.n_months
    put_text(sheet, 1, 1, "Inputs of the base case", pen.title)
    note = "Change a shaded cell; every sheet follows. Later months keep their shape."
    quoted = f" Sources quote USD: lines, totals and costs are in {shown_code()}, all before them in USD."
    put_text(sheet, 2, 1, note + (quoted if shown_currency() else ""), pen.note)
    for column, words in enumerate(("Input", "Name", "Unit", "Value, month 1", "Source", "Seen"), start=1):
        put_text(sheet, _HEAD_ROW, column, words, pen.head)
    for month in range(1, n + 1):
        sheet.write_number(_HEAD_ROW - 1, _MONTHS_FROM + month - 2, month, pen.head)
    rows = {given.name: _HEAD_ROW + 1 + k for k, given in enumerate(workings.inputs)}
    for given in workings.inputs:
        _write_input(sheet, pen, given, rows[given.name])
    below = _HEAD_ROW + len(rows) + 2
    factors = _write_factors(sheet, pen, workings, rows, below)
    _write_ties(sheet, pen, workings, below + 1)
    sheet.freeze_panes(_HEAD_ROW, 4)
    for column, width in _INPUT_WIDTHS.items():
        sheet.set_column(column, column, width)
    sheet.set_column(5, 5 + n, 12)
    values = {i.name: np.asarray(i.mean, dtype=np.float64).reshape(1, -1) for i in workings.inputs}
    varies = frozenset(i.name for i in workings.inputs if len(i.mean) > 1)
    rate = _write_rate(sheet, pen, below + 3)
    tie = f"Inputs!$D${below + 2}" + (f"/{rate}" if rate else "")
    return InputPlaces(rows, varies, below, values, factors, f"Inputs!$D${below + 1}", tie, rate)


def _write_rate(sheet: Sheet, pen: Pen, row: int) -> str:
    """Write the rate of the currency shown and return its cell; nothing where amounts are in USD."""
    currency = shown_currency()
    if currency is None:
        return ""
    said = ((1, f"Dollars that one {currency.code} buys"), (2, "currency"), (3, f"USD/{currency.code}"),
            (5, currency.source), (6, day(currency.as_of)))  # fmt: skip
    for column, words in said:
        put_text(sheet, row, column, words, pen.text)
    sheet.write_number(row - 1, 3, currency.usd_per_unit, pen.given)
    return f"Inputs!$D${row}"


def _write_input(sheet: Sheet, pen: Pen, given: WorkingInput, row: int) -> None:
    for column, words in ((1, given.label), (2, given.name), (3, given.unit), (5, given.source), (6, day(given.as_of))):
        put_text(sheet, row, column, words, pen.text)
    words = {0: given.label, 1: given.name, 2: given.unit, 4: given.source}
    sheet.set_row(row - 1, LINE_POINTS * max(lines_of(text, _INPUT_WIDTHS[column]) for column, text in words.items()))
    first = given.mean[0]
    sheet.write_number(row - 1, 3, first, pen.given)
    if len(given.mean) == 1:
        return
    for month, value in enumerate(given.mean):
        place = (row - 1, _MONTHS_FROM - 1 + month)
        if first == 0:
            sheet.write_number(*place, value, pen.given)
        else:
            sheet.write_formula(*place, f"=$D{row}*{value / first!r}".replace("e", "E"), pen.number, value)


def _write_factors(
    sheet: Sheet, pen: Pen, workings: Workings, rows: Mapping[str, int], row: int
) -> NDArray[np.float64]:
    rate = next(i.mean[0] for i in workings.inputs if i.name == workings.discount_input)
    factors = discount_factors(workings.n_months, rate)[0]
    put_text(sheet, row, 1, "Present value of a dollar in the middle of the month", pen.text)
    for month, factor in enumerate(factors.tolist(), start=1):
        formula = f"=(1+$D${rows[workings.discount_input]})^(-({month}-0.5)/12)"
        sheet.write_formula(row - 1, _MONTHS_FROM + month - 2, formula, pen.number, factor)
    return factors


def _write_ties(sheet: Sheet, pen: Pen, workings: Workings, row: int) -> None:
    ties = (("Options tie within this share of the least cost", workings.tie_fraction),
            ("Options tie within this amount whatever their cost", workings.tie_usd))  # fmt: skip
    for k, (words, value) in enumerate(ties):
        put_text(sheet, row + k, 1, words, pen.text)
        put_text(sheet, row + k, 3, "1" if k == 0 else "USD", pen.text)
        sheet.write_number(row + k - 1, 3, value, pen.given)


def write_ledger(
    sheet: Sheet, pen: Pen, ledger: Ledger, *, title: str, n_months: int, inputs: InputPlaces
) -> LedgerPlaces:
    """Write one option's ledger as formulas by month, each with its value in the base case."""
    put_text(sheet, 1, 1, title, pen.title)
    put_text(sheet, 2, 1, "Positive is money out; amounts are nominal, the present value is of month 1.", pen.note)
    emitted = emit_excel(ledger, n_months, input_cell=inputs.cell, first_row=_LEDGER_FIRST)
    values = _values(ledger, n_months, inputs, emitted)
    for k, row in enumerate(emitted.rows):
        _write_row(sheet, pen, _as_shown(row, inputs.rate), emitted.first_row + k, values.get(emitted.first_row + k))
    total = values[emitted.total_row]
    last = column_letters(4 + n_months)
    npv_row = emitted.total_row + 1
    spans = (f"E{emitted.total_row}:{last}{emitted.total_row}", _span_of_factors(inputs, n_months))
    npv = float(total @ inputs.factors)
    put_text(sheet, npv_row, 1, "Present value", pen.head)
    put_text(sheet, npv_row, 3, shown_code(), pen.text)
    sheet.write_formula(npv_row - 1, 4, f"=SUMPRODUCT({spans[0]},{spans[1]})", pen.strong, npv)
    sheet.freeze_panes(_LEDGER_FIRST, 4)
    for column, width in _LEDGER_WIDTHS.items():
        sheet.set_column(column, column, width)
    sheet.set_column(4, 3 + n_months, 14)
    quoted = "'" + sheet.get_name().replace("'", "''") + "'"
    return LedgerPlaces(quoted, emitted.total_row, f"{quoted}!$E${npv_row}", total, npv)


def _as_shown(row: ExcelRow, rate: str) -> ExcelRow:
    """Return a row of a line or of the total in the currency shown; what they are computed from stays in USD."""
    if row.kind not in {"line", "total"}:
        return row
    converted = tuple(f"{cell}/{rate}" for cell in row.cells) if rate and row.kind == "line" else row.cells
    return replace(row, unit=in_display(1.0, row.unit).unit, cells=converted)


def _span_of_factors(inputs: InputPlaces, n_months: int) -> str:
    first, last = column_letters(_MONTHS_FROM), column_letters(_MONTHS_FROM + n_months - 1)
    return f"Inputs!${first}${inputs.factors_row}:${last}${inputs.factors_row}"


def _write_row(sheet: Sheet, pen: Pen, row: ExcelRow, number: int, values: NDArray[np.float64] | None) -> None:
    form = {"header": pen.head, "total": pen.strong, "line": pen.money}.get(row.kind, pen.number)
    words = (row.label or "Month" if row.kind == "header" else row.label, row.name, row.unit, row.source)
    lines = max(lines_of(said, _LEDGER_WIDTHS[k]) for k, said in enumerate(words))
    sheet.set_row(number - 1, LINE_POINTS * lines)
    for column, said in enumerate(words, start=1):
        put_text(sheet, number, column, said, pen.head if row.kind in {"header", "total"} else pen.text)
    for month, cell in enumerate(row.cells):
        value = float(values[month]) if values is not None else 0.0
        _write_cell(sheet, number, 5 + month, cell, form, value)


def _write_cell(sheet: Sheet, row: int, column: int, cell: Cell, form: Form, value: float) -> None:
    if isinstance(cell, str) and cell.startswith("="):
        sheet.write_formula(row - 1, column - 1, cell, form, value)
    elif isinstance(cell, str):
        put_text(sheet, row, column, cell, form)
    elif cell is not None:
        sheet.write_number(row - 1, column - 1, cell, form)


def _values(ledger: Ledger, n_months: int, inputs: InputPlaces, sheet: ExcelSheet) -> dict[int, NDArray[np.float64]]:
    """Return the base case of every computed row, by row number."""
    rows = lowered(ledger)
    given = {name: inputs.values[name] for name in ledger.inputs}
    found = evaluate(Ledger(ledger.option, rows, ledger.lines), given, n_months)
    values = {sheet.row_of[q.name]: np.broadcast_to(found.quantities[q.name], (1, n_months))[0] for q in rows}
    per = shown(1.0)
    values |= {sheet.line_row[i]: np.broadcast_to(found.lines[i] * per, (1, n_months))[0] for i in sheet.line_row}
    values[sheet.total_row] = np.broadcast_to(found.total * per, (1, n_months))[0]
    places = [sheet.first_row + k for k, row in enumerate(sheet.rows) if row.name.endswith("~place")]
    tables = dict.fromkeys(table for q in rows for table in _tables(q.expression))
    for row, table in zip(places, tables, strict=True):
        argument = table.argument
        x = values[sheet.row_of[argument.name]] if isinstance(argument, Ref) else np.zeros(n_months)
        values[row] = np.clip(np.searchsorted(table.xs, x, side="right"), 1, max(len(table.xs) - 1, 1)).astype(float)
    return values


def _tables(node: Expr) -> Iterator[Lookup]:
    """Yield the tables of a formula in the order in which they are written."""
    if isinstance(node, Call):
        for argument in node.arguments:
            yield from _tables(argument)
    if isinstance(node, Lookup):
        yield node
