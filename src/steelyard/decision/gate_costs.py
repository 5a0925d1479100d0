"""What each gate costs, and what removing the sensitive part of the data would open."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from steelyard.decision.words import doing
from steelyard.domain.insight import GateCost, Removal
from steelyard.nouns import counted
from steelyard.options.option import Option
from steelyard.printed import money, months

__all__ = ["gate_costs", "removal"]

_NAMES = {"slo": "The gate on latency", "plan": "The gate on triggers that hardly ever fire"}
"""Gates that are not called by the word they are stored under."""
_STAYS = "vendor's terms"
"""Whose rule on the data does not fall away with the sensitive part: the seller excludes the user, not the data."""


def gate_costs(options: Sequence[Option], score: NDArray[np.float64], horizon_months: int) -> tuple[GateCost, ...]:
    """Return what each gate that blocks an option costs, dearest first.

    Parameters
    ----------
    options
        All options, whatever their standing.
    score
        What the verdict minimises, shape (n_options,) [USD].
    horizon_months
        Horizon, for the words [month].
    """
    barred = [frozenset(g.gate for g in o.gates if g.answer == "blocked") for o in options]
    allowed = _best(options, score, [i for i, gates in enumerate(barred) if not gates])
    found: list[GateCost] = []
    for gate in sorted({gate for gates in barred for gate in gates}):
        opens = [i for i, gates in enumerate(barred) if gates == frozenset((gate,))]
        without = _best(options, score, [i for i, gates in enumerate(barred) if gates <= {gate}])
        cost = None if allowed is None or without is None else max(float(score[allowed] - score[without]), 0.0)
        rules = {g.rule for o in options for g in o.gates if g.gate == gate and g.answer == "blocked"}
        found.append(GateCost(
            gate=gate, rules=tuple(sorted(rules)), opens=tuple(options[i].id for i in opens),
            blocks=tuple(options[i].id for i, gates in enumerate(barred) if gate in gates),
            best_allowed=options[allowed].id if allowed is not None else None,
            best_without=options[without].id if without is not None else None, cost_usd=cost,
            sentence=_words(gate, cost, options[without] if without is not None else None, horizon_months)
            + _not_priced(gate, options, barred),
        ))  # fmt: skip
    return tuple(sorted(found, key=lambda g: (-(g.cost_usd or 0.0), g.gate)))


def _best(options: Sequence[Option], score: NDArray[np.float64], columns: Sequence[int]) -> int | None:
    return min(columns, key=lambda i: (float(score[i]), options[i].id), default=None)


def _not_priced(gate: str, options: Sequence[Option], barred: Sequence[frozenset[str]]) -> str:
    """Return what a gate's cost leaves out: models below the bar are sized on no machines."""
    sized = any(gate in gates and option.hardware is not None for option, gates in zip(options, barred, strict=True))
    return "" if gate != "quality" or sized else " Own machines with models below the bar are not priced."


def _words(gate: str, cost: float | None, without: Option | None, horizon_months: int) -> str:
    name = _NAMES.get(gate, f"The {gate} gate")
    if without is None:
        return f"{name} is not the only one: without it nothing would pass either."
    if cost is None:
        return f"{name} decides: nothing passes with it; without it {doing(without.label)} would be open."
    if cost <= 0:
        return f"{name} costs nothing: it does not block the best of all options."
    return f"{name} costs {money(cost)} over {months(horizon_months)}: without it {doing(without.label)} would be open."


def removal(options: Sequence[Option], score: NDArray[np.float64]) -> Removal | None:
    """Return what removing or tokenising the sensitive part would open; None where no rule on the data blocks.

    Parameters
    ----------
    options
        All options, whatever their standing.
    score
        What the verdict minimises, shape (n_options,) [USD].
    """

    def falls_away(option: Option) -> bool:
        blocked = [g for g in option.gates if g.answer == "blocked"]
        return bool(blocked) and all(g.gate == "data" and g.whose != _STAYS for g in blocked)

    opens = [i for i, option in enumerate(options) if falls_away(option)]
    allowed = _best(options, score, [i for i, option in enumerate(options) if option.feasible])
    best = _best(options, score, [*opens, *(i for i, option in enumerate(options) if option.feasible)])
    if not opens or best is None:
        return None
    saving = max(float(score[allowed] - score[best]), 0.0) if allowed is not None else None
    many = counted(len(opens), "option")
    if saving is None:
        words = (
            f"Removing or tokenising the sensitive part before the prompt opens {many}; as it stands nothing passes."
        )
    elif saving == 0:
        words = f"Removing or tokenising the sensitive part before the prompt opens {many}, none of them cheaper."
    else:
        words = (f"Removing or tokenising the sensitive part before the prompt opens {many}; "
                 f"{doing(options[best].label)} then saves {money(saving)}, the most a removal may cost.")  # fmt: skip
    return Removal(opens=tuple(options[i].id for i in opens), best=options[best].id, saving_usd=saving, sentence=words)
