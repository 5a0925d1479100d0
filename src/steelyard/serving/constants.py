"""From the calibration's levels to the constants of one engine on one accelerator."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from steelyard.domain.accelerator import Accelerator, Precision
from steelyard.domain.calibration import Calibration, EngineConstants, ErrorQuantiles, FittedParameter
from steelyard.serving.step_time import Efficiencies

__all__ = [
    "OWN",
    "as_arrays",
    "compute_format",
    "engine_name",
    "era_of",
    "error_group",
    "levels_of",
    "own_level",
    "resolve",
    "resolve_levels",
    "value_at",
    "widened",
]

_ENGINES = {"tensorrtllm": "tensorrt-llm", "trtllm": "tensorrt-llm", "tensorrt": "tensorrt-llm", "vllm": "vllm",
            "sglang": "sglang", "sgl": "sglang"}  # fmt: skip
"""Spellings of engines, letters only."""
METRICS = ("tpot", "ttft", "throughput")
_UNPACKED = "-as-bf16"
"""End of the name of a storage format that is turned into 16 bits before each product."""
OWN = "own:"
"""Start of the level that own measured runs shift."""
UNKNOWN_ENGINE = 1.3
"""Factor on the log width of intervals for an engine never measured: engines differ by a third of the error [1]."""
UNSEEN_SOFTWARE = 0.46
"""Half of the 80 % interval, in logarithms, that a maker's software of an era never measured adds [1].

1.28 times the prior spread of ``generation-engine-era``, 0.6 on the logit scale, where an efficiency between 0.05 and
0.95 moves by 0.6 of that in logarithms."""


def engine_name(text: str) -> str:
    """Return the engine's name in lower case, known spellings unified; empty stays empty."""
    letters = re.sub(r"[^a-z]", "", text.split("(", maxsplit=1)[0].lower())
    return next((name for spelling, name in _ENGINES.items() if letters.startswith(spelling)), letters)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def era_of(engine: str, version: str, eras: Mapping[str, str], *, source: str = "") -> str:
    """Return ``early`` or ``present``; without a version the source may tell, else it counts as present."""
    first, seen = eras.get(engine), _version(version)
    if first is not None and seen:
        return "early" if seen < _version(first) else "present"
    return eras.get(f"source:{source}", "present")


def compute_format(weights: Precision, accelerator: Accelerator) -> str:
    """Return the arithmetic in which products with such weights run: 16-bit where the hardware lacks the format."""
    if weights in ("fp8", "fp4", "int8") and weights in accelerator.peak_flop_per_s:
        return weights
    return "bf16" if weights == "bf16" else f"{weights}{_UNPACKED}"


def levels_of(accelerator: Accelerator, *, engine: str, era: str, weights: Precision, moe: bool) -> tuple[str, ...]:
    """Return the levels whose shifts add up, from general to specific."""
    engine_era = f"{engine}-{era}"
    return (
        f"vendor:{accelerator.vendor.lower()}",
        f"generation:{accelerator.generation}",
        f"accelerator:{accelerator.id}",
        f"format:{compute_format(weights, accelerator)}",
        f"storage:{'packed' if compute_format(weights, accelerator).endswith(_UNPACKED) else 'native'}",
        f"era:{era}",
        f"engine:{engine}",
        f"engine-era:{engine_era}",
        f"generation-engine-era:{accelerator.generation}/{engine_era}",
        f"kind:{'moe' if moe else 'dense'}",
        f"{OWN}{accelerator.id}/{engine or 'vllm'}/{weights}",
    )


def own_level(levels: Sequence[str]) -> str:
    """Return the level that own runs of this machine shift."""
    return next((level for level in levels if level.startswith(OWN)), "")


def value_at(parameter: FittedParameter, levels: Iterable[str]) -> float:
    """Return the parameter between its bounds at the summed shifts of ``levels``."""
    x = parameter.base + sum(parameter.effects.get(level, 0.0) for level in levels)
    share = 1.0 / (1.0 + math.exp(-x))
    return math.exp(math.log(parameter.low) * (1.0 - share) + math.log(parameter.high) * share)


def error_group(calibration: Calibration, levels: Sequence[str], *, metric: str) -> ErrorQuantiles:
    """Return the errors of the most specific group measured: metric, kind of model, and what of the machine was seen.

    A machine is ``measured``, or ``unmeasured`` beside others of its maker, or of a maker of whom no machine was:
    ``foreign``. An engine never measured widens the interval by ``UNKNOWN_ENGINE``, software of another era than
    measured on the maker's machines by ``UNSEEN_SOFTWARE``.
    """
    seen = {level for parameter in calibration.parameters.values() for level in parameter.effects}
    said = dict(level.split(":", maxsplit=1) for level in levels)
    own, vendor = own_level(levels) in seen, said["vendor"]
    foreign = f"vendor:{vendor}" not in seen and not own
    measured = f"accelerator:{said['accelerator']}" in seen or own
    knowledge = "foreign" if foreign else "measured" if measured else "unmeasured"
    names = (f"{metric}/{said['kind']}/{knowledge}", f"{metric}/any/{knowledge}", f"{metric}/any/any")
    found = next(calibration.errors[name] for name in names if name in calibration.errors)
    if seen and not own and f"engine:{said['engine']}" not in seen:
        found = _scaled(found, UNKNOWN_ENGINE)
    known = calibration.software
    if known and not own and not foreign and f"{vendor}/{said['era']}" not in known:
        found = widened(found, UNSEEN_SOFTWARE)
    return found


def _scaled(errors: ErrorQuantiles, factor: float) -> ErrorQuantiles:
    return ErrorQuantiles(low=errors.low**factor, high=errors.high**factor, rows=errors.rows)


def widened(errors: ErrorQuantiles, half_width: float) -> ErrorQuantiles:
    """Return an interval that holds 1 with an independent error added to both of its sides, in logarithms."""
    low, high = (math.hypot(math.log(end), half_width) for end in (errors.low, errors.high))
    return ErrorQuantiles(low=math.exp(-low), high=math.exp(high), rows=errors.rows)


def resolve(
    calibration: Calibration, accelerator: Accelerator, *, engine: str = "vllm", engine_version: str = "",
    weights: Precision = "bf16", moe: bool = False,
) -> EngineConstants:  # fmt: skip
    """Return the constants of an engine on an accelerator; levels never measured leave the prior in place.

    Parameters
    ----------
    calibration
        The fit.
    accelerator
        Device.
    engine
        Engine name in any spelling; an unknown one gets the mean engine.
    engine_version
        Version, decides the era; empty means the present.
    weights
        Weight format.
    moe
        Whether the model routes to experts.
    """
    name = engine_name(engine)
    era = era_of(name, engine_version, calibration.eras)
    return resolve_levels(calibration, levels_of(accelerator, engine=name, era=era, weights=weights, moe=moe))


def resolve_levels(calibration: Calibration, levels: Sequence[str]) -> EngineConstants:
    """Return the constants at given levels, as from ``levels_of``."""
    values = {field: value_at(parameter, levels) for field, parameter in calibration.parameters.items()}
    return EngineConstants(**values, errors={m: error_group(calibration, levels, metric=m) for m in METRICS})


def as_arrays(constants: Sequence[EngineConstants]) -> Efficiencies:
    """Return the efficiencies of many constants as arrays of shape (n,)."""
    return Efficiencies(*(np.array([getattr(c, name) for c in constants]) for name in Efficiencies._fields))
