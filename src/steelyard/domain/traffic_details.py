"""What a log shows beyond its profile: days, seconds, who asks, where it is heading, what it repeats."""

from datetime import date
from typing import Literal

from steelyard.domain.value import Value
from steelyard.units import Count, Fraction, PerSecond, Ratio, Tokens, Usd

__all__ = ["ClassSummary", "Concentration", "DayTotals", "Member", "PrefixReuse", "TrafficDetails", "Trend"]


class DayTotals(Value):
    """One day of the traffic (UTC)."""

    day: date
    """Day."""
    requests: Count
    """Requests used; 0 where the source does not count them."""
    input_tokens: Tokens
    """Input of the rows used, all classes."""
    output_tokens: Tokens
    """Output of the rows used."""
    set_aside: Count
    """Rows left out."""
    usd: Usd | None = None
    """List price of the day's tokens on that day, of what could be priced; null where nothing could."""
    logged_usd: Usd | None = None
    """What the log itself says the day cost; null where it does not."""


class Member(Value):
    """One of the largest users, keys, teams or sessions."""

    name: str
    """Local pseudonym, or the name where identities were asked for."""
    share: Fraction
    """Share of the requests."""


class Concentration(Value):
    """How much of the requests the largest few make."""

    by: Literal["end_user", "api_key", "team", "session", "tag"]
    """What is counted."""
    members: Count
    """Distinct ones."""
    top_share: Fraction
    """Share of requests of the ten largest."""
    largest_share: Fraction
    """Share of the largest."""
    largest: tuple[Member, ...] = ()
    """The largest five."""


class Trend(Value):
    """Growth per mean month with an 80 % interval, and how much a week swings."""

    growth_per_month: Fraction
    """Central value."""
    low_per_month: Fraction
    """10th percentile."""
    high_per_month: Fraction
    """90th percentile."""
    weekday_swing: Ratio
    """Busiest weekday over the quietest."""
    weekdays: tuple[Ratio, ...] = ()
    """Mean day of each weekday over the mean day, Monday first."""


class PrefixReuse(Value):
    """Share of input tokens found in a prefix cache by its size, least recently used blocks leaving first."""

    cache_tokens: tuple[Tokens, ...]
    """Cache sizes, ascending."""
    hit_fraction: tuple[Fraction, ...]
    """Share of input tokens found, one per size, never falling."""
    unbounded_hit_fraction: Fraction
    """Share found by a cache without bound."""
    within_5_minutes_fraction: Fraction
    """Share found if a block lives 5 minutes after its last use, size unbounded."""


class ClassSummary(Value):
    """One class of the traffic, as a page shows it."""

    name: str
    """Name in the study, or the value the log was split by."""
    share: Fraction
    """Share of the requests; of the rows where requests are not counted."""
    requests: Count
    """Requests."""
    input_tokens: Tokens
    """Input over the span."""
    output_tokens: Tokens
    """Output over the span."""
    input_p50: Tokens | None = None
    """Median input; null for aggregates."""
    input_p99: Tokens | None = None
    """99th percentile of input; null for aggregates."""
    output_p50: Tokens | None = None
    """Median output; null for aggregates."""
    output_p99: Tokens | None = None
    """99th percentile of output; null for aggregates."""
    cached_fraction: Fraction = 0.0
    """Cache-read share of its input."""
    peak_to_mean_per_minute: Ratio
    """Busiest minute over the mean minute."""
    hour_of_week_rps: tuple[PerSecond, ...]
    """168 mean request rates, Monday 00:00 UTC first."""


class TrafficDetails(Value):
    """Everything a profile shows beside its statistics; each part is empty or null where the source lacks it."""

    days: tuple[DayTotals, ...] = ()
    """By day, ascending."""
    peak_requests_per_second: Count | None = None
    """Most requests in one clock second; null for aggregates."""
    concentration: tuple[Concentration, ...] = ()
    """For each kind of identity that the log states."""
    trend: Trend | None = None
    """Growth over the log; null where it is shorter than two weeks."""
    prefix_reuse: PrefixReuse | None = None
    """Reuse of prompt prefixes; null where the log has no prefix hashes."""
    classes: tuple[ClassSummary, ...] = ()
    """Classes that the study or the command asked for."""
    thin: tuple[str, ...] = ()
    """What the log is too thin to conclude, with the reason."""
