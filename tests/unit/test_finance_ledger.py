"""A ledger is built, refused with a reason, and evaluated over draws and months."""

import numpy as np
import pytest

from steelyard.domain.ledger import Lookup
from steelyard.errors import UnknownNameError
from steelyard.finance import builder as b
from steelyard.finance.evaluate import DRAWS_PER_BLOCK, evaluate


def value_of(term, n_months=4, **inputs):
    book = b.LedgerBuilder("test")
    given = {name: book.input(name, "1", name) for name in inputs}
    book.line("x", term(**given), group="other", label="x")
    return evaluate(book.build(), inputs, n_months).lines["x"]


@pytest.mark.parametrize(("term", "expected"), [
    (lambda: b.month() * 1, [1, 2, 3, 4]),
    (lambda: b.from_month(3) * 5, [0, 0, 5, 5]),
    (lambda: b.from_month(2.5) * 5, [0, 0, 5, 5]),
    (lambda: b.in_month(2) * 5, [0, 5, 0, 0]),
    (lambda: b.in_month(2.5) * 5, [0, 0, 5, 0]),
    (lambda: b.delay(b.month(), 2), [0, 0, 1, 2]),
    (lambda: b.delay(b.month(), 1.2), [0, 0, 1, 2]),
    (lambda: b.delay(b.month(), -3), [1, 2, 3, 4]),
    (lambda: b.where_positive(b.month() - 2, 10, 20), [20, 20, 10, 10]),
    (lambda: b.running_sum(b.month()), [1, 3, 6, 10]),
    (lambda: b.running_max(3 - b.month()), [2, 2, 2, 2]),
    (lambda: b.running_sum(7), [7, 14, 21, 28]),
    (lambda: b.minimum(b.month(), 3, 2), [1, 2, 2, 2]),
    (lambda: b.maximum(b.month(), 3), [3, 3, 3, 4]),
    (lambda: b.ceil(b.month() / 2), [1, 1, 2, 2]),
    (lambda: b.floor(b.month() / 2), [0, 1, 1, 2]),
    (lambda: b.power(2, b.month()), [2, 4, 8, 16]),
    (lambda: 1 - b.month() / 2 + 3 * b.month(), [3.5, 6, 8.5, 11]),
    (lambda: -b.month(), [-1, -2, -3, -4]),
    (lambda: 12 / b.month() - 1, [11, 5, 3, 2]),
    (lambda: b.lookup(b.month(), [2, 3], [10, 30]), [-10, 10, 30, 50]),
    (lambda: b.lookup(b.month(), [2], [9]), [9, 9, 9, 9]),
])  # fmt: skip
def test_each_function_by_month(term, expected):
    assert value_of(term).tolist() == [expected]


def test_a_delay_may_differ_by_draw():
    lags = np.array([[0.0], [1.0], [3.0]])
    got = value_of(lambda k: b.delay(b.month(), k), k=lags)
    assert got.tolist() == [[1, 2, 3, 4], [0, 1, 2, 3], [0, 0, 0, 1]]


def test_draws_in_several_blocks_stand_in_their_order():
    n = 3 * DRAWS_PER_BLOCK + 7
    rate, path = np.arange(n, dtype=float)[:, None], np.arange(4.0)[None, :]
    got = value_of(lambda rate, path: rate * 10 + path, rate=rate, path=path)
    assert np.array_equal(got, rate * 10 + path)


def test_lines_and_quantities_sum_up():
    book = b.LedgerBuilder("api")
    requests = book.input("requests", "request/month", "Requests", "log")
    price = book.constant("price", 0.5, "USD/request", "Price", "list")
    fixed = book.quantity("fixed", requests * 0 + 7, "USD/month", "Fixed")
    book.line("tokens", requests * price, group="tokens", label="Tokens")
    book.line("fixed", fixed, group="other", label="Fixed")
    values = evaluate(book.build(), {"requests": np.array([[2.0], [4.0]]), "unused": 3.0}, 3)
    assert values.total.tolist() == [[8.0] * 3, [9.0] * 3]
    assert set(values.quantities) == {"requests", "price", "fixed", "tokens"}
    assert values.quantities["price"].shape == (2, 3)
    assert evaluate(book.build(), {"requests": 2.0}, 3, keep="lines").quantities == {}
    assert evaluate(book.build(), {"requests": 2.0}, 3, keep="total").lines == {}


