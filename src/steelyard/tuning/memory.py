"""Memory of a training job, and the fewest devices that hold it."""

import math
from dataclasses import dataclass
from typing import Literal

from steelyard.tuning.compute import Recompute

__all__ = ["BYTES_PER_PARAMETER", "ActivationShape", "Method", "activation_bytes", "least_devices", "state_bytes"]

Method = Literal["full", "lora", "qlora"]
"""All weights trained; adapters on frozen bf16 weights; adapters on frozen 4-bit weights."""

TRAINED_BYTES = 16.0
"""bf16 weight and gradient (2 + 2) and fp32 weight, mean and variance of Adam (12) [B]; Rajbhandari et al. (2020),
arXiv:1910.02054, sec. 3.1."""
BYTES_PER_PARAMETER = {"full": 0.0, "lora": 2.0, "qlora": 0.5 + 0.127 / 8}
"""Frozen weights [B]: bf16; 4-bit with 0.127 bit of scales (Dettmers et al. 2023, arXiv:2305.14314, sec. 3)."""
USABLE_FRACTION = 0.9
"""Share of device memory left by the runtime and fragmentation [1]; a convention."""


@dataclass(frozen=True, slots=True)
class ActivationShape:
    """What the activations of one micro-batch depend on."""

    layers: int
    """Layers."""
    hidden: int
    """Residual width."""
    heads: int
    """Query heads."""
    sequence_tokens: int
    """Length of a sequence [token]."""
    sequences: int = 1
    """Sequences in a micro-batch."""


def state_bytes(parameters: float, method: Method, adapter_parameters: float = 0.0) -> float:
    """Return the bytes of weights, gradients and optimizer [B].

    Parameters
    ----------
    parameters
        All parameters of the model (every expert).
    method
        What is trained.
    adapter_parameters
        Trainable parameters of the adapters; unused for ``full``.

    Examples
    --------
    >>> state_bytes(7.5e9, "full") / 1e9  # Rajbhandari et al. 2020, fig. 1: 120 GB
    120.0
    """
    if method == "full":
        return TRAINED_BYTES * parameters
    return BYTES_PER_PARAMETER[method] * parameters + TRAINED_BYTES * adapter_parameters


def activation_bytes(shape: ActivationShape, recompute: Recompute) -> float:
    r"""Return the bytes of activations kept for the backward pass of one micro-batch [B].

    .. math:: L s b h \cdot \{34 + 5 a s / h,\ 34,\ 2\}

    for nothing, attention only, or everything recomputed.

    References
    ----------
    Korthikanti et al. (2022), arXiv:2205.05198, eq. 1 and table 2 (bf16, no tensor parallelism).
    """
    per_value = {
        "none": 34.0 + 5.0 * shape.heads * shape.sequence_tokens / shape.hidden,
        "selective": 34.0,
        "full": 2.0,
    }
    return shape.layers * shape.sequence_tokens * shape.sequences * shape.hidden * per_value[recompute]


def least_devices(states: float, activations: float, memory_bytes: int) -> int:
    """Return the fewest devices that hold a job whose states are spread evenly and whose activations are not.

    Parameters
    ----------
    states
        Weights, gradients and optimizer, shared out over all devices [B].
    activations
        Activations of one micro-batch, held by each device [B].
    memory_bytes
        Memory of one device [B].

    Returns
    -------
    int
        Devices; 0 if a single micro-batch does not fit however many there are.
    """
    room = memory_bytes * USABLE_FRACTION - activations
    return math.ceil(states / room) if room > 0 else 0
