"""Charts made of bars: paired saving, the bill by line, what moves the margin."""

from collections.abc import Mapping

from steelyard.domain.result import Flip, OptionResult, Result, Spread
from steelyard.printed import money, money_tick, months, quantity
from steelyard.report.charts.chart import Chart, Layout, Rows, Table, assemble, rows
from steelyard.report.charts.scale import round_span
from steelyard.report.charts.svg import GROUP_TONES, Canvas, Tone, text_width
from steelyard.report.text import plain

__all__ = ["bill_chart", "saving_chart", "tornado_chart"]

_GROUPS = tuple(GROUP_TONES)
_VISIBLE = 0.01
_MOST_INPUTS = 12


def saving_chart(result: Result, *, against_today: bool, most: int | None = None) -> Chart | None:
    """Return the paired saving of each allowed option against a reference line, as 80 % bars about zero.

    Parameters
    ----------
    against_today
        Against what runs today; else against the best bought option.
    most
        Options shown, cheapest first; all where absent.
    """
    line = result.baseline.today if against_today else result.baseline.best_bought
    if line is None or (against_today and result.one_reference_line):
        return None
    name = "today" if against_today else "the best bought option"
    if result.one_reference_line:
        name = "today, which is the best bought option"
    found = [
        (o, s)
        for o in result.options
        if o.feasible
        and o.id != line.option
        and (s := o.saving_vs_today_usd if against_today else o.saving_vs_best_bought_usd) is not None
    ]
    found = found[:most]
    if not found:
        return None

    def draw(canvas: Canvas, layout: Layout) -> None:
        names = [plain(o.label) for o, _ in found]
        notes = [f"{money(s.p10)} to {money(s.p90)}" for _, s in found]
        span = round_span([v for _, s in found for v in (s.p10, s.p90)])
        grid = rows(canvas, layout, names, notes, span=span, tick_label=money_tick)
        for (_, saving), y in zip(found, grid.tops, strict=True):
            _band(canvas, grid, y, saving.p10, saving.p90)
            canvas.line(grid.x(saving.p50), y - 3, grid.x(saving.p50), y + grid.bar + 3, "ink", width=3)
        _sides(canvas, grid, "costs more", "saves")

    surely = sum(s.p10 > 0 for _, s in found)
    maybe = sum(s.p10 <= 0 < s.p90 for _, s in found)
    return assemble(
        "saving-today" if against_today else "saving-bought",
        f"Saving against {name}, over {months(result.horizon_months)}",
        f"Present value of the saving of each option against {name}, both on the same draws: bar from the 10th to the "
        f"90th percentile, thick line at the median. {surely} of {len(found)} save in at least nine draws of ten, "
        f"{maybe} in some.",
        Table(
            ("Option", "10th percentile", "Median", "90th percentile", "Mean"),
            tuple(_spread_row(o, s) for o, s in found),
        ),
        draw,
    )


def bill_chart(result: Result) -> Chart | None:
    """Return the bill of each allowed option by kind of cost, present value."""
    found = [o for o in result.options if o.feasible and o.lines]
    if not found:
        return None
    bills = [_by_group(o) for o in found]
    used = [g for g in _GROUPS if any(g in bill for bill in bills)]

    def draw(canvas: Canvas, layout: Layout) -> None:
        top = _legend(canvas, used)
        ends = [sum(v for v in b.values() if v < 0) for b in bills] + [
            sum(v for v in b.values() if v > 0) for b in bills
        ]
        notes = [money(sum(b.values())) for b in bills]
        grid = rows(
            canvas,
            layout,
            [plain(o.label) for o in found],
            notes,
            span=round_span(ends),
            tick_label=money_tick,
            top=top,
        )
        for bill, y in zip(bills, grid.tops, strict=True):
            _stack(canvas, grid, y, bill)

    dearest = max(zip(found, bills, strict=True), key=lambda pair: sum(pair[1].values()))
    return assemble(
        "bill",
        f"The bill by kind of cost, over {months(result.horizon_months)}",
        "Mean present value of the cost of each option, stacked by kind; money that comes back stands left of zero. "
        f"The dearest is {plain(dearest[0].label)} at {money(sum(dearest[1].values()))}.",
        Table(
            ("Option", *(g.capitalize() for g in used), "Sum"),
            tuple(
                (plain(o.label), *(money(b[g]) if g in b else "\u2013" for g in used), money(sum(b.values())))
                for o, b in zip(found, bills, strict=True)
            ),
        ),
        draw,
    )


