"""Where two ways to serve cost the same, as one quantity moves."""

from collections.abc import Sequence

from steelyard.domain.result import BreakEven, Result
from steelyard.printed import count, money, money_tick, months, quantity, unit_in_words
from steelyard.report.charts.chart import Chart, Curve, Layout, Table, assemble, curves, plot
from steelyard.report.charts.scale import Linear, Log, round_span
from steelyard.report.charts.svg import Canvas, Tone, text_width
from steelyard.report.story import label_of
from steelyard.report.text import inside_sentence, plain

__all__ = ["break_even_charts"]

_MARK_LINE = 16.0
_MARKS = 3
_MOST_CURVES = 6
_LOG_FROM = 8.0
"""Ratio of the ends of a range from which its scale is logarithmic."""
_LOG_ROOM = 1.15


def break_even_charts(result: Result) -> tuple[Chart, ...]:
    """Return one chart per break-even that carries its curves."""
    return tuple(_break_even(result, point, n) for n, point in enumerate(result.break_even) if len(point.sweep) > 1)


def _break_even(result: Result, point: BreakEven, n: int) -> Chart:
    ids = _kept_curves(result, point)
    xs = [s.at for s in point.sweep]
    logarithmic = min(xs) > 0 and max(xs) / min(xs) > _LOG_FROM
    kept = [v for s in point.sweep for i in ids if (v := s.npv_cost_usd.get(i)) is not None]
    steep = logarithmic and min(kept) > 0 and max(kept) / min(kept) > _LOG_FROM
    horizon = max(kept) if steep else _visible_top(point, ids, max(kept))
    span = (
        (min(kept) / _LOG_ROOM, max(kept) * _LOG_ROOM)
        if steep
        else round_span([v for v in kept if v <= horizon] + [horizon])
    )

    def draw(canvas: Canvas, layout: Layout) -> None:
        frame = plot(
            canvas,
            layout,
            lambda a, b: Log(min(xs), max(xs), a, b) if logarithmic else Linear(min(xs), max(xs), a, b),
            span,
            x_label=money_tick if unit_in_words(point.unit).kind == "money" else count,
            y_label=money_tick,
            x_title=plain(point.quantity) + (", log scale" if logarithmic else ""),
            y_title=f"cost over {months(result.horizon_months)}, present value" + (", log scale" if steep else ""),
            y_log=steep,
            room_right=layout.room_for([label_of(result, i) for i in ids]),
            headroom=_MARK_LINE * len(_marks(point)),
        )
        found = [
            Curve(label_of(result, i), points, *_stress(result, point, i))
            for i in ids
            if len(points := _below(point, i, horizon)) > 1
        ]
        _verticals(canvas, frame.x, frame.top, frame.bottom, point)
        curves(canvas, layout, frame, found)

    swept = inside_sentence(point.quantity)
    return assemble(
        f"break-even-{n}", f"Break-even in {swept}", _sentence(result, point), _table(result, point, ids), draw
    )


def _sentence(result: Result, point: BreakEven) -> str:
    if point.sentence:
        return f"Mean present value of cost over {inside_sentence(point.quantity)}. {plain(point.sentence)}"
    sides = " and ".join(label_of(result, i) for i in point.between)
    crossing = ", ".join(quantity(v, point.unit) for v in point.values)
    same = f"cost the same at: {crossing}" if crossing else "cost the same nowhere in this range"
    return (f"Mean present value of cost over {inside_sentence(point.quantity)}. {sides} {same}. This study: "
            f"{quantity(point.today, point.unit)}.")  # fmt: skip


def _table(result: Result, point: BreakEven, ids: Sequence[str]) -> Table:
    rows = tuple(
        (count(s.at), *(money(s.npv_cost_usd[i]) if i in s.npv_cost_usd else "\u2013" for i in ids))
        for s in point.sweep
    )
    return Table((plain(point.quantity), *(label_of(result, i) for i in ids)), rows)


def _kept_curves(result: Result, point: BreakEven) -> list[str]:
    """Return the compared options first, then the others in the document's order."""
    known = {i for s in point.sweep for i in s.npv_cost_usd}
    order = [*point.between, *(o.id for o in result.options), *sorted(known)]
    return [i for i in dict.fromkeys(order) if i in known][:_MOST_CURVES]


def _visible_top(point: BreakEven, ids: Sequence[str], top: float) -> float:
    """Return a height that shows the crossings and this study's point, not only the far right end."""
    marks = [point.today, *point.values]
    near = [
        v for s in point.sweep for i in ids if s.at <= 2.5 * max(marks) and (v := s.npv_cost_usd.get(i)) is not None
    ]
    return max(near, default=top)


def _below(point: BreakEven, option: str, top: float) -> tuple[tuple[float, float], ...]:
    """Return the curve up to a height, ended exactly there by interpolation."""
    full = [(s.at, s.npv_cost_usd[option]) for s in point.sweep if option in s.npv_cost_usd]
    kept: list[tuple[float, float]] = []
    for (x, y), before in zip(full, [None, *full[:-1]], strict=True):
        if y <= top:
            kept.append((x, y))
        elif before is not None and before[1] <= top:
            share = (top - before[1]) / (y - before[1])
            kept.append((before[0] + share * (x - before[0]), top))
            break
    return tuple(kept)


def _stress(result: Result, point: BreakEven, option: str) -> tuple[Tone, bool]:
    if option == point.between[0]:
        return "teal", True
    if option == point.between[1]:
        return "orange", True
    return ("ink", True) if option == result.verdict_option else ("muted", False)


def _marks(point: BreakEven) -> list[tuple[str, float]]:
    return [("this study", point.today), *(("break-even", v) for v in point.values)][:_MARKS]


def _verticals(canvas: Canvas, x: Linear | Log, top: float, bottom: float, point: BreakEven) -> None:
    """Mark this study and each crossing, their words on lines of their own above the frame."""
    marks = _marks(point)
    for level, (word, value) in enumerate(marks):
        if not (x.low <= value <= x.high):
            continue
        place, y = x(value), top - 6 - _MARK_LINE * (len(marks) - 1 - level)
        canvas.line(place, y - 9, place, bottom, "ink", width=1.3, dash="" if level == 0 else "3 3")
        words = f"{word}: {money(value) if unit_in_words(point.unit).kind == 'money' else count(value)}"
        left = place + 5 + text_width(words, 12, bold=level == 0) > canvas.width
        canvas.text(place - 5 if left else place + 5, y, words, size=12, bold=level == 0, halo=True,
                    anchor="end" if left else "start")  # fmt: skip
