"""What must hold for any training run."""

from datetime import date

import hypothesis.strategies as st
import pytest
from hypothesis import given

from steelyard.errors import InputError
from steelyard.tuning.compute import (
    AttentionShape,
    compute_optimal_tokens,
    device_hours,
    mfu_at,
    training_flop,
    training_loss,
    training_run,
)
from steelyard.tuning.cost import TuningProgramme, managed_tuning, refresh_months
from steelyard.tuning.memory import ActivationShape, activation_bytes, least_devices, state_bytes
from steelyard.tuning.payoff import ServingEffect, serving_usd_per_month, uplift_to_pay
from steelyard.tuning.reliability import checkpoint_interval_s, effective_time_fraction, mean_time_between_s

SIZE = st.floats(1e8, 1e12)
TOKENS = st.floats(1e6, 1e13)
SHARE = st.floats(0.0, 1.0)


@given(SIZE, TOKENS, SHARE)
def test_training_more_of_the_model_takes_more_work(n, d, t):
    assert 4 * n * d <= training_flop(n, d, trainable_fraction=t) * (1 + 1e-12)
    assert training_flop(n, d, trainable_fraction=t) <= 6 * n * d * (1 + 1e-12)
    assert training_flop(n, d, recompute="full") == pytest.approx(8 * n * d)
    assert training_flop(n, d, recompute="selective") == training_flop(n, d)


@given(SIZE, TOKENS, st.integers(1, 100), st.integers(64, 20_000), st.integers(128, 131_072))
def test_attention_adds_with_length(n, d, layers, width, length):
    shape, longer = (AttentionShape(layers, width, k * length) for k in (1, 2))
    plain = training_flop(n, d)
    once, twice = (training_flop(n, d, attention=s) - plain for s in (shape, longer))
    assert twice == pytest.approx(2 * once, rel=1e-3, abs=plain * 1e-9)
    assert training_flop(n, d, attention=shape, recompute="selective") >= training_flop(n, d, attention=shape)


@given(SIZE, TOKENS, st.integers(1, 4096), st.floats(0.05, 1.0), st.floats(0.2, 1.0), st.floats(1.0, 5.0))
def test_hours_scale(n, d, devices, mfu, effective, runs):
    flop = training_flop(n, d)
    run = training_run(flop, devices=devices, peak_flop_per_s=1e15, mfu=mfu, effective_time_fraction=effective,
                       runs_per_success=runs)  # fmt: skip
    assert run.device_h == pytest.approx(run.days * 24 * devices * runs)
    assert run.device_h >= device_hours(flop, 1e15, 1.0) * (1 - 1e-9)


@given(SIZE, SIZE)
def test_achieved_share_rises_with_size_and_stays_in_the_table(a, b):
    low, high = sorted((a, b))
    assert 0.138 <= mfu_at(low) <= mfu_at(high) <= 0.345


def test_an_impossible_share_is_refused():
    with pytest.raises(InputError, match=r"share of 1\.2"):
        device_hours(1e20, 1e15, 1.2)


@given(st.integers(1, 100_000), st.floats(1, 600), st.floats(0, 3600))
def test_more_devices_lose_more_time(devices, checkpoint, restart):
    one, two = (effective_time_fraction(k * devices, checkpoint_s=checkpoint, restart_s=restart) for k in (1, 2))
    assert 0 <= two <= one < 1


@given(st.integers(8, 20_000), st.floats(1, 60), st.floats(0.3, 3.0))
def test_the_checkpoint_interval_loses_least(devices, checkpoint, factor):
    mean = mean_time_between_s(devices)
    best = checkpoint_interval_s(checkpoint, mean)

    def lost(interval):
        return checkpoint / interval + interval / (2 * mean)

    # First order: within the square of the loss itself of the optimum.
    assert lost(best) <= lost(best * factor) * (1 + checkpoint / best)


