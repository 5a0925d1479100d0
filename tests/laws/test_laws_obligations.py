"""Contracts, leases and machines held bind every option alike; quotes hold for their term; units fit the week."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import option_example as ex
from steelyard.domain.study import ProvisionedTerms, SelfHostedToday, TodayApi
from steelyard.errors import StudyError, UnknownNameError
from steelyard.finance.dimensions import unit_faults
from steelyard.finance.evaluate import evaluate
from steelyard.options.bought import bought_option, services_of, today_option
from steelyard.options.estate import Estate, estate_option, leave_estate
from steelyard.options.minimum import with_minimum
from steelyard.options.option import Option
from steelyard.options.provisioned import provisioned_option
from steelyard.options.self_hosted import Interim, rented_option
from steelyard.units import HOURS_PER_MONTH

RENT = 16 * 2.5 * HOURS_PER_MONTH


def lines(option: Option, *, volume: float = 1e6, **factors: float) -> dict[str, np.ndarray]:
    drawn = ex.draws(option.ledger.inputs, volume=volume)
    for name in drawn.values:
        for ending, value in factors.items():
            if name.startswith(ending):
                drawn.values[name] = np.full((4, 36), value)
    return {name: amounts[0] for name, amounts in evaluate(option.ledger, drawn.values, 36).lines.items()}


def total(option: Option) -> np.ndarray:
    return sum(lines(option).values())


def estate(months: int = 0, *, owned: bool = False, exit_usd: float | None = None) -> Estate:
    held = SelfHostedToday(model="open-1b", accelerator="dev", count=16, exit_usd=exit_usd,
                           owned_since=date(2024, 11, 1) if owned else None,
                           usd_per_device_h=None if owned else 2.5)  # fmt: skip
    return Estate.of(held, ex.catalogue(), where="study", contract_months=months, horizon_months=36)


def api() -> Option:
    return bought_option(ex.card("seller/small"), ex.demand())


def test_a_contracts_rest_is_paid_by_whoever_leaves_and_only_until_it_ends() -> None:
    got = lines(leave_estate(api(), estate(9), freed=1))
    assert got["contract_rest"][:9] == pytest.approx([RENT] * 9)
    assert (got["contract_rest"][9:] == 0).all()
    assert "contract_rest" not in lines(leave_estate(api(), estate(0), freed=1))


def test_leaving_at_once_is_chosen_where_it_costs_less_than_the_rest() -> None:
    cheap = lines(leave_estate(api(), estate(9, exit_usd=3 * RENT), freed=1))
    assert cheap["contract_exit"].sum() == pytest.approx(3 * RENT)
    assert "contract_rest" not in cheap
    assert "contract_exit" not in lines(leave_estate(api(), estate(2, exit_usd=3 * RENT), freed=1))


def test_a_contract_beyond_the_horizon_is_charged_to_its_end_on_both_sides() -> None:
    stays, leaves = estate_option(estate(40), model="open-1b"), leave_estate(api(), estate(40), freed=1)
    assert lines(stays)["contract_tail"][-1] == pytest.approx(4 * RENT)
    assert lines(leaves)["contract_tail"][-1] == pytest.approx(4 * RENT)


def test_the_contract_stops_the_price_of_rents_for_its_term() -> None:
    got = lines(estate_option(estate(12), model="open-1b"), **{"rent_factor.": 1.4})["rent"]
    assert got[:12] == pytest.approx([RENT] * 12)
    assert got[12:] == pytest.approx([1.4 * RENT] * 24)


def test_machines_serve_until_the_new_ones_do_and_are_sold_then() -> None:
    own = rented_option(ex.candidate(), ex.offer(), ex.demand(), ex.catalogue(), interim=None)
    got = lines(leave_estate(own, estate(owned=True), freed=4))
    assert (got["until_live_today_run_people"][:3] > 0).all()
    assert (got["until_live_today_run_people"][3:] == 0).all()
    worth = 16 / 8 * 80_000 * 0.35 ** ((24 + 3) / 36)
    assert got["resale_today"][2] == pytest.approx(-worth)
    assert np.count_nonzero(got["resale_today"]) == 1


def test_keeping_owned_machines_keeps_their_worth_at_the_horizon_and_sunk_cost_is_nowhere() -> None:
    got = lines(estate_option(estate(owned=True), model="open-1b"))
    assert got["resale_today"][-1] == pytest.approx(-(16 / 8) * 80_000 * 0.35 ** ((24 + 36) / 36))
    assert not any("bought" in name for name in got)


def test_a_machine_nobody_lists_or_a_rent_nobody_states_is_said_so() -> None:
    alone = replace(ex.catalogue(), servers=())
    held = SelfHostedToday(model="open-1b", accelerator="dev", count=8, owned_since=date(2024, 11, 1))
    unpriced = Estate.of(held, alone, where="study", contract_months=0, horizon_months=36)
    assert "no resale is counted" in estate_option(unpriced, model="open-1b").notes[-1]
    with pytest.raises(StudyError, match="rent"):
        Estate.of(SelfHostedToday(model="m", accelerator="dev", count=8), alone, where="study", contract_months=0,
                  horizon_months=36)  # fmt: skip
    with pytest.raises(UnknownNameError, match="accelerator"):
        Estate.of(SelfHostedToday(model="m", accelerator="h999", count=8), alone, where="study", contract_months=0,
                  horizon_months=36)  # fmt: skip


def bound(minimum: float) -> TodayApi:
    return TodayApi(provider="Seller", model="today", minimum_usd_per_month=minimum)


@settings(max_examples=25)
@given(st.floats(1, 1e6), st.integers(1, 36))
def test_a_minimum_is_owed_once_less_what_is_bought_there(minimum, months) -> None:
    today = today_option(services_of(ex.card(), ex.demand()), ex.demand())
    got = lines(with_minimum(today, bound(minimum), months=months))
    spent = got["uncached_input"] + got["output"]
    assert np.allclose(got["minimum_owed"][:months], np.maximum(minimum - spent[:months], 0))
    assert (got["minimum_owed"][months:] == 0).all()


def test_who_leaves_the_seller_owes_the_whole_minimum_and_the_service_until_live_counts() -> None:
    elsewhere = bought_option(ex.card("seller/small").model_copy(update={"seller": "other"}), ex.demand())
    assert lines(with_minimum(elsewhere, bound(5_000), months=6))["minimum_owed"][:7].tolist() == [5_000.0] * 6 + [0.0]
    until = Interim(services_of(ex.card(), ex.demand()), 0.0, running_today=True)
    own = rented_option(ex.candidate(), ex.offer(), ex.demand(), ex.catalogue(), interim=until)
    got = lines(with_minimum(own, bound(5_000), months=6))
    spent = sum(got[name] for name in own.interim_lines)
    assert np.allclose(got["minimum_owed"][:6], 5_000 - spent[:6])
    assert got["minimum_owed"][4] == pytest.approx(5_000)


def test_a_quoted_discount_holds_for_its_term() -> None:
    listed, quoted = lines(api()), lines(
        bought_option(ex.card("seller/small"), ex.demand(), discount=0.25, discount_months=7))  # fmt: skip
    assert np.allclose(quoted["output"][:7], 0.75 * listed["output"][:7])
    assert np.allclose(quoted["output"][7:], listed["output"][7:])


def terms(tokens_per_minute: float = 5e4, usd: float = 0.02, *, least: int = 1, step: int = 1) -> ProvisionedTerms:
    return ProvisionedTerms(seller="seller", model="seller/small", input_tokens_per_minute_per_unit=tokens_per_minute,
                            usd_per_unit_h=usd, least_units=least, unit_step=step)  # fmt: skip


def units(asked: ProvisionedTerms, volume: float = 1e8) -> Option | None:
    return provisioned_option(ex.card("seller/small"), asked, ex.demand(volume), switching=True, source="a test")


def test_a_flat_week_is_carried_by_units_where_they_cost_less_than_their_tokens() -> None:
    option = units(terms())
    assert option is not None
    got = lines(option, volume=1e8)
    per_minute = 1e8 * (ex.N_IN + 4 * ex.N_OUT) / HOURS_PER_MONTH / 60
    needed = np.ceil(per_minute / 5e4)
    assert got["units_held"][5] == pytest.approx(needed * 0.02 * HOURS_PER_MONTH, rel=1e-6)
    assert got["overflow_output"][5] == pytest.approx(0.0, abs=1e-6)
    assert sum(got.values())[5] < total(bought_option(ex.card("seller/small"), ex.demand(1e8)))[5] * 100


def test_units_that_cost_more_than_their_tokens_are_not_bought() -> None:
    assert units(terms(usd=50.0)) is None


@settings(max_examples=25)
@given(st.floats(1e3, 1e7), st.floats(1e-3, 1.0), st.integers(1, 20), st.sampled_from([1, 5]))
def test_units_with_overflow_never_cost_more_than_list(per_unit, usd, least, step) -> None:
    option = units(terms(per_unit, usd, least=least, step=step))
    if option is None:
        return
    got, listed = lines(option, volume=1e8), lines(api(), volume=1e8)
    paid = got["units_held"][5] + got["overflow_output"][5] + got["overflow_uncached_input"][5]
    assert paid <= (listed["output"][5] + listed["uncached_input"][5]) * (1 + 1e-6)


@pytest.mark.parametrize("option", [
    estate_option(estate(40), model="open-1b"), leave_estate(api(), estate(owned=True), freed=4),
    with_minimum(api(), bound(5_000), months=6), units(terms()),
], ids=lambda option: option.id)  # fmt: skip
def test_units_multiply_out(option) -> None:
    assert unit_faults(option.ledger) == ()
