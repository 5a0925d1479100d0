"""A base on own machines with overflow: which machines, which service, and orders fitted on draws of their own."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from steelyard.decision.cost_model import DISCOUNT
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.draws import Draws
from steelyard.domain.price import GpuOffer
from steelyard.finance.capacity_plan import CapacityProblem, levels_of, solve_capacity, volume_chain
from steelyard.finance.evaluate import evaluate
from steelyard.finance.measures import discount_factors
from steelyard.options.demand import Demand
from steelyard.options.failures import with_failures_of
from steelyard.options.option import REQUESTS, Option
from steelyard.options.overflow import SERVED_SHARE, Base, Beyond, Orders, overflow_option, served_table
from steelyard.options.self_hosted import Candidate
from steelyard.options.unit_cost import owned_unit_usd, rented_unit_usd
from steelyard.study.plan_quantities import quantity_of

__all__ = ["PURE_SHARE", "Part", "base_of", "fit_orders", "overflow_candidates", "with_pure_name"]

LEVELS = 6
"""Levels of volume that orders tell apart [1]: one draw in six each."""
MOST_UNITS = 24
"""Units weighed one by one; a larger fleet is ordered in lots."""
REVIEW_MONTHS = 6
"""Months between orders of servers: capacity is reviewed twice a year; a convention [month]."""
PURE_SHARE = 0.99
"""Share of the requests, once the base is live, from which on a mix carries the name of the part that serves them [1];
a convention."""
BUSY_QUANTILE = 0.9
"""Units are weighed up to what the busiest hour needs in all but the largest tenth of draws [1]."""


@dataclass(frozen=True, slots=True)
class Part:
    """A way to serve that may be a part of a plan, with what it costs on the draws that plans are fitted on."""

    option: Option
    """The option, feasible."""
    beyond: Beyond | None = None
    """How it is bought; None for own machines."""


def base_of(option: Option, catalogue: Catalogue) -> Base | None:
    """Return the machines of an option; None where it has none of its own."""
    hardware = option.hardware
    if hardware is None:
        return None
    config = hardware.curve.config
    candidate = Candidate(catalogue.open_models[config.model], catalogue.accelerators[config.accelerator],
                          hardware.curve, *hardware.elasticities)  # fmt: skip
    offer = hardware.offer
    return Base(candidate, hardware.server, offer, _by_the_hour(offer, catalogue) if offer else None)


def _by_the_hour(offer: GpuOffer, catalogue: Catalogue) -> GpuOffer | None:
    same = [o for o in catalogue.gpu_offers if o.price_type == "on_demand" and o.accelerator == offer.accelerator
            and o.devices == offer.devices]  # fmt: skip
    return min(same, key=lambda o: (o.seller != offer.seller, o.usd_per_device_h, o.id), default=None)


def overflow_candidates(
    own: Sequence[Part], bought: Part, demand: Demand, catalogue: Catalogue, fit: Draws, *, server_lead_months: int,
) -> Iterable[Option]:  # fmt: skip
    """Yield an option for each kind of base that is worth holding somewhere.

    Parameters
    ----------
    own
        Own machines.
    bought
        Who serves what exceeds them.
    demand
        Traffic.
    catalogue
        Models, accelerators and offers.
    fit
        Draws that orders are fitted on, and no other use is made of.
    server_lead_months
        Order of a server to delivery [month].
    """
    assert bought.beyond is not None  # callers pass a bought part
    for part in own:
        base = base_of(part.option, catalogue)
        if base is None or (base.offer is not None and base.offer.term_months < 1):
            continue  # machines by the hour follow the load themselves
        wait = max(demand.build_months, server_lead_months) if base.server else demand.build_months
        orders = fit_orders(base, part.option, bought.option, demand, fit, lead_months=wait)
        if orders is not None and any(units for row in orders.units for units in row):
            yield _judged(overflow_option(base, bought.beyond, demand, orders), part.option, bought.option)


def _judged(plan: Option, own: Option, bought: Option) -> Option:
    """Return the plan with the gates of both parts: what rules out either rules it out."""
    quality = f"base: {own.quality or 'unknown'}; beyond it: {bought.quality or 'unknown'}"
    plan = with_failures_of(plan, (own, bought), SERVED_SHARE)
    return plan.with_gates(tuple(dict.fromkeys((*own.gates, *bought.gates))), quality)


def fit_orders(
    base: Base, own: Option, bought: Option, demand: Demand, fit: Draws, *, lead_months: int
) -> Orders | None:
    """Return when and up to how many machines to order, by volume seen; None where no order can arrive in time.

    Parameters
    ----------
    base
        The machines.
    own
        The option of running all traffic on them: its load by draw and month is what they must carry.
    bought
        The option of buying all traffic.
    demand
        Traffic.
    fit
        Draws to fit on.
    lead_months
        Order to service [month].
    """
    horizon = demand.horizon_months
    every = REVIEW_MONTHS if base.offer is None else int(base.offer.term_months)
    months = tuple(range(1, horizon - lead_months + 1, every))
    if not months:
        return None
    load = np.broadcast_to(_load(own, fit), (fit.n_draws, horizon))
    busiest = float(np.quantile(load.max(axis=1), BUSY_QUANTILE)) * float(demand.hourly_rps.max())
    lot = max(math.ceil(busiest / base.unit_rps / MOST_UNITS), 1)
    most = max(math.ceil(busiest / base.unit_rps / lot), 1)
    volume = np.broadcast_to(fit[REQUESTS], (fit.n_draws, horizon)) / demand.requests_per_month
    chain = volume_chain(volume, LEVELS)
    size = lot * base.machines_per_unit
    problem = CapacityProblem(
        chain=chain,
        running_usd=_bill(bought, demand, fit, load, levels_of(volume, chain.edges), base.unit_rps * lot, most),
        order_usd=tuple(size * _machine_usd(base, fit, month + lead_months, horizon) for month in months),
        order_months=months, lead_months=lead_months,
        term_months=horizon if base.offer is None else int(base.offer.term_months),
    )  # fmt: skip
    tables = solve_capacity(problem).order_up_to
    edges = tuple(() if month == 1 else tuple(chain.edges[month - 2].tolist()) for month in months)
    return Orders(months, lead_months, edges, tuple(tuple(int(n) * lot for n in table) for table in tables))


def with_pure_name(option: Option, draws: Draws) -> Option:
    """Return a base with overflow under the name of the form it ends in, where one part serves nearly all.

    Parameters
    ----------
    option
        The plan.
    draws
        Draws that its orders were not fitted on.
    """
    share = np.broadcast_to(quantity_of(option, SERVED_SHARE, draws), (draws.n_draws, draws.n_months))
    carried = float(share[:, share.any(axis=0)].mean()) if share.any() else 0.0
    said = f"Once it is live the base carries {carried:.1%} of the requests."
    named = replace(option, notes=(*option.notes, said))
    if carried < PURE_SHARE or option.hardware is None:
        return named
    return replace(named, kind="self_host_owned" if option.hardware.server else "self_host_rented")


def _load(own: Option, fit: Draws) -> NDArray[np.float64]:
    return evaluate(own.ledger, fit.values, fit.n_months).quantities["load_multiplier"]


def _machine_usd(base: Base, fit: Draws, arrives: int, horizon: int) -> float:
    if base.server is not None:
        return owned_unit_usd(base.server, fit.means, arrives=arrives, horizon=horizon)
    assert base.offer is not None  # machines are bought or rented
    return rented_unit_usd(base.offer, fit.means, arrives=arrives, horizon=horizon)


def _bill(
    bought: Option, demand: Demand, fit: Draws, load: NDArray[np.float64], level: NDArray[np.intp], unit_rps: float,
    most_units: int,
) -> NDArray[np.float64]:  # fmt: skip
    """Return what the bought service is expected to cost beyond n units, shape (n_months, most_units + 1, n_levels).

    The mean over the draws at a level holds all else that is uncertain: capacity, prices, token ratios, discounting.
    """
    tokens = {line.id for line in bought.ledger.lines if line.group == "tokens"}
    lines = evaluate(bought.ledger, fit.values, fit.n_months, keep="lines").lines
    bill = np.sum([amounts for line, amounts in lines.items() if line in tokens], axis=0)
    worth = bill * discount_factors(fit.n_months, fit[DISCOUNT])
    xs, ys = served_table(demand.hourly_rps.tolist())
    one = unit_rps / (load * float(demand.hourly_rps.mean()))
    beyond = np.stack([worth * (1.0 - np.interp(n * one, xs, ys)) for n in range(most_units + 1)], axis=2)
    bills = np.zeros((fit.n_months, most_units + 1, LEVELS))
    for month in range(fit.n_months):
        count = np.bincount(level[:, month], minlength=LEVELS)
        for k in np.flatnonzero(count):
            bills[month, :, k] = beyond[level[:, month] == k, month].mean(axis=0)
    return bills
