"""Units multiply out, or the formula that breaks them is named."""

import pytest

from steelyard.finance import builder as b
from steelyard.finance.dimensions import unit_faults, unit_powers


@pytest.mark.parametrize(("unit", "powers"), [
    ("USD", {"USD": 1}), ("USD/month", {"USD": 1, "month": -1}), ("1", {}), ("ratio", {}),
    ("USD/(device h)", {"USD": 1, "device": -1, "h": -1}), ("person month", {"person": 1, "month": 1}),
    ("h/month/machine", {"h": 1, "month": -1, "machine": -1}), ("1/(a)", {"a": -1}), ("h/h", {}),
])  # fmt: skip
def test_units_are_read(unit, powers):
    assert unit_powers(unit) == powers


def faults(make):
    book = b.LedgerBuilder("x")
    volume = book.input("volume", "request/month", "Requests")
    price = book.constant("price", 0.002, "USD/request", "Price")
    once = book.constant("once", 100, "USD", "Once")
    make(book, volume, price, once)
    return [(f.quantity, f.words) for f in unit_faults(book.build())]


@pytest.mark.parametrize("make", [
    lambda book, v, p, o: book.line("a", v * p, group="tokens", label="a"),
    lambda book, v, p, o: book.line("a", o * b.in_month(3), group="once", label="a"),
    lambda book, v, p, o: book.line("a", b.maximum(v * p, 5) * b.from_month(2), group="once", label="a"),
    lambda book, v, p, o: book.line("a", b.running_sum(b.delay(v, 2)) * p, group="once", label="a"),
    lambda book, v, p, o: book.line("a", -(v * p) + 12, group="once", label="a"),
    lambda book, v, p, o: book.quantity("a", v / 12, "request/h", "bare number: not judged"),
    lambda book, v, p, o: book.quantity("a", b.lookup(v, [0, 1], [0, 1]), "h", "table: not judged"),
    lambda book, v, p, o: book.quantity("a", b.where_positive(v, p, 0), "USD/request", "branch"),
])  # fmt: skip
def test_what_agrees_is_left_alone(make):
    assert faults(make) == []


@pytest.mark.parametrize(("make", "words"), [
    (lambda book, v, p, o: book.quantity("a", v * p, "USD", "a"), None),
    (lambda book, v, p, o: book.quantity("a", v * p * p, "USD/month", "a"),
     "declared USD/month, multiplies out to USD USD/(month request)"),
    (lambda book, v, p, o: book.quantity("a", (v + p) * 1, "1", "a"), "request/month stands beside USD/request"),
    (lambda book, v, p, o: book.quantity("a", b.minimum(v, o) * 0, "1", "a"), "request/month stands beside USD"),
    (lambda book, v, p, o: book.quantity("a", b.where_positive(1, v, p), "1", "a"),
     "request/month stands beside USD/request"),
    (lambda book, v, p, o: book.quantity("a", p / v, "1", "a"),
     "declared 1, multiplies out to USD month/(request request)"),
])  # fmt: skip
def test_what_does_not_agree_is_named(make, words):
    found = faults(make)
    # Apart by a month only: a switch may spread a payment, so that it passes.
    assert (found == []) if words is None else (("a", words) in found)
