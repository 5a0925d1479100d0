"""API bills: exact to the cent from counted tokens, and dollars per request for the ledger."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from steelyard.domain.price import RateCard, TokenPrices, TokenTier
from steelyard.domain.traffic import JointHistogram, TierTokens, TokenTotals
from steelyard.units import TOKENS_PER_MTOK

__all__ = ["Bill", "CacheUse", "PricePerRequest", "bill_usd", "price_per_request", "price_per_request_from_lengths"]

CENT = Decimal("0.01")
"""Smallest amount billed [USD]."""
_MTOK = Decimal(TOKENS_PER_MTOK)


@dataclass(frozen=True, slots=True)
class Bill:
    """What a seller charges, by token class, unrounded [USD]."""

    uncached_input: Decimal
    """Input not served from a cache."""
    cache_read: Decimal
    """Input served from a cache."""
    cache_write: Decimal
    """Input written to a cache, of either lifetime."""
    output: Decimal
    """Output, reasoning included."""
    fees: Decimal
    """Fees per request."""
    exact: bool
    """Whether every request could be put into its long-context tier."""

    @property
    def usd(self) -> Decimal:
        """Total, unrounded [USD]."""
        return self.uncached_input + self.cache_read + self.cache_write + self.output + self.fees

    @property
    def usd_to_the_cent(self) -> Decimal:
        """Total as billed, half a cent rounded up [USD]."""
        return self.usd.quantize(CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class PricePerRequest:
    """Mean price of a request, by token class [USD/request]."""

    uncached_input: float
    """Input not served from a cache."""
    cache_read: float
    """Input served from a cache."""
    cache_write: float
    """Input written to a cache."""
    output: float
    """Output, reasoning included."""
    fees: float
    """Fee per request."""

    @property
    def usd(self) -> float:
        """All classes [USD/request]."""
        return self.uncached_input + self.cache_read + self.cache_write + self.output + self.fees


@dataclass(frozen=True, slots=True)
class CacheUse:
    """Shares of the input tokens that meet a cache; the rest is uncached."""

    read_fraction: float = 0.0
    """Read from a cache [1]."""
    write_5m_fraction: float = 0.0
    """Written to a short-lived cache [1]."""
    write_1h_fraction: float = 0.0
    """Written to an hour-long cache [1]."""


@dataclass(frozen=True, slots=True)
class _Band:
    """Requests of one input-length band."""

    above_input_tokens: float
    requests: float
    tokens: TokenTotals


def bill_usd(card: RateCard, tiers: Sequence[TierTokens], *, batch_share: float = 0.0, in_region: bool = False) -> Bill:
    """Return the bill for counted tokens.

    A tier's prices apply to the whole request whose input exceeds its threshold. A cache class without a price is
    charged as uncached input (a write to the hour-long cache as a short-lived write). The bill is exact where the
    bands are cut at the card's thresholds; otherwise the band's lower bound decides and ``exact`` is False.

    Parameters
    ----------
    card
        Prices in force.
    tiers
        Tokens by input-length band, any order.
    batch_share
        Share of the tokens sent through the batch service [1]; no effect where the seller has none.
    in_region
        Whether the regional uplift applies.

    Examples
    --------
    See ``tests/references/test_references_api_bills.py`` for bills worked by hand.
    """
    ordered = sorted(tiers, key=lambda t: t.above_input_tokens)
    bands = [_Band(t.above_input_tokens, t.requests, t.tokens) for t in ordered]
    return _bill(card, bands, batch_share, in_region=in_region)


def price_per_request(
    card: RateCard, tiers: Sequence[TierTokens], *, batch_share: float = 0.0, in_region: bool = False
) -> PricePerRequest:
    """Return the mean price of a request by token class, from counted tokens.

    Parameters
    ----------
    card, tiers, batch_share, in_region
        As for :func:`bill_usd`; the bands must hold at least one request.
    """
    bill = bill_usd(card, tiers, batch_share=batch_share, in_region=in_region)
    return _per_request(bill, sum(t.requests for t in tiers))


def price_per_request_from_lengths(
    card: RateCard, joint: JointHistogram, cache: CacheUse | None = None, *, batch_share: float = 0.0,
    in_region: bool = False, input_token_ratio: float = 1.0, output_token_ratio: float = 1.0,
) -> PricePerRequest:  # fmt: skip
    """Return the mean price of a request by token class, from the joint distribution of lengths.

    Each cell's mean input, converted to the card's model, decides its tier.

    Parameters
    ----------
    card
        Prices in force.
    joint
        Lengths as measured on the model that served them.
    cache
        Cached shares of the input; none by default.
    batch_share
        Share sent through the batch service [1].
    in_region
        Whether the regional uplift applies.
    input_token_ratio, output_token_ratio
        Tokens of the card's model per measured token [1].
    """
    cells = joint.cells
    inputs, outputs = cells.input_tokens * input_token_ratio, cells.output_tokens * output_token_ratio
    thresholds = [tier.above_input_tokens for tier in card.tiers]
    tier_of = np.searchsorted(np.asarray(thresholds[1:]), inputs, side="left")
    use = cache or CacheUse()
    bands = [
        _Band(low, float(w.sum()), _tokens(float(w @ inputs[at]), float(w @ outputs[at]), use))
        for k, low in enumerate(thresholds)
        for at in [tier_of == k]
        for w in [cells.weight[at]]
    ]
    return _per_request(_bill(card, bands, batch_share, in_region=in_region), sum(b.requests for b in bands))


def _tokens(input_tokens: float, output_tokens: float, use: CacheUse) -> TokenTotals:
    read, short, long = (input_tokens * f for f in (use.read_fraction, use.write_5m_fraction, use.write_1h_fraction))
    return TokenTotals(uncached_input=input_tokens - read - short - long, cache_read=read, cache_write_5m=short,
                       cache_write_1h=long, output=output_tokens)  # fmt: skip


def _bill(card: RateCard, bands: Sequence[_Band], batch_share: float, *, in_region: bool) -> Bill:
    factor = 1 - _exact(batch_share) * _exact(card.batch_discount or 0.0)
    factor *= 1 + (_exact(card.regional_uplift) if in_region else Decimal(0))
    priced = [(_tier(card, band.above_input_tokens).prices, band.tokens) for band in bands]
    parts = {
        "uncached_input": _charge((p.uncached_input, t.uncached_input) for p, t in priced),
        "cache_read": _charge((_or_uncached(p, p.cache_read), t.cache_read) for p, t in priced),
        "cache_write": _charge(
            pair
            for p, t in priced
            for pair in (
                (_or_uncached(p, p.cache_write_5m), t.cache_write_5m),
                (_or_uncached(p, p.cache_write_1h, p.cache_write_5m), t.cache_write_1h),
            )
        ),
        "output": _charge((p.output, t.output) for p, t in priced),
    }
    fees = card.per_request_usd * _exact(sum(band.requests for band in bands))
    return Bill(**{name: usd * factor for name, usd in parts.items()}, fees=fees, exact=_separated(card, bands))


def _charge(pairs: Iterable[tuple[Decimal, float]]) -> Decimal:
    return sum((price * _exact(tokens) for price, tokens in pairs), Decimal(0)) / _MTOK


def _or_uncached(prices: TokenPrices, *choices: Decimal | None) -> Decimal:
    return next((price for price in choices if price is not None), prices.uncached_input)


def _tier(card: RateCard, above_input_tokens: float) -> TokenTier:
    reached = [tier for tier in card.tiers if tier.above_input_tokens <= above_input_tokens]
    return reached[-1] if reached else card.tiers[0]


def _separated(card: RateCard, bands: Sequence[_Band]) -> bool:
    """Whether no band with requests straddles one of the card's thresholds."""
    cuts = {band.above_input_tokens for band in bands}
    top = max((band.above_input_tokens for band in bands), default=0.0)
    thresholds = {tier.above_input_tokens for tier in card.tiers[1:]}
    return all(t in cuts or (t > top and not _may_exceed(bands, t)) for t in thresholds)


def _may_exceed(bands: Sequence[_Band], threshold: float) -> bool:
    """Whether some request of the last band could be longer than ``threshold``."""
    last = max(bands, key=lambda band: band.above_input_tokens)
    return last.tokens.input > threshold


def _exact(number: float) -> Decimal:
    return Decimal(str(number))


def _per_request(bill: Bill, requests: float) -> PricePerRequest:
    each = [float(usd) / requests for usd in (bill.uncached_input, bill.cache_read, bill.cache_write, bill.output,
                                              bill.fees)]  # fmt: skip
    return PricePerRequest(*each)
