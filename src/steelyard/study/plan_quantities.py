"""One quantity of a plan on the draws that value it, without the rest of its ledger."""

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.draws import Draws
from steelyard.domain.ledger import Ledger
from steelyard.finance.embedding import quantities_behind
from steelyard.finance.evaluate import evaluate
from steelyard.options.option import Option

__all__ = ["quantity_of"]


def quantity_of(option: Option, name: str, draws: Draws) -> NDArray[np.float64]:
    """Return a quantity of an option's ledger, shape (n_draws, n_months), in its unit.

    Parameters
    ----------
    option
        The option.
    name
        Name of the quantity.
    draws
        Draws; hold every input behind it.
    """
    small = Ledger(option.ledger.option, tuple(quantities_behind(option.ledger, [name])), ())
    return evaluate(small, draws.values, draws.n_months).quantities[name]
