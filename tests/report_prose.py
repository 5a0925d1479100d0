"""Numbers in the prose of a decision, and the numbers its Result holds, as printed."""

import math
import re
from collections.abc import Iterator

from pydantic import BaseModel

from steelyard.domain.result import Result
from steelyard.report import render_email, render_markdown, render_terminal
from steelyard.report.charts import all_charts
from steelyard.report.numbers import count, money, months, percent, quantity
from steelyard.report.story import tell

__all__ = ["counted", "printed", "prose", "tokens"]

NUMBER = re.compile(r"[\u2212+]?\$?\d(?:[\d,]*\d)?(?:\.\d+)?(?: ?[kMBT]\b)?(?: %)?")
FIXED = {"80 %", "99 %", "10", "90", "10th", "90th", "1", "2", "3", "4"}
"""Numbers of the method: the interval, the percentiles, the four questions."""
LONG = 12
"""Of a longer series the prose may say the first, the last and the largest value."""


def leaves(value: object) -> Iterator[object]:
    """Every number and string of a Result."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from leaves(getattr(value, name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(key)
            yield from leaves(item)
    elif isinstance(value, tuple):
        yield len(value)
        long = len(value) > LONG and all(isinstance(item, float) for item in value)
        for item in (value[0], value[-1], max(value)) if long else value:
            yield from leaves(item)
    elif value is not None:
        yield value


def tokens(prose: str) -> set[str]:
    """Numbers as printed; dates, hours of the day and hashes are left out."""
    text = re.sub(r"\s+", " ", prose)
    text = re.sub(r"\d{4}-\d{2}-\d{2}|\b[0-9a-f]{8,64}\b|\b\d{2}:\d{2}\b", " ", text)
    return {found.strip() for found in NUMBER.findall(text)}


def printed(result: Result) -> set[str]:
    """Every number of the Result in each way the report prints numbers, and every number inside its own sentences."""
    found: set[str] = set(FIXED)
    numbers = [v for v in leaves(result) if isinstance(v, int | float) and not isinstance(v, bool)]
    for number in {*numbers, *(abs(n) for n in numbers), *totals(result)}:
        for text in (money(number), count(number), percent(number), months(number), quantity(number, "1/a")):
            found |= tokens(text)
    rates = result.traffic.hour_of_week_rps
    if rates and sum(rates):
        found.add(f"{max(rates) * len(rates) / sum(rates):.1f}")  # the busiest hour against the mean
    for words in (v for v in leaves(result) if isinstance(v, str)):
        found |= tokens(words)
    return found


def totals(result: Result) -> set[float]:
    """Sums that a chart states: the bill of an option, money spent by the end."""
    return {math.fsum(line.npv_usd for line in o.lines) for o in result.options} | {
        math.fsum(o.cost_usd_per_month) for o in result.options
    }


def counted(result: Result) -> set[str]:
    """How many options the captions count, and the busiest hour's capacity."""
    return {str(n) for n in range(len(result.options) + 1)}


def prose(result: Result) -> str:
    story = tell(result)
    parts = [story.confidence, story.wrong, story.oldest, *story.savings, *story.against, *story.flips]
    parts += [chart.description for chart in all_charts(result)]
    return "\n".join([*parts, render_email(result), render_markdown(result), render_terminal(result)])
