"""The time that few requests exceed: so many exceed it, and more exceed any shorter one."""

import hypothesis.strategies as st
import numpy as np
from hypothesis import given

from steelyard.serving.waiting import late_quantile_s

WORK = st.lists(st.floats(0.001, 100.0), min_size=1, max_size=16).map(sorted)
LEAST = 1e-9
"""Share within which two times count as equal [1]."""


def late_fraction(t: float, work: list[float], busy: float, decay: float) -> float:
    """Return the share of requests that take longer than ``t``, counted one kind of request at a time."""
    return float(np.mean([1.0 if own > t else busy * np.exp(-(t - own) / decay) for own in work]))


@given(WORK, st.floats(0, 0.999), st.floats(0.001, 1e3), st.floats(0.001, 0.999))
def test_the_share_asked_for_takes_longer_and_of_any_shorter_time_more_do(
    work: list[float], busy: float, decay: float, target: float
) -> None:
    found = float(late_quantile_s(np.array([work]), np.array([busy]), np.array([decay]), target)[0])
    assert late_fraction(found * (1 + LEAST), work, busy, decay) <= target + LEAST
    assert late_fraction(found * (1 - LEAST), work, busy, decay) >= target - LEAST


@given(WORK, st.floats(0, 0.999), st.floats(0.001, 1e3))
def test_a_smaller_share_takes_no_less_time_and_none_less_than_the_shortest_work(
    work: list[float], busy: float, decay: float
) -> None:
    own, waits, tail = np.array([work]), np.array([busy]), np.array([decay])
    times = [float(late_quantile_s(own, waits, tail, target)[0]) for target in (0.9, 0.5, 0.1, 0.01)]
    assert times == sorted(times)
    assert times[0] >= work[0]
