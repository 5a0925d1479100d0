"""What knowing an input before deciding is worth, and what would tell."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from steelyard.decision.sensitivity import InputGroup
from steelyard.domain.draws import Draws
from steelyard.domain.result import Measurement
from steelyard.risk.measures import evppi

__all__ = ["information_rows"]

_EVALUATION = "migration.evaluation_usd"
_MEASUREMENTS: Mapping[str, tuple[str, str | None]] = {
    "Requests a month": ("wait a quarter and read the log again", None),
    "Output tokens of other models": ("run your prompts through the candidate and count tokens", _EVALUATION),
    "Input tokens of other models": ("tokenize a sample of your prompts as the candidate does", _EVALUATION),
    "Throughput of a GPU": ("benchmark the candidate on one rented machine with your lengths", _EVALUATION),
    "GPU rent": ("ask three sellers for a binding quote", None),
    "Server price": ("ask for a binding quote", None),
    "API and hosted token prices": ("ask the seller for a price commitment", None),
}
"""What would tell, by input group, and the figure that says what it costs (absent: unknown)."""


def information_rows(
    groups: Sequence[InputGroup], draws: Draws, costs: NDArray[np.float64], *, usd_of: Mapping[str, float],
) -> tuple[Measurement, ...]:  # fmt: skip
    """Return the worth of perfect information on each group of inputs, most first.

    Parameters
    ----------
    groups
        Inputs, those of one kind together.
    draws
        The draws.
    costs
        Present values of the feasible options, shape (n_draws, n_options) [USD].
    usd_of
        Price of a measurement by figure name [USD].
    """
    rows: list[Measurement] = []
    for group in groups:
        if group.log_sd <= 0 or costs.shape[1] < 2:
            continue
        x = np.stack([np.broadcast_to(draws.values[m], (draws.n_draws, draws.values[m].shape[1])).mean(axis=1)
                      for m in group.members], axis=1)  # fmt: skip
        worth = evppi(x, costs)
        if worth > 0:
            how, figure = _MEASUREMENTS.get(group.name, ("find out before deciding", None))
            rows.append(Measurement(input=group.name, worth_up_to_usd=worth, measurement=how,
                                    cost_usd=usd_of.get(figure) if figure else None))  # fmt: skip
    return tuple(sorted(rows, key=lambda r: (-r.worth_up_to_usd, r.input)))
