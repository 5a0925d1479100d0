"""Knowing less without expecting other: intervals that widen about an unchanged mean."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from steelyard.domain.uncertain import Uncertain
from steelyard.risk.distributions import mean_of
from steelyard.risk.inputs import InputSpec
from steelyard.risk.streams import Drawn, Sampling

__all__ = ["Levelled", "level", "widened"]


def level(below: float, above: float) -> Uncertain:
    r"""Return a factor of mean 1 whose logarithm spreads that far.

    .. math:: f = x / E[x], \quad \ln x \text{ with } p_{10} = -b,\; p_{50} = 0,\; p_{90} = a

    Parameters
    ----------
    below, above
        Distance of p10 and p90 from the median on the log scale [1], 0 or more; both 0: exactly 1.
    """
    if below == 0 and above == 0:
        return Uncertain.point(1.0)
    return _with_mean(Uncertain(p10=math.exp(-below), p50=1.0, p90=math.exp(above)), 1.0)


def widened(uncertain: Uncertain, spread: float) -> Uncertain:
    r"""Return a positive quantity with more spread and the same mean as it is drawn.

    Both half-widths of the logarithm add to ``spread`` in squares, as independent errors do; the three percentiles are
    then scaled together. A quantity that may be zero or negative is returned as it is: a share of nothing does not
    widen.

    Parameters
    ----------
    uncertain
        What was known.
    spread
        Half-width of the 80 % interval of the logarithm to add [1], 0 or more.
    """
    if spread == 0 or uncertain.p10 <= 0:
        return uncertain
    below = math.hypot(math.log(uncertain.p50 / uncertain.p10), spread)
    above = math.hypot(math.log(uncertain.p90 / uncertain.p50), spread)
    wide = Uncertain(p10=uncertain.p50 * math.exp(-below), p50=uncertain.p50, p90=uncertain.p50 * math.exp(above))
    return _with_mean(wide, mean_of(uncertain))


def _with_mean(uncertain: Uncertain, mean: float) -> Uncertain:
    scale = mean / mean_of(uncertain)
    return Uncertain(p10=uncertain.p10 * scale, p50=uncertain.p50 * scale, p90=uncertain.p90 * scale)


@dataclass(frozen=True, slots=True)
class Levelled:
    """An input whose level today is itself uncertain: every month of a draw is off by the same factor of mean 1.

    All that the input emits beside itself, such as forced migrations, stays as it is.
    """

    spec: InputSpec
    """The input as if its level were known."""
    level: Uncertain
    """The factor, as :func:`level` gives it."""

    @property
    def name(self) -> str:
        """Name of the input."""
        return self.spec.name

    def draw(self, sampling: Sampling) -> Mapping[str, Drawn]:
        """Return the input's draws times its level's; the stated mean is unchanged."""
        drawn = dict(self.spec.draw(sampling))
        if not self.level.is_point:
            path = drawn[self.name]
            factor = sampling.static(f"{self.name}.level", self.level, low=0.0)
            drawn[self.name] = Drawn(path.values * factor.values, path.mean)
        return drawn
