r"""Time of one engine iteration: each part of the model as a roofline, plus communication and overheads.

.. math:: t = \sum_{part} \left(t_{bytes}^p + t_{flop}^p\right)^{1/p} + t_{link} + t_{host}

Every argument is an array or broadcasts against one; nothing loops over rows.
"""

from typing import NamedTuple

import numpy as np

from steelyard.serving.shapes import MAC, Floats, ModelShapes

__all__ = ["Batch", "Deployment", "Efficiencies", "Hardware", "Spread", "deploy", "step_time_s"]

OVERLAP = 12.0
"""Exponent p of the roofline's knee: 1 adds both times, infinity hides the shorter; a sharp knee fits best [1]."""
COLLECTIVES_PER_LAYER = 2.0
"""All-reduces per layer under tensor parallelism: after attention and after the feed-forward block [1]."""
ACTIVATION_BYTES = 2.0
"""Bytes per activation sent over links [B]."""
LAYER_PASSES = 8.0
"""Reads and writes of a token's residual-width vector per layer: two norms, two residual sums, inputs, outputs [1]."""
EXPERT_PASSES = 4.0
"""The same per active expert: gathered, computed in and out, scattered back [1]."""
NARROW_WIDTH = 128.0
"""Width of an expert's matrix per device at which half of the efficiency is lost [1]."""
POPULARITY_SHAPE = 2.0
"""Shape of the popularity of experts on one kind of text: their loads vary by 0.7 of the mean (DeepSeek-AI 2024,
DeepSeek-V3, appendix on expert load by domain, shows some at several times the mean) [1]."""
LEAST_TILE_ROWS = 16.0
LARGEST_TILE_ROWS = 128.0
"""Rows of the smallest and the largest tile of a grouped product: kernels fit the tile to the rows an expert gets, and
half of one is lost per expert met, in a small group at most as much as its own rows again [token]."""
LOGITS_FLOP_BYTES = 2.0
"""Bytes per weight of the output projection, kept at 16 bits [B]."""


class Efficiencies(NamedTuple):
    """Fields of ``EngineConstants`` as arrays."""

    compute_efficiency: Floats
    bandwidth_efficiency: Floats
    kv_bandwidth_efficiency: Floats
    attention_efficiency: Floats
    expert_compute_ratio: Floats
    expert_bandwidth_ratio: Floats
    link_efficiency: Floats
    collective_latency_s: Floats
    layer_overhead_s: Floats
    expert_layer_overhead_s: Floats
    iteration_overhead_s: Floats
    sequence_overhead_s: Floats
    request_overhead_s: Floats
    prefill_wait: Floats


class Hardware(NamedTuple):
    """Peaks of one device for the formats in use, as arrays."""

    peak_flop_per_s: Floats
    """Matrix rate for the weights' format [FLOP/s]."""
    peak_attention_weight_flop_per_s: Floats
    """Matrix rate for the format of attention weights [FLOP/s]."""
    peak_bf16_flop_per_s: Floats
    """16-bit matrix rate [FLOP/s]."""
    bandwidth_bytes_per_s: Floats
    """Memory bandwidth [B/s]."""
    link_bytes_per_s: Floats
    """Link, one direction [B/s]."""


class Deployment(NamedTuple):
    """One replica's cost coefficients per device, as arrays of shape (n,)."""

    attention_bytes: Floats
    """Attention weights read per iteration [B]."""
    attention_flop: Floats
    """Per token of the iteration [FLOP]."""
    dense_bytes: Floats
    """Other always-read weights [B]."""
    dense_flop: Floats
    """Per token [FLOP]."""
    expert_bytes: Floats
    """Per distinct expert met, all layers [B]."""
    expert_flop: Floats
    """Per token, all layers [FLOP]."""
    expert_share: Floats
    """Share of full efficiency that matrices of this width per device allow [1]."""
    experts: Floats
    """Routed experts per layer."""
    active_experts: Floats
    """Experts per token."""
    head_bytes: Floats
    """Output projection [B]."""
    head_flop: Floats
    """Per sampled token [FLOP]."""
    kv_read_bytes: Floats
    """Per decoding sequence and context token [B]."""
    kv_window_bytes: Floats
    """The same in windowed layers [B]."""
    window_tokens: Floats
    """Window."""
    state_bytes: Floats
    """State read and written per decoding sequence [B]."""
    decode_flop: Floats
    """Attention per decoding sequence and context token [FLOP]."""
    decode_window_flop: Floats
    """The same in windowed layers [FLOP]."""
    prefill_flop: Floats
    """Attention per prompt token and context token [FLOP]."""
    prefill_window_flop: Floats
    """The same in windowed layers [FLOP]."""
    layers: Floats
    """Layers."""
    moe_layers: Floats
    """Layers with routed experts."""
    activation_bytes: Floats
    """Activations read and written per token and device [B]."""
    collectives: Floats
    """Collectives per iteration."""
    link_bytes_per_token: Floats
    """Bytes sent per token of the iteration and device [B]."""
    hardware: Hardware
    """Peaks."""


