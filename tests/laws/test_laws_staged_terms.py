# pyright: basic
"""Building at a trigger under terms of a year: each at the rent of its first month, charged to its end."""

import numpy as np
import pytest
from test_laws_plans import beyond, never, values

import option_example as ex
from steelyard.options.bought import bought_option
from steelyard.options.option import Option
from steelyard.options.overflow import Base
from steelyard.options.self_hosted import rented_option
from steelyard.options.staged import BEGIN_MONTH, Trigger, staged_option

WAIT, RENT_USD = 3, 1.4


def plan(trigger: Trigger | None) -> Option:
    demand = ex.demand()
    base = Base(ex.candidate(), offer=ex.offer("reserved_1y", RENT_USD, term=12), on_demand=ex.offer())
    return staged_option(base, beyond(demand), demand, trigger, wait_months=WAIT, start_up_s=300.0)


def test_a_trigger_that_never_fires_signs_nothing() -> None:
    got = values(plan(never(32)).ledger, [1e6] * 36)
    assert got.total == pytest.approx(
        values(bought_option(ex.card(), ex.demand(), switching=False).ledger, [1e6] * 36).total
    )


@pytest.mark.parametrize(("begin", "tail"), [(2, 4), (9, 11), (10, 0), (22, 0), (33, 11)])
def test_terms_begin_with_the_machines_and_the_last_is_paid_to_its_end(begin: int, tail: int) -> None:
    got = values(plan(None).ledger, [1e6] * 36, **{BEGIN_MONTH: float(begin)})
    monthly = RENT_USD * 730.5
    live = begin + WAIT  # the first month on own machines; 36 - live + 1 months of them lie within the horizon
    assert got.lines["rent"][0] == pytest.approx([0.0] * (live - 1) + [monthly] * (36 - live + 1), rel=1e-3)
    assert got.lines["term_tail"][0, :-1].sum() == 0
    assert got.lines["term_tail"][0, -1] == pytest.approx(tail * monthly, rel=1e-3)


def test_each_term_pays_the_rent_of_its_first_month() -> None:
    ledger = plan(None).ledger
    drawn = dict(ex.draws(ledger.inputs).values)
    drawn["rent_factor.dev"] = np.linspace(1.0, 0.3, 36)[None, :].repeat(4, axis=0)
    drawn[BEGIN_MONTH] = np.full((4, 1), 2.0)
    from steelyard.finance.evaluate import evaluate  # noqa: PLC0415

    rent = evaluate(ledger, drawn, 36).lines["rent"][0]
    live = 2 + WAIT
    for start in range(live - 1, 36, 12):
        assert rent[start : start + 12] == pytest.approx(
            RENT_USD * 730.5 * drawn["rent_factor.dev"][0, start], rel=1e-3
        )


def test_begun_at_once_it_pays_what_the_same_term_pays_without_a_trigger() -> None:
    got = values(plan(None).ledger, [1e6] * 36, **{BEGIN_MONTH: 1.0})
    pure = values(rented_option(ex.candidate(), ex.offer("reserved_1y", RENT_USD, term=12), ex.demand(), ex.catalogue(),
                                interim=None).ledger, [1e6] * 36)  # fmt: skip
    assert got.lines["rent"] == pytest.approx(pure.lines["rent"])
    assert got.lines["term_tail"] == pytest.approx(pure.lines["term_tail"])
