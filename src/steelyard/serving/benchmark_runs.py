"""First-token times of benchmark runs, request by request: what queues in a closed or open loop is simulated.

A closed loop starts all its clients at once and sends a few prompts for each; the mean it prints holds that first
rush. No closed form has that, so the runs are played through the simulator.
"""

import math
from collections.abc import Sequence

import numpy as np

from steelyard.domain.traffic import Trace
from steelyard.serving.estimate import Runs, unseen_s
from steelyard.serving.shapes import Floats
from steelyard.serving.simulator.engine import Engine, step_times
from steelyard.serving.simulator.simulate import simulate, simulate_clients
from steelyard.serving.step_time import Deployment, Efficiencies

__all__ = ["MOST_CLIENTS", "simulated_ttft_s"]

PROMPTS_PER_CLIENT = 10
"""Prompts sent per client, as InferenceX does (``--num-prompts`` ten times the concurrency) [1]."""
FEWEST_PROMPTS = 30
OPEN_LOOP_PROMPTS = 1000
"""Prompts of a run at a rate, vLLM's benchmark default [1]."""
LENGTH_SPREAD = 1.0 / 9.0
"""Half width of lengths over their mean: InferenceX draws them evenly from 0.8 to 1.0 of the nominal [1]."""
TOKEN_BUDGET = 8192
"""Tokens of an iteration, the default of vLLM's and TensorRT-LLM's servers on datacentre devices [token]."""
MOST_RUNNING = 2048
MOST_CLIENTS = 20_000
"""Clients of a closed loop up to which it is played: beyond, nearly all wait and the closed form says how long [1]."""
BOUNDLESS = 1 << 40
"""Blocks of a cache that never binds: how many sequences fit is in ``Runs.room`` [block]."""


def simulated_ttft_s(runs: Runs, efficiencies: Efficiencies, rows: Sequence[int]) -> Floats:
    """Return the mean time to first token of some runs [s], shape (len(rows),), NaN where no request can finish.

    Static batches are not among them.

    Parameters
    ----------
    runs
        Benchmark runs.
    efficiencies
        Constants of each run, shape (n,).
    rows
        Which runs; each has finite clients or a finite rate.
    """
    return np.array([_one(runs, efficiencies, k) for k in rows])


def _one(runs: Runs, efficiencies: Efficiencies, k: int) -> float:
    most = int(min(max(runs.room[k], 1.0), MOST_RUNNING))
    own = Efficiencies(*(column[k : k + 1] for column in efficiencies))
    times = step_times(_row(runs.deployment, k), own, stages=int(runs.stages[k]), budget=max(TOKEN_BUDGET, most),
                       most_running=most)  # fmt: skip
    engine = Engine(times, most, BOUNDLESS, prefix_caching=False, overhead_s=float(own.request_overhead_s[0]))
    generator = np.random.Generator(np.random.PCG64(0))
    closed = math.isfinite(runs.clients[k])
    clients = max(round(float(runs.clients[k] / runs.replicas[k])), 1) if closed else 1
    n = max(PROMPTS_PER_CLIENT * clients, FEWEST_PROMPTS) if closed else OPEN_LOOP_PROMPTS
    scatter = 1.0 + LENGTH_SPREAD * (2.0 * generator.random((2, n)) - 1.0)
    inputs = np.maximum(np.rint(runs.input_tokens[k] * scatter[0]), 1.0).astype(np.int64)
    outputs = np.maximum(np.rint(runs.output_tokens[k] * scatter[1]), 1.0).astype(np.int64)
    if closed:
        found = simulate_clients(inputs, outputs, engine, clients=clients)
    else:
        arrivals = np.cumsum(generator.standard_exponential(n)) * float(runs.replicas[k] / runs.rate_rps[k])
        found = simulate(Trace(arrivals, inputs, outputs, np.zeros(n, np.int64)), engine)
    assert found.requests is not None
    if not found.finished:
        return math.nan
    # The first rush meets an idle engine, which looks for requests all the time.
    rushed = clients / n if closed else 0.0
    gaps = found.requests.tpot_s[np.isfinite(found.requests.tpot_s)]
    unseen = float(unseen_s(runs.poll_iterations[k : k + 1], np.full(1, gaps.mean() if gaps.size else 0.0))[0])
    return float(found.requests.ttft_s.mean() + (1.0 - rushed) * unseen)


def _row(deployment: Deployment, k: int) -> Deployment:
    hardware = type(deployment.hardware)(*(column[k : k + 1] for column in deployment.hardware))
    own = {name: column[k : k + 1] for name, column in deployment._asdict().items() if name != "hardware"}
    return Deployment(**own, hardware=hardware)
