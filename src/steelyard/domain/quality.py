"""Public quality evidence: it can rule an option out, never certify it."""

from collections.abc import Mapping
from datetime import date

from steelyard.domain.evidence import Evidence
from steelyard.domain.value import Value
from steelyard.units import Count, Fraction, IndexPoints

__all__ = ["CalibrationBin", "QualityScore"]


class QualityScore(Value):
    """Ability index of one configuration (weights, effort, quantization)."""

    model: str
    """Model identifier as in the catalogue."""
    effort: str
    """Reasoning effort the score was taken at."""
    index: IndexPoints
    """Ability index, mean 100, standard deviation 15."""
    se: IndexPoints
    """Standard error of the index."""
    families: Count
    """Benchmark families behind it; fewer than 6: screen only."""
    capabilities: Mapping[str, IndexPoints] = {}
    """Index by capability where measured; missing is unknown."""
    as_of: date
    """Date of the newest score used."""
    evidence: Evidence
    """Where it comes from."""


class CalibrationBin(Value):
    """How often the model with the higher index wins on a benchmark family left out."""

    gap_from: IndexPoints
    """Lower edge of the index gap."""
    gap_to: IndexPoints
    """Upper edge of the index gap."""
    win_rate: Fraction
    """Share of held-out comparisons won by the higher index."""
    win_rate_frontier: Fraction | None = None
    """The same where both are above 110."""
