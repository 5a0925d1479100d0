"""Uncertain inputs as they are stated: what each draws, and its stated mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from steelyard.domain.uncertain import Uncertain
from steelyard.risk.processes import (
    EngineGain,
    FollowTierFactor,
    GpuRentFactor,
    PinnedPriceFactor,
    RePickFactor,
)
from steelyard.risk.streams import Drawn, Sampling

__all__ = ["EngineGain", "FollowTierFactor", "GpuRentFactor", "InputSpec", "PinnedPriceFactor", "RePickFactor",
           "StaticInput", "VolumePath"]  # fmt: skip

LEAST_GROWTH_PER_MONTH = -0.5
"""Growth is never drawn below this: traffic halving every month is the end of the service, not a growth rate."""
MOST_GROWTH_PER_MONTH = 0.5
"""Growth is never drawn above this (130-fold in a year)."""


class InputSpec(Protocol):
    """One or several inputs that are drawn together."""

    @property
    def name(self) -> str:
        """Name of the main input; others are ``<name>.<part>``."""
        ...

    def draw(self, sampling: Sampling) -> Mapping[str, Drawn]:
        """Return the draws by input name; depends on nothing but the specification, the names and the sampling."""
        ...


@dataclass(frozen=True, slots=True)
class StaticInput:
    """One uncertain number per draw, the same in every month."""

    name: str
    """Input name."""
    uncertain: Uncertain
    """Median and 80 % interval."""
    unit: str = "1"
    """Unit of the three percentiles."""
    label: str = ""
    """Words for a reader."""
    low: float = -np.inf
    """Least possible value."""
    high: float = np.inf
    """Greatest possible value."""

    def draw(self, sampling: Sampling) -> Mapping[str, Drawn]:
        """Return the draws of the number."""
        return {self.name: sampling.static(self.name, self.uncertain, low=self.low, high=self.high)}


@dataclass(frozen=True, slots=True)
class VolumePath:
    r"""Requests per month: an uncertain start, one uncertain growth rate per draw, and monthly noise.

    .. math:: V_m = V_1 (1 + g)^{m - 1} \exp(s z_m - s^2/2)

    Emits the path and its parts ``<name>.base`` and ``<name>.growth``. The stated mean is the path at the mean base
    and the mean growth, without noise.
    """

    name: str
    """Input name."""
    base: Uncertain
    """Requests in month 1 [1/month]."""
    growth: Uncertain
    """Growth [1/month]; held between -50 % and 50 %."""
    monthly_noise_sd: float = 0.0
    """Standard deviation of the logarithm of a month's deviation [1]."""

    def draw(self, sampling: Sampling) -> Mapping[str, Drawn]:
        """Return the path and its parts."""
        base = sampling.static(f"{self.name}.base", self.base, low=0.0)
        growth = sampling.static(f"{self.name}.growth", self.growth, low=LEAST_GROWTH_PER_MONTH,
                                 high=MOST_GROWTH_PER_MONTH)  # fmt: skip
        months = np.arange(sampling.n_months)[None, :]
        values = base.values * (1.0 + growth.values) ** months
        if self.monthly_noise_sd > 0:
            z = sampling.stream(f"{self.name}.noise").standard_normal((sampling.n_draws, sampling.n_months))
            values = values * np.exp(self.monthly_noise_sd * z - self.monthly_noise_sd**2 / 2)
        mean = base.mean * (1.0 + growth.mean) ** months
        return {self.name: Drawn(values, mean), f"{self.name}.base": base, f"{self.name}.growth": growth}
