"""Whatever a quantity is, writing it and reading it back changes nothing."""

import contextlib
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from steelyard.domain.uncertain import Uncertain
from steelyard.study import quantities as q
from steelyard.study.fields import Reader
from steelyard.study.fields_kinds import UncertainKind
from steelyard.study.fields_yaml import read_yaml

KINDS = [q.COUNT, q.DISCOUNT_RATE, q.FRACTION, q.GROWTH, q.HOURS, q.INDEX_POINTS, q.MONTHS, q.PEOPLE,
         q.REQUESTS_PER_MONTH, q.SECONDS, q.TOKENS, q.TOKENS_PER_REQUEST, q.USD, q.USD_PER_DEVICE_HOUR,
         q.USD_PER_YEAR]  # fmt: skip


@st.composite
def known_quantities(draw: st.DrawFn) -> tuple[q.Quantity, Uncertain]:
    kind = draw(st.sampled_from(KINDS))
    low = max(kind.low, 1e-9) if kind.shape == "lognormal" else kind.low
    edges = sorted(draw(st.lists(st.floats(low, kind.high), min_size=3, max_size=3)))
    form = draw(st.sampled_from(["point", "range", "percentiles"]))
    if form == "point" or edges[0] == edges[2]:
        return kind, Uncertain.point(edges[0])
    if form == "range":
        between = Uncertain.between(edges[0], edges[2], shape=kind.shape) if _has_middle(edges, kind) else None
        assume(between is not None)
        assert between is not None
        return kind, between
    return kind, Uncertain(p10=edges[0], p50=edges[1], p90=edges[2], shape=kind.shape)


def _has_middle(edges: list[float], kind: q.Quantity) -> bool:
    """Whether the rounded middle lies between the edges (it may not for neighbouring floats)."""
    low, _, high = edges
    middle = math.sqrt(low * high) if kind.shape == "lognormal" else (low + high) / 2
    return low <= middle <= high


@given(known_quantities())
def test_reading_what_was_written_gives_the_same_quantity(known: tuple[q.Quantity, Uncertain]) -> None:
    kind, value = known
    node, faults = read_yaml(f"key: {q.write_quantity(value, kind)}", "written")
    assert not faults
    reader = Reader("written")
    assert node is not None
    read = UncertainKind(kind).read(node.entries["key"].node, reader, "key")  # type: ignore[union-attr]
    assert reader.faults == []
    assert read == value


@given(st.floats(1, 1e12), st.sampled_from(["k", "M", "B"]))
def test_suffixes_are_decimal(number: float, suffix: str) -> None:
    written = f"{number:.6f}{suffix}"
    factor = {"k": 10**3, "M": 10**6, "B": 10**9}[suffix]
    kind = q.exactly(q.TOKENS, high=1e30)
    assert q.parse_quantity(written, kind).p50 == pytest.approx(round(number, 6) * factor, rel=1e-12)


@given(st.floats(-0.5, 0.9), st.integers(1, 60))
def test_a_yearly_growth_compounds_to_the_same_level(rate: float, months: int) -> None:
    monthly = q.parse_quantity(f"{rate!r} per year", q.GROWTH).p50
    assert (1 + monthly) ** months == pytest.approx((1 + rate) ** (months / 12), rel=1e-9)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    for kind in KINDS:
        with contextlib.suppress(q.QuantityError):
            value = q.parse_quantity(text, kind)
            assert kind.low <= value.p10 <= value.p90 <= kind.high
