"""Files of benchmark tools, as those tools write them: what a run is, and what is refused with a remedy."""

import json
from pathlib import Path

import pytest

from steelyard.errors import InputError
from steelyard.ingest.benchmarks import read_runs
from steelyard.ingest.benchmarks.reading import formats

VLLM = {
    "date": "20261123-101500", "endpoint_type": "openai", "model_id": "meta-llama/Llama-3.1-8B-Instruct",
    "tokenizer_id": "meta-llama/Llama-3.1-8B-Instruct", "num_prompts": 200, "accelerator": "h100-sxm", "weights": "fp8",
    "tp": "2", "pp": "1", "engine": "vllm", "request_rate": "inf", "burstiness": 1.0, "max_concurrency": 32,
    "duration": 44.1, "completed": 200, "total_input_tokens": 200_000, "total_output_tokens": 40_000,
    "request_throughput": 4.5, "output_throughput": 907.0, "mean_ttft_ms": 151.0, "median_ttft_ms": 140.0,
    "mean_tpot_ms": 16.5, "median_tpot_ms": 16.4, "mean_itl_ms": 16.4,
}  # fmt: skip
GUIDELLM = {
    "metadata": {"version": 1}, "args": {"model": "llama-3.1-8b"},
    "benchmarks": [
        {"config": {"strategy": strategy},
         "metrics": {name: {"successful": {"mean": mean, "median": mean}} for name, mean in (
             ("prompt_token_count", 1000.0), ("output_token_count", 200.0), ("time_to_first_token_ms", 150.0),
             ("inter_token_latency_ms", 16.0), ("time_per_output_token_ms", 17.0),
             ("output_tokens_per_second", 900.0))}}
        for strategy in ({"type_": "synchronous"}, {"type_": "concurrent", "streams": 16},
                         {"type_": "constant", "rate": 2.5}, {"type_": "throughput"})
    ],
}  # fmt: skip
AIPERF = {
    "request_throughput": {"unit": "requests/sec", "avg": 4.5}, "request_count": {"unit": "requests", "avg": 200},
    "time_to_first_token": {"unit": "ms", "avg": 151.0, "p50": 140.0},
    "inter_token_latency": {"unit": "ms", "avg": 16.5}, "output_token_throughput": {"unit": "tokens/sec", "avg": 907.0},
    "input_sequence_length": {"unit": "tokens", "avg": 1000.0},
    "output_sequence_length": {"unit": "tokens", "avg": 200.0},
    "input_config": {"endpoint": {"model_names": ["llama-3.1-8b"]}, "loadgen": {"concurrency": 32}},
}  # fmt: skip
FILES = {"vllm_bench": VLLM, "guidellm": GUIDELLM, "aiperf": AIPERF}
SAID = {"model": "llama-3.1-8b", "accelerator": "h100-sxm"}


def written(folder: Path, document: object) -> Path:
    path = folder / "run.json"
    path.write_text(json.dumps(document))
    return path


def values(rows: list[dict[str, str]]) -> dict[tuple[str, str], float]:
    return {(row["concurrency"], row["metric"]): float(row["value"]) for row in rows}


def test_every_format_has_a_sample_here() -> None:
    assert set(formats()) == set(FILES)


def test_a_run_of_vllm_says_its_machine_and_means(tmp_path) -> None:
    rows = read_runs(written(tmp_path, VLLM), {})
    assert values(rows) == {
        ("32", "tpot_ms"): 16.5,
        ("32", "ttft_ms"): 151.0,
        ("32", "output_tokens_per_s_total"): 907.0,
    }
    assert {row["gpu"] for row in rows} == {"h100-sxm"}
    assert {(row["precision"], row["tp"], row["n_gpus"], row["isl"], row["osl"]) for row in rows} == {
        ("fp8", "2", "2", "1000", "200")}  # fmt: skip


def test_what_is_said_beside_the_file_wins_over_it(tmp_path) -> None:
    rows = read_runs(written(tmp_path, VLLM), {"accelerator": "l40s", "weights": "bf16", "tp": "4", "model": "x"})
    assert {(row["gpu"], row["precision"], row["tp"], row["model"]) for row in rows} == {("l40s", "bf16", "4", "x")}


@pytest.mark.parametrize(("rate", "clients", "load"), [("inf", 8, "8"), (2.5, None, "qps:2.5"), ("inf", None, "")])
def test_the_load_of_vllm_is_clients_a_rate_or_all_at_once(tmp_path, rate, clients, load) -> None:
    rows = read_runs(written(tmp_path, VLLM | {"request_rate": rate, "max_concurrency": clients}), {})
    assert {row["concurrency"] for row in rows} == {load}


def test_each_benchmark_of_guidellm_is_a_run_and_its_gap_is_between_tokens(tmp_path) -> None:
    found = values(read_runs(written(tmp_path, GUIDELLM), SAID))
    assert {load for load, _ in found} == {"1", "16", "qps:2.5", ""}
    assert {value for (_, metric), value in found.items() if metric == "tpot_ms"} == {16.0}


def test_aiperf_in_seconds_is_the_same_run_as_in_milliseconds(tmp_path) -> None:
    seconds = AIPERF | {"time_to_first_token": {"unit": "sec", "avg": 0.151}}
    assert values(read_runs(written(tmp_path, seconds), SAID)) == values(read_runs(written(tmp_path, AIPERF), SAID))
    totals = {k: v for k, v in AIPERF.items() if k != "input_sequence_length"} | {"total_isl": {"avg": 200_000}}
    assert {row["isl"] for row in read_runs(written(tmp_path, totals), SAID)} == {"1000"}


@pytest.mark.parametrize("name", ["guidellm", "aiperf"])
def test_a_file_that_does_not_say_the_accelerator_asks_for_it(tmp_path, name) -> None:
    with pytest.raises(InputError, match="--accelerator"):
        read_runs(written(tmp_path, FILES[name]), {"model": "llama-3.1-8b"})


@pytest.mark.parametrize(("document", "told"), [
    ({"some": "thing"}, "no benchmark tool"),
    ([1, 2], "no JSON object"),
    ({k: v for k, v in VLLM.items() if k != "completed"}, "completed"),
    (VLLM | {"mean_tpot_ms": "fast"}, "mean_tpot_ms"),
    (VLLM | {"total_output_tokens": 0}, "total_output_tokens"),
    (AIPERF | {"time_to_first_token": {"unit": "fortnights", "avg": 1.0}}, "time_to_first_token.unit"),
    (GUIDELLM | {"benchmarks": [GUIDELLM["benchmarks"][0] | {"config": {"strategy": {"type_": "odd"}}}]}, "strategy"),
])  # fmt: skip
def test_what_cannot_be_read_is_named_with_its_key(tmp_path, document, told) -> None:
    with pytest.raises(InputError, match=told) as caught:
        read_runs(written(tmp_path, document), SAID)
    assert "run.json" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 200_000])
def test_a_file_that_is_not_json_says_so(tmp_path, content) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not JSON"):
        read_runs(path, SAID)
    with pytest.raises(InputError, match="cannot be read"):
        read_runs(tmp_path / "absent.json", SAID)
