"""``steelyard size``: enough replicas, whole machines, cheapest first, and faults that name the flag."""

import json
import math
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import steelyard
from steelyard.cli import main

STATED = ("--rate", "4", "--input-tokens", "900", "--output-tokens", "150")
PROMISES = ("--ttft-p95", "1.5s", "--tpot-p95", "50ms")
MODEL = ("--model", "llama-3.3-70b")
KEYS = {"accelerator", "precision", "tp", "pp", "ep", "gpus_per_replica", "replicas", "goodput_rps", "ttft_s", "tpot_s",
        "utilization_fraction", "usd_per_month", "usd_per_mtok", "interval"}  # fmt: skip


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["size", *args, "--as-of", "2026-11-23"])


def sized(*args: str) -> dict[str, Any]:
    shown = run(*args, "--json")
    assert shown.exit_code == 0, shown.output
    assert shown.stderr == ""
    return json.loads(shown.stdout)


def test_candidates_hold_the_busiest_hour_and_come_cheapest_first() -> None:
    told = sized(*MODEL, *STATED, *PROMISES)
    assert told["peak_rps"] == pytest.approx(4.0)
    assert told["candidates"]
    for candidate in told["candidates"]:
        assert candidate.keys() >= KEYS
        assert candidate["replicas"] * candidate["goodput_rps"] >= 4.0 * (1 - 1e-9)
        assert candidate["gpus_per_replica"] == candidate["tp"] * candidate["pp"]
        assert candidate["tpot_s"]["p50"] <= candidate["tpot_s"]["p95"] <= candidate["tpot_s"]["p99"]
        share = told["mean_rps"] / (candidate["replicas"] * candidate["goodput_rps"])
        assert candidate["utilization_fraction"] == pytest.approx(share)
        for name in ("replicas", "goodput_rps", "utilization_fraction", "usd_per_month", "usd_per_mtok"):
            ends = candidate["interval"][name]
            if candidate[name] is not None:
                assert (ends["low"] or 0.0) <= candidate[name] * (1 + 1e-12), name
                assert ends["high"] is None or candidate[name] <= ends["high"] * (1 + 1e-12), name
        for name in ("ttft_s", "tpot_s"):
            assert candidate["interval"][name]["low"] < candidate[name]["p95"] < candidate["interval"][name]["high"]
    bills = [math.inf if c["usd_per_month"] is None else c["usd_per_month"] for c in told["candidates"]]
    assert bills == sorted(bills)


def test_cost_per_token_is_the_bill_over_the_tokens() -> None:
    told = sized(*MODEL, *STATED, *PROMISES, "--accelerator", "h100-sxm")
    first = told["candidates"][0]
    tokens = first["usd_per_month"] / first["usd_per_mtok"] * 1e6
    assert tokens == pytest.approx(4.0 * 730.5 * 3600 * 1050, rel=0.02)
    assert {candidate["accelerator"] for candidate in told["candidates"]} == {"h100-sxm"}


@pytest.mark.parametrize(
    ("easier", "harder"),
    [
        ((*STATED, *PROMISES), ("--rate", "40", *STATED[2:], *PROMISES)),
        ((*STATED, "--ttft-p95", "4s", "--tpot-p95", "200ms"), (*STATED, *PROMISES)),
        ((*STATED, *PROMISES), (*STATED, *PROMISES, "--availability", "n_plus_1")),
    ],
)
def test_more_load_tighter_promises_or_a_spare_never_need_fewer_devices(easier: Any, harder: Any) -> None:
    one = ("--accelerator", "h100-sxm", "--precision", "fp8")
    few, many = (sized(*MODEL, *one, *args)["candidates"][0] for args in (easier, harder))
    assert few["replicas"] * few["gpus_per_replica"] <= many["replicas"] * many["gpus_per_replica"]
    assert few["usd_per_month"] <= many["usd_per_month"]


def test_a_log_is_sized_for_its_busiest_hour(tmp_path: Path) -> None:
    rows = "".join(f"2026-10-05T{h:02d}:{m:02d}:00Z,m,900,150\n" for h in range(24) for m in range(60))
    (tmp_path / "usage.csv").write_text("start,model,input_tokens,output_tokens\n" + rows)
    told = sized(*MODEL, "--log", "usage.csv", *PROMISES, "--accelerator", "h100-sxm")
    assert told["peak_rps"] >= told["mean_rps"]
    assert told["candidates"][0]["replicas"] == 1
    assert any("less than a week" in note for note in told["notes"])


def test_the_public_function_returns_what_the_command_prints() -> None:
    told = steelyard.size("llama-3.3-70b", rate=4, input_tokens=900, output_tokens=150, ttft_p95="1.5s", tpot_p95=0.05,
                          as_of=date(2026, 11, 23))  # fmt: skip
    assert json.loads(told.model_dump_json()) == sized(*MODEL, *STATED, *PROMISES)


def test_the_page_ends_with_something_to_run() -> None:
    shown = run(*MODEL, *STATED, *PROMISES)
    assert shown.exit_code == 0
    assert "vllm serve meta-llama/Llama-3.3-70B-Instruct" in shown.stdout
    assert "--kv-cache-dtype" in shown.stdout
    assert "80 % interval" in shown.stdout


def test_promises_nobody_can_hold_are_said_with_the_reason() -> None:
    told = sized(*MODEL, *STATED, "--ttft-p95", "1ms", "--tpot-p95", "1ms")
    assert told["candidates"] == []
    assert told["ruled_out"]
    assert "No accelerator on offer" in run(*MODEL, *STATED, "--ttft-p95", "1ms", "--tpot-p95", "1ms").stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--model", "lama-3.3-70b", *STATED, *PROMISES), ("--model: unknown open model", "'llama-3.3-70b'")),
        ((*MODEL, *STATED, *PROMISES, "--accelerator", "h100-sx"), ("unknown accelerator", "'h100-sxm'")),
        ((*MODEL, *PROMISES), ("--log, or --rate",)),
        ((*MODEL, *STATED, "--log", "x.csv", *PROMISES), ("--log, or --rate",)),
        ((*MODEL, "--rate", "4", *PROMISES), ("--input-tokens:", "--output-tokens:")),
        ((*MODEL, "--rate", "fast", "--input-tokens", "9", "--output-tokens", "x", *PROMISES),
         ("--rate: 'fast'", "--output-tokens: 'x'")),
        (("--model", "lama-3.3-70b", "--accelerator", "h100-sx", "--rate", "-4", "--output-tokens", "x",
          "--ttft-p95", "soon", "--tpot-p95", "50ms"),
         ("6 faults", "--model: unknown", "--accelerator: unknown", "--input-tokens: missing", "--rate: '-4'",
          "--output-tokens: 'x'", "--ttft-p95: 'soon'")),
        ((*MODEL, *STATED, "--ttft-p95", "soon", "--tpot-p95", "-1ms"), ("--ttft-p95: 'soon'", "--tpot-p95")),
    ],
)  # fmt: skip
def test_bad_input_names_the_flag(args: tuple[str, ...], words: tuple[str, ...]) -> None:
    shown = run(*args)
    assert shown.exit_code == 2
    for word in words:
        assert word in shown.stderr
