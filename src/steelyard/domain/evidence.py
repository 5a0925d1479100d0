"""Where a number comes from, how old it is, and how far it may be off."""

from datetime import date
from enum import StrEnum

from steelyard.domain.value import Value

__all__ = ["Evidence", "Figure", "Grade"]


class Grade(StrEnum):
    """How a figure was seen, best first."""

    USER = "user"  # the organisation's own quote, contract or measurement: always wins
    PRIMARY = "primary"
    SECONDARY = "secondary"
    DERIVED = "derived"
    ESTIMATE = "estimate"
    WEAK = "weak"
    RECALLED = "recalled"


class Evidence(Value):
    """Source of a figure, with the date on which the source was seen."""

    source: str
    """Who says so, in words."""
    url: str | None = None
    """Where to look; absent when the source is a package or a document without an address."""
    as_of: date
    """Date the source was seen, or the date of the package or snapshot that carries it."""
    grade: Grade
    """How it was seen."""
    licence: str | None = None
    """Licence under which the figure is carried, for tables; absent for single cited facts."""
    note: str | None = None
    """A reading of the vendor's words, or a caution."""


class Figure(Value):
    """One sourced number with its 80 % interval (p10 to p90)."""

    name: str
    """Dotted name, such as ``power.us_industrial_usd_per_kwh``."""
    value: float
    """Central value (median), in ``unit``."""
    low: float
    """10th percentile, in ``unit``."""
    high: float
    """90th percentile, in ``unit``."""
    unit: str
    """Unit of the three numbers."""
    evidence: Evidence
    """Where it comes from."""
