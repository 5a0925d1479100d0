"""Every number in the prose is a number of the Result, printed as the tables print it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from report_example import example_result, infeasible_result
from report_prose import counted, printed, prose, tokens
from steelyard.domain.result import Result


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
