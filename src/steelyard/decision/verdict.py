"""The verdict rule: least expected cost wins, ties go to the simpler form."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.result import Kind

__all__ = ["MATERIAL_FRACTION", "MATERIAL_USD", "SIMPLEST_FIRST", "Choice", "choose", "materiality"]

MATERIAL_FRACTION = 0.02
"""Share of the least expected cost within which options tie [1] (design, verdict rule 5)."""
MATERIAL_USD = 10_000.0
"""Amount within which options tie whatever their cost [USD] (design, verdict rule 5)."""
SIMPLEST_FIRST: tuple[Kind, ...] = get_args(Kind)
"""Forms from the simplest on; ties go to the first."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the rule chooses among feasible options."""

    index: int
    """Column of the chosen option."""
    least: int
    """Column of the option of least expected cost."""
    tied: tuple[int, ...]
    """Columns within the threshold of the least, chosen one included."""
    materiality_usd: float
    """The threshold [USD]."""


def materiality(least_usd: float) -> float:
    """Return the threshold within which options tie [USD]: 2 % of the least cost, at least $10,000."""
    return max(MATERIAL_FRACTION * abs(least_usd), MATERIAL_USD)


def choose(
    score: NDArray[np.float64], kinds: Sequence[Kind], ids: Sequence[str], feasible: Sequence[bool]
) -> Choice | None:
    """Return the option that the verdict rule chooses; None if nothing is feasible.

    Parameters
    ----------
    score
        What is minimised per option, shape (n_options,) [USD]: expected present value of cost, or its CVaR.
    kinds, ids
        Form and identifier of each option; the identifier breaks ties that nothing else does.
    feasible
        Whether any gate blocks the option.
    """
    allowed = [i for i in range(len(ids)) if feasible[i]]
    if not allowed:
        return None
    least = min(allowed, key=lambda i: (score[i], ids[i]))
    threshold = materiality(float(score[least]))
    tied = tuple(i for i in allowed if score[i] <= score[least] + threshold)
    chosen = min(tied, key=lambda i: (SIMPLEST_FIRST.index(kinds[i]), score[i], ids[i]))
    return Choice(chosen, least, tied, threshold)
