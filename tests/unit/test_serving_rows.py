"""Rows of measured runs: names in any spelling, reasons instead of guesses, order kept."""

import time
from dataclasses import replace
from datetime import date

import pytest

from steelyard.facts import load_catalogue
from steelyard.facts.serving import load_calibration
from steelyard.serving.estimate_formats import precision_in
from steelyard.serving.estimate_names import accelerator_names, find_accelerator, find_model, model_names
from steelyard.serving.estimate_rows import Prediction, predict_rows
from steelyard.serving.estimate_sizes import size_in

CATALOGUE = load_catalogue(date(2026, 11, 23))
CALIBRATION = load_calibration()
ROW = {"model": "meta-llama/Meta-Llama-3.1-8B", "gpu": "H100-SXM", "n_gpus": "1", "tp": "1", "precision": "fp8",
       "engine": "vLLM", "engine_version": "0.12.0", "isl": "1000", "osl": "200", "concurrency": "32",
       "metric": "tpot_ms", "value": "9", "source": "someone"}  # fmt: skip


def predict(**changes: str) -> Prediction:
    return predict_rows([{**ROW, **changes}], CATALOGUE, CALIBRATION)[0]


def value(**changes: str) -> float:
    found = predict(**changes)
    assert found.predicted is not None, found.reason
    return found.predicted


def width(**changes: str) -> float:
    """Return the upper end of the interval over the lower."""
    found = predict(**changes)
    assert found.low is not None, found.reason
    assert found.high is not None
    return found.high / found.low


