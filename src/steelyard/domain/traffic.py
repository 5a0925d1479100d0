"""Traffic: what a log holds once it is counted, and requests with their arrival times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.traffic_details import TrafficDetails
from steelyard.domain.value import Value
from steelyard.units import Bytes, Count, Fraction, PerMonth, PerSecond, Ratio, Seconds, Tokens

__all__ = ["JointHistogram", "LengthCells", "ModelTraffic", "PrefixBlocks", "Profile", "Quantiles", "RowCounts",
           "SourceFile", "TierTokens", "TokenTotals", "Trace", "TrafficTable"]  # fmt: skip


class RowCounts(Value):
    """Where every row of the input went; ``read == used + sum(set_aside)``."""

    read: Count
    """Rows met."""
    used: Count
    """Rows counted as requests (or buckets) of this traffic."""
    set_aside: Mapping[str, Count] = {}
    """Rows left out, by reason."""


class SourceFile(Value):
    """One file that was read, named so that a receipt can be checked without it."""

    name: str
    """File name without its folder."""
    sha256: str
    """Hash of its bytes."""
    size_bytes: Bytes
    """Size as stored."""


class TrafficTable(Value):
    """Logs in canonical form: one Parquet file, its rows counted and its sources named."""

    path: Path
    """The canonical Parquet file."""
    grain: Literal["request", "aggregate", "cost"]
    """One row per request, per bucket of an aggregated source, or per line of a bill that counts no tokens."""
    formats: tuple[str, ...]
    """Log formats met, sorted."""
    rows: RowCounts
    """Where every row of the input went."""
    zone: str
    """In words, how the times of the log were read."""
    files: tuple[SourceFile, ...]
    """Sources in the order read."""
    warnings: tuple[str, ...] = ()
    """What a reader of later results must know."""


class TokenTotals(Value):
    """Tokens in five disjoint classes; input is the sum of the first four."""

    uncached_input: Tokens = 0.0
    """Input not served from a cache."""
    cache_read: Tokens = 0.0
    """Input served from a cache."""
    cache_write_5m: Tokens = 0.0
    """Input written to a short-lived cache."""
    cache_write_1h: Tokens = 0.0
    """Input written to an hour-long cache."""
    output: Tokens = 0.0
    """Output, reasoning included."""

    @property
    def input(self) -> float:
        """All input tokens."""
        return self.uncached_input + self.cache_read + self.cache_write_5m + self.cache_write_1h


class Quantiles(Value):
    """Exact order statistics of tokens per request; absent where the source is aggregated."""

    p50: Tokens
    """Median."""
    p90: Tokens
    """90th percentile."""
    p95: Tokens
    """95th percentile."""
    p99: Tokens
    """99th percentile."""
    max: Tokens
    """Largest."""
    mean: Tokens
    """Mean."""


class JointHistogram(Value):
    """Counts of requests by input and output length.

    Cell (i, j) holds requests with input in ``[input_edges[i], input_edges[i+1])`` and output in
    ``[output_edges[j], output_edges[j+1])``; the sums keep every total exact.
    """

    input_edges: tuple[Tokens, ...]
    """Ascending edges, length n + 1."""
    output_edges: tuple[Tokens, ...]
    """Ascending edges, length m + 1."""
    counts: tuple[tuple[Ratio, ...], ...]
    """Requests per cell, n rows of m."""
    input_sums: tuple[tuple[Tokens, ...], ...]
    """Summed input tokens per cell."""
    output_sums: tuple[tuple[Tokens, ...], ...]
    """Summed output tokens per cell."""

    @cached_property
    def cells(self) -> "LengthCells":
        """Non-empty cells as flat arrays: weights sum to one, lengths are the cells' means."""
        counts = np.asarray(self.counts, dtype=np.float64)
        used = counts > 0
        n = counts[used]
        return LengthCells(
            weight=n / n.sum(),
            input_tokens=np.asarray(self.input_sums, dtype=np.float64)[used] / n,
            output_tokens=np.asarray(self.output_sums, dtype=np.float64)[used] / n,
        )


@dataclass(frozen=True, slots=True)
class LengthCells:
    """Request lengths as weighted points, each array of shape (n_cells,)."""

    weight: NDArray[np.float64]
    """Share of requests [1], sums to one."""
    input_tokens: NDArray[np.float64]
    """Input tokens of the cell."""
    output_tokens: NDArray[np.float64]
    """Output tokens of the cell."""


