"""Laws of predictions for rows of measured runs: every valid row has an answer, better hardware is never slower."""

import math
from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.model import OpenModel
from steelyard.facts import load_catalogue
from steelyard.facts.serving import load_calibration
from steelyard.serving.estimate_rows import METRICS, Prediction, predict_rows
from steelyard.serving.estimate_sizes import Size, sized_model

CATALOGUE = load_catalogue(date(2026, 11, 28))
CALIBRATION = load_calibration()
MODELS = sorted(CATALOGUE.open_models)
ACCELERATORS = sorted(CATALOGUE.accelerators)
LENGTHS = st.one_of(st.integers(1, 64), st.integers(65, 8192), st.integers(8193, 1_000_000)).map(str)
LOADS = st.one_of(st.just(""), st.integers(1, 4096).map(str), st.floats(0.01, 500).map(lambda rate: f"qps:{rate:.3g}"))
MADE_UP = st.sampled_from(
    ["acme/Foo-13B-Instruct", "foo-30B-A3B", "Bar-8x7B-v2", "acme/baz-405b-fp8", "tiny-160M", "Big-2T-A50B-NVFP4",
     "someone/13b-thing-AWQ"])  # fmt: skip
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=12)
SPREADS = st.one_of(
    st.just({}),
    st.sampled_from([1, 2, 3, 4, 6, 8, 16]).map(lambda n: {"n_gpus": str(n), "tp": str(n)}),
    st.sampled_from([1, 2, 4, 8, 32]).map(lambda n: {"n_gpus": str(n)}),
    st.tuples(st.sampled_from([1, 2, 4, 8]), st.sampled_from([1, 2, 4]), st.sampled_from([1, 2, 8, 16])).map(
        lambda s: {"n_gpus": str(s[0] * s[1]), "tp": str(s[0]), "parallel": f"TP{s[0]},PP{s[1]},EP{s[2]}"}),
    st.sampled_from([2, 4, 8, 16]).map(lambda n: {"n_gpus": str(n), "tp": "1", "parallel": f"DEP{n}"}),
    st.sampled_from([4, 8]).map(lambda n: {"n_gpus": str(n), "tp": "1", "parallel": f"TP1,attnDP{n},EP{n}"}),
)  # fmt: skip
PRECISIONS = st.one_of(
    st.sampled_from(["", "bf16", "fp16", "fp8", "int8", "int4", "nvfp4", "mxfp4", "fp32", "q5_k_m", "fp6", "w4a16",
                     "tf32", "mixed", "3bit", "exl2-4.65bpw", "FP8 (E4M3), kv bf16"]), WORDS)  # fmt: skip
ENGINES = st.one_of(st.sampled_from(["", "vLLM", "TensorRT-LLM", "SGLang", "TGI", "LMDeploy", "llama.cpp"]), WORDS)
VERSIONS = st.one_of(st.sampled_from(["", "0.4.2", "0.6.6.post1", "0.14", "1.2.0rc6", "27.3", "nightly", "v9"]), WORDS)


@st.composite
def rows(draw: st.DrawFn) -> dict[str, str]:
    row = {"model": draw(st.one_of(st.sampled_from(MODELS), MADE_UP)), "gpu": draw(st.sampled_from(ACCELERATORS)),
           "isl": draw(LENGTHS), "osl": draw(LENGTHS), "metric": draw(st.sampled_from(sorted(METRICS))),
           "concurrency": draw(LOADS), "precision": draw(PRECISIONS), "engine": draw(ENGINES),
           "engine_version": draw(VERSIONS), "source": draw(WORDS),
           "scenario": draw(st.sampled_from(["", "closed-loop", "offline-static-batch"])), **draw(SPREADS)}  # fmt: skip
    needed = {"model", "gpu", "isl", "osl", "metric"}
    dropped = draw(st.sets(st.sampled_from(sorted(row.keys() - needed)), max_size=3))
    return {name: value for name, value in row.items() if name not in dropped}


