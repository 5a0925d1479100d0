"""Ledgers made by hypothesis, with inputs to evaluate them on."""

import hypothesis.strategies as st
import numpy as np

from steelyard.finance import builder as b

N_MONTHS = 7
NUMBERS = st.one_of(st.integers(-5, 50).map(float), st.floats(-100, 1e4).map(lambda x: round(x, 3)))
POSITIVE = st.floats(0.01, 1e3).map(lambda x: round(x, 4))


def _guarded_div(x, y):
    return x / (b.maximum(y, -y) + 1)


def _guarded_pow(x, y):
    return b.power(b.maximum(x, 0.5), b.maximum(b.minimum(y, 2), -2)) * 1e-3


UNARY = [
    lambda x: -x, b.ceil, b.floor, b.running_max, lambda x: b.running_sum(x) / 3, lambda x: b.from_month(x) * x,
    b.in_month, lambda x: x * b.month(), lambda x: b.running_max(b.delay(x, 1) - x),
]  # fmt: skip
BINARY = [
    lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * 0.3 * b.minimum(y, 10), _guarded_div, _guarded_pow,
    b.minimum, b.maximum, b.delay, lambda x, y: b.delay(x + y, 2), lambda x, y: b.where_positive(x - y, x, 2 * y),
    lambda x, y: 1 - b.running_sum(b.minimum(x, y)) * 0.5,
]  # fmt: skip
TABLES = st.lists(st.tuples(st.integers(-20, 200), NUMBERS), min_size=1, max_size=5, unique_by=lambda p: p[0]).map(
    sorted
)


@st.composite
def ledgers(draw, n_draws=1):
    """Return a ledger and its inputs: numbers of shape (n_draws or 1, 1 or N_MONTHS)."""
    book = b.LedgerBuilder("made")
    terms, inputs = [], {}
    for k in range(draw(st.integers(1, 3))):
        terms.append(book.input(f"in_{k}", "1", f"Input {k}"))
        shape = (draw(st.sampled_from([1, n_draws])), draw(st.sampled_from([1, N_MONTHS])))
        numbers = draw(st.lists(NUMBERS, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]))
        inputs[f"in_{k}"] = np.array(numbers).reshape(shape)
    terms.append(book.constant("c", draw(NUMBERS), "1", "Constant"))
    for k in range(draw(st.integers(1, 8))):
        x, y = (draw(st.sampled_from(terms)) for _ in range(2))
        kind = draw(st.sampled_from("ubt"))
        if kind == "u":
            made = draw(st.sampled_from(UNARY))(x)
        elif kind == "b":
            made = draw(st.sampled_from(BINARY))(x, y)
        else:
            table = draw(TABLES)
            made = b.lookup(x - y, *zip(*table, strict=True)) * 0.1
        terms.append(book.quantity(f"q_{k}", made, "1", f"Quantity {k}"))
    for k, term in enumerate(draw(st.lists(st.sampled_from(terms), min_size=1, max_size=3))):
        book.line(f"line_{k}", term * 1, group="other", label=f"Line {k}")
    return book.build(), inputs
