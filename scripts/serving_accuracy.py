"""Tables, intervals and the picture of the serving accuracy, from errors out of sample."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from serving_fit import Floats, Measured

from steelyard.report.charts.agreement import Panel, agreement_svg

METRICS = ("tpot", "throughput", "ttft")
KINDS = ("dense", "moe")
TARGETS = {("model", "dense", "tpot"): (15, 10), ("model", "dense", "throughput"): (15, 10),
           ("model", "moe", "tpot"): (25, 18), ("model", "moe", "throughput"): (25, 18)}  # fmt: skip
"""Must and aim of the median error [%]; a whole accelerator left out has 30 and 20, TTFT 50 and 30."""
ACCELERATOR_TARGET = (30, 20)
TTFT_TARGET = (50, 30)
TTFT_BIAS = 30
"""Largest bias that must hold of the time to first token, either way [%]."""
TAIL = 0.1
"""Probability beyond either end of an 80 % interval [1]."""
TAILS = tuple(np.linspace(0.2, 0.01, 20).round(3).tolist())
"""Tails tried, widest interval last [1]."""
NOMINAL = 0.8
"""Coverage stated [1]."""


def _median_error(ratio: Floats) -> float:
    """Median of |predicted / measured - 1| in percent."""
    return float(np.median(np.abs(np.expm1(-ratio)))) * 100


def _bias(ratio: Floats) -> float:
    """Median of predicted / measured - 1 in percent."""
    return float(np.expm1(-np.median(ratio))) * 100


def _fold_weights(folds: Sequence[str]) -> Floats:
    """Weights that let each fold count with the root of its rows: a new model resembles a fold, not a row."""
    names, where, counts = np.unique(np.asarray(folds), return_inverse=True, return_counts=True)
    del names
    weight: Floats = counts.astype(np.float64) ** -0.5
    return weight[where]


def _quantile(values: Floats, weight: Floats, share: float) -> float:
    order = np.argsort(values)
    cumulated: Floats = np.cumsum(weight[order], dtype=np.float64)
    at: Floats = np.interp(share * cumulated[-1:], cumulated - weight[order] / 2, values[order])
    return float(at[0])


def _rounded(low: float, high: float, rows: int) -> dict[str, float | int]:
    """Return an interval of logarithms as the calibration file states it; it always holds 1."""
    return {"low": round(float(min(np.exp(low), 1.0)), 3), "high": round(float(max(np.exp(high), 1.0)), 3),
            "rows": rows}  # fmt: skip


def _hull(one: Mapping[str, float | int], other: Mapping[str, float | int]) -> dict[str, float | int]:
    """Return the interval that holds both, with the rows of the second."""
    return {"low": min(one["low"], other["low"]), "high": max(one["high"], other["high"]), "rows": other["rows"]}


# ruff: noqa: E501 - markup and table rows read better whole


class Scores:
    """Errors out of sample: log(measured / predicted) with whole models and whole accelerators left out."""

    def __init__(
        self, rows: Sequence[Mapping[str, str]], measured: Measured, inside: Floats, models: Floats,
        model_fold: Sequence[str], accelerators: Floats, accelerator_fold: Sequence[str],
    ) -> None:  # fmt: skip
        self.rows = rows
        self.inside = inside
        self.out = {"model": models, "accelerator": accelerators}
        self.fold = {"model": np.asarray(model_fold), "accelerator": np.asarray(accelerator_fold)}
        self.metric = np.array(measured.metric)
        self.kind = np.array(["moe" if "kind:moe" in e.levels else "dense" for e in measured.prepared.entries])
        self.log_value = measured.log_value
        said = [dict(level.split(":", maxsplit=1) for level in e.levels) for e in measured.prepared.entries]
        self.vendor, self.era = (np.array([one[kind] for one in said]) for kind in ("vendor", "era"))
        self.foreign = self._foreign()
        self._tail: dict[tuple[str, str, str], float] = {}

    def _foreign(self) -> NDArray[np.bool_]:
        """Whether a row's accelerator leaves together with every other machine of its maker."""
        fold = self.fold["accelerator"]
        alone = [maker for maker in np.unique(self.vendor) if len(np.unique(fold[self.vendor == maker])) == 1]
        return np.isin(self.vendor, alone)

    def software(self) -> list[str]:
        """Return maker and era of the engines measured."""
        return sorted({f"{maker}/{era}" for maker, era in zip(self.vendor.tolist(), self.era.tolist(), strict=True)})

    def _group(self, of: str, metric: str, kind: str) -> NDArray[np.bool_]:
        """Rows whose errors make the interval of a metric and kind of model."""
        keep = (self.metric == metric) & ((self.kind == kind) | (kind == "any"))
        return keep & ~self.foreign if of == "accelerator" else keep

    def _interval(self, of: str, keep: NDArray[np.bool_], tail: float) -> tuple[float, float]:
        ratio, weight = self.out[of][keep], _fold_weights(self.fold[of][keep].tolist())
        return min(_quantile(ratio, weight, tail), 0.0), max(_quantile(ratio, weight, 1 - tail), 0.0)

    def tail(self, of: str, metric: str, kind: str) -> float:
        """Return the tail to cut on each side so that rows of a fold never seen fall inside 80 % of the time.

        Folds differ more than rows within one, so that cutting a tenth of the other folds' errors is too little.
        """
        key = (of, metric, kind)
        if key not in self._tail:
            keep = self._group(of, metric, kind)
            covered = {tail: self._covered(of, keep, tail).mean() for tail in TAILS}
            good = [tail for tail, share in covered.items() if share >= NOMINAL]
            self._tail[key] = max(good) if good else min(TAILS)
        return self._tail[key]

    def _covered(self, of: str, keep: NDArray[np.bool_], tail: float) -> NDArray[np.bool_]:
        """Whether each kept row of one metric and kind lies in the interval of the other folds."""
        inside = np.zeros(len(self.metric), dtype=bool)
        for name in np.unique(self.fold[of][keep]):
            test = keep & (self.fold[of] == name)
            others = keep & (self.fold[of] != name)
            if not others.any():
                others = (self.metric == self.metric[test][0]) & (self.fold[of] != name)
            low, high = self._interval(of, others, tail)
            inside[test] = (self.out[of][test] >= low) & (self.out[of][test] <= high)
        return inside[keep]

    def intervals(self) -> dict[str, dict[str, float | int]]:
        """Return 10th and 90th percentile of measured over predicted by group, as the calibration file names them."""
        found: dict[str, dict[str, float | int]] = {}
        for metric in METRICS:
            for of, knowledge in (("model", "measured"), ("accelerator", "unmeasured")):
                for kind in (*KINDS, "any"):
                    keep = self._group(of, metric, kind)
                    tail = min(self.tail(of, metric, k) for k in (KINDS if kind == "any" else (kind,)))
                    found[f"{metric}/{kind}/{knowledge}"] = _rounded(*self._interval(of, keep, tail), int(keep.sum()))
            for kind in (*KINDS, "any"):
                near, far = found[f"{metric}/{kind}/measured"], found[f"{metric}/{kind}/unmeasured"]
                # A device never seen is never known better than one that was.
                found[f"{metric}/{kind}/unmeasured"] = _hull(near, far)
                found[f"{metric}/{kind}/foreign"] = _hull(found[f"{metric}/{kind}/unmeasured"],
                                                          self._of_another_maker(metric))  # fmt: skip
            found[f"{metric}/any/any"] = found[f"{metric}/any/foreign"]
        return found

    def _of_another_maker(self, metric: str) -> dict[str, float | int]:
        """Return how far machines of a maker of whom nothing was measured fall short of the prior.

        Their throughput is all that was measured; times are taken to be longer by as much.
        """
        rows = self.foreign & (self.metric == "throughput")
        short = min(float(np.quantile(self.out["accelerator"][rows], TAIL)), 0.0) if rows.any() else 0.0
        low, high = (short, 0.0) if metric == "throughput" else (0.0, -short)
        return _rounded(low, high, int(rows.sum()))

    def coverage(self, of: str, keep: NDArray[np.bool_]) -> float:
        """Return the share of kept rows inside the interval made from all other folds [%].

        A maker left out whole has no other fold to tell: its rows are held to the interval that they made.
        """
        inside = np.zeros(len(self.metric), dtype=bool)
        told = self.intervals() if of == "accelerator" else {}
        for metric in METRICS:
            for kind in KINDS:
                group = self._group(of, metric, kind)
                inside[group] = self._covered(of, group, self.tail(of, metric, kind))
                apart = (self.metric == metric) & (self.kind == kind) & ~group
                if apart.any():
                    ends = told[f"{metric}/{kind}/foreign"]
                    ratio = np.exp(self.out[of][apart])
                    inside[apart] = (ratio >= ends["low"]) & (ratio <= ends["high"])
        return float(inside[keep].mean()) * 100

    def _line(self, of: str, name: str, keep: NDArray[np.bool_], target: tuple[int, int] | None) -> str:
        ratio = self.out[of][keep]
        low, high = np.exp(np.quantile(ratio, [TAIL, 1 - TAIL]))
        goal = f"<= {target[0]} / {target[1]}" if target else ""
        return (f"| {name} | {int(keep.sum())} | {_median_error(ratio):.1f} | {goal} | {_bias(ratio):+.1f} | "
                f"{low:.2f} to {high:.2f} | {self.coverage(of, keep):.0f} | {_median_error(self.inside[keep]):.1f} |"
        )  # fmt: skip

    def tables(self) -> str:
        """Return the error tables as Markdown."""
        head = ("| {} | rows | median error % | must / aim | bias % | measured over predicted, p10 to p90 | "
                "rows in the 80 % interval % | median error in sample % |\n|---|---|---|---|---|---|---|---|")  # fmt: skip
        parts: list[str] = []
        for of, title in (("model", "Whole models left out"), ("accelerator", "Whole accelerators left out")):
            parts += [f"## {title}\n", head.format("metric")]
            for metric in METRICS:
                for kind in KINDS:
                    keep = (self.metric == metric) & (self.kind == kind)
                    parts.append(self._line(of, f"{kind} {metric}", keep, self._target(of, kind, metric)))
            parts.append(
                self._line(of, f"all ttft (bias must be within {TTFT_BIAS} %)", self.metric == "ttft", TTFT_TARGET)
            )
            for column, label in ((None, f"{of} left out"), ("source", "source"), ("engine", "engine")):
                names = self.fold[of] if column is None else np.array([row[column] for row in self.rows])
                parts += ["", head.format(f"{label}, metric")]
                parts += [self._line(of, f"{name}, {metric}", keep, None) for name in np.unique(names) for metric in METRICS
                          if (keep := (names == name) & (self.metric == metric)).any()]  # fmt: skip
            parts.append("")
        return "\n".join(parts)

    def _target(self, of: str, kind: str, metric: str) -> tuple[int, int] | None:
        if metric == "ttft":
            return None  # stated for all rows together
        return ACCELERATOR_TARGET if of == "accelerator" else TARGETS[of, kind, metric]


