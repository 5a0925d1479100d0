"""Break-even date, marginal cost, tax, provisioned units, price by the hour, and how each line is costed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.errors import InputError
from steelyard.finance import builder as b
from steelyard.finance import measures as m
from steelyard.finance.commitments import hours_beyond
from steelyard.finance.costing import costing_markdown, costing_rows
from steelyard.finance.provisioned import cheapest_provisioned, mean_price_factor
from steelyard.finance.tax import after_tax_usd


def test_break_even_date_looks_forward_only():
    saving = np.array([[-900.0, 10.0, 10.0], [5.0, -1.0, 5.0]])
    assert m.cheaper_from_month_odds(saving).prob_by_month.tolist() == [0.0, 0.5, 1.0]
    assert m.cheaper_from_month_odds(saving).p50_months == 2
    assert m.payback_odds(saving).prob_within_horizon == 0.5


def test_marginal_cost_of_a_fixed_stack_is_its_variable_part():
    book = b.LedgerBuilder("x")
    volume = book.input("v", "request/month", "Requests")
    book.line("all", 5000 + volume * 0.002, group="other", label="All")
    at = [m.marginal_usd_per_request(*(b_total(book, v) for v in (1e6, 1.01e6)), np.full((1, 2), 1e4))]
    assert at[0] == pytest.approx(0.002)
    assert np.isnan(m.marginal_usd_per_request(np.ones((1, 1)), np.ones((1, 1)), np.zeros((1, 1)))).all()


def b_total(book, volume):
    from steelyard.finance.evaluate import evaluate  # noqa: PLC0415

    return np.array(evaluate(book.build(), {"v": volume}, 2).total)


def test_tax_shields_by_hand():
    got = after_tax_usd(np.array([[100.0, 100.0]]), np.array([[1000.0, 0.0]]), np.array([500.0, 500.0]), 0.3)
    assert got.tolist() == [[70 + 1000 - 150, 70 - 150]]
    assert after_tax_usd(got, got * 0, np.zeros(2), 0.0).tolist() == got.tolist()


def test_provisioned_units_by_hand():
    load = np.array([1.0] * 84 + [3.0] * 84)
    plan = cheapest_provisioned(load, mtok_per_unit_h=1.0, usd_per_unit_h=2.0, list_usd_per_mtok=3.0)
    # One unit is always full: 2 < 3. Two more are full half the time: 2 > 1.5.
    assert (plan.units, plan.overflow_fraction, plan.utilization_fraction) == (1, 0.5, 1.0)
    assert plan.usd_per_month == pytest.approx(730.5 * (2 + 0.5 * 2 * 3))
    assert cheapest_provisioned(load, mtok_per_unit_h=1, usd_per_unit_h=9, list_usd_per_mtok=3).units == 0
    assert (
        cheapest_provisioned(load, mtok_per_unit_h=1, usd_per_unit_h=2, list_usd_per_mtok=3, least_units=3).units == 0
    )
    with pytest.raises(InputError, match="Supply the model's throughput"):
        cheapest_provisioned(load, mtok_per_unit_h=0.0, usd_per_unit_h=1, list_usd_per_mtok=1)


@given(st.lists(st.floats(0, 50), min_size=168, max_size=168), st.floats(0.5, 5), st.floats(0.1, 9), st.floats(0.1, 9))
def test_provisioned_units_equal_brute_force(load, carries, unit, price):
    load = np.array(load)
    plan = cheapest_provisioned(load, mtok_per_unit_h=carries, usd_per_unit_h=unit, list_usd_per_mtok=price)
    costs = [730.5 * (n * unit + np.maximum(load - n * carries, 0).mean() * price) for n in range(120)]
    assert plan.usd_per_month == pytest.approx(min(costs))
    assert 0 <= plan.overflow_fraction <= 1
    assert 0 <= plan.utilization_fraction <= 1 + 1e-9


def test_price_by_the_hour():
    assert mean_price_factor(np.array([1.0, 3.0]), np.array([0.5, 1.0])) == 0.875
    assert mean_price_factor(np.zeros(2), np.array([0.5, 1.0])) == 0.75


def test_hours_beyond_a_commitment():
    units = np.array([[2.0] * 168, [5.0] * 84 + [1.0] * 84])
    assert hours_beyond(units, 3).tolist() == [0.0, 2 * 84 * 730.5 / 168]
    assert hours_beyond(units, 0) == pytest.approx([2 * 730.5, 3 * 730.5])


def test_every_line_says_how_it_is_costed():
    book = b.LedgerBuilder("x")
    volume = book.input("v", "request/month", "Requests", "the log")
    price = book.constant("p", 0.002, "USD/request", "Price", "the list")
    spend = book.quantity("spend", volume * price, "USD/month", "Spend")
    book.line("tokens", spend, group="tokens", label="Tokens")
    book.line("fee", spend * 0.1, group="other", label="Fee")
    rows = costing_rows(book.build())
    assert [(r.name, r.group, r.formula, r.inputs) for r in rows] == [
        ("tokens", "tokens", "Requests × Price", ("v",)), ("v", "", "given", ("v",)), ("p", "", "0.002", ()),
        ("fee", "other", "Spend × 0.1", ("v",)),
    ]  # fmt: skip
    assert [r.source for r in rows] == ["", "the log", "the list", ""]
    assert {r.unit for r in rows} == {"USD/month", "request/month", "USD/request"}


def costed(name, price):
    book = b.LedgerBuilder(name)
    volume = book.input("v", "request/month", "Requests", "the log")
    book.line("tokens", volume * book.constant("p", price, "USD/request", "Price|list", "a page"), group="tokens",
              label="Tokens")  # fmt: skip
    return book.build()


def test_the_costing_page_shows_a_line_once_and_counts_it():
    page = costing_markdown([costed("a", 0.002), costed("b", 0.003)])
    assert page.splitlines()[:5] == [
        "## Tokens", "", "| line | words | formula | inputs | unit | source | in |", "|---|---|---|---|---|---|---|",
        "| `tokens` | Tokens | Requests × Price\\|list | `v` | USD/month |  | 2 |",
    ]  # fmt: skip
    assert "| `p` | Price\\|list | a number |  | USD/request | a page | 2 |" in page
    assert "## People" not in page
