"""How many devices hold a traffic at a promise: every way to run one model, cheapest first."""

import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from steelyard.domain.accelerator import Accelerator, Precision
from steelyard.domain.calibration import Calibration
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.model import OpenModel
from steelyard.domain.price import GpuOffer
from steelyard.domain.serving import CapacityCurve, LatencyQuantiles, Slo
from steelyard.domain.traffic import Profile, Trace
from steelyard.domain.value import Value
from steelyard.serving.capacity_lengths import traffic_mix
from steelyard.serving.constants import resolve
from steelyard.serving.sizing import best_curves, candidate_configs
from steelyard.study.busiest import Arena, Rank, busiest_load, hours_of, search
from steelyard.study.calibration import calibration_of, own_notes
from steelyard.study.compiled_code import COMPILING, is_compiled, keep_compiled_code
from steelyard.study.engine_commands import engine_commands
from steelyard.study.machine_names import find_accelerator, find_open_model, is_moe
from steelyard.study.played_cache import PlayedCache
from steelyard.units import (
    HOURS_PER_MONTH,
    SECONDS_PER_MONTH,
    TOKENS_PER_MTOK,
    Count,
    Fraction,
    PerSecond,
    Ratio,
    UsdPerMonth,
    UsdPerMtok,
)

__all__ = ["Interval", "Size", "SizeCandidate", "size_model"]


_UNPRICED = 1e9
"""Stands for the price of a device that nobody offers: dearer than any [USD/month]."""
_ROUNDING = 1e-9
"""Load beyond a whole number of replicas that is forgiven as rounding [1]."""


class Interval(Value):
    """80 % interval of one figure, in the figure's own unit."""

    low: Ratio | None
    """10th percentile; null where it has no bound."""
    high: Ratio | None
    """90th percentile; null where it has no bound."""


class SizeCandidate(Value):
    """One way to run the model."""

    model: str
    """Open model."""
    accelerator: str
    """Accelerator."""
    precision: str
    """Weight format."""
    tp: Count
    """Tensor parallel."""
    pp: Count
    """Pipeline parallel."""
    ep: Count
    """Expert parallel."""
    gpus_per_replica: Count
    """Devices per replica."""
    replicas: Count
    """Replicas that hold the busiest hour, spare included."""
    goodput_rps: PerSecond
    """Load one replica holds within the promises, bursts included."""
    ttft_s: LatencyQuantiles
    """Time to first token in the busiest hour as played; without playing, at the most one replica holds."""
    tpot_s: LatencyQuantiles
    """Time per output token, likewise."""
    utilization_fraction: Fraction
    """Mean load of the week over what the replicas could hold."""
    offer: str | None
    """Cheapest on-demand offer; null where none is known."""
    usd_per_month: UsdPerMonth | None
    """Whole instances of that offer, held all month; null without an offer."""
    usd_per_mtok: UsdPerMtok | None
    """The same per million tokens served."""
    interval: dict[str, Interval]
    """80 % intervals of replicas, goodput_rps, utilization_fraction, usd_per_month and usd_per_mtok, and of the 95th
    percentiles of ttft_s and tpot_s, by how far predictions of either miss."""
    binding: str
    """What limits the load."""
    simulated: bool
    """Whether the busiest hour was played request by request; else closed forms, which are less sure of TTFT."""
    max_running_requests: Count
    """Requests in one iteration at most."""
    token_budget: Count
    """Tokens in one iteration at most."""
    start_command: str
    """The engine's start command with these settings."""
    benchmark_command: str
    """Measures one replica at its goodput; ``calibrate`` reads the file it writes."""


class Size(Value):
    """What ``size --json`` prints."""

    as_of: date
    """Day of the facts."""
    model: str
    """Open model."""
    peak_rps: PerSecond
    """Load of the busiest hour."""
    mean_rps: PerSecond
    """Mean load of the week."""
    candidates: tuple[SizeCandidate, ...]
    """Ways to run it that hold the promises, cheapest a month first, those without a price last."""
    replicas_by_hour: tuple[Count, ...] = ()
    """Of the first candidate, Monday 00:00 UTC first, each number of replicas checked on its busiest hour."""
    ruled_out: dict[str, str]
    """``accelerator precision`` -> why it cannot hold the promises."""
    notes: tuple[str, ...] = ()
    """What a reader should know."""


class _Load(NamedTuple):
    """The traffic in the numbers that sizing needs."""

    peak_rps: float
    mean_rps: float
    mtok_per_month: float
    spare: int


