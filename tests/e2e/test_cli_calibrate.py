"""``steelyard calibrate`` and what follows from it, as a user runs them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from steelyard.cli import main

RUN = {
    "model_id": "llama-3.1-8b", "max_concurrency": 32, "request_rate": "inf", "completed": 200,
    "total_input_tokens": 200_000, "total_output_tokens": 40_000, "output_throughput": 1900.0, "mean_ttft_ms": 150.0,
    "mean_tpot_ms": 16.0, "accelerator": "h100-sxm", "weights": "bf16", "tp": "1", "engine": "vllm",
}  # fmt: skip
SIZE = ["size", "--model", "llama-3.1-8b", "--accelerator", "h100-sxm", "--precision", "bf16", "--rate", "8",
        "--input-tokens", "1000", "--output-tokens", "200", "--ttft-p95", "2s", "--tpot-p95", "60ms",
        "--as-of", "2026-11-23"]  # fmt: skip


@pytest.fixture(autouse=True)
def own_place(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


def run(*words: str, code: int = 0) -> str:
    found = CliRunner().invoke(main, list(words))
    assert found.exit_code == code, found.output
    return found.output


def written(name: str = "run.json", **changed: object) -> str:
    Path(name).write_text(json.dumps(RUN | changed))
    return name


def calibrate(*words: str, code: int = 0) -> str:
    return run("calibrate", *words, "--measured-on", "2026-11-23", code=code)


def own_notes(sized: dict[str, Any]) -> list[str]:
    return [note for note in sized["notes"] if note.startswith("own runs")]


def test_own_runs_halve_the_error_are_kept_and_named(tmp_path) -> None:
    told = calibrate(written())
    assert re.search(r"h100-sxm/vllm/bf16: median error 3\d\.\d% before, [0-9]\.\d% after, over 3 quantities", told)
    kept = list((tmp_path / "data/steelyard/overlay/own_calibration").iterdir())
    assert [path.name for path in kept] == ["h100-sxm-vllm-bf16.yaml"]
    assert kept[0].name in told
    sized = json.loads(run(*SIZE, "--json"))
    assert "own runs measured on 2026-11-23 set the serving constants of h100-sxm/vllm/bf16" in own_notes(sized)[0]
    assert "! own runs measured on 2026-11-23" in run(*SIZE)
    kept[0].unlink()
    without = json.loads(run(*SIZE, "--json"))
    assert own_notes(without) == []
    slower, packaged = ({c["tp"]: c["goodput_rps"] for c in found["candidates"]} for found in (sized, without))
    assert slower[1] < packaged[1]


def test_a_later_run_is_not_known_on_an_earlier_day() -> None:
    calibrate(written())
    told = json.loads(run(*SIZE[:-1], "2026-11-22", "--json"))
    assert own_notes(told) == []


def test_beside_a_study_they_hold_for_that_study_only(tmp_path) -> None:
    (tmp_path / "org").mkdir()
    study = tmp_path / "org" / "study.yaml"
    study.write_text("{}\n")
    assert str(Path("org/facts/own_calibration")) in calibrate(written(), "--study", "org/study.yaml")
    assert own_notes(json.loads(run(*SIZE, "--json"))) == []


def test_a_dry_run_writes_nothing(tmp_path) -> None:
    assert "Nothing was written." in calibrate(written(), "--dry-run")
    assert not (tmp_path / "data").exists()


def test_json_is_all_there_is_on_stdout() -> None:
    told = json.loads(calibrate(written(), "--json"))
    assert [row["metric"] for row in told["rows"]] == ["tpot_ms", "ttft_ms", "output_tokens_per_s_total"]
    before, after = (sum(abs(row[k] / row["measured"] - 1) for row in told["rows"]) for k in ("before", "after"))
    assert after < before / 3


def test_runs_faster_than_the_datasheet_are_refused_with_file_and_remedy(tmp_path) -> None:
    told = calibrate(written("fast.json", mean_tpot_ms=1.5), code=2)
    assert "fast.json" in told
    assert "better than the datasheet allows" in told
    assert "--precision" in told
    assert not (tmp_path / "data").exists()


def test_an_unknown_model_says_how_to_name_one() -> None:
    told = calibrate(written(model_id="no-such-model"), code=2)
    assert "no-such-model" in told
    assert "--model" in told


def test_rows_of_a_table_calibrate_too_and_odd_rows_are_counted() -> None:
    heads = "model,gpu,n_gpus,tp,precision,engine,isl,osl,concurrency,metric,value"
    Path("rows.csv").write_text("\n".join([heads, "llama-3.1-8b,h100-sxm,1,1,bf16,vllm,1000,200,32,tpot_ms,16",
                                           "llama-3.1-8b,h100-sxm,1,1,bf16,vllm,1000,200,32,tpot_ms,",
                                           "nobody,h100-sxm,1,1,bf16,vllm,1000,200,32,tpot_ms,16"]))  # fmt: skip
    told = calibrate("rows.csv")
    assert "! 1 left out: no positive measured value" in told
    assert "! 1 left out: unknown model 'nobody'" in told


def test_validate_reads_the_same_file_prefers_own_constants_and_draws() -> None:
    name = written()
    before = json.loads(run("validate", name, "--json", "--as-of", "2026-11-23"))
    calibrate(name)
    after = json.loads(run("validate", name, "--json", "--as-of", "2026-11-23", "--picture", "p.svg"))
    first, then = (found["summary"]["all"]["all"]["median_error_fraction"] for found in (before, after))
    assert then < first / 3
    picture = Path("p.svg").read_text()
    assert picture.startswith("<svg")
    assert "tpot, ms" in picture
    assert "TTFT" in picture.upper()


def test_a_picture_of_nothing_says_why() -> None:
    Path("rows.csv").write_text("model,gpu,isl,osl,metric\nnobody,h100-sxm,1000,200,tpot_ms\n")
    told = run("validate", "rows.csv", "--picture", "p.svg", code=2)
    assert "no row has both" in told
    assert not Path("p.svg").exists()
