"""Traffic measured elsewhere, carried as figures: a week's shape, joint lengths, burstiness, spread of lengths."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from steelyard.domain.evidence import Evidence
from steelyard.domain.traffic import JointHistogram, Profile, Quantiles, RowCounts, TokenTotals
from steelyard.units import SECONDS_PER_MONTH
from steelyard.workload.lengths import LengthSpread
from steelyard.workload.shapes import ASSUMED_SHAPES, MEASURED, relative_rates

__all__ = ["MEASURED_TRACES", "length_spread", "load_shapes", "measured_trace", "workload_evidence"]

_FOLDER = Path(__file__).parent / "data" / "workload"
_WEEK = "servegen_m_large"
MEASURED_TRACES = ("azure_conv", "azure_code")
"""Traces carried as joint histograms."""


@cache
def _load(name: str) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8")))


@cache
def load_shapes() -> Mapping[str, tuple[float, ...]]:
    """Return every named shape of a week, 168 relative rates each, the measured one among them."""
    return {**ASSUMED_SHAPES, MEASURED: relative_rates(_load(_WEEK)["relative_rates"])}


def workload_evidence() -> Mapping[str, Evidence]:
    """Return where the carried figures come from, by name."""
    found = {name: Evidence.model_validate(_load(name)["evidence"]) for name in (_WEEK, *MEASURED_TRACES)}
    traces = cast("Mapping[str, Mapping[str, Any]]", _load("length_spread")["traces"])
    return {**found, **{f"length_spread.{k}": Evidence.model_validate(v["evidence"]) for k, v in traces.items()}}


@cache
def length_spread() -> LengthSpread:
    """Return the scatter of lengths about their mean, averaged over the public traces, with a chat's burstiness."""
    traces = cast("Mapping[str, Mapping[str, float]]", _load("length_spread")["traces"])

    def mean(key: str) -> float:
        return float(np.mean([traces[name][key] for name in sorted(traces)]))

    chat = _load("azure_conv")
    return LengthSpread(
        sigma_ln_input=mean("sigma_ln_input"),
        sigma_ln_output=mean("sigma_ln_output"),
        correlation=mean("correlation"),
        peak_to_mean_per_minute=float(chat["peak_to_mean_per_minute"]),
        inter_arrival_cv=float(chat["inter_arrival_cv"]),
        assumed_tokens_per_request=float(traces["azure_conv"]["mean_tokens_per_request"]),
        source=f"mean of {len(traces)} public traces: {', '.join(sorted(traces))}",
    )


@cache
def measured_trace(name: str) -> Profile:
    """Return the profile of a carried trace: joint lengths and burstiness measured, hours taken as flat.

    Parameters
    ----------
    name
        One of ``MEASURED_TRACES``.
    """
    figures = _load(name)
    joint = _joint(figures)
    requests, span_s = int(figures["requests"]), float(figures["span_s"])
    rate = requests / span_s
    return Profile(
        source="log",
        formats=("azure_trace",),
        rows=RowCounts(read=requests, used=requests),
        span_s=span_s,
        requests=requests,
        requests_per_month=rate * SECONDS_PER_MONTH,
        tokens=TokenTotals(uncached_input=_total(joint.input_sums), output=_total(joint.output_sums)),
        hour_of_week_rps=(rate,) * len(load_shapes()[MEASURED]),
        shape_source="flat",
        peak_to_mean_per_minute=float(figures["peak_to_mean_per_minute"]),
        inter_arrival_cv=float(figures["inter_arrival_cv"]),
        input_tokens=Quantiles.model_validate(figures["input_tokens"]),
        output_tokens=Quantiles.model_validate(figures["output_tokens"]),
        joint=joint,
        joint_measured=True,
        cached_fraction=0.0,
        warnings=("an hour of a public trace, not your traffic",),
    )


def _joint(figures: Mapping[str, Any]) -> JointHistogram:
    inputs, outputs = figures["input_edges"], figures["output_edges"]
    planes = np.zeros((3, len(inputs) - 1, len(outputs) - 1))
    for i, o, *sums in cast("list[list[int]]", figures["cells"]):
        planes[:, i, o] = sums
    counts, input_sums, output_sums = (tuple(tuple(float(v) for v in row) for row in plane) for plane in planes)
    return JointHistogram(
        input_edges=tuple(float(e) for e in inputs),
        output_edges=tuple(float(e) for e in outputs),
        counts=counts,
        input_sums=input_sums,
        output_sums=output_sums,
    )


def _total(matrix: tuple[tuple[float, ...], ...]) -> float:
    return float(np.asarray(matrix).sum())
