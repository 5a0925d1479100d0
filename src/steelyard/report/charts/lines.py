"""Charts made of lines: break-even, odds of payback, money by month, load against capacity."""

from collections.abc import Callable, Sequence

from steelyard.domain.result import BreakEven, OptionResult, Result, ServingPlan
from steelyard.report.charts.chart import Chart, Curve, Layout, Table, assemble, curves, plot
from steelyard.report.charts.scale import Linear, Log, round_span
from steelyard.report.charts.svg import Canvas, Tone, text_width
from steelyard.report.numbers import count, money, money_tick, percent, quantity
from steelyard.report.story import label_of
from steelyard.report.text import inside_sentence, plain

__all__ = ["break_even_charts", "cumulative_chart", "hours_chart", "payback_chart"]

_MARK_LINE = 16.0
_MARKS = 3
_LOG_FROM = 8.0
"""Ratio of the ends of a range from which its scale is logarithmic."""
_LOG_ROOM = 1.15
_ODDS_TOPS = (0.1, 0.25, 0.5, 1.0)
_EVEN = 0.5
_MOST_CURVES = 6
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS_PER_DAY = 24
_WEEK = 168


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
            x_label=count,
            y_label=money_tick,
            x_title=plain(point.quantity) + (", log scale" if logarithmic else ""),
            y_title=f"cost over {result.horizon_months} months, present value" + (", log scale" if steep else ""),
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

    sides = " and ".join(label_of(result, i) for i in point.between)
    crossing = ", ".join(quantity(v, point.unit) for v in point.values)
    same = f"cost the same at: {crossing}" if crossing else "cost the same nowhere in this range"
    swept = inside_sentence(point.quantity)
    return assemble(
        f"break-even-{n}",
        f"Break-even in {swept}",
        f"Mean present value of cost over {swept}. {sides} {same}. This study: {quantity(point.today, point.unit)}.",
        Table(
            (f"{plain(point.quantity)}", *(label_of(result, i) for i in ids)),
            tuple(
                (count(s.at), *(money(s.npv_cost_usd[i]) if i in s.npv_cost_usd else "\u2013" for i in ids))
                for s in point.sweep
            ),
        ),
        draw,
    )


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
        words = f"{word}: {count(value)}"
        left = place + 5 + text_width(words, 12, bold=level == 0) > canvas.width
        canvas.text(place - 5 if left else place + 5, y, words, size=12, bold=level == 0, halo=True,
                    anchor="end" if left else "start")  # fmt: skip


def payback_chart(result: Result) -> Chart | None:
    """Return the odds that building has paid back by each month, against the best bought option."""
    found = [(o, o.payback) for o in result.options if o.feasible and o.payback and len(o.payback.prob_by_month) > 1]
    found = found[:_MOST_CURVES]
    if not found:
        return None
    months = len(found[0][1].prob_by_month)
    top = next(t for t in _ODDS_TOPS if t >= max(max(b.prob_by_month) for _, b in found))

    def draw(canvas: Canvas, layout: Layout) -> None:
        frame = plot(
            canvas,
            layout,
            lambda a, b: Linear(0, months, a, b),
            (0.0, top),
            x_label=count,
            y_label=percent,
            x_title="month",
            y_title="chance of having paid back",
            room_right=layout.room_for([plain(o.label) for o, _ in found]),
        )
        if top > _EVEN:
            canvas.line(frame.x(0), frame.y(_EVEN), frame.x(months), frame.y(_EVEN), "muted", dash="2 4")
        curves(
            canvas,
            layout,
            frame,
            [
                Curve(
                    plain(o.label),
                    ((0.0, 0.0), *((m + 1.0, p) for m, p in enumerate(back.prob_by_month))),
                    "teal" if n == 0 else "orange" if n == 1 else "muted",
                    n < 2,
                )
                for n, (o, back) in enumerate(found)
            ],
        )

    best_option, best = max(found, key=lambda row: row[1].prob_within_horizon)
    return assemble(
        "payback",
        "Odds of payback by month",
        "Chance that the cumulative saving against the best bought option has turned positive for good by the end of "
        "each month. "
        f"The best odds by month {months} are {percent(best.prob_within_horizon)}, for {plain(best_option.label)}.",
        _by_month([o.label for o, _ in found], [b.prob_by_month for _, b in found], months, percent),
        draw,
    )


def cumulative_chart(result: Result) -> Chart | None:
    """Return money spent by the end of each month, mean over draws, of the options that matter most."""
    found = [o for o in _leading(result) if len(o.cost_usd_per_month) > 1]
    if not found:
        return None
    spent = {o.id: _running(o.cost_usd_per_month) for o in found}
    months = max(len(s) for s in spent.values())

    def draw(canvas: Canvas, layout: Layout) -> None:
        frame = plot(
            canvas,
            layout,
            lambda a, b: Linear(0, months, a, b),
            round_span([v for s in spent.values() for v in s]),
            x_label=count,
            y_label=money_tick,
            x_title="month",
            y_title="money spent so far, nominal",
            room_right=layout.room_for([plain(o.label) for o in found]),
        )
        curves(
            canvas,
            layout,
            frame,
            [
                Curve(
                    plain(o.label),
                    ((0.0, 0.0), *((m + 1.0, v) for m, v in enumerate(spent[o.id]))),
                    "teal" if o.id == result.verdict_option else "orange" if n == 1 else "muted",
                    o.id == result.verdict_option or n == 1,
                )
                for n, o in enumerate(found)
            ],
        )

    told = found[:3]
    ends = "; ".join(f"{plain(o.label)} {money(spent[o.id][-1])}" for o in told)
    return assemble(
        "by-month",
        "Money spent by month",
        f"Mean cash out, summed up to the end of each month, not discounted. After {months} months: {ends}.",
        _by_month([o.label for o in found], [o.cost_usd_per_month for o in found], months, money),
        draw,
    )


