"""Pictures of the log decided on: its week hour by hour, and how long its requests are, as squares that grow."""

from collections.abc import Sequence
from math import exp, log, sqrt

from steelyard.domain.result import Result
from steelyard.domain.traffic import JointHistogram
from steelyard.nouns import noun
from steelyard.printed import count, percent
from steelyard.report.charts.chart import Chart, Layout, Table, assemble
from steelyard.report.charts.svg import Canvas, fit, text_width
from steelyard.report.text import plain

__all__ = ["lengths_chart", "week_chart"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS = 24
_WEEK = 168
_TICK = 12
_TOP = 30.0
_LEFT = 52.0
_STEPS = {"wide": 30.0, "narrow": 20.0, "paper": 20.0}
_ACROSS, _UP = 24, 10


def week_chart(result: Result) -> Chart | None:
    """Return the rate of each hour of the week of a log; None where the traffic was only stated."""
    rates = result.traffic.hour_of_week_rps
    if result.traffic.source == "stated" or len(rates) != _WEEK or max(rates) <= 0:
        return None
    grid = [list(rates[day * _HOURS : (day + 1) * _HOURS]) for day in range(len(_DAYS))]
    top, mean = max(rates), sum(rates) / _WEEK
    busiest = rates.index(top)
    shape = result.traffic.shape_source
    seen = "as measured" if shape == "measured" else f"after the shape {plain(shape)}"

    def draw(canvas: Canvas, layout: Layout) -> None:
        hours = [str(hour) if hour % (3 if layout.wide else 6) == 0 else "" for hour in range(_HOURS)]
        _squares(canvas, layout, grid, names=_DAYS, below=hours, title="hour of the day, UTC")

    return assemble(
        "week",
        "The log's week, hour by hour",
        f"Requests per second in each hour of the week, {seen}; a square's area is its rate. Busiest is "
        f"{_DAYS[busiest // _HOURS]} {busiest % _HOURS:02d}:00 UTC with {count(top)} per second, {top / mean:.1f} "
        "times the mean hour.",
        Table(
            ("Day", *(f"{hour:02d}:00" for hour in range(_HOURS))),
            tuple((day, *(count(rate) for rate in row)) for day, row in zip(_DAYS, grid, strict=True)),
        ),
        draw,
    )


def lengths_chart(result: Result) -> Chart | None:
    """Return how many requests have each input and output length; None where the source has no single requests."""
    joint, traffic = result.traffic.joint, result.traffic
    if not traffic.joint_measured or traffic.input_tokens is None or traffic.output_tokens is None:
        return None
    across, up = _cuts(joint.input_edges, _ACROSS), _cuts(joint.output_edges, _UP)
    grid = _gathered(joint, across, up)
    total = sum(map(sum, grid))
    if total <= 0:
        return None
    names = [count(edge) for edge in up[:-1]]

    def draw(canvas: Canvas, layout: Layout) -> None:
        every = 4 if layout.wide else 8
        below = [count(edge) if n % every == 0 else "" for n, edge in enumerate(across[:-1])]
        _squares(canvas, layout, grid[::-1], names=names[::-1], below=below,
                 title="input tokens across, output tokens up")  # fmt: skip

    asked, made = traffic.input_tokens, traffic.output_tokens
    return assemble(
        "lengths",
        "How long the log's requests are",
        "Share of the requests by input and output length on logarithmic scales; a square's area is its share. "
        f"Input: half of the requests up to {count(asked.p50)} {noun(asked.p50, 'token')}, 99 % up to "
        f"{count(asked.p99)}; output: {count(made.p50)} and {count(made.p99)}.",
        Table(
            ("Output from", *(f"input from {count(edge)}" for edge in across[:-1])),
            tuple((name, *(percent(v / total) for v in row)) for name, row in zip(names, grid, strict=True)),
        ),
        draw,
    )


def _cuts(edges: Sequence[float], most: int) -> list[float]:
    """Return edges evenly spaced on a logarithmic scale, from the lowest to above the highest."""
    low, high = max(edges[0], 1.0), max(edges[-1], 2.0)
    step = log(high / low) / most
    return [low * exp(step * n) for n in range(most + 1)]


def _gathered(joint: JointHistogram, across: Sequence[float], up: Sequence[float]) -> list[list[float]]:
    grid = [[0.0] * (len(across) - 1) for _ in range(len(up) - 1)]
    for i, row in enumerate(joint.counts):
        column = _place(joint.input_edges, i, across)
        for o, requests in enumerate(row):
            grid[_place(joint.output_edges, o, up)][column] += requests
    return grid


def _place(edges: Sequence[float], bin_: int, cuts: Sequence[float]) -> int:
    middle = sqrt(max(edges[bin_], 1.0) * max(edges[bin_ + 1], 1.0))
    return min(max(sum(middle >= cut for cut in cuts) - 1, 0), len(cuts) - 2)


def _squares(canvas: Canvas, layout: Layout, grid: Sequence[Sequence[float]], *, names: Sequence[str],
             below: Sequence[str], title: str) -> None:  # fmt: skip
    """Draw a grid of squares whose areas are the values, rows named left and columns below."""
    left = max(_LEFT, max(text_width(name, _TICK) for name in names) + 10)
    step = min(_STEPS[layout.name], (canvas.width - left - 4) / len(below))
    top = max(max(row) for row in grid)
    marks: list[tuple[float, float, float]] = []
    for n, (name, row) in enumerate(zip(names, grid, strict=True)):
        y = _TOP + (n + 0.5) * step
        canvas.text(left - 8, y + 4, name, tone="muted", anchor="end", size=_TICK)
        marks += [
            (left + (k + 0.5) * step, y, max(sqrt(value / top) * (step - 1.5), 1.0))
            for k, value in enumerate(row)
            if value > 0
        ]
    canvas.squares(marks, "teal")
    bottom = _TOP + len(grid) * step
    for k, label in enumerate(below):
        if label:
            half = text_width(label, _TICK) / 2
            canvas.text(min(max(left + (k + 0.5) * step, half + 1), canvas.width - half - 1), bottom + 16, label,
                        tone="muted", anchor="middle", size=_TICK)  # fmt: skip
    canvas.text(2, 16, fit(title, canvas.width - 4, _TICK), tone="muted", size=_TICK)
    canvas.height = bottom + 26
