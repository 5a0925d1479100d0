"""Numbers in the prose of a decision, and the numbers its Result and its study hold, as printed.

A sentence that the decision itself writes is held against the figures, not against itself: a figure that it rounds
otherwise than the tables is found.
"""

import html
import itertools
import math
import re
from collections.abc import Iterator
from typing import Any, cast

from pydantic import BaseModel

from steelyard.domain.result import Result
from steelyard.domain.study import Study
from steelyard.domain.workings import Workings
from steelyard.printed import count, money, months, percent, quantity, seconds
from steelyard.report import render_email, render_html, render_markdown, render_terminal
from steelyard.report.charts import all_charts
from steelyard.report.story import tell

__all__ = ["counted", "printed", "prose", "prose_of_page", "tokens", "unfounded"]

NUMBER = re.compile(r"[\u2212+]?\$?\d(?:[\d,]*\d)?(?:\.\d+)?(?: ?[kMBT]\b)?(?: %)?")
FIXED = {"80 %", "99 %", "10", "90", "10th", "90th", "1", "2", "3", "4"}
"""Numbers of the method: the interval, the percentiles, the four questions."""
LONG = 12
"""Of a longer series the prose may say the first, the last and the largest value."""
SENTENCES = {"reason", "figures_say", "why", "sentence", "sentences", "arguments", "finding"}
"""Fields that hold sentences of the decision's own. ``beliefs`` are means over draws that no figure holds, ``how``
speaks of a price list, and ``measurement`` counts items to label: they are taken as they are."""


def leaves(value: Any, *, without: frozenset[str] = frozenset()) -> Iterator[object]:
    """Every number and string of a value; fields of some names left out."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if name not in without:
                yield from leaves(getattr(value, name), without=without)
    elif isinstance(value, dict):
        for key, item in cast("dict[Any, Any]", value).items():
            yield from leaves(key, without=without)
            yield from leaves(item, without=without)
    elif isinstance(value, tuple):
        items = cast("tuple[Any, ...]", value)
        yield len(items)
        long = len(items) > LONG and all(isinstance(item, float) for item in items)
        for item in (items[0], items[-1], max(items)) if long else items:
            yield from leaves(item, without=without)
    elif value is not None:
        yield value


def tokens(prose: str) -> set[str]:
    """Numbers as printed, without the escapes of Markdown; dates, hours of the day and hashes are left out."""
    text = re.sub(r"\s+", " ", prose.replace("\\", ""))
    text = re.sub(r"\d{4}-\d{2}-\d{2}|\b[0-9a-f]{8,64}\b|\b\d{2}:\d{2}\b", " ", text)
    return {found.strip() for found in NUMBER.findall(text)}


def printed(result: Result, *, without: frozenset[str] = frozenset()) -> set[str]:
    """Every number of the Result in each way the report prints numbers, and every number inside its own words."""
    found: set[str] = set(FIXED)
    numbers = [v for v in leaves(result, without=without) if isinstance(v, int | float) and not isinstance(v, bool)]
    for number in {*numbers, *(abs(n) for n in numbers), *totals(result)}:
        found |= as_printed(number)
    rates = result.traffic.hour_of_week_rps
    if rates and sum(rates):
        found.add(f"{max(rates) * len(rates) / sum(rates):.1f}")  # the busiest hour against the mean
    for words in (v for v in leaves(result, without=without) if isinstance(v, str)):
        found |= tokens(words)
    return found


def as_printed(number: float) -> set[str]:
    """One number in each way the report prints numbers."""
    ways = (money(number), count(number), percent(number), months(number), seconds(number), quantity(number, "1/a"))
    return {token for text in ways for token in tokens(text)}


def unfounded(result: Result, study: Study) -> dict[str, set[str]]:
    """Sentences of the decision's own -> their numbers that are no figure of it, printed as its tables print them.

    Allowed beside the figures: differences between two options, twice the standard error of the margin, a break-even
    over today's value, and what the study states.
    """
    found = printed(result, without=frozenset(SENTENCES)) | counted(result)
    means = [usd for o in result.options if o.npv_cost_usd for usd in (o.npv_cost_usd.mean, o.cvar90_usd)]
    pairs = itertools.combinations([usd for usd in means if usd is not None], 2)
    derived = {abs(one - other) for one, other in pairs}
    derived |= {v for v in leaves(study) if isinstance(v, int | float) and not isinstance(v, bool)}
    derived |= {flip.distance_in_sd or 0.0 for flip in result.flips}
    derived |= {value / point.today for point in result.break_even for value in point.values if point.today}
    if result.convergence and result.convergence.margin_standard_error_usd:
        derived.add(2 * result.convergence.margin_standard_error_usd)
    for number in derived:
        found |= as_printed(number) | {f"{number:.1f}"}
    return {words: missing for words in sentences(result) if (missing := tokens(words) - found)}


def sentences(value: Any, name: str = "") -> Iterator[str]:
    """Every sentence of the decision's own."""
    if isinstance(value, BaseModel):
        for field in type(value).model_fields:
            yield from sentences(getattr(value, field), field)
    elif isinstance(value, tuple):
        for item in cast("tuple[Any, ...]", value):
            yield from sentences(item, name)
    elif isinstance(value, str) and name in SENTENCES:
        yield value


def totals(result: Result) -> set[float]:
    """Sums that a chart states: the bill of an option, money spent by the end."""
    return {math.fsum(line.npv_usd for line in o.lines) for o in result.options} | {
        math.fsum(o.cost_usd_per_month) for o in result.options
    }


def counted(result: Result) -> set[str]:
    """How many options and inputs the captions count, and the busiest hour's capacity."""
    return {str(n) for n in range(max(len(result.options), len(result.flips)) + 1)}


def prose(result: Result) -> str:
    story = tell(result)
    parts = [story.confidence, story.wrong, story.oldest, *story.savings, *story.against, *story.flips]
    parts += [chart.description for chart in all_charts(result)]
    return "\n".join([*parts, render_email(result), render_markdown(result), render_terminal(result)])


def prose_of_page(result: Result, workings: Workings) -> str:
    """What the page says outside its tables, its charts and its sliders, whose ends the workings hold."""
    page = render_html(result, workings)
    page = re.sub(r'<div class="dial card">.*?</div>\s*(?=<div class="dial card">|</div>)', " ", page, flags=re.DOTALL)
    page = re.sub(r"<(script|style|svg|table)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]*>", " | ", page))
