"""Gauss-Newton on log errors with shifts per level shrunk towards zero: the hierarchical fit behind ``fit_serving``."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from steelyard.serving.constants import METRICS as METRIC_GROUPS
from steelyard.serving.estimate_rows import METRICS, Prepared, estimated, first_tokens
from steelyard.serving.step_time import Efficiencies

Floats = NDArray[np.float64]

PRIORS: dict[str, tuple[float, float, float]] = {
    "compute_efficiency": (0.05, 0.95, 0.6),
    "bandwidth_efficiency": (0.1, 0.97, 0.75),
    "kv_bandwidth_efficiency": (0.05, 0.97, 0.6),
    "attention_efficiency": (0.03, 0.9, 0.35),
    "expert_compute_ratio": (0.1, 1.2, 0.7),
    "expert_bandwidth_ratio": (0.1, 1.2, 0.8),
    "link_efficiency": (0.05, 0.95, 0.5),
    "collective_latency_s": (1e-6, 1e-4, 1e-5),
    "layer_overhead_s": (1e-7, 1e-4, 8e-6),
    "expert_layer_overhead_s": (1e-7, 2e-4, 1.5e-5),
    "iteration_overhead_s": (1e-5, 5e-2, 1e-3),
    "sequence_overhead_s": (1e-8, 1e-3, 1e-5),
    "request_overhead_s": (1e-4, 0.3, 0.02),
    "prefill_wait": (1e-3, 1.0, 0.2),
}
"""Parameter -> physical bounds and the value where nothing was measured (engineering judgement)."""

_MACHINE = ("vendor", "generation", "accelerator", "format", "storage", "era", "engine", "engine-era",
            "generation-engine-era")  # fmt: skip
_HOST = ("vendor", "era", "engine", "engine-era", "generation-engine-era")
LEVEL_KINDS: dict[str, tuple[str, ...]] = {
    "compute_efficiency": _MACHINE,
    "bandwidth_efficiency": _MACHINE,
    "kv_bandwidth_efficiency": tuple(kind for kind in _MACHINE if kind not in ("format", "storage")),
    "attention_efficiency": ("vendor", "generation", "era", "engine", "engine-era", "generation-engine-era"),
    "expert_compute_ratio": ("format", "storage", "engine-era"),
    "expert_bandwidth_ratio": ("format", "storage", "engine-era"),
    "link_efficiency": ("vendor", "generation", "accelerator", "era", "engine", "engine-era"),
    "collective_latency_s": ("vendor", "generation", "era", "engine", "engine-era"),
    **dict.fromkeys(("layer_overhead_s", "expert_layer_overhead_s", "iteration_overhead_s", "sequence_overhead_s",
                     "request_overhead_s", "prefill_wait"), _HOST),
}  # fmt: skip
"""Parameter -> kinds of level that may shift it: what is made of silicon by device, what is made of code by engine."""

SPREAD = {"base": 0.7, "vendor": 0.2, "generation": 0.2, "accelerator": 0.15, "format": 0.4, "storage": 0.4, "era": 0.4,
          "engine": 0.4, "engine-era": 0.3, "generation-engine-era": 0.6}  # fmt: skip
"""Prior standard deviation of a level's shift on the logit scale [1].

Silicon of one class reaches similar shares of its peaks; what one engine makes of one generation differs most, as with
the first engines of a new maker.
"""
PACKED = "storage:packed"
EXPECTED = {("compute_efficiency", PACKED): -0.6}
"""Shifts expected before any row, 0 for all others: unpacking weights takes issue slots that products would use, about
three tenths of the rate of 16-bit products at large batches (Frantar et al. 2024, MARLIN: little for their
kernel, half and more for earlier ones)."""
NOISE = {"tpot": 0.12, "ttft": 0.4, "throughput": 0.15}
"""Scatter of log errors that is not the parameters' fault, by metric [1]; TTFT is mostly queueing."""
STUDENT_DEGREES = 2.0
"""Degrees of freedom of the error's distribution: heavy tails keep odd rows from pulling [1]."""
MOST_STEPS = 12
NUDGE = 1e-3
"""Step of the numeric derivative on the logit scale [1]."""
LONGEST_STEP = 1.5
CONVERGED = 1e-4
FIELDS = tuple(PRIORS)

_LOW, _HIGH, _START = (np.log([bounds[k] for bounds in PRIORS.values()]) for k in range(3))
_SHARE = (_START - _LOW) / (_HIGH - _LOW)
START = np.log(_SHARE / (1.0 - _SHARE))


class Measured(NamedTuple):
    """Rows ready to fit."""

    prepared: Prepared
    log_value: Floats
    metric: list[str]
    """Metric group of each row."""
    cell: list[tuple[str, ...]]
    """Rows of one cell tell much the same and share their weight."""

    def where(self, keep: NDArray[np.bool_]) -> "Measured":
        """Return the rows kept."""
        rows = np.flatnonzero(keep)
        p, d = self.prepared, self.prepared.runs.deployment
        deployment = type(d)(*(x[rows] for x in d[:-1]), type(d.hardware)(*(x[rows] for x in d.hardware)))
        runs = type(p.runs)(deployment, *(x[rows] for x in p.runs[1:]))
        prepared = Prepared(
            runs, [p.at[i] for i in rows], [p.entries[i] for i in rows], [p.metrics[i] for i in rows], {}
        )
        return Measured(prepared, self.log_value[rows], [self.metric[i] for i in rows], [self.cell[i] for i in rows])


class Fit(NamedTuple):
    """Shifts by level and parameter, shape (1 + n_levels, n_parameters); the first row is the base."""

    levels: list[str]
    shifts: Floats

    def positions(self, measured: Measured) -> Floats:
        """Return the logit of each parameter for each row, shape (n_rows, n_parameters)."""
        return _design(measured, self.levels) @ self.shifts


