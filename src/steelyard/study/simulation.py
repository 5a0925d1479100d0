"""A log played against a fleet: what each request would have waited, and how the machines would have been used."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from steelyard.domain.accelerator import Accelerator, Precision
from steelyard.domain.calibration import EngineConstants
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.model import OpenModel
from steelyard.domain.serving import Parallelism, ServingConfig
from steelyard.domain.value import Value
from steelyard.errors import Fault, InputError
from steelyard.serving.commands import start_command
from steelyard.serving.constants import resolve
from steelyard.serving.parallelism import fits
from steelyard.study.calibration import calibration_of, own_notes
from steelyard.study.compiled_code import COMPILING, is_compiled, keep_compiled_code
from steelyard.study.machine_names import find_accelerator, find_open_model, is_moe
from steelyard.units import Count, Fraction, PerSecond, Seconds, Tokens, TokensPerSecond

if TYPE_CHECKING:
    from steelyard.domain.traffic import PrefixBlocks, Trace
    from steelyard.serving.simulator.outcome import Simulation

__all__ = ["Latency", "Played", "ReplicaPlayed", "Setup", "simulate_log"]

Routing = Literal["round_robin", "least_loaded", "power_of_two", "prefix_affinity"]
_PERCENTILES = (0.5, 0.95, 0.99, 1.0)


class Setup(NamedTuple):
    """The fleet to play a log against."""

    model: str
    accelerator: str
    tp: int = 1
    replicas: int = 1
    precision: Precision | None = None
    routing: Routing = "round_robin"
    prefix_caching: bool = True
    max_running_requests: int = 256
    token_budget: int = 8192
    least_replicas: int | None = None
    """Replicas kept on at all times, the others as the work asks; None keeps all on."""
    start_up_s: float = 300.0
    """From ordered to serving, under autoscaling [s]."""
    target_in_flight: int = 32
    """Requests per replica that autoscaling aims at."""


class Latency(Value):
    """Order statistics of one latency over finished requests."""

    p50: Seconds
    """Median."""
    p95: Seconds
    """95th percentile."""
    p99: Seconds
    """99th percentile."""
    max: Seconds
    """Largest."""
    low: Seconds | None = None
    """p10 of the 95th percentile, given how far predictions miss; absent where that is not measured."""
    high: Seconds | None = None
    """p90 of the same."""


class ReplicaPlayed(Value):
    """How one replica was used."""

    busy_fraction: Fraction
    """Share of the time in which it computed."""
    kv_mean_fraction: Fraction
    """Share of its cache that held tokens in use, mean over time."""
    kv_peak_fraction: Fraction
    """Largest share of its cache blocks in use."""
    preemptions: Count
    """Requests put back for lack of cache."""
    finished: Count
    """Requests answered."""
    paid_s: Seconds
    """From ordered to given back."""


class Played(Value):
    """What ``simulate --json`` prints."""

    as_of: date
    """Day of the facts."""
    model: str
    """Open model."""
    accelerator: str
    """Accelerator."""
    precision: str
    """Weight format."""
    tp: Count
    """Tensor parallel."""
    replicas: Count
    """Replicas."""
    routing: str
    """How a request finds its replica."""
    prefix_caching: bool
    """Whether prompts' prefixes are reused."""
    arrived: Count
    """Requests of the log."""
    finished: Count
    """Requests answered."""
    rejected: Count
    """Requests longer than the cache of a replica."""
    span_s: Seconds
    """From the first arrival to the last token."""
    output_tokens_per_s: TokensPerSecond
    """Of the whole fleet."""
    goodput_rps: PerSecond
    """Requests per second that met both promises; all of them where none is given."""
    within_fraction: Fraction
    """Share of arrived requests that met both promises."""
    prefix_hit_fraction: Fraction
    """Share of input tokens found in the cache."""
    kv_capacity_tokens: Tokens
    """Tokens one replica's cache holds."""
    queue_s: Latency
    """From arrival to its first iteration."""
    ttft_s: Latency
    """From arrival to the first token."""
    tpot_s: Latency | None
    """Mean gap between tokens; absent where no request has two."""
    longest_gap_s: Latency | None
    """Longest gap between two tokens of a request."""
    e2e_s: Latency
    """From arrival to the last token."""
    use: tuple[ReplicaPlayed, ...]
    """By replica."""
    start_command: str
    """The engine's start command with the settings simulated."""
    warnings: tuple[str, ...]
    """What to know of the log."""


def simulate_log(
    logs: Sequence[Path], setup: Setup, catalogue: Catalogue, *, ttft_p95_s: float | None = None,
    tpot_p95_s: float | None = None, progress: Callable[[str], None] = lambda _: None,
) -> Played:  # fmt: skip
    """Return what happens to the requests of logs on a fleet.

    Parameters
    ----------
    logs
        Usage logs with one row per request.
    setup
        The fleet.
    catalogue
        Facts.
    ttft_p95_s, tpot_p95_s
        Promises [s] that goodput counts; None for none.
    progress
        Told what is being done.

    Raises
    ------
    UnknownNameError
        If the model or the accelerator is not known.
    InputError
        If the weights do not fit, or no request can be answered.
    LogError
        If a log cannot be read or has totals only.
    """
    from steelyard.ingest import read_logs  # noqa: PLC0415  loads the query engine
    from steelyard.ingest.trace import prefixes_of, trace_of  # noqa: PLC0415

    model, device, config = _config(setup, catalogue)
    table = read_logs(logs, progress=progress)
    trace, prefixes = trace_of(table), prefixes_of(table) if setup.prefix_caching else None
    fit = calibration_of(catalogue)
    constants = resolve(fit, device, engine=config.engine, weights=config.weights, moe=is_moe(model))
    keep_compiled_code()
    progress("playing the requests" if is_compiled() else COMPILING)
    found = _play(trace, prefixes, model, device, config, constants, setup, (ttft_p95_s, tpot_p95_s))
    if not found.finished:
        raise InputError([Fault(f"none of {found.arrived:,} requests fits into the cache of one replica", setup.model,
                                "room for the longest request beside the weights",
                                "Give more devices with --tp, or a smaller --precision")])  # fmt: skip
    tokens = float(trace.output_tokens.sum()) if found.finished == found.arrived else _answered_tokens(found, trace)
    return _told(found, setup, config, model, constants, catalogue.as_of, tokens,
                 [*table.warnings, *own_notes(catalogue)])  # fmt: skip


