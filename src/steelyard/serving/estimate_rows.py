"""Predictions for rows of measured runs: names to values, values to arrays, arrays to a number with an interval."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeGuard, TypeVar

import numpy as np

from steelyard.domain.accelerator import Accelerator, Precision
from steelyard.domain.calibration import Calibration, ErrorQuantiles
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.model import OpenModel
from steelyard.domain.serving import Parallelism
from steelyard.serving.benchmark_settings import poll_iterations
from steelyard.serving.constants import as_arrays, engine_name, era_of, error_group, levels_of, resolve_levels, widened
from steelyard.serving.estimate import Runs, estimate_runs
from steelyard.serving.estimate_formats import CHECKPOINTS_OWN, nearest_format, precision_in
from steelyard.serving.estimate_names import (
    accelerator_names,
    find_accelerator,
    find_model,
    larger_memory,
    model_names,
    rented_names,
    unknown_name,
)
from steelyard.serving.estimate_sizes import size_in, sized_model
from steelyard.serving.memory import (
    BYTES_PER_KV_VALUE,
    kv_bytes_per_sequence,
    kv_copies,
    reserve_bytes,
    weight_bytes,
)
from steelyard.serving.parallelism import Setup, deployments_of
from steelyard.serving.shapes import Floats, model_shapes, stack_shapes, with_whole_cache
from steelyard.serving.step_time import Efficiencies

__all__ = ["METRICS", "Prediction", "Prepared", "Reader", "estimated", "first_tokens", "predict_rows", "prepare"]

T = TypeVar("T")
METRICS: dict[str, tuple[str, str]] = {
    "tpot_ms": ("tpot", "ms"),
    "ttft_ms": ("ttft", "ms"),
    "output_tokens_per_s_total": ("throughput", "token/s"),
    "total_tokens_per_s": ("throughput", "token/s"),
}
"""Metric of a row -> metric of the error groups, unit."""
MILLISECONDS = 1e3
BINARY_THOUSAND = 1024.0
LARGEST_BATCH = {"tensorrt-llm": 2048.0}
"""Sequences an engine runs at most by default, per attention rank."""
LARGEST_BATCH_ELSEWHERE = 1024.0
FREES_BEHIND_WINDOWS = frozenset({"engine-era:vllm-present", "engine-era:sglang-present"})
"""Engines that give back cache blocks behind a sliding window unasked: vLLM from 0.10, SGLang from 0.5. TensorRT-LLM
does where ``max_attention_window`` is set, which its published benchmarks do not."""
LONGEST_TOKENS = 1e7
"""Longest prompt or answer that is taken for one: no model's context is longer [token]."""
MOST_LOAD = 1e7
"""Most clients, requests per second or devices that are taken for a run [1]."""
UNKNOWN_SHAPES = 0.34
"""Half of the 80 % interval, in logarithms, that shapes known by their size alone add [1].

Four in five predictions for the shapes usual for a size, the model's family left out, lie that near those for its own
shapes, over the 230 open models of November 2026 at five loads."""
UNKNOWN_FORMAT = 0.35
"""The same of a storage format that is not known: the next one takes half or twice the bytes, half of ln 2 each way."""
RESERVED_FOR_TOKENS = 8192
"""Tokens of an iteration for which activations are reserved [token]."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a row's run is predicted to measure, or why it cannot be said."""

    predicted: float | None
    low: float | None = None
    """10th percentile."""
    high: float | None = None
    """90th percentile."""
    unit: str | None = None
    reason: str | None = None
    model: str | None = None
    """Model identifier it was taken for."""
    accelerator: str | None = None
    """Accelerator identifier it was taken for."""
    note: str | None = None
    """What had to be assumed because a name did not say it; the interval is wider for it."""


class _Taken(NamedTuple, Generic[T]):
    """What a name was taken for."""

    value: T
    note: str = ""
    doubt: float = 0.0


class _Numbers(NamedTuple):
    """Numbers of one row."""

    setup: int
    metric: str
    input_tokens: float
    output_tokens: float
    clients: float
    rate_rps: float
    static: bool
    polled: float