def predict(table: list[dict[str, str]], **changed: object) -> list[Prediction]:
    return predict_rows(table, replace(CATALOGUE, **changed), CALIBRATION)


@settings(max_examples=40, deadline=None)
@given(st.lists(rows(), min_size=8, max_size=40))
def test_every_valid_row_has_an_answer_inside_its_interval(table: list[dict[str, str]]) -> None:
    for row, found in zip(table, predict(table), strict=True):
        assert found.reason is None, row
        assert found.predicted is not None, row
        assert found.low is not None, row
        assert found.high is not None, row
        assert 0 < found.low < found.predicted < found.high < math.inf, row
        assert (found.model in CATALOGUE.open_models) or found.note, row


def quicker(name: str, accelerator: Accelerator) -> Accelerator:
    value = getattr(accelerator, name)
    doubled = {k: 2 * v for k, v in value.items()} if name == "peak_flop_per_s" else 2 * value
    return accelerator.model_copy(update={name: doubled})


@pytest.mark.parametrize("name", ["peak_flop_per_s", "memory_bandwidth_bytes_per_s", "link_bytes_per_s"])
@settings(max_examples=15, deadline=None)
@given(table=st.lists(rows(), min_size=4, max_size=20))
def test_better_hardware_is_never_slower(name: str, table: list[dict[str, str]]) -> None:
    table = [row for row in table if row["metric"] != "ttft_ms"]
    before = predict(table)
    after = predict(table, accelerators={k: quicker(name, a) for k, a in CATALOGUE.accelerators.items()})
    for row, slow, fast in zip(table, before, after, strict=True):
        assert slow.predicted is not None, row
        assert fast.predicted is not None, row
        gain = fast.predicted / slow.predicted
        assert gain <= 1.02 if row["metric"] == "tpot_ms" else gain >= 0.98, row


@settings(max_examples=15, deadline=None)
@given(row=rows(), clients=st.lists(st.integers(1, 4096), min_size=2, max_size=6))
def test_more_clients_never_lower_throughput(row: dict[str, str], clients: list[int]) -> None:
    table = [row | {"concurrency": str(n), "metric": "total_tokens_per_s"} for n in sorted(clients)]
    found = [p.predicted or 0.0 for p in predict(table)]
    assert all(after >= before * 0.98 for before, after in pairwise(found)), row


def test_the_size_alone_tells_as_much_as_its_interval_says() -> None:
    """Shapes usual for a size, whole families left out, against a model's own: four in five within the doubt added."""
    inside: list[bool] = []
    for metric, isl, osl, load in (("tpot_ms", "1000", "500", "4"), ("tpot_ms", "1000", "500", "64"),
                                   ("tpot_ms", "8000", "1000", "32"), ("output_tokens_per_s_total", "1000", "1000", ""),
                                   ("ttft_ms", "2000", "200", "8")):  # fmt: skip
        likely = {f"usual-{m.id}": usual(m) for m in CATALOGUE.open_models.values()}
        shared = {"gpu": "b300", "n_gpus": "8", "tp": "8", "precision": "fp8", "engine": "vLLM", "metric": metric,
                  "isl": isl, "osl": osl, "concurrency": load}  # fmt: skip
        names = [*CATALOGUE.open_models, *likely]
        found = predict([shared | {"model": n} for n in names], open_models={**CATALOGUE.open_models, **likely})
        values = np.log([p.predicted or math.nan for p in found]).reshape(2, -1)
        inside += (np.abs(values[0] - values[1]) < 0.34).tolist()
    assert 0.7 <= np.mean(inside) <= 0.95


def usual(model: OpenModel) -> OpenModel:
    """Return what is made of a model's size where its family is unknown."""
    others = [m for m in CATALOGUE.open_models.values() if m.family != model.family]
    found = sized_model(Size(model.parameters_total, model.parameters_active), others)
    assert found is not None
    assert found.parameters_total == model.parameters_total
    name = f"usual-{model.id}"
    return found.model_copy(update={"id": name, "name": name})