@pytest.mark.parametrize(
    ("name", "expected"),
    [("meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b"), ("meta-llama/Meta-Llama-3-8B", "llama-3-8b"),
     ("nvidia/Llama-3.1-8B-Instruct-FP8", "llama-3.1-8b"), ("NVIDIA/llama-3.3-70b-instruct-FP4", "llama-3.3-70b"),
     ("Llama-3.3-70B", "llama-3.3-70b"), ("Qwen/Qwen3-32B-FP8", "qwen3-32b"),
     ("deepseek-ai/DeepSeek-R1", "deepseek-r1"),
     ("nvidia/DeepSeek-R1-NVFP4", "deepseek-r1"), ("GPT-OSS-120B", "gpt-oss-120b"),
     ("mistralai/Mixtral-8x7B-v0.1", "mixtral-8x7b"), ("Qwen3-30B-A3B-Instruct-2507", "qwen3-30b-a3b-instruct-2507"),
     ("qwen3-235b-a22b-fp8", "qwen3-235b-a22b"), ("Qwen/Qwen2.5-72B-Instruct", "qwen2.5-72b"),
     ("amd/Meta-Llama-3.1-70B-Instruct-fp8-quark-vllm", "llama-3.1-70b"),
     ("NousResearch/Hermes-3-Llama-3.1-8B", "llama-3.1-8b"), ("unsloth/Llama-3.2-3B-Instruct-bnb-4bit", "llama-3.2-3b"),
     ("lmsys/vicuna-13b-v1.5", "llama-2-13b"), ("HuggingFaceH4/zephyr-7b-beta", "mistral-7b"),
     ("Nous-Hermes-2-Mixtral", "mixtral-8x7b"), ("openchat_3.5", "mistral-7b"), ("WizardLM-70B-V1.0", "llama-2-70b"),
     ("TheBloke/Llama-2-13B-chat-AWQ", "llama-2-13b"), ("llama2-70b-99.9", "llama-2-70b"), ("gptj-99", "gpt-j-6b"),
     ("meta.llama3-1-70b-instruct-v1:0", "llama-3.1-70b"), ("llama-v3p1-8b-instruct", "llama-3.1-8b"),
     ("llama3.1:8b-instruct-q4_K_M", "llama-3.1-8b"), ("command-r+", "c4ai-command-r-plus"),
     ("DeepSeek-Coder-V2-Lite-Instruct", "deepseek-v2-lite"), ("DeepSeek-R1-Distill-Qwen-1.5B", "qwen2.5-1.5b"),
     ("meta-llama/Llama-3.2-11B-Vision-Instruct", None), ("someone/else-9000B", None)],
)  # fmt: skip
def test_models_in_any_spelling(name: str, expected: str | None) -> None:
    found = find_model(name, model_names(CATALOGUE.open_models.values()))
    assert (found.id if found else None) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("H100-SXM", "h100-sxm"), ("NVIDIA H100 80GB HBM3", "h100-sxm"), ("h100_sxm", "h100-sxm"), ("H200", "h200-sxm"),
     ("H200-SXM", "h200-sxm"), ("NVIDIA H200 SXM 141GB", "h200-sxm"), ("B200-SXM", "b200"),
     ("AMD Instinct MI300X", "mi300x"),
     ("A100-SXM-80GB", "a100-sxm-80gb"), ("A100-SXM", "a100-sxm-40gb"), ("L40S", "l40s"), ("L4", "l4"),
     ("NVIDIA GeForce RTX 4090", "rtx-4090"), ("H100-PCIe", "h100-pcie"), ("MI325X-OAM", "mi325x"),
     ("NVIDIA A100-SXM4-80GB", "a100-sxm-80gb"), ("NVIDIA A100-SXM4-40GB", "a100-sxm-40gb"),
     ("A100 80GB PCIe", "a100-pcie-80gb"), ("A100-PCIE-40GB", "a100-pcie-40gb"), ("A100 80G", "a100-sxm-80gb"),
     ("8xH100", "h100-sxm"), ("H100 x8", "h100-sxm"), ("Tesla T4", "t4"), ("GH200 480GB", "gh200"),
     ("NVIDIA RTX PRO 6000 Blackwell Server Edition", "rtx-pro-6000"), ("RTX 6000 Ada", "rtx-6000-ada"),
     ("RTX 6000", None), ("MI300X (gfx942)", "mi300x"), ("TPU v5e-8", "tpu-v5e"),
     ("v5litepod-8", "tpu-v5e"), ("Tesla V100-SXM2-32GB", "v100-sxm-32gb"), ("V100", "v100-sxm-16gb"),
     ("A100 SXM4 (80 GB)", "a100-sxm-80gb"), ("H100-SXM (8x)", "h100-sxm"), ("MI300X x 8", "mi300x"),
     ("NVIDIA H20-3e", "h20-141gb"), ("NVIDIA A800-SXM4-80GB", "a800-sxm-80gb"), ("L40 48GB", "l40"),
     ("NVIDIA GH200 Grace Hopper Superchip", "gh200"), ("RTX PRO 6000 Blackwell 96GB", "rtx-pro-6000"),
     ("GB200 NVL72", "gb200"), ("Abacus", None)],
)  # fmt: skip
def test_accelerators_in_any_spelling(name: str, expected: str | None) -> None:
    found = find_accelerator(name, accelerator_names(CATALOGUE.accelerators.values()))
    assert (found.id if found else None) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("BF16", "bf16"), ("float16", "bf16"), ("FP8 (E4M3)", "fp8"), ("w8a8-fp8", "fp8"), ("w8a8", "int8"),
     ("int8 smoothquant", "int8"), ("q8_0", "int8"), ("gguf-q4_k_m", "int4"), ("INT4 (AWQ)", "int4"),
     ("W4AFP8", "int4"), ("bnb-4bit", "int4"), ("nvfp4, fp8 kv", "fp4"), ("bf16 weights, kv fp8", "bf16"),
     ("MXFP4", "fp4"), ("amd/Llama-3.1-405B-Instruct-FP8-KV", "fp8"), ("fp32", None), ("q5_k_m", None),
     ("meta-llama/Llama-2-7b-hf", None)],
)  # fmt: skip
def test_formats_in_any_spelling(text: str, expected: str | None) -> None:
    assert precision_in(text) == expected


