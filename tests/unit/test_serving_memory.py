"""Weights, cache and spreads against figures computed by hand from published shapes."""

import pytest

from serving_cases import A100, DEEPSEEK_V3, GPT_OSS_120B, H100, H200, HYBRID, L40S, LLAMA_8B, LLAMA_70B, LLAMA_405B
from steelyard.domain.serving import Parallelism, ServingConfig
from steelyard.serving import fits, kv_capacity_tokens, smallest_parallelism
from steelyard.serving.memory import kv_bytes_per_sequence, weight_bytes
from steelyard.serving.shapes import model_shapes, parameters_total


def config(model, accelerator, weights="bf16", **spread):
    return ServingConfig(model=model.id, accelerator=accelerator.id, weights=weights,
                         parallelism=Parallelism(**spread))  # fmt: skip


@pytest.mark.parametrize(
    ("model", "billions"),
    [(LLAMA_8B, 8.03), (LLAMA_70B, 70.55), (LLAMA_405B, 405.85), (DEEPSEEK_V3, 671.03), (GPT_OSS_120B, 116.79)],
)
def test_shapes_reproduce_published_parameter_counts(model, billions):
    assert float(parameters_total(model_shapes(model.architecture))) / 1e9 == pytest.approx(billions, abs=0.005)


@pytest.mark.parametrize(("model", "expected"), [(LLAMA_8B, 131072), (LLAMA_70B, 327680), (DEEPSEEK_V3, 70272)])
def test_cache_bytes_per_token_at_16_bits(model, expected):
    assert float(kv_bytes_per_sequence(model_shapes(model.architecture), 2.0, 1000.0)) == 1000 * expected


def test_sliding_layers_keep_only_their_window():
    shapes = model_shapes(GPT_OSS_120B.architecture)
    per_token_half = 18 * 8 * 64 * 2 * 2
    assert float(kv_bytes_per_sequence(shapes, 2.0, 10_000.0)) == per_token_half * (10_000 + 128)


def test_linear_layers_keep_a_constant_state():
    shapes = model_shapes(HYBRID.architecture)
    growth = kv_bytes_per_sequence(shapes, 2.0, 2000.0) - kv_bytes_per_sequence(shapes, 2.0, 1000.0)
    assert float(growth) == 1000 * 8 * 2 * 128 * 2 * 2
    assert float(kv_bytes_per_sequence(shapes, 2.0, 0.0)) == 24_000_000


@pytest.mark.parametrize(("weights", "gigabytes"), [("bf16", 141.1), ("fp8", 72.7), ("fp4", 42.7), ("int4", 39.8)])
def test_weight_bytes_with_scales_and_16_bit_embeddings(weights, gigabytes):
    assert float(weight_bytes(model_shapes(LLAMA_70B.architecture), weights)) / 1e9 == pytest.approx(gigabytes, abs=0.1)


def test_gpt_oss_checkpoint_is_about_65_gb():
    size = float(weight_bytes(model_shapes(GPT_OSS_120B.architecture), "fp4")) / 1e9
    assert 60 < size < 70  # 65.25 GB on the repository, openai/gpt-oss-120b


@pytest.mark.parametrize(
    ("model", "accelerator", "weights", "tp", "pp"),
    [(LLAMA_8B, A100, "bf16", 1, 1), (LLAMA_70B, H100, "bf16", 4, 1), (LLAMA_70B, H100, "fp8", 2, 1),
     (LLAMA_70B, H200, "fp8", 1, 1), (DEEPSEEK_V3, H100, "fp8", 8, 2), (DEEPSEEK_V3, H200, "fp8", 8, 1),
     (LLAMA_405B, H100, "fp8", 8, 1), (GPT_OSS_120B, H100, "fp4", 1, 1), (GPT_OSS_120B, H200, "fp4", 1, 1)],
)  # fmt: skip
def test_smallest_spread_that_holds_the_model(model, accelerator, weights, tp, pp):
    spread = smallest_parallelism(model, accelerator, config(model, accelerator, weights), 2000.0)
    assert (spread.tp, spread.pp) == (tp, pp)


def test_nothing_holds_a_model_too_large():
    tiny = L40S.model_copy(update={"memory_bytes": 4_000_000_000})
    assert smallest_parallelism(LLAMA_405B, tiny, config(LLAMA_405B, tiny), 2000.0) is None
    assert not fits(LLAMA_8B, tiny, config(LLAMA_8B, tiny), 1000.0)


def test_replicated_heads_take_memory():
    eight = kv_capacity_tokens(LLAMA_70B, H200, config(LLAMA_70B, H200, "fp8", tp=8), 2000.0)
    latent = kv_capacity_tokens(DEEPSEEK_V3, H200, config(DEEPSEEK_V3, H200, "fp8", tp=8), 2000.0)
    one_rank = kv_capacity_tokens(DEEPSEEK_V3, H200, config(DEEPSEEK_V3, H200, "fp8", dp_attention=8, ep=8), 2000.0)
    assert eight > 2_000_000
    assert one_rank > 4 * latent  # tensor parallel repeats the latent on every device
