"""Own measured runs: read from a tool's file, turned into constants of one's own, kept where decisions find them."""

import hashlib
import os
import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from steelyard.domain.calibration import Calibration, OwnCalibration
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.value import Value
from steelyard.errors import Fault, InputError, OutputError
from steelyard.facts.serving import load_calibration
from steelyard.ingest.benchmarks import read_runs
from steelyard.serving.constants import OWN
from steelyard.serving.estimate_rows import METRICS, Prepared, Reader, prepare
from steelyard.serving.recalibrate import Moved, best_possible, own_shifts
from steelyard.study.compiled_code import keep_compiled_code
from steelyard.study.validation import read_rows
from steelyard.units import Count, Ratio

__all__ = ["Calibrated", "CalibratedRow", "calibrate", "keep_calibration", "rows_of"]

FOLDER = "own_calibration"
"""Folder of an overlay that holds what own runs changed."""
BEYOND_PHYSICS = 0.03
"""How far a measured mean may lie beyond the physical bound before the run is refused: rounding of tools [1]."""


class CalibratedRow(Value):
    """One measured quantity, before and after."""

    file: str
    """File it comes from."""
    machine: str
    """``ACCELERATOR/ENGINE/WEIGHTS``."""
    model: str
    """Model identifier."""
    load: str
    """Clients, ``qps:N``, or nothing where saturated."""
    metric: str
    """What was measured."""
    unit: str
    """Of all three figures."""
    measured: Ratio
    """What was measured."""
    before: Ratio
    """Predicted with the packaged constants."""
    after: Ratio
    """Predicted with own constants."""


class Calibrated(Value):
    """What ``calibrate --json`` prints."""

    rows: tuple[CalibratedRow, ...]
    """Every quantity used."""
    left_out: Mapping[str, Count]
    """Reason -> rows that cannot be used."""
    machines: tuple[OwnCalibration, ...]
    """What changed, by machine."""


class _Measured(NamedTuple):
    file: str
    cells: Mapping[str, str]


