"""Break-even in price, in tokens per request and in time: where own machines and bought service cost the same.

Each is searched as the volume is: none, one or several values are answers.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from steelyard.decision.break_even import Sides, sides_of, sign_changes
from steelyard.decision.cost_model import DISCOUNT, CostModel
from steelyard.decision.sensitivity import Score
from steelyard.domain.result import BreakEven, SweepPoint
from steelyard.finance.measures import discount_factors
from steelyard.nouns import noun
from steelyard.options.demand import Demand
from steelyard.options.option import REQUESTS, Option, efficiency_name
from steelyard.options.provisioned import UNITS
from steelyard.printed import count, money, months, quantity
from steelyard.units import MONTHS_PER_YEAR

__all__ = ["break_even_date", "break_even_price", "break_even_tokens", "token_factors"]

PRICES = np.geomspace(1e-2, 1e2, 25)
"""Multiples of all prices of bought tokens searched [1]; 6 points a decade."""
LENGTHS = np.geomspace(0.25, 4.0, 17)
"""Multiples of the tokens per request searched [1]: as far as capacity by its elasticity may be read."""
_PRICE = "price_factor."
_MIGRATION = ".migration"
_BYTES = "network.bytes_per_token"

Factors = Mapping[str, float]


def break_even_price(
    model: CostModel, bought: Option, between: tuple[str, str], *, score: Score
) -> BreakEven | None:  # fmt: skip
    """Return the prices of a request bought by the token at which both sides cost the same; None without a price.

    Endpoints by the hour and capacity by the unit are left out: the price of a token is not theirs.

    Parameters
    ----------
    model
        Costs on (few) draws.
    bought
        The best bought option: its request in month 1, without what is paid once, is today's price.
    between
        Identifiers of the best bought and the best own option.
    score
        What is minimised.
    """
    sides = sides_of(model.options, keep=lambda o: not o.bought or (o.hardware is None and not _by_the_unit(o)))
    names = _prices_of(model.options)
    requests = np.broadcast_to(model.draws.values[REQUESTS][:, 0], (model.draws.n_draws,))
    now = float((model.first_month(bought) / np.maximum(requests, np.finfo(np.float64).tiny)).mean())
    if sides is None or not names or now <= 0:
        return None

    def factors(multiple: float) -> Factors:
        return dict.fromkeys(names, multiple)

    points, sweep = _searched(model, sides, factors, PRICES, score)
    low, high = money(now * float(PRICES[0])), money(now * float(PRICES[-1]))
    places = " and ".join(f"{money(now * p)} a request ({count(p)} times today's prices)" for p in points)
    said = f"cost the same where bought tokens cost {places}" if points else (
        f"never cost the same while a bought request costs between {low} and {high}")  # fmt: skip
    sentence = f"The best own and the best bought service {said}; a request costs {money(now)} now."
    return BreakEven(quantity="Price of a bought request", unit="USD/request", today=now,
                     values=tuple(now * p for p in points), between=between, sentence=sentence,
                     sweep=_swept(model.options, sweep, now))  # fmt: skip


def break_even_tokens(
    model: CostModel, demand: Demand, between: tuple[str, str], *, score: Score
) -> BreakEven | None:  # fmt: skip
    """Return the tokens per request, input and output alike, at which both sides cost the same.

    Bought tokens cost in proportion; machines carry less by the elasticity of their capacity at today's lengths, so
    that the search keeps within a quarter and four times of them. Capacity bought by the unit is left out: its units
    would have to be counted anew.

    Parameters
    ----------
    model
        Costs on (few) draws.
    demand
        Traffic.
    between
        Identifiers of the best bought and the best own option.
    score
        What is minimised.
    """
    sides = sides_of(model.options, keep=lambda o: not _by_the_unit(o))
    today = demand.profile.mean_input_tokens + demand.profile.mean_output_tokens
    if sides is None or today <= 0:
        return None
    points, sweep = _searched(model, sides, lambda m: token_factors(model.options, m), LENGTHS, score)
    unit = "token/request"
    places = " and ".join(quantity(today * p, unit) for p in points)
    low, high = count(today * float(LENGTHS[0])), quantity(today * float(LENGTHS[-1]), unit)
    said = f"cost the same at {places}" if points else f"never cost the same between {low} and {high}"
    sentence = f"The best own and the best bought service {said}; yours have {count(today)}."
    return BreakEven(quantity="Tokens per request", unit=unit, today=today, values=tuple(today * p for p in points),
                     between=between, sweep=_swept(model.options, sweep, today), sentence=sentence)  # fmt: skip


def token_factors(options: Sequence[Option], multiple: float) -> Factors:
    """Return the factors of inputs that stand for requests of ``multiple`` times the tokens.

    Parameters
    ----------
    options
        All options.
    multiple
        Tokens per request over today's [1], above 0.
    """
    factors = dict.fromkeys(_prices_of(options), multiple) | {_BYTES: multiple}
    for option in options:
        if option.hardware is not None:
            config = option.hardware.curve.config
            loss = sum(option.hardware.elasticities)
            factors[efficiency_name(config.model, config.accelerator)] = float(multiple**-loss)
    used = {name for option in options for name in option.ledger.inputs}
    return {name: factor for name, factor in factors.items() if name in used}


def break_even_date(
    model: CostModel, bought: int, own: int, between: tuple[str, str], *, as_of: date | None = None
) -> BreakEven:  # fmt: skip
    """Return the months after which own machines have cost as much so far as buying, discounted, mean over draws.

    Parameters
    ----------
    model
        Costs on all draws.
    bought, own
        Columns of the best bought and the best own option.
    between
        Their identifiers.
    as_of
        Day on which month 1 begins; dates are said where it is given.
    """
    n_months = model.draws.n_months
    ahead = model.total(model.options[own]) - model.total(model.options[bought])
    factors = discount_factors(n_months, model.draws.values[DISCOUNT])
    spent_more = np.cumsum((ahead * factors).mean(axis=0))
    points = _meetings(spent_more)
    places = " and ".join(f"after {count(round(p, 1))} {noun(round(p, 1), 'month')}{_by(p, as_of)}" for p in points)
    dearer = spent_more[0] > 0
    if points:
        said = f"Own machines, {'dearer' if dearer else 'cheaper'} at first, have cost as much as buying {places}"
    else:
        said = f"Own machines have cost {'more' if dearer else 'less'} than buying by every date in {months(n_months)}"
    return BreakEven(quantity="Months until both have cost the same", unit="month", today=0.0, values=points,
                     between=between, sentence=f"{said}, discounted, on average.")  # fmt: skip


def _meetings(spent_more: NDArray[np.float64]) -> tuple[float, ...]:
    """Return where a sum of monthly differences is nil again, within a month by even spending [month]."""
    found: list[float] = []
    for k in range(len(spent_more) - 1):
        before, after = float(spent_more[k]), float(spent_more[k + 1])
        if (before > 0) != (after > 0):
            found.append(k + 1 + before / (before - after))
    return tuple(found)


def _by(months: float, as_of: date | None) -> str:
    if as_of is None:
        return ""
    index = as_of.year * MONTHS_PER_YEAR + as_of.month - 1 + int(months)
    return f" ({date(index // MONTHS_PER_YEAR, index % MONTHS_PER_YEAR + 1, 1):%B %Y})"


def _by_the_unit(option: Option) -> bool:
    return any(quantity.name == UNITS for quantity in option.ledger.quantities)


def _prices_of(options: Sequence[Option]) -> tuple[str, ...]:
    """Return the inputs that multiply prices of bought tokens."""
    return tuple(sorted({name for option in options for name in option.ledger.inputs
                         if name.startswith(_PRICE) and not name.endswith(_MIGRATION)}))  # fmt: skip


def _searched(
    model: CostModel, sides: Sides, factors: Callable[[float], Factors], grid: NDArray[np.float64], score: Score
) -> tuple[tuple[float, ...], tuple[tuple[float, NDArray[np.float64]], ...]]:  # fmt: skip
    """Return the multiples at which both sides meet, and every option's cost at every second one of the grid."""
    known: dict[float, NDArray[np.float64]] = {}

    def costs(multiple: float) -> NDArray[np.float64]:
        if multiple not in known:
            known[multiple] = score(model.scaled(factors(multiple)))
        return known[multiple]

    points = sign_changes(lambda m: sides.gap(costs(m)), grid)
    return points, tuple((float(m), costs(float(m))) for m in grid[::2])


def _swept(
    options: Sequence[Option], sweep: Sequence[tuple[float, NDArray[np.float64]]], unit: float
) -> tuple[SweepPoint, ...]:  # fmt: skip
    return tuple(
        SweepPoint(at=unit * m, npv_cost_usd={o.id: float(c) for o, c in zip(options, costs, strict=True)})
        for m, costs in sweep
    )
