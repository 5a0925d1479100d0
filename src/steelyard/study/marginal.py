"""What more traffic costs: the next request, and a tenth more of all of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.decision.cost_model import DISCOUNT, CostModel
from steelyard.domain.result import MarginalCost
from steelyard.finance.evaluate import evaluate
from steelyard.finance.measures import marginal_usd_per_request, npv_usd
from steelyard.options.option import REQUESTS, Option
from steelyard.units import TOKENS_PER_MTOK

__all__ = ["marginal_cost"]

Array = NDArray[np.float64]
MORE = 0.1
"""How much more traffic a larger service has [1]."""
NEXT = 1e-6
"""How much more traffic stands for the next request [1]: too little to call for another machine."""
DRAWS = 1024
"""Draws that the cost of more traffic is averaged over [1]."""


def marginal_cost(
    model: CostModel, option: Option, *, tokens_per_request: float, success: Array | None = None
) -> MarginalCost:  # fmt: skip
    """Return the cost of more traffic beside the mean cost: present values, the same months grown alike.

    Parameters
    ----------
    model
        Options on all draws.
    option
        One of them.
    tokens_per_request
        Mean tokens of a request, input and output [token], above 0.
    success
        Share of requests that succeed, shape (n_draws or 1, n_months or 1) [1]; absent: not priced.
    """
    few = min(DRAWS, model.draws.n_draws)
    inputs = {name: array[:few] if array.shape[0] > 1 else array for name, array in model.draws.values.items()}
    added = _Added(option, inputs, model.draws.n_months, MORE)
    usd = float(added.usd_per_request().mean())
    following = _Added(option, model.inputs(mean=True), model.draws.n_months, NEXT)
    share = None if success is None else success[:few]
    return MarginalCost(
        next_request_usd=float(following.usd_per_request()[0]), usd_per_request=usd,
        usd_per_successful_request=None if share is None else float(added.usd_per_request(share).mean()),
        usd_per_mtok=usd / tokens_per_request * TOKENS_PER_MTOK,
    )  # fmt: skip


@dataclass(frozen=True)
class _Added:
    """Requests added to every month."""

    option: Option
    inputs: Mapping[str, Array]
    n_months: int
    step: float
    """Requests added over those there are [1]."""

    def usd_per_request(self, share: Array | float = 1.0) -> Array:
        """Return the cost of those added over the ``share`` of them that counts, shape (n_draws,) [USD]."""
        requests, rate = self.inputs[REQUESTS], self.inputs[DISCOUNT]
        before, after = (npv_usd(self._total(requests * factor), rate) for factor in (1.0, 1.0 + self.step))
        return marginal_usd_per_request(before, after, npv_usd(requests * self.step * share, rate))

    def _total(self, requests: Array) -> Array:
        given = {**self.inputs, REQUESTS: requests}
        ledger = self.option.ledger
        total = evaluate(ledger, {name: given[name] for name in ledger.inputs}, self.n_months, keep="total").total
        return np.broadcast_to(total, np.broadcast_shapes(total.shape, requests.shape))
