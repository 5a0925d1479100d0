"""A figure can be asked how it came about, and every function has words."""

import pytest

from steelyard.domain.ledger import Function
from steelyard.errors import UnknownNameError
from steelyard.finance import builder as b
from steelyard.finance.evaluate import evaluate
from steelyard.finance.explain import explain, formula_in_words, number_in_words


@pytest.fixture
def ledger():
    book = b.LedgerBuilder("rented")
    hours = book.quantity("hours", b.lookup(book.input("load", "1", "Load", "the log"), [0, 1], [100, 300]), "h/month",
                          "Paid hours")  # fmt: skip
    rent = book.constant("rent", 2.5, "USD/h", "Rent", "the seller's list")
    book.line("compute", hours * rent * b.from_month(2), group="compute", label="Compute")
    book.line("fee", book.constant("fee", 12, "USD/month", "Fee"), group="other", label="Fee")
    return book.build()


def test_a_line_is_explained_down_to_its_inputs(ledger):
    values = evaluate(ledger, {"load": 0.5}, 3)
    assert explain(ledger, values, "compute", 2) == (
        "Compute, month 2: Paid hours (200 h/month) × Rent (2.5 USD/h) × (1 from month 2 on, else 0) = 500 USD/month",
        "Paid hours: table of 2 points at Load (0.5) = 200 h/month",
        "Rent: the seller's list",
        "Load: the log",
    )
    assert explain(ledger, values, "compute", 1)[0].endswith("= 0 USD/month")
    assert explain(ledger, values, "fee", 1) == ("Fee, month 1: given",)


def test_a_formula_without_numbers(ledger):
    assert formula_in_words(ledger, "compute") == "Paid hours × Rent × (1 from month 2 on, else 0)"


def test_unknown_names_are_refused_with_the_nearest(ledger):
    with pytest.raises(UnknownNameError, match="Did you mean 'compute'"):
        explain(ledger, evaluate(ledger, {"load": 0.5}, 1), "computer", 1)
    with pytest.raises(UnknownNameError, match="Did you mean 'hours'"):
        formula_in_words(ledger, "hour")


@pytest.mark.parametrize(("term", "words"), [
    (lambda x: -x, "minus X"), (lambda x: b.minimum(x, 2), "the least of (X, 2)"),
    (lambda x: b.maximum(x, 2), "the largest of (X, 2)"), (b.ceil, "X rounded up"), (b.floor, "X rounded down"),
    (lambda x: b.power(x, 2), "X to the power of 2"), (lambda x: b.month() + x, "the month's number + X"),
    (b.in_month, "1 in month X, else 0"), (lambda x: b.delay(x, 3), "X of 3 months ago"),
    (lambda x: b.where_positive(x, 1, 2), "1 where X is above 0, else 2"), (b.running_max, "the largest X so far"),
    (lambda x: b.running_sum(x - 1), "the sum of (X − 1) so far"), (lambda x: x / 4, "X ÷ 4"),
    (lambda x: b.delay(x, 1), "X of 1 month ago"), (lambda x: x * 2 / 3 * x, "X × 2 ÷ 3 × X"),
    (lambda x: x / (x * 2), "X ÷ (X × 2)"), (lambda x: x - (x - 1), "X − (X − 1)"),
    (lambda x: x + (x + 1), "X + X + 1"),
    (lambda x: (x + 1) * (2 - x), "(X + 1) × (2 − X)"), (lambda x: x - 1 + x, "X − 1 + X"),
    (lambda x: x * b.from_month(2) + 1, "X × (1 from month 2 on, else 0) + 1"),
])  # fmt: skip
def test_every_function_has_words(term, words):
    book = b.LedgerBuilder("x")
    book.quantity("y", term(book.input("x", "1", "X")), "1", "Y")
    assert formula_in_words(book.build(), "y") == words


def test_no_function_is_without_words():
    from steelyard.finance.explain import _OPERATORS, _PHRASES  # noqa: PLC0415

    assert set(_OPERATORS) | set(_PHRASES) == set(Function.__args__)


@pytest.mark.parametrize(("value", "words"), [
    (0, "0"), (-0.0, "0"), (-0.5, "-0.5"), (2437.165, "2,437"), (-20.0, "-20"),
    (3.14159265, "3.1416"), (1e9, "1,000,000,000"), (12345.678, "12,346"),
    (1.5e-7, "1.5e-07"),
])  # fmt: skip
def test_numbers(value, words):
    assert number_in_words(value) == words