class _Entry(NamedTuple):
    """One way to run, shared by many rows."""

    setup: Setup
    replicas: float
    levels: tuple[str, ...]
    largest_batch: float
    free_bytes: float
    note: str = ""
    doubt: float = 0.0
    """Half of the 80 % interval, in logarithms, that what had to be assumed adds."""


class Prepared(NamedTuple):
    """Rows as arrays: the runs, and which of the rows they are."""

    runs: Runs
    at: list[int]
    """Row of each run."""
    entries: list[_Entry]
    """Setup of each run."""
    metrics: list[str]
    """Metric of each run."""
    reasons: dict[int, str]
    """Rows that cannot be predicted."""


class Reader:
    """Turns rows into numbers, looking every name and every setup up once."""

    def __init__(self, catalogue: Catalogue, calibration: Calibration) -> None:
        self._catalogue = catalogue
        self._models = model_names(catalogue.open_models.values())
        rented = rented_names(catalogue.gpu_offers, catalogue.accelerators)
        self._accelerators = rented | accelerator_names(catalogue.accelerators.values())
        self._eras = dict(calibration.eras)
        self._shares = dict(calibration.length_share)
        self._known: dict[tuple[str, ...], int | str] = {}
        self.entries: list[_Entry] = []

    def read(self, row: Mapping[str, str]) -> _Numbers | str:
        """Return the numbers of a row, or the reason why there are none."""
        setup = self._setup(row)
        if isinstance(setup, str):
            return setup
        metric = _text(row, "metric")
        if metric not in METRICS:
            return f"metric {metric!r} is not one of {', '.join(METRICS)}"
        lengths = (_number(_text(row, "isl")), _number(_text(row, "osl")))
        for name, value in zip(("isl", "osl"), lengths, strict=True):
            if value is None or not 0 < value <= LONGEST_TOKENS:
                return (f"{name} is {_text(row, name)!r}; a prediction needs a positive length of at most "
                        f"{LONGEST_TOKENS:,.0f} tokens")  # fmt: skip
        load = _load(_text(row, "concurrency"))
        if isinstance(load, str):
            return load
        static = "static" in _text(row, "scenario") and math.isfinite(load[0])
        source = _benchmark(row)
        share = self._length_share(source)
        given, made = (max((length or 0.0) * share, 1.0) for length in lengths)
        polled = poll_iterations(source, engine_name(_text(row, "engine")), clients=load[0],
                                 dp_attention=self.entries[setup].setup.parallelism.dp_attention)  # fmt: skip
        return _Numbers(setup, metric, given, made, load[0], load[1], static, polled)

    def _length_share(self, source: str) -> float:
        """Mean over nominal lengths in runs of a source."""
        return next((share for word, share in self._shares.items() if word in source), 1.0)

    def _setup(self, row: Mapping[str, str]) -> int | str:
        key = tuple(_text(row, name) for name in ("model", "gpu", "n_gpus", "tp", "precision", "engine",
                                                  "engine_version", "source", "parallel", "source_model"))  # fmt: skip
        if key not in self._known:
            self._known[key] = self._look_up(row)
        return self._known[key]

    def _look_up(self, row: Mapping[str, str]) -> int | str:
        model = self._model(row)
        if isinstance(model, str):
            return model
        accelerator = find_accelerator(_text(row, "gpu"), self._accelerators)
        if accelerator is None:
            return unknown_name("accelerator", _text(row, "gpu"), self._accelerators, folder="facts/accelerators")
        weights = _weights(row, model.value)
        spread = _spread(row)
        if isinstance(spread, str):
            return spread
        self.entries.append(self._entry(row, model, accelerator, weights, spread))
        return len(self.entries) - 1

    def _model(self, row: Mapping[str, str]) -> _Taken[OpenModel] | str:
        """Return the model of a row, by name, else by the size its name states; else why there is none."""
        said = [name for name in (_text(row, "model"), _text(row, "source_model")) if name]
        for name in said:
            if model := find_model(name, self._models):
                return _Taken(model)
        unknown = unknown_name("model", _text(row, "model"), self._models, folder="facts/models")
        size = next((size for name in said if (size := size_in(name))), None)
        model = sized_model(size, self._catalogue.open_models.values()) if size else None
        return _Taken(model, f"{unknown}; shapes assumed from its size", UNKNOWN_SHAPES) if model else unknown

    def _entry(
        self, row: Mapping[str, str], taken: _Taken[OpenModel], accelerator: Accelerator,
        stored: _Taken[Precision], spread: tuple[Parallelism, float],
    ) -> _Entry:  # fmt: skip
        model, weights = taken.value, stored.value
        engine = engine_name(_text(row, "engine"))
        era = era_of(engine, _text(row, "engine_version"), self._eras, source=_text(row, "source"))
        # Checkpoints quantized for TensorRT-LLM state an 8-bit cache; one that its maker packed states none.
        made_for_it = engine == "tensorrt-llm" and model.native_precision != "fp4"
        kv = "fp8" if made_for_it and weights in ("fp8", "fp4") else "bf16"
        parallelism, replicas = spread
        setup = Setup(model, accelerator, weights, kv, parallelism)
        if _free_bytes(setup) <= 0:  # it ran, so it held its weights
            larger = larger_memory(_text(row, "gpu"), accelerator, self._catalogue.accelerators.values())
            setup = setup._replace(accelerator=larger or accelerator)
        largest = LARGEST_BATCH.get(engine, LARGEST_BATCH_ELSEWHERE) * parallelism.dp_attention
        moe = any(group.kind == "moe" for group in model.architecture.feed_forward)
        levels = levels_of(setup.accelerator, engine=engine, era=era, weights=weights, moe=moe)
        note = "; ".join(told for told in (taken.note, stored.note) if told)
        doubt = math.hypot(taken.doubt, stored.doubt)
        return _Entry(setup, replicas, levels, largest, _free_bytes(setup), note, doubt)


