"""Tables that line up: text left, numbers right; where a terminal is too narrow, texts give way and numbers stay."""

from collections.abc import Collection, Mapping, Sequence
from unicodedata import combining, east_asian_width

from steelyard.cli.terminal import printable

__all__ = ["table"]

_GAP = "  "
_NARROWEST = 10
_DOTS = "..."


def table(
    headers: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[int] = (), width: int | None = None,
    least: Mapping[int, int] | None = None,
) -> str:  # fmt: skip
    """Return a table as text.

    Parameters
    ----------
    headers
        Column heads.
    rows
        Cells, as many in each row as there are heads; control characters are shown as escapes.
    right
        Columns of numbers, aligned on the right and never cut.
    width
        Longest line; the widest columns of text are shortened to fit. None: no limit.
    least
        Widths below which columns are not shortened; 10 where not given.
    """
    rows = [[printable(cell) for cell in row] for row in rows]
    columns = [[head, *(row[i] for row in rows)] for i, head in enumerate(headers)]
    widths = [max(map(_cells, column)) for column in columns]
    if width is not None:
        _shrink(widths, width, {i: (least or {}).get(i, _NARROWEST) for i in range(len(headers)) if i not in right})
    rule = ["-" * wide for wide in widths]
    return "\n".join(_line(row, widths, right) for row in (headers, rule, *rows))


def _shrink(widths: list[int], width: int, least: Mapping[int, int]) -> None:
    """Narrow the widest columns of text, one step at a time, until a line fits or nothing gives way."""
    while sum(widths) + len(_GAP) * (len(widths) - 1) > width:
        widest = max((i for i in least if widths[i] > least[i]), key=lambda i: widths[i], default=None)
        if widest is None:
            return
        widths[widest] -= 1


def _line(row: Sequence[str], widths: Sequence[int], right: Collection[int]) -> str:
    cells = [_pad(text, wide, to_right=i in right) for i, (text, wide) in enumerate(zip(row, widths, strict=True))]
    return _GAP.join(cells).rstrip()


def _pad(text: str, width: int, *, to_right: bool) -> str:
    shown = text
    while _cells(shown) > width:
        shown = shown.removesuffix(_DOTS)[:-1] + _DOTS
    space = " " * (width - _cells(shown))
    return space + shown if to_right else shown + space


def _cells(text: str) -> int:
    """Columns that a text takes up in a terminal."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in {"W", "F"} else 1 for c in text)
