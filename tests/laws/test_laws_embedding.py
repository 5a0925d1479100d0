"""A ledger taken into another costs what it costs alone, under other names."""

from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_strategy import N_MONTHS, ledgers
from numpy.typing import NDArray

from steelyard.domain.ledger import Ledger
from steelyard.finance.builder import LedgerBuilder
from steelyard.finance.embedding import embed, quantities_behind
from steelyard.finance.evaluate import evaluate

Made = tuple[Ledger, dict[str, NDArray[np.float64]]]
MADE = cast(st.SearchStrategy[Made], ledgers())


@settings(max_examples=60, deadline=None)
@given(MADE)
def test_every_line_taken_in_is_the_line_alone(made: Made) -> None:
    part, inputs = made
    builder = LedgerBuilder("whole")
    taken = [embed(builder, part, prefix=f"{name}_", heading="", given={}) for name in ("a", "b")]
    alone, both = evaluate(part, inputs, N_MONTHS), evaluate(builder.build(), inputs, N_MONTHS)
    for found, name in zip(taken, "ab", strict=True):
        assert found.lines == tuple(f"{name}_{line.id}" for line in part.lines)
        for line in part.lines:
            assert both.lines[f"{name}_{line.id}"] == pytest.approx(alone.lines[line.id], nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(MADE)
def test_what_is_given_stands_for_the_input(made: Made) -> None:
    part, inputs = made
    name = part.inputs[0]
    builder = LedgerBuilder("whole")
    half = builder.quantity("half", builder.input("full", "1", "Twice the input") * 0.5, unit="1", label="Half")
    embed(builder, part, prefix="p_", heading="", given={name: half})
    whole = builder.build()
    assert name not in whole.inputs
    got = evaluate(whole, {**inputs, "full": inputs[name] * 2}, N_MONTHS)
    alone = evaluate(part, inputs, N_MONTHS)
    for line in part.lines:
        assert got.lines[f"p_{line.id}"] == pytest.approx(alone.lines[line.id], nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(MADE)
def test_what_no_line_needs_stays_out_and_lines_left_out_take_theirs_along(made: Made) -> None:
    part, inputs = made
    gone = part.lines[0].id
    builder = LedgerBuilder("whole")
    embed(builder, part, prefix="p_", heading="", given={}, without=[gone])
    whole = builder.build()
    assert {line.id for line in whole.lines} == {f"p_{line.id}" for line in part.lines[1:]}
    needed = quantities_behind(part, [line.quantity for line in part.lines[1:]])
    assert len(whole.quantities) == len(needed)
    assert set(whole.inputs) <= set(part.inputs)
    total = evaluate(part, inputs, N_MONTHS)
    left = evaluate(whole, inputs, N_MONTHS)
    assert sum(left.lines.values(), np.zeros(1)) == pytest.approx(
        sum((v for k, v in total.lines.items() if k != gone), np.zeros(1)), nan_ok=True)  # fmt: skip