def _by_month(
    labels: Sequence[str], series: Sequence[Sequence[float]], months: int, words: Callable[[float], str]
) -> Table:
    """Return one row a month, one column an option; a dash where a series has ended."""
    rows = tuple(
        (str(m + 1), *(words(values[m]) if m < len(values) else "\u2013" for values in series)) for m in range(months)
    )
    return Table(("Month", *(plain(label) for label in labels)), rows)


def _leading(result: Result) -> list[OptionResult]:
    """Return the verdict, the reference lines, and the cheapest of the other forms, at most six, no two alike."""
    lines = (result.baseline.best_bought, result.baseline.today)
    wanted = [result.verdict_option, *(line.option for line in lines if line)]
    seen_kinds = {o.kind for o in result.options if o.id in wanted}
    for option in result.options:
        if option.feasible and option.kind not in seen_kinds:
            wanted.append(option.id)
            seen_kinds.add(option.kind)
    by_id = {o.id: o for o in result.options}
    return [by_id[i] for i in dict.fromkeys(wanted) if i in by_id][:_MOST_CURVES]


def _running(months: Sequence[float]) -> list[float]:
    total, found = 0.0, list[float]()
    for usd in months:
        total += usd
        found.append(total)
    return found


def hours_chart(result: Result) -> Chart | None:
    """Return the load of each hour of the week against what the held replicas carry within the SLO."""
    served = [(o, o.serving) for o in result.options if o.serving and len(o.serving.replicas_by_hour) == _WEEK]
    served.sort(key=lambda pair: (pair[0].id != result.verdict_option, not pair[0].feasible))
    load = result.traffic.hour_of_week_rps
    if not served or len(load) != _WEEK:
        return None
    option, plan = served[0]
    holds = [r * plan.goodput_rps for r in plan.replicas_by_hour]

    def draw(canvas: Canvas, layout: Layout) -> None:
        frame = plot(
            canvas,
            layout,
            lambda a, b: Linear(0, _WEEK, a, b),
            round_span([*holds, *load]),
            x_label=lambda h: _DAYS[int(h) // _HOURS_PER_DAY % len(_DAYS)],
            y_label=count,
            x_title="hour of the week, UTC",
            y_title="requests per second",
            room_right=layout.room_for([_capacity_words(plan)]),
        )
        canvas.area([(frame.x(h), frame.y(v)) for h, v in _steps(load)], frame.bottom, "teal")
        canvas.path([(frame.x(h), frame.y(v)) for h, v in _steps(holds)], "orange", width=2.5)
        _name_areas(canvas, layout, frame.y(holds[-1]), frame.y(load[-1] / 2), plan)

    return assemble(
        "hours",
        "Load and capacity by hour of the week",
        f"Requests per second in each hour of month 1 against what the replicas of {plain(option.label)} carry within "
        f"the SLO, spare included. Busiest hour {count(max(load))} per second; {count(plan.replicas_peak)} replicas "
        "then; "
        f"{percent(plan.utilization_fraction)} of the capacity paid for is used over the week.",
        Table(
            ("Hour, UTC", "Load, requests/s", "Replicas", "Capacity, requests/s"),
            tuple(
                (
                    f"{_DAYS[h // _HOURS_PER_DAY]} {h % _HOURS_PER_DAY:02d}:00",
                    count(load[h]),
                    count(plan.replicas_by_hour[h]),
                    count(holds[h]),
                )
                for h in range(_WEEK)
            ),
        ),
        draw,
    )


def _name_areas(canvas: Canvas, layout: Layout, capacity_y: float, load_y: float, plan: ServingPlan) -> None:
    words: tuple[tuple[Tone, float, str], ...] = (
        ("orange", capacity_y, _capacity_words(plan)),
        ("teal", load_y, "load"),
    )
    for n, (tone, y, said) in enumerate(words):
        if layout.names_beside:
            canvas.text(
                canvas.width - layout.room_for([_capacity_words(plan)]) + 8,
                min(y + 4, canvas.height - 52),
                said,
                tone=tone,
                bold=True,
            )
        else:
            y_row = canvas.height + 12 + 19 * n
            canvas.rect(2, 34, y_row - 8, 8 if tone == "teal" else 3, tone)
            canvas.text(40, y_row, said, tone=tone)
    if not layout.names_beside:
        canvas.height += 12 + 19 * len(words)


def _capacity_words(plan: ServingPlan) -> str:
    return f"capacity: {count(plan.goodput_rps)}/s per replica"


def _steps(values: Sequence[float]) -> list[tuple[float, float]]:
    """Return a staircase: each value holds for its hour."""
    return [point for h, v in enumerate(values) for point in ((float(h), v), (h + 1.0, v))]
