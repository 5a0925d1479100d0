"""Fewest replicas that hold every promise, found by playing requests; closed forms only say where to begin.

Behind a round-robin router each replica sees every n-th request whatever the others do, so a few of them stand for all.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.serving import CapacityCurve, LatencyQuantiles, Slo
from steelyard.domain.traffic import Trace
from steelyard.serving.simulator.engine import Engine
from steelyard.serving.simulator.outcome import Simulation
from steelyard.serving.simulator.simulate import Fleet, simulate
from steelyard.units import SECONDS_PER_HOUR

__all__ = [
    "Answer", "Load", "Sized", "answer", "busiest_hour", "fewest_replicas", "first_guess", "replicas_by_hour",
    "with_answer",
]  # fmt: skip

MOST_REQUESTS = 10_000
"""Requests played to judge one number of replicas: 500 of them lie beyond a 95th percentile [1]."""
FARTHEST = 8
"""Times the first guess at which the search gives up [1]."""
REFINEMENTS = 4
"""Halvings when the most a replica holds is sought between n and n - 1 of them [1]."""
MOST_SPEED_UP = 4.0
"""Times the load at which the most a single replica holds is sought at most [1]."""


class Load(NamedTuple):
    """The traffic of the busiest hour."""

    trace: Trace
    """Requests at their own gaps and lengths."""
    rate_rps: float
    """Their rate; the gaps are stretched where another rate is asked for."""


class Sized(NamedTuple):
    """A number of replicas that holds every promise, while one less does not."""

    replicas: int
    outcome: Simulation
    """Of the replicas played."""
    most_rps: float
    """Load per replica up to which that many hold."""
    binding: str
    """Metric that the next larger load breaks."""


def busiest_hour(trace: Trace, rate_rps: float) -> Load:
    """Return the hour of a trace with most requests, stretched to the rate of the busiest hour of the week.

    Parameters
    ----------
    trace
        Requests; one shorter than an hour is taken whole.
    rate_rps
        Rate to stretch to [1/s], positive.
    """
    at = trace.arrival_s
    ends: NDArray[np.int64] = np.searchsorted(at, at + float(SECONDS_PER_HOUR), side="left").astype(np.int64)
    first = int(np.argmax(ends - np.arange(len(at), dtype=np.int64)))
    part = _rows(trace, np.arange(first, int(ends[first])))
    since = part.arrival_s - part.arrival_s[0]
    span_s = min(float(at[-1] - at[0]), float(SECONDS_PER_HOUR)) if len(at) > 1 else float(SECONDS_PER_HOUR)
    own = len(since) / max(span_s, 1e-9)
    return Load(replace(part, arrival_s=since * (own / rate_rps)), rate_rps)


def _rows(trace: Trace, rows: NDArray[np.int64]) -> Trace:
    return Trace(trace.arrival_s[rows], trace.input_tokens[rows], trace.output_tokens[rows], trace.cached_tokens[rows])


def _played(load: Load, engine: Engine, replicas: int, rate_rps: float) -> Simulation:
    """Play the share of the requests that some of the replicas see at a rate of the whole fleet."""
    n = len(load.trace.arrival_s)
    each = max(n // replicas, 1)
    some = min(max(MOST_REQUESTS // each, 1), replicas)
    rows = np.flatnonzero(np.arange(n) % replicas < some)[: MOST_REQUESTS * 2]
    part = _rows(load.trace, rows)
    stretched = replace(part, arrival_s=part.arrival_s * (load.rate_rps / rate_rps))
    return simulate(stretched, engine, Fleet(some))


def _broken(found: Simulation, slo: Slo) -> str:
    """Return the first promise that does not hold, or nothing."""
    if found.rejected:
        return "kv_cache"
    for term in slo.terms:
        try:
            reached = found.quantile_s(f"{term.metric}_s", term.percentile / 100.0)
        except ValueError:
            continue  # one token each: there is no time per output token
        if reached > term.threshold_s:
            return term.metric
    return ""


class _Search:
    """Answers for numbers of replicas, each played once."""

    def __init__(self, load: Load, engine: Engine, slo: Slo) -> None:
        self.load, self.engine, self.slo = load, engine, slo
        self.seen: dict[tuple[int, float], tuple[Simulation, str]] = {}

    def at(self, replicas: int, rate_rps: float) -> tuple[Simulation, str]:
        key = (replicas, rate_rps)
        if key not in self.seen:
            found = _played(self.load, self.engine, replicas, rate_rps)
            self.seen[key] = (found, _broken(found, self.slo))
        return self.seen[key]

    def holds(self, replicas: int, rate_rps: float) -> bool:
        return not self.at(replicas, rate_rps)[1]


def fewest_replicas(load: Load, engine: Engine, slo: Slo, *, guess: int) -> Sized | None:
    """Return the fewest replicas that hold every promise at the load, or None if many times the guess do not.

    Goodput need not rise with every replica, so the answer is checked on both sides: n holds, n - 1 does not.

    Parameters
    ----------
    load
        Requests of the busiest hour.
    engine
        One replica.
    slo
        Promises; none means that the work is done no slower than it comes.
    guess
        Where to begin, at least 1.
    """
    search, rate = _Search(load, engine, slo), load.rate_rps
    high = max(guess, 1)
    while not search.holds(high, rate):
        if high >= FARTHEST * max(guess, 1):
            return None
        high = max(high + 1, int(high * 1.3))
    low = 0
    step = max(high // 8, 1)
    while high - low > 1:
        middle = max(high - step, low + 1)
        if search.holds(middle, rate):
            high, step = middle, step * 2
        else:
            low, step = middle, max((high - middle) // 2, 1)
    most, binding = _most(search, high, rate)
    return Sized(high, search.at(high, rate)[0], most, binding)


def _most(search: _Search, replicas: int, rate_rps: float) -> tuple[float, str]:
    """Return the highest load per replica that so many hold, and what breaks just above."""
    low = 1.0
    high = replicas / (replicas - 1.0) if replicas > 1 else MOST_SPEED_UP
    binding = search.at(replicas - 1, rate_rps)[1] if replicas > 1 else ""
    for _ in range(REFINEMENTS):
        middle = (low + high) / 2.0
        broken = search.at(replicas, rate_rps * middle)[1]
        low, high, binding = (middle, high, binding) if not broken else (low, middle, broken)
    return low * rate_rps / replicas, binding or "compute"


class Answer(NamedTuple):
    """What playing says of one way to run, in plain numbers; 0 replicas: the promises are not met."""

    replicas: int
    most_rps: float = 0.0
    binding: str = ""
    ttft_s: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """50th, 95th and 99th percentile in the busiest hour."""
    tpot_s: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """The same."""


def answer(load: Load, engine: Engine, slo: Slo, *, guess: int) -> Answer:
    """Return the fewest replicas that hold every promise and how they fare; see ``fewest_replicas``."""
    sized = fewest_replicas(load, engine, slo, guess=guess)
    if sized is None:
        return Answer(0)
    ttft, tpot = (_quantiles(sized.outcome, measure) for measure in ("ttft_s", "tpot_s"))
    return Answer(sized.replicas, sized.most_rps, sized.binding, ttft, tpot)


def first_guess(curve: CapacityCurve, load: Load) -> int:
    """Return the replicas that closed forms ask for in the busiest hour."""
    return max(int(np.ceil(load.rate_rps / (curve.max_rps * (1.0 - curve.headroom)))), 1)


def with_answer(curve: CapacityCurve, said: Answer, load: Load) -> CapacityCurve:
    """Return a closed-form curve with what playing says in its place.

    Bursts are in the requests played, so no headroom is held back. The interval keeps its width: it is the error of
    the step times, which playing does not lessen.

    Parameters
    ----------
    curve
        From closed forms; one that carries something.
    said
        With at least one replica.
    load
        What was played.
    """
    ratio = said.most_rps / curve.max_rps
    return replace(
        curve, max_rps=said.most_rps, max_rps_low=curve.max_rps_low * ratio, max_rps_high=curve.max_rps_high * ratio,
        headroom=0.0, ttft_s=_named(said.ttft_s), tpot_s=_named(said.tpot_s),
        output_tokens_per_s=said.most_rps * float(load.trace.output_tokens.mean()), binding=said.binding,
    )  # fmt: skip


def _named(percentiles: tuple[float, float, float]) -> LatencyQuantiles:
    p50, p95, p99 = percentiles
    return LatencyQuantiles(p50=p50, p95=p95, p99=p99)


def _quantiles(found: Simulation, measure: str) -> tuple[float, float, float]:
    try:
        return (found.quantile_s(measure, 0.5), found.quantile_s(measure, 0.95), found.quantile_s(measure, 0.99))
    except ValueError:
        return (0.0, 0.0, 0.0)


def replicas_by_hour(
    hourly_rps: Sequence[float], load: Load, engine: Engine, slo: Slo, *, most_rps: float, peak_replicas: int
) -> tuple[int, ...]:
    """Return replicas for each hour, checked on the busiest hour of each number.

    Few replicas pool less than many: where a number does not hold its busiest hour, the hours it fails get one more.

    Parameters
    ----------
    hourly_rps
        Load by hour [1/s].
    load, engine, slo
        As in ``fewest_replicas``.
    most_rps
        Load per replica at the busiest hour.
    peak_replicas
        Replicas of the busiest hour.
    """
    rates = np.asarray(hourly_rps, dtype=np.float64)
    wanted = np.clip(np.ceil(rates / most_rps - 1e-9), 1, peak_replicas).astype(np.int64)
    search = _Search(load, engine, slo)
    for n in range(1, peak_replicas):
        while (mine := rates[wanted == n]).size and mine.max() > 0 and not search.holds(n, float(mine.max())):
            wanted[(wanted == n) & (rates == mine.max())] += 1
    return tuple(int(n) for n in wanted)