def _config(setup: Setup, catalogue: Catalogue) -> tuple[OpenModel, Accelerator, ServingConfig]:
    model = find_open_model(setup.model, catalogue, where="--model")
    device = find_accelerator(setup.accelerator, catalogue, where="--accelerator")
    config = ServingConfig(
        model=model.id, accelerator=device.id, weights=setup.precision or model.native_precision,
        parallelism=Parallelism(tp=setup.tp), max_running_requests=setup.max_running_requests,
        token_budget=setup.token_budget, prefix_caching=setup.prefix_caching,
    )  # fmt: skip
    if not fits(model, device, config, 1.0):
        raise InputError([Fault(f"{model.id} in {config.weights} does not fit into {setup.tp} x {device.id}",
                                "--tp", "more memory than the weights take",
                                "Give a larger --tp, or a smaller --precision")])  # fmt: skip
    return model, device, config


def _play(
    trace: "Trace", prefixes: "PrefixBlocks | None", model: OpenModel, device: Accelerator, config: ServingConfig,
    constants: EngineConstants, setup: Setup, promises: tuple[float | None, float | None],
) -> "Simulation":  # fmt: skip
    from steelyard.serving.simulator.engine import BLOCK_TOKENS, engine_of  # noqa: PLC0415  loads the compiler
    from steelyard.serving.simulator.simulate import Autoscaling, Fleet, Limits, simulate  # noqa: PLC0415

    context = float(np.mean(trace.input_tokens + trace.output_tokens / 2))
    block = prefixes.block_tokens if prefixes is not None else BLOCK_TOKENS
    engine = engine_of(model, device, config, constants, context_tokens=context, block_tokens=block)
    limits = Limits(*(np.inf if promise is None else promise for promise in promises))
    scaling = None if setup.least_replicas is None else Autoscaling(
        least=setup.least_replicas, target_in_flight=setup.target_in_flight, start_up_s=setup.start_up_s
    )  # fmt: skip
    fleet = Fleet(setup.replicas, setup.routing, scaling)
    return simulate(trace, engine, fleet, prefixes=prefixes, limits=limits)


def _answered_tokens(found: "Simulation", trace: "Trace") -> float:
    assert found.requests is not None
    return float(trace.output_tokens[found.requests.request].sum())


def _latency(found: "Simulation", measure: str, constants: EngineConstants, error: str | None = None) -> Latency | None:
    try:
        values = [found.quantile_s(measure, share) for share in _PERCENTILES]
    except ValueError:
        return None
    miss = constants.errors.get(error) if error else None
    low, high = (values[1] * miss.low, values[1] * miss.high) if miss else (None, None)
    return Latency(p50=values[0], p95=values[1], p99=values[2], max=values[3], low=low, high=high)


def _told(
    found: "Simulation", setup: Setup, config: ServingConfig, model: OpenModel, constants: EngineConstants,
    as_of: date, output_tokens: float, warnings: Sequence[str],
) -> Played:  # fmt: skip
    queue, ttft, e2e = (_latency(found, m, constants, e) for m, e in
                        (("queue_s", None), ("ttft_s", "ttft"), ("e2e_s", "tpot")))  # fmt: skip
    assert queue is not None
    assert ttft is not None
    assert e2e is not None
    use = found.use
    replicas = zip(use.busy_fraction, use.kv_mean_fraction, use.kv_peak_fraction, use.preemptions, use.finished,
                   use.paid_s, strict=True)  # fmt: skip
    return Played(
        as_of=as_of, model=model.id, accelerator=config.accelerator, precision=config.weights, tp=setup.tp,
        replicas=setup.replicas, routing=setup.routing, prefix_caching=setup.prefix_caching, arrived=found.arrived,
        finished=found.finished, rejected=found.rejected, span_s=found.span_s,
        output_tokens_per_s=output_tokens / found.span_s, goodput_rps=found.goodput_rps,
        within_fraction=found.within / found.arrived, prefix_hit_fraction=found.prefix_hit_fraction,
        kv_capacity_tokens=found.kv_capacity_tokens, queue_s=queue, ttft_s=ttft,
        tpot_s=_latency(found, "tpot_s", constants, "tpot"),
        longest_gap_s=_latency(found, "longest_gap_s", constants), e2e_s=e2e,
        use=tuple(ReplicaPlayed(busy_fraction=float(b), kv_mean_fraction=float(m), kv_peak_fraction=float(p),
                                preemptions=int(x), finished=int(f), paid_s=float(s))
                  for b, m, p, x, f, s in replicas),
        start_command=start_command(config, model.name, native=config.weights == model.native_precision),
        warnings=tuple(warnings),
    )  # fmt: skip