def rows_of(path: Path, given: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the rows of a file of measured runs: a CSV, or the JSON of a benchmark tool.

    Parameters
    ----------
    path
        File; what ends in ``.json`` is a tool's.
    given
        What was said beside a tool's file: ``model``, ``accelerator``, ``tp``, ``weights``, ``engine``.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    return read_runs(path, given) if path.suffix.lower() == ".json" else read_rows(path)


def calibrate(
    paths: Sequence[Path], given: Mapping[str, str], catalogue: Catalogue, *, measured_on: date
) -> Calibrated:
    """Return what measured runs say of the machines they ran on.

    Parameters
    ----------
    paths
        Files of runs.
    given
        What was said beside them.
    catalogue
        Models and accelerators.
    measured_on
        Day of the runs.

    Raises
    ------
    InputError
        If a file cannot be read, no row of it can be used, or a run is faster than physics allows.
    """
    measured = [_Measured(path.name, cells) for path in paths for cells in rows_of(path, given)]
    keep_compiled_code()
    fit = load_calibration()
    prepared, values, left_out = _prepared(measured, catalogue, fit)
    _refuse_beyond_physics(fit, prepared, values, measured)
    moved = own_shifts(fit, prepared, values)
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    return Calibrated(
        rows=tuple(row for entry in moved for row in _rows(entry, prepared, values, measured)), left_out=left_out,
        machines=tuple(_own(entry, prepared, values, measured, hashes, measured_on) for entry in moved),
    )  # fmt: skip


def keep_calibration(found: Calibrated, overlay: Path) -> tuple[Path, ...]:
    """Write one entry for each machine into an overlay and return the files; an earlier one is replaced.

    Parameters
    ----------
    found
        From ``calibrate``.
    overlay
        Folder of own facts.

    Raises
    ------
    OutputError
        If the place cannot be written; what was there stays.
    """
    folder = overlay / FOLDER
    written: list[Path] = []
    for own in found.machines:
        target = folder / f"{own.id.replace('/', '-')}.yaml"
        draft = folder / f".{secrets.token_hex(6)}.new"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            draft.write_text(own.model_dump_json(indent=2) + "\n", encoding="utf-8")
            os.replace(draft, target)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise OutputError(Fault(f"cannot be written ({error.strerror})", str(target), "a place you may write to",
                                    "Name the study beside which to keep it with --study")) from None  # fmt: skip
        written.append(target)
    return tuple(written)


def _prepared(
    measured: Sequence[_Measured], catalogue: Catalogue, fit: Calibration
) -> tuple[Prepared, np.ndarray, dict[str, int]]:
    left_out: dict[str, int] = {}
    usable: list[int] = []
    for i, (_, cells) in enumerate(measured):
        if _positive(cells.get("value", "")):
            usable.append(i)
        else:
            left_out["no positive measured value"] = left_out.get("no positive measured value", 0) + 1
    prepared = prepare([measured[i].cells for i in usable], Reader(catalogue, fit))
    if prepared is None:
        reasons = sorted({str(reason) for i in usable for reason in [Reader(catalogue, fit).read(measured[i].cells)]})
        raise InputError([Fault(reason, ", ".join(dict.fromkeys(m.file for m in measured)), "a run that can be used",
                                "Name the model and the accelerator as `steelyard facts models` and `steelyard facts "
                                "accelerators` list them, with --model and --accelerator")
                          for reason in reasons or list(left_out) or ["no run in it"]])  # fmt: skip
    for reason in prepared.reasons.values():
        left_out[reason] = left_out.get(reason, 0) + 1
    prepared = prepared._replace(at=[usable[k] for k in prepared.at])
    return prepared, np.array([float(measured[i].cells["value"]) for i in prepared.at]), left_out


def _positive(text: str) -> bool:
    try:
        return 0.0 < float(text) < float("inf")
    except ValueError:
        return False


def _refuse_beyond_physics(
    fit: Calibration, prepared: Prepared, values: np.ndarray, measured: Sequence[_Measured]
) -> None:
    best = best_possible(fit, prepared)
    faults: list[Fault] = []
    for row, metric, value, bound in zip(prepared.at, prepared.metrics, values.tolist(), best.tolist(), strict=True):
        kind, unit = METRICS[metric]
        beyond = value / bound if kind == "throughput" else bound / value
        if beyond > 1.0 + BEYOND_PHYSICS:
            order = "at most" if kind == "throughput" else "at least"
            told = f"{metric} of {value:,.4g} {unit} is {beyond:.2f} times better than the datasheet allows"
            faults.append(Fault(told,
                                f"{measured[row].file}: {metric}", f"{order} {bound:,.4g} {unit} on this accelerator",
                                "Check --model, --accelerator, --tp and --precision; prompts answered from a prefix "
                                "cache, or speculative decoding, also do this: measure without"))  # fmt: skip
    if faults:
        raise InputError(faults)


def _rows(entry: Moved, prepared: Prepared, values: np.ndarray, measured: Sequence[_Measured]) -> list[CalibratedRow]:
    found: list[CalibratedRow] = []
    for k, before, after in zip(entry.rows, entry.before.tolist(), entry.after.tolist(), strict=True):
        said, metric = measured[prepared.at[k]], prepared.metrics[k]
        found.append(CalibratedRow(
            file=said.file, machine=entry.level.removeprefix(OWN), model=prepared.entries[k].setup.model.id,
            load=said.cells.get("concurrency", ""), metric=metric, unit=METRICS[metric][1],
            measured=float(values[k]), before=before, after=after,
        ))  # fmt: skip
    return found


def _own(
    entry: Moved, prepared: Prepared, values: np.ndarray, measured: Sequence[_Measured], hashes: Mapping[str, str],
    measured_on: date,
) -> OwnCalibration:  # fmt: skip
    target = values[np.array(entry.rows, dtype=np.intp)]
    accelerator, engine, weights = entry.level.removeprefix(OWN).split("/")
    files = dict.fromkeys(measured[prepared.at[k]].file for k in entry.rows)
    return OwnCalibration.model_validate({
        "id": entry.level.removeprefix(OWN), "accelerator": accelerator, "engine": engine, "weights": weights,
        "measured_on": measured_on, "files": {name: hashes[name] for name in files}, "quantities": len(entry.rows),
        "error_before_fraction": float(np.median(np.abs(entry.before / target - 1.0))),
        "error_after_fraction": float(np.median(np.abs(entry.after / target - 1.0))), "shifts": dict(entry.shifts),
    })  # fmt: skip
