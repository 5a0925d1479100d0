"""Own measured runs as a posterior: a few shifts at the level of one machine, shrunk towards what others measured.

Each run moves the constants of its accelerator, engine and weight format as far as it says something about them; one
run of one load moves them little where they do not matter to it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from steelyard.domain.calibration import Calibration, FittedParameter, OwnCalibration, Shifted
from steelyard.serving.constants import OWN, own_level
from steelyard.serving.estimate import Runs
from steelyard.serving.estimate_rows import METRICS, Prepared, estimated, first_tokens
from steelyard.serving.shapes import Floats
from steelyard.serving.step_time import Efficiencies

__all__ = ["Moved", "best_possible", "own_shifts", "with_own"]

SPREAD: dict[Shifted, float] = {
    "compute_efficiency": 0.5, "bandwidth_efficiency": 0.5, "kv_bandwidth_efficiency": 0.5, "attention_efficiency": 0.5,
    "expert_compute_ratio": 0.4, "expert_bandwidth_ratio": 0.4, "link_efficiency": 0.4, "layer_overhead_s": 0.5,
    "iteration_overhead_s": 0.5, "sequence_overhead_s": 0.5, "request_overhead_s": 0.7,
}  # fmt: skip
"""Prior standard deviation of one machine's shift on the logit scale (engineering judgement: twice that of an
accelerator within its generation, since drivers, clocks and settings differ too) [1]."""
NOISE = {"tpot": 0.05, "ttft": 0.25, "throughput": 0.05}
"""Scatter of a repeated run's mean, as a log ratio; first-token times hang on how the load began [1]."""
ROUNDS = 2
"""Times that queues are simulated anew with the shifts found so far."""
STEPS = 12
NUDGE = 1e-3
LONGEST_STEP = 1.0


@dataclass(frozen=True, slots=True)
class Moved:
    """What own runs changed at one level."""

    level: str
    """``own:ACCELERATOR/ENGINE/WEIGHTS``."""
    shifts: Mapping[Shifted, float]
    """Parameter -> shift of the logit."""
    rows: tuple[int, ...]
    """Runs behind it."""
    before: Floats
    """Prediction of each without the shifts, in the row's unit."""
    after: Floats
    """The same with them."""


def with_own(calibration: Calibration, own: Iterable[OwnCalibration]) -> Calibration:
    """Return a calibration in which own measured runs move the constants of their machines.

    Parameters
    ----------
    calibration
        The packaged fit.
    own
        What own runs changed.
    """
    parameters = dict(calibration.parameters)
    for entry in own:
        for name, shift in entry.shifts.items():
            old = parameters[name]
            parameters[name] = FittedParameter(low=old.low, high=old.high, base=old.base,
                                               effects={**old.effects, f"{OWN}{entry.id}": shift})  # fmt: skip
    return calibration.model_copy(update={"parameters": parameters})


def own_shifts(calibration: Calibration, prepared: Prepared, measured: Floats) -> list[Moved]:
    """Return the shifts of every machine that was measured, by level.

    Parameters
    ----------
    calibration
        The fit to start from; own shifts in it are not looked at.
    prepared
        Runs, as from ``prepare``.
    measured
        What each of them measured, in the row's unit, shape (n_runs,), positive.
    """
    levels = [own_level(entry.levels) for entry in prepared.entries]
    return [_one(level, calibration, prepared, measured, [k for k, found in enumerate(levels) if found == level])
            for level in sorted(set(levels))]  # fmt: skip


class _Machine:
    """Predictions of one machine's runs as a function of its shifts."""

    names: tuple[Shifted, ...] = get_args(Shifted)

    def __init__(self, calibration: Calibration, prepared: Prepared, rows: Sequence[int]) -> None:
        self.calibration = calibration
        self.prepared = _taken(prepared, rows)
        self.base = {name: self._positions(parameter) for name, parameter in calibration.parameters.items()}
        self.queueing: Floats = np.zeros(len(rows))
        """Log of the simulated over the closed-form time to first token; 0 elsewhere."""

    def _positions(self, parameter: FittedParameter) -> Floats:
        return np.array([parameter.base + sum(parameter.effects.get(level, 0.0) for level in entry.levels
                                              if not level.startswith(OWN))
                         for entry in self.prepared.entries])  # fmt: skip

    def _efficiencies(self, shifts: Floats) -> Efficiencies:
        moved = dict(zip(self.names, shifts.tolist(), strict=True))
        columns: dict[str, Floats] = {}
        for name, parameter in self.calibration.parameters.items():
            shift = next((value for key, value in moved.items() if key == name), 0.0)
            share: Floats = 1.0 / (1.0 + np.exp(-(self.base[name] + shift)))
            low, high = np.log(parameter.low), np.log(parameter.high)
            columns[name] = np.exp(low + (high - low) * share)
        return Efficiencies(**columns)

    def log_predicted(self, shifts: Floats) -> Floats:
        found: Floats = np.log(np.maximum(estimated(self.prepared, self._efficiencies(shifts)), 1e-12))
        return found + self.queueing

    def simulate_queues(self, shifts: Floats) -> None:
        """Play the runs that queue, so that their closed form is corrected by what it leaves out."""
        closed = self.log_predicted(shifts) - self.queueing
        for row, ttft_ms in first_tokens(self.prepared, self._efficiencies(shifts)).items():
            self.queueing[row] = np.log(max(ttft_ms, 1e-12)) - closed[row]