def values(positions: Floats) -> Efficiencies:
    """Return parameters between their bounds, each of shape (n_rows,)."""
    share = 1.0 / (1.0 + np.exp(-positions))
    return Efficiencies(**{name: np.exp(_LOW[k] + (_HIGH[k] - _LOW[k]) * share[:, k]) for k, name in enumerate(FIELDS)})


def predicted(measured: Measured, positions: Floats) -> Floats:
    """Return log predictions, shape (n_rows,)."""
    return np.log(np.maximum(estimated(measured.prepared, values(positions)), 1e-12))


def played(measured: Measured, positions: Floats) -> Floats:
    """Return log predictions with first-token times from the simulator, shape (n_rows,)."""
    efficiencies = values(positions)
    found = estimated(measured.prepared, efficiencies)
    for row, ttft_ms in first_tokens(measured.prepared, efficiencies).items():
        found[row] = ttft_ms
    return np.log(np.maximum(found, 1e-12))


def _design(measured: Measured, levels: Sequence[str]) -> Floats:
    place = {level: k + 1 for k, level in enumerate(levels)}
    design = np.zeros((len(measured.metric), len(levels) + 1))
    design[:, 0] = 1.0
    for row, entry in enumerate(measured.prepared.entries):
        for level in entry.levels:
            if level in place:
                design[row, place[level]] = 1.0
    return design


def _precision(levels: Sequence[str]) -> Floats:
    """Return the prior precision of each shift, shape (1 + n_levels, n_parameters); huge where it may not act."""
    kinds = ["base", *(level.split(":", maxsplit=1)[0] for level in levels)]
    allowed = np.array([[kind == "base" or kind in LEVEL_KINDS[name] for name in FIELDS] for kind in kinds])
    own = np.array([1.0 / SPREAD.get(kind, 1.0) ** 2 for kind in kinds])
    return np.where(allowed, own[:, None], 1e9)


def _jacobian(measured: Measured, positions: Floats, at: Floats) -> Floats:
    columns = []
    for k in range(len(FIELDS)):
        nudged = positions.copy()
        nudged[:, k] += NUDGE
        columns.append((predicted(measured, nudged) - at) / NUDGE)
    return np.stack(columns, axis=1)


def fit(measured: Measured) -> Fit:
    """Return the shifts of greatest posterior density, by damped Gauss-Newton with reweighting for heavy tails."""
    counts = Counter(measured.cell)
    weight = np.array([counts[cell] ** -0.5 for cell in measured.cell])
    noise = np.array([NOISE[metric] for metric in measured.metric])
    levels = sorted({level for entry in measured.prepared.entries for level in entry.levels
                     if any(level.split(":", maxsplit=1)[0] in kinds for kinds in LEVEL_KINDS.values())}
                    | {level for _, level in EXPECTED})  # fmt: skip
    design, precision = _design(measured, levels), _precision(levels)
    start = np.zeros(precision.shape)
    start[0] = START
    for (name, level), shift in EXPECTED.items():
        start[1 + levels.index(level), FIELDS.index(name)] = shift

    def cost(shifts: Floats, at: Floats) -> float:
        z = ((measured.log_value - at) / noise) ** 2
        misfit = weight @ np.log1p(z / STUDENT_DEGREES) * (STUDENT_DEGREES + 1.0) / 2.0
        return float(misfit + 0.5 * (precision * (shifts - start) ** 2).sum())

    shifts, damping = start.copy(), 1e-3
    at = predicted(measured, design @ shifts)
    current = cost(shifts, at)
    for _ in range(MOST_STEPS):
        error = measured.log_value - at
        pull = weight * (STUDENT_DEGREES + 1.0) / (STUDENT_DEGREES + (error / noise) ** 2) / noise**2
        slopes = _jacobian(measured, design @ shifts, at)
        wide = (slopes[:, :, None] * design[:, None, :]).reshape(len(error), -1)
        curvature = (wide * pull[:, None]).T @ wide
        prior = precision.T.ravel()
        gradient = (wide * pull[:, None]).T @ error - prior * (shifts - start).T.ravel()
        while True:
            damped = curvature + np.diag(prior * (1.0 + damping) + damping * np.diag(curvature))
            step = np.linalg.solve(damped, gradient).reshape(len(FIELDS), -1).T
            tried = shifts + np.clip(step, -LONGEST_STEP, LONGEST_STEP)
            there = predicted(measured, design @ tried)
            found = cost(tried, there)
            if found < current or damping > 1e6:
                break
            damping *= 5.0
        gained = current - found
        shifts, at, current, damping = tried, there, found, max(damping / 5.0, 1e-6)
        if gained < CONVERGED * abs(current):
            break
    return Fit(levels, shifts)


def metric_group(metric: str) -> str:
    """Return the group of errors a row's metric belongs to."""
    group = METRICS[metric][0]
    assert group in METRIC_GROUPS
    return group


def parameters_of(found: Fit) -> Mapping[str, Mapping[str, object]]:
    """Return the fit as the calibration file writes it."""
    table: dict[str, Mapping[str, object]] = {}
    for k, name in enumerate(FIELDS):
        effects = {level: round(float(found.shifts[i + 1, k]), 4) for i, level in enumerate(found.levels)
                   if level.split(":", maxsplit=1)[0] in LEVEL_KINDS[name]}  # fmt: skip
        low, high, _ = PRIORS[name]
        table[name] = {"low": low, "high": high, "base": round(float(found.shifts[0, k]), 4), "effects": effects}
    return table
