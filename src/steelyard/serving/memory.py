"""What a replica must hold: weights, KV cache, working space, and the tokens that fit beside them."""

from typing import NamedTuple

import numpy as np

from steelyard.domain.accelerator import Accelerator, Precision
from steelyard.domain.serving import Parallelism, ServingConfig
from steelyard.serving.shapes import Floats, ModelShapes

__all__ = [
    "BYTES_PER_KV_VALUE", "BYTES_PER_WEIGHT", "WeightBytes", "kv_bytes_per_sequence", "kv_capacity_bytes",
    "reserve_bytes", "weight_bytes", "weight_bytes_by_part",
]  # fmt: skip

BYTES_PER_WEIGHT: dict[Precision, float] = {
    "bf16": 2.0,
    "fp8": 1.0 + 2 / 128**2,
    "int8": 1.0 + 2 / 128,
    "fp4": 0.5 + 1 / 16,
    "int4": 0.5 + 2.5 / 128,
}
"""Bytes per weight with its scales: fp8 per 128 x 128 block, int8 per 128, nvfp4 per 16 (mxfp4 per 32 takes 0.53),
int4 per group of 128 with a 4-bit zero point [B]."""
BYTES_PER_KV_VALUE = {"bf16": 2.0, "fp8": 1.0}
"""Bytes per cached value [B]."""
USABLE_FRACTION = 0.9
"""Share of device memory an engine takes by default (vLLM ``--gpu-memory-utilization 0.90``) [1]."""
RUNTIME_BYTES = 1.0e9
"""Context, communication buffers and captured graphs per device [B]."""
LIVE_ACTIVATIONS = 8.0
"""Residual-width vectors alive at once per token of an iteration: residual, normed, q/k/v, gate and up [1]."""


class WeightBytes(NamedTuple):
    """Bytes per weight by part of the model: quantized checkpoints leave some parts at 16 bits."""

    attention: float
    dense: float
    experts: float
    embeddings: float


def weight_bytes_by_part(precision: Precision, *, moe: bool) -> WeightBytes:
    """Return bytes per weight of each part under a weight format.

    4-bit mixtures of experts (gpt-oss mxfp4, DeepSeek nvfp4) keep attention at 16 bits; embeddings always stay there.
    """
    full, packed = BYTES_PER_WEIGHT["bf16"], BYTES_PER_WEIGHT[precision]
    return WeightBytes(full if moe and precision == "fp4" else packed, packed, packed, full)


def weight_bytes(shapes: ModelShapes, precision: Precision, *, dp_attention: int = 1) -> Floats:
    """Return bytes of all weights; data-parallel attention keeps one copy of what is not an expert per rank.

    Parameters
    ----------
    shapes
        Model counts.
    precision
        Weight format.
    dp_attention
        Data-parallel attention ranks.
    """
    part = weight_bytes_by_part(precision, moe=bool(np.any(shapes.moe_layers > 0)))
    always = shapes.attention_params * part.attention + shapes.dense_params * part.dense
    ends = (shapes.head_params + shapes.embedding_params) * part.embeddings
    routed = shapes.moe_layers * shapes.experts * shapes.expert_params * part.experts
    return (always + ends) * dp_attention + routed


def kv_bytes_per_sequence(shapes: ModelShapes, bytes_per_value: Floats | float, context_tokens: Floats) -> Floats:
    """Return cache and state bytes of one sequence, replicas of KV heads not counted.

    Parameters
    ----------
    shapes
        Model counts.
    bytes_per_value
        Of the cache format [B].
    context_tokens
        Tokens in the sequence.
    """
    kept = np.minimum(context_tokens, shapes.window_tokens)
    cache = shapes.kv_values_stored * context_tokens + shapes.kv_values_windowed * kept
    return cache * bytes_per_value + shapes.state_bytes


def kv_copies(shapes: ModelShapes, parallelism: Parallelism) -> Floats:
    """Return how often each KV value is stored: tensor parallel beyond the KV heads repeats them."""
    return parallelism.tp / np.minimum(parallelism.tp, shapes.kv_shards)


def reserve_bytes(shapes: ModelShapes, token_budget: int) -> Floats:
    """Return working space per device: runtime, and activations of one full iteration at 16 bits."""
    return RUNTIME_BYTES + token_budget * shapes.hidden * LIVE_ACTIVATIONS * BYTES_PER_WEIGHT["bf16"]


def kv_capacity_bytes(shapes: ModelShapes, accelerator: Accelerator, config: ServingConfig) -> Floats:
    """Return bytes left for the cache of one replica, copies counted once; negative where weights do not fit.

    Parameters
    ----------
    shapes
        Model counts.
    accelerator
        Device.
    config
        Formats, spread and token budget.
    """
    spread = config.parallelism
    usable = accelerator.memory_bytes * USABLE_FRACTION - reserve_bytes(shapes, config.token_budget)
    weights = weight_bytes(shapes, config.weights, dp_attention=spread.dp_attention)
    return (usable * spread.devices - weights) / kv_copies(shapes, spread)
