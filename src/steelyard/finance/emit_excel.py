"""A ledger as spreadsheet formulas: one row per quantity, one column per month, every cell alive."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from steelyard.domain.ledger import Call, Const, Expr, Function, Input, Ledger, Lookup, Ref
from steelyard.finance.lowering import lowered

__all__ = ["Cell", "ExcelRow", "ExcelSheet", "column_letters", "emit_excel"]

Cell = str | float | None
"""A formula (starting with ``=``), a text, a number, or nothing."""
RowKind = Literal["header", "input", "constant", "formula", "part", "table", "line", "total"]
InputCell = Callable[[str, int], Cell]

LETTERS = 26
LABEL_COLUMNS = 4
"""Label, name, unit and source stand before the first month."""


@dataclass(frozen=True, slots=True)
class ExcelRow:
    """One row of the sheet."""

    kind: RowKind
    """What it holds."""
    label: str
    """Words for a reader."""
    name: str
    """Name of the quantity, of the line, or of the table."""
    unit: str
    """Unit of the cells."""
    source: str
    """Where its numbers come from."""
    cells: tuple[Cell, ...]
    """Month 1 first; a table's row holds its points instead."""


@dataclass(frozen=True, slots=True)
class ExcelSheet:
    """Rows of one sheet, the first being row ``first_row``; months start in column ``first_month_column``."""

    rows: tuple[ExcelRow, ...]
    """Header, quantities, lines, total."""
    first_row: int
    """Number of the first row, from 1."""
    first_month_column: int
    """Number of month 1's column, from 1."""
    row_of: Mapping[str, int]
    """Quantity name -> row number."""
    line_row: Mapping[str, int]
    """Line identifier -> row number."""
    total_row: int
    """Row of the sum of the lines."""


@cache
def column_letters(column: int) -> str:
    """Return the letters of a column.

    Examples
    --------
    >>> column_letters(1), column_letters(27), column_letters(703)
    ('A', 'AA', 'AAA')
    """
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters


def emit_excel(
    ledger: Ledger, n_months: int, *, inputs: Mapping[str, Sequence[float]] | None = None,
    input_cell: InputCell | None = None, first_row: int = 1,
) -> ExcelSheet:  # fmt: skip
    """Return the ledger as a sheet of formulas.

    A constant stands once, in month 1, and the other months refer to it; so does an input that is the same in every
    month. A line's row refers to its quantity; the total sums the lines.

    Parameters
    ----------
    ledger
        What to emit.
    n_months
        Horizon [month].
    inputs
        Input name -> numbers by month (one number: the same in every month); needed unless ``input_cell`` is given.
    input_cell
        Gives the cell of an input by name and month (from 1), such as a reference to another sheet.
    first_row
        Row of the header, from 1.
    """
    writer = _Writer(n_months, first_row)
    writer.add(ExcelRow("header", "", "month", "", "", tuple(float(m) for m in writer.months)))
    for quantity in lowered(ledger):
        expression = quantity.expression
        kind: RowKind = "part" if "~" in quantity.name else "formula"
        if isinstance(expression, Input):
            kind, cells = "input", _input_cells(writer, expression.name, inputs or {}, input_cell)
        elif isinstance(expression, Const):
            kind, cells = "constant", writer.once(expression.value)
        else:
            writer.prepare_tables(quantity.name, expression)
            cells = tuple("=" + writer.formula(expression, m) for m in writer.months)
        writer.row_of[quantity.name] = writer.add(
            ExcelRow(kind, quantity.label, quantity.name, quantity.unit, quantity.source, cells)
        )
    return _finish(writer, ledger, first_row)


def _input_cells(
    writer: "_Writer", name: str, inputs: Mapping[str, Sequence[float]], input_cell: InputCell | None
) -> tuple[Cell, ...]:
    if input_cell is not None:
        return tuple(input_cell(name, m) for m in writer.months)
    values = inputs[name]
    return writer.once(float(values[0])) if len(values) == 1 else tuple(float(v) for v in values)


def _finish(writer: "_Writer", ledger: Ledger, first_row: int) -> ExcelSheet:
    line_row: dict[str, int] = {}
    for line in ledger.lines:
        cells = tuple("=" + writer.formula(Ref(line.quantity), m) for m in writer.months)
        line_row[line.id] = writer.add(ExcelRow("line", line.label, line.id, "USD/month", line.group, cells))
    cells = tuple(_sum_formula(list(line_row.values()), writer.column(m)) for m in writer.months)
    total = writer.add(ExcelRow("total", "Total", "total", "USD/month", "", cells))
    return ExcelSheet(tuple(writer.rows), first_row, LABEL_COLUMNS + 1, writer.row_of, line_row, total)


def _sum_formula(rows: list[int], column: str) -> str:
    return f"=SUM({column}{rows[0]}:{column}{rows[-1]})" if rows else "=0"


def _number(value: float) -> str:
    text = repr(value)
    return f"({text})" if text.startswith("-") else text.upper()


