"""What every chart is: a title, a description, one drawing for wide and one for narrow screens, and its data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from steelyard.domain.currency import shown
from steelyard.printed import money, money_tick
from steelyard.report.charts.scale import Linear, Log, Scale
from steelyard.report.charts.svg import Canvas, Tone, fit, split, text_width

__all__ = [
    "NARROW",
    "PAPER",
    "WIDE",
    "Chart",
    "Curve",
    "Layout",
    "Plot",
    "Rows",
    "Table",
    "assemble",
    "curves",
    "plot",
    "rows",
]

_TICK = 12
_NAME = 13
_LABEL_GAP = 16
_HALF_LINE = 7
_BAR = 18.0
_ABOVE = 38.0
_AT_EDGE = 20
_PLOT_HEIGHTS = {"wide": 290.0, "narrow": 230.0, "paper": 190.0}
_ROW_STEPS = {"wide": 34.0, "narrow": 70.0, "paper": 29.0}
_NAMES_SHARE = 0.38
_LABEL_SHARE = 0.385
_LETTER_ROOM = 20.0
_DASHES = ("", "7 4", "2 3", "9 3 2 3", "12 4", "4 6")


@dataclass(frozen=True, slots=True)
class Layout:
    """A page width to draw for."""

    name: str
    """``wide`` or ``narrow``."""
    width: float
    """Width [px]."""

    @property
    def wide(self) -> bool:
        """Whether labels stand beside the marks rather than above or below them."""
        return self.name != "narrow"

    @property
    def plot_height(self) -> float:
        """Height of a frame with two scales [px]."""
        return _PLOT_HEIGHTS[self.name]

    @property
    def row_step(self) -> float:
        """Height of a row of bars [px]; on a phone name and note stand above the bar."""
        return _ROW_STEPS[self.name]

    @property
    def names_beside(self) -> bool:
        """Whether lines are named at their ends rather than by letter below the frame."""
        return self.name == "wide"

    def room_for(self, names: Sequence[str]) -> float:
        """Return the room that names at the ends of lines need beside a plot [px], a share of the width at most."""
        if not self.names_beside:
            return _LETTER_ROOM
        longest = max((text_width(f"W {name}", bold=True) for name in names), default=0.0)
        return min(longest + _LABEL_GAP, self.width * _NAMES_SHARE)


WIDE = Layout("wide", 1120)
NARROW = Layout("narrow", 350)
PAPER = Layout("paper", 640)


@dataclass(frozen=True, slots=True)
class Table:
    """The figures behind a chart, as printed; the first column names the row."""

    head: tuple[str, ...]
    """Column names with units."""
    rows: tuple[tuple[str, ...], ...]
    """Cells as text."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A finished chart."""

    id: str
    """Unique on the page."""
    title: str
    """What it shows."""
    description: str
    """What a reader should see in it, with figures."""
    wide: str
    """SVG for wide screens and paper."""
    narrow: str
    """SVG for phones."""
    paper: str
    """SVG for a printed column."""
    table: Table
    """Its data."""


def assemble(key: str, title: str, description: str, table: Table, draw: Callable[[Canvas, Layout], None]) -> Chart:
    """Return a chart drawn for both widths; ``draw`` adds marks and sets the height of the canvas."""
    drawings: dict[str, str] = {}
    for layout in (WIDE, NARROW, PAPER):
        canvas = Canvas(key=f"{key}-{layout.name}", width=layout.width)
        draw(canvas, layout)
        drawings[layout.name] = canvas.render(title, description, css_class=f"chart {layout.name}")
    return Chart(
        key, title, description, wide=drawings["wide"], narrow=drawings["narrow"], paper=drawings["paper"], table=table
    )


@dataclass(frozen=True, slots=True)
class Rows:
    """Places of horizontal bars, one row per name."""

    x: Linear
    """Scale of the bars."""
    tops: tuple[float, ...]
    """Upper edge of each bar [px]."""
    bar: float
    """Height of a bar [px]."""
    bottom: float
    """Lower end of the last row [px]."""


