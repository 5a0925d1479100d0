"""The working papers of a decision: its ledgers, their inputs, the sliders, and some of the draws."""

from collections.abc import Mapping, Sequence

from steelyard.decision.cost_model import DISCOUNT
from steelyard.decision.decide import Decision
from steelyard.decision.sensitivity import InputGroup
from steelyard.decision.verdict import MATERIAL_FRACTION, MATERIAL_USD
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.result import Flip
from steelyard.domain.workings import Dial, WorkingInput, Workings
from steelyard.options.option import REQUESTS

__all__ = ["SHOWN_DRAWS", "workings_of"]

SHOWN_DRAWS = 256
"""Draws a page carries [1]."""
REACH = 20.0
"""How far the slider of the volume goes each way, as a multiple of the expected value [1]."""
NEAR_REACH = 4.0
"""How far other sliders go, unless their flip point lies beyond [1]."""
_SHARE = "_fraction"
"""What names of shares hold: no slider of theirs goes above 1."""
MOST_DIALS = 8
"""Sliders on a page."""


def workings_of(decision: Decision, names: Mapping[str, tuple[str, str]], catalogue: Catalogue) -> Workings:
    """Return what recomputes a decision's base case, and its spread on some draws.

    Parameters
    ----------
    decision
        The decision.
    names
        Label and unit by input.
    catalogue
        Sources of the figures.
    """
    model = decision.model
    used = sorted({name for option in model.options for name in option.ledger.inputs} | {DISCOUNT})
    thin = model.thinned(SHOWN_DRAWS).draws

    def given(name: str) -> WorkingInput:
        label, unit = names.get(name, (name, "1"))
        figure = catalogue.figures.get(name)
        mean = tuple(thin.means[name][0].tolist())
        if figure is None:
            return WorkingInput(name, label, unit, mean)
        return WorkingInput(name, label, unit, mean, figure.evidence.source, figure.evidence.as_of)

    return Workings(
        n_months=thin.n_months, discount_input=DISCOUNT, tie_fraction=MATERIAL_FRACTION, tie_usd=MATERIAL_USD,
        ledgers=tuple(option.ledger for option in model.options), inputs=tuple(given(name) for name in used),
        dials=_dials(decision), draws={name: thin.values[name] for name in used},
    )  # fmt: skip


def _dials(decision: Decision) -> tuple[Dial, ...]:
    """Return the sliders: inputs that flip the verdict, nearest first, then those that move margin or cost most."""
    groups = {group.name: group for group in decision.groups if group.expected > 0}
    moves = {flip.input: _swing(flip) or _cost_swing(decision, groups.get(flip.input)) for flip in decision.flips}
    ordered = sorted(decision.flips, key=lambda f: (f.at is None, f.at is None and -moves[f.input]))
    found: list[Dial] = []
    for flip in ordered:
        group = groups.get(flip.input)
        if group is None or (flip.at is None and not moves[flip.input]) or len(found) == MOST_DIALS:
            continue
        reach = _reach(group.members, group.expected, flip.at)
        high = group.expected * reach
        if group.expected < 1 and all(_SHARE in name for name in group.members):
            high = min(high, 1.0)
        low = group.expected / reach
        found.append(Dial(group.name, group.unit, group.members, group.expected, low, high, flip.at))
    return tuple(found)


def _cost_swing(decision: Decision, group: InputGroup | None) -> float:
    """Return how far an input moves the cost of the choice where no other option is left to compare with [USD].

    Where others are, an input that does not move the margin gets no slider: 0.
    """
    allowed = [option for option in decision.model.options if option.feasible]
    if group is None or len(allowed) != 1:
        return 0.0
    means = decision.model.inputs(mean=True)

    def cost(factor: float) -> float:
        moved = {name: array * factor if name in group.members else array for name, array in means.items()}
        return float(decision.model.present_value(allowed[0], moved)[0])

    return abs(cost(group.high_factor) - cost(group.low_factor))


def _swing(flip: Flip) -> float:
    """Return how far an input moves the margin between its 10th and 90th percentile [USD]."""
    return abs((flip.high_usd or 0.0) - (flip.low_usd or 0.0))


def _reach(members: Sequence[str], expected: float, flip_at: float | None) -> float:
    """Return how far a slider goes each way: far for volume and for a flip point that lies far."""
    beyond = flip_at is not None and flip_at > 0 and not 1 / NEAR_REACH < flip_at / expected < NEAR_REACH
    return REACH if REQUESTS in members or beyond else NEAR_REACH