def size_model(
    model: str, profile: Profile, slo: Slo, catalogue: Catalogue, *, accelerator: str | None = None,
    precision: Precision | None = None, spare: int = 0, trace: Trace | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Size:  # fmt: skip
    """Return every way to run a model that holds a traffic at its promises.

    Parameters
    ----------
    model
        Open model, by any spelling the catalogue knows.
    profile
        Traffic: hours of the week, lengths, burstiness, cached share.
    slo
        Latency promises.
    catalogue
        Models, accelerators, offers.
    accelerator, precision
        Restrict the search; None tries all on offer.
    spare
        Replicas held beside those the load needs.
    trace
        The log's own requests, where there is one; the finalists are played on its busiest hour.
    progress
        Told what is being done.

    Raises
    ------
    UnknownNameError
        If nobody knows the model or the accelerator.
    """
    weights, fit = find_open_model(model, catalogue, where="--model"), calibration_of(catalogue)
    devices = _accelerators(accelerator, catalogue)
    cells = profile.joint.cells
    mean = float(np.mean(profile.hour_of_week_rps))
    tokens = (profile.mean_input_tokens + profile.mean_output_tokens) * mean * SECONDS_PER_MONTH
    load = _Load(float(np.max(profile.hour_of_week_rps)), mean, tokens / TOKENS_PER_MTOK, spare)
    configs = candidate_configs(weights, devices, context_tokens=traffic_mix(cells, 0.0).decode_context_tokens,
                                precisions=[precision] if precision else None)  # fmt: skip
    curves = best_curves(
        {weights.id: weights}, {device.id: device for device in devices}, configs, calibration=fit,
        lengths=cells, slo=slo, prefix_hit_fraction=profile.cached_fraction,
        burstiness=max(profile.inter_arrival_cv, 1.0), load_rps=load.peak_rps,
    ) if configs else []  # fmt: skip
    able = [curve for curve in curves if curve.max_rps > 0]
    if not able:
        return Size(as_of=catalogue.as_of, model=weights.id, peak_rps=load.peak_rps, mean_rps=mean, candidates=(),
                    ruled_out=_ruled_out(curves, devices), notes=profile.warnings)  # fmt: skip
    keep_compiled_code()
    progress("playing the busiest hour" if is_compiled() else COMPILING)
    arena = Arena({weights.id: weights}, {d.id: d for d in devices}, fit, profile,
                  busiest_load(profile, trace), slo, PlayedCache())  # fmt: skip
    found = search(able, arena, [Rank(lambda curve: _rank(curve, load, catalogue))],
                   considered=len(able))  # fmt: skip
    played = {curve.config: engine for curve, engine in found.played.values()}
    every = [*(curve for curve, _ in found.played.values()), *found.unplayed.values()]
    candidates = sorted(
        ((_candidate(c, weights, load, catalogue, profile, fit=fit, simulated=c.config in played), c) for c in every),
        key=lambda pair: _order(pair[0]),
    )
    best = next((curve for _, curve in candidates if curve.config in played), None)
    progress("playing the hours of the week")
    return Size(
        as_of=catalogue.as_of, model=weights.id, peak_rps=load.peak_rps, mean_rps=mean,
        candidates=tuple(candidate for candidate, _ in candidates),
        replicas_by_hour=hours_of(best, played[best.config], profile, arena.load, slo) if best else (),
        ruled_out=_ruled_out([*(c for c in curves if c.max_rps <= 0), *able, *found.failed], devices),
        notes=(*profile.warnings, *own_notes(catalogue)),
    )  # fmt: skip


def _rank(curve: CapacityCurve, load: _Load, catalogue: Catalogue) -> float:
    """Return the bill of a month [USD]; without an offer, a bill after all others that grows with the devices."""
    devices = curve.config.parallelism.devices
    replicas = _replicas(load, curve.max_rps * (1.0 - curve.headroom))
    if replicas is None:
        return math.inf
    usd = _usd(_cheapest(replicas, devices, curve.config.accelerator, catalogue), replicas, devices)
    return _UNPRICED * replicas * devices if usd is None else usd


def _accelerators(name: str | None, catalogue: Catalogue) -> list[Accelerator]:
    if name is not None:
        return [find_accelerator(name, catalogue, where="--accelerator")]
    offered = {offer.accelerator for offer in catalogue.gpu_offers}
    return [catalogue.accelerators[a] for a in sorted(offered) if a in catalogue.accelerators]


def _order(candidate: SizeCandidate) -> tuple[float, int, str, str]:
    usd = math.inf if candidate.usd_per_month is None else candidate.usd_per_month
    devices = candidate.replicas * candidate.gpus_per_replica
    return (usd, devices, candidate.accelerator, candidate.precision)


def _candidate(
    curve: CapacityCurve, model: OpenModel, load: _Load, catalogue: Catalogue, profile: Profile, *,
    fit: Calibration, simulated: bool,
) -> SizeCandidate:  # fmt: skip
    config, spread = curve.config, curve.config.parallelism
    held = 1.0 - curve.headroom
    goodput, worst, best = (rps * held for rps in (curve.max_rps, curve.max_rps_low, curve.max_rps_high))
    replicas, most, least = _replicas(load, goodput), _replicas(load, worst), _replicas(load, best)
    assert replicas is not None, "a curve that carries nothing is no candidate"
    offer = _cheapest(replicas, spread.devices, config.accelerator, catalogue)
    usd, high, low = (_usd(offer, n, spread.devices) for n in (replicas, most, least))
    mtok = load.mtok_per_month
    busy = load.mean_rps / (replicas * goodput)
    shares = [share for n, rps in ((least, best), (most, worst)) if (share := _share(load, n, rps)) is not None]
    commands = engine_commands(config, model, profile, goodput)
    return SizeCandidate(
        model=model.id, accelerator=config.accelerator, precision=config.weights, tp=spread.tp, pp=spread.pp,
        ep=spread.ep, gpus_per_replica=spread.devices, replicas=replicas, goodput_rps=goodput, ttft_s=curve.ttft_s,
        tpot_s=curve.tpot_s, utilization_fraction=busy,
        offer=offer.id if offer else None, usd_per_month=usd, usd_per_mtok=_over(usd, mtok),
        interval={
            "replicas": Interval(low=least, high=most),
            "goodput_rps": Interval(low=worst, high=best),
            "utilization_fraction": Interval(low=min([busy, *shares]), high=max([busy, *shares])),
            "usd_per_month": Interval(low=low, high=high),
            "usd_per_mtok": Interval(low=_over(low, mtok), high=_over(high, mtok)),
            **_latency(curve, model, catalogue, fit),
        },
        binding=curve.binding,
        simulated=simulated,
        max_running_requests=config.max_running_requests,
        token_budget=config.token_budget,
        start_command=commands.start,
        benchmark_command=commands.benchmark,
    )  # fmt: skip


def _latency(curve: CapacityCurve, model: OpenModel, catalogue: Catalogue, fit: Calibration) -> dict[str, Interval]:
    """Return the intervals of the 95th percentiles, given how far predictions of each kind miss where measured."""
    config = curve.config
    errors = resolve(fit, catalogue.accelerators[config.accelerator], engine=config.engine, weights=config.weights,
                     moe=is_moe(model)).errors  # fmt: skip
    told = {"ttft_s": ("ttft", curve.ttft_s.p95), "tpot_s": ("tpot", curve.tpot_s.p95)}
    return {name: Interval(low=p95 * errors[kind].low, high=p95 * errors[kind].high)
            for name, (kind, p95) in told.items() if kind in errors}  # fmt: skip


def _replicas(load: _Load, goodput_rps: float) -> int | None:
    """Return the fewest replicas that hold the busiest hour, spare included; None if none can."""
    if goodput_rps <= 0:
        return None
    return max(math.ceil(load.peak_rps / goodput_rps - _ROUNDING), 1) + load.spare


def _cheapest(replicas: int, devices: int, accelerator: str, catalogue: Catalogue) -> GpuOffer | None:
    """Return the on-demand offer that bills least for those replicas."""
    offers = [o for o in catalogue.gpu_offers if o.accelerator == accelerator and o.price_type == "on_demand"]
    return min(offers, key=lambda o: (_usd(o, replicas, devices) or math.inf, o.id), default=None)


def _usd(offer: GpuOffer | None, replicas: int | None, devices: int) -> float | None:
    """Return the bill of a month [USD] for whole instances; a replica does not straddle instances it fits into."""
    if offer is None or replicas is None:
        return None
    each = offer.devices // devices
    instances = math.ceil(replicas / each) if each else replicas * math.ceil(devices / offer.devices)
    return instances * offer.devices * offer.usd_per_device_h * HOURS_PER_MONTH


def _share(load: _Load, replicas: int | None, goodput_rps: float) -> float | None:
    return None if replicas is None or goodput_rps <= 0 else load.mean_rps / (replicas * goodput_rps)


def _over(usd: float | None, mtok: float) -> float | None:
    return None if usd is None or mtok <= 0 else usd / mtok


def _ruled_out(curves: Sequence[CapacityCurve], devices: Sequence[Accelerator]) -> dict[str, str]:
    """Say why the rest cannot hold the promises; an accelerator without any configuration is too small."""
    told = {f"{c.config.accelerator} {c.config.weights}": c.binding for c in curves if c.max_rps <= 0}
    met = {c.config.accelerator for c in curves}
    return told | {device.id: "the weights do not fit" for device in devices if device.id not in met}
