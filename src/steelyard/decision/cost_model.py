"""Every option's cost as a function of the draws, recomputed only where an input reaches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.draws import Draws
from steelyard.finance.evaluate import DRAWS_PER_BLOCK, Rerun, evaluate
from steelyard.finance.line_means import LineMeans, line_means
from steelyard.finance.measures import discount_factors, npv_usd
from steelyard.finance.straight import Bends, bends_of
from steelyard.options.estate import CONTRACT_REST
from steelyard.options.option import Option
from steelyard.options.replicas import BUSY, PAID

__all__ = ["DISCOUNT", "CostModel"]

DISCOUNT = "discount_rate_per_year"
"""Input: nominal discount rate [1/a]."""
HELD = frozenset({"machines", "servers", "engineers_running", "training_device_hours", BUSY, PAID})
"""Quantities that say what a plan holds, who runs it, or what a training takes."""


@dataclass
class CostModel:
    """Options on common draws; present values are cached for the inputs as drawn."""

    options: Sequence[Option]
    """Options, in a fixed order."""
    draws: Draws
    """Common random numbers."""
    evaluations: int = 0
    """How often some option was evaluated on all these draws; what a decision takes is counted in these."""
    _base: dict[str, NDArray[np.float64]] = field(default_factory=lambda: {})
    _totals: dict[str, NDArray[np.float64]] = field(default_factory=lambda: {})
    _reruns: dict[str, Rerun] = field(default_factory=lambda: {})
    _means: dict[str, LineMeans] = field(default_factory=lambda: {})
    _bends: dict[str, Bends] = field(default_factory=lambda: {})
    _slopes: dict[tuple[str, frozenset[str]], NDArray[np.float64]] = field(default_factory=lambda: {})
    _moved: dict[tuple[str, frozenset[str], float], NDArray[np.float64]] = field(default_factory=lambda: {})
    _factors: NDArray[np.float64] | None = None

    def inputs(self, *, mean: bool = False) -> dict[str, NDArray[np.float64]]:
        """Return all inputs as drawn, or at their stated means."""
        return dict(self.draws.means if mean else self.draws.values)

    def line_means(self, option: Option) -> LineMeans:
        """Return every line and quantity of one option at its mean over draws; kept, as is the total by draw."""
        if option.id not in self._means:
            self.evaluations += 1
            self._means[option.id] = line_means(
                option.ledger, self.inputs(), self.draws.n_months, discount_rate_per_year=self.draws.values[DISCOUNT],
                quantities=[q.name for q in option.ledger.quantities if q.name in HELD],
            )  # fmt: skip
            self._totals.setdefault(option.id, self._means[option.id].total)
        return self._means[option.id]

    def total(self, option: Option) -> NDArray[np.float64]:
        """Return one option's cost by month on the draws, shape (n_draws, n_months) [USD/month]; kept."""
        if option.id not in self._totals:
            self._totals[option.id] = self._total_with(option, {})
        return self._totals[option.id]

    def first_month(self, option: Option) -> NDArray[np.float64]:
        """Return what one option costs in month 1 on the draws, shape (n_draws,) [USD].

        What is paid or earned once, such as the sale of machines held today, and what is still owed for today's
        contract is left out.
        """
        inputs = {name: self.draws.values[name][:, :1] for name in option.ledger.inputs}
        values = evaluate(option.ledger, inputs, 1, keep="lines")
        aside = {line.id for line in option.ledger.lines if line.group in ("once", "capital")} | {CONTRACT_REST}
        kept = [amounts[:, 0] for line, amounts in values.lines.items() if line not in aside]
        return np.broadcast_to(np.sum(kept, axis=0) if kept else 0.0, (self.draws.n_draws,))

    def present_value(self, option: Option, inputs: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return the present value of one option's cost, shape (n_draws,) [USD]."""
        total = evaluate(option.ledger, inputs, self.draws.n_months, keep="total").total
        return npv_usd(total, inputs[DISCOUNT])

    def base(self) -> NDArray[np.float64]:
        """Return present values on the draws, shape (n_draws, n_options) [USD]."""
        for option in self.options:
            if option.id not in self._base:
                self._base[option.id] = self._worth(self.total(option))
        if not self.options:
            return np.empty((self.draws.n_draws, 0))
        return np.stack([self._base[option.id] for option in self.options], axis=1)

    def scaled(self, factors: Mapping[str, float], *, only: Sequence[bool] | None = None) -> NDArray[np.float64]:
        """Return present values with some inputs multiplied, shape (n_draws, n_options) [USD].

        An option of which all inputs move by one factor, and whose bill is a straight line in it, is priced once,
        whatever the factors asked; of the others what was asked by one factor is kept.

        Parameters
        ----------
        factors
            Input name to multiplier [1].
        only
            Which options to price anew; the others keep their base. All where absent.
        """
        costs = self.base().copy()
        for index, option in enumerate(self.options):
            own = {name: factors[name] for name in (*option.ledger.inputs, DISCOUNT) if name in factors}
            if not own or (only is not None and not only[index]):
                continue
            members, factor = frozenset(own), next(iter(own.values()))
            if len(set(own.values())) > 1:
                costs[:, index] = self._priced_at(option, own)
            elif self._is_straight(option, members):
                costs[:, index] += (factor - 1.0) * self._slope(option, members)
            else:
                costs[:, index] = self._at(option, members, factor)
        return costs

    def priced(self, factors: Mapping[str, float], columns: Sequence[int]) -> NDArray[np.float64]:
        """Return present values of some options with some inputs multiplied, shape (n_draws, len(columns)) [USD].

        Parameters
        ----------
        factors
            Input name to multiplier [1].
        columns
            Options to price.
        """
        only = [index in columns for index in range(len(self.options))]
        return self.scaled(factors, only=only)[:, list(columns)]

    def _is_straight(self, option: Option, members: frozenset[str]) -> bool:
        if option.id not in self._bends:
            self._bends[option.id] = bends_of(option.ledger)
        return DISCOUNT not in members and self._bends[option.id].along(members)

    def _slope(self, option: Option, members: frozenset[str]) -> NDArray[np.float64]:
        """Return how much dearer an option gets where these inputs double, shape (n_draws,) [USD]; kept."""
        key = (option.id, members)
        if key not in self._slopes:
            self._slopes[key] = self._priced_at(option, dict.fromkeys(members, 2.0)) - self._base[option.id]
        return self._slopes[key]

    def _at(self, option: Option, members: frozenset[str], factor: float) -> NDArray[np.float64]:
        """Return the present value of one option with these inputs multiplied, shape (n_draws,) [USD]; kept."""
        key = (option.id, members, factor)
        if key not in self._moved:
            self._moved[key] = self._priced_at(option, dict.fromkeys(members, factor))
        return self._moved[key]

    def _priced_at(self, option: Option, factors: Mapping[str, float]) -> NDArray[np.float64]:
        changed = {name: self.draws.values[name] * factor for name, factor in factors.items()}
        return self._worth(self._total_with(option, changed), changed.get(DISCOUNT))

    def _total_with(self, option: Option, changed: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return one option's cost by month with some inputs replaced, shape (n_draws, n_months) [USD/month]."""
        if changed and not any(name in changed for name in option.ledger.inputs):
            return self.total(option)
        self.evaluations += 1
        if self.draws.n_draws > DRAWS_PER_BLOCK:
            return evaluate(option.ledger, self.inputs() | dict(changed), self.draws.n_months, keep="total").total
        if option.id not in self._reruns:
            self._reruns[option.id] = Rerun(option.ledger, self.inputs(), self.draws.n_months)
        return self._reruns[option.id].total_with(changed)

    def _worth(
        self, usd_per_month: NDArray[np.float64], rate: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Return present values at the rate drawn, or at another, shape (n_draws,) [USD]."""
        if rate is not None:
            return npv_usd(usd_per_month, rate)
        if self._factors is None:
            factors = discount_factors(self.draws.n_months, self.draws.values[DISCOUNT])
            self._factors = np.broadcast_to(factors, (self.draws.n_draws, self.draws.n_months))
        return np.einsum("nm,nm->n", np.broadcast_to(usd_per_month, self._factors.shape), self._factors)

    def thinned(self, n_draws: int) -> "CostModel":
        """Return the same options on the first ``n_draws`` draws (all, where fewer); for searches."""
        count = min(n_draws, self.draws.n_draws)
        values = {name: array[:count] if array.shape[0] > 1 else array for name, array in self.draws.values.items()}
        return CostModel(self.options, Draws(n_draws=count, n_months=self.draws.n_months, seed=self.draws.seed,
                                             values=values, means=self.draws.means), _bends=self._bends)  # fmt: skip
