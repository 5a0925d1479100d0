"""The arithmetic of every line of a bill in words, at the stated mean of every input."""

from collections.abc import Mapping

import numpy as np

from steelyard.decision.cost_model import CostModel
from steelyard.finance.evaluate import evaluate
from steelyard.finance.explain import explain
from steelyard.options.option import Option

__all__ = ["line_formulas"]


def line_formulas(model: CostModel, option: Option) -> Mapping[str, str]:
    """Return line identifier -> its arithmetic in the first month in which it is not nil, with its numbers.

    The base case has every input at its stated mean, so that a figure here may differ from the mean over all draws.

    Parameters
    ----------
    model
        Options on common draws.
    option
        One of them.
    """
    values = evaluate(option.ledger, model.inputs(mean=True), model.draws.n_months)
    said: dict[str, str] = {}
    for line in option.ledger.lines:
        paid = np.flatnonzero(values.lines[line.id][0])
        said[line.id] = explain(option.ledger, values, line.id, int(paid[0]) + 1 if paid.size else 1)[0]
    return said
