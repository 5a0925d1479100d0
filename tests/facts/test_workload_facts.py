"""The traffic figures carried in the package: sourced, consistent in themselves, and as the traces still say."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from steelyard.facts.workload import MEASURED_TRACES, length_spread, load_shapes, measured_trace, workload_evidence

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_workload_facts", ROOT / "scripts/build_workload_facts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_carried_figures_are_those_of_the_traces(shared: Path, builder: ModuleType, tmp_path: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name, value in builder.figures(shared / "traces").items():
        carried = json.loads((builder.TARGET / name).read_text(encoding="utf-8"))
        assert carried == json.loads(json.dumps(value)), name


def test_every_figure_has_source_licence_and_date() -> None:
    evidence = workload_evidence()
    assert len(evidence) == 6
    for name, source in evidence.items():
        assert source.licence in ("CC-BY-4.0", "Apache-2.0"), name
        assert source.url
        assert source.as_of.year >= 2023


def test_shapes_are_weeks_of_mean_one() -> None:
    shapes = load_shapes()
    assert set(shapes) == {"office_hours", "consumer", "flat", "batch", "measured"}
    for name, rates in shapes.items():
        assert len(rates) == 168, name
        assert np.mean(rates) == pytest.approx(1.0), name
        assert min(rates) > 0, name


def test_measured_week_has_the_published_swing() -> None:
    # The README of the data gives peak/mean 1.86 and min/mean 0.30 over single hours; two weeks averaged swing less.
    week = np.asarray(load_shapes()["measured"])
    assert 1.5 < week.max() < 1.86
    assert 0.30 < week.min() < 0.7


@pytest.mark.parametrize(("name", "requests", "p50_in", "p99_out", "peak"),
                         [("azure_conv", 19_366, 1_020, 601, 1.5), ("azure_code", 8_819, 1_469, 252, 4.2)])  # fmt: skip
def test_carried_traces_are_the_published_ones(
    name: str, requests: int, p50_in: int, p99_out: int, peak: float
) -> None:
    profile = measured_trace(name)
    assert name in MEASURED_TRACES
    assert np.asarray(profile.joint.counts).sum() == profile.requests == requests
    assert profile.input_tokens is not None
    assert profile.output_tokens is not None
    assert profile.input_tokens.p50 == p50_in
    assert profile.output_tokens.p99 == p99_out
    assert profile.peak_to_mean_per_minute == pytest.approx(peak, abs=0.05)
    assert profile.mean_input_tokens == pytest.approx(profile.input_tokens.mean)


def test_spread_is_the_mean_of_the_traces() -> None:
    spread = length_spread()
    assert 0.5 < spread.sigma_ln_output < spread.sigma_ln_input < 1.5
    assert "3 public traces" in spread.words
