"""Rebuild the serving constants from measured runs, and print how far predictions miss out of sample.

Usage: fit_serving.py PATH_TO_calibrate.csv [--dry-run]

Writes src/steelyard/facts/data/serving/calibration.yaml and the tables and picture of docs/accuracy.md, unless
``--dry-run`` is given. Folds are read from docs/reference/serving-folds.md.
"""

import csv
import io
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML
from serving_accuracy import Scores, write_accuracy
from serving_check import published_rows
from serving_fit import Fit, Floats, Measured, fit, metric_group, parameters_of, played

from steelyard.facts.load import load_catalogue
from steelyard.facts.serving import load_calibration
from steelyard.serving.estimate_rows import Reader, prepare

ROOT = Path(__file__).resolve().parents[1]
FOLDS = ROOT / "docs/reference/serving-folds.md"
OUTPUT = ROOT / "src/steelyard/facts/data/serving/calibration.yaml"
FITTED_ON = date(2026, 11, 23)
"""Date of the fit and of the facts it reads."""
ERAS = {"vllm": "0.8", "tensorrt-llm": "0.18", "sglang": "0.4", "source:argonne-llm-inference-bench": "early"}
"""First version of the present era: vLLM V1, TensorRT-LLM's PyTorch runtime, SGLang's overlapped scheduler."""
LENGTH_SHARE = {"inferencex": 0.9}
"""InferenceX draws lengths evenly from 0.8 to 1.0 of the nominal."""
SOURCES = ("NVIDIA/TensorRT-LLM perf-overview v0.14 to v1.2", "ai-dynamo/aiconfigurator silicon samples, InferenceX",
           "argonne-lcf/LLM-Inference-Bench")  # fmt: skip


def folds() -> list[tuple[str, str, tuple[str, ...]]]:
    """Return kind, name and names left out of each fold."""
    rows = [line.strip().strip("|").split("|") for line in FOLDS.read_text(encoding="utf-8").splitlines()
            if line.startswith("|")]  # fmt: skip
    cells = [[cell.strip() for cell in row] for row in rows]
    return [(kind, name, tuple(x.strip() for x in out.split(","))) for kind, name, out in cells
            if kind in ("model", "accelerator")]  # fmt: skip


def read(path: Path) -> tuple[list[dict[str, str]], Measured]:
    """Return the rows and their arrays."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return rows, arrays(rows)


def arrays(rows: Sequence[dict[str, str]]) -> Measured:
    """Return rows of measured runs ready to fit; each must be readable."""
    base = load_calibration().model_copy(update={"eras": ERAS, "length_share": LENGTH_SHARE})
    prepared = prepare(rows, Reader(load_catalogue(FITTED_ON), base))
    if prepared is None or prepared.reasons:
        raise SystemExit(f"rows that cannot be read: {sorted(set(prepared.reasons.values())) if prepared else 'all'}")
    return Measured(
        prepared,
        np.log([float(row["value"]) for row in rows]),
        [metric_group(row["metric"]) for row in rows],
        [(row["model"], row["gpu"], row["engine"], row.get("source", ""), row["metric"]) for row in rows],
    )


def missed(measured: Measured, held: NDArray[np.bool_]) -> Floats:
    """Return log(measured / predicted) of the rows held out of a fit on the others."""
    found, test = fit(measured.where(~held)), measured.where(held)
    return test.log_value - played(test, found.positions(test))


def left_out(rows: Sequence[dict[str, str]], measured: Measured, kind: str) -> tuple[Floats, list[str]]:
    """Return log(measured / predicted) with each row's fold left out of the fit, and that fold's name."""
    column = "model" if kind == "model" else "gpu"
    ratio, fold = np.full(len(rows), np.nan), [""] * len(rows)
    asked = [(name, np.array([row[column] in out for row in rows])) for fold_kind, name, out in folds()
             if fold_kind == kind]  # fmt: skip
    with ProcessPoolExecutor() as pool:
        told = pool.map(missed, (measured for _ in asked), (held for _, held in asked))
        pairs = list(zip(asked, told, strict=True))
    for (name, held), off in pairs:
        ratio[held] = off
        for i in np.flatnonzero(held):
            fold[i] = name
        print(f"  without {name}: {int(held.sum())} rows, "
              f"median error {np.median(np.abs(np.expm1(-ratio[held]))):.1%}", flush=True)  # fmt: skip
    if np.isnan(ratio).any():
        raise SystemExit(
            f"rows in no {kind} fold: {sorted({r[column] for r, x in zip(rows, ratio, strict=True) if np.isnan(x)})}"
        )
    return ratio, fold


def write_calibration(rows: Sequence[dict[str, str]], found: Fit, scores: Scores) -> None:
    """Write the constants, their errors and what they were made of."""
    versions: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        versions[row["engine"]].add(row["engine_version"] or "not stated")
    text = {
        "parameters": parameters_of(found),
        "errors": scores.intervals(),
        "software": scores.software(),
        "eras": ERAS,
        "length_share": LENGTH_SHARE,
        "fitted_on": FITTED_ON,
        "rows": dict(sorted(Counter(row["source"] for row in rows).items())),
        "engine_versions": {name: sorted(found) for name, found in sorted(versions.items())},
        "evidence": [{"source": source, "as_of": FITTED_ON, "grade": "secondary",
                      "note": "constants fitted from published measurements; the rows are not carried"}
                     for source in SOURCES],
    }  # fmt: skip
    yaml = YAML()
    yaml.width = 120
    yaml.default_flow_style = None
    buffer = io.StringIO("# Written by scripts/fit_serving.py; do not edit.\n")
    buffer.seek(0, io.SEEK_END)
    yaml.dump(text, buffer)  # pyright: ignore[reportUnknownMemberType]
    OUTPUT.write_text(buffer.getvalue(), encoding="utf-8")


def main(arguments: Sequence[str]) -> None:
    """Fit, leave out, print, write."""
    rows, measured = read(Path(arguments[0]))
    found = fit(measured)
    inside = measured.log_value - played(measured, found.positions(measured))
    print("models left out")
    models, model_fold = left_out(rows, measured, "model")
    print("accelerators left out")
    accelerators, accelerator_fold = left_out(rows, measured, "accelerator")
    scores = Scores(rows, measured, inside, models, model_fold, accelerators, accelerator_fold)
    print(scores.tables())
    if "--dry-run" not in arguments:
        write_calibration(rows, found, scores)
        check = arrays(published_rows())
        write_accuracy(ROOT / "docs", scores, check.log_value - played(check, found.positions(check)))


if __name__ == "__main__":
    main(sys.argv[1:])
