"""An accelerator as its datasheet states it: dense rates, memory, links, power."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from steelyard.domain.evidence import Evidence
from steelyard.domain.value import Value
from steelyard.units import Bytes, BytesPerSecond, Count, FlopPerSecond, Ratio, Watts

__all__ = ["Accelerator", "Precision"]

Precision = Literal["bf16", "fp8", "int8", "fp4", "int4"]
"""Storage format of weights: ``fp4`` stands for mxfp4 and nvfp4, ``int4`` for weight-only AWQ and GPTQ."""


class Accelerator(Value):
    """One accelerator type; rates are dense (no sparsity), per device."""

    id: str
    """Lower-case name used in studies, such as ``h100-sxm``."""
    name: str
    """Name as printed by the vendor."""
    vendor: str
    """Who makes it."""
    generation: str
    """Architecture family for calibration, such as ``hopper``."""
    aliases: tuple[str, ...] = ()
    """Other spellings met in logs, benchmarks and price lists."""
    peak_flop_per_s: Mapping[Literal["bf16", "fp8", "int8", "fp4"], FlopPerSecond]
    """Dense matrix rate by arithmetic format; a missing format is not supported in hardware."""
    memory_bytes: Bytes
    """Device memory."""
    memory_bandwidth_bytes_per_s: BytesPerSecond
    """Peak memory bandwidth."""
    link: Literal["nvlink", "infinity_fabric", "pcie", "ici", "neuronlink", "roce"]
    """Fastest link between devices of one server."""
    link_bytes_per_s: BytesPerSecond
    """Link bandwidth per device, one direction."""
    devices_per_server: Count
    """Devices in the usual server or scale-up domain."""
    tdp_w: Watts | None = None
    """Board power; absent where unpublished."""
    released: date | None = None
    """First availability to customers (first of the month where only the month is known)."""
    successors: tuple[str, ...] = ()
    """Identifiers of accelerators that replace it."""
    software_maturity: Mapping[str, Literal["mature", "usable", "early"]] = {}
    """Maturity by engine: vllm, sglang, tensorrt-llm."""
    host_power_ratio: Ratio = 1.0
    """Server power at the wall over the sum of its devices' board power; 1 where unknown and then stated so."""
    evidence: tuple[Evidence, ...]
    """Where the figures come from."""
