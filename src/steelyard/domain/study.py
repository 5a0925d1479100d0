"""A study: what the organisation says about itself, in canonical units, with every default listed."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from steelyard.domain.currency import Currency
from steelyard.domain.serving import Slo
from steelyard.domain.uncertain import Uncertain
from steelyard.domain.value import Value
from steelyard.units import (
    Count,
    Fraction,
    Hours,
    Months,
    PerSecond,
    Ratio,
    Tokens,
    TokensPerSecond,
    Unit,
    Usd,
    UsdPerDeviceHour,
    UsdPerMonth,
    UsdPerYear,
)

__all__ = ["Answer", "Assumed", "Availability", "DataNeeds", "Differentiator", "Economics", "ProvisionedTerms",
           "QualityNeeds", "Quota", "Quote", "RateLimit", "SelfHostedToday", "StatedLengths", "StatedTraffic",
           "Study", "Team", "TodayApi", "TrafficClass", "TrafficNeeds", "TrainingData", "UnsizedTraffic"]  # fmt: skip

Answer = Literal["yes", "no", "unknown"]
Availability = Literal["none", "n_plus_1"]


class StatedLengths(Value):
    """Tokens per request as stated: a lognormal through two percentiles."""

    p50: Uncertain
    """Median tokens per request."""
    p95: Uncertain
    """95th percentile of tokens per request."""


class StatedTraffic(Value):
    """Traffic without a log."""

    requests_per_month: Uncertain
    """Requests in a month [1/month]."""
    input_tokens: StatedLengths
    """Input per request."""
    output_tokens: StatedLengths
    """Output per request."""
    shape: str = "office_hours"
    """Named hour-of-week shape."""
    cached_fraction: Fraction = 0.0
    """Share of input read from a cache today."""


class UnsizedTraffic(Value):
    """Traffic of known lengths whose requests follow from tokens a month, or from what is spent at list price."""

    tokens_per_month: Uncertain | None = None
    """Tokens a month, input and output together [token/month]; None: derived from ``today.spend_usd_per_month``."""
    input_tokens: StatedLengths
    """Input per request."""
    output_tokens: StatedLengths
    """Output per request."""
    shape: str = "office_hours"
    """Named hour-of-week shape."""
    cached_fraction: Fraction = 0.0
    """Share of input read from a cache today."""


class TrafficClass(Value):
    """A part of the traffic with its own promise."""

    name: str
    """Name in the study."""
    share: Fraction = 0.0
    """Share of requests; measured in the log where the class has a rule."""
    slo: Slo
    """Latency promises; none for batch."""
    batch_within_h: Hours | None = None
    """Time within which batch results are due; absent: interactive."""
    where: Mapping[str, tuple[str, ...]] | None = None
    """Rule on the log: key -> values, any of which fits; absent: ``share`` of all, or what other rules leave."""
    options: tuple[str, ...] = ()
    """Models, sellers or ways to serve that this class may use; none named: all."""


class TrafficNeeds(Value):
    """How much traffic, how it grows, what it must be given."""

    logs: tuple[str, ...] = ()
    """Log paths as written, relative to the study."""
    mapping: Mapping[str, str] | None = None
    """Column mapping for generic logs: canonical name -> column."""
    log_format: str | None = None
    """Format forced by the user."""
    stated: StatedTraffic | None = None
    """Traffic stated instead of logged."""
    unsized: UnsizedTraffic | None = None
    """Traffic stated without its requests, which a decision derives first."""
    shape: str | None = None
    """Named shape to use where a log is shorter than a week."""
    growth_per_month: Uncertain
    """Growth of requests [1/month]."""
    classes: tuple[TrafficClass, ...]
    """Classes; shares sum to one."""
    peak_rps: PerSecond | None = None
    """Busiest rate as stated, held against the volume [1/s]."""


class TodayApi(Value):
    """What runs now, bought."""

    provider: str
    """Seller."""
    model: str
    """Model identifier at that seller."""
    discount: Fraction = 0.0
    """Negotiated discount off list."""
    contract_ends: date | None = None
    """Last day of the contract: until then its prices stand and its minimum is owed."""
    minimum_usd_per_month: UsdPerMonth = 0.0
    """Spending committed to until the contract ends."""
    spend_usd_per_month: UsdPerMonth | None = None
    """What the bill says a month, held against tokens times price."""


class SelfHostedToday(Value):
    """What runs now, self-hosted."""

    model: str
    """Open model identifier."""
    accelerator: str
    """Accelerator identifier."""
    count: Count
    """Devices."""
    owned_since: date | None = None
    """Purchase month; absent: rented."""
    contract_ends: date | None = None
    """End of lease or commitment."""
    usd_per_device_h: float | None = None
    """Rent where rented [USD/(device h)]."""
    exit_usd: Usd | None = None
    """What leaving the lease or commitment at once costs; absent: it is paid to its end."""
    tokens_per_s_per_device: TokensPerSecond | None = None
    """Throughput as stated, input and output, held against the roofline."""


class QualityNeeds(Value):
    """How good is good enough."""

    task: str = "chat"
    """Task name for screens and token ratios."""
    at_least: str = "today"
    """``today`` or a model identifier: the reference."""
    margin_index: float = 4.0
    """Non-inferiority margin on the ability index [index point]."""
    least_chance: Fraction = 0.5
    """Smallest chance of being no worse by more than the margin at which an option stays in."""
    needs: tuple[str, ...] = ()
    """Capabilities the task needs."""
    evals: str | None = None
    """The user's own paired evaluation, relative to the study."""
    evals_margin: Fraction = 0.03
    """How much worse on that evaluation still counts as no worse, in share of its score."""
    failed_request_usd: Usd | None = None
    """Cost of a failed request."""


