"""The mean of each line, block by block, is the mean of all draws at once, whatever varies."""

import numpy as np
import pytest

from steelyard.finance import builder as b
from steelyard.finance.evaluate import DRAWS_PER_BLOCK, evaluate
from steelyard.finance.line_means import line_means
from steelyard.finance.measures import npv_usd

MONTHS = 5


@pytest.mark.parametrize("n_draws", [1, 7, DRAWS_PER_BLOCK, 2 * DRAWS_PER_BLOCK + 3])
@pytest.mark.parametrize("rate_varies", [True, False])
def test_means_of_lines_constant_by_month_by_draw_and_by_both(n_draws: int, *, rate_varies: bool) -> None:
    random = np.random.default_rng(5)
    inputs = {"by_draw": random.uniform(1, 2, (n_draws, 1)), "by_both": random.uniform(1, 2, (n_draws, MONTHS))}
    rate = random.uniform(0.05, 0.2, (n_draws if rate_varies else 1, 1))
    book = b.LedgerBuilder("made")
    draw, both = (book.input(name, "1", name) for name in inputs)
    for name, amount in {
        "constant": b.month() * 0 + 3,
        "month": b.month() * 2,
        "draw": draw * 1,
        "both": both * draw,
    }.items():
        book.line(name, amount, group="other", label=name)
    held = book.quantity("held", both + 1, "1", "Held")
    book.line("held_line", held * 1, group="other", label="Held")
    ledger = book.build()
    found = line_means(ledger, inputs, MONTHS, discount_rate_per_year=rate, quantities=["held"])
    whole = evaluate(ledger, inputs, MONTHS)
    assert np.array_equal(found.total, whole.total)
    assert np.allclose(found.quantities["held"], whole.quantities["held"].mean(axis=0), rtol=1e-12)
    for line, amounts in whole.lines.items():
        spelled = np.broadcast_to(amounts, (n_draws, MONTHS))
        assert np.allclose(found.usd_per_month[line], spelled.mean(axis=0), rtol=1e-12)
        assert found.npv_usd[line] == pytest.approx(float(npv_usd(spelled, rate).mean()), rel=1e-12)  # pyright: ignore[reportUnknownMemberType]  not annotated
