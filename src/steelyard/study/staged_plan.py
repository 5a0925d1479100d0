"""Buy now, build at a trigger: which machines, what to watch, and the boundary month by month."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from steelyard.decision.cost_model import DISCOUNT
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.claims import GateFinding
from steelyard.domain.draws import Draws
from steelyard.domain.ledger import Ledger
from steelyard.finance.evaluate import Rerun
from steelyard.finance.measures import npv_usd
from steelyard.finance.stopping import Boundary, fit_boundary, fit_date
from steelyard.options.demand import Demand
from steelyard.options.failures import with_failures_of
from steelyard.options.option import REQUESTS, Option, listing_name
from steelyard.options.self_hosted import START_UP
from steelyard.options.staged import BEGIN_MONTH, BEGUN, FIRST_MONTH, LIVE, Trigger, Watched, staged_option, staged_wait
from steelyard.printed import percent
from steelyard.study.overflow_plan import PURE_SHARE, Part, base_of
from steelyard.study.plan_quantities import quantity_of

__all__ = ["LEAST_FIRED", "fired_share", "staged_candidates", "with_trigger_gate"]

LEAST_FIRED = 0.10
"""Share of draws in which a trigger must fire within the horizon for the plan to carry its name [1] (design, verdict
rule 6)."""


LONGEST_TERM_MONTHS = 12
"""Longest term that a plan with a trigger signs [month]: a plan that waits to see is bound for a year at most; a
convention."""


class _Fitted(NamedTuple):
    trigger: Trigger
    usd: float


def staged_candidates(
    own: Sequence[Part], bought: Part, demand: Demand, catalogue: Catalogue, fit: Draws, *, server_lead_months: int
) -> Iterable[Option]:
    """Yield a plan for each kind of machines that some trigger makes worth building on the draws fitted on.

    Parameters
    ----------
    own
        Own machines.
    bought
        What is bought until they serve.
    demand
        Traffic.
    catalogue
        Models, accelerators, offers and start-up times.
    fit
        Draws that triggers are fitted on, and no other use is made of.
    server_lead_months
        Order of a server to delivery [month].
    """
    assert bought.beyond is not None  # callers pass a bought part
    start_up_s = catalogue.figure(START_UP).value
    for part in own:
        base = base_of(part.option, catalogue)
        if base is None or (base.offer is not None and base.offer.term_months > LONGEST_TERM_MONTHS):
            continue  # what is decided on a trigger is not bound for longer
        wait = staged_wait(base, demand, server_lead_months=server_lead_months)
        template = staged_option(base, bought.beyond, demand, None, wait_months=wait, start_up_s=start_up_s)
        template = with_failures_of(template, (part.option, bought.option), LIVE)
        fitted = _best_trigger(template, bought, demand, fit, wait)
        if fitted is not None:
            plan = staged_option(base, bought.beyond, demand, fitted.trigger, wait_months=wait, start_up_s=start_up_s)
            plan = with_failures_of(plan, (part.option, bought.option), LIVE)
            quality = f"at first: {bought.option.quality or 'unknown'}; later: {part.option.quality or 'unknown'}"
            yield plan.with_gates(tuple(dict.fromkeys((*bought.option.gates, *part.option.gates))), quality)


def _best_trigger(template: Option, bought: Part, demand: Demand, fit: Draws, wait: int) -> _Fitted | None:
    """Return what to watch and its boundary, of least mean cost; None where waiting for ever is as good."""
    assert bought.beyond is not None  # callers pass a bought part
    stop, never = _costs(template.ledger, fit, wait)
    if not stop.size:
        return None
    before = slice(FIRST_MONTH - 2, FIRST_MONTH - 2 + stop.shape[1])
    volume = np.broadcast_to(fit[REQUESTS], (fit.n_draws, fit.n_months))[:, before] / demand.requests_per_month
    price = np.broadcast_to(fit[listing_name(bought.beyond.card)], (fit.n_draws, fit.n_months))[:, before]
    found: list[tuple[Watched, Boundary]] = [
        ("date", fit_date(stop, never)), ("volume", fit_boundary(volume, stop, never)),
        ("price", fit_boundary(price, stop, never)),
    ]  # fmt: skip
    watched, boundary = min(found, key=lambda pair: pair[1].usd)
    if not boundary.stops:
        return None
    return _Fitted(Trigger(watched, tuple(boundary.at.tolist())), boundary.usd)


def _costs(ledger: Ledger, fit: Draws, wait: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return present values of building in each month from the first on, shape (n_draws, n_months), and of never."""
    inputs = dict(fit.values)
    never_month = float(fit.n_months + 1)
    inputs[BEGIN_MONTH] = np.full((1, 1), never_month)
    again = Rerun(ledger, inputs, fit.n_months)
    never = npv_usd(again.total, fit[DISCOUNT])
    months = range(FIRST_MONTH, fit.n_months - wait + 1)
    columns = [npv_usd(again.total_with({BEGIN_MONTH: float(m)}), fit[DISCOUNT]) for m in months]
    return (np.stack(columns, axis=1) if columns else np.zeros((fit.n_draws, 0))), never


def fired_share(option: Option, draws: Draws) -> float:
    """Return the share of draws in which the plan's trigger fires within the horizon [1].

    Parameters
    ----------
    option
        A staged plan.
    draws
        Draws that its trigger was not fitted on.
    """
    begun = np.broadcast_to(quantity_of(option, BEGUN, draws), (draws.n_draws, draws.n_months))
    return float(begun[:, -1].mean())


def _fired_at_once(option: Option, draws: Draws) -> float:
    """Return the share of draws in which building begins in the first month in which it may [1]."""
    begun = np.broadcast_to(quantity_of(option, BEGUN, draws), (draws.n_draws, draws.n_months))
    return float(begun[:, FIRST_MONTH - 1].mean()) if draws.n_months >= FIRST_MONTH else 0.0


def with_trigger_gate(option: Option, draws: Draws) -> Option:
    """Return a staged plan with the answer of its own gate: whether its trigger fires often enough to be a plan.

    One whose trigger fires at once in nearly all draws is building now, and carries that name.
    """
    share = fired_share(option, draws)
    if _fired_at_once(option, draws) >= PURE_SHARE and option.hardware is not None:
        option = replace(option, kind="self_host_owned" if option.hardware.server else "self_host_rented")
    rule = f"a plan with a trigger needs it to fire in {percent(LEAST_FIRED)} of draws; it does in {percent(share)}"
    answer = "no blocking rule found" if share >= LEAST_FIRED else "blocked"
    return replace(option, gates=(*option.gates, GateFinding(gate="plan", answer=answer, rule=rule)))
