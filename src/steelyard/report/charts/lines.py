"""Charts made of lines: odds of payback, money by month, load against capacity."""

from collections.abc import Callable, Sequence

from steelyard.domain.result import OptionResult, Result, ServingPlan
from steelyard.nouns import counted, noun
from steelyard.printed import count, money, money_tick, percent
from steelyard.report.charts.chart import Chart, Curve, Layout, Table, assemble, curves, plot
from steelyard.report.charts.scale import Linear, round_span
from steelyard.report.charts.svg import Canvas, Tone
from steelyard.report.text import plain

__all__ = ["cumulative_chart", "hours_chart", "payback_chart"]

_ODDS_TOPS = (0.1, 0.25, 0.5, 1.0)
_EVEN = 0.5
_MOST_CURVES = 6
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS_PER_DAY = 24
_WEEK = 168


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
        f"Mean cash out, summed up to the end of each month, not discounted. After {counted(months, 'month')}: {ends}.",
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
        f"the SLO, spare included. Busiest hour {count(max(load))} per second; {count(plan.replicas_peak)} "
        f"{noun(plan.replicas_peak, 'replica')} then; "
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