def tornado_chart(result: Result) -> Chart | None:
    """Return how far each input moves the margin of the chosen option over the runner-up."""
    found = [(f, f.low_usd, f.high_usd) for f in result.flips if f.low_usd is not None and f.high_usd is not None]
    if not found:
        return None
    found.sort(key=lambda row: (-abs(row[2] - row[1]), row[0].input))
    widest = abs(found[0][2] - found[0][1])
    shown = [row for row in found if row[0].at is not None or abs(row[2] - row[1]) > _VISIBLE * widest][:_MOST_INPUTS]
    shown = shown or found[:1]

    def draw(canvas: Canvas, layout: Layout) -> None:
        names = [plain(f.input) for f, _, _ in shown]
        notes = [_flip_note(f) for f, _, _ in shown]
        span = round_span([v for _, low, high in shown for v in (low, high)])
        grid = rows(canvas, layout, names, notes, span=span, tick_label=money_tick)
        for (_, low, high), y in zip(shown, grid.tops, strict=True):
            _band(canvas, grid, y, min(low, high), max(low, high))
            room = abs(grid.x(high) - grid.x(low)) / 2
            for value, mark in ((low, "low"), (high, "high")):
                left = value < max(low, high) or (low == high and mark == "low")
                _end_mark(canvas, grid, y, value, mark, left=left, room=room)
        _sides(canvas, grid, "another wins", "chosen wins")

    first = found[0]
    left_out = len(found) - len(shown)
    rest = f" {left_out} other inputs move it hardly at all." if left_out else ""
    return assemble(
        "tornado",
        "What moves the margin, and where it flips",
        "Margin of the chosen option over the runner-up as each input goes from its 10th (low) to its 90th percentile "
        "(high), the others at their expected values. Left of zero another option wins. "
        f"{plain(first[0].input)} moves it most: "
        f"{money(first[1])} to {money(first[2])}.{rest}",
        Table(
            ("Input", "Margin at low", "Margin at high", "Expected", "Flips at"),
            tuple(
                (
                    plain(f.input),
                    money(low),
                    money(high),
                    quantity(f.from_, f.unit),
                    quantity(f.at, f.unit) if f.at is not None else "not in range",
                )
                for f, low, high in found
            ),
        ),
        draw,
    )


def _flip_note(flip: Flip) -> str:
    return f"flips at {quantity(flip.at, flip.unit)}" if flip.at is not None else "no flip in range"


def _band(canvas: Canvas, grid: Rows, y: float, low: float, high: float) -> None:
    """Draw a bar that is orange and hatched below zero, teal above."""
    if low < 0:
        canvas.rect(grid.x(low), grid.x(min(high, 0.0)), y, grid.bar, "orange", "diagonal")
    if high > 0:
        canvas.rect(grid.x(max(low, 0.0)), grid.x(high), y, grid.bar, "teal")
    if low == high:
        canvas.line(grid.x(low), y, grid.x(low), y + grid.bar, "ink", width=3)


def _end_mark(canvas: Canvas, grid: Rows, y: float, value: float, mark: str, *, left: bool, room: float) -> None:
    size = text_width(mark, 11)
    outward = grid.x(value) + (-4 if left else 4)
    fits = (
        grid.x.start - 4 <= (outward - size if left else outward)
        and (outward if left else outward + size) <= grid.x.end + 4
    )
    if fits:
        canvas.text(outward, y + 13, mark, tone="muted", anchor="end" if left else "start", size=11, halo=True)
    elif min(room, abs(grid.x(value) - grid.x(0.0))) > size + 8:
        inward = grid.x(value) + (4 if left else -4)
        tone: Tone = "ink" if value < 0 else "paper"
        canvas.text(inward, y + 13, mark, tone=tone, anchor="start" if left else "end", size=11, halo=value < 0)


def _sides(canvas: Canvas, grid: Rows, below: str, above: str) -> None:
    """Say in words what each side of zero means, where it has room."""
    zero, top = grid.x(0.0), min(grid.tops) if grid.tops else 0.0
    y = min(14.0, top - 4)
    left, right = f"\u2190 {below}", f"{above} \u2192"
    if zero - text_width(left, 12, bold=True) - 8 > 0 and grid.x.low < 0:
        canvas.text(zero - 6, y, left, tone="orange", anchor="end", size=12, bold=True)
    if zero + text_width(right, 12, bold=True) + 8 < canvas.width and grid.x.high > 0:
        canvas.text(zero + 6, y, right, tone="teal", size=12, bold=True)


def _by_group(option: OptionResult) -> Mapping[str, float]:
    """Return the present value of an option's lines by group; a group nobody knows counts as other."""
    found: dict[str, float] = {}
    for line in option.lines:
        group = line.group if line.group in GROUP_TONES else "other"
        found[group] = found.get(group, 0.0) + line.npv_usd
    return {g: found[g] for g in _GROUPS if g in found}


def _stack(canvas: Canvas, grid: Rows, y: float, bill: Mapping[str, float]) -> None:
    up = down = 0.0
    for group, usd in bill.items():
        tone, texture = GROUP_TONES[group]
        start = up if usd >= 0 else down
        canvas.rect(grid.x(start), grid.x(start + usd), y, grid.bar, tone, texture)
        canvas.line(grid.x(start + usd), y, grid.x(start + usd), y + grid.bar, "paper", width=1.5)
        up, down = (up + usd, down) if usd >= 0 else (up, down + usd)


def _legend(canvas: Canvas, used: list[str]) -> float:
    """Draw a swatch and a word per group, wrapped; return where the rows may begin."""
    x, y = 2.0, 4.0
    for group in used:
        width = 22 + text_width(group) + 14
        if x + width > canvas.width and x > 2:
            x, y = 2.0, y + 22
        tone, texture = GROUP_TONES[group]
        canvas.rect(x, x + 16, y, 13, tone, texture)
        canvas.text(x + 21, y + 11, group)
        x += width
    return y + 30


def _spread_row(option: OptionResult, saving: Spread) -> tuple[str, ...]:
    return (plain(option.label), money(saving.p10), money(saving.p50), money(saving.p90), money(saving.mean))
