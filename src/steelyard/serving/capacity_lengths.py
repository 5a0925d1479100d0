"""Request lengths as the few numbers that closed forms of capacity need."""

from typing import NamedTuple

import numpy as np

from steelyard.domain.traffic import LengthCells
from steelyard.serving.shapes import Floats

__all__ = ["TrafficMix", "traffic_mix", "weighted_quantile"]

PROMPT_POINTS = 16
"""Points that stand for the distribution of prompt work [1]."""


class TrafficMix(NamedTuple):
    """One traffic: means over requests, and points of the distributions."""

    prompt_tokens: float
    """Mean prompt tokens to compute, prefix hits taken off [token]."""
    prompt_context_tokens: float
    """Mean context a computed prompt token attends to [token]."""
    output_tokens: float
    """Mean output [token]."""
    decode_context_tokens: float
    """Mean context of a decoding sequence, longer outputs weighing more [token]."""
    prompt_points: Floats
    """Equally likely prompt work, shape (n_points,) [token]."""
    prompt_second_moment: float
    """Mean square of prompt work [token^2]."""
    output_lengths: Floats
    """Outputs of the cells, shape (n_cells,)."""
    weight: Floats
    """Shares of the cells, shape (n_cells,)."""


def weighted_quantile(values: Floats, weight: Floats, share: Floats) -> Floats:
    """Return the smallest values whose cumulated weight reaches ``share`` (each in 0 to 1), shape of ``share``."""
    order = np.argsort(values, kind="stable")
    cumulated = np.cumsum(weight[order])
    targets: Floats = share * cumulated[-1]
    index = np.minimum(np.searchsorted(cumulated, targets, side="left"), len(values) - 1)
    return values[order][index]


def traffic_mix(lengths: LengthCells, prefix_hit_fraction: float) -> TrafficMix:
    """Return the summary of a length distribution.

    Parameters
    ----------
    lengths
        Weighted points of input and output lengths.
    prefix_hit_fraction
        Share of input tokens found in the cache, 0 to 1; hits are taken off every prompt alike.
    """
    weight = lengths.weight / lengths.weight.sum()
    prompt = np.maximum(lengths.input_tokens * (1.0 - prefix_hit_fraction), 1.0)
    output = np.maximum(lengths.output_tokens, 1.0)
    work, decoded = float(weight @ prompt), float(weight @ output)
    # A prompt token sees the cached prefix and, on average, half of the prompt computed with it.
    seen = float(weight @ (prompt * (lengths.input_tokens - prompt / 2))) / work
    middle = (np.arange(PROMPT_POINTS) + 0.5) / PROMPT_POINTS
    return TrafficMix(
        prompt_tokens=work,
        prompt_context_tokens=max(seen, 1.0),
        output_tokens=decoded,
        decode_context_tokens=float(weight @ (output * (lengths.input_tokens + output / 2))) / decoded,
        prompt_points=weighted_quantile(prompt, weight, middle),
        prompt_second_moment=float(weight @ prompt**2),
        output_lengths=output,
        weight=weight,
    )
