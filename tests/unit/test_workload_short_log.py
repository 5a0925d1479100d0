"""A log shorter than a week: what fills its week, and how many requests a month it is taken for."""

from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from steelyard.workload.week import week_from_hours

HOUR = 3_600.0
MONDAY = datetime(2026, 10, 5, tzinfo=UTC).timestamp()
SEEN = 72


def test_a_shape_measured_elsewhere_is_not_told_as_that_of_the_log() -> None:
    """Three days filled up to a week by another's week: neither its shape nor its volume was measured here."""
    shape: NDArray[np.float64] = np.where(np.arange(168) < SEEN, 0.5, 1.375).astype(np.float64)
    hours: NDArray[np.float64] = MONDAY + HOUR * np.arange(SEEN, dtype=np.float64)
    week = week_from_hours(hours, np.full(SEEN, 50.0), start_s=MONDAY, end_s=MONDAY + SEEN * HOUR, shape=shape,
                           shape_name="measured")  # fmt: skip
    assert week.source == "measured elsewhere"
    assert "'measured elsewhere'" in week.warnings[0]
    assert week.requests_per_month == pytest.approx(100 * 730.5)
    said = week.warnings[1].replace("\u00a0", " ")
    assert said.startswith("3,600 requests in 3.0 days are 73 k a month, that shape being busier")
    assert said.endswith("evenly they would be 36.5 k")
