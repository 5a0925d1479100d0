"""What was computed, gathered for the words: the chosen option, its rivals and the distances between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from steelyard.decision.verdict import Choice
from steelyard.domain.claims import Regime
from steelyard.domain.draws import Draws
from steelyard.domain.study import Study
from steelyard.options.demand import Demand
from steelyard.options.option import REQUESTS, Option
from steelyard.units import MONTHS_PER_YEAR

__all__ = ["BOUGHT_KINDS", "SELF_HOSTED_KINDS", "Findings", "Serves"]

Serves = Literal["bought", "machines"]
"""Who runs the model: a seller, or the organisation on machines it rents or owns."""
UNTIL_LIVE = "until_live_"
"""In the identifiers of lines of a service used only while machines are built."""

BOUGHT_KINDS = ("keep_today", "buy_api", "buy_hosted_open_weights", "fine_tune_managed")
"""Forms in which a seller runs the model."""
SELF_HOSTED_KINDS = ("self_host_rented", "fine_tune_self_hosted", "self_host_owned", "train")
"""Forms in which the organisation runs the model."""


@dataclass(frozen=True)
class Findings:
    """Numbers behind the verdict; costs are present values [USD]."""

    study: Study
    demand: Demand
    options: Sequence[Option]
    draws: Draws
    costs: NDArray[np.float64]
    """Shape (n_draws, n_options)."""
    score: NDArray[np.float64]
    """What the verdict minimises, shape (n_options,)."""
    choice: Choice | None
    """None: nothing is feasible."""
    best_bought: int | None
    """Column of the cheapest feasible bought option, today's included."""
    bought_best_of_all: int | None
    """Column of the cheapest bought option, the rule on the data ignored."""
    own_best: int | None
    """Column of the cheapest feasible self-hosted option."""
    own_best_of_all: int | None
    """Column of the cheapest self-hosted option, the rule on the data ignored."""
    today_usd_per_month: float | None
    """Mean cost of what runs today, month 1."""
    usd_per_request: float | None
    """Mean cost of a request at the better reference line, month 1."""
    payback_by_18_months: float | None
    """Chance that the best self-hosted option has paid back by month 18."""
    regimes: tuple[Regime, ...]
    """Regimes that apply."""
    break_even_requests: tuple[float, ...]
    """Requests a month at which own and bought service cost the same."""

    @property
    def feasible(self) -> tuple[bool, ...]:
        """Which options no gate blocks."""
        return tuple(option.feasible for option in self.options)

    @property
    def chosen(self) -> Option | None:
        """The option chosen."""
        return self.options[self.choice.index] if self.choice else None

    @property
    def reference_line(self) -> int | None:
        """Column of what inference costs now: today, else the best bought option, else the choice."""
        today = next((i for i, o in enumerate(self.options) if o.kind == "keep_today"), None)
        if today is not None:
            return today
        return self.best_bought if self.best_bought is not None else self.choice.index if self.choice else None

    @property
    def inference_usd_per_year(self) -> float:
        """What inference costs a year [USD/a]: month 1 of what runs today, else of the best bought option.

        With neither, it is the present value of the choice, spread over the horizon.
        """
        monthly, line = self.today_usd_per_month, self.reference_line
        if monthly is None and self.best_bought is not None and self.usd_per_request is not None:
            monthly = self.usd_per_request * float(self.draws.means[REQUESTS][0, 0])
        elif monthly is None and line is not None:
            monthly = float(self.costs[:, line].mean()) / self.demand.horizon_months
        return (monthly or 0.0) * MONTHS_PER_YEAR

    @property
    def inference_in_words(self) -> str:
        """What that yearly cost is of, ending in its verb: nothing that runs today `is` a cost."""
        if self.today_usd_per_month is not None:
            return "inference is"
        if self.best_bought is not None:
            return "inference bought at the volume of month 1 would be"
        return "inference on the machines chosen, its present value spread over the horizon, would be"

    @property
    def share_of_operating_expense(self) -> float | None:
        """Inference over total operating expense [1]; None where that is not stated."""
        total = self.study.economics.operating_expense_usd_per_year
        return self.inference_usd_per_year / total if total else None

    @property
    def ownership_premium_usd_per_month(self) -> float | None:
        """Present value of the best own option less that of the best bought one, a month; None without both."""
        bought = self.best_bought if self.best_bought is not None else self.bought_best_of_all
        if self.own_best_of_all is None or bought is None:
            return None
        own = float(self.costs[:, self.own_best_of_all].mean())
        return (own - float(self.costs[:, bought].mean())) / self.demand.horizon_months

    @property
    def self_hosts(self) -> bool:
        """Whether the chosen option runs its own machines for all traffic."""
        return self.serves == frozenset(("machines",))

    @property
    def serves(self) -> frozenset[Serves]:
        """How the chosen option serves: bought, on own machines, or both at once or one after the other."""
        option = self.chosen
        if option is None:
            return frozenset()
        if option.kind == "keep_today" and not option.bought:
            return frozenset(("machines",))
        if option.kind in BOUGHT_KINDS or option.hardware is None:
            return frozenset(("bought",))
        goes_on_buying = any(line.group == "tokens" and UNTIL_LIVE not in line.id for line in option.ledger.lines)
        both = option.kind == "staged" or (option.kind == "hybrid" and goes_on_buying)
        return frozenset(("bought", "machines") if both else ("machines",))
