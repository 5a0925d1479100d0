"""Measured quantities of many serving runs at once, in closed form: what a benchmark of each would print.

A run is closed loop (a fixed number of clients), open loop (a rate), saturated (as many sequences as the cache holds)
or one static batch. All are the same fixed point between the running batch and the iteration time.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from steelyard.serving.shapes import Floats
from steelyard.serving.step_time import Batch, Deployment, Efficiencies, step_time_s

__all__ = ["Estimate", "Runs", "estimate_runs", "unseen_s"]

SWEEPS = 6
"""Iterations of the damped fixed point; the batch changes by about 1 % after them [1]."""
DAMPING = 0.6
"""Share of the new batch taken in each sweep [1]."""
LEAST = 1e-9
"""Guards divisions by a batch or a rate of zero."""
OPEN_LOOP_CAP = 0.98
"""Prefill utilization at which the open-loop wait is cut off: beyond it the wait depends on the run's length [1]."""


class Runs(NamedTuple):
    """Benchmark runs as arrays of shape (n,)."""

    deployment: Deployment
    """Per-device coefficients of one replica."""
    stages: Floats
    """Pipeline stages."""
    replicas: Floats
    """Independent replicas behind the measured number."""
    input_tokens: Floats
    """Prompt length."""
    output_tokens: Floats
    """Output length."""
    clients: Floats
    """Closed-loop concurrency of the whole deployment; infinite where saturated or open loop."""
    rate_rps: Floats
    """Open-loop rate of the whole deployment [1/s]; infinite where closed."""
    room: Floats
    """Sequences that cache and engine limits admit, per replica."""
    static: NDArray[np.bool_]
    """Whether all prompts are computed first and all sequences end together."""
    poll_iterations: Floats
    """Iterations between two looks of the engine for new requests (1: every one)."""


class Estimate(NamedTuple):
    """What the runs would measure, arrays of shape (n,)."""

    tpot_s: Floats
    """Mean time per output token after the first [s]."""
    ttft_s: Floats
    """Mean time to first token [s]."""
    output_tokens_per_s: Floats
    """Of the whole deployment."""


class _State(NamedTuple):
    """One point of the fixed point, arrays of shape (n,)."""

    tpot_s: Floats
    prompt_s: Floats
    """Time one prompt adds to an iteration."""
    service_s: Floats
    """First token of an admitted request [s]."""


def _iteration_s(runs: Runs, e: Efficiencies, sequences: Floats, prompt_tokens: Floats) -> Floats:
    """Time of an iteration over all pipeline stages."""
    batch = Batch(
        sequences=sequences / runs.stages,
        context_tokens=runs.input_tokens + runs.output_tokens / 2.0,
        prompt_tokens=prompt_tokens / runs.stages,
        prompt_context_tokens=runs.input_tokens / 2.0,
    )
    return step_time_s(runs.deployment, e, batch)


def _state(runs: Runs, e: Efficiencies, sequences: Floats, others: Floats) -> _State:
    """Return times at a batch; ``others`` are the requests whose prompts come between its tokens."""
    met = np.maximum(sequences, 1.0)
    bare = _iteration_s(runs, e, met, np.zeros_like(met))
    whole = _iteration_s(runs, e, met, runs.input_tokens)
    prompt = np.maximum(whole - bare, 0.0)
    ahead = others * prompt
    # Prompts not waited for before the first token are met while decoding: together they are one per other request.
    between = (1.0 - e.prefill_wait) * others * runs.input_tokens / runs.output_tokens
    tpot = _iteration_s(runs, e, met, between)
    waited = e.prefill_wait * ahead
    return _State(tpot, prompt, e.request_overhead_s + whole + bare / 2.0 + waited)


def _closed_batch(runs: Runs, s: _State, admitted: Floats) -> Floats:
    """Sequences that decode at a time among those admitted."""
    decode = runs.output_tokens * s.tpot_s
    return admitted * decode / (decode + s.service_s)


