"""How much of the input a prefix cache would find, as the cache grows: of a log that carries hashes of its prompts."""

from steelyard.domain.result import Result
from steelyard.domain.traffic_details import PrefixReuse
from steelyard.printed import count, percent
from steelyard.report.charts.chart import Chart, Curve, Layout, Table, assemble, curves, plot
from steelyard.report.charts.scale import Log, round_span
from steelyard.report.charts.svg import Canvas

__all__ = ["reuse_chart"]

_BY_SIZE = "a cache of this size"
_BY_AGE = "any size, kept for five minutes"
_MARK = 7.0


def reuse_chart(result: Result) -> Chart | None:
    """Return the share of input tokens found against cache size; None where the log has no prefix hashes."""
    details = result.traffic.details
    reuse = details.prefix_reuse if details else None
    if reuse is None or len(reuse.cache_tokens) < 2:
        return None
    sizes, found = reuse.cache_tokens, reuse.hit_fraction
    low, high = sizes[0], sizes[-1]
    held = Curve(_BY_SIZE, tuple(zip(sizes, found, strict=True)), "teal", strong=True)
    young = reuse.within_5_minutes_fraction
    aged = Curve(_BY_AGE, ((low, young), (high, young)), "orange", strong=True)

    def draw(canvas: Canvas, layout: Layout) -> None:
        frame = plot(
            canvas,
            layout,
            lambda a, b: Log(low, high, a, b),
            round_span([*found, young]),
            x_label=count,
            y_label=percent,
            x_title="size of the prefix cache, tokens, log scale",
            y_title="share of input tokens found in cache",
            room_right=layout.room_for([_BY_SIZE, _BY_AGE]),
        )
        curves(canvas, layout, frame, [held, aged])
        canvas.squares([(frame.x(size), frame.y(hit), _MARK) for size, hit in held.points], "teal")

    return assemble("reuse", "Prefix reuse by size of cache", _sentence(reuse), _table(reuse), draw)


def _sentence(reuse: PrefixReuse) -> str:
    """Say what is counted, the ends, and the size that gives half of what there is."""
    sizes, found, most = reuse.cache_tokens, reuse.hit_fraction, reuse.unbounded_hit_fraction
    enough = next((size for size, hit in zip(sizes, found, strict=True) if 2 * hit >= most), None)
    half = f"takes {count(enough)} tokens or fewer" if enough else f"takes more than {count(sizes[-1])} tokens"
    return (
        "Share of the log's input tokens that one prefix cache in front of all its requests would find, least recently "
        f"used blocks leaving first: {percent(found[0])} with {count(sizes[0])} tokens, {percent(found[-1])} with "
        f"{count(sizes[-1])}, {percent(most)} without bound."
        + (f" Half of that {half}." if most > 0 else "")
        + f" Blocks kept for five minutes after their last use, at any size, give "
        f"{percent(reuse.within_5_minutes_fraction)}."
    )


def _table(reuse: PrefixReuse) -> Table:
    measured = ((count(size), percent(hit)) for size, hit in
                zip(reuse.cache_tokens, reuse.hit_fraction, strict=True))  # fmt: skip
    return Table(
        ("Cache, tokens", "Input tokens found"),
        (
            *measured,
            ("without bound", percent(reuse.unbounded_hit_fraction)),
            ("any size, blocks kept for five minutes after their last use", percent(reuse.within_5_minutes_fraction)),
        ),
    )
