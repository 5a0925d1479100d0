"""What the price package lists, read once: importing it costs half a second, its compiled listings milliseconds."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steelyard.domain.price import TokenPrices, TokenTier
from steelyard.domain.value import Value
from steelyard.facts.snapshot import compiled

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

__all__ = ["PACKAGE_DATE", "PACKAGE_VERSION", "BatchPrice", "Listing", "PeakPrice", "Period", "listings_of",
           "package_listings"]  # fmt: skip

PACKAGE_VERSION = "0.2.3"
"""Pinned version of genai-prices."""
PACKAGE_DATE = date(2026, 11, 10)
"""Date of that version's data."""
_PRICE_KEYS = ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "cache_write_1h_mtok")


class Period(Value):
    """Prices from a day on."""

    start: date | None
    """First day; absent: always."""
    tiers: tuple[TokenTier, ...]
    """Tiers by length; none where the package prices no input."""


class PeakPrice(Value):
    """Prices between two times of every day [UTC]."""

    start: time
    """Begin."""
    end: time
    """End; before ``start``: on the next day."""
    tiers: tuple[TokenTier, ...]
    """Tiers by length."""


class BatchPrice(Value):
    """Price of input processed within 24 hours, from a day on."""

    start: date | None
    """First day; absent: always."""
    uncached_input: Decimal
    """Shortest requests' price [USD/Mtok]."""


class Listing(Value):
    """One model at one provider of the package, of every date."""

    provider: str
    """The package's name of the seller."""
    name: str
    """The provider's name of the model."""
    url: str | None
    """The provider's price page."""
    periods: tuple[Period, ...]
    """Dated prices."""
    peaks: tuple[PeakPrice, ...] = ()
    """Prices of some hours of the day."""
    batches: tuple[BatchPrice, ...] = ()
    """Batch prices, in the package's order."""


class _Listings(Value):
    """Every listing of some providers."""

    listings: tuple[Listing, ...]
    """In the package's order."""


def package_listings(providers: frozenset[str]) -> tuple[Listing, ...]:
    """Return what the package lists at these providers, from the compiled snapshot where there is one.

    The snapshot is found by the package's version and file and by this module's own content, so that neither an upgrade
    nor a change here is missed.

    Parameters
    ----------
    providers
        The package's names of sellers.
    """
    return compiled(f"prices-{_key(providers)}", _Listings, lambda: _compile(providers)).listings


def _key(providers: frozenset[str]) -> str:
    """Return what the compiled listings depend on, as a hash."""
    state = hashlib.sha256(f"{PACKAGE_VERSION}\0{sorted(providers)!r}".encode())
    state.update(Path(__file__).read_bytes())
    package = find_spec("genai_prices")
    if package is not None and package.origin is not None:
        stat = Path(package.origin).with_name("data.py").stat()
        state.update(f"{stat.st_size}\0{stat.st_mtime_ns}".encode())
    return state.hexdigest()[:32]


def _compile(providers: frozenset[str]) -> _Listings:
    from genai_prices.data import providers as packaged  # noqa: PLC0415  # half a second of CPU

    return _Listings(listings=listings_of(packaged, providers))


def listings_of(packaged: "Iterable[Provider]", providers: frozenset[str]) -> tuple[Listing, ...]:
    """Return what these providers list, in the order given.

    Parameters
    ----------
    packaged
        Providers as the package reads them, from its own data or a later state of them.
    providers
        The package's names of sellers.
    """
    return tuple(
        _listing(provider.id, model, (provider.pricing_urls or (None,))[0])
        for provider in packaged if provider.id in providers for model in provider.models
    )  # fmt: skip


def _listing(provider: str, model: "ModelInfo", url: str | None) -> Listing:
    return Listing(provider=provider, name=model.id, url=url, periods=tuple(_periods(model)),
                   peaks=tuple(_peaks(model)), batches=tuple(_batches(model)))  # fmt: skip


def _periods(model: "ModelInfo") -> Iterator[Period]:
    """Yield dated prices; those that depend on the time of day are peaks."""
    if not isinstance(model.prices, list):
        yield Period(start=None, tiers=_tiers(model.prices))
        return
    for item in model.prices:
        start = getattr(item.constraint, "start_date", None)
        if item.constraint is None or start is not None:
            yield Period(start=start, tiers=_tiers(item.prices))


def _peaks(model: "ModelInfo") -> Iterator[PeakPrice]:
    for item in model.prices if isinstance(model.prices, list) else ():
        start, end = getattr(item.constraint, "start_time", None), getattr(item.constraint, "end_time", None)
        tiers = _tiers(item.prices)
        if isinstance(start, time) and isinstance(end, time) and tiers:
            yield PeakPrice(start=start.replace(tzinfo=None), end=end.replace(tzinfo=None), tiers=tiers)


def _batches(model: "ModelInfo") -> Iterator[BatchPrice]:
    for variant in model.price_variants or ():
        price = _at(getattr(variant.prices, "input_mtok", None), 0)
        if variant.when == {"processing": "batch"} and price is not None:
            yield BatchPrice(start=getattr(variant.constraint, "start_date", None), uncached_input=price)


def _at(price: Any, above: int) -> Decimal | None:  # the package's own union
    """Return the price of a request whose input exceeds a length."""
    if price is None or isinstance(price, Decimal):
        return price
    value: Decimal = price.base
    for tier in price.tiers:
        if above >= tier.start:
            value = tier.price
    return value


def _tiers(prices: "ModelPrice") -> tuple[TokenTier, ...]:
    raw: Mapping[str, Any] = {key: getattr(prices, key, None) for key in _PRICE_KEYS}
    starts = {0} | {t.start for price in raw.values() for t in getattr(price, "tiers", ())}
    tiers: list[TokenTier] = []
    for above in sorted(starts):
        at = {key: _at(price, above) for key, price in raw.items()}
        if at["input_mtok"] is None:
            return ()
        tiers.append(TokenTier(above_input_tokens=above, prices=TokenPrices(
            uncached_input=at["input_mtok"], output=at["output_mtok"] or Decimal(0), cache_read=at["cache_read_mtok"],
            cache_write_5m=at["cache_write_mtok"], cache_write_1h=at["cache_write_1h_mtok"])))  # fmt: skip
    return tuple(tiers)
