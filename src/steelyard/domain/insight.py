"""What a sceptic asks of a decision: contradictions, costs of gates, doubts, the other side, and what would tell."""

from steelyard.domain.value import Value
from steelyard.units import (
    Count,
    Fraction,
    Months,
    PerMonth,
    Ratio,
    Usd,
    UsdPerMonth,
    UsdPerRequest,
    UsdPerYear,
)

__all__ = ["Advocate", "Contradiction", "Convergence", "CostSurface", "GateCost", "Influence", "QualityStep", "Removal",
           "SurfacePoint", "Tradeoffs"]  # fmt: skip


class Contradiction(Value):
    """Figures of the study that cannot all be right, with the arithmetic."""

    figures: tuple[str, ...]
    """Keys of the study, or of the log, that contradict each other."""
    arithmetic: str
    """The calculation that does not come out."""
    sentence: str
    """What does not fit, in words, with what to do."""


class Convergence(Value):
    """Whether the draws suffice for this decision."""

    draws: Count
    """Draws used."""
    margin_usd: Usd | None
    """Mean cost of the next best option less the chosen one's; null without a second option."""
    margin_standard_error_usd: Usd | None
    """Standard error of that difference over independent draws: an upper bound for stratified ones."""
    halves_agree: bool
    """Whether each half of the draws by itself chooses the same option."""
    settled: bool
    """Whether twice the standard error lies within the threshold, or the margin is that far from it."""
    sentence: str
    """In words."""


class Influence(Value):
    """How much of the doubt about the choice comes from one input."""

    input: str
    """Input, or inputs of one kind together."""
    unit: str
    """Its unit."""
    low: Ratio
    """Its 10th percentile."""
    high: Ratio
    """Its 90th percentile."""
    margin_at_low_usd: Usd
    """Cost of the runner-up less that of the choice with the input at its p10, the rest as drawn."""
    margin_at_high_usd: Usd
    """The same at its p90."""
    share_of_variance: Fraction
    """Share of the variance of the margin that the input explains by itself (first-order Sobol' index)."""


class GateCost(Value):
    """What one gate costs: the best option that passes all against the best that would if this gate were open."""

    gate: str
    """Gate: data, licence, provenance, context, capability, quality, rate limit, slo, class."""
    rules: tuple[str, ...]
    """Rules of it that block an option."""
    blocks: tuple[str, ...]
    """Options it blocks."""
    opens: tuple[str, ...]
    """Options that nothing else blocks: they would be open without it."""
    best_allowed: str | None
    """Best option as things stand; null where nothing passes."""
    best_without: str | None
    """Best option without this gate; null where nothing would pass."""
    cost_usd: Usd | None
    """Expected present value saved without it, at least nil; null where nothing passes with it or without it."""
    sentence: str
    """In words."""


class Removal(Value):
    """What removing or tokenising the sensitive part of the data would open."""

    opens: tuple[str, ...]
    """Options that only rules on the data block."""
    best: str
    """Best option then."""
    saving_usd: Usd | None
    """Expected present value saved, before the cost of removing; null where nothing passes today."""
    sentence: str
    """In words: it is the most that removing may cost."""


class QualityStep(Value):
    """What wins while options must be no worse than the reference with at least some chance."""

    from_chance: Fraction
    """Chance asked for, from here (exclusive, but for nil) ..."""
    to_chance: Fraction
    """... to here."""
    option: str | None
    """What wins; null where nothing passes."""
    npv_cost_usd: Usd | None
    """Its expected present value."""
    chance: Fraction | None
    """Its own chance of being no worse; null where no score tells."""
    asked_now: bool
    """Whether the study's own threshold lies here."""


class Advocate(Value):
    """The strongest honest case for the runner-up, from the same numbers."""

    option: str
    """The runner-up."""
    extra_usd: Usd
    """What it costs more than the choice, in expected present value."""
    wins_fraction: Fraction
    """Share of draws in which it costs less than the choice."""
    saving_where_it_wins_usd: Usd
    """What it saves on average in those draws."""
    beliefs: tuple[str, ...]
    """What is different where it wins, largest difference first."""
    arguments: tuple[str, ...]
    """Each true on these numbers, strongest first."""


class SurfacePoint(Value):
    """One volume on the break-even curve."""

    requests_per_month: PerMonth
    """Volume in month 1."""
    break_even_usd_per_request: UsdPerRequest | None
    """Price of a bought request at which own machines cost the same; null where no price does."""
    own_option: str | None
    """Cheapest own option at that volume."""


class CostSurface(Value):
    """Requests a month against price per request: where buying and owning cost the same, and where you stand."""

    bought_option: str
    """Bought option whose price is moved."""
    curve: tuple[SurfacePoint, ...]
    """Break-even price by volume: above it owning is cheaper."""
    requests_per_month_p10_p50_p90: tuple[PerMonth, PerMonth, PerMonth]
    """Your volume in month 1, with its spread."""
    usd_per_request_p10_p50_p90: tuple[UsdPerRequest, UsdPerRequest, UsdPerRequest]
    """What a request costs you at that option in month 1, with its spread."""
    owning_cheaper_fraction: Fraction
    """Share of draws in which the cheapest own option costs less than that bought option."""
    rule_requests_per_month: tuple[PerMonth, PerMonth]
    """The rule of thumb: model the economics above the first, owning starts to pay back from the second."""
    rule_usd_per_request: UsdPerRequest
    """The rule of thumb: price above which it does."""
    break_even_at_rule_usd_per_request: UsdPerRequest | None = None
    """Break-even price at the volume from which the rule expects owning to pay back; null outside the curve."""
    sentence: str
    """In words."""


class Tradeoffs(Value):
    """Speed, focus, frontier and ownership, in dollars and engineer-months, for the best own option."""

    own_option: str
    """Best own option, the rules on the data ignored."""
    ownership_premium_usd_per_month: UsdPerMonth | None
    """What it costs a month beyond the best bought option, in present value; null without one."""
    speed_months_later: Months
    """Months until it serves."""
    speed_usd: Usd
    """What that delay costs: the value of the months lost, or double running while it is built."""
    focus_engineer_months: Ratio
    """Engineer-months to build and to run it over the horizon [person month]."""
    focus_usd: Usd
    """What those engineers cost, in present value."""
    frontier_usd: Usd
    """What keeping up costs: refreshes of the model, in present value."""
    share_of_operating_expense: Fraction | None
    """Inference at the reference line over total operating expense; null where that is not stated."""
    inference_usd_per_year: UsdPerYear | None = None
    """Month 1 of what runs today, else of the best bought option, twelve times; with neither, the present value of the
    choice by year; null in documents of version 1.0."""
    sentences: tuple[str, ...]
    """In words, one a subject."""
