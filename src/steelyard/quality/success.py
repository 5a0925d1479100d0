"""How many more requests fail at one model than at another, from their ability or from the user's own items."""

import math
from statistics import NormalDist
from typing import NamedTuple

from steelyard.domain.quality import PairedResult
from steelyard.quality.ability import INDEX_SD
from steelyard.quality.paired import CONFIDENCE

__all__ = ["ExtraFailures", "extra_failures", "own_extra_failures"]

_Z90 = NormalDist().inv_cdf(0.9)


class ExtraFailures(NamedTuple):
    """Share of requests that fail beyond those that fail at the reference [1]."""

    low: float
    """10th percentile."""
    middle: float
    """Median."""
    high: float
    """90th percentile."""


def extra_failures(gap: float, error: float, *, success: float, logits_per_sd: float) -> ExtraFailures:
    r"""Return how many more requests fail at an option that public scores place below the reference.

    .. math:: s - \sigma\!\left(\sigma^{-1}(s) + k\, g / 15\right)

    Public scores certify nothing: an option above the reference is not credited with fewer failures.

    Parameters
    ----------
    gap
        Index of the option less that of the reference [index point].
    error
        Standard error of the gap [index point].
    success
        Share of requests that succeed at the reference, between 0 and 1 [1].
    logits_per_sd
        Rise of a benchmark's logit per standard deviation of ability [1].

    Examples
    --------
    >>> round(extra_failures(-15, 0, success=0.8, logits_per_sd=1.34).middle, 3)
    0.289
    """
    logit = math.log(success / (1.0 - success))

    def lost(points: float) -> float:
        there = 1.0 / (1.0 + math.exp(-(logit + logits_per_sd * points / INDEX_SD)))
        return max(success - there, 0.0)

    return ExtraFailures(lost(gap + _Z90 * error), lost(gap), lost(gap - _Z90 * error))


def own_extra_failures(result: PairedResult) -> ExtraFailures:
    """Return how many more of the user's own items fail at an option, fewer counted as credit.

    Parameters
    ----------
    result
        Outcome of the paired test; its score is the share that succeeds.
    """
    reach = (result.high - result.low) / 2.0 / NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * _Z90
    return ExtraFailures(-result.difference - reach, -result.difference, -result.difference + reach)
