"""The working papers of a decision: ledgers, the inputs that give the base case, and some of the draws.

A Result holds what was found; this holds what a workbook or a page needs to compute it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.ledger import Ledger
from steelyard.units import Count, Fraction, Ratio, Usd

__all__ = ["Dial", "WorkingInput", "Workings"]


@dataclass(frozen=True, slots=True)
class WorkingInput:
    """One input of the ledgers at its stated mean."""

    name: str
    """Name in the ledgers."""
    label: str
    """Words for a reader."""
    unit: str
    """Unit."""
    mean: tuple[Ratio, ...]
    """Mean by month; one number where it is the same in every month."""
    source: str = ""
    """Where it comes from."""
    as_of: date | None = None
    """Date the source was seen."""


@dataclass(frozen=True, slots=True)
class Dial:
    """Inputs a reader moves together: each is multiplied by ``value / expected``."""

    label: str
    """Words for a reader."""
    unit: str
    """Unit of the three values."""
    members: tuple[str, ...]
    """Names of the inputs it moves."""
    expected: Ratio
    """Value of the base case, above 0."""
    low: Ratio
    """Smallest value offered, above 0."""
    high: Ratio
    """Largest value offered."""
    flip_at: Ratio | None = None
    """Value at which the verdict flips; None if none within reach."""


@dataclass(frozen=True, slots=True)
class Workings:
    """Everything that recomputes the base case, and the spread on some draws."""

    n_months: Count
    """Horizon [month]."""
    discount_input: str
    """Name of the input that holds the nominal discount rate [1/a]."""
    tie_fraction: Fraction
    """Share of the least cost within which options tie."""
    tie_usd: Usd
    """Amount within which options tie whatever their cost."""
    ledgers: tuple[Ledger, ...]
    """One per option of the Result; ``ledger.option`` is the option's identifier."""
    inputs: tuple[WorkingInput, ...]
    """Every input of the ledgers and the discount rate."""
    dials: tuple[Dial, ...] = ()
    """What a reader may move."""
    draws: Mapping[str, NDArray[np.float64]] = field(default_factory=dict[str, NDArray[np.float64]])
    """Input name -> some of the draws, each of shape (n, 1) or (n, n_months), or (1, ...) where it does not vary."""
