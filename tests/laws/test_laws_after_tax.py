"""After tax: every dollar is deducted once, sooner or later; the hand-worked formula of the tax room agrees."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import option_example as ex
from steelyard.finance.dimensions import unit_faults
from steelyard.finance.evaluate import evaluate
from steelyard.finance.measures import straight_line_depreciation_usd
from steelyard.finance.tax import after_tax_usd
from steelyard.options.after_tax import after_tax
from steelyard.options.bought import bought_option
from steelyard.options.option import Option
from steelyard.options.self_hosted import owned_option


def owned() -> Option:
    return owned_option(ex.candidate(), ex.server(), ex.demand(), interim=None, lead_months=4)


def api() -> Option:
    return bought_option(ex.card("seller/small"), ex.demand())


def lines(option: Option) -> dict[str, np.ndarray]:
    drawn = ex.draws(option.ledger.inputs)
    return {name: amounts[0] for name, amounts in evaluate(option.ledger, drawn.values, 36).lines.items()}


def taxed(option: Option, rate: float = 0.25, life: int = 60) -> Option:
    return after_tax(option, tax_fraction=rate, life_months=life, horizon_months=36)


def test_no_rate_changes_nothing() -> None:
    assert taxed(api(), 0.0) == api()


def test_costs_without_purchases_fall_by_the_rate() -> None:
    before, after = sum(lines(api()).values()), sum(lines(taxed(api())).values())
    assert np.allclose(after, 0.75 * before)


@settings(max_examples=20)
@given(st.floats(0.01, 0.9), st.integers(1, 120))
def test_every_dollar_is_deducted_exactly_once(rate, life) -> None:
    before = sum(amounts.sum() for amounts in lines(owned()).values())
    assert lines(taxed(owned(), rate, life))["tax"].sum() == pytest.approx(-rate * before, rel=1e-9)


def test_a_longer_life_gives_the_tax_back_later() -> None:
    months = np.arange(36)
    short, long = (lines(taxed(owned(), life=life))["tax"] for life in (12, 60))
    assert (-short * months).sum() < (-long * months).sum()


def test_the_ledger_agrees_with_the_formula() -> None:
    got = lines(taxed(owned(), life=24))
    capital = sum(got[name] for name in owned().capex_lines)
    month = int(np.flatnonzero(capital)[0])
    written = np.zeros(36)
    written[month:] = straight_line_depreciation_usd(float(capital.sum()), 0.0, 24, 36 - month)
    expenses = sum(a for n, a in got.items() if n not in {*owned().capex_lines, "tax"})
    by_hand = after_tax_usd(expenses[None, :], capital[None, :], written, 0.25)[0]
    assert np.allclose(sum(got.values()), by_hand)


def test_units_multiply_out() -> None:
    assert unit_faults(taxed(owned()).ledger) == ()