def rows(canvas: Canvas, layout: Layout, names: Sequence[str], notes: Sequence[str], *, span: tuple[float, float],
         tick_label: Callable[[float], str], top: float = 24) -> Rows:  # fmt: skip
    """Draw names, notes and a labelled scale; return where the bars go.

    Wide: name left, note right of the bar. Narrow: both on lines of their own above it.
    """
    left = (
        min(max((text_width(n) for n in names), default=0.0), canvas.width * _LABEL_SHARE) + 14 if layout.wide else 6.0
    )
    right = max((text_width(n) for n in notes), default=0.0) + 12 if layout.wide else 6.0
    step, bar, lead = layout.row_step, _BAR, 0.0 if layout.wide else _ABOVE
    x = Linear(*span, left, canvas.width - right)
    bottom = top + step * len(names)
    for tick in x.ticks(5 if layout.wide else 3, per=_per(tick_label)):
        canvas.line(x(tick), top - 2, x(tick), bottom, "grid")
        label = tick_label(tick)
        half = text_width(label, _TICK) / 2
        place = min(max(x(tick), half + 1), canvas.width - half - 1)
        canvas.text(place, bottom + 16, label, tone="muted", anchor="middle", size=_TICK)
    if span[0] <= 0 <= span[1]:
        canvas.line(x(0), top - 4, x(0), bottom, "ink", width=1.5)
    tops = tuple(top + step * k + lead + (step - lead - bar) / 2 for k in range(len(names)))
    for name, note, y in zip(names, notes, tops, strict=True):
        if layout.wide:
            size = _NAME if text_width(name) <= left - 14 else _TICK
            parts = split(name, left - 14, size=size)
            for n, part in enumerate(parts):
                canvas.text(left - 12, y + 14 + _HALF_LINE * (2 * n - len(parts) + 1), part, anchor="end", size=size)
            canvas.text(canvas.width - 2, y + 14, note, tone="muted", anchor="end")
        else:
            canvas.text(2, y - 23, fit(name, canvas.width - 4), halo=True)
            canvas.text(2, y - 6, fit(note, canvas.width - 4, _TICK), tone="muted", size=_TICK, halo=True)
    canvas.height = bottom + 24
    return Rows(x, tops, bar, bottom)


def _per(label: Callable[[float], str]) -> float:
    """Return what one of a scale's units is in the unit its ticks are round in: amounts may be shown in a currency."""
    return shown(1.0) if label in (money, money_tick) else 1.0


@dataclass(frozen=True, slots=True)
class Plot:
    """A frame with two scales."""

    x: Scale
    """Horizontal scale."""
    y: Scale
    """Vertical scale, growing upward."""
    top: float
    """Upper edge [px]."""
    bottom: float
    """Lower edge [px]."""


def plot(canvas: Canvas, layout: Layout, x: Callable[[float, float], Scale], y_span: tuple[float, float], *,
         x_label: Callable[[float], str], y_label: Callable[[float], str], x_title: str, y_title: str,
         room_right: float = 16, headroom: float = 0.0, y_log: bool = False) -> Plot:  # fmt: skip
    """Draw axes with round ticks and titles; return the frame.

    Parameters
    ----------
    x
        Makes the horizontal scale from the places of its two ends.
    room_right
        Free space right of the frame [px], for the names of lines.
    headroom
        Free space above the frame [px], for marks.
    y_log
        Whether the vertical scale is logarithmic; ``y_span`` is then positive.
    """
    top = 34.0 + headroom
    bottom = top + layout.plot_height
    y: Scale = Log(*y_span, bottom, top) if y_log else Linear(*y_span, bottom, top)
    y_ticks = y.ticks(5, per=_per(y_label))
    left = max(text_width(y_label(t), _TICK) for t in y_ticks) + 12
    x_scale = x(left, canvas.width - room_right)
    for tick in y_ticks:
        canvas.line(left, y(tick), canvas.width - room_right, y(tick), "grid")
        canvas.text(left - 6, y(tick) + 4, y_label(tick), tone="muted", anchor="end", size=_TICK)
    last_end = -1.0
    for tick in x_scale.ticks(7 if layout.wide else 4, per=_per(x_label)):
        label = x_label(tick)
        half = text_width(label, _TICK) / 2
        place = min(x_scale(tick), canvas.width - half - 1)
        if place - half < last_end + 6:
            continue
        canvas.line(x_scale(tick), bottom, x_scale(tick), bottom + 5, "muted")
        canvas.text(place, bottom + 19, label, tone="muted", anchor="middle", size=_TICK)
        last_end = place + half
    canvas.line(left, bottom, canvas.width - room_right, bottom, "ink", width=1.2)
    canvas.text(2, 16, y_title, tone="muted", size=_TICK)
    canvas.text((left + canvas.width - room_right) / 2, bottom + 38, x_title, tone="muted", anchor="middle", size=_TICK)
    canvas.height = bottom + 48
    return Plot(x_scale, y, top, bottom)


