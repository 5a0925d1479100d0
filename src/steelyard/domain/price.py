"""What sellers list: tokens, GPU hours, servers."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from steelyard.domain.evidence import Evidence
from steelyard.domain.value import Value
from steelyard.units import Count, Fraction, Months, Seconds, Tokens, Unit, Usd, UsdPerDeviceHour

__all__ = ["DatedUsd", "GpuOffer", "PriceType", "RateCard", "ServerPurchase", "TokenPrices", "TokenTier"]

PublishedUsdPerMtok = Annotated[Decimal, Unit("USD/Mtok")]
PublishedUsd = Annotated[Decimal, Unit("USD")]
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
    """Tiers by ``above_input_tokens``, ascending, the first at 0."""
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
    evidence: Evidence
    """Where the prices come from."""


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
