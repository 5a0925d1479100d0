"""What a model costs per token, per sequence and per iteration, counted from the shapes of its layers."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.model import Architecture, AttentionLayers, FeedForwardLayers

__all__ = ["Floats", "ModelShapes", "model_shapes", "parameters_total", "stack_shapes", "with_whole_cache"]

Floats = NDArray[np.float64]
MAC = 2.0
"""Operations per multiply-accumulate [FLOP]."""
KEPT = 1024
"""Architectures whose counts are kept: sizing asks for those of one model thousands of times."""


class ModelShapes(NamedTuple):
    """Counts of one model, or of many as arrays of equal shape."""

    hidden: Floats
    """Residual width."""
    layers: Floats
    """Attention layers."""
    attention_params: Floats
    """Parameters of all attention blocks."""
    dense_params: Floats
    """Parameters of dense and shared feed-forward blocks and routers."""
    head_params: Floats
    """Parameters of the output projection."""
    embedding_params: Floats
    """Parameters of the input embedding that are not shared with the output projection."""
    moe_layers: Floats
    """Layers with routed experts (0: none)."""
    experts: Floats
    """Routed experts per such layer (1 where there are none)."""
    active_experts: Floats
    """Routed experts each token uses."""
    expert_params: Floats
    """Parameters of one expert of one layer."""
    kv_values_stored: Floats
    """Cache values per token kept for the whole context."""
    kv_values_read: Floats
    """Cache values per context token read by each new token, layers that read all of it."""
    kv_values_windowed: Floats
    """Cache values per token kept only within the window."""
    kv_values_read_windowed: Floats
    """Cache values per context token read within the window (sliding or selected)."""
    window_tokens: Floats
    """Window of those layers (infinite where there are none)."""
    state_bytes: Floats
    """Constant state per sequence [B]."""
    kv_shards: Floats
    """Most tensor-parallel devices over which the cache divides (1 for a shared latent)."""
    decode_attention_flop: Floats
    """Per new token and context token, layers that read all of it [FLOP]."""
    decode_attention_flop_windowed: Floats
    """The same within the window [FLOP]."""
    prefill_attention_flop: Floats
    """Per prompt token and context token, layers that read all of it [FLOP]."""
    prefill_attention_flop_windowed: Floats
    """The same within the window [FLOP]."""


def _value_dim(group: AttentionLayers) -> int:
    return group.v_head_dim or group.head_dim


def _attention_params(hidden: int, group: AttentionLayers) -> float:
    """Parameters of one attention layer of this shape."""
    if group.parameters_per_layer is not None:
        return float(group.parameters_per_layer)
    value = _value_dim(group)
    out = group.heads * value * hidden
    if group.kind in ("mla", "sparse_mla"):
        query = group.heads * group.head_dim
        down = hidden * group.q_lora_rank + group.q_lora_rank * query if group.q_lora_rank else hidden * query
        latent = hidden * (group.kv_lora_rank + group.rope_head_dim)
        up = group.kv_lora_rank * group.heads * (group.head_dim - group.rope_head_dim + value)
        return float(down + latent + up + out)
    kv_heads = group.kv_heads or group.heads
    return float(hidden * (group.heads * group.head_dim + kv_heads * (group.head_dim + value)) + out)


def _dense_params(hidden: int, group: FeedForwardLayers) -> float:
    """Always-read parameters of one feed-forward layer: dense block, or shared experts and router."""
    if group.kind == "dense":
        return float(group.matrices * hidden * group.width)
    return float(group.matrices * hidden * group.shared_width + hidden * (group.experts + 2 * group.latent_size))


def _cache_values(group: AttentionLayers) -> float:
    """Cache values per context token and layer, merged entries shared out."""
    if group.kind == "linear":
        return 0.0
    if group.kind in ("mla", "sparse_mla"):
        values = group.kv_lora_rank + group.rope_head_dim
    else:
        values = group.kv_heads * (group.head_dim + _value_dim(group))
    return values / group.tokens_per_cache_entry


def _attention_flop(group: AttentionLayers, *, absorbed: bool) -> float:
    """Operations per new token and context token of one layer; MLA decodes in the latent space."""
    if group.kind == "linear":
        return 0.0
    if absorbed and group.kind in ("mla", "sparse_mla"):
        width = 2 * group.kv_lora_rank + group.rope_head_dim
    else:
        width = group.head_dim + _value_dim(group)
    return MAC * group.heads * width / group.tokens_per_cache_entry


def _windowed(group: AttentionLayers) -> bool:
    return group.window_tokens is not None and group.kind in ("sliding", "sparse_mla", "sparse")


class _Reads(NamedTuple):
    """Sums over attention groups that read the same way."""

    values: float
    decode_flop: float
    prefill_flop: float


def _reads(groups: Sequence[AttentionLayers]) -> _Reads:
    return _Reads(
        values=sum(g.layers * _cache_values(g) for g in groups),
        decode_flop=sum(g.layers * _attention_flop(g, absorbed=True) for g in groups),
        prefill_flop=sum(g.layers * _attention_flop(g, absorbed=False) for g in groups),
    )


def _window(groups: Sequence[AttentionLayers]) -> float:
    """Window of the windowed layers, their mean where they differ."""
    weight = sum(g.layers for g in groups)
    return sum(g.layers * (g.window_tokens or 0) for g in groups) / weight if weight else np.inf


def _fixed(value: float) -> Floats:
    found = np.asarray(value, dtype=np.float64)
    found.setflags(write=False)
    return found


def model_shapes(architecture: Architecture) -> ModelShapes:
    """Return the counts of one model, each an array of shape () that cannot be written.

    Parameters
    ----------
    architecture
        Layer shapes; groups of experts are summed into one with the expert counts of the first.

    References
    ----------
    DeepSeek-AI (2024), DeepSeek-V2, section 2.1 (latent attention and its absorbed form).
    """
    return _kept_shapes(architecture)  # pyright: ignore[reportArgumentType]  frozen values have a hash at run time


@lru_cache(maxsize=KEPT)
def _kept_shapes(architecture: Architecture) -> ModelShapes:
    hidden = architecture.hidden_size
    attention, forward = architecture.attention, architecture.feed_forward
    limited = [g for g in attention if _windowed(g)]
    whole, part = _reads([g for g in attention if not _windowed(g)]), _reads(limited)
    sliding = sum(g.layers * _cache_values(g) for g in limited if g.kind == "sliding")
    moe = [g for g in forward if g.kind == "moe"]
    moe_layers = sum(g.layers for g in moe)
    widths = [g.width * (g.latent_size or hidden) for g in moe]
    routed = sum(g.layers * g.matrices * w * (g.experts / moe[0].experts) for g, w in zip(moe, widths, strict=True))
    head = hidden * architecture.vocab_size
    latent = any(g.kind in ("mla", "sparse_mla") for g in attention)
    counts: dict[str, float] = dict(
        hidden=hidden,
        layers=sum(g.layers for g in attention),
        attention_params=sum(g.layers * _attention_params(hidden, g) for g in attention),
        dense_params=sum(g.layers * _dense_params(hidden, g) for g in forward),
        head_params=head,
        embedding_params=0 if architecture.tied_embeddings else head,
        moe_layers=moe_layers,
        experts=moe[0].experts if moe else 1,
        active_experts=moe[0].active_experts if moe else 0,
        expert_params=routed / moe_layers if moe_layers else 0,
        kv_values_stored=whole.values + part.values - sliding,
        kv_values_read=whole.values,
        kv_values_windowed=sliding,
        kv_values_read_windowed=part.values,
        window_tokens=_window(limited),
        state_bytes=sum(g.layers * g.state_bytes_per_sequence for g in attention),
        kv_shards=1 if latent else max(max((g.kv_heads for g in attention), default=1), 1),
        decode_attention_flop=whole.decode_flop,
        decode_attention_flop_windowed=part.decode_flop,
        prefill_attention_flop=whole.prefill_flop,
        prefill_attention_flop_windowed=part.prefill_flop,
    )
    return ModelShapes(**{name: _fixed(value) for name, value in counts.items()})


def stack_shapes(shapes: Sequence[ModelShapes]) -> ModelShapes:
    """Return the counts of many models as arrays of shape (n_models,)."""
    return ModelShapes(*(np.array(column, dtype=np.float64) for column in zip(*shapes, strict=True)))


def with_whole_cache(shapes: ModelShapes, whole: NDArray[np.bool_]) -> ModelShapes:
    """Return the counts of models whose engine keeps the cache of windowed layers for the whole context.

    Parameters
    ----------
    shapes
        Counts, shape (n,).
    whole
        Whether the engine of each frees nothing behind a window, shape (n,); what it reads stays the window.
    """
    behind = np.where(whole, shapes.kv_values_windowed, 0.0)
    return shapes._replace(kv_values_stored=shapes.kv_values_stored + behind,
                           kv_values_windowed=shapes.kv_values_windowed - behind)  # fmt: skip


def parameters_total(shapes: ModelShapes) -> Floats:
    """Return all parameters, embeddings counted once where shared."""
    routed = shapes.moe_layers * shapes.experts * shapes.expert_params
    dense = shapes.attention_params + shapes.dense_params
    return dense + shapes.head_params + shapes.embedding_params + routed
