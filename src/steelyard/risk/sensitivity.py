"""Which input matters, and how far away a value is in the input's own spread."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.uncertain import Uncertain
from steelyard.risk.distributions import two_piece
from steelyard.risk.measures import evppi

__all__ = ["TornadoBar", "distance_in_sd", "first_order_share", "information_values", "tornado"]

Array = NDArray[np.float64]

BINS = 128
"""Most quantile bins of the conditional means."""
DRAWS_PER_BIN = 16
"""Least draws in a bin."""


@dataclass(frozen=True, slots=True)
class TornadoBar:
    """A result at an input's p10 and p90, everything else at its mean."""

    input: str
    """Input name."""
    low: float
    """Result at p10."""
    high: float
    """Result at p90."""

    @property
    def swing(self) -> float:
        """Length of the bar."""
        return abs(self.high - self.low)


def tornado(result_at: Callable[[str, float], float], inputs: Mapping[str, Uncertain]) -> tuple[TornadoBar, ...]:
    """Return the bars, longest first, ties by name.

    Parameters
    ----------
    result_at
        Result with one input at a value and the others at their means.
    inputs
        Input name -> percentiles.
    """
    bars = [TornadoBar(name, result_at(name, u.p10), result_at(name, u.p90)) for name, u in inputs.items()]
    return tuple(sorted(bars, key=lambda bar: (-bar.swing, bar.input)))


def distance_in_sd(uncertain: Uncertain, at: float) -> float | None:
    """Return how far ``at`` lies from the median in the input's own standard deviations; None without spread.

    For a positive quantity distance and spread are those of the logarithm; above and below the median each side's
    own spread counts.

    Examples
    --------
    >>> round(distance_in_sd(Uncertain.between(12.0, 20.0), 20.0), 3)
    1.282
    """
    deviate = two_piece(uncertain).deviate(at)
    return abs(deviate) if np.isfinite(deviate) else None


def first_order_share(x: Array, result: Array) -> float:
    r"""Share of a result's variance that one input explains by itself.

    .. math:: S = \mathrm{Var}(E[Y \mid x]) / \mathrm{Var}(Y)

    Estimated from means in quantile bins, less the part that chance alone would show (one-way analysis of variance).

    Parameters
    ----------
    x, result
        Draws of the input and of the result, shape (n_draws,).

    References
    ----------
    Saltelli et al. (2008), *Global Sensitivity Analysis: The Primer*, sec. 1.2; correction: omega squared, Hays
    (1963), *Statistics for Psychologists*, ch. 12.
    """
    n = len(x)
    bins = min(BINS, n // DRAWS_PER_BIN)
    variance = float(result.var())
    if bins < 2 or variance == 0 or np.ptp(x) == 0:
        return 0.0
    order = np.argsort(x, kind="stable")
    parts = np.array_split(result[order], bins)
    between = sum(part.size * (part.mean() - result.mean()) ** 2 for part in parts)
    within = sum(float(((part - part.mean()) ** 2).sum()) for part in parts) / (n - bins)
    share = (between - (bins - 1) * within) / (variance * n + within)
    return float(np.clip(share, 0.0, 1.0))


def information_values(inputs: Mapping[str, Array], costs: Array) -> dict[str, float]:
    """Return the value of knowing each input before deciding [USD], most valuable first, ties by name."""
    worth = {name: evppi(x, costs) for name, x in inputs.items()}
    return dict(sorted(worth.items(), key=lambda item: (-item[1], item[0])))
