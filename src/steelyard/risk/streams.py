"""Random numbers by name: adding, removing or reordering inputs changes no other input's draws."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.uncertain import Uncertain
from steelyard.risk.distributions import MAX_DEVIATE, mean_of, two_piece
from steelyard.risk.normal import normal_quantile
from steelyard.risk.sobol import points

__all__ = ["Drawn", "Sampling", "stream"]

Array = NDArray[np.float64]

_LEAST_TAIL = 1e-12
"""Probability below which a point is not drawn [1]; far beyond ``MAX_DEVIATE``."""


class Drawn(NamedTuple):
    """Draws of one input and its stated mean."""

    values: Array
    """Shape (n_draws, 1) or (n_draws, n_months)."""
    mean: Array
    """Shape (1, 1) or (1, n_months)."""


def stream(name: str, seed: int) -> np.random.Generator:
    """Return the pseudo-random stream of that name and seed, the same on every machine."""
    digest = hashlib.blake2b(f"{seed}\x1f{name}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


def _no_overrides() -> Mapping[str, float]:
    return {}


@dataclass(frozen=True, slots=True)
class Sampling:
    """How many draws, how long, and from which seed."""

    n_draws: int
    """Number of draws."""
    n_months: int
    """Horizon [month]."""
    seed: int
    """Seed of every stream."""
    fixed: Mapping[str, float] = field(default_factory=_no_overrides)
    """Static inputs held at a number instead of being drawn, by name."""

    def stream(self, name: str) -> np.random.Generator:
        """Return the stream of one input."""
        return stream(name, self.seed)

    def deviates(self, name: str) -> Array:
        """Return stratified standard normal deviates, shape (n_draws, 1), one in each n-th of the distribution."""
        uniform = points(name, self.n_draws, self.stream(name)).clip(_LEAST_TAIL, 1.0 - _LEAST_TAIL)
        return normal_quantile(uniform)[:, None].clip(-MAX_DEVIATE, MAX_DEVIATE)

    def static(self, name: str, uncertain: Uncertain, *, low: float = -np.inf, high: float = np.inf) -> Drawn:
        """Return draws of one number per draw, held between ``low`` and ``high`` and within ``MAX_DEVIATE``."""
        if name in self.fixed or uncertain.is_point:
            number = np.full((1, 1), self.fixed.get(name, uncertain.p50))
            return Drawn(np.broadcast_to(number, (self.n_draws, 1)), number)
        values = two_piece(uncertain).at(self.deviates(name)).clip(low, high)
        return Drawn(values, np.full((1, 1), min(max(mean_of(uncertain), low), high)))
