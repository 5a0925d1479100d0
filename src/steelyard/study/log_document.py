"""What ``profile`` prints of a log: the values, each with its unit."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from steelyard.domain.traffic import JointHistogram, Quantiles, RowCounts
from steelyard.domain.traffic_details import ClassSummary, Concentration, PrefixReuse, Trend
from steelyard.domain.value import Value
from steelyard.units import Count, Days, Fraction, PerMonth, PerSecond, Ratio, Tokens, Usd

__all__ = ["BillLine", "DayLine", "LogProfile", "LogSpan", "ModelLine", "MonthLine", "Reconciled"]


class LogSpan(Value):
    """Time covered."""

    start: datetime | None
    """First request (UTC)."""
    end: datetime | None
    """Last request, or end of the last bucket (UTC)."""
    days: Days
    """Length."""


class ModelLine(Value):
    """One model of the log."""

    model: str
    """As logged."""
    requests: Count
    """Requests."""
    tokens: Mapping[str, Tokens]
    """Tokens by class."""
    priced_as: str | None
    """Price list used, ``seller: model``; null where none is known."""
    usd: Usd | None
    """List price of the span's tokens, each day at that day's list; null where no price is known."""
    usd_as_of: Usd | None = None
    """The same tokens at the list of the day of the facts; null where no price is known."""


class MonthLine(Value):
    """One calendar month (UTC), as far as the log covers it."""

    month: str
    """Such as 2026-10."""
    days: Count
    """Days with rows."""
    requests: Count
    """Requests used; 0 where the source does not count them."""
    tokens: Mapping[str, Tokens]
    """Tokens by class."""
    usd: Usd | None
    """List price at each day's list, of what could be priced; null where nothing could."""
    logged_usd: Usd | None
    """What the log itself says it cost; null where it does not."""


class DayLine(Value):
    """One model, operation and fate on one day (UTC)."""

    day: date
    """Day."""
    model: str
    """As logged."""
    operation: str
    """chat, embedding, image, audio or other."""
    status: str
    """``used``, or the reason for which the rows were set aside."""
    rows: Count
    """Rows."""
    requests: Count
    """Requests; 0 where the source does not count them."""
    tokens: Mapping[str, Tokens]
    """Tokens by class."""
    usd: Usd | None
    """List price on that day; null for what is set aside and where no price is known."""
    logged_usd: Usd | None
    """What the log itself says it cost; null where it does not."""


class BillLine(Value):
    """One model on one day of a bill, beside what its usage should have cost."""

    day: date
    """Day (UTC)."""
    model: str
    """Model as both sides were brought to."""
    computed_usd: Usd | None
    """List price of the usage; null without usage or without a price."""
    invoiced_usd: Usd | None
    """What the bill says, credits deducted; null where it has no line."""
    explanation: str
    """Why the two differ, as far as the files show."""


class Reconciled(Value):
    """A bill held against usage, or a bill alone."""

    headline: str
    """The first sentence: how many rows were priced, computed and invoiced sums."""
    priced_rows: Count
    """Rows of usage that could be priced."""
    rows: Count
    """Rows of usage."""
    computed_usd: Usd
    """Sum computed, of what could be priced."""
    invoiced_usd: Usd
    """Sum invoiced, credits deducted."""
    credits_usd: Usd
    """Credits on the bill, a negative sum."""
    lines: tuple[BillLine, ...]
    """By day and model."""


class LogProfile(Value):
    """What ``profile --json`` prints."""

    files: tuple[str, ...]
    """Logs read, names without paths."""
    formats: tuple[str, ...]
    """Formats met."""
    grain: Literal["request", "aggregate", "cost"]
    """Whether requests, buckets or amounts alone were logged."""
    rows: RowCounts
    """Where every row went."""
    zone: str
    """How the times were read, in words."""
    span: LogSpan
    """Time covered."""
    months: tuple[MonthLine, ...] = ()
    """By calendar month."""
    requests: Count
    """Requests used."""
    requests_per_month: PerMonth | None
    """Requests in a mean month, after scaling the span; null for a bill."""
    tokens: Mapping[str, Tokens]
    """Tokens over the span, by class."""
    hour_of_week_rps: tuple[PerSecond, ...]
    """168 mean request rates, Monday 00:00 UTC first; none for a bill."""
    shape_source: str
    """``measured``, or the shape that was assumed."""
    peak_to_mean_per_minute: Ratio | None
    """Busiest minute over the mean minute; null for a bill."""
    peak_requests_per_second: Count | None = None
    """Most requests in one clock second; null for aggregates."""
    inter_arrival_cv: Ratio | None
    """Coefficient of variation of gaps between arrivals; null for a bill."""
    input_tokens: Quantiles | None
    """Input per request; null for aggregates."""
    output_tokens: Quantiles | None
    """Output per request; null for aggregates."""
    joint: JointHistogram | None = None
    """Requests by input and output length as counted; null for aggregates."""
    cached_fraction: Fraction
    """Cache-read share of the input."""
    prefix_reuse: PrefixReuse | None = None
    """Reuse of prompt prefixes against cache size; null where the log has no prefix hashes."""
    failed_fraction: Fraction
    """Share of rows that are failures."""
    operations: Mapping[str, Count]
    """Rows by operation."""
    models: tuple[ModelLine, ...]
    """By model as logged, most requests first."""
    usd: Mapping[str, Usd | None]
    """List price of the span's tokens by model, each day at that day's list; null where no price is known."""
    priced_rows: Count = 0
    """Rows used that a price list was known for."""
    logged_usd: Usd | None = None
    """What the log itself says it cost; null where it does not."""
    days: tuple[DayLine, ...] = ()
    """By day, model, operation and fate: every row with a time is in one."""
    concentration: tuple[Concentration, ...] = ()
    """For each kind of identity that the log states."""
    trend: Trend | None = None
    """Growth over the log; null where it is shorter than two weeks."""
    classes: tuple[ClassSummary, ...] = ()
    """Classes asked for with ``--by``."""
    reconciliation: Reconciled | None = None
    """A bill beside the usage; null where none was given."""
    thin: tuple[str, ...] = ()
    """What the log is too thin to conclude."""
    warnings: tuple[str, ...]
    """What is scaled, assumed or left out."""