def estimate_runs(runs: Runs, efficiencies: Efficiencies) -> Estimate:
    """Return what each run would measure.

    Parameters
    ----------
    runs
        Runs.
    efficiencies
        Constants of each run.
    """
    clients = runs.clients / runs.replicas
    rate = runs.rate_rps / runs.replicas
    is_open = np.isfinite(rate)
    admitted = np.minimum(np.where(is_open, 1.0, clients), np.maximum(runs.room, 1.0))
    batch = admitted
    state = _state(runs, efficiencies, batch, np.maximum(admitted - 1.0, 0.0))
    for _ in range(SWEEPS):
        wanted = np.where(is_open, rate, 0.0) * runs.output_tokens * state.tpot_s
        admitted = np.where(is_open, np.clip(wanted, LEAST, np.maximum(runs.room, 1.0)), admitted)
        target = np.where(is_open, admitted, _closed_batch(runs, state, admitted))
        batch = batch * (1.0 - DAMPING) + target * DAMPING
        others = np.where(is_open, batch, np.maximum(admitted - 1.0, 0.0))
        state = _state(runs, efficiencies, batch, others)
    continuous = _continuous(runs, state, batch, admitted, clients, rate)
    return _with_static(runs, efficiencies, continuous, clients)


def _continuous(runs: Runs, s: _State, batch: Floats, admitted: Floats, clients: Floats, rate: Floats) -> Estimate:
    """Measurements of closed, open and saturated runs."""
    is_open, saturated = np.isfinite(rate), ~np.isfinite(clients)
    decode = runs.output_tokens * s.tpot_s
    cycle = np.where(is_open, decode, decode + s.service_s)
    throughput = admitted * runs.output_tokens / cycle
    throughput = np.where(
        is_open, np.minimum(np.where(is_open, rate, 0.0) * runs.output_tokens, throughput), throughput
    )
    queued = np.where(is_open | saturated, 0.0, np.maximum(clients - admitted, 0.0))
    wait = np.where(queued > 0, queued, 0.0) * runs.output_tokens / np.maximum(throughput, LEAST)
    busy = np.minimum(np.where(is_open, rate, 0.0) * s.prompt_s, OPEN_LOOP_CAP)
    wait += busy / (1.0 - busy) / 2.0 * s.prompt_s + unseen_s(runs.poll_iterations, s.tpot_s)
    return Estimate(s.tpot_s, s.service_s + wait, throughput * runs.replicas)


def unseen_s(poll_iterations: Floats, iteration_s: Floats) -> Floats:
    """Return the mean time until an engine that looks for new requests every few iterations sees one [s].

    Parameters
    ----------
    poll_iterations
        Iterations between two looks, at least 1.
    iteration_s
        Their length [s].
    """
    return (poll_iterations - 1.0) / 2.0 * iteration_s


def _with_static(runs: Runs, e: Efficiencies, other: Estimate, clients: Floats) -> Estimate:
    """Replace static batches: all prompts first, then decode together, in waves where the cache is short."""
    if not runs.static.any():
        return other
    size = np.where(runs.static, np.where(np.isfinite(clients), clients, runs.room), 1.0)
    waves = np.maximum(size / np.maximum(runs.room, 1.0), 1.0)
    wave = size / waves
    none = np.zeros_like(wave)
    tpot = _iteration_s(runs, e, wave, none)
    prompts = _iteration_s(runs, e, none, wave * runs.input_tokens)
    ttft = e.request_overhead_s + prompts
    throughput = size * runs.output_tokens / (waves * (ttft + runs.output_tokens * tpot)) * runs.replicas
    return Estimate(
        np.where(runs.static, tpot, other.tpot_s),
        np.where(runs.static, ttft, other.ttft_s),
        np.where(runs.static, throughput, other.output_tokens_per_s),
    )
