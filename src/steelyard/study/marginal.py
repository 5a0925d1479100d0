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
    inputs = {name: _first(array, few) for name, array in model.draws.values.items()}
    added = _added(option, inputs, model.draws.n_months, MORE, base=_first(model.total(option), few))
    usd = float(added.usd_per_request().mean())
    means = model.inputs(mean=True)
    following = _added(option, means, model.draws.n_months, NEXT)
    share = None if success is None else success[:few]
    return MarginalCost(
        next_request_usd=float(following.usd_per_request()[0]), usd_per_request=usd,
        usd_per_successful_request=None if share is None else float(added.usd_per_request(share).mean()),
        usd_per_mtok=usd / tokens_per_request * TOKENS_PER_MTOK,
    )  # fmt: skip


def _first(array: Array, few: int) -> Array:
    return array[:few] if array.shape[0] > 1 else array


@dataclass(frozen=True)
class _Added:
    """Requests added to every month."""

    before: Array
    """Present value of the cost without them, shape (n_draws,) [USD]."""
    after: Array
    """The same with them."""
    requests: Array
    """How many are added, shape (n_draws or 1, n_months or 1) [request/month]."""
    rate: Array
    """Discount rate [1/a]."""

    def usd_per_request(self, share: Array | float = 1.0) -> Array:
        """Return the cost of those added over the ``share`` of them that counts, shape (n_draws,) [USD]."""
        return marginal_usd_per_request(self.before, self.after, npv_usd(self.requests * share, self.rate))


def _added(
    option: Option, inputs: Mapping[str, Array], n_months: int, step: float, *, base: Array | None = None
) -> _Added:  # fmt: skip
    """Return what a share ``step`` of the requests costs on top; ``base`` is the cost by month without, if known."""
    requests, rate = inputs[REQUESTS], inputs[DISCOUNT]

    def worth(total: Array) -> Array:
        return npv_usd(np.broadcast_to(total, np.broadcast_shapes(total.shape, requests.shape)), rate)

    def total(requests: Array) -> Array:
        given = {**inputs, REQUESTS: requests}
        ledger = option.ledger
        return evaluate(ledger, {name: given[name] for name in ledger.inputs}, n_months, keep="total").total

    before = worth(total(requests) if base is None else base)
    return _Added(before, worth(total(requests * (1.0 + step))), requests * step, rate)
