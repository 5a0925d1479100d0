"""What sellers list: tokens, GPU hours, servers."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from steelyard.domain.evidence import Evidence
from steelyard.domain.value import Value
from steelyard.units import (
    Count,
    Fraction,
    Months,
    Ratio,
    Seconds,
    Tokens,
    TokensPerSecond,
    Unit,
    Usd,
    UsdPerDeviceHour,
    UsdPerHour,
)

__all__ = ["CardAmendment", "DatedUnitPrice", "DatedUsd", "FineTuningPrice", "GpuOffer", "PeakWindow", "PriceType",
           "ProvisionedOffer", "ProvisionedThroughput", "RateCard", "ServerPurchase", "TokenPrices",
           "TokenTier"]  # fmt: skip

PublishedUsdPerMtok = Annotated[Decimal, Unit("USD/Mtok")]
PublishedUsd = Annotated[Decimal, Unit("USD")]
UsdPerUnitHour = Annotated[float, Unit("USD/(unit h)")]
UsdPerUnitMonth = Annotated[float, Unit("USD/(unit month)")]
TokensPerMinute = Annotated[float, Unit("token/min")]
PriceType = Literal["on_demand", "spot", "reserved_1y", "reserved_3y"]


class TokenPrices(Value):
    """Published prices per million tokens; an absent price is charged as its fallback says."""

    uncached_input: PublishedUsdPerMtok
    """Input tokens not found in the cache."""
    output: PublishedUsdPerMtok
    """Output tokens, reasoning included."""
    cache_read: PublishedUsdPerMtok | None = None
    """Input tokens read from the cache; absent: charged as uncached input."""
    cache_write_5m: PublishedUsdPerMtok | None = None
    """Input tokens written to a short-lived cache; absent: charged as uncached input."""
    cache_write_1h: PublishedUsdPerMtok | None = None
    """Input tokens written to an hour-long cache; absent: charged as the short-lived write."""


class TokenTier(Value):
    """Prices that apply to a whole request when its input exceeds a length."""

    above_input_tokens: Tokens
    """The tier applies to requests with more input tokens than this (0: the base tier)."""
    prices: TokenPrices
    """Prices of every token of such a request."""


class PeakWindow(Value):
    """Prices between two times of the day."""

    from_minute_utc: Count
    """Minute of the day at which they begin [UTC], 0 to 1,439."""
    to_minute_utc: Count
    """Minute at which they end; not after the begin: on the next day."""
    weekdays_only: bool = False
    """Whether they hold on days from Monday to Friday only, by the day on which they begin."""
    tiers: tuple[TokenTier, ...]
    """Tiers by ``above_input_tokens``."""


class RateCard(Value):
    """Token prices of one model at one seller, valid from a date."""

    seller: str
    """Who bills."""
    model: str
    """Model identifier: a managed model's or an open model's."""
    open_weights: bool
    """Whether the model's weights are open."""
    valid_from: date | None = None
    """First day these prices applied; absent: not known."""
    tiers: tuple[TokenTier, ...]
    """Tiers by ``above_input_tokens``, ascending, the first at 0; a week's average where the hour matters."""
    off_peak: tuple[TokenTier, ...] = ()
    """Tiers outside the peaks; none where prices do not depend on the hour."""
    peaks: tuple[PeakWindow, ...] = ()
    """Windows of the day with prices of their own, none overlapping another."""
    batch_discount: Fraction | None = None
    """Share taken off for batch processing within 24 hours; absent: no batch service known."""
    per_request_usd: PublishedUsd = Decimal(0)
    """Fee per request beside tokens."""
    regional_uplift: Fraction = 0.0
    """Share added for processing kept in a region."""
    announced: tuple["RateCard", ...] = ()
    """Announced future prices, by ``valid_from``, ascending."""
    disagreement_fraction: Fraction = 0.0
    """Largest relative difference among the sources compared; widens the interval."""
    first_seen: date | None = None
    """Day the listing was first seen at this seller; absent: not known."""
    retires: date | None = None
    """Day the seller takes the listing down, or did; absent: none announced."""
    evidence: Evidence
    """Where the prices come from."""
    also: tuple[Evidence, ...] = ()
    """Where what was added to the list prices comes from: uplift, batch, dates."""


class CardAmendment(Value):
    """What a seller's price list lacks or has wrong: each field given replaces the card's own."""

    seller: str
    """Who bills."""
    models: tuple[str, ...]
    """Identifiers of the models concerned; those without a card are passed over."""
    valid_from: date | None = None
    """First day it applies; absent: since it was seen."""
    batch_discount: Fraction | None = None
    """Share taken off for batch processing within 24 hours."""
    regional_uplift: Fraction | None = None
    """Share added for processing kept in a region."""
    cache_write_5m: PublishedUsdPerMtok | None = None
    """Input tokens written to a short-lived cache, in the base tier."""
    first_seen: date | None = None
    """Day the listing was first seen at this seller."""
    retires: date | None = None
    """Day the seller takes the listing down, or did."""
    evidence: Evidence
    """Where it comes from."""