def _taken(prepared: Prepared, rows: Sequence[int]) -> Prepared:
    at = np.array(rows, dtype=np.intp)
    runs = prepared.runs
    d = runs.deployment
    own = {name: column[at] for name, column in d._asdict().items() if name != "hardware"}
    deployment = type(d)(**own, hardware=type(d.hardware)(*(column[at] for column in d.hardware)))
    taken = Runs(deployment, runs.stages[at], runs.replicas[at], runs.input_tokens[at], runs.output_tokens[at],
                 runs.clients[at], runs.rate_rps[at], runs.room[at], runs.static[at],
                 runs.poll_iterations[at])  # fmt: skip
    return Prepared(taken, [prepared.at[k] for k in rows], [prepared.entries[k] for k in rows],
                    [prepared.metrics[k] for k in rows], {})  # fmt: skip


def _one(level: str, calibration: Calibration, prepared: Prepared, measured: Floats, rows: Sequence[int]) -> Moved:
    machine = _Machine(calibration, prepared, rows)
    target: Floats = np.log(measured[np.array(rows, dtype=np.intp)])
    shifts: Floats = np.zeros(len(machine.names))
    machine.simulate_queues(shifts)
    before: Floats = np.exp(machine.log_predicted(shifts))
    for _ in range(ROUNDS):
        shifts = _likeliest(machine, target)
        machine.simulate_queues(shifts)
    rounded = [round(float(x), 4) for x in shifts]
    return Moved(level, dict(zip(machine.names, rounded, strict=True)), tuple(rows), before,
                 np.exp(machine.log_predicted(shifts)))  # fmt: skip


def _likeliest(machine: _Machine, target: Floats) -> Floats:
    """Return the shifts of greatest posterior density, by damped Gauss-Newton."""
    noise = np.array([NOISE[METRICS[metric][0]] for metric in machine.prepared.metrics])
    prior = np.array([SPREAD[name] for name in machine.names])
    shifts: Floats = np.zeros(len(prior))
    at, damping = machine.log_predicted(shifts), 1e-3

    def cost(tried: Floats, there: Floats) -> float:
        return float((((target - there) / noise) ** 2).sum() + ((tried / prior) ** 2).sum())

    for _ in range(STEPS):
        slopes = np.stack([(machine.log_predicted(shifts + NUDGE * unit) - at) / NUDGE for unit in np.eye(len(prior))],
                          axis=1)  # fmt: skip
        curvature = (slopes / noise[:, None] ** 2).T @ slopes + np.diag(1.0 / prior**2)
        gradient = (slopes / noise[:, None] ** 2).T @ (target - at) - shifts / prior**2
        step = np.linalg.solve(curvature + damping * np.diag(np.diag(curvature)), gradient)
        tried: Floats = shifts + np.clip(step, -LONGEST_STEP, LONGEST_STEP)
        there = machine.log_predicted(tried)
        if cost(tried, there) < cost(shifts, at):
            shifts, at, damping = tried, there, damping / 5.0
        else:
            damping *= 10.0
    return shifts


def best_possible(calibration: Calibration, prepared: Prepared) -> Floats:
    """Return each run's metric if every efficiency stood at its better bound, shape (n_runs,) in the row's unit.

    Parameters
    ----------
    calibration
        Its bounds are physical.
    prepared
        Runs.
    """
    n = len(prepared.metrics)
    ends = {name: p.high if name.endswith(("efficiency", "ratio")) else p.low
            for name, p in calibration.parameters.items()}  # fmt: skip
    return estimated(prepared, Efficiencies(**{name: np.full(n, end) for name, end in ends.items()}))
