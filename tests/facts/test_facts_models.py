"""Laws over the open weights: counts follow from shapes, a spelling means one model, licences say what was read."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from steelyard.domain.evidence import Grade
from steelyard.domain.model import Architecture, AttentionLayers, FeedForwardLayers, ManagedModel, OpenModel
from steelyard.domain.serving import Parallelism, ServingConfig
from steelyard.facts import load_catalogue
from steelyard.facts.load import DATA
from steelyard.facts.prices.names import open_model_names, spelling
from steelyard.facts.snapshot import load_entries
from steelyard.serving import smallest_parallelism
from steelyard.serving.estimate_names import find_model, model_names
from steelyard.serving.memory import kv_bytes_per_sequence
from steelyard.serving.shapes import model_shapes, parameters_total

AS_OF = date(2026, 11, 23)
CATALOGUE = load_catalogue(AS_OF)
MODELS = CATALOGUE.open_models
ENTRIES = {m.id: m for m in load_entries(DATA).models}
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=lambda m: m.id)
BF16 = 2.0

ONE_BLOCK_A_LAYER = {
    "nemotron-3-nano-30b-a3b": (29, 23), "nemotron-3.5-lightning-30b-a3b": (29, 23),
    "nemotron-3-super-120b-a12b": (48, 40), "nemotron-3-ultra-550b-a55b": (60, 48),
    "llama-3.3-nemotron-super-49b-v1": (49, 80), "llama-3.3-nemotron-super-49b-v1.5": (49, 80),
}  # fmt: skip
"""Models whose layers may hold one block only -> attention (or Mamba) blocks and feed-forward blocks."""

PUBLISHED = {
    # total and active parameters as stated by the makers, 1e9; active without input embeddings where they say so
    "llama-3.1-8b": (8.03, None), "llama-3.3-70b": (70.6, None), "llama-3.1-405b": (405.9, None),
    "llama-3.2-1b": (1.24, None), "llama-3.2-3b": (3.21, None), "mixtral-8x7b": (46.7, 12.9),
    "qwen2.5-7b": (7.61, None), "qwen2.5-32b": (32.5, None), "qwen2.5-72b": (72.7, None), "qwen3-32b": (32.8, None),
    "qwen3-235b-a22b": (235, 22), "qwen3-next-80b-a3b-instruct": (80, 3.9), "qwen3.5-397b-a17b": (397, 17),
    "qwen3.5-122b-a10b": (122, 10), "qwen3.5-27b": (27, None), "qwen3.6-27b": (27, None), "qwen3.6-35b-a3b": (35, 3.5),
    "deepseek-r1": (671, 37), "deepseek-v4-flash": (284, 13), "deepseek-v4-pro": (1600, 49),
    "kimi-k2": (1040, 32), "kimi-k3": (2800, 104), "kimi-linear-48b-a3b": (49, 3.3),
    "glm-4.5": (355, 32), "glm-4.5-air": (106, 12.6), "glm-4.7-flash": (30, 3.6), "hy3-preview": (295, 21),
    "gpt-oss-120b": (116.8, None), "gpt-oss-20b": (20.9, None), "minimax-m2": (230, 10.6),
    "gemma-2-9b": (9.24, None), "gemma-2-27b": (27.2, None), "gemma-3-27b": (27.0, None), "gemma-4-31b": (30.7, None),
    "gemma-4-26b-a4b": (25.2, 3.8), "phi-4": (14.7, None), "phi-4-mini": (3.84, None),
    "mistral-nemo-12b": (12.2, None), "mistral-small-3.2-24b": (23.6, None), "mistral-large-2411": (123, None),
    "mistral-small-4-119b": (119, 6.5), "mistral-large-4": (1050, 49), "nemotron-3-nano-30b-a3b": (31.6, 3.6),
    "nemotron-3-super-120b-a12b": (120.6, 12.7), "nemotron-3-ultra-550b-a55b": (550, 55),
    "llama-3.3-nemotron-super-49b-v1": (49.9, None), "mimo-v2-flash": (309, 15), "step-3.7-flash": (196, 11),
    "granite-4.0-h-small": (32, 9), "exaone-4.0-32b": (32, None), "olmo-2-13b": (13.7, None),
    "falcon3-10b": (10.3, None), "smollm3-3b": (3.08, None), "ernie-4.5-21b-a3b": (21.8, 3.1),
    "phi-2": (2.78, None), "phi-3-mini": (3.82, None), "phi-3-small": (7.39, None), "phi-3-medium": (14.0, None),
    "phi-3.5-moe": (41.9, 6.6), "gemma-2b": (2.51, None), "gemma-7b": (8.54, None), "falcon-7b": (7.22, None),
    "falcon-40b": (41.8, None), "falcon-180b": (179.5, None), "falcon-2-11b": (11.1, None), "dbrx": (132, 36),
    "c4ai-command-r-v01": (35.0, None), "c4ai-command-r-08-2024": (32.3, None), "c4ai-command-r-plus": (104, None),
    "c4ai-command-r7b": (8.03, None), "c4ai-command-a": (111, None), "yi-6b": (6.06, None), "yi-9b": (8.83, None),
    "yi-34b": (34.4, None), "granite-3.1-8b": (8.17, None), "granite-3.1-2b": (2.53, None),
    "granite-20b-code": (20.1, None), "mistral-small-22b": (22.2, None), "ministral-8b-2410": (8.02, None),
    "mistral-nemo-minitron-8b": (8.41, None), "qwen1.5-0.5b": (0.62, None), "qwen1.5-1.8b": (1.84, None),
    "qwen1.5-4b": (3.95, None), "qwen1.5-7b": (7.72, None), "qwen1.5-14b": (14.2, None), "qwen1.5-32b": (32.5, None),
    "qwen1.5-72b": (72.3, None), "qwen1.5-110b": (111, None), "qwen1.5-moe-a2.7b": (14.3, 2.7),
    "qwen2-57b-a14b": (57.4, 14), "llama-30b": (32.5, None), "llama-65b": (65.2, None), "tinyllama-1.1b": (1.1, None),
    "solar-10.7b": (10.7, None), "opt-125m": (0.125, None), "opt-1.3b": (1.32, None), "opt-2.7b": (2.65, None),
    "opt-6.7b": (6.66, None), "opt-13b": (12.85, None), "opt-30b": (29.97, None), "opt-66b": (65.7, None),
    "opt-175b": (175, None), "bloom-7b1": (7.07, None), "bloom-176b": (176.2, None), "gpt-j-6b": (6.05, None),
    "gpt-neox-20b": (20.55, None), "pythia-2.8b": (2.78, None), "pythia-6.9b": (6.86, None),
    "pythia-12b": (11.85, None), "mpt-7b": (6.65, None), "mpt-30b": (29.95, None), "starcoder-15b": (15.5, None),
    "starcoder2-3b": (3.03, None), "starcoder2-7b": (7.17, None), "starcoder2-15b": (15.96, None),
    "deepseek-v2-lite": (15.7, 2.4), "deepseek-v2": (236, 21), "deepseek-llm-7b": (6.91, None),
    "deepseek-llm-67b": (67.4, None), "deepseek-coder-33b": (33.3, None), "deepseek-moe-16b": (16.4, 2.8),
    "internlm2-7b": (7.74, None), "internlm2-20b": (19.86, None), "internlm3-8b": (8.8, None),
    "chatglm3-6b": (6.24, None), "glm-4-9b": (9.4, None), "glm-4-32b": (32.6, None), "nemotron-4-340b": (341, None),
    "olmo-7b": (6.89, None), "olmoe-1b-7b": (6.92, 1.3), "grok-1": (314, None), "baichuan2-7b": (7.51, None),
    "baichuan2-13b": (13.9, None), "exaone-3.5-7.8b": (7.82, None), "exaone-3.5-32b": (32.0, None),
    "hunyuan-a13b": (80.4, 13), "ernie-4.5-300b-a47b": (300, 47), "seed-oss-36b": (36.15, None),
    "stablelm-2-12b": (12.14, None), "stablelm-2-1.6b": (1.64, None),
}  # fmt: skip


def attention_parameters(hidden: int, g: AttentionLayers) -> int:
    if g.parameters_per_layer is not None:
        return g.parameters_per_layer
    value = g.v_head_dim or g.head_dim
    out = g.heads * value * hidden
    if not g.kv_lora_rank:
        return hidden * (g.heads * g.head_dim + g.kv_heads * (g.head_dim + value)) + out
    wide = g.heads * g.head_dim
    query = g.q_lora_rank * (hidden + wide) if g.q_lora_rank else hidden * wide
    up = g.kv_lora_rank * g.heads * (g.head_dim - g.rope_head_dim + value)
    return query + hidden * (g.kv_lora_rank + g.rope_head_dim) + up + out


def computed_parameters(model: OpenModel, experts: Callable[[FeedForwardLayers], int]) -> int:
    """Weights of embeddings, attention and feed-forward blocks, with so many routed experts a layer."""
    a = model.architecture
    total = a.vocab_size * a.hidden_size * (1 if a.tied_embeddings else 2)
    total += sum(g.layers * attention_parameters(a.hidden_size, g) for g in a.attention)
    for f in a.feed_forward:
        if f.kind == "dense":
            total += f.layers * f.matrices * a.hidden_size * f.width
            continue
        inner = f.latent_size or a.hidden_size
        always = a.hidden_size * (f.matrices * f.shared_width + f.experts + 2 * f.latent_size)
        total += f.layers * (always + experts(f) * f.matrices * inner * f.width)
    return total


@every_model
def test_parameters_follow_from_the_shapes(model: OpenModel) -> None:
    assert computed_parameters(model, lambda f: f.experts) == pytest.approx(model.parameters_total, rel=0.005)
    assert computed_parameters(model, lambda f: f.active_experts) == pytest.approx(model.parameters_active, rel=0.02)
    assert 0 < model.parameters_active <= model.parameters_total
    assert float(parameters_total(model_shapes(model.architecture))) == pytest.approx(model.parameters_total, rel=0.005)


@every_model
def test_a_layer_has_attention_and_feed_forward_unless_said_otherwise(model: OpenModel) -> None:
    attention = sum(g.layers for g in model.architecture.attention)
    forward = sum(f.layers for f in model.architecture.feed_forward)
    assert (attention, forward) == ONE_BLOCK_A_LAYER.get(model.id, (attention, attention))


@pytest.mark.parametrize(("name", "total", "active"), [(n, *c) for n, c in PUBLISHED.items()])
def test_published_counts_are_reproduced(name: str, total: float, active: float | None) -> None:
    model = MODELS[name]
    assert model.parameters_total / 1e9 == pytest.approx(total, rel=0.018)
    if active is not None:  # makers round, and leave embeddings out or in
        embedding = model.architecture.vocab_size * model.architecture.hidden_size / 1e9
        assert model.parameters_active / 1e9 - embedding <= active * 1.05
        assert model.parameters_active / 1e9 >= active * 0.97


@every_model
def test_shapes_are_within_what_is_built(model: OpenModel) -> None:
    a = model.architecture
    assert 512 <= a.hidden_size <= 20_000
    assert 30_000 <= a.vocab_size <= 300_000
    assert 2_048 <= model.context_tokens <= 10_485_760
    for g in a.attention:
        assert 32 <= g.head_dim <= 576
        assert g.heads % max(g.kv_heads, 1) == 0
        assert (g.window_tokens is not None) == (g.kind in {"sliding", "sparse", "sparse_mla"})
        assert (g.window_tokens or 0) <= model.context_tokens
        assert (g.state_bytes_per_sequence > 0) >= (g.kind == "linear")
        assert (g.kv_lora_rank > 0) == (g.kind in {"mla", "sparse_mla"})
        assert (g.kv_heads > 0) == (g.kind in {"full", "sliding", "sparse"})
    for f in a.feed_forward:
        assert (f.experts > f.active_experts > 0) == (f.kind == "moe")
        assert f.latent_size < a.hidden_size


@every_model
def test_some_server_holds_every_model(model: OpenModel) -> None:
    device = CATALOGUE.accelerators["b200"]
    spread = ServingConfig(model=model.id, accelerator=device.id, weights=model.native_precision,
                           parallelism=Parallelism())  # fmt: skip
    assert smallest_parallelism(model, device, spread, 4_000.0) is not None


def test_a_spelling_means_one_model() -> None:
    for tidy in (str.lower, spelling):
        means: dict[str, str] = {}
        for model in MODELS.values():
            for name in (model.id, model.name, *model.aliases):
                assert means.setdefault(tidy(name), model.id) == model.id, name


def test_open_weights_take_no_name_under_which_a_maker_sells_a_service() -> None:
    """Else the maker's price list, retirements and today's bill would be read as those of the weights."""
    names = open_model_names(MODELS.values())
    both = {name for name in CATALOGUE.managed_models if spelling(name) in names}
    assert both <= {"zai/GLM-5.3-Flash"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [("meta-llama/Llama-3.2-3B-Instruct", "llama-3.2-3b"), ("llama3.1:8b", "llama-3.1-8b"),
     ("meta-llama/Meta-Llama-3-70B", "llama-3-70b"), ("deepseek-ai/DeepSeek-V3", "deepseek-v3"),
     ("deepseek-ai/DeepSeek-V3-0324", "deepseek-v3-0324"), ("nvidia/DeepSeek-V3.1-NVFP4", "deepseek-v3.1"),
     ("RedHatAI/Qwen2.5-72B-Instruct-quantized.w8a8", "qwen2.5-72b"), ("Qwen/Qwen2.5-7B-Instruct-AWQ", "qwen2.5-7b"),
     ("mistralai/Mistral-Small-3.1-24B-Instruct-2503", "mistral-small-3.1-24b"),
     ("RedHatAI/Mistral-Small-24B-Instruct-2501-FP8-dynamic", "mistral-small-3-24b"),
     ("mistralai/Mistral-Nemo-Instruct-2407", "mistral-nemo-12b"), ("Qwen/Qwen3.5-397B-A17B-FP8", "qwen3.5-397b-a17b"),
     ("nvidia/Gemma-4-31B-IT-NVFP4", "gemma-4-31b"), ("zai-org/GLM-4.5-Air-FP8", "glm-4.5-air"),
     ("nvidia/Kimi-K2.5-NVFP4", "kimi-k2.5"), ("moonshotai/Kimi-K2-Instruct-0905", "kimi-k2-0905"),
     ("nvidia/Llama-3_3-Nemotron-Super-49B-v1", "llama-3.3-nemotron-super-49b-v1"), ("dsr1", "deepseek-r1-0528"),
     ("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-FP8", "nemotron-3-nano-30b-a3b"), ("Qwen/QwQ-32B-AWQ", "qwq-32b"),
     ("sgl-project/DeepSeek-V4-Pro-FP8", "deepseek-v4-pro"), ("microsoft/Phi-4-mini-instruct", "phi-4-mini")],
)  # fmt: skip
def test_spellings_met_in_the_wild_find_their_model(written: str, meant: str) -> None:
    found = find_model(written, model_names(MODELS.values()))
    assert found is not None
    assert found.id == meant


@every_model
def test_a_licence_says_what_it_allows_or_that_it_was_not_read(model: OpenModel) -> None:
    licence = model.licence
    if licence.commercial_use == "unknown":
        assert "not read" in licence.name or licence.url is None
    else:
        assert licence.url
        assert licence.url.startswith("https://")
    if licence.user_cap is not None:
        assert licence.commercial_use in {"conditional", "no"}
        assert licence.user_cap >= 1_000_000


@every_model
def test_a_model_is_sourced_and_its_tuning_base_came_first(model: OpenModel) -> None:
    assert date(2021, 6, 4) <= model.released <= AS_OF
    assert any(e.grade is not Grade.RECALLED or "recalled" in e.source for e in model.evidence)
    assert any(e.url for e in model.evidence)
    assert ("long_context" in model.capabilities) == (model.context_tokens >= 200_000)
    if model.tuning_base is not None:
        base = ENTRIES[model.tuning_base]
        assert base.released <= model.released
        assert base.id != model.id


def test_recalled_shapes_meet_a_published_count_to_half_a_percent() -> None:
    """A wrong width or number of heads would show: shapes without a source are carried only where the count says so."""
    recalled = [m for m in MODELS.values() if m.evidence[0].grade is Grade.RECALLED]
    assert {m.id for m in recalled} <= PUBLISHED.keys()
    for model in recalled:
        assert model.parameters_total / 1e9 == pytest.approx(PUBLISHED[model.id][0], rel=0.005), model.id
    assert len(recalled) <= 0.1 * len(MODELS)


def test_merged_keys_are_a_thirteenth_of_those_of_the_generation_before() -> None:
    """DeepSeek states a 13.7 times smaller cache than V3.2 at 1 M tokens for V4 Flash, partly by keeping it in fp8."""
    at = np.asarray(1_048_576.0)
    before, after = (
        float(kv_bytes_per_sequence(model_shapes(MODELS[name].architecture), BF16, at))
        for name in ("deepseek-v3.2", "deepseek-v4-flash")
    )
    assert before / after == pytest.approx(13.7, rel=0.1)


def attention(**shape: object) -> Architecture:
    group = AttentionLayers.model_validate({"layers": 4, "heads": 8, "kv_heads": 2, "head_dim": 64, **shape})
    block = FeedForwardLayers(layers=4, kind="dense", width=2048)
    return Architecture(hidden_size=512, vocab_size=1000, attention=(group,), feed_forward=(block,))


def test_selected_keys_are_all_kept_but_read_in_part() -> None:
    whole = model_shapes(attention(kind="full"))
    part = model_shapes(attention(kind="sparse", window_tokens=2048))
    assert float(part.kv_values_stored) == float(whole.kv_values_stored) == 4 * 2 * 128
    assert (float(part.kv_values_read), float(part.kv_values_read_windowed)) == (0.0, 4 * 2 * 128)
    assert float(part.window_tokens) == 2048
    assert float(part.attention_params) == float(whole.attention_params)


def test_merging_tokens_shrinks_cache_and_attention_alike() -> None:
    one, merged = (model_shapes(attention(kind="full", tokens_per_cache_entry=n)) for n in (1, 4))
    assert float(merged.kv_values_stored) == float(one.kv_values_stored) / 4
    assert float(merged.decode_attention_flop) == float(one.decode_attention_flop) / 4
    assert float(merged.attention_params) == float(one.attention_params)


def test_experts_in_a_latent_space_are_counted_there() -> None:
    def shapes(latent: int):
        block = FeedForwardLayers(layers=4, kind="moe", width=256, experts=8, active_experts=2, latent_size=latent)
        whole = attention(kind="full").model_copy(update={"feed_forward": (block,)})
        return model_shapes(whole)

    plain, inner = shapes(0), shapes(128)
    assert float(inner.expert_params) == float(plain.expert_params) * 128 / 512
    assert float(inner.dense_params - plain.dense_params) == 4 * 2 * 512 * 128


MANAGED = {m.id: m for m in load_entries(DATA).managed_models}
every_managed = pytest.mark.parametrize("model", MANAGED.values(), ids=lambda m: m.id)


@every_managed
def test_a_managed_model_comes_before_it_goes_and_answers_within_its_context(model: ManagedModel) -> None:
    assert model.id.startswith(f"{model.vendor}/")
    if model.released and model.retires:
        assert model.released < model.retires
    if model.context_tokens is not None:
        assert 2_000 <= model.context_tokens <= 10_485_760
        assert ("long_context" in model.capabilities) <= (model.context_tokens >= 200_000)
        assert (model.max_output_tokens or 0) <= model.context_tokens
    if model.retires and model.retires > AS_OF:
        assert model.evidence[0].grade is not Grade.RECALLED, "a coming retirement needs a source"


def test_what_people_buy_first_hand_is_described() -> None:
    sellers = {"openai", "anthropic", "google", "xai"}
    sold = {c.model for c in CATALOGUE.rate_cards if not c.open_weights and c.seller in sellers}
    tiered = [MANAGED[m] for m in sold & MANAGED.keys() if MANAGED[m].tier not in {"unknown", "embedding"}]
    current = [m for m in tiered if m.released and m.released >= date(2026, 3, 1)]
    assert len(current) >= 30
    assert sum(bool(m.context_tokens and m.capabilities) for m in current) >= 0.9 * len(current)


def test_a_tier_is_known_for_what_people_use() -> None:
    tiers = {"openai/gpt-6-astra": "flagship", "openai/gpt-6-sol": "mid", "openai/gpt-5.4-mini": "small",
             "openai/gpt-6-luna": "nano", "anthropic/claude-sonnet-5-5": "mid", "anthropic/claude-haiku-5-5": "small",
             "google/gemini-3.5-flash-lite": "nano", "google/gemini-3.1-pro-preview": "flagship"}  # fmt: skip
    assert {name: MANAGED[name].tier for name in tiers} == tiers


def test_announced_retirements_stand_on_their_dates() -> None:
    assert MANAGED["openai/gpt-5"].retires == date(2026, 12, 11)
    assert MANAGED["openai/gpt-5.4-nano"].retires == date(2027, 4, 1)
    assert MANAGED["openai/davinci"].retires == date(2024, 1, 4)