class FineTuningPrice(Value):
    """What tuning a model as a service costs: training, hosting what was trained, and its tokens."""

    id: str
    """``seller/model/scope/method``."""
    seller: str
    """Who trains and serves."""
    model: str
    """Identifier of the model tuned."""
    method: Literal["supervised", "reinforcement"]
    """Supervised: billed by trained token (tokens in the file times epochs); reinforcement: by hour."""
    scope: Literal["global", "data_zone", "regional"]
    """Where training and serving may run."""
    training_usd_per_mtok: PublishedUsdPerMtok | None = None
    """Price of trained tokens; absent: not known, or billed by hour."""
    training_usd_per_h: UsdPerHour | None = None
    """Price of an hour of training; absent: billed by token."""
    high_training_usd_per_mtok: PublishedUsdPerMtok | None = None
    """Dearest region's price of trained tokens, where regions differ."""
    high_training_usd_per_h: UsdPerHour | None = None
    """Dearest region's price of an hour of training, where regions differ."""
    hosting_usd_per_h: UsdPerHour | None = None
    """Price of keeping one tuned model deployed, busy or not; absent: not charged or not known."""
    inference: TokenPrices | None = None
    """Tokens of the tuned model; absent: not known."""
    inference_batch_discount: Fraction | None = None
    """Share taken off for batch processing of the tuned model."""
    valid_from: date | None = None
    """First day of these prices, where known."""
    closed_to_new_organisations_from: date | None = None
    """Day from which organisations that never tuned may not begin."""
    closed_to_inactive_organisations_from: date | None = None
    """Day from which organisations that have not tuned lately may not begin."""
    no_new_jobs_from: date | None = None
    """Day after which nobody may start a job."""
    inference_ends: date | None = None
    """Day the tuned models of this kind stop serving, or did."""
    evidence: Evidence
    """Where it comes from."""


class ProvisionedOffer(Value):
    """Capacity sold by the unit and hour or month, whatever model runs on it."""

    id: str
    """``seller/service/scope/billing``."""
    seller: str
    """Who sells it."""
    service: str
    """The seller's name of the service or family of models."""
    scope: Literal["global", "data_zone", "regional"]
    """Where requests may be processed."""
    region: str
    """The seller's regions concerned, or ``any``."""
    usd_per_unit_h: UsdPerUnitHour | None = None
    """Price of a unit and hour, busy or not; absent: billed by month."""
    usd_per_unit_month: UsdPerUnitMonth | None = None
    """Price of a unit and month under a monthly commitment; absent: billed by hour."""
    term_months: Months = 0
    """Commitment (0: none)."""
    valid_from: date | None = None
    """First day of the price."""
    earlier: tuple["DatedUnitPrice", ...] = ()
    """Earlier prices, ascending."""
    evidence: Evidence
    """Where the price comes from."""


class DatedUnitPrice(Value):
    """A price of a provisioned unit from a day on."""

    valid_from: date
    """First day."""
    usd_per_unit_h: UsdPerUnitHour
    """Price of a unit and hour."""


class ProvisionedThroughput(Value):
    """What one provisioned unit carries of a model, and how few units may be bought."""

    id: str
    """``seller/model``."""
    seller: str
    """Who sells it."""
    model: str
    """Identifier of the model."""
    input_tokens_per_minute_per_unit: TokensPerMinute
    """Input tokens a unit carries in a minute."""
    output_token_weight: Ratio | None = None
    """Input tokens that one output token counts as; absent: not stated (the seller's price ratio is a guide)."""
    least_units: Count
    """Smallest deployment, global and data zone."""
    unit_step: Count
    """Units are added in steps of this, global and data zone."""
    least_units_regional: Count
    """Smallest deployment in one region."""
    unit_step_regional: Count
    """Step in one region."""
    target_tokens_per_s: TokensPerSecond | None = None
    """Output speed the seller targets, per request."""
    evidence: Evidence
    """Where it comes from."""


class DatedUsd(Value):
    """A price seen on a date."""

    on: date
    """Date seen."""
    usd_per_device_h: UsdPerDeviceHour
    """Price per device and hour."""


class GpuOffer(Value):
    """One way to rent an accelerator from one seller."""

    id: str
    """``seller/instance/region/price_type``."""
    seller: str
    """Who rents it out."""
    instance: str
    """The seller's name of the instance."""
    accelerator: str
    """Accelerator identifier."""
    devices: Count
    """Devices per instance; only whole instances can be rented."""
    region: str
    """The seller's region, or ``any``."""
    price_type: PriceType
    """How it is paid."""
    usd_per_device_h: UsdPerDeviceHour
    """Price in force on the catalogue's date."""
    low_usd_per_device_h: UsdPerDeviceHour | None = None
    """p10 where the price is an estimate."""
    high_usd_per_device_h: UsdPerDeviceHour | None = None
    """p90 where the price is an estimate."""
    term_months: Months = 0
    """Commitment (0: none)."""
    start_up_s: Seconds | None = None
    """From order to ready, where known."""
    history: tuple[DatedUsd, ...] = ()
    """Earlier prices, ascending, append-only."""
    evidence: Evidence
    """Where the price comes from."""

    @property
    def machine(self) -> str:
        """What a bill calls the machine: the seller's name, or the accelerator's where its listings carry none."""
        return self.accelerator if self.instance.startswith("(") else self.instance


class ServerPurchase(Value):
    """A whole server one can buy."""

    id: str
    """Such as ``hgx-h100-8``."""
    accelerator: str
    """Accelerator identifier."""
    devices: Count
    """Devices in the server."""
    usd: Usd
    """Central purchase price."""
    low_usd: Usd
    """p10."""
    high_usd: Usd
    """p90."""
    power_kw: Annotated[float, Unit("kW")]
    """Power of the whole server under load."""
    evidence: Evidence
    """Where the price comes from."""


UsdByClass = Mapping[str, Usd]
