"""In which inputs a bill is a straight line, read from its formulas."""

from collections.abc import Callable

import numpy as np
import pytest

from steelyard.domain.ledger import Ledger
from steelyard.finance import builder as b
from steelyard.finance.evaluate import evaluate
from steelyard.finance.straight import bends_of

MONTHS = 6
Formula = Callable[[b.Term, b.Term], b.Term]
Groups = set[tuple[str, ...]]
BILLS: dict[str, tuple[Formula, Groups]] = {
    "sum": (lambda x, y: x - y + 3, {("x",), ("y",), ("x", "y")}),
    "product": (lambda x, y: x * y * 2, {("x",), ("y",)}),
    "product of sums": (lambda x, y: (x + 1) * (3 - y), {("x",), ("y",)}),
    "square": (lambda x, y: x * (x + y), {("y",)}),
    "quotient": (lambda x, y: x / (y + 1), {("x",)}),
    "delayed": (b.delay, {("x",)}),
    "accumulated": (lambda x, y: b.running_sum(x * b.from_month(2)) - y, {("x",), ("y",), ("x", "y")}),
    "at most": (lambda x, y: b.minimum(x, 2) + y, {("y",)}),
    "whole": (lambda x, y: b.ceil(x) * y, {("y",)}),
    "table": (lambda x, y: b.lookup(x, [0, 1, 2], [0, 3, 4]) * y, {("y",)}),
    "power": (lambda x, y: b.power(x, 2) * y, {("y",)}),
    "case": (lambda x, y: b.where_positive(x - 1.5, y, 2 * y), {("y",)}),
    "peak": (lambda x, y: b.running_max(x) + y * y, set()),
    "month": (lambda x, y: b.in_month(x) * y, {("y",)}),
    "constant": (lambda x, y: b.month() * 2, {("x",), ("y",), ("x", "y")}),
}


def ledger_of(formula: Formula) -> Ledger:
    book = b.LedgerBuilder("made")
    x, y = book.input("x", "1", "X"), book.input("y", "1", "Y")
    bill = book.quantity("bill", formula(x, y), "1", "Bill")
    book.quantity("unused", b.ceil(x + y), "1", "In no line")
    book.line("line", bill * 1, group="other", label="Line")
    return book.build()


@pytest.mark.parametrize("name", BILLS)
def test_a_bill_is_straight_in_what_its_formula_only_adds_and_multiplies(name: str) -> None:
    formula, straight = BILLS[name]
    bends = bends_of(ledger_of(formula))
    groups: tuple[tuple[str, ...], ...] = (("x",), ("y",), ("x", "y"))
    assert {members for members in groups if bends.along(members)} == straight


@pytest.mark.parametrize("name", BILLS)
def test_what_is_called_straight_costs_half_way_what_lies_half_way(name: str) -> None:
    formula, straight = BILLS[name]
    ledger, given = ledger_of(formula), {"x": np.array([[1.3], [2.9]]), "y": np.array([[2.0], [1.1]])}
    for members in straight:
        low, middle, high = (
            evaluate(ledger, {n: a * (f if n in members else 1) for n, a in given.items()}, MONTHS, keep="total").total
            for f in (0.0, 2.5, 5.0)
        )
        assert np.allclose(middle, (low + high) / 2, rtol=1e-12, atol=1e-12)
