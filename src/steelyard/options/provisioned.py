"""Capacity of a managed model bought by the unit and hour: sized on the week, what does not fit at list price."""

import numpy as np

from steelyard.domain.price import RateCard
from steelyard.domain.study import ProvisionedTerms
from steelyard.finance.builder import LedgerBuilder, Term, from_month, lookup
from steelyard.finance.provisioned import cheapest_provisioned
from steelyard.nouns import counted
from steelyard.options.bought import add_switch_lines, add_token_lines, services_of
from steelyard.options.demand import Demand
from steelyard.options.fleet import MULTIPLIERS
from steelyard.options.option import REQUESTS, Option, listing_name, token_ratio_name
from steelyard.options.tokens import usd_per_request
from steelyard.printed import percent
from steelyard.units import HOURS_PER_MONTH, SECONDS_PER_HOUR, TOKENS_PER_MTOK

__all__ = ["UNITS", "provisioned_option", "unit_tokens_per_request"]

UNITS = "units"
"""Quantity: units held in every hour [unit]."""
MINUTES_PER_HOUR = 60
"""Minutes in an hour [min/h]."""


def unit_tokens_per_request(card: RateCard, terms: ProvisionedTerms, demand: Demand) -> tuple[float, float]:
    """Return the input and the output of a mean request, both as input tokens that a unit counts [token].

    An output token weighs what the seller states, else the ratio of their list prices. Cached input is counted in full.
    """
    prices = card.tiers[0].prices
    listed = float(prices.output / prices.uncached_input) if prices.uncached_input else 1.0
    weight = terms.output_token_weight if terms.output_token_weight is not None else listed
    return demand.profile.mean_input_tokens, weight * demand.profile.mean_output_tokens


def provisioned_option(
    card: RateCard, terms: ProvisionedTerms, demand: Demand, *, switching: bool, source: str, fixed_months: int = 0
) -> Option | None:  # fmt: skip
    """Return the option of buying units for the week's load and the rest at list price; None where no unit pays.

    Parameters
    ----------
    card
        Token prices at which overflow is paid.
    terms
        What one unit carries and costs.
    demand
        Traffic.
    switching
        Whether another model runs today.
    source
        Who states the terms.
    fixed_months
        Months for which a contract fixes the price of a unit; then it moves as the model's token prices [month].
    """
    units, beyond = _tables(card, terms, demand)
    base = int(np.argmin(np.abs(np.log(MULTIPLIERS))))
    if units[base] <= 0:
        return None
    name = card.model.split("/")[-1]
    builder = LedgerBuilder(f"units:{terms.seller}/{name}")
    load = _load(builder, card, terms, demand)
    held = builder.quantity(UNITS, lookup(load, MULTIPLIERS.tolist(), units.tolist()), unit="unit",
                            label="Units held in every hour: the cheapest number for the week")  # fmt: skip
    price = builder.constant("usd_per_unit_h", terms.usd_per_unit_h, unit="USD/(unit h)", source=source,
                             label="Price of a unit, busy or not")  # fmt: skip
    hours = builder.constant("hours_per_month", HOURS_PER_MONTH, unit="h/month", label="Hours in a mean month",
                             source="definition")  # fmt: skip
    moved = _price_factor(builder, card, fixed_months)
    builder.line("units_held", held * price * moved * hours, group="tokens", label=f"Units of {name} at {terms.seller}")
    over = builder.quantity("overflow_fraction", lookup(load, MULTIPLIERS.tolist(), beyond.tolist()), unit="1",
                            label="Share of the tokens beyond the units")  # fmt: skip
    add_token_lines(builder, services_of(card, demand), demand, batch=False, window=over, prefix="overflow_",
                    heading="Beyond the units: ")  # fmt: skip
    add_switch_lines(builder, card, switching=switching)
    return Option(
        id=f"units:{terms.seller}/{name}", label=f"Buy {name} from {terms.seller} by the unit", kind="buy_api",
        model=card.model, ledger=builder.build(), card=card,
        notes=(_moves(fixed_months),
               f"{counted(units[base], 'unit carries', 'units carry')} {percent(1 - beyond[base])} of the tokens of "
               "month 1; cached input is counted in full, which the seller may not do.",),
    )  # fmt: skip


def _price_factor(builder: LedgerBuilder, card: RateCard, fixed_months: int) -> Term:
    """Return the price of a unit over today's [1]: that of the model's tokens, once no contract fixes it."""
    listed = builder.input(listing_name(card), unit="1", label=f"Price of {card.model} at {card.seller} over list")
    if fixed_months == 0:
        return listed
    free = from_month(fixed_months + 1)
    return builder.quantity(
        "unit_price_factor",
        listed * free + (1.0 - free),
        unit="1",
        label="Price of a unit over today's, fixed for " + counted(fixed_months, "month"),
    )


def _moves(fixed_months: int) -> str:
    fixed = f"is fixed for {counted(fixed_months, 'month')}, then" if fixed_months else "is fixed by no contract: it"
    return f"The price of a unit {fixed} moves as the model's token prices do."


def _tables(card: RateCard, terms: ProvisionedTerms, demand: Demand) -> tuple[np.ndarray, np.ndarray]:
    """Return units held and share overflowing against the volume multiplier, each of shape (n_multipliers,)."""
    tokens = sum(unit_tokens_per_request(card, terms, demand))
    listed = sum(usd_per_request(card, demand).values()) / tokens * TOKENS_PER_MTOK
    hourly = np.asarray(demand.hourly_rps) * SECONDS_PER_HOUR * tokens / TOKENS_PER_MTOK
    step = terms.unit_step
    carries = step * terms.input_tokens_per_minute_per_unit * MINUTES_PER_HOUR / TOKENS_PER_MTOK
    plans = [
        cheapest_provisioned(hourly * m, mtok_per_unit_h=carries, usd_per_unit_h=step * terms.usd_per_unit_h,
                             list_usd_per_mtok=listed, least_units=-(-terms.least_units // step))
        for m in MULTIPLIERS
    ]  # fmt: skip
    return np.array([p.units * step for p in plans], dtype=float), np.array([p.overflow_fraction for p in plans])


def _load(builder: LedgerBuilder, card: RateCard, terms: ProvisionedTerms, demand: Demand) -> Term:
    """Return the tokens that units count over those of the base month [1]."""
    requests = builder.input(REQUESTS, unit="request/month", label="Requests")
    base = builder.constant("base_requests", demand.requests_per_month, unit="request/month",
                            label="Requests in the month the units were sized for", source="traffic")  # fmt: skip
    load = requests / base
    if demand.measured_on is not None and card.model not in {demand.measured_on, *demand.measured_models}:
        into, out = unit_tokens_per_request(card, terms, demand)
        share = builder.constant("input_share_of_units", into / (into + out), unit="1", source="traffic",
                                 label="Share of the input in what units count")  # fmt: skip
        first, second = (
            builder.input(token_ratio_name(side, card.model), unit="1",
                          label=f"{side.capitalize()} tokens of {card.model} per token measured")
            for side in ("input", "output")
        )  # fmt: skip
        load = load * (share * first + (1.0 - share) * second)
    return builder.quantity("load_multiplier", load, unit="1", label="Load over the base month")
