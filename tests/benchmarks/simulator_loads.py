"""Loads on which the simulator's speed is measured."""

from collections.abc import Iterator
from datetime import date

import numpy as np

from steelyard.domain.serving import Parallelism, ServingConfig
from steelyard.domain.traffic import PrefixBlocks, Trace
from steelyard.facts import load_catalogue
from steelyard.facts.serving import load_calibration
from steelyard.serving.constants import resolve
from steelyard.serving.simulator.engine import Engine, engine_of


def chat_engine(block_tokens: int = 16) -> Engine:
    """Llama-3.1-8B on one H100, as the facts of today have it."""
    catalogue = load_catalogue(date(2026, 11, 23))
    device = catalogue.accelerators["h100-sxm"]
    config = ServingConfig(model="llama-3.1-8b", accelerator=device.id, weights="bf16", parallelism=Parallelism(tp=1))
    constants = resolve(load_calibration(), device, engine="vllm", weights="bf16")
    return engine_of(catalogue.open_models[config.model], device, config, constants, context_tokens=1100.0,
                     block_tokens=block_tokens)  # fmt: skip


def chat(requests: int, rate: float, seed: int = 0, start_s: float = 0.0) -> Trace:
    """Poisson arrivals, about 1,000 tokens in and 200 out, log-normally scattered."""
    rng = np.random.default_rng(seed)
    scatter = rng.standard_normal((2, requests), dtype=np.float32)
    inputs = np.clip(1000.0 * np.exp(0.6 * scatter[0] - 0.18), 16, 8000).astype(np.int64)
    outputs = np.clip(200.0 * np.exp(0.6 * scatter[1] - 0.18), 1, 1000).astype(np.int64)
    gaps = rng.standard_exponential(requests) / rate
    return Trace(start_s + np.cumsum(gaps), inputs, outputs, np.zeros(requests, np.int64))


def months_share(requests: int, rate: float, seed: int, piece: int = 250_000) -> Iterator[Trace]:
    """The same, generated piece by piece."""
    start = 0.0
    for k, first in enumerate(range(0, requests, piece)):
        trace = chat(min(piece, requests - first), rate, seed=seed * 10_007 + k, start_s=start)
        start = float(trace.arrival_s[-1])
        yield trace


def conversations(
    requests: int, block_tokens: int, rate: float, *, median_input: float, seed: int = 0
) -> tuple[Trace, PrefixBlocks]:
    """Requests of which a third continue an earlier one: their prompts share its blocks, all share a system prompt."""
    rng = np.random.default_rng(seed)
    inputs = np.clip(rng.lognormal(np.log(median_input), 0.9, requests), 50, 60_000).astype(np.int64)
    outputs = np.clip(rng.lognormal(np.log(200), 0.6, requests), 1, 1500).astype(np.int64)
    blocks = inputs // block_tokens
    starts = np.concatenate([[0], np.cumsum(blocks)]).astype(np.int64)
    own = np.arange(starts[-1], dtype=np.int64) + 10**6
    for k in np.flatnonzero(rng.random(requests) < 0.33)[1:]:
        earlier = k - int(rng.integers(1, min(k, 2000) + 1))
        shared = min(blocks[earlier], blocks[k])
        own[starts[k] : starts[k] + shared] = own[starts[earlier] : starts[earlier] + shared]
    arrivals = np.cumsum(rng.exponential(1 / rate, requests))
    return Trace(arrivals, inputs, outputs, np.zeros(requests, np.int64)), PrefixBlocks(own, starts, block_tokens)
