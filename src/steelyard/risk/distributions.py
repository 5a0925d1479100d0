r"""The distribution behind p10, p50 and p90: two half-bells joined at the median.

A stated median and 80 % interval need not be symmetric. Each side of the median gets its own spread, so that all
three percentiles are met exactly: :math:`x = m + \sigma_\pm z` for rates, :math:`\ln x = \ln m + \sigma_\pm z` for
positive quantities, with :math:`z` standard normal and :math:`\sigma_+` above, :math:`\sigma_-` below the median.

References
----------
Split normal: Wallis (2014), "The two-piece normal, binormal, or double Gaussian distribution", Statistical Science
29(1), here with equal weight on both sides (each side holds one half, so that m is the median, not the mode).
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.uncertain import Uncertain

__all__ = ["MAX_DEVIATE", "Z90", "TwoPiece", "mean_of", "two_piece"]

Array = NDArray[np.float64]

Z90 = NormalDist().inv_cdf(0.9)
"""Standard normal deviate of the 90th percentile [1]."""
MAX_DEVIATE = 3.0
"""Draws are held within this many standard deviations of the median (99.7 % of a normal): beyond it the stated
percentiles say nothing, and one absurd value must not carry a mean."""
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class TwoPiece:
    """A quantity with one spread below its median and one above."""

    middle: float
    """Median, or its logarithm."""
    below: float
    """Standard deviation of the lower half, on the (log) scale."""
    above: float
    """Standard deviation of the upper half, on the (log) scale."""
    logarithmic: bool
    """Whether the three are on the log scale."""

    def at(self, z: Array) -> Array:
        """Return the value whose standard normal deviate is ``z`` (any shape)."""
        x = self.middle + np.where(z < 0, self.below, self.above) * z
        return np.exp(x) if self.logarithmic else x

    def deviate(self, value: float) -> float:
        """Return how many of its own standard deviations ``value`` lies from the median; signed, maybe infinite."""
        if self.logarithmic and value <= 0:
            return -math.inf
        distance = (math.log(value) if self.logarithmic else value) - self.middle
        spread = self.below if distance < 0 else self.above
        if distance == 0:
            return 0.0
        return distance / spread if spread > 0 else math.copysign(math.inf, distance)

    def mean(self, held_within: float = math.inf) -> float:
        r"""Return the mean, draws beyond ``held_within`` standard deviations being held there.

        .. math:: m + (\sigma_+ - \sigma_-)/\sqrt{2\pi} \quad\text{or}\quad
                  m\,[e^{\sigma_-^2/2}\Phi(-\sigma_-) + e^{\sigma_+^2/2}\Phi(\sigma_+)]

        Each half is integrated to ``held_within``; what lies beyond counts with the value there.
        """
        if self.logarithmic:
            return math.exp(self.middle) * (_half_log(-self.below, held_within) + _half_log(self.above, held_within))
        return self.middle + (self.above - self.below) * _half_normal(held_within)


def _half_log(s: float, c: float) -> float:
    """Return the integral of exp(s min(z, c)) over the positive half of the normal density."""
    beyond = 0.0 if math.isinf(c) else math.exp(s * c) * (1.0 - _NORMAL.cdf(c))
    return math.exp(s * s / 2) * (_NORMAL.cdf(c - s) - _NORMAL.cdf(-s)) + beyond


def _half_normal(c: float) -> float:
    """Return the integral of min(z, c) over the positive half of the normal density."""
    beyond = 0.0 if math.isinf(c) else c * (1.0 - _NORMAL.cdf(c)) - _NORMAL.pdf(c)
    return _NORMAL.pdf(0.0) + beyond


def two_piece(uncertain: Uncertain) -> TwoPiece:
    """Return the distribution through the three stated percentiles.

    Examples
    --------
    >>> from steelyard.domain.uncertain import Uncertain
    >>> two_piece(Uncertain.between(2.0, 6.0, shape="normal")).mean()
    4.0
    """
    if uncertain.shape == "lognormal" and uncertain.p10 > 0:
        low, middle, high = (math.log(p) for p in (uncertain.p10, uncertain.p50, uncertain.p90))
        return TwoPiece(middle, (middle - low) / Z90, (high - middle) / Z90, logarithmic=True)
    low, middle, high = uncertain.p10, uncertain.p50, uncertain.p90
    return TwoPiece(middle, (middle - low) / Z90, (high - middle) / Z90, logarithmic=False)


def mean_of(uncertain: Uncertain) -> float:
    """Return the mean of the quantity as it is drawn; the number itself where it has no spread."""
    return uncertain.p50 if uncertain.is_point else two_piece(uncertain).mean(MAX_DEVIATE)
