"""Classes, days, seconds, concentration, trend and prefix reuse of a log, against sums worked out by hand."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from ingest_samples import CANARY, SAMPLES
from steelyard.domain.traffic import TrafficTable
from steelyard.errors import LogError, UnknownNameError
from steelyard.ingest import (
    daily_usage,
    prefix_reuse_of,
    profile_classes,
    profile_rules,
    profile_table,
    read_logs,
    traffic_details,
)
from steelyard.workload.reuse import prefix_reuse
from steelyard.workload.trend import trend_of


def spend(folder: Path, rows: list[dict[str, object]]) -> TrafficTable:
    base = {"completion_tokens": 10, "prompt_tokens": 100, "model": "a"}
    path = folder / "spend.jsonl"
    path.write_text("".join(json.dumps({"request_id": str(i), **base, **row}) + "\n" for i, row in enumerate(rows)),
                    encoding="utf-8")  # fmt: skip
    return read_logs([path], cache_dir=folder / "cache")


@pytest.fixture
def mixed(tmp_path: Path) -> TrafficTable:
    start = datetime(2026, 10, 5, tzinfo=UTC)
    rows: list[dict[str, object]] = []
    for i in range(120):
        when = start + timedelta(seconds=10 * i)
        rows.append({"startTime": when.isoformat(), "model": "ab"[i % 3 == 0], "team_id": f"t{i % 4}",
                     "prompt_tokens": 1_000 if i % 3 == 0 else 100})  # fmt: skip
    return spend(tmp_path, rows)


def test_classes_add_up_to_the_whole(mixed: TrafficTable) -> None:
    whole = profile_table(mixed)
    for key in ("model", "team", "operation"):
        parts = profile_classes(mixed, key)
        assert sum(part.share for part in parts.values()) == pytest.approx(1)
        assert sum(part.profile.requests for part in parts.values()) == whole.requests
        assert sum(part.profile.tokens.input for part in parts.values()) == whole.tokens.input


def test_each_class_has_its_own_lengths_and_gaps(mixed: TrafficTable) -> None:
    parts = profile_classes(mixed, "model")
    assert list(parts) == ["a", "b"]
    assert parts["b"].share == pytest.approx(1 / 3)
    assert parts["b"].profile.input_tokens is not None
    assert parts["b"].profile.input_tokens.p50 == 1_000
    # Every third request: even gaps of 30 s, not those of the whole log.
    assert parts["b"].profile.inter_arrival_cv == pytest.approx(0, abs=1e-6)
    assert parts["a"].profile.inter_arrival_cv == pytest.approx(1 / 3, abs=0.01)


def test_rules_split_without_overlap_and_the_first_that_fits_wins(mixed: TrafficTable, tmp_path: Path) -> None:
    rules = {"long": {"input_tokens": ("> 500",)}, "team": {"team": ("t0", "t1"), "model": ("*",)}, "rest": None}
    parts = profile_rules(mixed, rules, cache_dir=tmp_path / "cache")
    # 40 of 120 rows are long; of the other 80, those of t0 and t1 are half.
    assert {name: part.profile.requests for name, part in parts.items()} == {"long": 40, "team": 40, "rest": 40}
    assert sum(part.share for part in parts.values()) == pytest.approx(1)
    assert parts["long"].profile.input_tokens is not None
    assert parts["long"].profile.input_tokens.p50 == 1_000


def test_a_rule_that_fits_nothing_names_the_models_there_are(mixed: TrafficTable, tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"class 'gone'.*'a', 'b'"):
        profile_rules(mixed, {"gone": {"model": ("z*",)}, "rest": None}, cache_dir=tmp_path / "cache")
    with pytest.raises(UnknownNameError, match="team"):
        profile_rules(mixed, {"odd": {"teem": ("x",)}}, cache_dir=tmp_path / "cache")


def test_percent_and_quotes_in_a_rule_are_only_characters(mixed: TrafficTable, tmp_path: Path) -> None:
    for value in ("%", "_", "a' OR 'x' = 'x", "\\"):
        with pytest.raises(LogError, match="no row of the log"):
            profile_rules(mixed, {"odd": {"model": (value,)}, "rest": None}, cache_dir=tmp_path / "cache")


def test_the_rest_is_one_class(mixed: TrafficTable) -> None:
    parts = profile_classes(mixed, "team", most=2)
    assert len(parts) == 3
    assert parts["others"].profile.requests == 60


def test_a_key_that_no_row_has_is_refused(mixed: TrafficTable) -> None:
    with pytest.raises(LogError, match="no row of the log has a tag"):
        profile_classes(mixed, "tag")
    with pytest.raises(UnknownNameError, match="team"):
        profile_classes(mixed, "teem")  # type: ignore[arg-type]


def test_days_hold_every_row_with_its_fate(tmp_path: Path) -> None:
    path = tmp_path / "spend.jsonl"
    path.write_text(SAMPLES["litellm"]().text, encoding="utf-8")
    table = read_logs([path], cache_dir=tmp_path / "cache")
    days = daily_usage(table)
    details = traffic_details(table, days)
    assert sum(usage.rows for usage in days) == table.rows.read
    assert [(d.requests, d.set_aside, d.output_tokens) for d in details.days] == [(2, table.rows.read - 2, 200)]
    used = [usage for usage in days if usage.status == "used"]
    assert [(u.day, u.model, u.operation, u.requests, u.tokens.output) for u in used] == [
        (date(2026, 9, 5), "gpt-5", "chat", 2, 200)
    ]
    assert used[0].logged_usd == pytest.approx(0.004)
    assert {usage.status for usage in days} - {"used"} == set(table.rows.set_aside)
    assert CANARY not in repr(details)
    assert [c.by for c in details.concentration] == ["end_user", "api_key", "team", "session", "tag"]


def test_concentration_and_peak_second(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"startTime": f"2026-10-05T10:00:{i // 7:02d}.{i % 7}00Z", "user": f"u{0 if i < 50 else i}"} for i in range(100)
    ]
    table = spend(tmp_path, rows)
    details = traffic_details(table, daily_usage(table))
    assert details.peak_requests_per_second == 7
    people = details.concentration[0]
    assert (people.by, people.members) == ("end_user", 51)
    assert people.largest_share == pytest.approx(0.5)
    assert people.top_share == pytest.approx(0.59)
    assert any("growth" in said for said in details.thin)


def test_growth_is_found_under_the_week(tmp_path: Path) -> None:
    daily = {date(2026, 1, 5) + timedelta(days=n): 1_000 * 1.01**n * (0.3 if n % 7 >= 5 else 1) for n in range(60)}
    trend = trend_of(daily)
    assert trend is not None
    assert trend.growth_per_month == pytest.approx(1.01**30.4375 - 1, rel=1e-6)
    assert trend.low_per_month <= trend.growth_per_month <= trend.high_per_month
    assert trend.weekday_swing == pytest.approx(1 / 0.3, rel=1e-6)


def test_a_fortnight_is_the_least_for_growth() -> None:
    days = {date(2026, 1, 5) + timedelta(days=n): 10.0 for n in range(15)}
    assert trend_of(days) is None
    assert trend_of({}) is None
    days[date(2026, 1, 20)] = 10.0
    trend = trend_of(days)
    assert trend is not None
    assert trend.growth_per_month == pytest.approx(0, abs=1e-9)


def test_reuse_by_hand() -> None:
    requests = [(0.0, 1_024, [1, 2]), (10.0, 1_024, [1, 3]), (1_000.0, 1_024, [1, 2]), (1_001.0, 1_024, [9, 2])]
    found = prefix_reuse(requests, uses=8)
    # Hits: block 1 of the second request; blocks 1 and 2 of the third; block 2 of the fourth follows a miss.
    assert found.unbounded_hit_fraction == pytest.approx(3 * 512 / 4_096)
    assert found.within_5_minutes_fraction == pytest.approx(512 / 4_096)
    assert list(found.hit_fraction) == sorted(found.hit_fraction)


def test_a_small_cache_forgets() -> None:
    # 64 blocks fit the smallest cache: a prompt of 100 others in between pushes the first out.
    others = list(range(1_000, 1_100))
    requests = [(0.0, 512, [1]), (1.0, 51_200, others), (2.0, 512, [1])]
    found = prefix_reuse(requests, uses=102)
    assert found.hit_fraction[0] == 0
    assert found.hit_fraction[1] == pytest.approx(512 / 52_224)


def test_mooncake_reuse_is_the_published_one(shared: Path, tmp_path: Path) -> None:
    # The README of the data: prefix reuse 0.37 with an unbounded cache, 0.29 within 5 minutes.
    table = read_logs([shared / "traces/mooncake/conversation_trace.jsonl"], cache_dir=tmp_path)
    found = prefix_reuse_of(table)
    assert found is not None
    assert found.unbounded_hit_fraction == pytest.approx(0.37, abs=0.005)
    assert found.within_5_minutes_fraction == pytest.approx(0.29, abs=0.005)


def test_no_hashes_no_reuse(mixed: TrafficTable) -> None:
    assert prefix_reuse_of(mixed) is None


@pytest.mark.parametrize(("per_hour", "said"), [(5, True), (200, False)])
def test_random_requests_that_are_few_an_hour_are_told_to_seem_too_even(
    tmp_path: Path, per_hour: int, said: bool
) -> None:
    generator, hours = np.random.default_rng(2), 4_000 // per_hour
    seconds = np.sort(generator.random(per_hour * hours)) * hours * 3_600.0
    start = datetime(2026, 10, 5, tzinfo=UTC)
    table = spend(tmp_path, [{"startTime": (start + timedelta(seconds=float(s))).isoformat()} for s in seconds])
    seen = profile_table(table).inter_arrival_cv
    assert seen == pytest.approx(1.0, abs=0.05) if not said else seen < 0.9
    thin = [line for line in traffic_details(table, daily_usage(table)).thin if line.startswith("bursts")]
    assert bool(thin) == said
    assert not thin or thin[0].startswith("bursts: with 5 requests in a mean hour")