def test_an_unknown_name_is_answered_with_the_nearest_known() -> None:
    reason = predict(model="Qwen/Qwen3-Ultra").reason or ""
    assert "nearest known: qwen3" in reason
    assert "facts/models" in reason
    assert "nearest known: h200" in (predict(gpu="H200-Ultra9").reason or "")


def test_a_machine_to_rent_names_its_accelerator() -> None:
    assert predict(gpu="p5.48xlarge").accelerator == "h100-sxm"
    assert predict(gpu="g6.24xlarge").accelerator == "l4"


def test_a_name_without_its_memory_means_the_version_that_holds_the_weights() -> None:
    assert predict(gpu="A100", precision="bf16").accelerator == "a100-sxm-40gb"
    large: dict[str, str] = {"model": "meta-llama/Llama-2-70b-hf", "precision": "bf16", "n_gpus": "2", "tp": "2"}
    assert predict(gpu="A100", **large).accelerator == "a100-sxm-80gb"
    assert predict(gpu="A100 40GB", **large).accelerator == "a100-sxm-40gb"


@pytest.mark.parametrize(
    ("name", "size"),
    [("SomeModel-13B", (13e9, 13e9)), ("acme/foo-30B-A3B-FP8", (30e9, 3e9)), ("foo_700m", (7e8, 7e8)),
     ("acme/1.8T-A100B", (1.8e12, 1e11)), ("Foo-v2-128k", None), ("Model-4bit", None), ("else-9000B", None)],
)  # fmt: skip
def test_a_name_states_the_size(name: str, size: tuple[float, float] | None) -> None:
    assert size_in(name) == size


def test_eight_experts_of_seven_billion_share_what_is_no_expert() -> None:
    known = CATALOGUE.open_models["mixtral-8x7b"]
    found = size_in("foo-8x7b")
    assert found is not None
    assert found.total == pytest.approx(known.parameters_total, rel=0.05)
    assert found.active == pytest.approx(known.parameters_active, rel=0.05)


@pytest.mark.parametrize(
    ("model", "like"), [("acme/SomeModel-8B", "llama-3.1-8b"), ("acme/some-30B-A3B", "qwen3-30b-a3b")]
)
def test_a_model_known_by_its_size_alone_has_a_wider_interval_and_says_so(model: str, like: str) -> None:
    assert width(model=model) > 1.1 * width(model=like)
    assert value(model=model) == pytest.approx(value(model=like), rel=0.3)
    assert "shapes assumed from its size" in (predict(model=model).note or "")
    assert predict(model=like).note is None


@pytest.mark.parametrize(("said", "taken"), [("fp32", "bf16"), ("q5_k_m", "int4"), ("fp6", "int8"), ("fp3", "int4")])
def test_an_odd_format_is_taken_for_the_nearest_with_a_wider_interval(said: str, taken: str) -> None:
    assert value(precision=said) == value(precision=taken)
    assert width(precision=said) > 1.2 * width(precision=taken)
    assert f"taken for {taken}" in (predict(precision=said).note or "")
    assert value(precision="mystery") == value(precision="")


@pytest.mark.parametrize("text", ["", "auto", "None"])
def test_without_a_format_the_checkpoints_own_counts(text: str) -> None:
    assert predict(precision=text).predicted == predict(precision="bf16").predicted
    stored = predict(precision=text, source_model="nvidia/Llama-3.1-8B-Instruct-FP8")
    assert stored.predicted == predict(precision="fp8").predicted


def test_a_blank_tensor_parallel_takes_what_the_row_says_else_all_devices() -> None:
    eight = predict(n_gpus="8", tp="8").predicted
    assert predict(n_gpus="8", tp="").predicted == eight
    assert predict(n_gpus="8", tp="", parallel="TP8").predicted == eight
    assert predict(n_gpus="8", tp="", parallel="TP2").predicted == predict(n_gpus="8", tp="2").predicted


