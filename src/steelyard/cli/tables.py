"""Tables that line up: text left, numbers right, the last column cut where the terminal ends."""

from collections.abc import Collection, Sequence
from unicodedata import combining, east_asian_width

__all__ = ["table"]

_GAP = "  "


def table(
    headers: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[int] = (), width: int | None = None
) -> str:
    """Return a table as text.

    Parameters
    ----------
    headers
        Column heads.
    rows
        Cells, as many in each row as there are heads.
    right
        Columns of numbers, aligned on the right.
    width
        Longest line; the last column is cut to fit. None: no limit.
    """
    columns = [[head, *(row[i] for row in rows)] for i, head in enumerate(headers)]
    widths = [max(map(_cells, column)) for column in columns]
    rule = [("-" * wide) for wide in widths]
    lines = [_line(row, widths, right) for row in (headers, rule, *rows)]
    return "\n".join(line if width is None else _cut(line, width) for line in lines)


def _line(row: Sequence[str], widths: Sequence[int], right: Collection[int]) -> str:
    cells = [_pad(text, wide, to_right=i in right) for i, (text, wide) in enumerate(zip(row, widths, strict=True))]
    return _GAP.join(cells).rstrip()


def _pad(text: str, width: int, *, to_right: bool) -> str:
    space = " " * (width - _cells(text))
    return space + text if to_right else text + space


def _cut(line: str, width: int) -> str:
    if _cells(line) <= width:
        return line
    while _cells(line) > width - 3:
        line = line[:-1]
    return line.rstrip() + "..."


def _cells(text: str) -> int:
    """Columns that a text takes up in a terminal."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in {"W", "F"} else 1 for c in text)
