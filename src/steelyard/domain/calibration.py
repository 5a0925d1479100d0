"""How well engines use accelerators: physically bounded efficiencies, and how far predictions miss."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from steelyard.domain.accelerator import Precision
from steelyard.domain.evidence import Evidence
from steelyard.domain.value import Value
from steelyard.units import Count, Fraction, Ratio, Seconds

__all__ = ["Calibration", "EngineConstants", "ErrorQuantiles", "FittedParameter", "OwnCalibration", "Shifted"]

Shifted = Literal[
    "compute_efficiency", "bandwidth_efficiency", "kv_bandwidth_efficiency", "attention_efficiency",
    "expert_compute_ratio", "expert_bandwidth_ratio", "link_efficiency", "layer_overhead_s", "iteration_overhead_s",
    "sequence_overhead_s", "request_overhead_s",
]  # fmt: skip
"""Fields of ``EngineConstants`` that own runs may move."""


class ErrorQuantiles(Value):
    """Measured over predicted, out of sample: an 80 % interval."""

    low: Ratio
    """10th percentile."""
    high: Ratio
    """90th percentile."""
    rows: Count
    """Rows behind it."""


class EngineConstants(Value):
    """Efficiencies of one engine on one accelerator at one precision."""

    compute_efficiency: Fraction
    """Share of the dense matrix peak reached by large products."""
    bandwidth_efficiency: Fraction
    """Share of peak memory bandwidth reached while reading weights."""
    kv_bandwidth_efficiency: Fraction
    """Share of peak memory bandwidth reached while reading the cache."""
    attention_efficiency: Fraction
    """Share of the 16-bit peak reached by attention over prompts."""
    expert_compute_ratio: Fraction
    """Efficiency of products with wide routed experts over that of dense products."""
    expert_bandwidth_ratio: Fraction
    """Efficiency of reading wide routed experts over that of reading dense weights."""
    link_efficiency: Fraction
    """Share of the link's bandwidth reached by collectives."""
    collective_latency_s: Seconds
    """Fixed time of one collective."""
    layer_overhead_s: Seconds
    """Time between the kernels of one layer."""
    expert_layer_overhead_s: Seconds
    """The same for routing to experts, in layers that have them."""
    iteration_overhead_s: Seconds
    """Scheduling, sampling and host time of one iteration."""
    sequence_overhead_s: Seconds
    """The same per running sequence."""
    request_overhead_s: Seconds
    """From request received to its first iteration, and back: tokenizing, routing, streaming."""
    prefill_wait: Ratio
    """Prompts that arrive together and are waited for, as a share of the running sequences."""
    errors: Mapping[str, ErrorQuantiles] = {}
    """By metric: ``tpot``, ``ttft``, ``throughput``."""


class FittedParameter(Value):
    """One efficiency: bounds, the value where nothing is known, and shifts by level on the logit scale."""

    low: float
    """Physical lower bound, in the unit of the field of ``EngineConstants``."""
    high: float
    """Physical upper bound, in the same unit."""
    base: float
    """Position between the (logarithms of the) bounds where nothing is known, as a logit."""
    effects: Mapping[str, float] = {}
    """Level (``engine:vllm``, ``generation:hopper``, ...) -> shift of the logit."""


class Calibration(Value):
    """The fit: parameters by level, errors by group, and what it was made of."""

    parameters: Mapping[str, FittedParameter]
    """By field of ``EngineConstants``."""
    errors: Mapping[str, ErrorQuantiles]
    """Out-of-sample errors by group, ``metric/kind/knowledge``."""
    software: tuple[str, ...] = ()
    """``MAKER/ERA`` of the engines measured, such as ``amd/early``."""
    eras: Mapping[str, str]
    """Engine -> first version of its present era; older versions are a level of their own."""
    length_share: Mapping[str, Ratio] = {}
    """Word in a source's name -> mean over nominal lengths, where runs draw them below the nominal."""
    fitted_on: date
    """Date of the fit."""
    rows: Mapping[str, Count]
    """Rows used by source."""
    engine_versions: Mapping[str, tuple[str, ...]]
    """Versions seen by engine."""
    evidence: tuple[Evidence, ...]
    """Where the rows come from."""


class OwnCalibration(Value):
    """What an organisation's own measured runs changed for one accelerator, engine and weight format."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]+/[a-z0-9-]+/[a-z0-9]+$")]
    """``ACCELERATOR/ENGINE/WEIGHTS``."""
    accelerator: str
    """Accelerator identifier."""
    engine: str
    """Engine name."""
    weights: Precision
    """Weight format."""
    measured_on: date
    """Day of the calibration; decisions for earlier days do not use it."""
    files: Mapping[str, str]
    """File name -> SHA-256 of each file of runs."""
    quantities: Count
    """Measured quantities behind it."""
    error_before_fraction: Ratio
    """Median of |predicted / measured - 1| with the packaged constants."""
    error_after_fraction: Ratio
    """The same with these."""
    shifts: Mapping[Shifted, Annotated[float, Field(ge=-20, le=20)]]
    """Parameter -> shift of its logit between its physical bounds [1]."""