class DataNeeds(Value):
    """What the data is and where it may go."""

    classification: str | None = None
    """Data class, such as ``phi``."""
    regimes: tuple[str, ...] = ()
    """Regimes that apply, as the user names them."""
    countries: tuple[str, ...] = ()
    """ISO 3166 alpha-2 codes."""
    must_stay_on_premises: Answer = "unknown"
    """Q1 as answered."""
    process_in_region: Answer = "unknown"
    """Whether bought service is to be kept in a region, at the seller's uplift where it lists one."""
    custom_rules: tuple[Mapping[str, Any], ...] = ()
    """The organisation's own rules."""
    barred_vendors: tuple[str, ...] = ()
    """Vendors whose models, and whose weights under other names, are not used."""


class TrainingData(Value):
    """Exclusive data."""

    exclusive: Answer = "unknown"
    """Q2 as answered."""
    tokens: float | None = None
    """Size of the corpus [token]."""
    labelled_examples: Count | None = None
    """Labelled examples."""
    base: str | None = None
    """Model to tune, as the user names it; absent: chosen among those that pass the bar."""
    gain_index: Uncertain | None = None
    """What tuning adds on the task in the user's own evaluation [index point]; absent: unknown."""
    prompt_tokens_saved: Tokens = 0.0
    """Input tokens that a tuned model's prompts no longer need."""
    shared_by: Count = 1
    """Workloads of this size whose adapters would share the machines, this one included."""
    refresh_months: Months | None = None
    """Months between tunings; 0: once; absent: every year."""
    tuned_at: tuple[str, ...] = ()
    """Sellers at which the organisation has tuned models already."""


class Differentiator(Value):
    """Whether the model is what is sold."""

    model_is_product: Answer = "unknown"
    """Q4 as answered."""
    value_of_a_month_earlier_usd: Uncertain | None = None
    """Value of shipping one month earlier [USD]."""


class Team(Value):
    """Who would run it."""

    ml_platform_engineers: float = 0.0
    """Engineers already employed who could run serving [person]."""
    loaded_usd_per_year: Uncertain
    """Loaded cost per engineer [USD/a]."""
    on_call: Literal["shared", "own"] = "shared"
    """Whether a rota around the clock exists anyway, or own machines would need one of their own."""
    opportunity_usd_per_year: UsdPerYear = 0.0
    """What an engineer's year would earn elsewhere; charged instead of the loaded cost where higher."""


class Economics(Value):
    """Money's own terms."""

    discount_rate_per_year: Uncertain
    """Nominal discount rate [1/a]."""
    tax_fraction: Fraction = 0.0
    """Marginal tax rate on income; 0: before tax."""
    depreciation_months: Months = 60
    """Life for tax of what is bought, where a tax rate is stated."""
    operating_expense_usd_per_year: Usd | None = None
    """Total operating expense, for Q3's share."""
    largest_other_expense_usd_per_year: Usd | None = None
    """Largest single other line, for Q3's "first expense"."""


