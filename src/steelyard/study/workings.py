"""The working papers of a decision: its ledgers, their inputs, the sliders, and some of the draws."""

from collections.abc import Mapping

from steelyard.decision.cost_model import DISCOUNT
from steelyard.decision.decide import Decision
from steelyard.decision.verdict import MATERIAL_FRACTION, MATERIAL_USD
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.workings import Dial, WorkingInput, Workings

__all__ = ["SHOWN_DRAWS", "workings_of"]

SHOWN_DRAWS = 256
"""Draws a page carries [1]."""
REACH = 20.0
"""How far a slider goes each way, as a multiple of the expected value [1]."""
MOST_DIALS = 8
"""Sliders on a page, nearest flip first."""


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

    near = [flip.input for flip in decision.flips if flip.at is not None][:MOST_DIALS]
    flips = {flip.input: flip.at for flip in decision.flips}
    dials = tuple(
        Dial(group.name, group.unit, group.members, group.expected, group.expected / REACH, group.expected * REACH,
             flips.get(group.name))
        for group in decision.groups if group.expected > 0 and group.name in near
    )  # fmt: skip
    return Workings(
        n_months=thin.n_months, discount_input=DISCOUNT, tie_fraction=MATERIAL_FRACTION, tie_usd=MATERIAL_USD,
        ledgers=tuple(option.ledger for option in model.options), inputs=tuple(given(name) for name in used),
        dials=dials, draws={name: thin.values[name] for name in used},
    )  # fmt: skip
