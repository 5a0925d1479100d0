"""Would a recorded decision change today? Decided again on today's facts and traffic, with what moved it."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.ledger import Ledger
from steelyard.domain.result import Flip, OptionResult, Result
from steelyard.domain.workings import Workings
from steelyard.errors import InputError
from steelyard.study.verification import Recorded, decide_again, differences, read_recorded

if TYPE_CHECKING:
    from steelyard.report import Moved

__all__ = ["NEAR", "NEAR_SD", "Check", "Waterfall", "check_decision", "moved_inputs", "nearest_flip",
           "waterfall"]  # fmt: skip

NEAR_SD = 1.0
"""Distance to a flip point, in the input's own spread, below which it is near [1]."""
NEAR = "near a flip point"
"""How a warning about a near flip point begins."""
_NOTICED = 1e-9
FIXED = "prices, machines and terms inside the option"

_UNSAID = "which input moved it by how much cannot be said"
Progress = Callable[[str], None]
Inputs = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Check:
    """A recorded decision beside the one of today."""

    before: Result
    """As recorded."""
    after: Result
    """As decided today."""
    would_change: bool
    """Whether today's decision is another one by more than the threshold below which options tie."""
    steps: "tuple[Moved, ...]"
    """What moved the cost of the recorded choice; empty if it is no option today."""
    warnings: tuple[str, ...]
    """Near flip points, and a choice that changed within the threshold."""


def check_decision(
    recorded: Recorded, *, as_of: date, logs: Sequence[Path] = (), progress: Progress | None = None
) -> Check:
    """Return whether a recorded decision would change on the facts of a day, and on fresh logs where given.

    Parameters
    ----------
    recorded
        The decision, with its study.
    as_of
        Day of the facts.
    logs
        Usage logs that take the place of the study's traffic.
    progress
        Told, in words, what is being done.

    Raises
    ------
    InputError
        If the study is not there, or a log or the facts cannot be used.
    """
    outcome = decide_again(recorded, as_of=as_of, logs=logs, progress=progress)
    before, after = recorded.result, outcome.result
    flipped, tied = _change(before, after)
    warnings = [tied] if tied else []
    flip = nearest_flip(after)
    if flip is not None and flip.distance_in_sd is not None and abs(flip.distance_in_sd) <= NEAR_SD:
        far = f"{abs(flip.distance_in_sd):.1f} of its standard deviations away"
        warnings.append(f"{NEAR} ({far}): {flip.sentence}")
    return Check(before, after, flipped, moved_inputs(before, outcome.workings), tuple(warnings))


def nearest_flip(result: Result) -> Flip | None:
    """Return the flip point fewest of its input's standard deviations away; None if no value searched flips."""
    found = [flip for flip in result.flips if flip.at is not None]
    return min(found, key=_distance, default=None)


def _distance(flip: Flip) -> float:
    return abs(flip.distance_in_sd) if flip.distance_in_sd is not None else math.inf


def _change(before: Result, after: Result) -> tuple[bool, str]:
    """Return whether the decision is another one, and, where only a tie was broken otherwise, words for it."""
    if (before.verdict, before.verdict_option) == (after.verdict, after.verdict_option):
        return False, ""
    if before.verdict != after.verdict:
        return True, ""
    old, new = _option(after, before.verdict_option), _option(after, after.verdict_option)
    if old is None or new is None or not old.feasible or old.npv_cost_usd is None or new.npv_cost_usd is None:
        return True, ""
    if old.npv_cost_usd.mean - new.npv_cost_usd.mean > after.materiality_usd:
        return True, ""
    return False, f"{new.label} now comes before {old.label}, by less than the threshold below which options tie"


def _option(result: Result, option: str | None) -> OptionResult | None:
    return next((o for o in result.options if o.id == option), None)


class Waterfall(NamedTuple):
    """What moved the cost of a recorded choice, or why that cannot be said."""

    steps: "tuple[Moved, ...]"
    """The steps; empty where nothing moved, or where they cannot be computed."""
    missing: str
    """Why there are no steps, in words; empty where there may be."""


def waterfall(before: Result, after: Path, *, progress: Progress | None = None) -> Waterfall:
    """Return what moved the cost of one recorded choice on the way to another recorded decision.

    The later one is computed again from its receipt, for its ledgers; only where that gives the recorded figures are
    its steps shown.

    Parameters
    ----------
    before
        The earlier decision.
    after
        The later one: a document with its study beside it, or the folder of both.
    """
    try:
        recorded = read_recorded(after)
        outcome = decide_again(recorded, progress=progress)
    except InputError as error:
        return Waterfall((), f"{_UNSAID}: {error.faults[0].what}")
    first = next(differences(recorded.result, outcome.result), None)
    if first is not None:
        return Waterfall((), f"{_UNSAID}: the later decision, computed again here, differs at {first.where}")
    return Waterfall(moved_inputs(before, outcome.workings), "")


def moved_inputs(before: Result, workings: Workings) -> "tuple[Moved, ...]":
    """Return what moved the cost of the choice recorded in ``before``: a waterfall that adds up.

    Starting from the recorded base case, each input that differs takes its new value, in order of name; what is left
    over was inside the option (its prices, machines and terms). The steps add up to the change of the base case.

    Parameters
    ----------
    before
        The recorded decision.
    workings
        Ledgers and inputs of the newer one.
    """
    from steelyard.printed import quantity  # noqa: PLC0415
    from steelyard.report import Moved  # noqa: PLC0415  heavy: only where steps are wanted

    ledger = next((one for one in workings.ledgers if one.option == before.verdict_option), None)
    recorded = before.base_case.get(f"npv_cost_usd.{before.verdict_option}")
    if ledger is None or recorded is None:
        return ()
    now = {i.name: np.array([i.mean]) for i in workings.inputs}
    then = {name: _as_recorded(path, before.base_case.get(name)) for name, path in now.items()}
    cost = _present_value(ledger, then, workings)
    steps = [Moved(FIXED, "", "", cost - recorded)] if abs(cost - recorded) > _NOTICED * abs(recorded) else []
    given = {i.name: i for i in workings.inputs}
    for name in sorted({*ledger.inputs, workings.discount_input}):
        if math.isclose(float(then[name][0, 0]), float(now[name][0, 0]), rel_tol=_NOTICED):
            continue
        old = quantity(float(then[name][0, 0]), given[name].unit)
        new = quantity(float(now[name][0, 0]), given[name].unit)
        then[name] = now[name]
        moved = _present_value(ledger, then, workings)
        steps.append(Moved(given[name].label, old, new, moved - cost))
        cost = moved
    return tuple(steps)


def _as_recorded(path: NDArray[np.float64], recorded: float | None) -> NDArray[np.float64]:
    """Return a path that starts at the recorded value, with the shape it has now."""
    if recorded is None or path[0, 0] == recorded:
        return path
    return path * (recorded / path[0, 0]) if path[0, 0] else path + recorded


def _present_value(ledger: Ledger, inputs: Inputs, workings: Workings) -> float:
    from steelyard.finance.evaluate import evaluate  # noqa: PLC0415
    from steelyard.finance.measures import npv_usd  # noqa: PLC0415

    needed = {name: inputs[name] for name in ledger.inputs}
    total = evaluate(ledger, needed, int(workings.n_months), keep="total").total
    return float(npv_usd(total, inputs[workings.discount_input])[0])
