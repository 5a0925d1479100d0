"""When to stop waiting: a boundary on what was seen last, month by month, fitted backwards on paths."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["NEVER", "Boundary", "fit_boundary", "fit_date", "stopped_in"]

Array = NDArray[np.float64]

NEVER = float("inf")
"""A boundary that nothing reaches."""
NEIGHBOURS = 2
"""Months on each side over which a boundary is smoothed [month]; a convention."""
SMOOTHING_LOSS = 0.002
"""Share of the cost that smoothing may lose on the paths fitted on [1]: about what fitting to their noise gains there;
a convention."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """Stop in the first month in which what was seen reaches the month's value."""

    at: Array
    """Value by month of decision, shape (n_months,); ``NEVER`` where waiting is always better."""
    usd: float
    """Mean cost of following it, on the paths it was fitted on [USD]."""

    @property
    def stops(self) -> bool:
        """Whether it stops anywhere."""
        return bool(np.isfinite(self.at).any())


def fit_boundary(seen: Array, stop_usd: Array, never_usd: Array) -> Boundary:
    r"""Return the boundary, each month's the best against what follows it, then smoothed over neighbouring months.

    From the last month backwards, with :math:`C_{s+1}` the cost of following the later boundary along each path:

    .. math:: b_s = \arg\min_b \; \textstyle\sum_d \left[ x_{ds} \ge b \;?\; W_{ds} : C_{d,s+1} \right]

    Parameters
    ----------
    seen
        What is seen when month s is decided, shape (n_paths, n_months); more of it speaks for stopping.
    stop_usd
        Cost of the whole path if stopped in month s, shape (n_paths, n_months) [USD].
    never_usd
        Cost of never stopping, shape (n_paths,) [USD].

    References
    ----------
    Longstaff, Schwartz (2001), Review of Financial Studies 14(1), 113-147 (realised continuation along paths);
    Ibanez, Zapatero (2004), J. Financial and Quantitative Analysis 39(2), 253-275 (boundaries instead of regressions).
    """
    later = never_usd.copy()
    at = np.full(seen.shape[1], NEVER)
    for s in range(seen.shape[1] - 1, -1, -1):
        at[s] = _best_edge(seen[:, s], later - stop_usd[:, s])
        later = np.where(seen[:, s] >= at[s], stop_usd[:, s], later)
    return _smoothed(Boundary(at, float(later.mean())), seen, stop_usd, never_usd)


def _smoothed(boundary: Boundary, seen: Array, stop_usd: Array, never_usd: Array) -> Boundary:
    """Return the boundary with each month's value the median of its neighbours': single months are mostly noise."""
    at = boundary.at.copy()
    for s in range(len(at)):
        near = boundary.at[max(s - NEIGHBOURS, 0) : s + NEIGHBOURS + 1]
        at[s] = float(np.sort(near)[len(near) // 2])
    every = np.concatenate([stop_usd, never_usd[:, None]], axis=1)
    columns = stopped_in(seen, Boundary(at, 0.0))
    usd = float(every[np.arange(len(every)), columns].mean())
    return Boundary(at, usd) if usd - boundary.usd <= SMOOTHING_LOSS * abs(boundary.usd) else boundary


def _best_edge(seen: Array, gain: Array) -> float:
    """Return the value from which on stopping gains most in sum; ``NEVER`` where it gains nothing."""
    order = np.argsort(-seen, kind="stable")
    ordered, total = seen[order], np.cumsum(gain[order])
    last_of_value = np.append(ordered[1:] != ordered[:-1], True)
    places = np.flatnonzero(last_of_value)
    best = int(places[np.argmax(total[places])])
    if total[best] <= 0:
        return NEVER
    if best + 1 == len(ordered):
        return float(ordered[best])
    return float((ordered[best] + ordered[best + 1]) / 2.0)


def fit_date(stop_usd: Array, never_usd: Array) -> Boundary:
    """Return the best month to stop in whatever is seen: 0 in that month, ``NEVER`` in all others.

    Parameters
    ----------
    stop_usd, never_usd
        As in :func:`fit_boundary`.
    """
    means = stop_usd.mean(axis=0)
    at = np.full(stop_usd.shape[1], NEVER)
    best = int(np.argmin(means))
    if means[best] >= never_usd.mean():
        return Boundary(at, float(never_usd.mean()))
    at[best] = 0.0
    return Boundary(at, float(means[best]))


def stopped_in(seen: Array, boundary: Boundary) -> NDArray[np.intp]:
    """Return the column in which each path stops, shape (n_paths,); the number of columns where it never does."""
    reached = seen >= boundary.at[None, :]
    first: NDArray[np.intp] = reached.argmax(axis=1)
    return np.where(reached.any(axis=1), first, np.intp(seen.shape[1]))
