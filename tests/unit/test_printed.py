"""Numbers as people write them."""

# ruff: noqa: E501  sentences and rows stand on one line

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.nouns import counted, noun
from steelyard.printed import count, money, months, percent, quantity

AMOUNTS = st.floats(min_value=-1e15, max_value=1e15, allow_nan=False)
SCALES = {"": 1.0, "k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def read(text: str) -> float:
    """Read back a printed amount."""
    found = re.fullmatch(r"([\u2212+]?)\$?([\d,]*\.?\d+) ?([kMBT]?)", plain(text))
    assert found, text
    return (-1 if found[1] == "\u2212" else 1) * float(found[2].replace(",", "")) * SCALES[found[3]]


@pytest.mark.parametrize(("usd", "printed"), [
    (1_234_567, "$1.2 M"), (43_210, "$43 k"), (0.00123, "$0.0012"), (0, "$0"), (-3_400_000, "\u2212$3.4 M"),
    (999_600, "$1.0 M"), (99_960, "$100 k"), (123_456, "$123 k"), (999.7, "$1.0 k"), (4.3, "$4.30"), (12, "$12"),
    (0.43, "$0.43"), (0.01, "$0.01"), (1e-12, "$0"), (-1e-12, "$0"), (2.5e9, "$2.5 B"), (1_999, "$2.0 k"),
    (550, "$550"), (99.996, "$100"), (0.05, "$0.05"), (5e13, "$50 T"), (0.000999, "$0.001"), (7.2e15, "$7,200 T"),
])  # fmt: skip
def test_money_is_rounded_as_people_do(usd: float, printed: str) -> None:
    assert plain(money(usd)) == printed


def test_a_gain_may_carry_a_plus() -> None:
    assert plain(money(4e6, sign=True)) == "+$4.0 M"
    assert money(0.0, sign=True) == "$0"


@given(AMOUNTS)
def test_printed_money_is_within_rounding_of_the_amount(usd: float) -> None:
    assert math.isclose(read(money(usd)), usd, rel_tol=0.051, abs_tol=1e-9)


@given(AMOUNTS)
def test_a_minus_is_never_a_hyphen_and_signs_mirror(usd: float) -> None:
    assert "-" not in money(usd)
    assert money(-usd).lstrip("\u2212") == money(usd).lstrip("\u2212")


@given(AMOUNTS, AMOUNTS)
def test_a_larger_amount_never_prints_smaller(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert read(money(low)) <= read(money(high))


@given(AMOUNTS)
def test_printed_counts_read_back(number: float) -> None:
    assert math.isclose(read(count(number)), number, rel_tol=0.051, abs_tol=1e-9)


@pytest.mark.parametrize(("number", "printed"), [
    (2048, "2,048"), (12_400_000, "12.4 M"), (15_000_000, "15 M"), (1_234_567, "1.23 M"), (999_960, "1 M"), (123_456_789, "123 M"), (1.25, "1.25"), (0.37, "0.37"), (-4, "\u22124"), (9999.6, "10,000"),
    (204_118, "204 k"), (3.0, "3"), (36, "36"), (49.73, "49.7"), (19.99, "20"), (9.996, "10"), (99.96, "100"), (6.7249, "6.72"),
])  # fmt: skip
def test_counts(number: float, printed: str) -> None:
    assert plain(count(number)) == printed


@pytest.mark.parametrize(("fraction", "printed"), [
    (0.81, "81 %"), (0, "0 %"), (1, "100 %"), (0.9999, "over 99 %"), (0.00001, "under 0.1 %"), (0.048, "4.8 %"),
    (-0.28, "\u221228 %"), (0.04, "4 %"), (0.0996, "10 %"), (1.2, "120 %"), (0.994, "99 %"),
])  # fmt: skip
def test_percent_never_calls_a_chance_certain(fraction: float, printed: str) -> None:
    assert plain(percent(fraction)) == printed


@pytest.mark.parametrize(("value", "unit", "printed"), [
    (0.31, "USD/Mtok", "$0.31 per Mtok"), (12e6, "requests/month", "12 M requests a month"), (268_000, "USD/a", "$268 k a year"),
    (0.05, "s", "50 ms"), (1.5, "s", "1.5 s"), (0.04, "1/a", "4 % a year"), (0.02, "fraction/month", "2 % a month"),
    (3.5, "ratio", "3.5"), (7.0, "furlong", "7 furlong"), (18, "month", "18 months"), (500, "USD", "$500"),
])  # fmt: skip
def test_quantities_keep_their_unit(value: float, unit: str, printed: str) -> None:
    assert plain(quantity(value, unit)) == printed


def test_one_month_is_singular() -> None:
    assert (plain(months(1.0)), plain(months(14.3))) == ("1 month", "14 months")


@pytest.mark.parametrize(
    "unit", ["month", "token", "d", "a", "person", "person month", "request/month", "B/token", "d/a"]
)
def test_one_of_anything_takes_the_singular(unit: str) -> None:
    one, two = plain(quantity(1, unit)).split(), plain(quantity(2, unit)).split()
    assert one[0] == "1"
    assert one[1:] != two[1:]
    assert not any(word in {"months", "tokens", "days", "years", "people", "requests", "bytes"} for word in one)


@given(number=st.integers(0, 10**6))
def test_a_noun_is_singular_behind_one_alone(number: int) -> None:
    assert (noun(number, "row") == "row") == (number == 1)
    assert counted(number, "entry", "entries").split()[1] == ("entry" if number == 1 else "entries")
