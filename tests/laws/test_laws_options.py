"""Every way to serve: money scales, volume costs, terms are paid to their end, nothing is paid twice."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import option_example as ex
from steelyard.finance.dimensions import unit_faults
from steelyard.finance.evaluate import evaluate
from steelyard.finance.measures import npv_usd
from steelyard.options.bought import bought_option, services_of, today_option
from steelyard.options.dedicated import dedicated_option
from steelyard.options.option import Option
from steelyard.options.self_hosted import Interim, owned_option, rented_option
from steelyard.units import HOURS_PER_MONTH


def interim(demand, *, today: bool = True) -> Interim:
    return Interim(services_of(ex.card(), demand), 0.0, running_today=today)


def options(volume: float = 1e6, *, horizon: int = 36, build: int = 3) -> dict[str, Option]:
    demand = ex.demand(volume, horizon=horizon, build=build)
    own, until = ex.candidate(), interim(demand)
    ex.offer("reserved_1y", 1.4, term=12)
    return {
        "today": today_option(services_of(ex.card(), demand), demand),
        "api": bought_option(ex.card("seller/small", uncached="0.1", output="0.4"), demand),
        "rent": rented_option(own, ex.offer(), demand, ex.catalogue(), interim=until),
        "term": rented_option(
            own, ex.offer("reserved_1y", 1.4, term=12), demand, ex.catalogue(), interim=interim(demand)
        ),
        "own": owned_option(own, ex.server(), demand, interim=until, lead_months=4),
    }


def lines(option: Option, *, volume: float = 1e6, months: int = 36, scale: float = 1.0):
    drawn = ex.draws(option.ledger.inputs, volume=volume, months=months, scale=scale)
    return evaluate(option.ledger, drawn.values, months)


def test_todays_bill_is_tokens_times_price() -> None:
    got = lines(options()["today"])
    by_hand = 1e6 * (ex.N_IN * 1 + ex.N_OUT * 4) / 1e6
    assert got.total[0, 0] == pytest.approx(by_hand, rel=1e-12)
    assert got.total.min() == pytest.approx(got.total.max())


@pytest.mark.parametrize("name", ["today", "api", "rent", "term", "own"])
def test_lines_sum_to_the_total(name) -> None:
    got = lines(options()[name])
    assert np.allclose(sum(got.lines.values()), got.total, rtol=1e-12)


@pytest.mark.parametrize("name", ["today", "api", "rent", "term", "own"])
def test_more_volume_never_costs_less(name) -> None:
    option = options()[name]
    few, many = lines(option, volume=1e6).total.sum(), lines(option, volume=3e7).total.sum()
    assert many > few


@settings(max_examples=15)
@given(st.floats(1.1, 5))
def test_a_dearer_offer_never_lowers_a_cost(factor) -> None:
    demand = ex.demand()
    cheap = rented_option(ex.candidate(), ex.offer(usd=2.0), demand, ex.catalogue(), interim=None)
    dear = rented_option(ex.candidate(), ex.offer(usd=2.0 * factor), demand, ex.catalogue(), interim=None)
    assert lines(dear).total.sum() > lines(cheap).total.sum()


def test_the_service_until_live_is_paid_only_until_live() -> None:
    option = options(build=3)["rent"]
    got = lines(option)
    until = sum(got.lines[line] for line in option.interim_lines)[0]
    assert (until[:3] > 0).all()
    assert (until[3:] == 0).all()
    assert (got.lines["rent"][0, :3] == 0).all()
    assert (got.lines["rent"][0, 3:] > 0).all()


def test_a_term_that_outlives_the_horizon_is_paid_to_its_end() -> None:
    got = lines(options(build=3)["term"])
    monthly = got.lines["rent"][0, -1]
    # live in month 4, terms of 12: months 4-15, 16-27, 28-39; the horizon ends in month 36
    assert got.lines["term_tail"][0, -1] == pytest.approx(3 * monthly)
    assert (got.lines["term_tail"][0, :-1] == 0).all()


def test_flat_load_on_demand_pays_every_hour_of_the_machines_it_needs() -> None:
    got = lines(options(volume=1e6)["rent"])
    # 1e6 a month is 0.38 rps: one replica of 8 rps after headroom, one machine of one device at 2 USD/h
    assert got.lines["rent"][0, 10] == pytest.approx(2.0 * HOURS_PER_MONTH, rel=1e-9)


def test_servers_are_paid_once_and_leave_their_residual_value() -> None:
    got = lines(options()["own"])
    assert got.lines["servers_bought"][0].sum() == pytest.approx(80_000)
    assert got.lines["servers_bought"][0, 4] == pytest.approx(80_000)  # delivered in month 5, after 4 months' lead
    age = (36 - 5 + 1) / 36
    assert got.lines["residual"][0, -1] == pytest.approx(-80_000 * 0.35**age)


def test_zero_horizon_growth_costs_discount_to_their_sum_at_rate_zero() -> None:
    got = lines(options()["own"])
    assert npv_usd(got.total, 0.0)[0] == pytest.approx(got.total[0].sum())


def test_doubling_input_prices_in_dollars_doubles_people_and_site_lines() -> None:
    option = options()["own"]
    one, two = lines(option), lines(option, scale=2.0)
    for line in ("servers_bought", "power", "colocation", "build_people", "run_people", "evaluation", "residual"):
        assert np.allclose(2 * one.lines[line], two.lines[line]), line


def test_batch_share_is_charged_at_the_batch_price_only_where_offered() -> None:
    demand = ex.demand(batch=0.5)
    plain = bought_option(ex.card("seller/other"), demand)
    batch = bought_option(ex.card("seller/other", batch=0.5), demand)
    tokens = ("uncached_input", "output")
    full = sum(lines(plain).lines[t][0, 5] for t in tokens)
    assert sum(lines(batch).lines[t][0, 5] for t in tokens) == pytest.approx(0.75 * full)


def test_a_switch_costs_once_and_todays_model_costs_none() -> None:
    assert "migration" not in lines(options()["today"]).lines
    paid = lines(options()["api"]).lines["migration"][0]
    assert paid[0] == pytest.approx(20 * 240_000 / 220 + 3_000)
    assert (paid[1:] == 0).all()


def test_processing_in_a_region_is_charged_at_the_listed_uplift_and_only_where_asked() -> None:
    uplifted = ex.card("seller/small").model_copy(update={"regional_uplift": 0.1})
    anywhere, here = ex.demand(), replace(ex.demand(), in_region=True)
    listed, kept = lines(bought_option(uplifted, anywhere)), lines(bought_option(uplifted, here))
    for name in ("uncached_input", "output"):
        assert np.allclose(kept.lines[name], 1.1 * listed.lines[name])
    assert lines(bought_option(ex.card("seller/small"), here)).total.sum() == pytest.approx(
        lines(bought_option(ex.card("seller/small"), anywhere)).total.sum()
    )


def test_a_dedicated_endpoint_pays_the_hours_of_its_devices_and_no_engineers() -> None:
    option = dedicated_option(ex.candidate(), ex.offer(usd=3.99), ex.card("seller/open"), ex.demand(), ex.catalogue(),
                              switching=True)  # fmt: skip
    got = lines(option)
    assert got.lines["endpoint"][0, 10] == pytest.approx(3.99 * HOURS_PER_MONTH, rel=1e-9)  # one replica, one device
    assert set(got.lines) == {"endpoint", "migration", "forced_migration"}
    assert lines(option, volume=1e8).lines["endpoint"][0, 10] > 4 * got.lines["endpoint"][0, 10]
    assert unit_faults(option.ledger) == ()
    assert option.bought
