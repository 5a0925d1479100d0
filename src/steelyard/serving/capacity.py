"""How one replica answers to load, in closed form: decode's fixed point, prefill's share, queueing.

The mean batch, not the load, is the independent variable: Little's law turns it into a load, so that no equation
needs solving. First-token times are approximations (heavy-traffic waiting); the simulator is the reference for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.calibration import EngineConstants
from steelyard.domain.model import OpenModel
from steelyard.domain.serving import CapacityCurve, LatencyQuantiles, ServingConfig, Slo, SloTerm
from steelyard.domain.traffic import LengthCells
from steelyard.serving.capacity_lengths import TrafficMix, traffic_mix, weighted_quantile
from steelyard.serving.constants import as_arrays
from steelyard.serving.memory import BYTES_PER_KV_VALUE, kv_bytes_per_sequence, kv_capacity_bytes
from steelyard.serving.parallelism import deployments
from steelyard.serving.shapes import Floats, model_shapes
from steelyard.serving.step_time import Batch, Efficiencies, step_time_s
from steelyard.serving.waiting import late_quantile_s

__all__ = ["Candidate", "capacity_curve", "capacity_curves"]

POINTS = 40
"""Batches at which a curve is computed [1]."""
SMALLEST_BATCH = 0.02
"""Mean batch of the lightest load on the curve [sequence]."""
BUSY_SHARE_CAP = 0.999
"""Utilization at which queueing formulas are cut off [1]."""
ADMISSION_PERCENTILE = 95.0
"""Share of the time in which the running batch must stay below its limit [%]."""
BURST_S = 60.0
"""Length of the burst a fleet must absorb without another replica: faster than any start-up [s]."""
MINUTES_PER_HOUR = 60
REPORTED_PERCENTILES = (50.0, 95.0, 99.0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to run a model, with the constants that apply to it."""

    model: OpenModel
    accelerator: Accelerator
    config: ServingConfig
    constants: EngineConstants


@dataclass(frozen=True, slots=True)
class _Loaded:
    """State of each replica at each load, arrays of shape (n_configs, n_loads) unless said otherwise."""

    batch: Floats
    load_rps: Floats
    burst_tpot_s: Floats
    """Iteration time at one standard deviation of the batch above its mean."""
    iteration_s: Floats
    """Iteration time an arriving request meets."""
    prompt_token_s: Floats
    """Time per prompt token of a request being admitted."""
    request_overhead_s: Floats
    """Shape (n_configs, 1)."""
    variance_ratio: float
    """Squared coefficient of variation of gaps between arrivals."""
    limit: Floats
    """Largest batch, shape (n_configs, 1)."""


def _z(percentile: float) -> float:
    return NormalDist().inv_cdf(min(max(percentile / 100.0, 1e-6), 1.0 - 1e-6))


def _column(values: Floats) -> Floats:
    return values[:, None]


class _Replicas:
    """Step times of many replicas under one traffic mix."""

    def __init__(self, candidates: Sequence[Candidate], mix: TrafficMix) -> None:
        self.mix = mix
        deployed = deployments([c.model for c in candidates], [c.accelerator for c in candidates],
                               [c.config for c in candidates])  # fmt: skip
        hardware = type(deployed.hardware)(*(_column(peak) for peak in deployed.hardware))
        self.deployment = type(deployed)(*(_column(x) for x in deployed[:-1]), hardware)  # type: ignore[arg-type]
        self.efficiencies = Efficiencies(*(_column(x) for x in as_arrays([c.constants for c in candidates])))
        self.stages = _column(np.array([float(c.config.parallelism.pp) for c in candidates]))
        self.budget = _column(np.array([float(c.config.token_budget) for c in candidates]))

    def iteration_s(self, sequences: Floats, prompt_tokens: Floats) -> Floats:
        """Time of an iteration; pipeline stages each carry their share of the batch."""
        shape = np.broadcast(sequences, prompt_tokens).shape
        batch = Batch(
            sequences=np.broadcast_to(sequences, shape) / self.stages,
            context_tokens=np.float64(self.mix.decode_context_tokens),  # type: ignore[arg-type]
            prompt_tokens=prompt_tokens / self.stages,
            prompt_context_tokens=np.float64(self.mix.prompt_context_tokens),  # type: ignore[arg-type]
        )
        return step_time_s(self.deployment, self.efficiencies, batch)

    def prompts_beside(self, sequences: Floats) -> Floats:
        """Prompt tokens per iteration that keep the batch steady."""
        return sequences * self.mix.prompt_tokens / self.mix.output_tokens


