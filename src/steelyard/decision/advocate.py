"""The strongest honest case for the runner-up: every sentence is true on the same numbers."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from steelyard.decision.findings import Findings
from steelyard.decision.robustness import runner_up
from steelyard.decision.sensitivity import FlipPoint
from steelyard.decision.words import in_a_sentence
from steelyard.domain.draws import Draws
from steelyard.domain.insight import Advocate
from steelyard.nouns import counted
from steelyard.options.option import REQUESTS, Option
from steelyard.printed import money, percent, quantity
from steelyard.risk.measures import cvar

__all__ = ["advocate"]

BELIEFS = 3
"""Inputs named that differ where the runner-up wins."""
LEAST_SHIFT = 0.25
"""Difference of means worth naming, in the input's own standard deviations [1]."""
TAIL = 0.90
_HAPPENS = ".migration"
"""Ends the names of inputs that say in which month a model is retired."""
NEAR_SD = 2.0
"""Distance within which a flip towards the runner-up is an argument [standard deviation]."""


class _Shift(NamedTuple):
    size: float
    words: str


def advocate(found: Findings, names: Mapping[str, tuple[str, str]], points: Sequence[FlipPoint]) -> Advocate | None:
    """Return the case for the runner-up; None where nothing else passes.

    Parameters
    ----------
    found
        What was computed.
    names
        Label and unit by input.
    points
        Flip points.
    """
    if found.choice is None:
        return None
    chosen = found.choice.index
    rival = runner_up(found.score, chosen, found.feasible)
    if rival is None:
        return None
    gain = found.costs[:, chosen] - found.costs[:, rival]
    wins = gain > 0
    share = float(wins.mean())
    saving = float(gain[wins].mean()) if wins.any() else 0.0
    used = {name for i in (chosen, rival) for name in found.options[i].ledger.inputs}
    beliefs = _beliefs(sorted(used), names, found.draws, wins)
    return Advocate(
        option=found.options[rival].id, extra_usd=float(found.score[rival] - found.score[chosen]), wins_fraction=share,
        saving_where_it_wins_usd=saving, beliefs=beliefs,
        arguments=_arguments(found, chosen, rival, share, saving, points),
    )  # fmt: skip


def _beliefs(
    inputs: Sequence[str], names: Mapping[str, tuple[str, str]], draws: Draws, wins: NDArray[np.bool_]
) -> tuple[str, ...]:
    """Return what is different on average in the draws in which the runner-up wins."""
    if not wins.any() or wins.all():
        return ()
    shifts: list[_Shift] = []
    for name in inputs:
        drawn, once = draws.values[name], name.endswith(_HAPPENS)
        paths = np.broadcast_to(drawn, (draws.n_draws, drawn.shape[1]))
        values = (paths.sum(axis=1) > 0).astype(np.float64) if once else paths.mean(axis=1)
        spread, usual, there = float(values.std()), float(values.mean()), float(values[wins].mean())
        if spread <= 0 or abs(there - usual) < LEAST_SHIFT * spread:
            continue
        label, unit = names.get(name, (name, "1"))
        label = "Requests a month" if name == REQUESTS else label
        said = (percent(there), percent(usual)) if once else (quantity(there, unit), quantity(usual, unit))
        if said[0] != said[1]:
            size, verb = abs(there - usual) / spread, "happens in" if once else "averages"
            shifts.append(_Shift(size, f"{in_a_sentence(label)} {verb} {said[0]} instead of {said[1]}"))
    return tuple(s.words for s in sorted(shifts, key=lambda s: (-s.size, s.words))[:BELIEFS])


def _arguments(
    found: Findings, chosen: int, rival: int, share: float, saving: float, points: Sequence[FlipPoint]
) -> tuple[str, ...]:
    mine, other = found.options[chosen], found.options[rival]
    said = [f"It costs less in {percent(share)} of draws, {money(saving)} less on average in those."] if share else []
    gap = float(found.score[rival] - found.score[chosen])
    if found.choice is not None and gap <= found.choice.materiality_usd:
        level = "costs no more" if gap <= 0 else f"costs only {money(gap)} more"
        said.insert(0, f"It {level}, within the {money(found.choice.materiality_usd)} that counts as a tie; the choice "
                       "won for being simpler.")  # fmt: skip
    tail = float(cvar(found.costs[:, chosen], TAIL) - cvar(found.costs[:, rival], TAIL))
    if tail > 0:
        said.append(f"Its bad cases are cheaper: in the dearest tenth of draws it costs {money(tail)} less.")
    near = [p for p in points if p.winner == rival and p.distance_in_sd is not None and p.distance_in_sd < NEAR_SD]
    for point in sorted(near, key=lambda p: p.distance_in_sd or 0.0)[:1]:
        at = quantity(point.group.expected * (point.factor or 1.0), point.group.unit)
        side = "above" if (point.factor or 1.0) > 1 else "below"
        said.append(f"It wins once {in_a_sentence(point.group.name)} is {side} {at}, "
                    f"{point.distance_in_sd:.1f} standard deviations away.")  # fmt: skip
    return (*said, *_conditions(mine, other))


def _conditions(mine: Option, other: Option) -> list[str]:
    """Return what the choice still has to show and the runner-up has not, and where it is better known to be good."""
    said: list[str] = []
    open_points = [sum(g.answer in ("possible if you can show", "unknown") for g in o.gates) for o in (mine, other)]
    if open_points[1] < open_points[0]:
        said.append(f"It leaves {counted(open_points[1], 'point')} to be shown, the choice {open_points[0]}.")
    chances = [1.0 if o.kind == "keep_today" else o.chance_no_worse for o in (mine, other)]
    if chances[0] is not None and chances[1] is not None and chances[1] > chances[0]:
        said.append(f"Its chance of being no worse than the reference is {percent(chances[1])}, that of the choice "
                    f"{percent(chances[0])}.")  # fmt: skip
    return said