@pytest.mark.parametrize("load", ["inf", "saturated", "qps:inf"])
def test_a_load_without_bound_is_saturated(load: str) -> None:
    assert predict(concurrency=load).predicted == predict(concurrency="").predicted


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"model": "someone/else-9000B"}, "unknown model"), ({"gpu": "Abacus"}, "unknown accelerator"),
     ({"isl": "1e9"}, "isl"), ({"concurrency": "1e9"}, "concurrency"), ({"concurrency": "qps:"}, "concurrency"),
     ({"n_gpus": "1e12"}, "n_gpus"), ({"concurrency": "1e308"}, "concurrency"),
     ({"isl": ""}, "isl"), ({"isl": "k"}, "isl"), ({"osl": "0"}, "osl"),
     ({"osl": "nan"}, "osl"), ({"concurrency": "many"}, "concurrency"),
     ({"concurrency": "qps:-1"}, "concurrency"), ({"metric": "joy"}, "metric"), ({"tp": "x"}, "tp")],
)  # fmt: skip
def test_what_cannot_be_predicted_says_why(changes: dict[str, str], words: str) -> None:
    found = predict(**changes)
    assert found.predicted is None
    assert found.low is None
    assert words in (found.reason or "")


@pytest.mark.parametrize("metric", ["tpot_ms", "ttft_ms", "output_tokens_per_s_total", "total_tokens_per_s"])
@pytest.mark.parametrize("concurrency", ["", "1", "64", "100000", "qps:0.5", "qps:1000"])
@pytest.mark.parametrize(
    "changes",
    [{}, {"engine": "MLC-LLM"}, {"engine": ""}, {"gpu": "TPU-v6e"}, {"gpu": "L4", "model": "meta-llama/Llama-3.1-405B"},
     {"model": "deepseek-ai/DeepSeek-V3", "n_gpus": "16", "tp": "8", "parallel": "TP8,PP2"},
     {"model": "deepseek-ai/DeepSeek-R1", "n_gpus": "8", "parallel": "TP1,attnDP8,EP8"},
     {"model": "openai/gpt-oss-120b", "precision": "mxfp4", "n_gpus": "4", "parallel": "DEP4"},
     {"isl": "1000000", "osl": "1"}, {"isl": "1", "osl": "100000"}, {"precision": ""}, {"precision": "int4"}],
)  # fmt: skip
def test_every_valid_row_gets_a_finite_prediction_inside_its_interval(
    metric: str, concurrency: str, changes: dict[str, str]
) -> None:
    found = predict(metric=metric, concurrency=concurrency, **changes)
    assert found.reason is None
    assert found.low is not None
    assert found.predicted is not None
    assert found.high is not None
    assert 0 < found.low <= found.predicted <= found.high < 1e12


@pytest.mark.parametrize(
    ("changes", "iterations"),
    [({"engine": "SGLang", "concurrency": "64"}, 30), ({"engine": "SGLang", "concurrency": "8"}, 10),
     ({"engine": "TensorRT-LLM", "parallel": "TP1,attnDP4,EP4", "n_gpus": "4", "concurrency": "64"}, 60),
     ({"engine": "TensorRT-LLM", "concurrency": "64"}, 1), ({"engine": "vLLM", "concurrency": "64"}, 1)],
)  # fmt: skip
def test_where_a_benchmark_lets_the_engine_look_seldom_the_first_token_waits(
    changes: dict[str, str], iterations: int
) -> None:
    def both(metric: str) -> tuple[float, float]:
        there = value(**{"source": "inferencex", "isl": "1000", "osl": "200", "metric": metric, **changes})
        return there, value(**{"isl": "900", "osl": "180", "metric": metric, **changes})

    tpot = both("tpot_ms")
    assert tpot[0] == pytest.approx(tpot[1])
    there, elsewhere = both("ttft_ms")
    assert there - elsewhere == pytest.approx(0.9 * (iterations - 1) / 2 * tpot[0], rel=0.4, abs=1e-6)


def test_a_benchmark_is_known_by_its_former_name_too() -> None:
    changes = {"engine": "SGLang", "concurrency": "64", "metric": "ttft_ms"}
    assert value(source="InferenceMAX v1", **changes) == value(source="inferencex-via-someone", **changes)
    assert value(source="InferenceMAX v1", **changes) > value(source="someone", **changes)


