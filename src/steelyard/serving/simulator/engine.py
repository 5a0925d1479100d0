"""What the simulator needs of one replica: the time of any iteration as whole picoseconds, and its limits."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.calibration import EngineConstants
from steelyard.domain.model import OpenModel
from steelyard.domain.serving import ServingConfig
from steelyard.serving.constants import as_arrays
from steelyard.serving.parallelism import deployments, kv_capacity_tokens
from steelyard.serving.shapes import Floats
from steelyard.serving.simulator.layout import CONTEXT_SHIFT, PICOSECONDS, Ints
from steelyard.serving.step_time import Batch, Deployment, Efficiencies, step_time_s

__all__ = ["BLOCK_TOKENS", "Engine", "StepTimes", "engine_of", "step_times"]

BLOCK_TOKENS = 16
"""Tokens of a KV block, vLLM's default [token]."""
FAR = 2.0**24
"""A context beyond every window, at which costs grow linearly [token]."""


class StepTimes(NamedTuple):
    r"""Time of an iteration that decodes n sequences with context C and computes prompts beside them.

    .. math:: t = T_{tokens} + S_{samples} + s\, C + s_w W + p \textstyle\sum context + p_w \sum context_w

    with every coefficient a whole number, so that sums over iterations are exact.
    """

    tokens_ps: Ints
    """By tokens of the iteration, shape (budget + 1,) [ps]."""
    sequences_ps: Ints
    """By sequences that sample a token, shape (most_running + 1,) [ps]."""
    context_ps: int
    """Per token of context of a decoding sequence [ps]."""
    window_ps: int
    """The same in windowed layers; their context is taken at the middle of the sequence's life [ps]."""
    prompt_context_shifted_ps: int
    """Per prompt token and token of its context [ps / 1024]."""
    prompt_window_shifted_ps: int
    """The same in windowed layers [ps / 1024]."""
    window_tokens: int
    """Window of those layers."""


class Engine(NamedTuple):
    """One replica."""

    times: StepTimes
    most_running: int
    """Sequences at a time at most."""
    capacity_blocks: int
    """Blocks of KV cache."""
    block_tokens: int = BLOCK_TOKENS
    """Tokens per block."""
    prefix_caching: bool = True
    """Whether prompts' prefixes are reused."""
    overhead_s: float = 0.0
    """Outside the engine, per request: tokenizing, routing, streaming [s]."""

    @property
    def token_budget(self) -> int:
        """Tokens of an iteration at most."""
        return len(self.times.tokens_ps) - 1


def engine_of(
    model: OpenModel, accelerator: Accelerator, config: ServingConfig, constants: EngineConstants, *,
    context_tokens: float, block_tokens: int = BLOCK_TOKENS,
) -> Engine:  # fmt: skip
    """Return the simulated form of a replica.

    Parameters
    ----------
    model, accelerator, config
        What runs where and how.
    constants
        Efficiencies that apply.
    context_tokens
        Mean context of a running sequence [token]; matters to the cache of models with windows or constant states.
    block_tokens
        Tokens per block of the cache.

    Raises
    ------
    ValueError
        If an iteration may not hold a token of every running sequence.
    """
    if config.token_budget < config.max_running_requests:
        raise ValueError(f"token_budget {config.token_budget!r} is below max_running_requests "
                         f"{config.max_running_requests!r}; every running sequence needs a token")  # fmt: skip
    capacity = kv_capacity_tokens(model, accelerator, config, context_tokens)
    return Engine(
        times=step_times(
            deployments([model], [accelerator], [config]), as_arrays([constants]), stages=config.parallelism.pp,
            budget=config.token_budget, most_running=config.max_running_requests,
        ),
        most_running=config.max_running_requests,
        capacity_blocks=int(min(capacity, FAR * config.max_running_requests) // block_tokens),
        block_tokens=block_tokens,
        prefix_caching=config.prefix_caching,
        overhead_s=constants.request_overhead_s,
    )  # fmt: skip


def step_times(
    deployment: Deployment, efficiencies: Efficiencies, *, stages: int, budget: int, most_running: int,
) -> StepTimes:  # fmt: skip
    """Return the tables of one replica, read off ``step_time_s``.

    Parameters
    ----------
    deployment, efficiencies
        Of one replica, arrays of shape (1,).
    stages
        Pipeline stages; each carries its share of the batch.
    budget, most_running
        Largest numbers of tokens and sequences of an iteration.
    """

    def time_s(sequences: Floats, context: float, prompts: Floats, prompt_context: float) -> Floats:
        batch = Batch(sequences / stages, np.float64(context), prompts / stages, np.float64(prompt_context))  # type: ignore[arg-type]
        return step_time_s(deployment, efficiencies, batch)

    none, one = np.zeros(1), np.ones(1)
    by_token = time_s(none, 0.0, np.arange(budget + 1.0), 0.0)
    samples = np.arange(most_running + 1.0)
    by_sequence = time_s(samples, 0.0, np.zeros_like(samples), 0.0) - by_token[: most_running + 1]
    window = float(deployment.window_tokens[0])
    decode = _slopes([time_s(one, c, none, 0.0)[0] for c in (0.0, min(window, FAR), FAR, 2 * FAR)], window)
    prompt = _slopes([time_s(none, 0.0, one, c)[0] for c in (0.0, min(window, FAR), FAR, 2 * FAR)], window)
    return StepTimes(
        tokens_ps=_whole(by_token),
        sequences_ps=_whole(np.maximum(by_sequence, 0.0)),
        context_ps=round(decode[0] * PICOSECONDS),
        window_ps=round(decode[1] * PICOSECONDS),
        prompt_context_shifted_ps=round(prompt[0] * PICOSECONDS * 2**CONTEXT_SHIFT),
        prompt_window_shifted_ps=round(prompt[1] * PICOSECONDS * 2**CONTEXT_SHIFT),
        window_tokens=int(min(window, FAR)),
    )


def _slopes(times: Sequence[float], window: float) -> tuple[float, float]:
    """Return seconds per token of context: of layers that read all of it, and of windowed ones."""
    none, at_window, far, farther = times
    whole = max((farther - far) / FAR, 0.0)
    return whole, max((at_window - none) / window - whole, 0.0) if np.isfinite(window) else 0.0


def _whole(seconds: Floats) -> Ints:
    return np.rint(seconds * PICOSECONDS).astype(np.int64)