@dataclass(frozen=True, slots=True)
class Curve:
    """One named line."""

    name: str
    """Words at its end."""
    points: tuple[tuple[float, float], ...]
    """Values (x, y)."""
    tone: Tone = "muted"
    """Colour; the dash says the same in grey."""
    strong: bool = False
    """Whether it is one of the lines the chart is about."""


class _End(NamedTuple):
    x: float
    y: float
    letter: str
    curve: Curve


def curves(canvas: Canvas, layout: Layout, frame: Plot, found: Sequence[Curve]) -> None:
    """Draw lines, each with its own dash, named at its end, or below the frame by letter."""
    ends: list[_End] = []
    for n, curve in enumerate(found):
        places = [(frame.x(x), frame.y(y)) for x, y in curve.points]
        canvas.path(places, curve.tone, width=2.8 if curve.strong else 1.5, dash=_DASHES[n % len(_DASHES)])
        ends.append(_End(*places[-1], chr(ord("A") + n), curve))
    ends.sort(key=lambda end: (end.y, -end.x))
    edge = frame.x.end
    at_edge = [end for end in ends if end.x > edge - _AT_EDGE]
    named = ends if layout.names_beside else at_edge
    for y, end in zip(_apart([e.y for e in named], frame), named, strict=True):
        strong = end.curve.strong or not layout.names_beside
        words = (
            fit(f"{end.letter} {end.curve.name}", canvas.width - edge - 12, bold=strong)
            if layout.names_beside
            else end.letter
        )
        canvas.text(
            edge + (10 if layout.names_beside else 4), y + 4, words, tone=end.curve.tone, bold=strong, halo=True
        )
    _letters(canvas, [end for end in ends if end not in at_edge])
    if not layout.names_beside:
        _legend(canvas, found)


def _letters(canvas: Canvas, ends: Sequence[_End]) -> None:
    """Put a letter where a curve leaves the frame at its top, a line lower where it would touch the one before."""
    last_x, last_y = -_LABEL_GAP * 1.0, 0.0
    for end in sorted(ends, key=lambda e: e.x):
        y = end.y + 10
        if end.x - last_x < _LABEL_GAP and abs(y - last_y) < _LABEL_GAP:
            y = last_y + _LABEL_GAP
        canvas.text(end.x + 4, y, end.letter, tone=end.curve.tone, bold=True, size=_TICK, halo=True)
        last_x, last_y = end.x, y


def _legend(canvas: Canvas, found: Sequence[Curve]) -> None:
    """Name the letters below the frame."""
    for n, curve in enumerate(found):
        y = canvas.height + 12 + 19 * n
        canvas.line(2, y - 4, 34, y - 4, curve.tone, width=2.8 if curve.strong else 1.5, dash=_DASHES[n % len(_DASHES)])
        canvas.text(40, y, fit(f"{chr(ord('A') + n)} {curve.name}", canvas.width - 44), tone=curve.tone)
    canvas.height += 12 + 19 * len(found)


def _apart(places: Sequence[float], frame: Plot) -> list[float]:
    """Return ascending places at least one line apart, kept inside the frame where there is room."""
    moved: list[float] = []
    for y in places:
        moved.append(max(y, moved[-1] + _LABEL_GAP) if moved else y)
    floor = frame.bottom - 4
    for k in range(len(moved) - 1, -1, -1):
        moved[k] = min(moved[k], floor)
        floor = moved[k] - _LABEL_GAP
    return moved
