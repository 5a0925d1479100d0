"""Plans made of several ways to serve, or of one after another: fitted on draws of their own, valued on all others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from steelyard.decision.cost_model import DISCOUNT
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.draws import Draws
from steelyard.domain.study import Study, TodayApi
from steelyard.finance.evaluate import evaluate
from steelyard.finance.measures import npv_usd
from steelyard.options.bought import Service, services_of
from steelyard.options.demand import Demand
from steelyard.options.option import Option
from steelyard.options.overflow import SERVED_SHARE, Beyond
from steelyard.study.cascade_plan import cascade_candidates
from steelyard.study.inputs import draw_inputs
from steelyard.study.overflow_plan import Part, overflow_candidates, with_pure_name
from steelyard.study.staged_plan import staged_candidates, with_trigger_gate

__all__ = ["BY_THE_TOKEN", "FIT_DRAWS", "FIT_SEED", "OWN", "plan_options", "settled"]

FIT_DRAWS = 512
"""Draws that plans are fitted on [1]."""
FIT_SEED = 0x5E_ED_F1_75
"""Added to the study's seed for the draws that plans are fitted on: none of them values a plan."""
BOUGHT = ("keep_today", "buy_api", "buy_hosted_open_weights")
"""Forms that may be bought as a part of a plan; tuned ones are plans of their own."""
BY_THE_TOKEN = ("today", "api:", "hosted:")
"""Beginnings of the identifiers of what is bought by the token: capacity by the unit is a plan of its own."""
OWN = ("self_host_rented", "self_host_owned")
"""Forms that may be run as a part of a plan."""
LEAD_MONTHS = "hardware.lead_time_months"


@dataclass(frozen=True)
class _Parts:
    """What plans are made of."""

    study: Study
    demand: Demand
    catalogue: Catalogue
    seed: int
    options: tuple[Option, ...]

    def fit(self, options: Sequence[Option]) -> Draws:
        """Return the draws to fit on, for these options."""
        return draw_inputs(self.study, self.demand, options, self.catalogue, seed=self.seed + FIT_SEED,
                           n_draws=FIT_DRAWS)  # fmt: skip

    def cheapest(self, options: Sequence[Option]) -> Option | None:
        """Return the option of least mean present value on the draws to fit on."""
        if not options:
            return None
        fit = self.fit(options)
        costs = [_mean_usd(option, fit) for option in options]
        return options[min(range(len(options)), key=lambda i: (costs[i], options[i].id))]


def _mean_usd(option: Option, fit: Draws) -> float:
    total = evaluate(option.ledger, fit.values, fit.n_months, keep="total").total
    return float(npv_usd(total, fit[DISCOUNT]).mean())


def plan_options(
    study: Study, demand: Demand, options: Sequence[Option], catalogue: Catalogue, *, today: Sequence[Service],
    near: Sequence[Option] = (), seed: int,
) -> tuple[Option, ...]:  # fmt: skip
    """Return the plans worth showing: the cheapest cascade, own base with overflow, and build at a trigger.

    A plan is made only of options that pass every gate: data that may not leave does not overflow.

    Parameters
    ----------
    study
        The study.
    demand
        Traffic.
    options
        Options with their gates answered.
    catalogue
        Facts.
    today
        What is bought today; empty if nothing is.
    near
        Models just below the quality bar, with their gates answered: they may answer first in a cascade.
    seed
        The study's seed; plans are fitted on others.
    """
    open_options = tuple(option for option in options if option.feasible)
    parts = _Parts(study, demand, catalogue, seed, open_options)
    bought = parts.cheapest([o for o in open_options if o.kind in BOUGHT and o.card and o.id.startswith(BY_THE_TOKEN)])
    own = [Part(o) for o in open_options if o.kind in OWN and o.hardware is not None]
    if bought is None:
        return ()
    part = Part(bought, _beyond(bought, study, demand, today))
    cascade = parts.cheapest(tuple(cascade_candidates(near, part, demand, catalogue)))
    cascades = () if cascade is None else (cascade,)
    if not own:
        return cascades
    fit = parts.fit([bought, *(o.option for o in own)])
    lead = int(np.ceil(catalogue.figure(LEAD_MONTHS).value))
    mixes = tuple(overflow_candidates(own, part, demand, catalogue, fit, server_lead_months=lead))
    stages = tuple(staged_candidates(own, part, demand, catalogue, fit, server_lead_months=lead))
    best = (parts.cheapest(mixes), parts.cheapest(stages))
    return (*cascades, *(plan for plan in best if plan is not None))


def settled(options: Sequence[Option], draws: Draws) -> list[Option]:
    """Return the options with what only the draws can say of plans: how often a trigger fires, what a base carries.

    Parameters
    ----------
    options
        All options.
    draws
        The draws that value them.
    """
    return [_settled(option, draws) for option in options]


def _settled(option: Option, draws: Draws) -> Option:
    if option.kind == "staged":
        return with_trigger_gate(option, draws)
    has_base = any(quantity.name == SERVED_SHARE for quantity in option.ledger.quantities)
    return with_pure_name(option, draws) if has_base else option


def _beyond(option: Option, study: Study, demand: Demand, today: Sequence[Service]) -> Beyond:
    discount = study.today.discount if isinstance(study.today, TodayApi) else 0.0
    if option.kind == "keep_today" and today:
        return Beyond(tuple(today), discount, runs_today=True, switching=False)
    assert option.card is not None  # bought options have a price list
    return Beyond(services_of(option.card, demand), 0.0, runs_today=False, switching=study.today is not None)
