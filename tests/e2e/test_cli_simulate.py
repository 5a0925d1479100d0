"""``steelyard simulate`` as a user runs it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from steelyard.cli import main

FLEET = ["--model", "llama-3.1-8b", "--accelerator", "h100-sxm", "--as-of", "2026-11-23"]


def requests(path: Path, n: int = 400, *, hashes: bool = True) -> Path:
    """A trace in which every third prompt repeats one of ten prefixes."""
    lines = []
    for k in range(n):
        family = 100 * (k % 10)
        own = [10_000 + 10 * k + j for j in range(3)]
        blocks = [family, family + 1, *own[:2]] if k % 3 == 0 else [*own, own[0] + 5]
        line = {"timestamp": 400 * k, "input_length": 2000, "output_length": 20 + k % 50}
        lines.append(json.dumps(line | ({"hash_ids": blocks} if hashes else {})))
    path.write_text("\n".join(lines) + "\n")
    return path


def run(*words: str) -> dict:
    found = CliRunner().invoke(main, ["simulate", *words, *FLEET, "--json"])
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def test_every_request_is_accounted_for_and_prefixes_help(tmp_path) -> None:
    log = str(requests(tmp_path / "trace.jsonl"))
    with_cache, without = run(log), run(log, "--no-prefix-caching")
    for told in (with_cache, without):
        assert told["arrived"] == 400 == told["finished"] + told["rejected"]
        assert sum(replica["finished"] for replica in told["use"]) == told["finished"]
        assert told["queue_s"]["p50"] <= told["ttft_s"]["p50"] <= told["e2e_s"]["p50"]
        assert told["ttft_s"]["low"] < told["ttft_s"]["p95"] < told["ttft_s"]["high"]
    # A third of the prompts repeat two of their four blocks of 512 tokens, the first ten do not.
    assert with_cache["prefix_hit_fraction"] == pytest.approx((134 - 10) * 1024 / (400 * 2000), rel=0.01)
    assert without["prefix_hit_fraction"] == 0
    assert with_cache["ttft_s"]["p50"] < without["ttft_s"]["p95"]
    assert "--no-enable-prefix-caching" in without["start_command"]


def test_more_replicas_wait_less_and_promises_are_counted(tmp_path) -> None:
    log = str(requests(tmp_path / "trace.jsonl", n=300, hashes=False))
    one, four = run(log, "--ttft-p95", "80ms"), run(log, "--replicas", "4", "--ttft-p95", "80ms")
    assert len(four["use"]) == 4
    assert four["e2e_s"]["p95"] <= one["e2e_s"]["p95"]
    assert 0 <= one["within_fraction"] <= four["within_fraction"] <= 1


def test_an_autoscaled_fleet_pays_for_fewer_hours(tmp_path) -> None:
    log = str(requests(tmp_path / "trace.jsonl", n=1500, hashes=False))
    fixed = run(log, "--replicas", "4")
    scaled = run(log, "--replicas", "4", "--autoscale-from", "1", "--start-up", "30s", "--target-in-flight", "2")
    assert scaled["finished"] == fixed["finished"] == 1500
    assert sum(r["paid_s"] for r in scaled["use"]) < sum(r["paid_s"] for r in fixed["use"])
    assert scaled["use"][0]["paid_s"] == pytest.approx(scaled["span_s"])


def test_the_page_is_for_people(tmp_path) -> None:
    log = str(requests(tmp_path / "trace.jsonl", n=50))
    found = CliRunner().invoke(main, ["simulate", log, *FLEET])
    assert found.exit_code == 0, found.output
    for words in ("50 requests over", "time to first token", "Start a replica: vllm serve", "cache, peak"):
        assert words in found.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--model", "llama-9"], "unknown open model"),
        (["--accelerator", "h900"], "unknown accelerator"),
        (["--model", "llama-3.1-405b"], "does not fit"),
        (["--max-num-batched-tokens", "10"], "must not be below"),
        (["--autoscale-from", "3"], "must not exceed"),
        (["--start-up", "soon"], "--start-up"),
    ],
)
def test_what_cannot_run_says_why(tmp_path, words, told) -> None:
    log = str(requests(tmp_path / "trace.jsonl", n=5))
    found = CliRunner().invoke(main, ["simulate", log, *FLEET, *words])
    assert found.exit_code == 2
    assert told in found.output


def test_totals_cannot_be_played(tmp_path) -> None:
    log = tmp_path / "usage.json"
    log.write_text(json.dumps({"object": "page", "data": [{"object": "bucket", "start_time": 1760000000,
                   "end_time": 1760086400, "results": [{"object": "organization.usage.completions.result",
                   "input_tokens": 100, "output_tokens": 10, "num_model_requests": 3, "model": "m"}]}]}))  # fmt: skip
    found = CliRunner().invoke(main, ["simulate", str(log), *FLEET])
    assert found.exit_code == 2
    assert "no single requests" in found.output