def _largest_batch(candidates: Sequence[Candidate], mix: TrafficMix) -> Floats:
    """Sequences a replica runs at most: engine limit, cache, or token budget; shape (n_configs,)."""
    context = np.float64(mix.decode_context_tokens)
    limits: list[float] = []
    for c in candidates:
        shapes = model_shapes(c.model.architecture)
        free = float(kv_capacity_bytes(shapes, c.accelerator, c.config))
        each = float(kv_bytes_per_sequence(shapes, BYTES_PER_KV_VALUE[c.config.kv], context))  # type: ignore[arg-type]
        in_cache = max(free, 0.0) / each if each > 0 else np.inf
        in_budget = c.config.token_budget / (1.0 + mix.prompt_tokens / mix.output_tokens)
        limits.append(min(float(c.config.max_running_requests), in_cache, in_budget))
    return np.array(limits)


def _load(candidates: Sequence[Candidate], mix: TrafficMix, limits: Floats, burstiness: float) -> _Loaded:
    replicas = _Replicas(candidates, mix)
    top = _column(np.maximum(limits, 1.0))
    batch = SMALLEST_BATCH * (top / SMALLEST_BATCH) ** np.linspace(0.0, 1.0, POINTS)
    mean_s = replicas.iteration_s(np.maximum(batch, 1.0), replicas.prompts_beside(batch))
    load = batch / (mix.output_tokens * mean_s)
    spread = np.sqrt(batch * max(burstiness, 0.0) ** 2)
    met = np.minimum(batch + 1.0, top)
    high = np.minimum(met + spread, np.maximum(top, met))
    space = np.maximum(replicas.budget - met, 1.0)
    chunk = np.minimum(mix.prompt_tokens, space)
    alone = replicas.iteration_s(met, np.zeros_like(met))
    with_prompt = replicas.iteration_s(met, chunk)
    return _Loaded(
        batch=batch,
        load_rps=np.maximum.accumulate(load, axis=1),
        burst_tpot_s=replicas.iteration_s(high, replicas.prompts_beside(high)),
        iteration_s=replicas.iteration_s(met, replicas.prompts_beside(batch)),
        prompt_token_s=np.maximum(with_prompt - alone, 0.0) / chunk + alone / np.maximum(space, chunk),
        request_overhead_s=replicas.efficiencies.request_overhead_s,
        variance_ratio=max(burstiness, 0.0) ** 2,
        limit=top,
    )


def _tpot_s(s: _Loaded, percentile: float) -> Floats:
    """Quantile of TPOT: the batch varies around its mean, and TPOT with it."""
    z = _z(percentile)
    return s.iteration_s * (np.maximum(s.burst_tpot_s, s.iteration_s) / s.iteration_s) ** z


def _ttft_s(s: _Loaded, mix: TrafficMix, percentile: float) -> Floats:
    """Quantile of TTFT: overhead, rest of the running iteration, wait for prompts ahead, own prompt.

    Waiting follows an exponential tail with Kingman's mean, exact for Poisson arrivals and exponential work.
    """
    work = s.prompt_token_s * mix.prompt_tokens
    busy = np.minimum(s.load_rps * work, BUSY_SHARE_CAP)
    work_variance = max(mix.prompt_second_moment / mix.prompt_tokens**2 - 1.0, 0.0)
    mean_wait = (s.variance_ratio + work_variance) / 2.0 * busy / (1.0 - busy) * work
    decay: Floats = np.maximum(mean_wait / np.maximum(busy, 1e-12), 1e-12)
    own: Floats = s.prompt_token_s[..., None] * mix.prompt_points + s.iteration_s[..., None]
    return late_quantile_s(own, busy, decay, 1.0 - percentile / 100.0) + s.request_overhead_s


def _term_s(s: _Loaded, mix: TrafficMix, term: SloTerm) -> Floats:
    """Quantile of the metric a term bounds, shape (n_configs, n_loads)."""
    if term.metric == "ttft":
        return _ttft_s(s, mix, term.percentile)
    if term.metric == "tpot":
        return _tpot_s(s, term.percentile)
    length = float(weighted_quantile(mix.output_lengths, mix.weight, np.float64(term.percentile / 100.0)))  # type: ignore[arg-type]
    return _ttft_s(s, mix, 50.0) + length * _tpot_s(s, 50.0)


