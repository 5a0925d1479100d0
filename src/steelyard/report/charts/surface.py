"""The break-even surface: requests a month against price per request, where you stand, and the rule of thumb."""

from steelyard.domain.insight import CostSurface
from steelyard.domain.result import Result
from steelyard.printed import count, money, span
from steelyard.report.charts.chart import Chart, Layout, Plot, Table, assemble, plot
from steelyard.report.charts.scale import Log
from steelyard.report.charts.svg import Canvas, Tone, split
from steelyard.report.story import label_of
from steelyard.report.text import plain

__all__ = ["surface_chart"]

_ROOM = 1.4
_LINE = 19.0
_HALF_LINE = 15.0
_RULE_DASH = "3 4"


def surface_chart(result: Result) -> Chart | None:
    """Return where buying and owning cost the same, over volume and price, with the study's point and the rule's."""
    surface = result.cost_surface
    if surface is None:
        return None
    curve = [(p.requests_per_month, p.break_even_usd_per_request) for p in surface.curve]
    points = [(x, y) for x, y in curve if y is not None and y > 0 and x > 0]
    low_x, mid_x, high_x = surface.requests_per_month_p10_p50_p90
    low_y, mid_y, high_y = surface.usd_per_request_p10_p50_p90
    if len(points) < 2 or min(low_x, low_y) <= 0:
        return None
    xs = [x for x, _ in points] + [low_x, high_x, *surface.rule_requests_per_month]
    ys = [y for _, y in points] + [low_y, high_y, surface.rule_usd_per_request]

    def draw(canvas: Canvas, layout: Layout) -> None:
        span_y = (min(ys) / _ROOM, max(ys) * _ROOM)
        frame = plot(
            canvas, layout, lambda a, b: Log(min(xs), max(xs), a, b), span_y, y_log=True, x_label=count, y_label=money,
            x_title="requests a month, log scale", y_title="price of a request, log scale",
        )  # fmt: skip
        _rule(canvas, frame, surface)
        places = [(frame.x(x), frame.y(y)) for x, y in points]
        canvas.path(places, "orange", width=2.8)
        canvas.line(frame.x(low_x), frame.y(mid_y), frame.x(high_x), frame.y(mid_y), "teal", width=3)
        canvas.line(frame.x(mid_x), frame.y(low_y), frame.x(mid_x), frame.y(high_y), "teal", width=3)
        canvas.dot(frame.x(mid_x), frame.y(mid_y), "teal", radius=6)
        _legend(canvas, surface)

    return assemble(
        "surface",
        "Break-even surface: volume and price",
        f"Above the line own machines cost less than {label_of(result, surface.bought_option)}, below it buying does. "
        f"{plain(surface.sentence)}",
        Table(
            ("Requests a month", "Break-even price of a request", "Cheapest own option there"),
            (
                *(
                    (
                        count(p.requests_per_month),
                        "no price" if p.break_even_usd_per_request is None else money(p.break_even_usd_per_request),
                        label_of(result, p.own_option) or "\u2013",
                    )
                    for p in surface.curve
                ),
                (f"this study: {count(low_x)} to {count(high_x)}", f"{span(low_y, high_y)} as bought", "\u2013"),
            ),
        ),
        draw,
    )


def _rule(canvas: Canvas, frame: Plot, surface: CostSurface) -> None:
    for volume in surface.rule_requests_per_month:
        canvas.line(frame.x(volume), frame.top, frame.x(volume), frame.bottom, "muted", dash=_RULE_DASH)
    y = frame.y(surface.rule_usd_per_request)
    canvas.line(frame.x.start, y, frame.x.end, y, "muted", dash=_RULE_DASH)


def _legend(canvas: Canvas, surface: CostSurface) -> None:
    """Say below the frame what each mark is."""
    first, second = (count(v) for v in surface.rule_requests_per_month)
    rows: tuple[tuple[Tone, str, str], ...] = (
        ("orange", "", "break-even: above it own machines cost less"),
        ("teal", "", "this study, with 80 % intervals"),
        ("muted", _RULE_DASH,
         f"rule of thumb: {first} and {second} requests a month, {money(surface.rule_usd_per_request)} a request"),
    )  # fmt: skip
    y = canvas.height + 12
    for tone, dash, words in rows:
        canvas.line(2, y - 4, 34, y - 4, tone, width=1 if dash else 2.8, dash=dash)
        if tone == "teal":
            canvas.dot(18, y - 4, tone)
        for part in split(words, canvas.width - 44):
            canvas.text(40, y, part, tone=tone)
            y += _HALF_LINE
        y += _LINE - _HALF_LINE
    canvas.height = y