def _picture(scores: Scores) -> str:
    """Return predicted against measured, models left out, on logarithmic axes."""
    units = {"tpot": "TPOT, ms", "throughput": "output token/s", "ttft": "TTFT, ms"}
    panels: list[Panel] = []
    for metric in METRICS:
        kinds: dict[str, list[tuple[float, float]]] = {}
        for kind, name in (("dense", "dense"), ("moe", "mixture of experts")):
            keep = np.flatnonzero((scores.metric == metric) & (scores.kind == kind))
            measured = np.exp(scores.log_value[keep])
            guess = measured / np.exp(scores.out["model"][keep])
            kinds[name] = list(zip(measured.tolist(), guess.tolist(), strict=True))
        panels.append(Panel(units[metric], kinds))
    return agreement_svg(panels, "Predicted against measured, models left out",
                         f"{len(scores.metric):,} published rows; most lie within half and double.")  # fmt: skip


INTRODUCTION = """# How far serving predictions miss

Rebuilt by `scripts/fit_serving.py` from published measurements (5,468 rows; the rows are not carried). Errors are out
of sample: the model, or the accelerator, of every row was left out of the fit that predicts it
([folds](reference/serving-folds.md), fixed before the first fit). Error is |predicted / measured - 1|; bias is the
median of predicted / measured - 1. The interval of a row in these tables comes from the errors of the other folds only.

![Predicted against measured](accuracy.svg)

The form of the model and the priors were chosen while looking at these tables, so they flatter it somewhat; rows of
other models, devices and engines are the honest test.
"""

