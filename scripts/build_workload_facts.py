"""Compute the traffic figures carried in the package from the public traces beside the project.

Run ``python scripts/build_workload_facts.py ../shared/data/traces`` from the root of the repository.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from steelyard.domain.traffic import Profile
from steelyard.ingest import profile_table, read_logs

TARGET = Path(__file__).parents[1] / "src/steelyard/facts/data/workload"
SEEN = "2026-11-23"
DIGITS = 6
AZURE = {
    "source": "Azure Public Dataset, AzureLLMInferenceTrace 2023, commit b469a113",
    "url": "https://github.com/Azure/AzurePublicDataset",
    "as_of": SEEN,
    "licence": "CC-BY-4.0",
    "grade": "derived",
}
MOONCAKE = {
    "source": "Mooncake (FAST'25), conversation trace, commit 3b5a5941",
    "url": "https://github.com/kvcache-ai/Mooncake",
    "as_of": SEEN,
    "licence": "Apache-2.0",
    "grade": "derived",
}
SERVEGEN = {
    "source": "ServeGen (Alibaba), m-large, rates summed over clients, commit f891d118",
    "url": "https://github.com/alibaba/ServeGen",
    "as_of": SEEN,
    "licence": "Apache-2.0",
    "grade": "derived",
    "note": "The weekday and zone of the first window are not published: it is placed at Monday 00:00 UTC, and the "
    "two weeks are averaged hour by hour.",
}
MAPPING = {"start": "timestamp", "input_tokens": "input_length", "output_tokens": "output_length"}


def azure_profile(traces: Path, name: str) -> Profile:
    """Return the profile of an Azure trace."""
    return profile_table(read_logs([traces / "azure" / f"AzureLLMInferenceTrace_{name}.csv"]), shape="flat")


def trace_figures(profile: Profile, evidence: dict[str, str]) -> dict[str, Any]:
    """Return a trace's joint histogram and burstiness as plain figures; cells are [i, o, requests, input, output]."""
    joint = profile.joint
    counts, inputs, outputs = (np.asarray(m) for m in (joint.counts, joint.input_sums, joint.output_sums))
    cells = [[int(i), int(o), int(counts[i, o]), int(inputs[i, o]), int(outputs[i, o])]
             for i, o in zip(*np.nonzero(counts), strict=True)]  # fmt: skip
    return {
        "evidence": evidence,
        "requests": profile.requests,
        "span_s": round(profile.span_s, DIGITS),
        "peak_to_mean_per_minute": round(profile.peak_to_mean_per_minute, DIGITS),
        "inter_arrival_cv": round(profile.inter_arrival_cv, DIGITS),
        "input_tokens": profile.input_tokens.model_dump() if profile.input_tokens else None,
        "output_tokens": profile.output_tokens.model_dump() if profile.output_tokens else None,
        "input_edges": [int(e) for e in joint.input_edges],
        "output_edges": [int(e) for e in joint.output_edges],
        "cells": cells,
    }


def week_figures(traces: Path) -> dict[str, Any]:
    """Return 168 relative rates, mean one, of the ServeGen model."""
    rows = np.loadtxt(traces / "servegen" / "servegen_m-large_rate_10min.csv", delimiter=",", skiprows=1)
    hours = rows[:, 1].reshape(-1, 6).mean(axis=1).reshape(-1, 168)
    week = hours.mean(axis=0)
    return {
        "evidence": SERVEGEN,
        "weeks": int(hours.shape[0]),
        "relative_rates": [round(float(v), DIGITS) for v in week / week.mean()],
    }


def scatter(lengths: np.ndarray) -> float:
    """Return the standard deviation of the logarithm of lengths of at least one token."""
    return round(float(np.log(np.maximum(lengths, 1)).std()), 4)


def spread_figures(traces: Path) -> dict[str, Any]:
    """Return how lengths scatter about their mean in three public traces."""
    found: dict[str, Any] = {}
    for name in ("conv", "code"):
        rows = np.loadtxt(traces / "azure" / f"AzureLLMInferenceTrace_{name}.csv", delimiter=",", skiprows=1,
                          usecols=(1, 2))  # fmt: skip
        found[f"azure_{name}"] = {**_scatters(rows), "evidence": AZURE}
    lines = (traces / "mooncake" / "conversation_trace.jsonl").read_text(encoding="utf-8").splitlines()
    rows = np.array([[r["input_length"], r["output_length"]] for r in map(json.loads, lines)], dtype=float)
    found["mooncake_conversation"] = {**_scatters(rows), "evidence": MOONCAKE}
    return {"traces": found}


def _scatters(rows: np.ndarray) -> dict[str, float]:
    logs = np.log(np.maximum(rows, 1))
    return {
        "sigma_ln_input": scatter(rows[:, 0]),
        "sigma_ln_output": scatter(rows[:, 1]),
        "correlation": round(float(np.corrcoef(logs.T)[0, 1]), 4),
        "mean_tokens_per_request": round(float(rows.sum(axis=1).mean()), 1),
    }


def figures(traces: Path) -> dict[str, dict[str, Any]]:
    """Return every carried file by name."""
    return {
        "azure_conv.json": trace_figures(azure_profile(traces, "conv"), AZURE),
        "azure_code.json": trace_figures(azure_profile(traces, "code"), AZURE),
        "servegen_m_large.json": week_figures(traces),
        "length_spread.json": spread_figures(traces),
    }


def as_text(value: dict[str, Any]) -> str:
    """Return JSON with one key a line, lists on theirs, ending in a newline."""
    inner = ",\n".join(f" {json.dumps(key)}: {json.dumps(entry)}" for key, entry in value.items())
    return "{\n" + inner + "\n}\n"


def main() -> None:
    """Write the carried files."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, value in figures(Path(sys.argv[1])).items():
        (TARGET / name).write_text(as_text(value), encoding="utf-8")
        print(f"wrote {name}")


if __name__ == "__main__":
    main()
