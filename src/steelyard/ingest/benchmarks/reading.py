"""From a tool's file to rows: one for each quantity a run measured."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import cast

from steelyard.errors import Fault, InputError, unreadable
from steelyard.ingest.benchmarks.run import BenchmarkFormat, Document, MissingKeyError, Run
from steelyard.registry import plugins

__all__ = ["formats", "read_runs"]

MOST_BYTES = 200_000_000
"""Largest file read: a report with every request of a long run is some tens of megabytes [B]."""
_FORMATS = "steelyard.ingest.benchmarks.formats"


@cache
def formats() -> Mapping[str, BenchmarkFormat]:
    """Return the tools whose files are read, by name."""
    return cast(Mapping[str, BenchmarkFormat], plugins(_FORMATS, "benchmarks"))


def read_runs(path: Path, given: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the rows of one file of measured runs, in the columns of ``validate``.

    Parameters
    ----------
    path
        JSON of a benchmark tool.
    given
        What was said beside the file: ``model``, ``accelerator``, ``tp``, ``weights``, ``engine``; wins over the file.

    Raises
    ------
    InputError
        If the file cannot be read, is of no tool known, lacks a key, or the machine is not known.
    """
    document = _document(path)
    found = next((form for form in formats().values() if form.matches(document)), None)
    if found is None:
        known = ", ".join(form.title for form in formats().values())
        raise InputError(Fault("of no benchmark tool that is known", path.name, f"the JSON of one of: {known}",
                               "Export it so, or write a CSV for steelyard validate"))  # fmt: skip
    try:
        runs = found.runs(document)
    except MissingKeyError as error:
        raise InputError(Fault(f"key {error.key!r} cannot be used", f"{path.name} ({found.title})", error.expected,
                               "Export the run anew, or write a CSV for steelyard validate")) from None  # fmt: skip
    return [row for run in runs for row in _rows(run, given, path, found.name)]


def _document(path: Path) -> Document:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(Fault(f"{path.stat().st_size:,} bytes", path.name, f"at most {MOST_BYTES:,} bytes",
                                   "Export the run without its single requests"))  # fmt: skip
        found: object = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(unreadable(error, path.name, expected="a file of measured runs",
                                    remedy="Check the path")) from None  # fmt: skip
    except (ValueError, RecursionError):
        what = "is not JSON" if path.stat().st_size else "the file is empty, not JSON"
        raise InputError(Fault(what, path.name, "the JSON a benchmark tool writes",
                               "Give the tool's result file")) from None  # fmt: skip
    if isinstance(found, list) and len(cast("list[object]", found)) == 1:
        found = cast("list[object]", found)[0]
    if not isinstance(found, Mapping):
        raise InputError(Fault("holds no JSON object", path.name, "one JSON object", "Give one run a file"))
    return cast(Document, found)


def _rows(run: Run, given: Mapping[str, str], path: Path, tool: str) -> list[dict[str, str]]:
    said = {**run.said, **{name: value for name, value in given.items() if value}}
    machine = {name: said.get(name, "") for name in ("model", "accelerator", "tp", "weights", "engine")}
    machine["model"] = machine["model"] or run.model
    missing = [f"--{name}" for name in ("model", "accelerator") if not machine[name]]
    if missing:
        raise InputError(Fault(f"the file does not say {' and '.join(missing)}", path.name,
                               "the model and the accelerator that were measured",
                               f"Give {' and '.join(missing)}"))  # fmt: skip
    tp = machine["tp"] or "1"
    row = {
        "model": machine["model"], "gpu": machine["accelerator"], "n_gpus": tp, "tp": tp,
        "precision": machine["weights"], "engine": machine["engine"] or "vllm", "engine_version": "",
        "isl": f"{run.input_tokens:g}", "osl": f"{run.output_tokens:g}", "concurrency": run.load,
        "source": f"own run ({tool})",
    }  # fmt: skip
    return [row | {"metric": metric, "value": f"{value:g}"} for metric, value in _values(run) if value is not None]


def _values(run: Run) -> Sequence[tuple[str, float | None]]:
    return (("tpot_ms", run.tpot_ms), ("ttft_ms", run.ttft_ms), ("output_tokens_per_s_total", run.output_tokens_per_s))
