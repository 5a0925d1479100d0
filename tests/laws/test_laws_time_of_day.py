"""Prices that depend on the hour: traffic pays what its hours cost."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from option_example import card, demand
from steelyard.domain.price import PeakWindow, RateCard, TokenPrices, TokenTier
from steelyard.finance.time_of_day import EVEN_WEEK, peak_shares, tiers_over_week
from steelyard.options.tokens import usd_per_request
from steelyard.units import HOURS_PER_WEEK


def tiers(usd: str) -> tuple[TokenTier, ...]:
    prices = TokenPrices(uncached_input=Decimal(usd), output=Decimal(usd) * 3)
    return (TokenTier(above_input_tokens=0, prices=prices),)


def window(start: int, end: int, *, weekdays: bool = False, usd: str = "2") -> PeakWindow:
    return PeakWindow(from_minute_utc=start, to_minute_utc=end, weekdays_only=weekdays, tiers=tiers(usd))


WEEKS = st.lists(st.floats(0, 1e6), min_size=HOURS_PER_WEEK, max_size=HOURS_PER_WEEK)
WINDOWS = st.builds(window, st.integers(0, 1439), st.integers(0, 1439), weekdays=st.booleans())


@given(WINDOWS)
def test_even_traffic_meets_a_window_for_its_share_of_the_week(peak: PeakWindow) -> None:
    minutes = (peak.to_minute_utc - peak.from_minute_utc) % 1440 or 1440
    days = 5 if peak.weekdays_only else 7
    assert peak_shares([peak], EVEN_WEEK)[0] == pytest.approx(minutes * days / (1440 * 7))


@given(WEEKS, st.integers(1, 1439))
def test_a_window_and_the_rest_of_the_day_hold_all_traffic(week: list[float], cut: int) -> None:
    assert sum(peak_shares([window(0, cut), window(cut, 0)], week)) == pytest.approx(1.0)


@given(WEEKS, WINDOWS)
def test_the_average_lies_between_the_prices_and_does_not_depend_on_volume(week: list[float], peak: PeakWindow) -> None:
    mean = tiers_over_week(tiers("1"), [peak], week)[0].prices.uncached_input
    assert 1 <= mean <= 2
    doubled = tiers_over_week(tiers("1"), [peak], [2 * rate for rate in week])[0].prices.uncached_input
    assert float(doubled) == pytest.approx(float(mean), abs=2e-6)


@given(WEEKS)
def test_a_price_alike_at_all_hours_is_that_price(week: list[float]) -> None:
    mean = tiers_over_week(tiers("1"), [window(60, 600, usd="1")], week)[0].prices
    assert (mean.uncached_input, mean.output) == (1, 3)


def test_traffic_of_one_hour_pays_that_hours_price() -> None:
    peak = window(90, 240, weekdays=True)  # 01:30 to 04:00, Monday to Friday
    at = {hour: [float(h == hour) for h in range(HOURS_PER_WEEK)] for hour in (1, 2, 5, 5 * 24 + 2)}
    assert peak_shares([peak], at[2]) == (1.0,)  # Monday 02:00
    assert peak_shares([peak], at[1]) == (0.5,)  # Monday 01:00
    assert peak_shares([peak], at[5]) == (0.0,)
    assert peak_shares([peak], at[5 * 24 + 2]) == (0.0,)  # Saturday 02:00


def test_a_window_over_midnight_goes_on_the_next_day_and_from_sunday_to_monday() -> None:
    monday = [float(h == 0) for h in range(HOURS_PER_WEEK)]
    assert peak_shares([window(23 * 60, 60)], monday) == (1.0,)
    assert peak_shares([window(23 * 60, 60, weekdays=True)], monday) == (0.0,)


def listed() -> RateCard:
    peaks = (window(0, 720),)
    average = tiers_over_week(tiers("1"), peaks)
    return card().model_copy(update={"tiers": average, "off_peak": tiers("1"), "peaks": peaks})


def test_measured_hours_are_weighed_and_a_stated_shape_pays_the_even_average() -> None:
    mornings = tuple(1.0 if hour % 24 < 12 else 0.0 for hour in range(HOURS_PER_WEEK))
    stated = demand()
    measured = replace(stated, profile=stated.profile.model_copy(
        update={"source": "log", "hour_of_week_rps": mornings}))  # fmt: skip
    even, peak = (card().model_copy(update={"tiers": tiers(usd)}) for usd in ("1.5", "2"))
    assert usd_per_request(listed(), stated) == usd_per_request(even, stated)
    assert usd_per_request(listed(), measured) == usd_per_request(peak, measured)
