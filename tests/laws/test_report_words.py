"""Every number in the prose is a number of the Result, printed as the tables print it."""

import math
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from report_example import example_result, infeasible_result
from steelyard.domain.result import Result
from steelyard.report import render_email, render_markdown, render_terminal
from steelyard.report.charts import all_charts
from steelyard.report.numbers import count, money, months, percent, quantity
from steelyard.report.story import tell

NUMBER = re.compile(r"[\u2212+]?\$?\d(?:[\d,]*\d)?(?:\.\d+)?(?: ?[kMBT]\b)?(?: %)?")
FIXED = {"80 %", "10", "90", "10th", "90th", "1", "2", "3", "4"}
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
    """Numbers as printed; dates and hashes are left out."""
    text = prose.replace("\u00a0", " ")
    text = re.sub(r"\d{4}-\d{2}-\d{2}|\b[0-9a-f]{8,64}\b", " ", text)
    return {found.strip() for found in NUMBER.findall(text)}


def printed(result: Result) -> set[str]:
    """Every number of the Result in each way the report prints numbers, and every number inside its own sentences."""
    found: set[str] = set(FIXED)
    numbers = [v for v in leaves(result) if isinstance(v, int | float) and not isinstance(v, bool)]
    for number in {*numbers, *(abs(n) for n in numbers), *totals(result)}:
        for text in (money(number), count(number), percent(number), months(number), quantity(number, "1/a")):
            found |= tokens(text)
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


@pytest.mark.parametrize("result", [example_result(), infeasible_result()])
def test_every_number_in_the_prose_is_in_the_result(result: Result) -> None:
    assert tokens(prose(result)) - printed(result) - counted(result) == set()


@settings(max_examples=6)
@given(st.floats(1e2, 1e9), st.floats(0.01, 0.99), st.floats(1e3, 1e7))
def test_it_stays_so_whatever_the_figures(scale: float, share: float, threshold: float) -> None:
    result = example_result()
    options = tuple(
        o.model_copy(
            update={
                "npv_cost_usd": _scaled(o.npv_cost_usd, scale),
                "saving_vs_today_usd": _scaled(o.saving_vs_today_usd, scale),
                "saving_vs_best_bought_usd": _scaled(o.saving_vs_best_bought_usd, scale),
                "p_best": share,
                "cvar90_usd": scale,
                "lines": tuple(b.model_copy(update={"npv_usd": b.npv_usd * scale / 1e6}) for b in o.lines),
            }
        )
        for o in result.options
    )
    changed = result.model_copy(
        update={
            "options": options,
            "confidence": share,
            "materiality_usd": threshold,
            "regret_usd": scale / 7,
            "evpi_usd": scale / 5,
        }
    )
    assert tokens(prose(changed)) - printed(changed) - counted(changed) == set()


def test_the_test_finds_a_number_that_is_not_there() -> None:
    assert tokens("it saves $777 k") - printed(example_result()) == {"$777 k"}


def _scaled(spread: BaseModel | None, scale: float) -> BaseModel | None:
    if spread is None:
        return None
    names = type(spread).model_fields
    return spread.model_copy(update={name: getattr(spread, name) * scale / 1e6 for name in names})