def _free_bytes(setup: Setup) -> float:
    """Memory that weights and activations leave to one copy of the cache; not positive where weights do not fit."""
    shapes, spread = model_shapes(setup.model.architecture), setup.parallelism
    usable = setup.accelerator.memory_bytes * ESTIMATE_USABLE_FRACTION - reserve_bytes(shapes, RESERVED_FOR_TOKENS)
    held = weight_bytes(shapes, setup.weights, dp_attention=spread.dp_attention)
    return float((usable * spread.devices - held) / kv_copies(shapes, spread))


ESTIMATE_USABLE_FRACTION = 0.94
"""Share of advertised memory that benchmarks take: 0.9 of what the device reports, which is more than its name [1]."""


def _text(row: Mapping[str, str], name: str) -> str:
    return (row.get(name) or "").strip()


def _benchmark(row: Mapping[str, str]) -> str:
    """Return the name of a row's source in lower case; InferenceX was InferenceMAX before."""
    return _text(row, "source").lower().replace("inferencemax", "inferencex")


def _stored(row: Mapping[str, str], model: OpenModel) -> Precision:
    """Return the format a checkpoint's own name states, else the model's published one."""
    return precision_in(_text(row, "source_model") or _text(row, "model")) or model.native_precision


def _weights(row: Mapping[str, str], model: OpenModel) -> _Taken[Precision]:
    """Return the format of the weights; the nearest known one, else the checkpoint's own, stands for an odd one."""
    said = _text(row, "precision").lower()
    told = _stored(row, model) if said in CHECKPOINTS_OWN else precision_in(said)
    # A packed checkpoint stays packed; the label then names the arithmetic.
    if told is not None:
        return _Taken("fp4" if model.native_precision == "fp4" and told == "fp8" else told)
    near = nearest_format(said) or _stored(row, model)
    return _Taken(near, f"precision {said!r} taken for {near}", UNKNOWN_FORMAT)


def _number(text: str) -> float | None:
    """Return a number, thousands set off by commas or told by a k of 1,024 as in ``8k``; None if there is none."""
    plain = text.replace(",", "").lower()
    thousands = plain.endswith("k")
    try:
        value = float(plain.removesuffix("k")) * (BINARY_THOUSAND if thousands else 1.0)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


_SATURATED = frozenset({"", "inf", "infinity", "saturated", "offline", "max"})
"""Spellings of a load that keeps the engine full; blank is the table's own."""


