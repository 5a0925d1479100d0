"""The demo's log: four weeks of LiteLLM SpendLogs, synthesised from a measured trace and a measured week.

Joint lengths and bursts are the trace's, the hours of the week those of the shape given. What no public trace states
is a convention, named below: the split over two models, failures, cache hits and durations.
"""

import gzip
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.traffic import Profile, Trace
from steelyard.workload.shapes import relative_rates
from steelyard.workload.synthesis import pattern_of, synthesize

__all__ = ["DEMO_SEED", "write_demo_log"]

DEMO_SEED = 20261101
"""Seed of the demo's log."""
_FIRST_DAY = datetime(2026, 10, 5, tzinfo=UTC)  # a Monday
_WEEKS = 4
_REQUESTS = 210_000
_SECONDS_PER_WEEK = 604_800
_MODELS = ("gpt-5.4-mini", "gpt-5.4-nano")
_NANO_SHARE = 0.30
_FAILED_SHARE = 0.012
_CACHE_LEAST_TOKENS = 1_024
"""Least input that OpenAI caches; hits come in steps of 128 (its prompt caching guide)."""
_CACHE_STEP_TOKENS = 128
_CACHE_HIT_SHARE = 0.5
_CACHED_SHARE_OF_HIT = 0.8
_FIRST_TOKEN_S = 0.35
_PREFILL_S_PER_TOKEN = 5e-5
_DECODE_S_PER_TOKEN = 0.009


@dataclass(frozen=True, slots=True)
class _Rows:
    """Columns of the log, shape (n_requests,)."""

    trace: Trace
    nano: NDArray[np.bool_]
    failed: NDArray[np.bool_]
    cached: NDArray[np.int64]
    latency_factor: NDArray[np.float64]


def write_demo_log(
    folder: Path,
    *,
    trace: Profile,
    week: Sequence[float],
    seed: int = DEMO_SEED,
    progress: Callable[[str], None] | None = None,
) -> list[Path]:
    """Write one gzip file a week into ``folder`` and return them; the same arguments give the same bytes.

    Parameters
    ----------
    folder
        Where to write; made if absent.
    trace
        Measured lengths and burstiness, such as ``facts.workload.measured_trace("azure_conv")``.
    week
        168 relative rates, such as ``facts.workload.load_shapes()["measured"]``.
    seed
        Seed of every draw.
    progress
        Is told what was written.
    """
    rows = _rows(trace, week, seed)
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for number in range(_WEEKS):
        begin = _FIRST_DAY + timedelta(weeks=number)
        path = folder / f"usage-{begin:%Y-%m-%d}.jsonl.gz"
        bounds = np.searchsorted(rows.trace.arrival_s, [number * _SECONDS_PER_WEEK, (number + 1) * _SECONDS_PER_WEEK])
        partial = path.with_suffix(".partial")
        partial.write_bytes(_compressed(_lines(rows, int(bounds[0]), int(bounds[1]), seed)))
        partial.replace(path)
        written.append(path)
        if progress is not None:
            progress(f"{path.name}: {bounds[1] - bounds[0]:,} requests")
    return written


def _rows(trace: Profile, week: Sequence[float], seed: int) -> _Rows:
    span_s = float(_WEEKS * _SECONDS_PER_WEEK)
    rates = np.asarray(relative_rates(week)) * (_REQUESTS / span_s)
    demand = trace.model_copy(update={"hour_of_week_rps": tuple(float(r) for r in rates)})
    drawn = synthesize(demand, seed=seed, duration_s=span_s, pattern=pattern_of(trace, seed=seed))
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 1])))
    n = len(drawn.arrival_s)
    hit = (generator.random(n) < _CACHE_HIT_SHARE) & (drawn.input_tokens >= _CACHE_LEAST_TOKENS)
    steps = (drawn.input_tokens * _CACHED_SHARE_OF_HIT).astype(np.int64) // _CACHE_STEP_TOKENS
    return _Rows(
        trace=drawn,
        nano=generator.random(n) < _NANO_SHARE,
        failed=generator.random(n) < _FAILED_SHARE,
        cached=np.where(hit, steps * _CACHE_STEP_TOKENS, 0),
        latency_factor=generator.lognormal(0.0, 0.25, n),
    )


def _compressed(text: str) -> bytes:
    sink = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=sink, mode="wb", compresslevel=5, mtime=0) as file:
        file.write(text.encode())
    return sink.getvalue()


def _lines(rows: _Rows, low: int, high: int, seed: int) -> str:
    starts = _times(rows.trace.arrival_s[low:high])
    first = _FIRST_TOKEN_S + _PREFILL_S_PER_TOKEN * rows.trace.input_tokens[low:high]
    whole = first + _DECODE_S_PER_TOKEN * rows.trace.output_tokens[low:high]
    firsts = _times(rows.trace.arrival_s[low:high] + first * rows.latency_factor[low:high])
    ends = _times(rows.trace.arrival_s[low:high] + whole * rows.latency_factor[low:high])
    columns = zip(
        range(low, high), starts, firsts, ends, rows.trace.input_tokens[low:high].tolist(),
        rows.trace.output_tokens[low:high].tolist(), rows.cached[low:high].tolist(), rows.nano[low:high].tolist(),
        rows.failed[low:high].tolist(), strict=True,
    )  # fmt: skip
    return "".join(_line(seed, *row) for row in columns)


def _times(since_s: NDArray[np.float64]) -> list[str]:
    moments = np.datetime64(_FIRST_DAY.replace(tzinfo=None), "ms") + (since_s * 1_000).astype("timedelta64[ms]")
    return np.datetime_as_string(moments).tolist()


def _line(  # one row of the proxy's table, its text columns empty as the proxy leaves them by default
    seed: int, number: int, start: str, first: str, end: str, asked: int, answered: int, cached: int, nano: bool,
    failed: bool,
) -> str:  # fmt: skip
    if failed:
        asked = answered = cached = 0
    usage = (
        f'{{\\"usage_object\\": {{\\"prompt_tokens\\": {asked}, \\"completion_tokens\\": {answered}, '
        f'\\"prompt_tokens_details\\": {{\\"cached_tokens\\": {cached}}}}}}}'
    )
    return (
        f'{{"request_id": "demo-{seed}-{number:06d}", "call_type": "acompletion", "prompt_tokens": {asked}, '
        f'"completion_tokens": {answered}, "startTime": "{start}Z", "endTime": "{end}Z", '
        f'"completionStartTime": "{first}Z", "model": "{_MODELS[nano]}", "custom_llm_provider": "openai", '
        f'"team_id": "support", "metadata": "{usage}", "cache_hit": "False", "messages": "{{}}", "response": "{{}}", '
        f'"status": "{"failure" if failed else "success"}"}}\n'
    )