@given(st.floats(1e8, 1e12), st.floats(1e6, 1e9))
def test_memory_falls_from_full_to_lora_to_qlora(n, adapters):
    full, lora, qlora = (state_bytes(n, m, min(adapters, n / 100)) for m in ("full", "lora", "qlora"))
    assert full > lora > qlora


@given(st.integers(1, 128), st.integers(512, 16_384), st.integers(8, 128), st.integers(128, 32_768))
def test_recomputing_saves_memory(layers, hidden, heads, length):
    shape = ActivationShape(layers, hidden, heads, length)
    none, selective, full = (activation_bytes(shape, r) for r in ("none", "selective", "full"))
    assert none > selective > full


def test_devices_that_hold_a_job():
    assert least_devices(state_bytes(70e9, "full"), 4e9, 80_000_000_000) == 17
    assert least_devices(1.0, 80e9, 80_000_000_000) == 0


@given(SIZE, TOKENS)
def test_more_data_or_parameters_lower_the_loss(n, d):
    assert training_loss(2 * n, d) < training_loss(n, d)
    assert training_loss(n, 2 * d) < training_loss(n, d)
    assert compute_optimal_tokens(n) == 20 * n


OPENAI = TuningProgramme(usd_per_mtok_trained=25.0, minimum_usd=5.0, closed_to_new_since=date(2026, 5, 7),
                         no_jobs_after=date(2027, 1, 6))  # fmt: skip


@pytest.mark.parametrize(("day", "used_before", "is_open"), [
    (date(2026, 5, 6), False, True), (date(2026, 5, 7), False, False), (date(2026, 11, 23), True, True),
    (date(2027, 1, 6), True, True), (date(2027, 1, 7), True, False),
])  # fmt: skip
def test_a_closed_programme_is_not_offered_past_its_dates(day, used_before, is_open):
    assert OPENAI.open_on(day, used_before=used_before) is is_open


def test_managed_tuning_by_hand():
    rest = {"data_usd": 100.0, "people_usd": 20.0, "evaluation_usd": 3.0}
    cost = managed_tuning(OPENAI, 2e6, epochs=3, runs=2, **rest)
    assert cost.compute_usd == 2e6 * 3 / 1e6 * 25 * 2
    assert cost.usd == cost.compute_usd + 123
    assert managed_tuning(OPENAI, 1000, epochs=1, runs=1, **rest).compute_usd == 5.0


def test_refreshes():
    assert refresh_months(36, first=3, every=12) == (3, 15, 27)
    assert refresh_months(36, first=3, every=0) == (3,)


@given(st.floats(1, 1e6), st.floats(10, 1e4), SHARE, st.floats(0, 2e4), st.floats(0.05, 1.0), st.integers(1, 50))
def test_a_tuned_model_never_costs_more_to_serve_than_its_parts_say(usd, tokens, share, removed, ratio, adapters):
    same = serving_usd_per_month(usd, tokens, share, ServingEffect())
    assert same == pytest.approx(usd)
    less = serving_usd_per_month(usd, tokens, share, ServingEffect(ratio, removed, adapters))
    assert 0 <= less <= usd * (1 + 1e-9)


@given(st.floats(-1e5, 1e6), st.floats(1, 1e8), st.floats(0.001, 10), SHARE)
def test_the_uplift_pays_exactly(extra, requests, worth, success):
    uplift = uplift_to_pay(extra, requests, usd_per_success=worth, success_fraction=success)
    if uplift is None:
        assert (1 - success) * requests * worth < extra
    else:
        assert uplift * requests * worth == pytest.approx(max(extra, 0.0), abs=1e-6)


def test_nothing_to_gain_pays_only_if_it_costs_nothing():
    assert uplift_to_pay(1.0, 0.0, usd_per_success=1.0, success_fraction=0.5) is None
    assert uplift_to_pay(0.0, 0.0, usd_per_success=1.0, success_fraction=0.5) == 0