def _admitted(s: _Loaded) -> Floats:
    """Batch at the upper percentile over its limit: above one, requests queue for cache or a place."""
    return (s.batch + _z(ADMISSION_PERCENTILE) * np.sqrt(s.batch * s.variance_ratio)) / s.limit


def _crossing(load: Floats, strain: Floats) -> Floats:
    """Highest load up to which the strain stays at or below one, interpolated; shape (n_configs,)."""
    broken = strain > 1.0
    first = np.argmax(broken, axis=1)
    rows = np.arange(len(load))
    before = np.maximum(first - 1, 0)
    x0, x1 = strain[rows, before], strain[rows, first]
    share = np.clip((1.0 - x0) / np.maximum(x1 - x0, 1e-12), 0.0, 1.0)
    inside = load[rows, before] + share * (load[rows, first] - load[rows, before])
    found = np.where(first == 0, 0.0, inside)
    return np.where(broken.any(axis=1), found, load[:, -1])


def _strains(s: _Loaded, mix: TrafficMix, slo: Slo) -> dict[str, Floats]:
    """Each bound as latency over threshold (1 is the edge), by name."""
    strains: dict[str, Floats] = {}
    for term in slo.terms:
        strain = _term_s(s, mix, term) / max(term.threshold_s, 1e-12)
        strains[term.metric] = np.maximum(strains.get(term.metric, strain), strain)
    if slo.terms:
        strains["kv_cache"] = _admitted(s)
    return strains


def capacity_curves(
    candidates: Sequence[Candidate], *, lengths: LengthCells, slo: Slo, prefix_hit_fraction: float = 0.0,
    burstiness: float = 1.0,
) -> list[CapacityCurve]:  # fmt: skip
    """Return how each replica answers to load; infeasible ones have ``max_rps`` 0 and say why.

    Parameters
    ----------
    candidates
        Ways to run models.
    lengths
        Request lengths.
    slo
        Promises; none means throughput only.
    prefix_hit_fraction
        Share of input tokens found in a prefix cache [1], used where the configuration caches prefixes.
    burstiness
        Coefficient of variation of gaps between arrivals within an hour [1], 1 for Poisson.

    References
    ----------
    Kingman (1961), The single server queue in heavy traffic. Little (1961), L = lambda W.
    """
    curves: dict[int, CapacityCurve] = {}
    for caching in (True, False):
        chosen = [i for i, c in enumerate(candidates) if c.config.prefix_caching is caching]
        if not chosen:
            continue
        mix = traffic_mix(lengths, prefix_hit_fraction if caching else 0.0)
        found = _curves([candidates[i] for i in chosen], mix, slo, burstiness)
        curves.update(zip(chosen, found, strict=True))
    return [curves[i] for i in range(len(candidates))]


def capacity_curve(
    model: OpenModel, accelerator: Accelerator, config: ServingConfig, *, lengths: LengthCells, slo: Slo,
    constants: EngineConstants, prefix_hit_fraction: float = 0.0, burstiness: float = 1.0,
) -> CapacityCurve:  # fmt: skip
    """Return how one replica answers to load; see ``capacity_curves``.

    Parameters
    ----------
    model, accelerator, config
        What runs where and how.
    lengths, slo, prefix_hit_fraction, burstiness
        As in ``capacity_curves``.
    constants
        Efficiencies that apply.
    """
    return capacity_curves([Candidate(model, accelerator, config, constants)], lengths=lengths, slo=slo,
                           prefix_hit_fraction=prefix_hit_fraction, burstiness=burstiness)[0]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Edges:
    """Highest loads of each replica, arrays of shape (n_configs,)."""

    best: Floats
    slow: Floats
    """If times are at the 90th percentile of their error."""
    fast: Floats
    """If times are at the 10th percentile of their error."""
    binding: list[str]


def _edges(candidates: Sequence[Candidate], s: _Loaded, strains: dict[str, Floats]) -> _Edges:
    top: Floats = s.load_rps[:, -1]
    each = {name: _crossing(s.load_rps, strain) for name, strain in strains.items()}
    best = np.min([top, *each.values()], axis=0)
    errors = [c.constants.errors.get("tpot") for c in candidates]
    low: Floats = np.array([1.0 if error is None else error.low for error in errors])
    high: Floats = np.array([1.0 if error is None else error.high for error in errors])
    binding = [next((name for name, edge in each.items() if edge[i] <= best[i] < top[i]), "compute")
               for i in range(len(candidates))]  # fmt: skip
    return _Edges(best, np.minimum(_edge_at(s, strains, high), best), np.maximum(_edge_at(s, strains, low), best),
                  binding)  # fmt: skip


