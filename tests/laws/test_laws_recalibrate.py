"""Own runs move the constants of their machine, as far as they say something, and no others."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.domain.calibration import OwnCalibration
from steelyard.facts import load_catalogue
from steelyard.facts.serving import load_calibration
from steelyard.serving.estimate_rows import Reader, predict_rows, prepare
from steelyard.serving.recalibrate import SPREAD, best_possible, own_shifts, with_own

CATALOGUE = load_catalogue(date(2026, 11, 23))
FIT = load_calibration()
CLOSED = ("tpot_ms", "output_tokens_per_s_total")


def rows(*, model="llama-3.1-8b", gpu="h100-sxm", loads=("1", "8", "64"), metrics=CLOSED, precision="bf16") -> list:
    return [{"model": model, "gpu": gpu, "n_gpus": "1", "tp": "1", "precision": precision, "engine": "vllm",
             "isl": "1000", "osl": "200", "concurrency": load, "metric": metric, "source": "own"}
            for load in loads for metric in metrics]  # fmt: skip


def own(moved) -> OwnCalibration:
    name = moved.level.removeprefix("own:")
    accelerator, engine, weights = name.split("/")
    return OwnCalibration.model_validate({
        "id": name, "accelerator": accelerator, "engine": engine, "weights": weights, "measured_on": "2026-11-23",
        "files": {}, "quantities": len(moved.rows), "error_before_fraction": 0.0, "error_after_fraction": 0.0,
        "shifts": dict(moved.shifts)})  # fmt: skip


def predicted(asked, fit=FIT) -> np.ndarray:
    return np.array([p.predicted for p in predict_rows(asked, CATALOGUE, fit)])


def shifted(asked, values):
    prepared = prepare(asked, Reader(CATALOGUE, FIT))
    return own_shifts(FIT, prepared, np.asarray(values, dtype=float))


@settings(max_examples=15)
@given(st.fixed_dictionaries({name: st.floats(-1, 1) for name in SPREAD}))
def test_runs_of_a_machine_with_other_constants_bring_predictions_of_other_loads_closer(shifts) -> None:
    true = with_own(FIT, [OwnCalibration.model_validate({
        "id": "h100-sxm/vllm/bf16", "accelerator": "h100-sxm", "engine": "vllm", "weights": "bf16",
        "measured_on": "2026-11-23", "files": {}, "quantities": 1, "error_before_fraction": 0.0,
        "error_after_fraction": 0.0, "shifts": shifts})])  # fmt: skip
    measured = rows(loads=("1", "4", "16", "64", "256"))
    found = with_own(FIT, [own(m) for m in shifted(measured, predicted(measured, true))])
    other = rows(loads=("2", "32", "128"))
    truth = predicted(other, true)
    before = np.abs(np.log(predicted(other) / truth))
    after = np.abs(np.log(predicted(other, found) / truth))
    assert after.mean() <= before.mean() + 1e-3
    assert after.max() < max(0.05, 0.5 * before.max())


def test_runs_as_predicted_move_nothing() -> None:
    asked = rows()
    (moved,) = shifted(asked, predicted(asked))
    assert max(abs(x) for x in moved.shifts.values()) < 1e-3
    assert moved.before == pytest.approx(moved.after, rel=1e-3)


def test_other_machines_engines_and_formats_stay_as_they_were() -> None:
    asked = rows()
    fit = with_own(FIT, [own(m) for m in shifted(asked, predicted(asked) * np.array([1.4, 0.7] * 3))])
    assert not np.allclose(predicted(asked, fit), predicted(asked))
    for changed in ({"gpu": "l40s"}, {"precision": "fp8"}):
        assert (predicted(rows(**changed), fit) == predicted(rows(**changed))).all()
    sglang = [row | {"engine": "sglang"} for row in asked]
    assert (predicted(sglang, fit) == predicted(sglang)).all()


def test_each_machine_is_moved_by_its_own_runs() -> None:
    both = rows() + rows(gpu="l40s")
    slow = predicted(both) * np.array([1.3, 1 / 1.3] * 6)
    together, alone = shifted(both, slow), shifted(rows(), slow[:6])
    assert [m.level for m in together] == ["own:h100-sxm/vllm/bf16", "own:l40s/vllm/bf16"]
    assert together[0].shifts == alone[0].shifts


def test_absurd_runs_stay_within_physical_bounds() -> None:
    asked = rows()
    for factor in (1e-6, 1e6):
        fit = with_own(FIT, [own(m) for m in shifted(asked, predicted(asked) * factor)])
        best = best_possible(FIT, prepare(asked, Reader(CATALOGUE, FIT)))
        tpot, rate = slice(0, None, 2), slice(1, None, 2)
        assert (predicted(asked, fit)[tpot] >= best[tpot] * (1 - 1e-9)).all()
        assert (predicted(asked, fit)[rate] <= best[rate] * (1 + 1e-9)).all()


def test_a_first_token_that_queues_is_fitted_through_the_simulator() -> None:
    asked = rows(loads=("32",), metrics=("tpot_ms", "ttft_ms"))
    values = predicted(asked) * np.array([1.0, 1.5])
    (moved,) = shifted(asked, values)
    assert moved.before == pytest.approx(predicted(asked), rel=1e-6)
    after = predicted(asked, with_own(FIT, [own(moved)]))
    assert moved.after == pytest.approx(after, rel=1e-3)
    assert abs(np.log(after[1] / values[1])) < abs(np.log(1.5))


def test_own_runs_count_as_measured_in_the_interval() -> None:
    seen = {level for parameter in FIT.parameters.values() for level in parameter.effects}
    unmeasured = next(a for a in CATALOGUE.accelerators if f"accelerator:{a}" not in seen)
    asked = rows(gpu=unmeasured, loads=("8",), metrics=("tpot_ms",), precision="")
    wide = predict_rows(asked, CATALOGUE, FIT)[0]
    fit = with_own(FIT, [own(m) for m in shifted(asked, [wide.predicted])])
    narrow = predict_rows(asked, CATALOGUE, fit)[0]
    assert narrow.high / narrow.low < wide.high / wide.low
