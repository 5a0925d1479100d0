"""What grows beyond the machines held is charged for; that they carry today's load proves their capacity."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

import option_example as ex
from steelyard.domain.study import SelfHostedToday
from steelyard.finance.evaluate import evaluate
from steelyard.options.estate import Estate, estate_option
from steelyard.options.estate_growth import Growth
from steelyard.options.option import Option
from steelyard.units import HOURS_PER_MONTH

DEMAND = ex.demand(1e6)
PEAK = float(DEMAND.hourly_rps.max())


def held(*, owned: bool, count: int = 8) -> Estate:
    today = SelfHostedToday(model="open-1b", accelerator="dev", count=count,
                            owned_since=date(2024, 11, 1) if owned else None,
                            usd_per_device_h=None if owned else 2.5)  # fmt: skip
    return Estate.of(today, ex.catalogue(), where="study", contract_months=0, horizon_months=36)


def option(*, owned: bool, carried: float, count: int = 8) -> Option:
    """Machines that are predicted to carry so many times the base month's busiest hour."""
    curve = ex.curve(1.0)
    usable = 1.0 - curve.headroom
    curve = replace(curve, max_rps=carried * PEAK / (count * usable))
    return estate_option(held(owned=owned, count=count), model="open-1b", growth=Growth(curve, count, DEMAND))


def lines(kept: Option, volumes: np.ndarray) -> dict[str, np.ndarray]:
    drawn = ex.draws(kept.ledger.inputs)
    values = {**drawn.values, "requests_per_month": np.tile(volumes, (4, 1))}
    return {name: amounts[0] for name, amounts in evaluate(kept.ledger, values, 36).lines.items()}


def months(last: float) -> np.ndarray:
    return np.where(np.arange(36) < 12, 1e6, last)


@pytest.mark.parametrize("carried", [0.2, 1.0, 3.0])
def test_todays_load_asks_for_no_machine_more_whatever_is_predicted(carried: float) -> None:
    got = lines(option(owned=True, carried=carried), months(1e6))
    assert not got["servers_bought"].any()
    assert not got["added_power"].any()


def test_what_grows_beyond_the_machines_held_is_bought_whole_when_it_does() -> None:
    """Eight devices carry twice today's load; at 4.1 times 9 more are needed: two servers of eight, in month 13."""
    got = lines(option(owned=True, carried=2.0), months(4.1e6))
    assert got["servers_bought"][12] == pytest.approx(2 * 80_000)
    assert np.count_nonzero(got["servers_bought"]) == 1
    assert (got["added_power"][:12] == 0).all()
    assert (got["added_power"][12:] > 0).all()


def test_machines_that_carry_more_than_predicted_still_fill_up() -> None:
    """Predicted for a fifth of today's load they carry it; at twice that load as many again are needed."""
    got = lines(option(owned=True, carried=0.2), months(2e6))
    assert got["servers_bought"][12] == pytest.approx(80_000)


def test_rented_machines_are_added_by_the_device() -> None:
    got = lines(option(owned=False, carried=2.0), months(4.1e6))
    assert got["rent_added"][:12].tolist() == [0.0] * 12
    assert got["rent_added"][12:] == pytest.approx([9 * 2.5 * HOURS_PER_MONTH] * 24)


def test_without_a_model_known_here_they_are_taken_to_carry_the_load() -> None:
    kept = estate_option(held(owned=True), model="mine")
    assert "taken to carry" in kept.notes[0]
    assert "servers_bought" not in lines(kept, months(9e6))