class TierTokens(Value):
    """Tokens of the requests whose input exceeds one threshold and not the next."""

    above_input_tokens: Tokens
    """Lower bound (exclusive) of the band; 0 for the first."""
    requests: Count
    """Requests in the band."""
    tokens: TokenTotals
    """Their tokens."""


class ModelTraffic(Value):
    """The share of the traffic that one model served."""

    model: str
    """Name as logged; empty where the log names none."""
    requests: Count
    """Requests (0 where an aggregate does not say)."""
    tokens: TokenTotals
    """Tokens over the span."""
    tiers: tuple[TierTokens, ...] = ()
    """Tokens by input-length band, at the breakpoints asked for; empty for aggregates."""


class Profile(Value):
    """Statistics of a traffic: everything later rooms need to price and to serve it."""

    source: Literal["log", "aggregate", "stated"]
    """Measured per request, measured in buckets, or stated in the study."""
    formats: tuple[str, ...] = ()
    """Log formats read."""
    rows: RowCounts
    """Where every row went."""
    start: datetime | None = None
    """First request (UTC)."""
    end: datetime | None = None
    """Last request, or end of the last bucket (UTC)."""
    span_s: Seconds
    """Time covered."""
    requests: Count
    """Requests used."""
    requests_per_month: PerMonth
    """Requests in a mean month of 730.5 hours, after scaling the span."""
    tokens: TokenTotals
    """Tokens over the span."""
    models: tuple[ModelTraffic, ...] = ()
    """By model as logged, most requests first."""
    hour_of_week_rps: tuple[PerSecond, ...]
    """168 mean request rates, Monday 00:00 UTC first; averages to ``requests_per_month`` over a month."""
    requests_by_hour: tuple[Count, ...] = ()
    """Requests in each clock hour (UTC) from that of the first, of a log shorter than a week; else empty."""
    shape_source: str
    """``measured``, or the name of the shape that was assumed."""
    peak_to_mean_per_minute: Ratio
    """Busiest minute over the mean minute of its span."""
    inter_arrival_cv: Ratio
    """Coefficient of variation of gaps between arrivals within an hour (1 for Poisson)."""
    input_tokens: Quantiles | None
    """Input per request; absent for aggregates."""
    output_tokens: Quantiles | None
    """Output per request; absent for aggregates."""
    joint: JointHistogram
    """Joint lengths; for aggregates synthesised from the mean with a stated spread."""
    joint_measured: bool
    """Whether ``joint`` was counted from requests."""
    cached_fraction: Fraction
    """Cache-read share of input tokens."""
    failed_fraction: Fraction = 0.0
    """Share of rows read that are failures."""
    operations: Mapping[str, Count] = {}
    """Rows by operation (chat, embedding, ...)."""
    warnings: tuple[str, ...] = ()
    """What is too thin, scaled or assumed."""
    details: TrafficDetails | None = None
    """Days, identities, trend and reuse of a log; absent where traffic was stated or nobody asked."""

    @property
    def mean_input_tokens(self) -> float:
        """Mean input tokens per request."""
        cells = self.joint.cells
        return float(cells.weight @ cells.input_tokens)

    @property
    def mean_output_tokens(self) -> float:
        """Mean output tokens per request."""
        cells = self.joint.cells
        return float(cells.weight @ cells.output_tokens)


@dataclass(frozen=True, slots=True)
class PrefixBlocks:
    """Hashes of the blocks of every prompt of a trace; equal hashes are equal prefixes."""

    hashes: NDArray[np.int64]
    """Of all requests, one after the other."""
    starts: NDArray[np.int64]
    """Where each request's begin, shape (n_requests + 1,)."""
    block_tokens: int
    """Tokens per block."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Requests in order of arrival, each array of shape (n_requests,)."""

    arrival_s: NDArray[np.float64]
    """Arrival since the start [s], ascending."""
    input_tokens: NDArray[np.int64]
    """Input length."""
    output_tokens: NDArray[np.int64]
    """Output length, at least 1."""
    cached_tokens: NDArray[np.int64]
    """Input tokens already in a prefix cache, at most ``input_tokens``; zeros where unknown."""