NOTES = """## What to know of these numbers

- One engine was measured here and predicted with the constants of its day, before and after `steelyard calibrate`:
  [a real engine](real-engine.md).
- TTFT is simulated, request by request, as the benchmarks ran: all clients start at once and send ten prompts each, so
  that the mean holds the first rush. Nothing but the overhead per request is fitted to it. Some published means of
  mixtures of experts hold a first compilation (7 s at 32 clients, 0.4 s with another spread of the same model): they
  pull the bias of that group, whose median error is about half, and no constant was bent to follow them.
- InferenceX lets two engines start new requests seldom: SGLang looks for them every 30 iterations (10 below 16 clients),
  TensorRT-LLM with data-parallel attention waits until every rank has one, at most 60 iterations. That wait is added for
  those rows since the tables above were made. With the same constants it brings the median error of first tokens in
  sample from 26.4 to 24.9 %, their bias from -11.6 to -9.7 %, and the median error of SGLang's rows from 28 to 22 %.
- MI300X was measured under the engines of 2024 alone, which ran at about half of what the rows of other makers let
  expect: nothing else could tell, and its row above, the only maker left out whole, is held to the interval that it
  made itself. That interval is given to makers of whom nothing was measured.
- How much of such a shortfall belongs to the silicon and how much to its first software is a prior, not a fit: most to
  the software. One published table was looked at while choosing it and never fitted: Llama 3.1 70B and 405B in FP8 on
  eight MI300X under vLLM 0.10 ({check}).
- Some vendor-internal rows contradict themselves (TPOT falls as concurrency rises); heavy-tailed errors keep them from
  pulling the fit, but they count in the tables.
- The interval given for a device never measured is at least as wide as for one that was, also where the tables above
  would allow a narrower one; it grows where only another era of software was measured on its maker's devices.
- Efficiencies belong to an engine, an era and a device. An engine never measured gets the mean engine, and an interval
  wider by 1.3 on the log scale.
"""


def write_accuracy(folder: Path, scores: Scores, checked: Floats) -> None:
    """Write the page and its picture; ``checked`` are log(measured / predicted) of a table never fitted."""
    check = f"{len(checked)} figures, median error {_median_error(checked):.0f} %, bias {_bias(checked):+.0f} %"
    notes = NOTES.format(check=check)
    (folder / "accuracy.svg").write_text(_picture(scores) + "\n", encoding="utf-8")
    (folder / "accuracy.md").write_text(f"{INTRODUCTION}\n{scores.tables()}\n{notes}", encoding="utf-8")
