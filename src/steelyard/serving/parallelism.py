"""Ways to spread one replica over devices, and which of them hold the model."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from steelyard.domain.accelerator import Accelerator, Precision
from steelyard.domain.model import OpenModel
from steelyard.domain.serving import Parallelism, ServingConfig
from steelyard.serving.constants import compute_format
from steelyard.serving.memory import BYTES_PER_KV_VALUE, kv_bytes_per_sequence, kv_capacity_bytes, weight_bytes_by_part
from steelyard.serving.shapes import Floats, model_shapes, stack_shapes
from steelyard.serving.step_time import Deployment, Hardware, Spread, deploy

__all__ = [
    "Setup",
    "deployments",
    "deployments_of",
    "fits",
    "hardware_of",
    "kv_capacity_tokens",
    "smallest_parallelism",
    "tensor_parallel_sizes",
]

LARGEST_TP = 8
"""Largest tensor parallel degree considered; none larger was measured [device]."""
LARGEST_PP = 8
"""Most pipeline stages considered [machine]."""
SMALLEST_CACHE_SEQUENCES = 4.0
"""Sequences of the typical length that must fit for a replica to be worth starting [1]."""


def tensor_parallel_sizes(model: OpenModel, accelerator: Accelerator) -> tuple[int, ...]:
    """Return the powers of two that divide the query heads and stay inside one server, ascending."""
    heads = [group.heads for group in model.architecture.attention if group.kind != "linear"]
    most = min(accelerator.devices_per_server, LARGEST_TP)
    sizes = [2**k for k in range(most.bit_length()) if 2**k <= most]
    return tuple(size for size in sizes if all(count % size == 0 for count in heads))


def kv_capacity_tokens(
    model: OpenModel, accelerator: Accelerator, config: ServingConfig, context_tokens: float
) -> float:
    """Return the tokens the cache of one replica holds in sequences of ``context_tokens``; 0 where weights do not fit.

    Parameters
    ----------
    model
        Open weights.
    accelerator
        Device.
    config
        Formats and spread.
    context_tokens
        Mean length of a running sequence; matters for sliding windows and constant states.
    """
    shapes = model_shapes(model.architecture)
    each = kv_bytes_per_sequence(shapes, BYTES_PER_KV_VALUE[config.kv], np.asarray(context_tokens, dtype=np.float64))
    free = max(float(kv_capacity_bytes(shapes, accelerator, config)), 0.0)
    return free / float(each) * context_tokens if each > 0 else np.inf


def fits(model: OpenModel, accelerator: Accelerator, config: ServingConfig, context_tokens: float) -> bool:
    """Whether weights fit and the cache beside them holds a few typical sequences."""
    tokens = kv_capacity_tokens(model, accelerator, config, context_tokens)
    return tokens >= SMALLEST_CACHE_SEQUENCES * context_tokens


def smallest_parallelism(
    model: OpenModel, accelerator: Accelerator, config: ServingConfig, context_tokens: float,
) -> Parallelism | None:  # fmt: skip
    """Return the spread over the fewest devices that holds the model, or None.

    Tensor parallel inside one server first, then pipeline stages over servers.

    Parameters
    ----------
    model
        Open weights.
    accelerator
        Device.
    config
        Formats; its parallelism is replaced.
    context_tokens
        Mean length of a running sequence.
    """
    sizes = tensor_parallel_sizes(model, accelerator)
    layers = sum(group.layers for group in model.architecture.attention)
    spreads = [Parallelism(tp=size) for size in sizes]
    spreads += [Parallelism(tp=sizes[-1], pp=stages) for stages in range(2, LARGEST_PP + 1) if stages <= layers]
    for spread in spreads:
        if fits(model, accelerator, config.model_copy(update={"parallelism": spread}), context_tokens):
            return spread
    return None


def hardware_of(accelerator: Accelerator, weights: Precision, *, moe: bool) -> tuple[float, ...]:
    """Return the peaks of one device under a weight format, in the order of ``Hardware``."""
    bf16 = accelerator.peak_flop_per_s["bf16"]
    used = compute_format(weights, accelerator)
    peak = next((rate for name, rate in accelerator.peak_flop_per_s.items() if name == used), bf16)
    attention_is_16_bit = moe and weights == "fp4"
    return (peak, bf16 if attention_is_16_bit else peak, bf16, accelerator.memory_bandwidth_bytes_per_s,
            accelerator.link_bytes_per_s)  # fmt: skip


class Setup(NamedTuple):
    """What decides a replica's coefficients."""

    model: OpenModel
    accelerator: Accelerator
    weights: Precision
    kv: Literal["bf16", "fp8"]
    parallelism: Parallelism


def deployments(
    models: Sequence[OpenModel], accelerators: Sequence[Accelerator], configs: Sequence[ServingConfig]
) -> Deployment:
    """Return coefficients of many replicas as arrays of shape (n,); the three sequences run in parallel."""
    rows = zip(models, accelerators, configs, strict=True)
    return deployments_of([Setup(m, a, c.weights, c.kv, c.parallelism) for m, a, c in rows])


def deployments_of(setups: Sequence[Setup]) -> Deployment:
    """Return coefficients of many replicas as arrays of shape (n,)."""
    shapes = stack_shapes([model_shapes(setup.model.architecture) for setup in setups])
    moe = [bool(count > 0) for count in shapes.moe_layers]
    parts = [weight_bytes_by_part(s.weights, moe=m) for s, m in zip(setups, moe, strict=True)]
    spread = [s.parallelism for s in setups]
    return deploy(
        shapes,
        Hardware(*_columns([hardware_of(s.accelerator, s.weights, moe=m) for s, m in zip(setups, moe, strict=True)])),
        Spread(*_columns([(p.tp, p.dp_attention, p.ep) for p in spread])),
        (_column([p.attention for p in parts]), _column([p.dense for p in parts]), _column([p.experts for p in parts])),
        _column([BYTES_PER_KV_VALUE[s.kv] for s in setups]),
    )


def _column(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=np.float64)


def _columns(rows: Sequence[tuple[float, ...]]) -> list[Floats]:
    return [_column(column) for column in zip(*rows, strict=True)]
