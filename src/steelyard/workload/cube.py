"""The counts that one pass over a log leaves behind: everything a profile is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.traffic import JointHistogram, RowCounts

__all__ = ["TOKEN_CLASSES", "Buckets", "Cube", "HourCounts", "LengthCounts", "MinuteCounts", "TierCounts"]

TOKEN_CLASSES = ("uncached_input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
"""Columns of every token matrix, in this order."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HourCounts:
    """Arrivals by clock hour, only hours that have any; arrays of shape (n_hours,), hours ascending."""

    hour: Ints
    """Hours since 1970-01-01T00:00Z."""
    requests: Ints
    """Requests in the hour."""


@dataclass(frozen=True, slots=True)
class MinuteCounts:
    """Arrivals by minute since the first, only minutes that have any; arrays of shape (n_minutes,), ascending."""

    minute: Ints
    """Whole minutes since the first request."""
    requests: Ints
    """Requests in the minute."""
    gaps: Ints
    """Gaps that end in the minute and began in the same hour since the first request."""
    gap_sum_s: Floats
    """Their sum [s]."""
    gap_square_sum_s2: Floats
    """Sum of their squares [s^2]."""


@dataclass(frozen=True, slots=True)
class LengthCounts:
    """How many requests have each length; arrays of shape (n_values,), values ascending and distinct."""

    tokens: Ints
    """Length."""
    requests: Ints
    """Requests of that length."""


@dataclass(frozen=True, slots=True)
class TierCounts:
    """Sums by model and input-length band; all of length n_groups, ordered by model and band."""

    model: tuple[str, ...]
    """Model as logged."""
    above_input_tokens: Ints
    """Lower bound of the band (exclusive)."""
    requests: Ints
    """Requests."""
    tokens: Ints
    """Shape (n_groups, 5), columns as ``TOKEN_CLASSES``."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """Requests by bucket of an aggregated source; arrays of shape (n_buckets,)."""

    start_s: Floats
    """Start of the bucket since 1970 [s], ascending."""
    length_s: Floats
    """Length [s]."""
    requests: Floats
    """Requests; NaN where the source does not say."""
    tokens: Floats
    """All tokens, to spread what has no request count."""


@dataclass(frozen=True, slots=True)
class Cube:
    """Counts of one table; ``lengths`` and ``joint`` are absent for aggregates, ``buckets`` for requests."""

    formats: tuple[str, ...]
    """Log formats read."""
    rows: RowCounts
    """Where every row went."""
    start: datetime
    """First request or bucket (UTC)."""
    end: datetime
    """Last request, or end of the last bucket (UTC)."""
    tiers: TierCounts
    """Tokens by model and band."""
    operations: Mapping[str, int]
    """Rows by operation."""
    failed_rows: int
    """Rows that are failures."""
    hours: HourCounts | None = None
    """Arrivals by clock hour."""
    minutes: MinuteCounts | None = None
    """Arrivals by minute since the first."""
    input_lengths: LengthCounts | None = None
    """Requests by input length."""
    output_lengths: LengthCounts | None = None
    """Requests by output length."""
    joint: JointHistogram | None = None
    """Joint lengths."""
    buckets: Buckets | None = None
    """Requests by bucket."""
    warnings: tuple[str, ...] = field(default=())
    """Cautions carried from the reading."""
