"""Quantities as people write them, and what is said of those that cannot be read."""

import math

import pytest

from steelyard.study import quantities as q


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("12M", q.REQUESTS_PER_MONTH, 12e6),
        ("12_000_000", q.REQUESTS_PER_MONTH, 12e6),
        ("1.2B", q.TOKENS, 1.2e9),
        ("40k", q.COUNT, 40_000),
        ("4k tokens", q.TOKENS_PER_REQUEST, 4_000),
        ("12.3M", q.TOKENS, 12_300_000),
        ("1e6", q.TOKENS, 1e6),
        ("$0.05", q.USD, 0.05),
        ("$80k", q.USD, 80_000),
        ("$9M", q.USD_PER_YEAR, 9e6),
        ("$20k per month", q.USD_PER_YEAR, 240_000),
        ("400k per day", q.REQUESTS_PER_MONTH, 400_000 * 730.5 / 24),
        ("1.5s", q.SECONDS, 1.5),
        ("50ms", q.SECONDS, 0.05),
        ("50 ms", q.SECONDS, 0.05),
        ("2 min", q.SECONDS, 120),
        ("within 24h", q.HOURS, 24),
        ("2 days", q.HOURS, 48),
        ("36 months", q.MONTHS, 36),
        ("3 years", q.MONTHS, 36),
        ("36", q.MONTHS, 36),
        ("80%", q.FRACTION, 0.8),
        ("0.8", q.FRACTION, 0.8),
        ("3%", q.GROWTH, 0.03),
        ("-2% per month", q.GROWTH, -0.02),
        ("\N{MINUS SIGN}2% per month", q.GROWTH, -0.02),
        ("10% per year", q.DISCOUNT_RATE, 0.1),
        ("0", q.GROWTH, 0.0),
    ],
)
def test_a_number_is_read_into_its_canonical_unit(text: str, kind: q.Quantity, value: float) -> None:
    read = q.parse_quantity(text, kind)
    assert read.is_point
    assert read.p50 == pytest.approx(value, rel=1e-12)


def test_a_positive_range_has_its_median_in_the_geometric_middle() -> None:
    read = q.parse_quantity("12M to 20M", q.REQUESTS_PER_MONTH)
    assert (read.p10, read.p90, read.shape) == (12e6, 20e6, "lognormal")
    assert read.p50 == pytest.approx(math.sqrt(12e6 * 20e6))


def test_a_range_of_rates_has_its_median_in_the_middle() -> None:
    read = q.parse_quantity("2% to 6% per month", q.GROWTH)
    assert (read.p10, read.p90, read.shape) == (0.02, 0.06, "normal")
    assert read.p50 == pytest.approx(0.04)


def test_a_unit_may_be_written_once() -> None:
    assert q.parse_quantity("50 to 80 ms", q.SECONDS) == q.parse_quantity("50ms to 80ms", q.SECONDS)
    assert q.parse_quantity("2 to 6% per month", q.GROWTH) == q.parse_quantity("2% to 6% per month", q.GROWTH)
    assert q.parse_quantity("$220k to 320k", q.USD) == q.parse_quantity("$220k to $320k", q.USD)


@pytest.mark.parametrize(
    ("text", "kind", "what", "remedy"),
    [
        ("12m", q.TOKENS, "unknown unit 'm'", "M (million)"),
        ("12 million", q.TOKENS, "unknown unit 'million'", "M (million)"),
        ("5 parsecs", q.SECONDS, "unknown unit 'parsecs'", "ms"),
        ("12,000,000", q.TOKENS, "is not", "without commas"),
        ("12M-20M", q.TOKENS, "is not", "`low to high`"),
        ("12M \N{EN DASH} 20M", q.TOKENS, "is not", "`low to high`"),
        ("12 to 20M", q.TOKENS, "the low end lacks the 'M'", "both ends in full"),
        ("20M to 12M", q.TOKENS, "falls from high to low", "smaller end first"),
        ("1M to 2M to 3M", q.TOKENS, "more than one 'to'", "`low to high`"),
        ("0 to 5M", q.TOKENS, "starts at zero", "above zero"),
        ("-5", q.TOKENS, "is negative", "at least 0"),
        ("€5k", q.USD, "is not", "in USD"),
        ("$5", q.SECONDS, "dollar sign", "1.5s"),
        ("120%", q.FRACTION, "above anything sensible", "from 0 to 100%"),
        ("300% per month", q.GROWTH, "above anything sensible", "from -90 to 200%"),
        ("3% per fortnight", q.GROWTH, "unknown period 'fortnight'", "month"),
        ("1.5s per day", q.SECONDS, "takes none", "Drop"),
        ("", q.TOKENS, "is not", ""),
        ("1" * 200, q.TOKENS, "too long", ""),
        ("1e999", q.TOKENS, "beyond any number", ""),
        ("nan", q.TOKENS, "is not", ""),
    ],
)
def test_a_wrong_quantity_says_what_is_wrong_and_what_to_do(
    text: str, kind: q.Quantity, what: str, remedy: str
) -> None:
    with pytest.raises(q.QuantityError) as caught:
        q.parse_quantity(text, kind)
    assert what in caught.value.what
    assert remedy in caught.value.remedy


def test_a_suffix_on_the_high_end_alone_is_fine_where_it_cannot_mean_both() -> None:
    read = q.parse_quantity("800 to 1.2k", q.TOKENS_PER_REQUEST)
    assert (read.p10, read.p90) == (800, 1200)


def test_percentiles_must_not_fall() -> None:
    with pytest.raises(q.QuantityError, match="must not fall"):
        q.from_percentiles({"p10": 3, "p50": 2, "p90": 4}, q.TOKENS)


def test_equal_percentiles_are_a_plain_number() -> None:
    assert q.from_percentiles({"p10": 3, "p50": 3, "p90": 3}, q.TOKENS).is_point


def test_amounts_are_written_as_people_write_them() -> None:
    assert q.write_quantity(12e6, q.REQUESTS_PER_MONTH) == "12M"
    assert q.write_quantity(q.parse_quantity("$220k to $320k", q.USD), q.USD) == "$220k to $320k"
    assert q.write_quantity(q.parse_quantity("2% to 6% per month", q.GROWTH), q.GROWTH) == "2% to 6% per month"
    assert q.write_quantity(36.0, q.MONTHS) == "36 months"
