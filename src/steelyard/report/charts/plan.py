"""The plan by month: devices held by the options that hold any."""

from steelyard.domain.result import OptionResult, Result
from steelyard.printed import count
from steelyard.report.charts.chart import Chart, Curve, Layout, Table, assemble, curves, plot
from steelyard.report.charts.scale import Linear, round_span
from steelyard.report.charts.svg import Canvas
from steelyard.report.text import plain

__all__ = ["held_by_month", "plan_chart"]

_MOST_CURVES = 5


def held_by_month(option: OptionResult, n_months: int) -> tuple[float, ...]:
    """Return the devices an option's plan holds in each month [1]; empty where its plan names none."""
    steps = sorted((int(s.month), float(s.units)) for s in option.plan if s.units is not None)
    if not steps:
        return ()
    return tuple(next((u for m, u in reversed(steps) if m <= month), 0.0) for month in range(1, n_months + 1))


def plan_chart(result: Result) -> Chart | None:
    """Return the devices held in each month, the verdict's first, else those of the cheapest allowed options."""
    months = int(result.horizon_months)
    ordered = sorted(result.options, key=lambda o: (o.id != result.verdict_option, not o.feasible))
    found = [(o, held) for o in ordered if o.feasible and (held := held_by_month(o, months))][:_MOST_CURVES]
    if not found or months < 1:
        return None

    def draw(canvas: Canvas, layout: Layout) -> None:
        span = round_span([v for _, held in found for v in held])
        frame = plot(
            canvas, layout, lambda a, b: Linear(0, months, a, b), span, x_label=count, y_label=count, x_title="month",
            y_title="devices held", room_right=layout.room_for([plain(o.label) for o, _ in found]),
        )  # fmt: skip
        curves(canvas, layout, frame, [
            Curve(plain(o.label), tuple(p for m, v in enumerate(held) for p in ((float(m), v), (m + 1.0, v))),
                  "teal" if n == 0 else "orange" if n == 1 else "muted", n < 2)
            for n, (o, held) in enumerate(found)
        ])  # fmt: skip

    first, held = found[0]
    whose = "the choice" if first.id == result.verdict_option else "the cheapest allowed option that holds any"
    starts = next(m for m, v in enumerate(held, start=1) if v > 0) if any(held) else 1
    table = Table(
        ("Month", *(plain(o.label) for o, _ in found)),
        tuple((str(m + 1), *(count(h[m]) for _, h in found)) for m in range(months)),
    )
    return assemble(
        "plan",
        "The plan by month: devices held",
        f"Devices held in each month, mean over draws. {plain(first.label)} ({whose}) begins in month {starts} with "
        f"{count(held[starts - 1])} and ends with {count(held[-1])}.",
        table,
        draw,
    )
