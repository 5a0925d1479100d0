"""The page on serving: accelerators side by side for one model, and how a replica of each answers to load."""

from collections.abc import Sequence
from typing import cast

from steelyard.domain.result import Result
from steelyard.printed import count, seconds
from steelyard.report.charts.chart import Chart, Curve, Layout, Table, assemble, curves, plot
from steelyard.report.charts.scale import Linear, round_span
from steelyard.report.charts.svg import Canvas
from steelyard.study.side_by_side import CurvePoints, SideBySide
from steelyard.web.parts import drawn

__all__ = ["models_to_serve", "serving_values"]

_MOST_CURVES = 5
_ABOVE_PROMISE = 2.0


def models_to_serve(result: Result) -> list[str]:
    """Return the open models that the decision weighs on own machines, cheapest first."""
    return list(dict.fromkeys(o.serving.model for o in result.options if o.serving is not None))


def serving_values(found: object) -> dict[str, object]:
    """Return what the template needs."""
    side = cast("SideBySide", found)
    charts = [_chart(side.curves, side.ttft_p95_s, "ttft"), _chart(side.curves, side.tpot_p95_s, "tpot")]
    return {"side": side, "charts": drawn([chart for chart in charts if chart is not None])}


def _chart(found: Sequence[CurvePoints], promise_s: float | None, metric: str) -> Chart | None:
    """Return latency against the load of one replica, by accelerator, up to twice the promise."""
    if not found:
        return None
    told = [(c, c.ttft_p95_s if metric == "ttft" else c.tpot_p95_s) for c in found[:_MOST_CURVES]]
    top = _ABOVE_PROMISE * (promise_s or max(min(values) for _, values in told) * 2)
    kept = [(c, [(x, y) for x, y in zip(c.load_rps, values, strict=True) if y <= top]) for c, values in told]
    kept = [(c, points) for c, points in kept if len(points) > 1]
    if not kept:
        return None
    right = max(points[-1][0] for _, points in kept)
    words = "time to first token" if metric == "ttft" else "time per output token"

    def draw(canvas: Canvas, layout: Layout) -> None:
        frame = plot(canvas, layout, lambda a, b: Linear(0.0, right, a, b), round_span([0.0, top]), x_label=count,
                     y_label=seconds, x_title="requests per second, one replica", y_title=f"{words}, p95",
                     room_right=layout.room_for([c.label for c, _ in kept]))  # fmt: skip
        lines = [
            Curve(c.label, tuple(points), "teal" if n == 0 else "muted", n == 0) for n, (c, points) in enumerate(kept)
        ]
        if promise_s is not None:
            lines.append(Curve("promise", ((0.0, promise_s), (right, promise_s)), "orange"))
        curves(canvas, layout, frame, lines)

    table = Table(("Way to run", "Replica holds", f"{words} there, p95"),
                  tuple((c.label, f"{count(c.max_rps)} a second", seconds(c.ttft_s if metric == "ttft" else c.tpot_s))
                        for c, _ in kept))  # fmt: skip
    said = f"{kept[0][0].label} holds {count(kept[0][0].max_rps)} requests a second in one replica."
    return assemble(f"capacity-{metric}", f"{words.capitalize()} against load", said, table, draw)
