"""Capacity curves and the search over configurations: what a caller sees."""

import itertools
import shlex
import time

import numpy as np
import pytest

from serving_cases import ACCELERATORS, CHAT, DEEPSEEK_V3, H100, H200, L40S, LLAMA_8B, LLAMA_70B, MODELS, cells
from steelyard.domain.serving import Parallelism, ServingConfig, Slo, SloTerm
from steelyard.facts.serving import load_calibration
from steelyard.serving import best_config, best_curves, candidate_configs, capacity_curve, resolve, start_command

SLO = Slo(terms=(SloTerm(metric="ttft", percentile=95, threshold_s=1.5),
                 SloTerm(metric="tpot", percentile=95, threshold_s=0.05)))  # fmt: skip
CALIBRATION = load_calibration()


def curve(model=LLAMA_8B, accelerator=H100, *, slo=SLO, lengths=CHAT, weights="bf16", spread=None, **more):
    config = ServingConfig(model=model.id, accelerator=accelerator.id, weights=weights,
                           parallelism=spread or Parallelism())  # fmt: skip
    moe = model is DEEPSEEK_V3
    constants = resolve(CALIBRATION, accelerator, weights=weights, moe=moe)
    return capacity_curve(model, accelerator, config, lengths=lengths, slo=slo, constants=constants, **more)


def test_promises_hold_at_the_load_returned():
    found = curve()
    assert 0 < found.max_rps <= found.saturated_rps
    assert found.ttft_s.p95 <= 1.5 + 1e-9
    assert found.tpot_s.p95 <= 0.05 + 1e-9
    assert found.max_rps_low <= found.max_rps <= found.max_rps_high
    assert found.ttft_s.p50 <= found.ttft_s.p95 <= found.ttft_s.p99


def test_decode_of_one_sequence_is_bound_by_reading_the_weights():
    found = curve(weights="bf16", lengths=cells((1, 64, 512)))
    bound_s = 8.03e9 * 2 / H100.memory_bandwidth_bytes_per_s
    assert bound_s < found.tpot_p95_s[0] < 3 * bound_s


def test_weights_that_do_not_fit_are_said_so():
    found = curve(LLAMA_70B, L40S)
    assert found.max_rps == 0
    assert found.binding == "memory: the weights do not fit"
    assert np.isinf(found.replicas(np.array([1.0]))).all()
    assert found.replicas(np.array([0.0])).tolist() == [0.0]


def test_a_promise_no_request_can_meet_is_said_so():
    found = curve(slo=Slo(terms=(SloTerm(metric="tpot", percentile=95, threshold_s=1e-5),)))
    assert found.max_rps == 0
    assert found.binding.startswith("tpot")


def test_no_promise_means_throughput():
    found = curve(slo=Slo())
    assert found.max_rps == found.saturated_rps
    assert found.binding == "compute"


def test_bursts_cost_headroom():
    calm, wild = curve(burstiness=1.0), curve(burstiness=4.0)
    assert calm.headroom < wild.headroom < 1
    assert wild.max_rps <= calm.max_rps
    assert curve(burstiness=0.0).headroom == 0


def test_end_to_end_promise_bounds_too():
    tight = Slo(terms=(SloTerm(metric="e2e", percentile=90, threshold_s=8.0),))
    assert 0 < curve(slo=tight).max_rps < curve(slo=Slo()).max_rps


def test_best_config_takes_the_fewest_devices_for_the_load():
    small = best_config(LLAMA_70B, H100, calibration=CALIBRATION, lengths=CHAT, slo=SLO, load_rps=0.1)
    assert small is not None
    assert small.config.weights == "fp8"
    assert small.config.parallelism.tp == 2
    assert best_config(LLAMA_70B, L40S.model_copy(update={"memory_bytes": 10**9}), calibration=CALIBRATION,
                       lengths=CHAT, slo=SLO) is None  # fmt: skip


def test_the_whole_sweep_takes_less_than_a_second():
    models = {f"{m.id}-{i}": m.model_copy(update={"id": f"{m.id}-{i}"}) for m in MODELS.values() for i in (1, 2)}
    devices = {f"{a.id}-{i}": a.model_copy(update={"id": f"{a.id}-{i}"}) for a in ACCELERATORS.values() for i in (1, 2)}
    started = time.process_time()
    configs = [c for m in models.values() for c in candidate_configs(m, list(devices.values()), context_tokens=2e3)]
    curves = best_curves(models, devices, configs, calibration=CALIBRATION, lengths=CHAT, slo=SLO)
    assert time.process_time() - started < 3.0  # 0.6 s on an idle core; slack for a shared one
    assert len(configs) > 400
    assert {c.config.model for c in curves} == set(models)


@pytest.mark.parametrize("name", ["org/model", "/weights/my model; rm -rf x"])
def test_start_command_states_the_configuration_and_quotes(name):
    config = ServingConfig(model="m", accelerator="h200-sxm", weights="fp8", kv="fp8", max_running_requests=64,
                           parallelism=Parallelism(tp=4, pp=2), prefix_caching=False, token_budget=4096)  # fmt: skip
    words = shlex.split(start_command(config, name, native=False))
    assert words[:3] == ["vllm", "serve", name]
    pairs = dict(itertools.pairwise(words))
    assert (pairs["--tensor-parallel-size"], pairs["--pipeline-parallel-size"]) == ("4", "2")
    assert (pairs["--max-num-seqs"], pairs["--max-num-batched-tokens"]) == ("64", "4096")
    assert (pairs["--kv-cache-dtype"], pairs["--quantization"]) == ("fp8", "fp8")
    assert "--no-enable-prefix-caching" in words


def test_latent_cache_serves_more_with_data_parallel_attention():
    tensor = curve(DEEPSEEK_V3, H200, weights="fp8", spread=Parallelism(tp=8), slo=Slo())
    data = curve(DEEPSEEK_V3, H200, weights="fp8", spread=Parallelism(dp_attention=8, ep=8), slo=Slo())
    assert tensor.saturated_rps > 0
    assert data.saturated_rps > 0