@dataclass
class _Writer:
    """Rows so far and where everything stands."""

    n_months: int
    first_row: int
    rows: list[ExcelRow] = field(default_factory=list[ExcelRow])
    row_of: dict[str, int] = field(default_factory=dict[str, int])
    tables: dict[Lookup, tuple[int, int, int]] = field(default_factory=dict[Lookup, tuple[int, int, int]])

    @property
    def months(self) -> range:
        """Months from 1."""
        return range(1, self.n_months + 1)

    def add(self, row: ExcelRow) -> int:
        """Append a row and return its number."""
        self.rows.append(row)
        return self.first_row + len(self.rows) - 1

    def column(self, month: int) -> str:
        """Return the letters of a month's column."""
        return column_letters(LABEL_COLUMNS + month)

    def once(self, value: float) -> tuple[Cell, ...]:
        """Return cells that hold a number once and refer to it after."""
        here = f"=${self.column(1)}{self.first_row + len(self.rows)}"
        return (value, *[here] * (self.n_months - 1))

    def prepare_tables(self, name: str, node: Expr) -> None:
        """Write the table of each look-up in the formula, and the row that finds the place in it."""
        if isinstance(node, Call):
            for argument in node.arguments:
                self.prepare_tables(name, argument)
        if not isinstance(node, Lookup) or node in self.tables:
            return
        xs = self.add(ExcelRow("table", f"{name}: table, from", f"{name}~xs", "", "", node.xs))
        ys = self.add(ExcelRow("table", f"{name}: table, to", f"{name}~ys", "", "", node.ys))
        places = [self._place(node, xs, m) for m in self.months] if len(node.xs) > 1 else [1.0] * self.n_months
        self.tables[node] = (xs, ys, self.add(ExcelRow("part", f"{name}: place in the table", f"{name}~place", "", "",
                                                       tuple(places))))  # fmt: skip

    def _place(self, node: Lookup, xs: int, month: int) -> Cell:
        x = self.formula(node.argument, month)
        return f"=MIN(MAX(IFERROR(MATCH({x},{self._span(xs, len(node.xs))},1),1),1),{len(node.xs) - 1})"

    def _span(self, row: int, count: int) -> str:
        return f"${self.column(1)}${row}:${self.column(count)}${row}"

    def formula(self, node: Expr, month: int) -> str:
        """Return one cell's formula without the equals sign."""
        match node:
            case Ref(name):
                return f"{self.column(month)}{self.row_of[name]}"
            case Const(value):
                return _number(value)
            case Lookup():
                return self._interpolated(node, month)
            case Call("delay" | "running_max" | "running_sum" as function, arguments):
                return self._over_months(function, arguments, month)
            case Call(function, arguments):
                return self._call(function, [self.formula(a, month) for a in arguments], month)
            case Input(name):  # only ever a quantity's whole expression
                raise ValueError(f"input {name!r} stands inside a formula")

    def _interpolated(self, node: Lookup, month: int) -> str:
        row_x, row_y, row_place = self.tables[node]
        if len(node.xs) == 1:
            return f"${self.column(1)}${row_y}"
        x, k = self.formula(node.argument, month), f"{self.column(month)}{row_place}"
        xs, ys = self._span(row_x, len(node.xs)), self._span(row_y, len(node.ys))
        slope = f"(INDEX({ys},1,{k}+1)-INDEX({ys},1,{k}))/(INDEX({xs},1,{k}+1)-INDEX({xs},1,{k}))"
        return f"(INDEX({ys},1,{k})+{slope}*({x}-INDEX({xs},1,{k})))"

    def _over_months(self, function: Function, arguments: tuple[Expr, ...], month: int) -> str:
        row = self.row_of[arguments[0].name] if isinstance(arguments[0], Ref) else 0
        if function != "delay":
            name = {"running_max": "MAX", "running_sum": "SUM"}[function]
            return f"{name}(${self.column(1)}{row}:{self.column(month)}{row})"
        earlier = f"({month}-MAX(0,-INT(-({self.formula(arguments[1], month)}))))"
        span = f"${self.column(1)}{row}:${self.column(self.n_months)}{row}"
        return f"IF({earlier}<1,0,INDEX({span},1,MAX(1,{earlier})))"

    def _call(self, function: Function, arguments: list[str], month: int) -> str:
        if function in _OPERATORS:
            return f"({_OPERATORS[function].join(arguments)})"
        return _FUNCTIONS[function].format(
            *arguments, all=",".join(arguments), m=f"{self.column(month)}${self.first_row}"
        )


_OPERATORS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
_FUNCTIONS = {
    "neg": "(-({0}))", "min": "MIN({all})", "max": "MAX({all})", "ceil": "(-INT(-({0})))", "floor": "INT({0})",
    "pow": "POWER({0},{1})", "month": "{m}", "from_month": "IF({m}>=({0}),1,0)",
    "in_month": "IF({m}=-INT(-({0})),1,0)", "where_positive": "IF(({0})>0,{1},{2})",
}  # fmt: skip
