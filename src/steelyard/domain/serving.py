"""What a serving replica is, what it must hold, and what it can carry."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.accelerator import Precision
from steelyard.domain.value import Value
from steelyard.units import Count, Fraction, PerSecond, Ratio, Seconds, TokensPerSecond

__all__ = ["CapacityCurve", "LatencyQuantiles", "Parallelism", "ServingConfig", "Slo", "SloTerm"]


class SloTerm(Value):
    """One latency promise: a percentile of a metric stays at or below a threshold."""

    metric: Literal["ttft", "tpot", "e2e"]
    """What is measured."""
    percentile: Ratio
    """Percentile in percent, such as 95."""
    threshold_s: Seconds
    """Largest allowed value."""


class Slo(Value):
    """Every term must hold at once; no terms means throughput only (batch)."""

    terms: tuple[SloTerm, ...] = ()
    """The promises."""


class Parallelism(Value):
    """How one replica is spread over devices."""

    tp: Count = 1
    """Tensor parallel."""
    pp: Count = 1
    """Pipeline parallel."""
    ep: Count = 1
    """Expert parallel (devices over which routed experts are spread)."""
    dp_attention: Count = 1
    """Data-parallel attention."""

    @property
    def devices(self) -> int:
        """Devices of one replica."""
        return max(self.tp * self.dp_attention, self.ep) * self.pp


class ServingConfig(Value):
    """One way to run a model: everything the engine's start command needs."""

    model: str
    """Open model identifier."""
    accelerator: str
    """Accelerator identifier."""
    weights: Precision
    """Weight format."""
    kv: Literal["bf16", "fp8"] = "bf16"
    """KV cache format."""
    parallelism: Parallelism = Parallelism()
    """Spread of one replica."""
    max_running_requests: Count = 256
    """Most sequences in one iteration."""
    token_budget: Count = 8192
    """Most tokens computed in one iteration (chunked prefill)."""
    prefix_caching: bool = True
    """Whether shared prefixes are reused."""
    engine: str = "vllm"
    """Engine whose calibration applies."""


class LatencyQuantiles(Value):
    """Percentiles of one latency."""

    p50: Seconds
    """Median."""
    p95: Seconds
    """95th percentile."""
    p99: Seconds
    """99th percentile."""


@dataclass(frozen=True, slots=True)
class CapacityCurve:
    """How one replica answers to load, for one traffic mix; arrays of shape (n_loads,)."""

    config: ServingConfig
    """The replica."""
    load_rps: NDArray[np.float64]
    """Offered load per replica [1/s], ascending."""
    ttft_p95_s: NDArray[np.float64]
    """95th percentile of TTFT at that load [s]."""
    tpot_p95_s: NDArray[np.float64]
    """95th percentile of TPOT at that load [s]."""
    utilization_fraction: NDArray[np.float64]
    """Busy share of the replica's time at that load [1]."""
    max_rps: PerSecond
    """Highest load per replica at which every SLO term holds; 0 if none does."""
    saturated_rps: PerSecond
    """Throughput bound without any SLO."""
    output_tokens_per_s: TokensPerSecond
    """Output tokens per second at ``max_rps``."""
    ttft_s: LatencyQuantiles
    """TTFT at ``max_rps``."""
    tpot_s: LatencyQuantiles
    """TPOT at ``max_rps``."""
    max_rps_low: PerSecond
    """p10 of ``max_rps`` given calibration error."""
    max_rps_high: PerSecond
    """p90 of ``max_rps`` given calibration error."""
    headroom: Fraction
    """Share of ``max_rps`` held back so that a burst within the hour still meets the SLO."""
    binding: str = ""
    """What limits the load: ``ttft``, ``tpot``, ``kv_cache``, ``compute``; or why it cannot run."""

    def replicas(self, load_rps: NDArray[np.float64], *, spare: int = 0) -> NDArray[np.float64]:
        """Return the fewest replicas that hold ``load_rps`` [1/s] (any shape), ``spare`` more for availability."""
        usable = self.max_rps * (1.0 - self.headroom)
        if usable <= 0:
            return np.where(np.asarray(load_rps) > 0, np.inf, float(spare))
        return np.where(load_rps > 0, np.maximum(np.ceil(load_rps / usable - 1e-9), 1.0), 0.0) + spare
