"""What moved the cost of a recorded choice: input by input, price by price, in steps that add up."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.ledger import Const, Ledger
from steelyard.domain.result import Result
from steelyard.domain.workings import Workings
from steelyard.errors import InputError
from steelyard.study.verification import decide_again, differences, read_recorded

if TYPE_CHECKING:
    from steelyard.report import Moved

__all__ = ["STRUCTURE", "UNTOLD", "Waterfall", "moved_inputs", "waterfall"]

_NOTICED = 1e-9
STRUCTURE = "what has no number of its own: growth over the months, machines by month, terms, plans"
"""Name of the step that no single number explains."""
UNTOLD = "prices, machines and terms inside the option"
"""Name of that step where the recorded document does not hold the numbers inside the option (schema 1.0)."""
_UNSAID = "which input moved it by how much cannot be said"
Progress = Callable[[str], None]
Inputs = Mapping[str, NDArray[np.float64]]


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


@dataclass(frozen=True, slots=True)
class _Change:
    """One number that differs: an input of the ledger, or one fixed inside it."""

    name: str
    """Name of the input or of the quantity."""
    label: str
    """Words for it."""
    unit: str
    """Its unit."""
    before: float
    """As recorded."""
    after: float
    """As it is now, in the first month."""
    inside: bool
    """Whether it is fixed inside the option."""


@dataclass(frozen=True, slots=True)
class _State:
    """A ledger and its inputs, some of them as recorded and the others as they are now."""

    ledger: Ledger
    inputs: Inputs
    workings: Workings

    def cost(self) -> float:
        """Return the present value of the base case [USD]."""
        from steelyard.finance.evaluate import evaluate  # noqa: PLC0415
        from steelyard.finance.measures import npv_usd  # noqa: PLC0415

        needed = {name: self.inputs[name] for name in self.ledger.inputs}
        total = evaluate(self.ledger, needed, int(self.workings.n_months), keep="total").total
        return float(npv_usd(total, self.inputs[self.workings.discount_input])[0])

    def moved(self, change: _Change, now: Inputs) -> "_State":
        """Return the state with one number as it is now."""
        if change.inside:
            return replace(self, ledger=_with_fixed(self.ledger, {change.name: change.after}))
        return replace(self, inputs={**self.inputs, change.name: now[change.name]})


def moved_inputs(before: Result, workings: Workings) -> "tuple[Moved, ...]":
    """Return what moved the cost of the choice recorded in ``before``: a waterfall that adds up.

    First comes what no single number explains; then, from the recorded numbers on, each number that differs takes its
    new value: inputs of the base case, and prices, rents and counts fixed inside the option. They follow one another
    by what each would move alone, the largest first, so that the steps add up to the change of the base case.

    Parameters
    ----------
    before
        The recorded decision.
    workings
        Ledgers and inputs of the newer one.
    """
    from steelyard.report import Moved  # noqa: PLC0415  heavy: only where steps are wanted

    ledger = next((one for one in workings.ledgers if one.option == before.verdict_option), None)
    recorded = before.base_case.get(f"npv_cost_usd.{before.verdict_option}")
    if ledger is None or recorded is None:
        return ()
    now = {i.name: np.array([i.mean]) for i in workings.inputs}
    then = {name: _as_recorded(path, before.base_case.get(name)) for name, path in now.items()}
    changes = (*_changed_inputs(ledger, then, now, workings), *_changed_inside(ledger, before.fixed))
    old = {change.name: change.before for change in changes if change.inside}
    start = _State(_with_fixed(ledger, old), then, workings)
    cost = start.cost()
    alone = {change: abs(start.moved(change, now).cost() - cost) for change in changes}
    least = _NOTICED * abs(recorded)
    rest = Moved(STRUCTURE if before.fixed else UNTOLD, "", "", cost - recorded)
    ordered = sorted(changes, key=lambda change: (-alone[change], change.name))
    return (*((rest,) if abs(rest.usd) > least else ()), *_steps(start, ordered, now, least))


def _steps(start: _State, changes: list[_Change], now: Inputs, least: float) -> "Iterator[Moved]":
    """Yield what each change moves upon those before it, where it is more than the least [USD]."""
    from steelyard.printed import quantity  # noqa: PLC0415
    from steelyard.report import Moved  # noqa: PLC0415  heavy: only where steps are wanted

    state, cost = start, start.cost()
    for change in changes:
        state = state.moved(change, now)
        reached = state.cost()
        ratio = change.after / change.before if change.before else None
        if abs(reached - cost) > least:
            yield Moved(change.label, quantity(change.before, change.unit), quantity(change.after, change.unit),
                        reached - cost, ratio=ratio, inside=change.inside)  # fmt: skip
        cost = reached


def _changed_inputs(ledger: Ledger, then: Inputs, now: Inputs, workings: Workings) -> Iterator[_Change]:
    given = {i.name: i for i in workings.inputs}
    for name in sorted({*ledger.inputs, workings.discount_input}):
        old, new = float(then[name][0, 0]), float(now[name][0, 0])
        if not math.isclose(old, new, rel_tol=_NOTICED):
            yield _Change(name, given[name].label, given[name].unit, old, new, inside=False)


def _changed_inside(ledger: Ledger, recorded: Mapping[str, float]) -> Iterator[_Change]:
    for item in ledger.quantities:
        old = recorded.get(item.name)
        if isinstance(item.expression, Const) and old is not None:
            new = item.expression.value
            if not math.isclose(old, new, rel_tol=_NOTICED):
                yield _Change(item.name, item.label, item.unit, old, new, inside=True)


def _with_fixed(ledger: Ledger, values: Mapping[str, float]) -> Ledger:
    """Return a ledger in which some numbers fixed inside it have other values."""
    if not values:
        return ledger
    changed = tuple(replace(q, expression=Const(values[q.name])) if q.name in values else q for q in ledger.quantities)
    return replace(ledger, quantities=changed)


def _as_recorded(path: NDArray[np.float64], recorded: float | None) -> NDArray[np.float64]:
    """Return a path that starts at the recorded value, with the shape it has now."""
    if recorded is None or path[0, 0] == recorded:
        return path
    return path * (recorded / path[0, 0]) if path[0, 0] else path + recorded
