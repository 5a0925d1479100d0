"""Counts to a profile: hours of the week, percentiles, burstiness, months, aggregates."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from steelyard.domain.study import StatedLengths, StatedTraffic
from steelyard.domain.traffic import RowCounts
from steelyard.domain.uncertain import Uncertain
from steelyard.errors import StudyError, UnknownNameError
from steelyard.workload.cube import Buckets, Cube, LengthCounts, MinuteCounts, TierCounts
from steelyard.workload.edges import histogram_edges
from steelyard.workload.lengths import LengthSpread, joint_around_mean
from steelyard.workload.profile import burstiness, profile_of, quantiles_of
from steelyard.workload.shapes import ASSUMED_SHAPES, relative_rates, shape_named
from steelyard.workload.stated import stated_profile
from steelyard.workload.week import exposure_s, hour_of_week, week_from_buckets, week_from_hours

HOUR = 3_600.0
MONDAY = datetime(2026, 10, 5, tzinfo=UTC).timestamp()
FLAT = np.ones(168)


def test_hour_of_week_counts_from_monday_midnight_utc() -> None:
    moments = [datetime(2026, 10, 5, 0, 0, tzinfo=UTC), datetime(2026, 10, 11, 23, 59, tzinfo=UTC),
               datetime(1970, 1, 1, 5, tzinfo=UTC)]  # fmt: skip
    assert hour_of_week(np.array([m.timestamp() for m in moments])).tolist() == [0, 167, 77]


def test_exposure_adds_up_to_the_span_and_lies_in_its_hours() -> None:
    seen = exposure_s(MONDAY + 1_800, MONDAY + 3 * HOUR + 60)
    assert seen[:5].tolist() == [1_800, 3_600, 3_600, 60, 0]
    assert exposure_s(MONDAY, MONDAY + 14 * 86_400).tolist() == [7_200] * 168


def test_a_whole_week_is_measured_whatever_the_shape() -> None:
    hours = MONDAY + HOUR * np.arange(336)
    requests = np.tile(np.arange(1.0, 169.0), 2)
    week = week_from_hours(hours, requests, start_s=MONDAY, end_s=MONDAY + 336 * HOUR, shape=FLAT, shape_name="flat")
    assert week.source == "measured"
    assert week.warnings == ()
    assert week.rps == pytest.approx(np.arange(1.0, 169.0) / HOUR)
    assert week.requests_per_month == pytest.approx(np.arange(1.0, 169.0).mean() * 730.5)


def test_uneven_weeks_are_rates_not_counts() -> None:
    # Ten days: Monday to Wednesday are seen twice and must not weigh double.
    hours = MONDAY + HOUR * np.arange(240)
    week = week_from_hours(hours, np.full(240, 36.0), start_s=MONDAY, end_s=MONDAY + 240 * HOUR, shape=FLAT,
                           shape_name="flat")  # fmt: skip
    assert week.rps == pytest.approx(np.full(168, 0.01))


def test_an_hour_is_scaled_to_a_month_and_says_so() -> None:
    week = week_from_hours(np.array([MONDAY]), np.array([730.0]), start_s=MONDAY, end_s=MONDAY + HOUR,
                           shape=shape_named("batch", ASSUMED_SHAPES), shape_name="batch")  # fmt: skip
    assert week.requests_per_month == pytest.approx(730 * 730.5)
    assert week.source == "batch"
    assert "less than a week" in week.warnings[0]
    assert "'batch'" in week.warnings[0]
    assert "overstates the month" in week.warnings[1]


def test_days_are_placed_in_the_shape() -> None:
    # Monday to Friday of office hours must not be taken for the mean of the week.
    shape = shape_named("office_hours", ASSUMED_SHAPES)
    hours = MONDAY + HOUR * np.arange(120)
    week = week_from_hours(hours, shape[:120] * 100, start_s=MONDAY, end_s=MONDAY + 120 * HOUR, shape=shape,
                           shape_name="office_hours")  # fmt: skip
    assert week.rps == pytest.approx(shape * 100 / HOUR)


def test_day_buckets_keep_their_days_and_follow_the_shape_within() -> None:
    starts = MONDAY + 86_400.0 * np.arange(7)
    requests = np.array([10.0, 20, 30, 40, 50, 0, 0])
    shape = shape_named("consumer", ASSUMED_SHAPES)
    week = week_from_buckets(starts, np.full(7, 86_400.0), requests, shape=shape, shape_name="consumer")
    days = week.rps.reshape(7, 24)
    assert (days.sum(axis=1) * HOUR).tolist() == pytest.approx(requests.tolist())
    assert days[1] / days[1].mean() == pytest.approx(shape[24:48] / shape[24:48].mean())
    assert week.source == "consumer"


def test_several_rows_of_one_bucket_are_one_hour_of_time() -> None:
    starts = np.repeat(MONDAY + HOUR * np.arange(168), 2)
    week = week_from_buckets(starts, np.full(336, HOUR), np.full(336, 18.0), shape=FLAT, shape_name="flat")
    assert week.source == "measured"
    assert week.rps == pytest.approx(np.full(168, 0.01))


def test_quantiles_are_order_statistics() -> None:
    found = quantiles_of(LengthCounts(np.array([10, 20, 1_000]), np.array([50, 49, 1])))
    assert (found.p50, found.p90, found.p95, found.p99, found.max) == (10, 20, 20, 20, 1_000)
    assert found.mean == pytest.approx(24.8)


def minutes(arrivals: list[float]) -> MinuteCounts:
    at = np.asarray(arrivals) - arrivals[0]
    found, index = np.unique((at // 60).astype(np.int64), return_inverse=True)
    gaps = np.concatenate([[0.0], np.diff(at)])
    has = np.arange(len(at)) > 0
    return MinuteCounts(found, np.bincount(index), np.bincount(index, weights=has).astype(np.int64),
                        np.bincount(index, weights=gaps), np.bincount(index, weights=gaps**2))  # fmt: skip


def test_even_arrivals_have_no_variation() -> None:
    found = burstiness(minutes([2.0 * i for i in range(300)]))
    assert found.inter_arrival_cv == pytest.approx(0.0, abs=1e-6)
    assert found.peak_to_mean_per_minute == pytest.approx(1.0)


def test_peak_counts_the_idle_minutes() -> None:
    found = burstiness(minutes([0.0] * 9 + [239.0]))
    assert found.peak_to_mean_per_minute == pytest.approx(9 / (10 / 4))


def cube(**parts: object) -> Cube:
    tiers = TierCounts(("b", "a", "a"), np.array([0, 0, 200_000]), np.array([10, 20, 30]),
                       np.arange(15, dtype=np.int64).reshape(3, 5))  # fmt: skip
    start = datetime(2026, 10, 5, tzinfo=UTC)
    rows = RowCounts(read=62, used=60, set_aside={"failed request": 2})
    return Cube(formats=("x",), rows=rows, start=start, end=start + timedelta(days=1), tiers=tiers,
                operations={"chat": 62}, failed_rows=2, **parts)  # fmt: skip


def test_aggregates_keep_totals_and_refuse_percentiles() -> None:
    buckets = Buckets(np.array([MONDAY]), np.array([86_400.0]), np.array([60.0]), np.array([105.0]))
    profile = profile_of(cube(buckets=buckets), shape="flat", spread=LengthSpread())
    assert profile.input_tokens is None
    assert profile.output_tokens is None
    assert not profile.joint_measured
    assert profile.requests == 60
    assert profile.requests_per_month == pytest.approx(60 * 730.5 / 24)
    assert profile.tokens.output == 4 + 9 + 14
    assert profile.mean_output_tokens * 60 == pytest.approx(27)
    assert profile.mean_input_tokens * 60 == pytest.approx(profile.tokens.input)
    assert [m.model for m in profile.models] == ["a", "b"]
    assert profile.models[0].tiers == ()
    assert profile.failed_fraction == pytest.approx(2 / 62)
    assert any("percentiles are refused" in w for w in profile.warnings)


def test_unknown_request_counts_are_estimated_and_said_so() -> None:
    buckets = Buckets(np.array([MONDAY]), np.array([86_400.0]), np.array([np.nan]), np.array([140_000.0]))
    profile = profile_of(cube(buckets=buckets), shape="flat", spread=LengthSpread(assumed_tokens_per_request=1_400))
    assert profile.requests == 0
    assert profile.requests_per_month == pytest.approx(100 * 730.5 / 24)
    assert any("does not count requests" in w for w in profile.warnings)


def test_an_unknown_shape_offers_the_known() -> None:
    buckets = Buckets(np.array([MONDAY]), np.array([86_400.0]), np.array([60.0]), np.array([105.0]))
    with pytest.raises(UnknownNameError, match="office_hours"):
        profile_of(cube(buckets=buckets), shape="ofice_hours")


def test_edges_hold_every_length_and_isolate_the_percentiles() -> None:
    lengths = LengthCounts(np.array([3, 91, 92, 5_000]), np.array([10, 60, 25, 5]))
    edges = histogram_edges(lengths, 8)
    assert edges[0] == 3
    assert edges[-1] == 5_001
    assert {91, 92, 93} <= set(edges.tolist())
    assert (np.diff(edges) > 0).all()


def test_one_length_only_is_one_bin() -> None:
    assert histogram_edges(LengthCounts(np.array([7]), np.array([3])), 48).tolist() == [7, 8]


def test_zero_lengths_have_a_bin() -> None:
    edges = histogram_edges(LengthCounts(np.array([0, 1, 100]), np.array([1, 1, 1])), 10)
    assert edges[0] == 0


@pytest.mark.parametrize("rates", [[1.0] * 167, [0.0] * 168, [-1.0] + [1.0] * 167])
def test_a_week_must_be_a_week(rates: list[float]) -> None:
    with pytest.raises(ValueError, match="168 rates"):
        relative_rates(rates)


def test_a_synthesised_joint_keeps_the_means_exactly() -> None:
    joint = joint_around_mean(900, 150, 1e6, spread=LengthSpread(correlation=0.3))
    assert joint.cells.weight @ joint.cells.input_tokens == pytest.approx(900)
    assert joint.cells.weight @ joint.cells.output_tokens == pytest.approx(150)
    assert np.asarray(joint.counts).sum() == pytest.approx(1e6)


def stated(p50: float = 900, p95: float = 4_000) -> StatedTraffic:
    return StatedTraffic(
        requests_per_month=Uncertain.between(12e6, 20e6),
        input_tokens=StatedLengths(p50=Uncertain.point(p50), p95=Uncertain.point(p95)),
        output_tokens=StatedLengths(p50=Uncertain.point(150), p95=Uncertain.point(600)),
        shape="consumer", cached_fraction=0.25,
    )  # fmt: skip


def test_stated_traffic_goes_through_its_percentiles() -> None:
    profile = stated_profile(stated(), ASSUMED_SHAPES["consumer"])
    assert profile.input_tokens is not None
    assert profile.input_tokens.p50 == pytest.approx(900)
    assert profile.input_tokens.p95 == pytest.approx(4_000)
    sigma = np.log(4_000 / 900) / 1.6448536
    assert profile.mean_input_tokens == pytest.approx(900 * np.exp(sigma**2 / 2), rel=0.005)
    assert profile.requests_per_month == pytest.approx(np.sqrt(12e6 * 20e6))
    assert sum(profile.hour_of_week_rps) / 168 * 730.5 * 3_600 == pytest.approx(profile.requests_per_month)
    assert profile.cached_fraction == 0.25
    assert profile.tokens.cache_read == pytest.approx(0.25 * profile.tokens.input)
    assert profile.source == "stated"
    cells = profile.joint.cells
    assert np.cumsum(cells.weight[np.argsort(cells.input_tokens)]).max() == pytest.approx(1.0)
    assert cells.weight[cells.input_tokens <= 900].sum() == pytest.approx(0.5, abs=0.03)
    assert cells.weight[cells.input_tokens <= 4_000].sum() == pytest.approx(0.95, abs=0.02)


def test_a_constant_length_can_be_stated() -> None:
    profile = stated_profile(stated(900, 900), ASSUMED_SHAPES["flat"])
    assert profile.mean_input_tokens == pytest.approx(900, rel=1e-6)


def test_percentiles_out_of_order_are_refused() -> None:
    with pytest.raises(StudyError, match="p50 <= p95"):
        stated_profile(stated(900, 100), ASSUMED_SHAPES["flat"])