def test_total_tokens_count_the_input_too() -> None:
    output, total = value(metric="output_tokens_per_s_total"), value(metric="total_tokens_per_s")
    assert total == pytest.approx(output * 6)


def test_an_open_loop_below_saturation_delivers_what_it_is_asked_for() -> None:
    assert value(metric="output_tokens_per_s_total", concurrency="qps:2") == pytest.approx(400, rel=0.01)


def test_two_replicas_serve_twice_the_clients() -> None:
    one = value(metric="output_tokens_per_s_total")
    two = value(metric="output_tokens_per_s_total", n_gpus="2", concurrency="64")
    assert two == pytest.approx(2 * one)


def test_what_was_never_measured_has_a_wider_interval() -> None:
    assert width(gpu="MI325X") > width()
    assert width(engine="MLC-LLM") > width()


@pytest.mark.parametrize("metric", ["tpot_ms", "ttft_ms", "output_tokens_per_s_total"])
def test_intervals_widen_with_what_of_a_maker_was_never_measured(metric: str) -> None:
    shared = {"metric": metric, "precision": "bf16"}
    assert width(gpu="MI300X", engine_version="0.6.0", **shared) < width(gpu="MI300X", **shared)
    assert width(gpu="RTX-5090", **shared) < width(gpu="Gaudi3", **shared)
    assert width(gpu="H100-SXM", **shared) < width(gpu="Gaudi3", **shared)


def test_more_clients_never_lower_throughput_or_tpot() -> None:
    for metric in ("tpot_ms", "output_tokens_per_s_total"):
        values = [value(metric=metric, concurrency=str(n)) for n in (1, 4, 16, 64, 256)]
        assert values == sorted(values)


def test_lengths_in_thousands_are_read() -> None:
    assert value(isl="1k", osl="1,024") == value(isl="1024", osl="1024")
    assert value(isl="0.5K", osl="2e2") == value(isl="512", osl="200")


def test_rows_stay_in_order_and_blanks_keep_their_place() -> None:
    found = predict_rows([ROW, {**ROW, "isl": ""}, {**ROW, "metric": "ttft_ms"}, {**ROW, "gpu": "Abacus"}], CATALOGUE,
                         CALIBRATION)  # fmt: skip
    assert [p.predicted is None for p in found] == [False, True, False, True]
    assert predict_rows([], CATALOGUE, CALIBRATION) == []


def test_the_packaged_fit_states_what_it_was_made_of() -> None:
    assert sum(CALIBRATION.rows.values()) == 5468
    assert {"vLLM", "TensorRT-LLM", "SGLang"} <= set(CALIBRATION.engine_versions)
    for name, parameter in CALIBRATION.parameters.items():
        assert parameter.low < parameter.high, name
    for name, error in CALIBRATION.errors.items():
        assert 0 < error.low <= 1 <= error.high, name


def test_a_row_costs_less_than_a_hundred_microseconds() -> None:
    rows = [{**ROW, "isl": str(100 + i % 997), "concurrency": str(1 + i % 61)} for i in range(4000)]
    predict_rows(rows[:10], CATALOGUE, CALIBRATION)
    started = time.process_time()
    predict_rows(rows, CATALOGUE, CALIBRATION)
    assert (time.process_time() - started) / len(rows) < 100e-6  # 30 us on an idle core; slack for a shared one


def test_an_interval_is_taken_from_the_group_it_belongs_to() -> None:
    wide = CALIBRATION.errors["tpot/dense/measured"].model_copy(update={"low": 0.1, "high": 10.0})
    changed = CALIBRATION.model_copy(update={"errors": {**CALIBRATION.errors, "tpot/dense/measured": wide}})
    found = predict_rows([ROW], CATALOGUE, changed)[0]
    assert replace(found, low=0, high=0) == replace(predict(), low=0, high=0)
    assert found.high == pytest.approx(10 * (found.predicted or 0.0))
