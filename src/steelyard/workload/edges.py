"""Edges of the joint histogram: evenly spaced logarithms, refined so that the percentiles fall on edges."""

import numpy as np
from numpy.typing import NDArray

from steelyard.workload.cube import LengthCounts

__all__ = ["histogram_edges"]

_PERCENTILES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


def histogram_edges(lengths: LengthCounts, bins: int) -> NDArray[np.int64]:
    """Return ascending whole edges that cover every length; bin i holds ``edges[i] <= tokens < edges[i+1]``.

    The percentiles most asked for get a bin of their own, one token wide, so that a trace drawn from the histogram
    has the same ones.

    Parameters
    ----------
    lengths
        Requests by length, at least one.
    bins
        Number of logarithmic bins before refinement.
    """
    low, high = int(lengths.tokens[0]), int(lengths.tokens[-1]) + 1
    grid = np.unique(np.geomspace(max(low, 1), max(high, 2), bins + 1).round().astype(np.int64))
    reached = np.cumsum(lengths.requests) / lengths.requests.sum()
    marks = lengths.tokens[np.searchsorted(reached, _PERCENTILES)]
    edges = np.unique(np.concatenate([[low, high], grid, marks, marks + 1]))
    return edges[(edges >= low) & (edges <= high)]
