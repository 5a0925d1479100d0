"""What is computed for the bill alone equals what is computed in full, and overwrites nothing that is read again."""

from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import SearchStrategy
from ledger_strategy import N_MONTHS, ledgers

from steelyard.domain.ledger import Ledger
from steelyard.finance import builder as b
from steelyard.finance.evaluate import Rerun, evaluate

DRAWS = 3
Case = tuple[Ledger, dict[str, np.ndarray]]
CASES = cast("SearchStrategy[Case]", ledgers(n_draws=DRAWS))


@given(CASES)
def test_the_total_alone_equals_the_sum_of_the_lines_in_full(case: Case) -> None:
    ledger, inputs = case
    before = {name: array.copy() for name, array in inputs.items()}
    full = evaluate(ledger, inputs, N_MONTHS)
    assert np.array_equal(evaluate(ledger, inputs, N_MONTHS, keep="total").total, full.total)
    lines = evaluate(ledger, inputs, N_MONTHS, keep="lines").lines
    assert all(np.array_equal(lines[name], full.lines[name]) for name in full.lines)
    summed = sum((np.asarray(amounts) for amounts in full.lines.values()), start=np.zeros((1, 1)))
    assert full.total == pytest.approx(np.broadcast_to(summed, full.total.shape), rel=1e-12, abs=1e-9)
    assert all(np.array_equal(before[name], array) for name, array in inputs.items())
    again = evaluate(ledger, inputs, N_MONTHS)
    assert all(np.array_equal(again.quantities[name], value) for name, value in full.quantities.items())


@given(CASES)
def test_a_rerun_with_inputs_changed_equals_a_run_on_them(case: Case) -> None:
    ledger, inputs = case
    rerun = Rerun(ledger, inputs, N_MONTHS)
    for name in inputs:
        changed = inputs | {name: inputs[name] * 1.5}
        expected = evaluate(ledger, changed, N_MONTHS, keep="total").total
        assert np.array_equal(rerun.total_with({name: changed[name]}), expected)
    assert np.array_equal(rerun.total, evaluate(ledger, inputs, N_MONTHS, keep="total").total)


def test_a_line_that_is_read_elsewhere_keeps_its_value() -> None:
    book = b.LedgerBuilder("shared")
    x = book.input("x", "1", "X")
    shared = book.quantity("shared", x * 2.0 + 1.0, "USD/month", "Shared")
    book.line("first", shared, group="other", label="First")
    book.line("second", shared * 3.0 + shared, group="other", label="Second")
    book.quantity("shown", shared * 100.0, "1", "Shown beside the bill")
    found = evaluate(book.build(), {"x": np.array([[1.0], [2.0]])}, 2)
    assert found.lines["first"].tolist() == [[3.0, 3.0], [5.0, 5.0]]
    assert found.lines["second"].tolist() == [[12.0, 12.0], [20.0, 20.0]]
    assert found.quantities["shown"].tolist() == [[300.0, 300.0], [500.0, 500.0]]
