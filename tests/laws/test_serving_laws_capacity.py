"""What must hold for any traffic and any device."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from serving_cases import A100, DEEPSEEK_V3, GPT_OSS_120B, H100, LLAMA_8B, cells
from steelyard.domain.serving import ServingConfig, Slo, SloTerm
from steelyard.facts.serving import load_calibration
from steelyard.serving import capacity_curve, resolve
from steelyard.serving.constants import as_arrays
from steelyard.serving.memory import kv_bytes_per_sequence
from steelyard.serving.parallelism import deployments
from steelyard.serving.shapes import model_shapes, stack_shapes, with_whole_cache
from steelyard.serving.step_time import Batch, distinct_experts, step_time_s

LENGTH = st.integers(1, 20_000)
CONSTANTS = resolve(load_calibration(), H100)
CONFIG = ServingConfig(model=LLAMA_8B.id, accelerator=H100.id, weights="bf16")


def slo(ttft_s, tpot_s):
    return Slo(terms=(SloTerm(metric="ttft", percentile=95, threshold_s=ttft_s),
                      SloTerm(metric="tpot", percentile=95, threshold_s=tpot_s)))  # fmt: skip


def curve(device=H100, *, lengths, limits, **more):
    return capacity_curve(LLAMA_8B, device, CONFIG, lengths=lengths, slo=limits, constants=CONSTANTS, **more)


@given(LENGTH, LENGTH, st.floats(0.05, 5), st.floats(0.01, 0.3), st.floats(0, 0.95), st.floats(0, 5))
def test_curve_is_finite_and_ordered(given_tokens, made_tokens, ttft, tpot, hit, burst):
    found = curve(lengths=cells((1, given_tokens, made_tokens)), limits=slo(ttft, tpot), prefix_hit_fraction=hit,
                  burstiness=burst)  # fmt: skip
    assert 0 <= found.max_rps <= found.saturated_rps
    assert found.max_rps_low <= found.max_rps <= found.max_rps_high
    assert 0 <= found.headroom < 1
    assert np.all(np.diff(found.load_rps) >= 0)
    assert np.all((found.utilization_fraction >= 0) & (found.utilization_fraction <= 1))
    for latency in (found.ttft_s, found.tpot_s):
        assert 0 <= latency.p50 <= latency.p95 <= latency.p99


@given(LENGTH, LENGTH, st.floats(0.05, 5), st.floats(0.01, 0.3), st.floats(1, 4))
def test_looser_promises_never_carry_less(given_tokens, made_tokens, ttft, tpot, factor):
    lengths = cells((1, given_tokens, made_tokens))
    tight = curve(lengths=lengths, limits=slo(ttft, tpot)).max_rps
    loose = curve(lengths=lengths, limits=slo(ttft * factor, tpot * factor)).max_rps
    assert loose >= tight - 1e-9


@given(st.integers(64, 8000), st.integers(8, 2000), st.floats(1.05, 3))
def test_a_faster_device_never_carries_less(given_tokens, made_tokens, factor):
    faster = H100.model_copy(update={
        "memory_bandwidth_bytes_per_s": H100.memory_bandwidth_bytes_per_s * factor,
        "peak_flop_per_s": {k: v * factor for k, v in H100.peak_flop_per_s.items()},
    })  # fmt: skip
    lengths, limits = cells((1, given_tokens, made_tokens)), slo(1.0, 0.05)
    assert (
        curve(faster, lengths=lengths, limits=limits).max_rps >= curve(lengths=lengths, limits=limits).max_rps * 0.999
    )


@given(st.floats(1, 256), st.floats(1, 50_000), st.floats(0, 8192), st.floats(1, 20_000), st.floats(1, 2))
def test_step_time_grows_with_every_kind_of_work(sequences, context, prompt, prompt_context, factor):
    deployed = deployments([LLAMA_8B], [A100], [CONFIG])
    efficiencies = as_arrays([CONSTANTS])
    values = [np.array([x]) for x in (sequences, context, prompt, prompt_context)]
    base = step_time_s(deployed, efficiencies, Batch(*values))
    assert base[0] >= 8.03e9 * 2 / A100.memory_bandwidth_bytes_per_s * 0.9
    for i in range(len(values)):
        more = [v * factor if i == j else v for j, v in enumerate(values)]
        assert step_time_s(deployed, efficiencies, Batch(*more))[0] >= base[0] * (1 - 1e-12)


MIXTURES = [DEEPSEEK_V3, GPT_OSS_120B]


@given(st.sampled_from(MIXTURES), st.floats(1, 10_000), st.floats(1, 4))
def test_a_batch_meets_its_experts_and_never_more_than_routed_evenly(model, tokens, factor):
    deployed = deployments([model], [H100], [CONFIG])
    experts, active = deployed.experts[0], deployed.active_experts[0]
    one, some, more = (distinct_experts(deployed, np.array([n]))[0] for n in (1.0, tokens, tokens * factor))
    assert np.isclose(one, active)
    assert active * (1 - 1e-9) <= some <= more * (1 + 1e-9)
    assert more <= experts * (1 + 1e-9)
    assert some <= experts * (1 - (1 - active / experts) ** tokens) * (1 + 1e-9)


@given(st.sampled_from(MIXTURES), st.integers(1, 200_000), st.booleans())
def test_an_engine_that_frees_nothing_behind_windows_never_caches_less(model, context, whole):
    shapes = stack_shapes([model_shapes(model.architecture)])
    kept = with_whole_cache(shapes, np.array([whole]))
    least, most = (kv_bytes_per_sequence(s, 2.0, np.array([float(context)]))[0] for s in (shapes, kept))
    assert most >= least
    if context <= shapes.window_tokens[0]:
        assert np.isclose(most, least)
