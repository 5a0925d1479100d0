"""Models: open weights down to the shapes of their layers, managed models as their sellers describe them."""

from datetime import date
from typing import Literal

from steelyard.domain.accelerator import Precision
from steelyard.domain.evidence import Evidence
from steelyard.domain.value import Value
from steelyard.units import Count, Tokens

__all__ = ["Architecture", "AttentionLayers", "Capability", "FeedForwardLayers", "Licence", "ManagedModel", "OpenModel"]

Capability = Literal[
    "tools", "vision", "audio", "reasoning", "multilingual", "long_context", "structured_output", "code"
]


class AttentionLayers(Value):
    """A group of layers that share one attention shape."""

    layers: Count
    """How many layers of the model have this shape."""
    kind: Literal["full", "sliding", "mla", "linear", "sparse_mla", "sparse"]
    """``full`` covers MHA, GQA and MQA; ``linear`` keeps a constant state instead of a KV cache; ``sparse`` keeps
    every key and reads the selected ones."""
    heads: Count
    """Query heads."""
    kv_heads: Count = 0
    """Key/value heads (0 for MLA and linear attention)."""
    head_dim: Count
    """Width of a query/key head; qk_nope + qk_rope for MLA."""
    v_head_dim: Count = 0
    """Width of a value head where it differs from ``head_dim`` (0: the same)."""
    window_tokens: Count | None = None
    """Sliding window, or the number of keys a sparse index selects."""
    q_lora_rank: Count = 0
    """MLA query rank (0: none)."""
    kv_lora_rank: Count = 0
    """MLA latent width kept in the cache, without the rotary part."""
    rope_head_dim: Count = 0
    """MLA rotary width kept in the cache beside the latent."""
    tokens_per_cache_entry: Count = 1
    """Context tokens merged into one cache entry (1: one entry a token)."""
    state_bytes_per_sequence: Count = 0
    """Constant state per sequence and layer of linear attention or SSM layers, in the format it is kept in [B]."""
    parameters_per_layer: Count | None = None
    """Published or config-derived parameters of one such layer where the shapes above do not give them."""


class FeedForwardLayers(Value):
    """A group of layers that share one feed-forward shape (gated: three matrices unless said otherwise)."""

    layers: Count
    """How many layers have this shape."""
    kind: Literal["dense", "moe"]
    """Dense, or a mixture of experts."""
    width: Count
    """Intermediate width: of the dense block, or of one expert."""
    experts: Count = 0
    """Routed experts."""
    active_experts: Count = 0
    """Routed experts each token uses."""
    shared_width: Count = 0
    """Summed intermediate width of always-on shared experts."""
    latent_size: Count = 0
    """Width of the space that routed experts work in, where a projection leads into and out of it (0: residual)."""
    matrices: Count = 3
    """Weight matrices per block: 3 for gated units, 2 for plain MLPs."""


class Architecture(Value):
    """Shapes from which memory, FLOPs and bytes follow."""

    hidden_size: Count
    """Residual width."""
    vocab_size: Count
    """Vocabulary."""
    tied_embeddings: bool = False
    """Whether input and output embeddings share weights."""
    attention: tuple[AttentionLayers, ...]
    """Attention layers by shape."""
    feed_forward: tuple[FeedForwardLayers, ...]
    """Feed-forward layers by shape."""


class Licence(Value):
    """What the licence of the weights allows."""

    name: str
    """Name as published."""
    commercial_use: Literal["yes", "conditional", "no", "unknown"]
    """Whether a company may serve it."""
    user_cap: Count | None = None
    """Monthly active users above which a separate licence is needed."""
    outputs_may_train: Literal["yes", "conditional", "no", "unknown"] = "unknown"
    """Whether outputs may be used to train other models."""
    url: str | None = None
    """Text of the licence."""


class OpenModel(Value):
    """Open weights one can run."""

    id: str
    """Lower-case name used in studies, such as ``llama-3.3-70b``."""
    name: str
    """Repository name of the weights, such as ``meta-llama/Llama-3.3-70B-Instruct``."""
    aliases: tuple[str, ...] = ()
    """Other spellings met in logs, price lists and benchmarks."""
    same_shapes: tuple[str, ...] = ()
    """Weights that others tuned on the same layers: they run alike, but are priced and scored apart."""
    vendor: str
    """Who published the weights."""
    family: str
    """Family, for tuning bases and quality lineage."""
    released: date
    """Publication of the weights."""
    architecture: Architecture
    """Shapes."""
    parameters_total: Count
    """Parameters as published or computed from the shapes."""
    parameters_active: Count
    """Parameters used per token."""
    context_tokens: Tokens
    """Longest sequence."""
    native_precision: Precision = "bf16"
    """Format of the published checkpoint."""
    capabilities: tuple[Capability, ...] = ()
    """What it can do, where published."""
    licence: Licence
    """What its licence allows."""
    tuning_base: str | None = None
    """Identifier of the base model of its family for fine-tuning."""
    evidence: tuple[Evidence, ...]
    """Where the figures come from."""


class ManagedModel(Value):
    """A model sold only as a service."""

    id: str
    """``vendor/name``, such as ``openai/gpt-5.4-mini``."""
    aliases: tuple[str, ...] = ()
    """Other spellings met in logs."""
    vendor: str
    """Who sells it first-hand."""
    tier: Literal["flagship", "mid", "small", "nano", "embedding", "unknown"] = "unknown"
    """The vendor's tier, for price processes."""
    released: date | None = None
    """First availability."""
    retires: date | None = None
    """Announced retirement."""
    context_tokens: Tokens | None = None
    """Longest input plus output."""
    max_output_tokens: Tokens | None = None
    """Longest output."""
    capabilities: tuple[Capability, ...] = ()
    """What it can do, where published."""
    evidence: tuple[Evidence, ...]
    """Where the figures come from."""