class Batch(NamedTuple):
    """What one iteration computes, as arrays of shape (n,)."""

    sequences: Floats
    """Sequences that decode one token each."""
    context_tokens: Floats
    """Their mean context."""
    prompt_tokens: Floats
    """Prompt tokens computed beside them."""
    prompt_context_tokens: Floats
    """Mean context those prompt tokens attend to."""


class Spread(NamedTuple):
    """Parallelism as arrays."""

    tp: Floats
    dp: Floats
    ep: Floats


def deploy(
    shapes: ModelShapes, hardware: Hardware, spread: Spread, bytes_by_part: tuple[Floats, Floats, Floats],
    kv_bytes_per_value: Floats,
) -> Deployment:  # fmt: skip
    """Return per-device coefficients of a model spread over devices.

    Parameters
    ----------
    shapes
        Model counts, shape (n,) or ().
    hardware
        Device peaks.
    spread
        Tensor, data (attention) and expert parallel; devices of a pipeline stage are ``tp * dp``.
    bytes_by_part
        Bytes per weight of attention, dense and expert parts.
    kv_bytes_per_value
        Of the cache format [B].
    """
    devices = spread.tp * spread.dp
    kv_shards = spread.dp * np.minimum(spread.tp, shapes.kv_shards)
    routed = shapes.moe_layers * shapes.expert_params
    # Expert parallel keeps an expert whole on one device; tensor parallel cuts its width.
    width = np.maximum(shapes.expert_params / (3.0 * shapes.hidden) / (devices / np.minimum(spread.ep, devices)), 1.0)
    routed_rows = shapes.moe_layers * shapes.active_experts * EXPERT_PASSES / spread.dp
    reduces = np.where(spread.tp > 1, COLLECTIVES_PER_LAYER * shapes.layers, 0.0)
    exchanges = np.where(spread.dp > 1, COLLECTIVES_PER_LAYER * shapes.moe_layers, 0.0)
    reduced = reduces * 2.0 * (spread.tp - 1.0) / spread.tp / spread.dp
    sent = exchanges * shapes.active_experts / devices
    return Deployment(
        attention_bytes=shapes.attention_params * bytes_by_part[0] / spread.tp,
        attention_flop=MAC * shapes.attention_params / devices,
        dense_bytes=shapes.dense_params * bytes_by_part[1] / spread.tp,
        dense_flop=MAC * shapes.dense_params / devices,
        expert_bytes=routed * bytes_by_part[2] / devices,
        expert_flop=MAC * routed * shapes.active_experts / devices,
        expert_share=width / (width + NARROW_WIDTH),
        experts=shapes.experts,
        active_experts=shapes.active_experts,
        head_bytes=shapes.head_params * LOGITS_FLOP_BYTES / spread.tp,
        head_flop=MAC * shapes.head_params / devices,
        kv_read_bytes=shapes.kv_values_read * kv_bytes_per_value / kv_shards,
        kv_window_bytes=shapes.kv_values_read_windowed * kv_bytes_per_value / kv_shards,
        window_tokens=shapes.window_tokens,
        state_bytes=2.0 * shapes.state_bytes / devices,
        decode_flop=shapes.decode_attention_flop / devices,
        decode_window_flop=shapes.decode_attention_flop_windowed / devices,
        prefill_flop=shapes.prefill_attention_flop / devices,
        prefill_window_flop=shapes.prefill_attention_flop_windowed / devices,
        layers=shapes.layers,
        moe_layers=shapes.moe_layers,
        activation_bytes=(shapes.layers * LAYER_PASSES / spread.dp + routed_rows) * shapes.hidden * ACTIVATION_BYTES,
        collectives=reduces + exchanges,
        link_bytes_per_token=(reduced + sent) * shapes.hidden * ACTIVATION_BYTES,
        hardware=hardware,
    )


def _roofline(bytes_s: Floats, flop_s: Floats) -> Floats:
    """Time of a part that moves bytes and computes at once, with a soft knee [s]."""
    longer, shorter = np.maximum(bytes_s, flop_s), np.minimum(bytes_s, flop_s)
    ratio = shorter / np.maximum(longer, np.finfo(np.float64).tiny)
    return longer * (1.0 + ratio**OVERLAP) ** (1.0 / OVERLAP)


