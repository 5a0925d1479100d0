"""What the winner must show: none of its conditions is dropped in silence."""

import re

import pytest

from report_example import example_result
from steelyard.report import render_terminal

CONDITIONS = tuple(f"condition {name} holds for every request of the year" for name in ("one", "two", "three", "four"))


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("given", [1, 2, 4])
def test_conditions_left_out_of_the_first_screen_are_counted(given: int, width: int) -> None:
    result = example_result()
    options = tuple(o.model_copy(update={"allowed_if": CONDITIONS[:given]}) if o.id == result.verdict_option else o
                    for o in result.options)  # fmt: skip
    text = " ".join(render_terminal(result.model_copy(update={"options": options}), width=width).split())
    first = text.split("Show first ")[1].split(" Framework")[0]
    more = re.search(r"\(and (\d+) more\)", first)
    assert first.count("condition ") + (int(more[1]) if more else 0) == given