def _load(text: str) -> tuple[float, float] | str:
    """Return clients and rate; both infinite where saturated."""
    rated = text.lower().startswith("qps:")
    said = (text[4:] if rated else text).strip().lower()
    if said in _SATURATED and not (rated and not said):
        return (math.inf, math.inf)
    value = _number(said)
    if value is None or not 0 < value <= MOST_LOAD:
        return f"concurrency is {text!r}; expected a positive number up to {MOST_LOAD:,.0f}, qps:N or nothing"
    return (math.inf, value) if rated else (max(value, 1.0), math.inf)


def _count(row: Mapping[str, str], name: str) -> int | None:
    value = _number(_text(row, name) or "1")
    return int(value) if value is not None and 1 <= value <= MOST_LOAD and value == int(value) else None


def _spread(row: Mapping[str, str]) -> tuple[Parallelism, float] | str:
    """Return the spread of one replica, and how many replicas the row's devices hold.

    Where ``tp`` is blank, ``parallel`` says it, else one replica takes all devices: what most benchmarks mean.
    """
    devices, tp = _count(row, "n_gpus"), _count(row, "tp")
    if devices is None or tp is None:
        return f"n_gpus {_text(row, 'n_gpus')!r} and tp {_text(row, 'tp')!r} must be positive whole numbers"
    text = _text(row, "parallel").upper()
    attention = _named(text, "ATTNDP") or _named(text, "DEP") or 1
    ep, pp = _named(text, "EP") or 1, _named(text, "PP") or 1
    if not _text(row, "tp"):
        tp = _named(text, "TP") or (devices if not text else 1)
    if tp == 1 and attention == 1 and ep > 1:
        attention = ep
    devices = max(devices, tp * attention * pp)
    spread = Parallelism(tp=tp, pp=pp, ep=min(max(ep, attention), tp * attention), dp_attention=attention)
    return spread, float(max(devices // (tp * attention * pp), 1))


def _named(text: str, name: str) -> int | None:
    found = re.search(rf"(?<![A-Z]){name}[ =:_]?(\d+)", text)
    return int(found[1]) if found else None


def _has_numbers(read: _Numbers | str) -> TypeGuard[_Numbers]:
    return not isinstance(read, str)


def _reason(row: Mapping[str, str], reader: Reader) -> str | None:
    read = reader.read(row)
    return read if isinstance(read, str) else None


def prepare(rows: Sequence[Mapping[str, str]], reader: Reader) -> Prepared | None:
    """Return the rows that can be predicted as arrays, and why the others cannot; None if none can."""
    read = [reader.read(row) for row in rows]
    reasons = {i: r for i, r in enumerate(read) if isinstance(r, str)}
    kept = [(i, r) for i, r in enumerate(read) if _has_numbers(r)]
    if not kept:
        return None
    numbers = [r for _, r in kept]
    at = np.array([r.setup for r in numbers], dtype=np.intp)
    return Prepared(_runs(reader.entries, numbers, at), [i for i, _ in kept], [reader.entries[k] for k in at],
                    [r.metric for r in numbers], reasons)  # fmt: skip


def _runs(entries: Sequence[_Entry], numbers: Sequence[_Numbers], at: np.ndarray) -> Runs:
    columns = np.array([r[2:6] for r in numbers], dtype=np.float64).reshape(-1, 4).T
    deployed = deployments_of([entry.setup for entry in entries])
    rows = type(deployed)(*(x[at] for x in deployed[:-1]), type(deployed.hardware)(*(x[at] for x in deployed.hardware)))  # type: ignore[arg-type]
    shapes = stack_shapes([model_shapes(entry.setup.model.architecture) for entry in entries])
    whole = np.array([not any(level in FREES_BEHIND_WINDOWS for level in entry.levels) for entry in entries])
    shapes = with_whole_cache(shapes, whole)
    taken = type(shapes)(*(x[at] for x in shapes))
    value_bytes = _of([BYTES_PER_KV_VALUE[entry.setup.kv] for entry in entries])[at]
    each = kv_bytes_per_sequence(taken, value_bytes, columns[0] + columns[1])
    room = np.clip(_of([e.free_bytes for e in entries])[at] / each, 1.0, _of([e.largest_batch for e in entries])[at])
    return Runs(rows, _of([float(e.setup.parallelism.pp) for e in entries])[at], _of([e.replicas for e in entries])[at],
                columns[0], columns[1], columns[2], columns[3], room,
                np.array([r.static for r in numbers], dtype=np.bool_), _of([r.polled for r in numbers]))  # fmt: skip


def _of(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=np.float64)


def estimated(prepared: Prepared, efficiencies: Efficiencies) -> Floats:
    """Return each run's metric in the row's unit, shape (n_runs,)."""
    found = estimate_runs(prepared.runs, efficiencies)
    runs = prepared.runs
    total = found.output_tokens_per_s * (runs.input_tokens + runs.output_tokens) / runs.output_tokens
    by_metric = {"tpot_ms": found.tpot_s * MILLISECONDS, "ttft_ms": found.ttft_s * MILLISECONDS,
                 "output_tokens_per_s_total": found.output_tokens_per_s, "total_tokens_per_s": total}  # fmt: skip
    metrics = np.array(prepared.metrics)
    return np.select([metrics == name for name in by_metric], list(by_metric.values()), default=np.nan)


def first_tokens(prepared: Prepared, efficiencies: Efficiencies) -> dict[int, float]:
    """Return run -> mean time to first token [ms] of the runs that report it, from the simulator.

    Static batches and saturated runs have no queue to simulate and keep their closed form.
    """
    from steelyard.serving.benchmark_runs import MOST_CLIENTS, simulated_ttft_s  # noqa: PLC0415  loads the compiler

    runs = prepared.runs
    played = np.isfinite(runs.clients) & (runs.clients <= MOST_CLIENTS * runs.replicas)
    queued = (played | np.isfinite(runs.rate_rps)) & ~runs.static
    rows = [k for k, metric in enumerate(prepared.metrics) if metric == "ttft_ms" and queued[k]]
    found = simulated_ttft_s(runs, efficiencies, rows) * MILLISECONDS
    return {row: ttft_ms for row, ttft_ms in zip(rows, found.tolist(), strict=True) if math.isfinite(ttft_ms)}


def predict_rows(rows: Sequence[Mapping[str, str]], catalogue: Catalogue, calibration: Calibration) -> list[Prediction]:
    """Return a prediction with its 80 % interval for each row, in order; what cannot be predicted says why.

    Parameters
    ----------
    rows
        Cells by column name: model, gpu, n_gpus, tp, precision, engine, engine_version, isl, osl, concurrency,
        metric, source; ``parallel``, ``scenario`` and ``source_model`` where there are; others are ignored.
    catalogue
        Models and accelerators.
    calibration
        The fit.
    """
    reader = Reader(catalogue, calibration)
    prepared = prepare(rows, reader)
    if prepared is None:
        return [Prediction(None, reason=_reason(row, reader)) for row in rows]
    found = [Prediction(None, reason=prepared.reasons.get(i)) for i in range(len(rows))]
    constants = {levels: resolve_levels(calibration, levels) for levels in {e.levels: None for e in prepared.entries}}
    distinct = list(constants)
    table = as_arrays([constants[levels] for levels in distinct])
    place = {levels: k for k, levels in enumerate(distinct)}
    at = np.array([place[entry.levels] for entry in prepared.entries], dtype=np.intp)
    efficiencies = Efficiencies(*(column[at] for column in table))
    values = estimated(prepared, efficiencies)
    for k, ttft_ms in first_tokens(prepared, efficiencies).items():
        values[k] = ttft_ms
    errors: dict[tuple[tuple[str, ...], str], ErrorQuantiles] = {}
    for i, entry, metric, value in zip(prepared.at, prepared.entries, prepared.metrics, values, strict=True):
        kind, unit = METRICS[metric]
        key = (entry.levels, kind)
        if key not in errors:
            errors[key] = error_group(calibration, entry.levels, metric=kind)
        error = widened(errors[key], entry.doubt) if entry.doubt else errors[key]
        found[i] = Prediction(float(value), float(value) * error.low, float(value) * error.high, unit,
                              model=entry.setup.model.id, accelerator=entry.setup.accelerator.id,
                              note=entry.note or None)  # fmt: skip
    return found