def test_an_empty_ledger_costs_nothing():
    assert evaluate(b.LedgerBuilder("nothing").build(), {}, 2).total.tolist() == [[0.0, 0.0]]


def test_a_missing_input_is_named_with_the_nearest():
    book = b.LedgerBuilder("api")
    book.line("x", book.input("requests", "1", "r") * 1, group="other", label="x")
    with pytest.raises(UnknownNameError, match=r"unknown input 'requests'.*Did you mean 'request'"):
        evaluate(book.build(), {"request": 1.0}, 2)


@pytest.mark.parametrize(("inputs", "message"), [
    ({"a": np.ones((3, 1)), "b": np.ones((2, 1))}, r"inputs with \[2, 3\] draws"),
    ({"a": np.ones((3, 5)), "b": 1.0}, r"shape \(3, 5\)"),
    ({"a": np.ones(3), "b": 1.0}, r"shape \(3,\)"),
    ({"a": 1.0, "b": 0.0}, r"quantity 'x' is not finite"),
])  # fmt: skip
def test_inputs_that_do_not_fit_are_refused(inputs, message):
    with pytest.raises(b.LedgerError, match=message):
        value_of(lambda a, b: a / b, **inputs)


def test_a_draw_that_is_not_finite_is_found_in_any_block():
    bad = np.ones((2 * DRAWS_PER_BLOCK, 1))
    bad[-1] = 0.0
    with pytest.raises(b.LedgerError, match="quantity 'x' is not finite"):
        value_of(lambda a: 1 / a, a=bad)


def test_an_unused_branch_may_divide_by_zero():
    got = value_of(lambda a: b.where_positive(a, 6 / a, 0), a=np.array([[0.0], [2.0]]))
    assert got[:, 0].tolist() == [0, 3]


def refuse(action, match, error=b.LedgerError):
    with pytest.raises(error, match=match):
        action(b.LedgerBuilder("api"))


def test_the_builder_refuses_what_cannot_be_meant():
    refuse(lambda x: (x.constant("p", 1, "1", "p"), x.constant("p", 2, "1", "p")), "'p' exists already")
    refuse(lambda x: (x.input("p", "1", "p"), x.input("p", "USD", "p")), "'p' exists already")
    refuse(lambda x: x.constant("p", 1, "", "p"), "with unit ''")
    refuse(lambda x: (x.line("l", b.month(), group="other", label=""), x.line("l", b.month(), group="other", label="")),
           "line 'l' exists")  # fmt: skip
    refuse(lambda x: x.line("l", x.constant("p", 1, "USD/h", "p"), group="other", label=""), "'p' is in USD/h")
    refuse(lambda x: x.line("l", b.month(), group="othr", label=""), "Did you mean 'other'", UnknownNameError)
    stranger = b.LedgerBuilder("elsewhere").constant("price", 1, "1", "p")
    refuse(lambda x: x.quantity("y", stranger + 1, "1", "y"), "unknown quantity 'price'", UnknownNameError)
    refuse(lambda x: b.lookup(1, [1, 1], [2, 3]), "strictly ascending")
    refuse(lambda x: b.lookup(1, [1, 2], [2]), "2 positions and 1 values")
    with pytest.raises(TypeError, match="no truth value"):
        bool(b.month())


def test_an_input_may_be_asked_for_twice_and_a_line_may_share_a_quantity_name():
    book = b.LedgerBuilder("api")
    first, second = (book.input("v", "1", "v") for _ in range(2))
    book.constant("fee", 3, "USD/request", "fee")
    book.line("fee", first + second, group="other", label="fee")
    ledger = book.build()
    assert ledger.lines[0].quantity == "fee_usd_per_month"
    assert evaluate(ledger, {"v": 2.0}, 1).total.tolist() == [[4.0]]
    assert ledger.inputs == ("v",)


def test_a_table_reads_the_input_it_depends_on():
    book = b.LedgerBuilder("api")
    hours = b.lookup(book.input("v", "1", "v"), [0, 1], [0, 2])
    assert isinstance(hours.expression, Lookup)
    assert b.references(hours.expression) == ("v",)