class Quota(Value):
    """A contract or quote of the user's own."""

    name: str
    """What it prices."""
    usd: Usd
    """Price in the unit the name states."""


class Quote(Value):
    """A price of the organisation's own, fixed for a term: of a model at a seller, or of an accelerator by the hour."""

    seller: str
    """Who gave it."""
    model: str | None = None
    """Model identifier; absent for a rent."""
    discount: Fraction = 0.0
    """Off the seller's list prices of that model."""
    accelerator: str | None = None
    """Accelerator rented; absent for a model."""
    devices: Count = 1
    """Devices of one machine rented."""
    usd_per_device_h: UsdPerDeviceHour = 0.0
    """Rent of one device."""
    until: date
    """Last day on which it holds."""


class RateLimit(Value):
    """What a seller lets the organisation send in a minute, as its account or contract says."""

    seller: str
    """Seller."""
    model: str | None = None
    """Model identifier; absent: every model of the seller."""
    requests_per_minute: Ratio | None = None
    """Requests in a minute."""
    tokens_per_minute: Ratio | None = None
    """Tokens in a minute, input and output."""


class ProvisionedTerms(Value):
    """What the organisation knows of capacity sold by the unit, for one model at one seller."""

    seller: str
    """Who sells it."""
    model: str
    """Model identifier."""
    input_tokens_per_minute_per_unit: Annotated[float, Unit("token/min")]
    """Input tokens that one unit carries in a minute."""
    output_token_weight: Ratio | None = None
    """Input tokens that one output token counts as; absent: the ratio of their list prices."""
    usd_per_unit_h: Annotated[float, Unit("USD/(unit h)")]
    """Price of one unit, busy or not."""
    least_units: Count = 1
    """Fewest sold."""
    unit_step: Count = 1
    """Units are added in steps of this."""
    until: date | None = None
    """Last day on which the price holds; absent: it moves from the start."""


class Assumed(Value):
    """A default that was used because the study is silent."""

    key: str
    """Study key, dotted."""
    value: str
    """Value used, printed with its unit."""
    reason: str
    """Why this default, with its source."""


class Study(Value):
    """A study, ready to run."""

    name: str
    """Name of the study; names the output folder."""
    horizon_months: Count
    """Horizon."""
    traffic: TrafficNeeds
    """Traffic."""
    today: TodayApi | SelfHostedToday | None = None
    """What runs now."""
    quality: QualityNeeds = QualityNeeds()
    """Quality bar."""
    data: DataNeeds = DataNeeds()
    """Data constraints."""
    training_data: TrainingData = TrainingData()
    """Exclusive data."""
    differentiator: Differentiator = Differentiator()
    """Product question."""
    team: Team
    """Team."""
    economics: Economics
    """Economics."""
    availability: Availability = "none"
    """One target for every option."""
    risk: Literal["expected", "cvar_90"] = "expected"
    """What the verdict minimises."""
    candidates: tuple[str, ...] | None = None
    """Option or model identifiers to consider; absent: automatic."""
    currency: Currency | None = None
    """Currency to show amounts in; USD where absent."""
    buyer: Literal["pinned", "follow_tier", "re_pick"] = "pinned"
    """Buyer behaviour for API prices."""
    build_months: Months = 3
    """Time from decision to self-hosted production."""
    refresh_months: Months | None = None
    """Months between refreshes of a self-hosted model; absent: every year where API prices are followed, else never."""
    quotes: tuple[Quote, ...] = ()
    """Prices of the organisation's own; each stops its price process until it ends."""
    rate_limits: tuple[RateLimit, ...] = ()
    """What sellers let through in a minute, where the organisation knows."""
    provisioned: tuple[ProvisionedTerms, ...] = ()
    """What units of capacity carry and cost, where the organisation knows."""
    assumed: tuple[Assumed, ...] = ()
    """Every default used."""
    text: str = ""
    """The study file as read, for the receipt's hash."""
    where: str = "study"
    """File name without path, for messages."""
