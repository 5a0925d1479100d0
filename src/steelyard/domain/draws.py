"""Draws: every uncertain input of a comparison, sampled once and shared by all options."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Draws"]


@dataclass(frozen=True, slots=True)
class Draws:
    """Common random numbers.

    A static input has shape (n_draws, 1), a monthly path (n_draws, n_months), so that both broadcast.
    """

    n_draws: int
    """Number of draws."""
    n_months: int
    """Horizon [month]."""
    seed: int
    """Seed of every stream."""
    values: Mapping[str, NDArray[np.float64]]
    """Named inputs."""
    means: Mapping[str, NDArray[np.float64]]
    """Each input at its stated mean: shape (1, 1) or (1, n_months); the base case."""

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Return the named input, shape (n_draws, 1) or (n_draws, n_months)."""
        return self.values[name]
