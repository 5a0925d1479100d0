"""Ways to run a model on the accelerators at hand, and the one that takes the fewest devices."""

from collections.abc import Mapping, Sequence

import numpy as np

from steelyard.domain.accelerator import Accelerator, Precision
from steelyard.domain.calibration import Calibration, EngineConstants
from steelyard.domain.model import OpenModel
from steelyard.domain.serving import CapacityCurve, Parallelism, ServingConfig, Slo
from steelyard.domain.traffic import LengthCells
from steelyard.serving.capacity import Candidate, capacity_curves
from steelyard.serving.capacity_lengths import traffic_mix
from steelyard.serving.constants import resolve
from steelyard.serving.parallelism import smallest_parallelism, tensor_parallel_sizes

__all__ = ["best_config", "best_curves", "candidate_configs", "default_precisions", "devices_needed"]

LARGER_SPREADS = 2
"""Doublings of tensor parallel beyond the smallest that fits which are considered [1]."""


def default_precisions(model: OpenModel, accelerator: Accelerator) -> tuple[Precision, ...]:
    """Return the published format, and 8 bits where a 16-bit checkpoint meets hardware that computes in it."""
    if model.native_precision != "bf16":
        return (model.native_precision,)
    eight: list[Precision] = [p for p in ("fp8", "int8") if p in accelerator.peak_flop_per_s]
    return ("bf16", *eight[:1])


def candidate_configs(
    model: OpenModel, accelerators: Sequence[Accelerator], *, context_tokens: float,
    precisions: Sequence[Precision] | None = None, engine: str = "vllm",
) -> list[ServingConfig]:  # fmt: skip
    """Return the ways to run a model that fit: per accelerator and format the smallest spread and the next larger.

    Parameters
    ----------
    model
        Open weights.
    accelerators
        Devices at hand.
    context_tokens
        Mean length of a running sequence.
    precisions
        Weight formats; None means ``default_precisions``.
    engine
        Engine whose calibration applies.
    """
    found: list[ServingConfig] = []
    for accelerator in accelerators:
        for weights in precisions or default_precisions(model, accelerator):
            base = ServingConfig(model=model.id, accelerator=accelerator.id, weights=weights, engine=engine)
            smallest = smallest_parallelism(model, accelerator, base, context_tokens)
            if smallest is None:
                continue
            sizes = [size for size in tensor_parallel_sizes(model, accelerator) if size > smallest.tp]
            larger = [Parallelism(tp=size) for size in sizes[:LARGER_SPREADS]] if smallest.pp == 1 else []
            found += [base.model_copy(update={"parallelism": spread}) for spread in (smallest, *larger)]
    return found


def devices_needed(curve: CapacityCurve, load_rps: float | None) -> float:
    """Return devices for a load, or per request per second where none is given; infinite if it cannot run."""
    usable = curve.max_rps * (1.0 - curve.headroom)
    if usable <= 0:
        return np.inf
    devices = curve.config.parallelism.devices
    return devices / usable if load_rps is None else float(curve.replicas(np.array(load_rps))) * devices


def best_curves(
    models: Mapping[str, OpenModel], accelerators: Mapping[str, Accelerator], configs: Sequence[ServingConfig], *,
    calibration: Calibration, lengths: LengthCells, slo: Slo, prefix_hit_fraction: float = 0.0,
    burstiness: float = 1.0, load_rps: float | None = None,
) -> list[CapacityCurve]:  # fmt: skip
    """Return, per model, accelerator and weight format, the curve of the spread that takes the fewest devices.

    Parameters
    ----------
    models, accelerators
        By identifier, those the configurations name.
    configs
        Ways to run, as from ``candidate_configs``.
    calibration
        The fit.
    lengths, slo, prefix_hit_fraction, burstiness
        As in ``capacity_curves``.
    load_rps
        Load of the busiest hour [1/s]; None ranks by devices per request per second.

    Returns
    -------
    list
        In the order in which (model, accelerator, weights) first appear; those that cannot run say why.
    """
    candidates = _candidates(models, accelerators, configs, calibration)
    curves = capacity_curves(candidates, lengths=lengths, slo=slo, prefix_hit_fraction=prefix_hit_fraction,
                             burstiness=burstiness)  # fmt: skip
    groups: dict[tuple[str, str, str], list[CapacityCurve]] = {}
    for curve in curves:
        config = curve.config
        groups.setdefault((config.model, config.accelerator, config.weights), []).append(curve)
    return [min(group, key=lambda c: (devices_needed(c, load_rps), c.config.parallelism.devices, -c.max_rps))
            for group in groups.values()]  # fmt: skip


def best_config(
    model: OpenModel, accelerator: Accelerator, *, calibration: Calibration, lengths: LengthCells, slo: Slo,
    prefix_hit_fraction: float = 0.0, burstiness: float = 1.0, load_rps: float | None = None,
    precisions: Sequence[Precision] | None = None,
) -> CapacityCurve | None:  # fmt: skip
    """Return the curve that takes the fewest devices of one accelerator (``config`` is the choice), or None.

    Parameters
    ----------
    model, accelerator
        What runs where.
    calibration
        The fit.
    lengths, slo, prefix_hit_fraction, burstiness, load_rps
        As in ``best_curves``.
    precisions
        Weight formats; None means ``default_precisions``.
    """
    context = traffic_mix(lengths, 0.0).decode_context_tokens
    configs = candidate_configs(model, [accelerator], context_tokens=context, precisions=precisions)
    curves = best_curves({model.id: model}, {accelerator.id: accelerator}, configs, calibration=calibration,
                         lengths=lengths, slo=slo, prefix_hit_fraction=prefix_hit_fraction, burstiness=burstiness,
                         load_rps=load_rps)  # fmt: skip
    key = [(devices_needed(c, load_rps), c.config.parallelism.devices, c.config.weights) for c in curves]
    return curves[key.index(min(key))] if curves else None


def _candidates(
    models: Mapping[str, OpenModel], accelerators: Mapping[str, Accelerator], configs: Sequence[ServingConfig],
    calibration: Calibration,
) -> list[Candidate]:  # fmt: skip
    """Return the configurations with what applies to them; constants that several share are resolved once."""
    known: dict[tuple[str, str, Precision, bool], EngineConstants] = {}
    found: list[Candidate] = []
    for config in configs:
        model, accelerator = models[config.model], accelerators[config.accelerator]
        moe = any(group.kind == "moe" for group in model.architecture.feed_forward)
        key = (accelerator.id, config.engine, config.weights, moe)
        if key not in known:
            known[key] = resolve(calibration, accelerator, engine=config.engine, weights=config.weights, moe=moe)
        found.append(Candidate(model, accelerator, config, known[key]))
    return found
