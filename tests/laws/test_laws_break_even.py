"""Break-even in price, in tokens per request and in time: costs meet there, and none and several are answers."""

from datetime import date

import numpy as np
import pytest

import option_example as ex
from steelyard.decision.break_even import break_even_volumes, confirmed_volumes, sides_of
from steelyard.decision.break_even_rows import break_even_date, break_even_price, break_even_tokens, token_factors
from steelyard.decision.cost_model import CostModel
from steelyard.domain.draws import Draws
from steelyard.finance import builder as b
from steelyard.options.bought import services_of, today_option
from steelyard.options.demand import Demand
from steelyard.options.option import Option, efficiency_name
from steelyard.options.self_hosted import Interim, rented_option

PAIR = ("today", "own")


def mean(costs: np.ndarray) -> np.ndarray:
    return costs.mean(axis=0)


def world(volume: float) -> tuple[Demand, CostModel]:
    demand = ex.demand(volume)
    today = services_of(ex.card(), demand)
    own = rented_option(ex.candidate(), ex.offer(), demand, ex.catalogue(),
                        interim=Interim(today, 0.0, running_today=True))  # fmt: skip
    options = [today_option(today, demand), own]
    names = tuple(sorted({name for o in options for name in o.ledger.inputs}))
    return demand, CostModel(options, ex.draws(names, volume=volume))


def gap(model: CostModel, factors: dict[str, float]) -> float:
    sides = sides_of(model.options)
    assert sides is not None
    return sides.gap(mean(model.scaled(factors)))


@pytest.mark.parametrize("volume", [1e6, 2e7, 2e8])
def test_both_sides_cost_the_same_at_the_price_found(volume: float) -> None:
    _, model = world(volume)
    row = break_even_price(model, model.options[0], PAIR, score=mean)
    assert row is not None
    listed = (ex.N_IN * 1 + ex.N_OUT * 4) / 1e6  # a list price of 1 and 4 dollars per Mtok
    assert row.today == pytest.approx(listed, rel=1e-6)
    assert len(row.values) == 1
    multiple = row.values[0] / listed
    name = "price_factor.seller.seller/today"
    assert gap(model, {name: multiple * 0.999}) < 0 < gap(model, {name: multiple * 1.001})
    assert f"{row.sentence}".startswith("The best own and the best bought service cost the same where")


def test_a_price_that_nothing_meets_is_never() -> None:
    _, model = world(1e3)
    row = break_even_price(model, model.options[0], PAIR, score=mean)
    assert row is not None
    assert row.values == ()
    assert "never cost the same" in row.sentence


def test_both_sides_cost_the_same_at_the_length_found() -> None:
    demand, model = world(2e7)
    row = break_even_tokens(model, demand, PAIR, score=mean)
    assert row is not None
    assert row.today == ex.N_IN + ex.N_OUT
    assert row.values
    for value in row.values:
        multiple = value / row.today
        around = [gap(model, dict(token_factors(model.options, multiple * side))) for side in (0.999, 1.001)]
        assert around[0] * around[1] < 0


def test_requests_of_twice_the_tokens_cost_twice_and_halve_what_a_replica_carries() -> None:
    _, model = world(2e7)
    factors = token_factors(model.options, 2.0)
    assert factors["price_factor.seller.seller/today"] == 2.0
    assert factors["network.bytes_per_token"] == 2.0
    assert factors[efficiency_name("open-1b", "dev")] == pytest.approx(0.5)  # both elasticities are one half
    bought = mean(model.scaled(dict(factors)))[0]
    assert bought == pytest.approx(2.0 * mean(model.base())[0])


def test_the_lengths_of_a_volume_and_the_volumes_of_a_length_agree() -> None:
    """Flat traffic bought by the token: twice the requests cost what twice the tokens do."""
    _, model = world(2e7)
    tokens = mean(model.scaled(dict(token_factors(model.options, 3.0))))
    requests = mean(model.scaled({"requests_per_month": 3.0}))
    assert tokens[0] == pytest.approx(requests[0])


def flows(own: list[float], bought: list[float]) -> CostModel:
    """Two options whose cost by month is given, not discounted."""
    options: list[Option] = []
    for name, amounts in (("today", bought), ("own", own)):
        book = b.LedgerBuilder(name)
        total = sum((b.in_month(m) * usd for m, usd in enumerate(amounts, 1)), start=b.in_month(1) * 0.0)
        book.line("all", total, group="other", label="All")
        options.append(Option(id=name, label=name, kind="keep_today", model="x", ledger=book.build()))
    rate = np.zeros((1, 1))
    draws = Draws(n_draws=1, n_months=len(own), seed=0, values={"discount_rate_per_year": rate},
                  means={"discount_rate_per_year": rate})  # fmt: skip
    return CostModel(options, draws)


@pytest.mark.parametrize(
    ("own", "bought", "months", "words"),
    [
        ([300, 10, 10, 10], [100, 100, 100, 100], (1 + 200 / 90 * 1.0,), "dearer at first"),
        ([300, 100, 100, 100], [100, 100, 100, 100], (), "have cost more than buying by every date in 4 months"),
        ([10, 10, 10, 10], [100, 100, 100, 100], (), "have cost less than buying"),
        (
            [150, 20, 200, 20, 20],
            [100, 100, 100, 100, 100],
            (1.625, 2.3, 3.875),
            "after 1.6 months and after 2.3 months and after 3.9",
        ),
    ],
)
def test_the_date_is_where_money_spent_so_far_meets(
    own: list[float], bought: list[float], months: tuple[float, ...], words: str
) -> None:
    row = break_even_date(flows(own, bought), 0, 1, PAIR)
    assert row.values == pytest.approx(months)
    assert words in row.sentence.replace("\u00a0", " ")


def test_a_date_is_named_where_the_first_day_is_known() -> None:
    row = break_even_date(flows([300, 10, 10, 10], [100] * 4), 0, 1, PAIR, as_of=date(2026, 11, 23))
    assert "(February 2027)" in row.sentence


@pytest.mark.parametrize("volume", [1e6, 2e7])
def test_the_volume_on_all_draws_is_where_both_sides_meet_there_not_on_the_few(volume: float) -> None:
    _, model = world(volume)
    thin = model.thinned(16)
    near = break_even_volumes(thin, volume, score=mean)
    assert near
    found = confirmed_volumes(model, thin, volume, near, score=mean, few=mean)
    assert len(found) == len(near)
    assert found != near
    for point in found:
        below, above = (gap(model, {"requests_per_month": point / volume * side}) for side in (0.98, 1.02))
        assert (below > 0) != (above > 0)


def test_a_volume_around_which_all_draws_never_change_side_is_none() -> None:
    _, model = world(1e6)
    assert (
        confirmed_volumes(model, model, 1e6, (1e4,), score=lambda c: np.arange(c.shape[1], dtype=float), few=mean) == ()
    )
