"""Published training runs, recomputed: operations, device hours, days, memory, money."""

import pytest

from steelyard.tuning.compute import (
    EFFECTIVE_MFU_BF16,
    AttentionShape,
    device_hours,
    lora_parameters,
    training_flop,
    training_loss,
    training_run,
)
from steelyard.tuning.cost import self_hosted_tuning
from steelyard.tuning.memory import state_bytes
from steelyard.tuning.reliability import effective_time_fraction, mean_time_between_s

H100_BF16 = 989e12


@pytest.mark.parametrize(("parameters", "tokens", "printed"), [
    (174.6e9, 300e9, 3.14e23),  # Brown et al. (2020), arXiv:2005.14165, table D.1, GPT-3 175B
    (12.85e9, 300e9, 2.31e22),  # the same, GPT-3 13B
    (6.65e9, 300e9, 1.20e22),  # the same, GPT-3 6.7B
    (405e9, 15.6e12, 3.8e25),  # Llama team (2024), arXiv:2407.21783, sec. 3.2.1
    (70e9, 1.4e12, 5.88e23),  # Hoffmann et al. (2022), arXiv:2203.15556, Chinchilla
])  # fmt: skip
def test_operations(parameters, tokens, printed):
    assert training_flop(parameters, tokens) == pytest.approx(printed, rel=0.005)


@pytest.mark.parametrize(("parameters", "tokens", "devices", "achieved", "days"), [
    (175e9, 300e9, 1024, 140e12, 34),  # Narayanan et al. (2021), arXiv:2104.04473, sec. 5.1: "34 days"
    (1e12, 450e9, 3072, 163e12, 84),  # the same: "84 days"
])  # fmt: skip
def test_days_with_everything_recomputed(parameters, tokens, devices, achieved, days):
    flop = training_flop(parameters, tokens, recompute="full")
    run = training_run(flop, devices=devices, peak_flop_per_s=312e12, mfu=achieved / 312e12)
    assert run.days == pytest.approx(days, abs=1)


def test_attention_term_of_palm():
    """Chowdhery et al. (2022), arXiv:2204.02311, appendix B: 6N + 12 L H Q T per token, not halved for causality."""
    shape = AttentionShape(layers=118, width=48 * 256, sequence_tokens=2048, causal=False)
    extra = training_flop(0.0, 1.0, attention=shape)
    assert extra == pytest.approx(12 * 118 * 48 * 256 * 2048)


@pytest.mark.parametrize(("parameters", "tokens", "hours"), [
    (8e9, 15e12, 1.46e6), (70e9, 15e12, 7.0e6), (405e9, 15.6e12, 30.84e6),
])  # fmt: skip
def test_llama_model_card_hours(parameters, tokens, hours):
    mfu = dict(EFFECTIVE_MFU_BF16)[parameters]
    assert device_hours(training_flop(parameters, tokens), H100_BF16, mfu) == pytest.approx(hours, rel=0.005)


def test_deepseek_v3_hours_and_money():
    """DeepSeek-AI (2024), arXiv:2412.19437, table 1: 2.664 M H800 hours to pre-train, 2.788 M in all at 2 USD."""
    achieved = training_flop(37e9, 14.8e12) / (2.664e6 * 3600)
    assert achieved / H100_BF16 == pytest.approx(0.346, abs=0.001)  # as the Llama run, in fp8
    cost = self_hosted_tuning(2.788e6, 2.0, data_usd=0, people_usd=0, evaluation_usd=0)
    assert cost.usd == pytest.approx(5.576e6)


def test_lora_of_gpt_3():
    """Hu et al. (2021), arXiv:2106.09685, tables 4 and 5: 37.7 M and 4.7 M trainable parameters."""
    assert lora_parameters(8, [(12288, 12288)] * 2 * 96) == pytest.approx(37.7e6, rel=0.002)
    assert lora_parameters(2, [(12288, 12288)] * 96) == pytest.approx(4.7e6, rel=0.005)


def test_memory_of_published_jobs():
    # Rajbhandari et al. (2020), arXiv:1910.02054, sec. 3.1 and fig. 1: 24 GB for 1.5 B, 120 GB for 7.5 B parameters.
    assert state_bytes(1.5e9, "full") == 24e9
    assert state_bytes(7.5e9, "full") == 120e9
    # Dettmers et al. (2023), arXiv:2305.14314: a 65 B model is tuned on one 48 GB device.
    assert state_bytes(65e9, "qlora", 0.2e9) < 48e9 < state_bytes(65e9, "lora", 0.2e9)


def test_failures_of_the_llama_3_run():
    """Llama team (2024), arXiv:2407.21783, sec. 3.3.4: one interruption in some three hours, over 90 % effective."""
    assert mean_time_between_s(16_384) / 3600 == pytest.approx(54 * 24 / 419)
    assert effective_time_fraction(16_384, checkpoint_s=5, restart_s=300) > 0.9


def test_loss_of_chinchilla_beats_that_of_gopher():
    """Hoffmann et al. (2022), arXiv:2203.15556: same compute, 70 B on 1.4 T tokens against 280 B on 300 B."""
    assert training_loss(70e9, 1.4e12) == pytest.approx(1.936, abs=0.002)
    assert training_loss(280e9, 300e9) == pytest.approx(1.993, abs=0.002)
