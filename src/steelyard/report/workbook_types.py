"""What is used of XlsxWriter, typed: its own annotations are partial."""

import io
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

__all__ = ["Book", "Drawing", "Form", "Sheet", "new_book"]


class Form(Protocol):
    """How a cell looks."""

    def set_bold(self, bold: bool = True) -> None:
        """Make it bold."""
        ...


class Drawing(Protocol):
    """A native chart."""

    def add_series(self, options: Mapping[str, object]) -> None:
        """Add one series."""
        ...

    def set_title(self, options: Mapping[str, object]) -> None:
        """Name it."""
        ...

    def set_legend(self, options: Mapping[str, object]) -> None:
        """Place the legend, or leave it out."""
        ...

    def set_x_axis(self, options: Mapping[str, object]) -> None:
        """Name the axis of categories."""
        ...

    def set_y_axis(self, options: Mapping[str, object]) -> None:
        """Name the axis of values."""
        ...

    def set_size(self, options: Mapping[str, object]) -> None:
        """Set width and height [px]."""
        ...


class Sheet(Protocol):
    """One sheet; rows and columns count from 0."""

    def get_name(self) -> str:
        """Return its name."""
        ...

    def write_string(self, row: int, col: int, string: str, cell_format: Form) -> int:
        """Write text."""
        ...

    def write_number(self, row: int, col: int, number: float, cell_format: Form) -> int:
        """Write a number."""
        ...

    def write_formula(self, row: int, col: int, formula: str, cell_format: Form, value: float | str) -> int:
        """Write a formula and the value shown until it is computed."""
        ...

    def merge_range(
        self, first_row: int, first_col: int, last_row: int, last_col: int, data: str, cell_format: Form
    ) -> int:
        """Join cells."""
        ...

    def set_row(self, row: int, height: float) -> int:
        """Set the height of a row [pt]."""
        ...

    def set_column(self, first_col: int, last_col: int, width: float) -> int:
        """Set the width of columns [characters]."""
        ...

    def freeze_panes(self, row: int, col: int) -> None:
        """Keep rows above and columns before in view."""
        ...

    def insert_chart(self, row: int, col: int, chart: Drawing, options: Mapping[str, object]) -> int:
        """Place a chart."""
        ...

    def set_landscape(self) -> None:
        """Print across."""
        ...

    def set_paper(self, paper_size: int) -> None:
        """Set the paper."""
        ...

    def fit_to_pages(self, width: int, height: int) -> None:
        """Fit to pages across and down; 0 is as many as needed."""
        ...

    def repeat_columns(self, first_col: int, last_col: int) -> None:
        """Print columns again on every page."""
        ...

    def set_footer(self, footer: str) -> None:
        """Set the footer."""
        ...


class Book(Protocol):
    """A workbook."""

    def add_worksheet(self, name: str) -> Sheet:
        """Add a sheet."""
        ...

    def add_format(self, properties: Mapping[str, object]) -> Form:
        """Add a format."""
        ...

    def add_chart(self, options: Mapping[str, object]) -> Drawing:
        """Add a chart."""
        ...

    def set_properties(self, properties: Mapping[str, object]) -> None:
        """Set the properties of the document."""
        ...

    def worksheets(self) -> Sequence[Sheet]:
        """Return every sheet."""
        ...

    def close(self) -> None:
        """Write it."""
        ...


def _as_written(sheet: object, formula: str, expand_future_functions: bool = False) -> str:
    """Return a formula as a file holds it: no function used here has another name there, so no thirty are sought."""
    return formula.removeprefix("=")


def new_book(stream: io.BytesIO) -> Book:
    """Return an empty workbook that writes to ``stream`` and turns no text into a formula, a number or a link."""
    from xlsxwriter import Workbook  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]  loaded only here

    options: dict[str, Any] = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = Workbook(stream, options)
    book.worksheet_class = type("LedgerSheet", (book.worksheet_class,), {"_prepare_formula": _as_written})
    return cast(Book, book)