def _curves(candidates: Sequence[Candidate], mix: TrafficMix, slo: Slo, burstiness: float) -> list[CapacityCurve]:
    limits = _largest_batch(candidates, mix)
    s = _load(candidates, mix, limits, burstiness)
    edges = _edges(candidates, s, _strains(s, mix, slo))
    ttft = np.maximum.accumulate([_ttft_s(s, mix, p) for p in REPORTED_PERCENTILES])
    tpot = np.maximum.accumulate([_tpot_s(s, p) for p in REPORTED_PERCENTILES])
    curves: list[CapacityCurve] = []
    for i, candidate in enumerate(candidates):
        if limits[i] < 1.0:
            curves.append(_unable(candidate.config, _why_not(candidate)))
            continue
        best = float(edges.best[i])
        curves.append(CapacityCurve(
            config=candidate.config,
            load_rps=s.load_rps[i],
            ttft_p95_s=ttft[1, i],
            tpot_p95_s=tpot[1, i],
            utilization_fraction=-np.expm1(-s.batch[i]),
            max_rps=best,
            saturated_rps=float(s.load_rps[i, -1]),
            output_tokens_per_s=best * mix.output_tokens,
            ttft_s=_quantiles_at(best, s.load_rps[i], ttft[:, i]),
            tpot_s=_quantiles_at(best, s.load_rps[i], tpot[:, i]),
            max_rps_low=float(edges.slow[i]),
            max_rps_high=float(edges.fast[i]),
            headroom=_headroom(best, burstiness),
            binding=edges.binding[i] if best > 0 else f"{edges.binding[i]}: not met by a single request",
        ))  # fmt: skip
    return curves


def _quantiles_at(load_rps: float, loads: Floats, values: Floats) -> LatencyQuantiles:
    """Percentiles at a load; ``values`` has shape (3, n_loads) in the order of ``REPORTED_PERCENTILES``."""
    rows: list[Floats] = [values[k] for k in range(len(REPORTED_PERCENTILES))]
    p50, p95, p99 = (float(np.interp(np.float64(load_rps), loads, row)) for row in rows)
    return LatencyQuantiles(p50=p50, p95=p95, p99=p99)


def _edge_at(s: _Loaded, strains: dict[str, Floats], slower: Floats) -> Floats:
    """Highest load if all times were ``slower`` by a factor, shape (n_configs,)."""
    factor = slower[:, None]
    load: Floats = s.load_rps / factor
    edges: list[Floats] = [
        _crossing(load, strain * (1.0 if name == "kv_cache" else factor)) for name, strain in strains.items()
    ]
    return np.min([load[:, -1], *edges], axis=0)


def _headroom(max_rps: float, burstiness: float) -> float:
    """Share of the load held back so that the busiest minute of an hour still stays below ``max_rps``.

    Counts in a minute of a renewal process scatter by ``burstiness`` times the root of their mean; the busiest of
    sixty minutes lies at the 1 - 1/60 quantile.
    """
    if max_rps <= 0 or burstiness <= 0:
        return 0.0
    z = NormalDist().inv_cdf(1.0 - 1.0 / MINUTES_PER_HOUR)
    excess = z * burstiness / np.sqrt(max_rps * BURST_S)
    return float(excess / (1.0 + excess))


def _why_not(candidate: Candidate) -> str:
    shapes = model_shapes(candidate.model.architecture)
    free = float(kv_capacity_bytes(shapes, candidate.accelerator, candidate.config))
    if free <= 0:
        return "memory: the weights do not fit"
    return "kv_cache: not one typical request fits beside the weights"


def _unable(config: ServingConfig, why: str) -> CapacityCurve:
    zero = np.zeros(1)
    never = LatencyQuantiles(p50=0.0, p95=0.0, p99=0.0)
    return CapacityCurve(config=config, load_rps=zero, ttft_p95_s=zero, tpot_p95_s=zero, utilization_fraction=zero,
                         max_rps=0.0, saturated_rps=0.0, output_tokens_per_s=0.0, ttft_s=never, tpot_s=never,
                         max_rps_low=0.0, max_rps_high=0.0, headroom=0.0, binding=why)  # fmt: skip