def distinct_experts(d: Deployment, tokens: Floats) -> Floats:
    r"""Return experts met by a batch whose tokens favour some experts.

    .. math:: E \left(1 - \left(1 + n \left((1 - k/E)^{-1/\alpha} - 1\right)\right)^{-\alpha}\right)

    Popularity within a layer is gamma distributed with shape :math:`\alpha`; one token meets :math:`k` experts, and
    :math:`\alpha \to \infty` is even routing, :math:`E (1 - (1 - k/E)^n)`.

    References
    ----------
    Greenwood, Yule (1920), the negative binomial as a gamma mixture.
    """
    missed = 1.0 - np.minimum(d.active_experts / d.experts, 1.0 - 1e-12)
    each = missed ** (-1.0 / POPULARITY_SHAPE) - 1.0
    return d.experts * (1.0 - (1.0 + tokens * each) ** -POPULARITY_SHAPE)


def _tile_loss(d: Deployment, tokens: Floats, distinct: Floats) -> Floats:
    """Return tokens' worth of work lost because the rows of each expert met are padded to whole tiles."""
    rows = tokens * d.active_experts / np.maximum(distinct, np.finfo(np.float64).tiny)
    half = LARGEST_TILE_ROWS / 2.0
    return distinct * (LEAST_TILE_ROWS / 2.0 + half * rows / (rows + half)) / np.maximum(d.active_experts, 1.0)


def _weights_s(d: Deployment, e: Efficiencies, b: Batch) -> Floats:
    """Products with weights [s]."""
    tokens = b.sequences + b.prompt_tokens
    read = d.hardware.bandwidth_bytes_per_s * e.bandwidth_efficiency
    attention = _roofline(
        d.attention_bytes / read,
        d.attention_flop * tokens / (d.hardware.peak_attention_weight_flop_per_s * e.compute_efficiency),
    )
    dense = _roofline(d.dense_bytes / read, d.dense_flop * tokens / (d.hardware.peak_flop_per_s * e.compute_efficiency))
    head = _roofline(
        d.head_bytes / read, d.head_flop * b.sequences / (d.hardware.peak_bf16_flop_per_s * e.compute_efficiency)
    )
    distinct = distinct_experts(d, tokens)
    padded = tokens + _tile_loss(d, tokens, distinct)
    experts = _roofline(
        d.expert_bytes * distinct / (read * e.expert_bandwidth_ratio * d.expert_share),
        d.expert_flop
        * padded
        / (d.hardware.peak_flop_per_s * e.compute_efficiency * e.expert_compute_ratio * d.expert_share),
    )
    return attention + dense + head + experts + d.activation_bytes * tokens / read


def _attention_s(d: Deployment, e: Efficiencies, b: Batch) -> Floats:
    """Attention over cache and prompts [s]."""
    seen = np.minimum(b.context_tokens, d.window_tokens)
    kv_bytes = d.kv_read_bytes * b.context_tokens + d.kv_window_bytes * seen + d.state_bytes
    kv_flop = d.decode_flop * b.context_tokens + d.decode_window_flop * seen
    matrix = d.hardware.peak_bf16_flop_per_s * e.attention_efficiency
    decode = _roofline(
        b.sequences * kv_bytes / (d.hardware.bandwidth_bytes_per_s * e.kv_bandwidth_efficiency),
        b.sequences * kv_flop / matrix,
    )
    prompt_seen = np.minimum(b.prompt_context_tokens, d.window_tokens)
    prompt_flop = d.prefill_flop * b.prompt_context_tokens + d.prefill_window_flop * prompt_seen
    return decode + b.prompt_tokens * prompt_flop / matrix


def step_time_s(deployment: Deployment, efficiencies: Efficiencies, batch: Batch) -> Floats:
    """Return the time of one iteration [s], any broadcastable shape.

    Parameters
    ----------
    deployment
        Coefficients per device.
    efficiencies
        Achieved shares and overheads.
    batch
        Work of the iteration.

    References
    ----------
    Williams, Waterman, Patterson (2009), Roofline.
    Narayanan et al. (2021), Megatron-LM, section 3 (two all-reduces per layer).
    """
    tokens = batch.sequences + batch.prompt_tokens
    link = deployment.collectives * efficiencies.collective_latency_s + tokens * deployment.link_bytes_per_token / (
        deployment.hardware.link_bytes_per_s * efficiencies.link_efficiency
    )
    host = (
        efficiencies.iteration_overhead_s
        + efficiencies.layer_overhead_s * deployment.layers
        + efficiencies.expert_layer_overhead_s * deployment.moe_layers
        + efficiencies.sequence_overhead_s * batch.sequences
    )
    return _weights_s(deployment, efficiencies, batch) + _attention_s(deployment, efficiencies, batch) + link + host
