"""How long all but a few requests take: own work of several lengths, and a wait before it."""

import numpy as np

from steelyard.serving.shapes import Floats

__all__ = ["late_quantile_s"]

LEAST_SHARE = 1e-6
"""Smallest share of requests for which a waiting time is told [1]."""


def late_quantile_s(own: Floats, busy: Floats, decay: Floats, target: float) -> Floats:
    r"""Return the time that a share ``target`` of requests exceeds: own work plus a wait with an exponential tail.

    .. math:: \frac{1}{n} \Big( \#\{o_i > t\} + b \sum_{o_i \le t} e^{-(t - o_i) / d} \Big) = \mathrm{target}

    Between two points of the work the equation is one exponential, so that it is solved as it stands.

    Parameters
    ----------
    own
        Work of each kind of request, all equally likely, ascending, shape (..., n) [s].
    busy
        Chance that a request waits at all, shape (...) [1].
    decay
        Mean wait of those that wait, shape (...) [s].
    target
        Share that may take longer [1].
    """
    n = own.shape[-1]
    allowed = max(target, LEAST_SHARE) * n
    tail: Floats = np.zeros_like(busy)
    found: Floats = np.full_like(busy, np.nan)
    for k in range(n):
        here: Floats = own[..., k]
        before: Floats = own[..., k - 1] if k else here
        tail = tail * np.exp((before - here) / decay) + 1.0
        still = n - 1 - k
        share = allowed - still
        if share <= 0:
            continue
        upto: Floats = own[..., k + 1] if still else np.full_like(here, np.inf)
        at = here + decay * np.log(np.maximum(busy * tail / share, 1.0))
        found = np.where(np.isnan(found) & (at <= upto), at, found)
    return found
