"""What makes the page alive: the ledgers as a script, and the figures they run on."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.currency import displayed, shown, shown_code, shown_sign
from steelyard.domain.result import Kind, OptionResult, Result
from steelyard.domain.workings import Dial, Workings
from steelyard.finance.emit_javascript import emit_javascript
from steelyard.printed import count, money, percent, quantity, unit_in_words
from steelyard.report.story import label_of
from steelyard.report.text import plain

__all__ = ["MOST_BYTES", "Living", "LivingDial", "living"]

MOST_BYTES = 800_000
"""Bytes of draws a page carries at most, a third more as written [byte]."""
_LARGEST_BYTE = 255
"""Largest number that one byte holds [1]."""
_BYTES_OF_A_FLOAT = 4
"""Size of a single float [byte]."""
_SIMPLEST_FIRST: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class LivingDial:
    """One slider as the page shows it."""

    label: str
    """Words for a reader."""
    unit: str
    """Unit of the number box, in words."""
    low: str
    """Smallest value offered, in words."""
    high: str
    """Largest value offered, in words."""
    flip: str
    """Where the verdict flips, in words; empty if nowhere within reach."""
    flip_at: int | None
    """Its place on the slider, 0 to 1000."""


@dataclass(frozen=True, slots=True)
class Living:
    """The living part of a page."""

    script: str
    """Text of the script element."""
    data: str
    """JSON of the data element; holds no ``<``."""
    dials: tuple[LivingDial, ...]
    """Sliders."""
    options: tuple[OptionResult, ...]
    """Options recomputed, in the order of the document."""
    draws: int
    """Draws the page carries."""


@displayed
def living(result: Result, workings: Workings, script: str, *, most_bytes: int = MOST_BYTES) -> Living:
    """Return script, data and sliders of a page.

    Parameters
    ----------
    result
        The decision.
    workings
        Ledgers, inputs, sliders, draws.
    script
        The part of the script that is the same on every page.
    most_bytes
        Bytes of draws that it may carry.
    """
    ledgers = {ledger.option: ledger for ledger in workings.ledgers}
    options = tuple(o for o in result.options if o.id in ledgers)
    functions = ",\n".join(f"{_json(o.id)}: {emit_javascript(ledgers[o.id])}" for o in options)
    dials = tuple(d for d in workings.dials if 0 < d.low < d.high and d.expected > 0)
    draws = _affordable(workings.draws, most_bytes)
    return Living(
        script=_inert(f"const LEDGERS = {{\n{functions}\n}};\n{script}"),
        data=_data(result, workings, options, dials, draws),
        dials=tuple(_dial(d) for d in dials),
        options=options,
        draws=max((array.shape[0] for array in draws.values()), default=0),
    )


def _inert(script: str) -> str:
    """Return a script in which nothing opens a comment or an element of the page that holds it."""
    return re.sub(r"<(?=!--|/?script)", r"\\x3c", script, flags=re.IGNORECASE)


def _dial(dial: Dial) -> LivingDial:
    inside = dial.flip_at is not None and dial.low <= dial.flip_at <= dial.high
    place = round(1000 * np.log((dial.flip_at or dial.low) / dial.low) / np.log(dial.high / dial.low))
    words = quantity(dial.flip_at, dial.unit) if dial.flip_at is not None else ""
    unit = unit_in_words(dial.unit)
    lead = {"money": shown_code(), "percent": "%", "count": ""}[unit.kind]
    box = f"{lead} {unit.words}".strip()
    return LivingDial(plain(dial.label), box, _bare(dial.low, unit.kind), _bare(dial.high, unit.kind), words,
                      int(place) if inside else None)  # fmt: skip


def _bare(value: float, kind: str) -> str:
    """Return a value as printed, without the words of its unit."""
    return money(value) if kind == "money" else percent(value) if kind == "percent" else count(value)


def _dial_data(dial: Dial) -> Mapping[str, object]:
    """Return what the script needs of a slider; a box holds percent where the unit is a share, else what is shown."""
    unit = unit_in_words(dial.unit)
    scale = {"percent": 100.0, "money": shown(1.0), "count": 1.0}[unit.kind]
    return {"members": list(dial.members), "expected": dial.expected, "low": dial.low, "high": dial.high,
            "kind": unit.kind, "words": unit.words, "scale": scale, "flip": _dial(dial).flip_at}  # fmt: skip


def _data(
    result: Result, workings: Workings, options: tuple[OptionResult, ...], dials: tuple[Dial, ...],
    draws: Mapping[str, NDArray[np.float64]],
) -> str:  # fmt: skip
    return _json({
        "sign": shown_sign(), "perUsd": shown(1.0),
        "months": workings.n_months, "discount": workings.discount_input, "tieFraction": workings.tie_fraction,
        "tieUsd": workings.tie_usd, "verdict": result.verdict_option, "engineDraws": result.receipt.draws,
        "verdictLabel": label_of(result, result.verdict_option),
        "options": [{"id": o.id, "label": plain(o.label), "feasible": o.feasible,
                     "rank": _SIMPLEST_FIRST.index(o.kind)} for o in options],
        "means": {i.name: list(i.mean) for i in workings.inputs},
        "dials": [_dial_data(d) for d in dials],
        "draws": {name: _packed(array) for name, array in sorted(draws.items())},
    })  # fmt: skip


def _affordable(draws: Mapping[str, NDArray[np.float64]], most_bytes: int) -> Mapping[str, NDArray[np.float64]]:
    """Return the draws, or as many of them, evenly spread, as do not make the page too heavy."""
    weight = sum(array.size * (1 if _is_whole(array) else _BYTES_OF_A_FLOAT) for array in draws.values())
    rows = max((array.shape[0] for array in draws.values()), default=0)
    count = rows if weight <= most_bytes else max(rows * most_bytes // weight, 1)
    kept = np.arange(count) * rows // max(count, 1)
    return {name: array[kept] if array.shape[0] > 1 else array for name, array in draws.items()}


def _is_whole(array: NDArray[np.float64]) -> bool:
    """Return whether every number fits a byte as it is."""
    return bool(np.all((array == np.rint(array)) & (array >= 0) & (array <= _LARGEST_BYTE)))


def _packed(array: NDArray[np.float64]) -> dict[str, str | int]:
    """Return an array as little-endian single floats: the draws show a spread, the base case is exact.

    Small whole numbers, such as moves to another model, take a byte each and are exact.
    """
    whole = _is_whole(array)
    raw = np.ascontiguousarray(array, dtype="u1" if whole else "<f4").tobytes()
    return {"rows": array.shape[0], "columns": array.shape[1], "whole": int(whole),
            "data": base64.b64encode(raw).decode("ascii")}  # fmt: skip


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
