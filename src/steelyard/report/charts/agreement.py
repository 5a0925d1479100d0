"""Predicted against measured on logarithmic axes: a panel for each quantity, a mark for each kind of row."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from steelyard.report.charts.scale import Log
from steelyard.report.charts.svg import Canvas, Tone, fit

__all__ = ["Panel", "agreement_svg"]

_SIZE, _GAP, _MARGIN, _TOP, _BELOW = 260.0, 64.0, 56.0, 34.0, 78.0
_MOST_TICKS = 6
_KINDS: tuple[tuple[Tone, str], ...] = (("teal", "M{x:.0f} {y:.0f}h1.5"), ("orange", "M{x:.0f} {y:.0f}v5m-2.5 -2.5h5"))
"""Tone and mark by kind, in turn: dots, then crosses, so that they differ in grey."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One quantity."""

    title: str
    """Quantity and unit."""
    kinds: Mapping[str, Sequence[tuple[float, float]]]
    """Kind of row -> (measured, predicted), positive; at most two kinds."""


def agreement_svg(panels: Sequence[Panel], title: str, description: str) -> str:
    """Return panels of predicted against measured as one SVG that stands alone.

    Parameters
    ----------
    panels
        At least one, each with at least one pair.
    title, description
        Read to those who do not see it.

    Raises
    ------
    ValueError
        If a value is not positive and finite.
    """
    canvas = Canvas("agreement", _MARGIN + len(panels) * (_SIZE + _GAP), _TOP + _SIZE + _BELOW)
    canvas.rect(0, canvas.width, 0, canvas.height, "paper")
    for at, panel in enumerate(panels):
        _panel(canvas, panel, _MARGIN + at * (_SIZE + _GAP))
    _legend(canvas, list(dict.fromkeys(kind for panel in panels for kind in panel.kinds)))
    return canvas.render(title, description, css_class="chart")


def _panel(canvas: Canvas, panel: Panel, left: float) -> None:
    values = [value for pairs in panel.kinds.values() for pair in pairs for value in pair]
    if not values or any(not 0.0 < value < math.inf for value in values):
        raise ValueError(f"{panel.title}: logarithmic axes take positive, finite values")
    low = 10.0 ** math.floor(math.log10(min(values)))
    high = max(10.0 ** math.ceil(math.log10(max(values))), 10.0 * low)
    across, up = Log(low, high, left, left + _SIZE), Log(low, high, _TOP + _SIZE, _TOP)
    for tick in across.ticks(_MOST_TICKS):
        canvas.line(across(tick), _TOP, across(tick), _TOP + _SIZE, "grid")
        canvas.line(left, up(tick), left + _SIZE, up(tick), "grid")
        canvas.text(across(tick), _TOP + _SIZE + 16, _short(tick), tone="muted", anchor="middle", size=11)
        canvas.text(left - 6, up(tick) + 4, _short(tick), tone="muted", anchor="end", size=11)
    canvas.line(left, _TOP + _SIZE, left + _SIZE, _TOP, "ink")
    for factor in (0.5, 2.0):
        ends = ((max(low, low / factor), max(low, low * factor)), (min(high, high / factor), min(high, high * factor)))
        canvas.path([(across(x), up(y)) for x, y in ends], "muted", width=1, dash="4 4")
    for (tone, mark), pairs in zip(_KINDS, panel.kinds.values(), strict=False):
        places = dict.fromkeys((round(across(measured)), round(up(predicted))) for measured, predicted in pairs)
        _marks(canvas, tone, "".join(mark.format(x=x, y=y) for x, y in places))
    canvas.text(left + _SIZE / 2, _TOP - 12, fit(panel.title, _SIZE, bold=True), anchor="middle", bold=True)
    canvas.text(left + _SIZE / 2, _TOP + _SIZE + 34, "measured", tone="muted", anchor="middle", size=11)


def _marks(canvas: Canvas, tone: Tone, path: str) -> None:
    kept = len(canvas.body)
    canvas.path([(0, 0)], tone, width=2)
    canvas.body[kept] = canvas.body[kept].replace('d="M0.0 0.0"', f'd="{path}" stroke-linecap="round" opacity="0.6"')


def _legend(canvas: Canvas, kinds: Sequence[str]) -> None:
    y, x = canvas.height - 12, _MARGIN
    for (tone, mark), kind in zip(_KINDS, kinds, strict=False):
        _marks(canvas, tone, mark.format(x=x + 4, y=y - 4))
        canvas.text(x + 14, y, fit(kind, 150), size=12)
        x += 170
    canvas.text(x, y, "upright: predicted; line: equal; dashed: half and double", tone="muted", size=12)


def _short(value: float) -> str:
    for unit, name in ((1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"
