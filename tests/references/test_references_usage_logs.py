"""Real traces and real exports of each format: totals equal to sums added up by hand from the files.

The traces: Azure LLM inference traces (2023, CC-BY-4.0) and Mooncake's conversation trace (FAST'25, Apache-2.0). The
exports are those of ``usage_samples`` beside the project. Skipped where that data is absent.
"""

import csv
import json
import math
from collections import Counter
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest

from steelyard.errors import LogError
from steelyard.ingest import prefix_reuse_of, profile_table, read_logs
from steelyard.workload.arrivals import burstiness_of
from steelyard.workload.synthesis import synthesize

AZURE = ("AzureLLMInferenceTrace_conv.csv", "AzureLLMInferenceTrace_code.csv")


@pytest.mark.parametrize("name", AZURE)
def test_azure_traces_against_a_plain_reading(name: str, shared: Path, tmp_path: Path) -> None:
    path = shared / "traces/azure" / name
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    asked = sorted(int(row["ContextTokens"]) for row in rows)
    answered = sorted(int(row["GeneratedTokens"]) for row in rows)
    seconds = sorted(datetime.fromisoformat(row["TIMESTAMP"][:26]).timestamp() for row in rows)
    table = read_logs([path], cache_dir=tmp_path)
    profile = profile_table(table)
    assert table.rows.model_dump() == {"read": len(rows), "used": len(rows), "set_aside": {}}
    assert (profile.tokens.input, profile.tokens.output) == (sum(asked), sum(answered))
    assert profile.input_tokens is not None
    assert profile.output_tokens is not None
    for found, lengths in ((profile.input_tokens, asked), (profile.output_tokens, answered)):
        for q, got in ((0.5, found.p50), (0.9, found.p90), (0.95, found.p95), (0.99, found.p99)):
            assert got == lengths[math.ceil(q * len(lengths)) - 1]
        assert found.max == lengths[-1]
    minutes = Counter(int((s - seconds[0]) // 60) for s in seconds)
    assert profile.peak_to_mean_per_minute == pytest.approx(
        max(minutes.values()) / len(rows) * (max(minutes) + 1), rel=1e-9
    )
    assert profile.span_s == pytest.approx(seconds[-1] - seconds[0], abs=1e-5)


@pytest.mark.parametrize("name", [*(f"azure/{name}" for name in AZURE), "mooncake/conversation_trace.jsonl"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_synthetic_traces_agree_with_the_profile_of_a_real_one(
    name: str, seed: int, shared: Path, tmp_path: Path
) -> None:
    profile = profile_table(read_logs([shared / "traces" / name], cache_dir=tmp_path))
    trace = synthesize(profile, seed=seed, duration_s=profile.span_s)
    assert len(trace.arrival_s) == profile.requests
    assert profile.start is not None
    of_hour = (profile.start.timestamp() % 3_600 + trace.arrival_s) // 3_600
    assert tuple(np.bincount(of_hour.astype(int))) == profile.requests_by_hour
    for lengths, stated in ((trace.input_tokens, profile.input_tokens), (trace.output_tokens, profile.output_tokens)):
        assert stated is not None
        for q, value in ((0.5, stated.p50), (0.9, stated.p90), (0.95, stated.p95), (0.99, stated.p99)):
            assert sorted(lengths)[math.ceil(q * len(lengths)) - 1] == pytest.approx(value, rel=0.02)
    shown = burstiness_of(trace.arrival_s)
    assert shown.peak_to_mean_per_minute == pytest.approx(profile.peak_to_mean_per_minute, rel=0.10)
    assert shown.inter_arrival_cv == pytest.approx(profile.inter_arrival_cv, rel=0.10)


def test_the_mooncake_trace_against_a_plain_reading(shared: Path, tmp_path: Path) -> None:
    path = shared / "traces/mooncake/conversation_trace.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    table = read_logs([path], cache_dir=tmp_path)
    profile = profile_table(table)
    assert table.rows.used == len(rows) == 12_031
    assert profile.tokens.input == sum(row["input_length"] for row in rows)
    assert profile.tokens.output == sum(row["output_length"] for row in rows)
    seen: set[int] = set()
    hit = 0
    for row in sorted(rows, key=lambda r: r["timestamp"]):
        for place, block in enumerate(row["hash_ids"]):
            if block not in seen:
                break
            hit += min(512, row["input_length"] - 512 * place)
        seen.update(row["hash_ids"])
    reuse = prefix_reuse_of(table)
    assert reuse is not None
    assert reuse.unbounded_hit_fraction == pytest.approx(hit / profile.tokens.input, abs=2e-3)


SUMS = {
    # name: (uncached, cache read, 5 min write, 1 h write, output), requests or None, USD or None
    "anthropic_console_cost.csv": ((0, 0, 0, 0, 0), None, 0.17),
    "anthropic_console_tokens_2025_old_columns.csv": ((8, 0, 0, 0, 1), None, None),
    "anthropic_console_tokens_daily.csv": ((46_981, 0, 15_969, 0, 16_932), None, None),
    "anthropic_console_tokens_hourly_2026_03_31.csv": ((1_124_832 + 506_280, 0, 0, 0, 254_558 + 117_816), None, None),
    "anthropic_cost_report_fragment.json": ((0, 0, 0, 0, 0), None, 1.2378912),
    "anthropic_usage_report_messages.json": ((1_500, 200, 500, 1_000, 500), None, None),
    "bedrock_model_invocation_log.jsonl": ((3, 0, 0, 0, 4), 1, None),
    "bedrock_model_invocation_log_claude_stream.json": ((1_500, 0, 0, 0, 500), 1, None),
    "focus_1.2_virtual_currency_tokens.csv": ((0, 0, 0, 0, 0), None, 0.0),
    "gcp_billing_export_row_fixture.json": ((2_000_000, 0, 0, 0, 0), None, 9.5),
    "litellm_spendlogs_rows.json": ((2_000, 48_000, 0, 0, 120), 1, 0.002),
    "openai_costs.json": ((0, 0, 0, 0, 0), None, 0.06),
    "openai_usage_completions.json": ((500, 400, 100, 0, 500), 5, None),
    "openrouter_activity_daily.csv": ((70_965_665 + 87_199_493, 0, 0, 0, 5_805_092), 8_369, 935.94),
    "openrouter_activity_generations_subset.csv": ((10_389, 0, 0, 0, 137), 1, 0.0123),
    "otlp_collector_file_line.jsonl": ((60, 40, 0, 0, 20), 1, None),
    "vllm_metrics.prom": ((1_397, 0, 0, 0, 4_829), 15, None),
}
REFUSED = {
    "openai_dashboard_completions_usage_EMPTY_bucket.csv": "1 empty bucket",
    "openai_dashboard_cost_HEADER.csv": "a header and no row",
    "openrouter_activity_generations_HEADER.csv": "a header and no row",
    "openrouter_generation_stats.json": "no time could be read",
    "vllm_metrics_prefix_cache.prom": "process_start_time_seconds",
    "gcp_vertex_sku_observed.json": "no known format",
}


@pytest.mark.parametrize("name", SUMS)
def test_every_sample_adds_up(name: str, shared: Path, tmp_path: Path) -> None:
    tokens, requests, usd = SUMS[name]
    table = read_logs([shared / "usage_samples" / name], cache_dir=tmp_path)
    classes = ("uncached_input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
    sums = ", ".join(f"coalesce(sum({c}), 0)::BIGINT" for c in classes)
    row = duckdb.execute(
        f"SELECT {sums}, sum(requests)::BIGINT, sum(logged_usd) FROM read_parquet($1) WHERE set_aside IS NULL",
        [str(table.path)],
    ).fetchone()
    assert row is not None
    assert row[:5] == tokens
    assert row[5] == requests
    assert row[6] == (None if usd is None else pytest.approx(usd))


@pytest.mark.parametrize("name", REFUSED)
def test_a_sample_without_anything_to_count_says_why(name: str, shared: Path, tmp_path: Path) -> None:
    with pytest.raises(LogError, match=REFUSED[name]):
        read_logs([shared / "usage_samples" / name], cache_dir=tmp_path)
