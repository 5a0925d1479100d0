"""One quantity of a plan on the draws that value it, without the rest of its ledger."""

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.draws import Draws
from steelyard.domain.ledger import Ledger, Quantity
from steelyard.finance.builder import references
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
    small = Ledger(option.ledger.option, _behind(option.ledger, name), ())
    return evaluate(small, draws.values, draws.n_months).quantities[name]


def _behind(ledger: Ledger, name: str) -> tuple[Quantity, ...]:
    """Return the quantities that one of them is computed from, and itself, in the ledger's order."""
    known = {quantity.name: quantity for quantity in ledger.quantities}
    wanted, stack = set[str](), [name]
    while stack:
        here = stack.pop()
        if here not in wanted:
            wanted.add(here)
            stack.extend(references(known[here].expression))
    return tuple(quantity for quantity in ledger.quantities if quantity.name in wanted)
