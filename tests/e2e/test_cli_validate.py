"""``steelyard validate``: rows keep their place, intervals hold their prediction, errors add up."""

import csv
import json
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from click.testing import CliRunner, Result

from steelyard.cli import main

HEADER = "model,gpu,n_gpus,tp,precision,engine,engine_version,isl,osl,concurrency,metric,value,source,extra"
ROWS = [
    "meta-llama/Llama-3.1-8B-Instruct,H100-SXM,1,1,fp8,vLLM,0.10,1024,256,32,tpot_ms,9.5,mine,x",
    "meta-llama/Llama-3.1-70B-Instruct,H100-SXM,4,4,bf16,vLLM,0.10,1024,256,,output_tokens_per_s_total,2500,mine,x",
    "meta-llama/Llama-3.1-8B-Instruct,H100-SXM,1,1,fp8,vLLM,0.10,,256,32,tpot_ms,9.5,mine,x",
    "nobody/knows-it,H100-SXM,1,1,fp8,vLLM,0.10,1024,256,32,tpot_ms,9.5,other,x",
    "meta-llama/Llama-3.1-8B-Instruct,H100-SXM,1,1,fp8,vLLM,0.10,1024,256,qps:2,ttft_ms,,mine,x",
]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["validate", *args, "--as-of", "2026-11-23"])


def document() -> dict[str, Any]:
    Path("rows.csv").write_text("\n".join([HEADER, *ROWS]) + "\n")
    shown = run("rows.csv", "--json")
    assert shown.exit_code == 0, shown.output
    return json.loads(shown.stdout)


def test_every_row_keeps_its_place_with_a_prediction_or_a_reason() -> None:
    rows = document()["rows"]
    assert [row["row"] for row in rows] == [1, 2, 3, 4, 5]
    for row in rows:
        if row["predicted"] is None:
            assert row["reason"]
        else:
            assert 0 < row["low"] <= row["predicted"] <= row["high"]
            assert row["unit"]
    assert [row["predicted"] is None for row in rows] == [False, False, True, True, False]
    assert rows[2]["reason"].startswith("isl")
    assert rows[4]["measured"] is None


def test_errors_are_those_of_the_rows() -> None:
    told = document()
    ratios = [r["predicted"] / r["measured"] for r in told["rows"] if r["predicted"] and r["measured"]]
    whole = told["summary"]["all"]["all"]
    assert (whole["rows"], whole["compared"]) == (5, len(ratios))
    assert whole["median_error_fraction"] == pytest.approx(median(abs(ratio - 1) for ratio in ratios))
    assert sum(group["rows"] for group in told["summary"]["source"].values()) == 5
    assert set(told["summary"]) == {"all", "metric", "model", "accelerator", "engine", "source"}


def test_the_page_shows_errors_and_reasons() -> None:
    document()
    shown = run("rows.csv")
    assert shown.exit_code == 0
    assert "median error" in shown.stdout
    assert "! 1 row: isl" in shown.stdout


def test_a_table_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text("model,metric\na,b\n")
    (tmp_path / "latin.csv").write_bytes(b"model,\xe9\n")
    for name, words in (("gone.csv", "cannot be read"), ("odd.csv", "column gpu, isl, osl missing"),
                        ("latin.csv", "not UTF-8")):  # fmt: skip
        shown = run(name)
        assert shown.exit_code == 2
        assert words in shown.stderr


def test_the_measured_table_is_answered_in_full(shared: Path) -> None:
    table = shared / "serving" / "calibrate.csv"
    with table.open(encoding="utf-8", newline="") as file:
        expected = sum(1 for _ in csv.DictReader(file))
    shown = run(str(table), "--json")
    told = json.loads(shown.stdout)
    assert len(told["rows"]) == expected
    assert told["summary"]["all"]["all"]["compared"] >= 0.95 * expected
