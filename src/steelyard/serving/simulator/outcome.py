"""What a simulation says, in seconds and shares."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.serving.shapes import Floats
from steelyard.serving.simulator import layout as at
from steelyard.serving.simulator.engine import Engine
from steelyard.serving.simulator.layout import NONE, PICOSECONDS, Ints, State

__all__ = ["MEASURES", "ReplicaUse", "Requests", "Simulation", "outcome_of"]

MEASURES = ("queue_s", "ttft_s", "tpot_s", "longest_gap_s", "e2e_s")


@dataclass(frozen=True, slots=True)
class Requests:
    """What happened to each finished request, arrays of shape (n_finished,)."""

    request: Ints
    """Its place in the trace."""
    queue_s: Floats
    """From arrival to its first iteration."""
    ttft_s: Floats
    """From arrival to its first token, overhead outside the engine included."""
    tpot_s: Floats
    """Mean gap between its tokens; not a number where there is only one token."""
    longest_gap_s: Floats
    """Longest gap between two of its tokens; not a number where there is only one."""
    e2e_s: Floats
    """From arrival to its last token, overhead included."""
    replica: Ints
    """Where it ran."""
    preemptions: Ints
    """How often it was preempted."""


@dataclass(frozen=True, slots=True)
class ReplicaUse:
    """How each replica was used, arrays of shape (n_replicas,)."""

    busy_fraction: Floats
    """Share of its time in which it computed."""
    kv_mean_fraction: Floats
    """Share of its cache that held tokens, mean over time."""
    kv_peak_fraction: Floats
    """Largest share of its blocks in use."""
    preemptions: Ints
    """Requests put back."""
    iterations: Ints
    """Engine iterations."""
    finished: Ints
    """Requests answered."""
    paid_s: Floats
    """From ordered to given back."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """Outcome over the whole fleet."""

    arrived: int
    finished: int
    rejected: int
    """Requests longer than the cache of a replica."""
    running: int
    queued: int
    within: int
    """Finished requests that met every limit."""
    span_s: float
    """Until the last iteration ended."""
    prompt_tokens_computed: int
    """Recomputation included."""
    prompt_tokens_hit: int
    """Found in the prefix cache."""
    requests: Requests | None
    """Each request, where they were kept."""
    histogram: Ints
    """Else: requests by measure and bucket, shape (5, n_buckets)."""
    kv_capacity_tokens: float
    """Tokens one replica's cache holds."""
    overhead_s: float
    """Added to TTFT and end-to-end times read from the histogram."""
    use: ReplicaUse

    @property
    def goodput_rps(self) -> float:
        """Requests per second that met every limit."""
        return self.within / self.span_s if self.span_s > 0 else 0.0

    @property
    def prefix_hit_fraction(self) -> float:
        """Share of prompt tokens, recomputed ones included, found in the cache."""
        every = self.prompt_tokens_computed + self.prompt_tokens_hit
        return self.prompt_tokens_hit / every if every else 0.0

    def quantile_s(self, measure: str, share: float) -> float:
        """Return a quantile of a measure [s]; from a histogram within 1 %.

        Parameters
        ----------
        measure
            One of ``MEASURES``.
        share
            From 0 to 1.

        Raises
        ------
        ValueError
            If no request has the measure.
        """
        if self.requests is not None:
            values: NDArray[np.float64] = getattr(self.requests, measure)
            values = values[np.isfinite(values)]
            if not len(values):
                raise ValueError(f"no finished request has {measure}")
            return float(np.quantile(values, share, method="inverted_cdf"))
        counts: Ints = self.histogram[MEASURES.index(measure)]
        if not counts.any():
            raise ValueError(f"no finished request has {measure}")
        reached: Floats = np.cumsum(counts).astype(np.float64)
        target = np.float64(share * float(reached[-1]))
        bucket = int(np.searchsorted(reached, target, side="left"))
        outside = self.overhead_s if measure in ("ttft_s", "e2e_s") else 0.0
        octave, place = divmod(bucket, at.BUCKETS_PER_OCTAVE)
        return 2.0**octave * (1.0 + (place + 0.5) / at.BUCKETS_PER_OCTAVE) / PICOSECONDS + outside


def outcome_of(state: State, engine: Engine, *, outputs: Ints | None) -> Simulation:
    """Return what the final state says.

    Parameters
    ----------
    state
        After the run.
    engine
        One replica.
    outputs
        Output tokens of the trace, shape (n_requests,); None where only histograms were kept.
    """
    replica = state.replica
    end = int(replica[:, at.CLOCK].max(initial=0))
    return Simulation(
        arrived=int(state.totals[at.ARRIVED]),
        finished=int(replica[:, at.FINISHED].sum()),
        rejected=int(state.totals[at.REJECTED]),
        running=int(replica[:, at.RUNNING].sum()),
        queued=int(replica[:, at.QUEUED].sum()),
        within=int(state.totals[at.WITHIN]),
        span_s=end / PICOSECONDS,
        prompt_tokens_computed=int(replica[:, at.COMPUTED].sum()),
        prompt_tokens_hit=int(replica[:, at.HITS].sum()),
        requests=None if outputs is None else _requests(state, engine, outputs),
        histogram=state.histogram,
        kv_capacity_tokens=float(engine.capacity_blocks * engine.block_tokens),
        overhead_s=engine.overhead_s,
        use=_use(state, engine, end),
    )


def _requests(state: State, engine: Engine, outputs: Ints) -> Requests:
    done = np.flatnonzero(state.results[:, at.OUT_TTFT] != NONE)
    rows = state.results[done]
    seconds: Floats = rows / PICOSECONDS
    gaps = np.maximum(outputs[done] - 1, 0)
    some = gaps > 0
    decoded: Floats = seconds[:, at.OUT_E2E] - seconds[:, at.OUT_TTFT]
    return Requests(
        request=done,
        queue_s=seconds[:, at.OUT_QUEUE],
        ttft_s=seconds[:, at.OUT_TTFT] + engine.overhead_s,
        tpot_s=np.where(some, decoded / np.maximum(gaps, 1), np.nan),
        longest_gap_s=np.where(some, seconds[:, at.OUT_GAP], np.nan),
        e2e_s=seconds[:, at.OUT_E2E] + engine.overhead_s,
        replica=rows[:, at.OUT_REPLICA],
        preemptions=rows[:, at.OUT_PREEMPTED],
    )


def _use(state: State, engine: Engine, end: int) -> ReplicaUse:
    replica = state.replica
    since: Ints = replica[:, at.PAID_FROM]
    on: Ints = (replica[:, at.STATUS] != at.OFF).astype(np.int64)
    paid: Ints = replica[:, at.PAID] + on * np.maximum(np.int64(end) - since, 0)
    over: Ints = np.maximum(paid, 1)
    blocks = max(engine.capacity_blocks, 1)
    return ReplicaUse(
        busy_fraction=replica[:, at.BUSY] / over,
        kv_mean_fraction=state.kv / (over * (blocks * float(engine.block_tokens))),
        kv_peak_fraction=replica[:, at.PEAK] / blocks,
        preemptions=replica[:, at.PREEMPTIONS].copy(),
        iterations=replica[:, at.STEPS].copy(),
        finished=replica[:, at.FINISHED].copy(),
        paid_s=paid / PICOSECONDS,
    )
