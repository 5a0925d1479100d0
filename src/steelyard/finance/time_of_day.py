"""Prices that depend on the hour: what traffic pays on average, by when it comes."""

from collections.abc import Sequence
from decimal import Decimal

from steelyard.domain.price import PeakWindow, TokenPrices, TokenTier
from steelyard.units import HOURS_PER_WEEK

__all__ = ["EVEN_WEEK", "peak_shares", "tiers_over_week"]

EVEN_WEEK = (1.0,) * HOURS_PER_WEEK
"""Traffic spread evenly over the hours of a week."""
MINUTES_PER_HOUR = 60
MINUTES_PER_DAY = 1_440
WEEKDAYS = 5
DAYS = 7
MILLIONTH = Decimal("0.000001")
"""Digits kept of an averaged price [USD/Mtok]."""


def peak_shares(peaks: Sequence[PeakWindow], hour_of_week: Sequence[float]) -> tuple[float, ...]:
    """Return the share of the traffic that comes in each window [1].

    Within an hour traffic is taken to come evenly.

    Parameters
    ----------
    peaks
        Windows, none overlapping another.
    hour_of_week
        Traffic by hour of the week, any unit, shape (168,), Monday 00:00 UTC first.
    """
    total = sum(hour_of_week)
    if total <= 0:
        return peak_shares(peaks, EVEN_WEEK)
    return tuple(_minutes_times_traffic(peak, hour_of_week) / (total * MINUTES_PER_HOUR) for peak in peaks)


def _minutes_times_traffic(peak: PeakWindow, hour_of_week: Sequence[float]) -> float:
    length = (peak.to_minute_utc - peak.from_minute_utc) % MINUTES_PER_DAY or MINUTES_PER_DAY
    found = 0.0
    for day in range(WEEKDAYS if peak.weekdays_only else DAYS):
        minute = day * MINUTES_PER_DAY + peak.from_minute_utc
        end = minute + length
        while minute < end:
            until = min(end, (minute // MINUTES_PER_HOUR + 1) * MINUTES_PER_HOUR)
            found += (until - minute) * hour_of_week[minute // MINUTES_PER_HOUR % HOURS_PER_WEEK]
            minute = until
    return found


def tiers_over_week(
    off_peak: Sequence[TokenTier], peaks: Sequence[PeakWindow], hour_of_week: Sequence[float] = EVEN_WEEK
) -> tuple[TokenTier, ...]:
    """Return the prices that traffic pays on average, to a millionth of a dollar per Mtok.

    A price that some window does not list stays as it is off peak.

    Parameters
    ----------
    off_peak
        Tiers outside the windows.
    peaks
        Windows; of each the base tier counts.
    hour_of_week
        Traffic by hour of the week, any unit, shape (168,), Monday 00:00 UTC first.
    """
    if not peaks:
        return tuple(off_peak)
    shares = [Decimal(share) for share in peak_shares(peaks, hour_of_week)]
    listed = [peak.tiers[0].prices for peak in peaks]
    rest = 1 - sum(shares)

    def mean(base: TokenPrices, name: str) -> Decimal | None:
        prices = [(rest, getattr(base, name)), *((s, getattr(p, name)) for s, p in zip(shares, listed, strict=True))]
        if any(price is None for _, price in prices):
            return getattr(base, name)
        return sum((share * price for share, price in prices), Decimal(0)).quantize(MILLIONTH).normalize()

    return tuple(
        TokenTier(above_input_tokens=tier.above_input_tokens,
                  prices=TokenPrices.model_validate({n: mean(tier.prices, n) for n in TokenPrices.model_fields}))
        for tier in off_peak
    )  # fmt: skip
