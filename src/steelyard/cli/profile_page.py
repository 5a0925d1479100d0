"""A log's profile for the terminal."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING

from steelyard.cli.tables import table
from steelyard.cli.terminal import printable
from steelyard.nouns import counted

if TYPE_CHECKING:
    from datetime import date

    from steelyard.domain.traffic import JointHistogram, Quantiles
    from steelyard.domain.traffic_details import ClassSummary, Concentration, PrefixReuse, Trend
    from steelyard.study.log_document import DayLine, LogProfile, Reconciled

__all__ = ["profile_page"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHADES = " .:-=+*#%@"
_HOURS, _MINUTES = 24, 60
_FEW_HOURS = 1.5
"""Hours below which a span is told in minutes [h]."""
_FORTNIGHT = 14
"""Days up to which each is told [d]."""
_SLOW = 0.1
"""Requests below which a second, and then an hour, says too little [1]."""
_MOST_LINES = 12
_LARGEST = 10
_TEN_CENTS = 0.1
_GRID_ROWS, _GRID_COLUMNS = 8, 40
_HUNDRED = 100
_KILO = 1_000
_MEGA = 1_000_000
_PEOPLE = {"end_user": "users", "api_key": "keys", "team": "teams", "session": "sessions", "tag": "tags"}


def profile_page(found: "LogProfile", width: int | None) -> str:
    """Return the page of a profile.

    Parameters
    ----------
    found
        The profile.
    width
        Characters a table may take; None: as many as it needs.
    """
    bill = found.reconciliation
    if found.grain == "cost":
        parts = [_head(found), _bill(bill, width), _notes(found)]
    else:
        parts = [_bill(bill, width), _head(found), _lengths(found), _grid(found.joint), _models(found, width),
                 _operations(found), _calendar(found, width), _classes(found.classes, width), _who(found),
                 _course(found.trend), _reuse(found.prefix_reuse), _week(found), _notes(found)]  # fmt: skip
    return "\n\n".join(part for part in parts if part)


def _notes(found: "LogProfile") -> str:
    thin = [f"? too thin to conclude on {said}" for said in found.thin]
    return "\n".join([*thin, *(f"! {warning}" for warning in found.warnings)])


def _head(found: "LogProfile") -> str:
    aside = ", ".join(f"{reason}: {n:,}" for reason, n in found.rows.set_aside.items()) or "none"
    span = found.span
    when = f"{span.start:%Y-%m-%d %H:%M} to {span.end:%Y-%m-%d %H:%M} UTC" if span.start and span.end else "no times"
    if _is_relative(found):
        when = "from the first request to the last"
    names = ", ".join(printable(name) for name in found.files[:_MOST_LINES])
    more = f" and {len(found.files) - _MOST_LINES} more" if len(found.files) > _MOST_LINES else ""
    lines = [
        ("log", f"{names}{more} ({', '.join(found.formats)})"),
        ("rows", f"{found.rows.read:,} read, {found.rows.used:,} used; set aside: {aside}"),
        ("span", f"{when} ({_length(span.days)}); {found.zone}"),
    ]
    if found.grain != "cost":
        lines += _traffic(found)
    return "\n".join(f"{name:<9} {text}" for name, text in lines)


def _is_relative(found: "LogProfile") -> bool:
    return found.zone.startswith("times are relative")


def _traffic(found: "LogProfile") -> list[tuple[str, str]]:
    month = f"{found.requests_per_month or 0:,.0f}" if (found.requests_per_month or 0) >= 1 else "under one"
    logged = "" if found.logged_usd is None else f"; the log itself says ${_usd(found.logged_usd)}"
    known = [usd for usd in found.usd.values() if usd is not None]
    return [
        ("requests", f"{found.requests:,}, which is {month} a month" if found.requests
                     else f"not counted by the source; about {month} a month"),
        ("tokens", ", ".join(f"{name.replace('_', ' ')} {n:,.0f}" for name, n in found.tokens.items() if n)),
        ("cost", f"priced {found.priced_rows:,} of {counted(found.rows.used, 'row')} at the list of their day"
                 f"{f': ${_usd(sum(known))}' if found.priced_rows else ''}{logged}"),
        ("cached", f"{found.cached_fraction:.1%} of the input; failed: {found.failed_fraction:.1%} of the rows"),
        *_bursts(found),
    ]  # fmt: skip


def _bursts(found: "LogProfile") -> list[tuple[str, str]]:
    if found.span.days <= 0:
        return []
    second = f", busiest second {found.peak_requests_per_second:,}" if found.peak_requests_per_second else ""
    return [("bursts", f"{'assumed: ' if found.input_tokens is None else ''}busiest minute "
                       f"{found.peak_to_mean_per_minute or 0:,.1f} times the mean minute{second}; gaps vary by "
                       f"{found.inter_arrival_cv or 0:.2f} (1 is random)")]  # fmt: skip


def _length(days: float) -> str:
    if days <= 0:
        return "one moment"
    if days * _HOURS < _FEW_HOURS:
        minutes = days * _HOURS * _MINUTES
        return counted(round(minutes), "minute") if minutes >= 1 else "less than a minute"
    return f"{days:,.1f} days" if days >= 2 else f"{days * _HOURS:,.1f} hours"


def _lengths(found: "LogProfile") -> str:
    rows = [_quantiles(name, q) for name, q in (("input", found.input_tokens), ("output", found.output_tokens)) if q]
    if not rows:
        return ""
    return table(["tokens", "mean", "p50", "p90", "p99", "max"], rows, right={1, 2, 3, 4, 5})


def _quantiles(name: str, q: "Quantiles") -> list[str]:
    return [name, *(f"{value:,.0f}" for value in (q.mean, q.p50, q.p90, q.p99, q.max))]


def _grid(joint: "JointHistogram | None") -> str:
    """Draw requests by input (across) and output (up) length on logarithmic scales, darker for more."""
    if joint is None or len(joint.counts) < 2 or len(joint.counts[0]) < 2:
        return ""
    from math import log  # noqa: PLC0415

    def places(edges: Sequence[float], n: int) -> list[int]:
        low, high = log(max(edges[0], 1)), log(max(edges[-1], 2))
        middles = [log(max((a + b) / 2, 1)) for a, b in pairwise(edges)]
        return [min(max(int((m - low) / max(high - low, 1e-9) * n), 0), n - 1) for m in middles]

    cells = [[0.0] * _GRID_COLUMNS for _ in range(_GRID_ROWS)]
    across, up = places(joint.input_edges, _GRID_COLUMNS), places(joint.output_edges, _GRID_ROWS)
    for row, column in zip(joint.counts, across, strict=True):
        for count, line in zip(row, up, strict=True):
            cells[line][column] += count
    top = max(max(line) for line in cells)
    scale = len(_SHADES) - 1
    drawn = [
        "".join(_SHADES[min(scale, max(int(sqrt(c / top) * scale), c > 0))] for c in line) for line in reversed(cells)
    ]
    first = f"lengths   input {_short(joint.input_edges[0])} to {_short(joint.input_edges[-1])} across, " \
            f"output {_short(joint.output_edges[0])} to {_short(joint.output_edges[-1])} up (log scales)"  # fmt: skip
    return "\n".join([first, *(f"{'':<9} |{line}|" for line in drawn)])


def _short(tokens: float) -> str:
    if tokens >= _MEGA:
        return f"{tokens / _MEGA:.3g}M"
    return f"{tokens / _KILO:.3g}k" if tokens >= _KILO else f"{tokens:.0f}"


def _models(found: "LogProfile", width: int | None) -> str:
    rows = [[printable(line.model) or "(not logged)", _requests(line.requests, found),
             f"{line.tokens['output']:,.0f}",
             _usd(line.usd), _usd(line.usd_as_of), line.priced_as or "no price list"]
            for line in found.models]  # fmt: skip
    heads = ["model", "requests", "output tokens", "list USD", "at today's list", "priced as"]
    return table(heads, rows, right={1, 2, 3, 4}, width=width) if rows else ""


def _usd(amount: float | None) -> str:
    """Show cents, or two digits of what is less than ten of them."""
    if amount is None:
        return "unknown"
    return f"{amount:.2g}" if 0 < abs(amount) < _TEN_CENTS else f"{amount:,.2f}"


def _requests(n: int, found: "LogProfile") -> str:
    return f"{n:,}" if found.requests else "-"


def _operations(found: "LogProfile") -> str:
    if len(found.operations) < 2:
        return ""
    return "rows by   " + ", ".join(f"{printable(name)} {rows:,}" for name, rows in found.operations.items())


def _calendar(found: "LogProfile", width: int | None) -> str:
    """Return months, or each day of a log of up to a fortnight."""
    if _is_relative(found):
        return ""
    used = [line for line in found.days if line.status == "used"]
    days = sorted({line.day for line in used})
    if 1 < len(days) <= _FORTNIGHT:
        rows = [_day(day, [line for line in used if line.day == day], found) for day in days]
        heads = ["day", "requests", "input tokens", "output tokens", "list USD"]
        return table(heads, rows, right={1, 2, 3, 4}, width=width)
    rows = [[line.month, str(line.days), _requests(line.requests, found), _input(line.tokens),
             f"{line.tokens['output']:,.0f}", _usd(line.usd)] for line in found.months]  # fmt: skip
    heads = ["month", "days", "requests", "input tokens", "output tokens", "list USD"]
    return table(heads, rows, right={1, 2, 3, 4, 5}, width=width) if rows else ""


def _day(day: "date", lines: Sequence["DayLine"], found: "LogProfile") -> list[str]:
    known = [line.usd for line in lines if line.usd is not None]
    return [f"{day} {_DAYS[day.weekday()]}", _requests(sum(line.requests for line in lines), found),
            f"{sum(sum(line.tokens.values()) - line.tokens['output'] for line in lines):,.0f}",
            f"{sum(line.tokens['output'] for line in lines):,.0f}", _usd(sum(known) if known else None)]  # fmt: skip


def _input(tokens: Mapping[str, float]) -> str:
    return f"{sum(n for name, n in tokens.items() if name != 'output'):,.0f}"


def _classes(classes: Sequence["ClassSummary"], width: int | None) -> str:
    if not classes:
        return ""
    rows = [[printable(c.name), f"{c.share:.1%}", f"{c.requests:,}", *(_tokens(v) for v in (
             c.input_p50, c.input_p99, c.output_p50, c.output_p99)), f"{c.cached_fraction:.0%}",
             f"{c.peak_to_mean_per_minute:.1f}"] for c in classes]  # fmt: skip
    heads = ["class", "share", "requests", "in p50", "in p99", "out p50", "out p99", "cached", "peak/mean"]
    return table(heads, rows, right=set(range(1, 9)), width=width)


def _tokens(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _who(found: "LogProfile") -> str:
    what = "requests" if found.requests else "tokens"
    said = [_share(people, what) for people in found.concentration]
    return "\n".join(f"{'who' if i == 0 else '':<9} {line}" for i, line in enumerate(said))


def _share(people: "Concentration", what: str) -> str:
    kind, first = _PEOPLE[people.by], printable(people.largest[0].name) if people.largest else "the largest"
    if people.members == 1:
        return f"1 {kind[:-1]}, {first}, makes all {what} that name a {kind[:-1]}"
    many = f"{people.members:,} {kind}: "
    if people.members > _LARGEST:
        many += f"the ten largest make {people.top_share:.0%}, "
    return f"{many}{first} alone makes {people.largest_share:.0%} of the {what}"


def _course(trend: "Trend | None") -> str:
    if trend is None:
        return ""
    week = ", ".join(f"{day} {share:.2f}" for day, share in zip(_DAYS, trend.weekdays, strict=False))
    return (f"trend     {trend.growth_per_month:+.1%} a month (80 % interval {trend.low_per_month:+.1%} to "
            f"{trend.high_per_month:+.1%})\nweekdays  {week} of the mean day")  # fmt: skip


def _reuse(reuse: "PrefixReuse | None") -> str:
    if reuse is None:
        return ""
    sizes = ", ".join(f"{_short(size)} {hit:.0%}" for size, hit in
                      zip(reuse.cache_tokens, reuse.hit_fraction, strict=True))  # fmt: skip
    return (f"reuse     share of input found in a prefix cache of so many tokens: {sizes}, without bound "
            f"{reuse.unbounded_hit_fraction:.0%}; within 5 minutes {reuse.within_5_minutes_fraction:.0%}")  # fmt: skip


def _bill(bill: "Reconciled | None", width: int | None) -> str:
    if bill is None:
        return ""
    lines = sorted(bill.lines, key=lambda line: -abs((line.invoiced_usd or 0.0) - (line.computed_usd or 0.0)))
    rows = [[f"{line.day}", printable(line.model) or "(not stated)", _usd(line.computed_usd),
             _usd(line.invoiced_usd), line.explanation]
            for line in sorted(lines[:_MOST_LINES], key=lambda line: (line.day, line.model))]  # fmt: skip
    more = [f"... and {len(lines) - _MOST_LINES} more days and models with smaller differences (--json has all)"]
    shown = table(["day", "model", "computed", "invoiced", "why"], rows, right={2, 3}, width=width)
    credit = [f"credits ${bill.credits_usd:,.2f}"] if bill.credits_usd else []
    first = bill.headline if bill.rows else f"invoiced ${bill.invoiced_usd:,.2f}; no usage to price was given"
    return "\n".join([first, *credit, shown, *(more if len(lines) > _MOST_LINES else [])])


def _week(found: "LogProfile") -> str:
    """Draw the rates of the week, one character an hour, darker for busier."""
    top = max(found.hour_of_week_rps, default=0.0)
    if top <= 0 or _is_relative(found):
        return ""
    hour = top * _MINUTES * _MINUTES
    slow = f"{hour:,.{0 if hour >= _HUNDRED else 1}f} requests" if hour >= _SLOW else "under 0.1 requests"
    busiest = f"{top:,.3g} requests/s" if top >= _SLOW else slow
    lines = [f"week      0 h{' ' * 20}23 h (UTC)   shape: {found.shape_source}, busiest hour {busiest}"]
    for day, name in enumerate(_DAYS):
        rates = found.hour_of_week_rps[day * _HOURS : (day + 1) * _HOURS]
        lines.append(f"{name:<9} " + "".join(_SHADES[round(rate / top * (len(_SHADES) - 1))] for rate in rates))
    return "\n".join(lines)
