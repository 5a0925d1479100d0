"""Share of the capacity of every paid GPU hour that tokens take, by hand for flat traffic."""

import numpy as np
import pytest

import option_example as ex
from steelyard.finance.evaluate import evaluate
from steelyard.options.dedicated import dedicated_option
from steelyard.options.option import Option
from steelyard.options.replicas import BUSY, PAID
from steelyard.options.self_hosted import owned_option, rented_option
from steelyard.units import HOURS_PER_MONTH, SECONDS_PER_MONTH

MAX_RPS = 10.0
STAGING_H = ex.VALUES["staging.replica_hours_per_month"]
VOLUME = 4.2 * MAX_RPS * SECONDS_PER_MONTH
"""Requests a month that fill 4.2 replicas to the brim; with a fifth kept free they take six."""


def by_month(option: Option, volume: float = VOLUME) -> tuple[np.ndarray, np.ndarray]:
    """Capacity used and paid [replica]."""
    found = evaluate(option.ledger, ex.draws(option.ledger.inputs, volume=volume, n=1).values, 36)
    return tuple(np.broadcast_to(found.quantities[name], (1, 36))[0] for name in (BUSY, PAID))


def rented(price_type: str = "on_demand", **more: int) -> Option:
    term = 12 if price_type == "reserved_1y" else 0
    return rented_option(ex.candidate(MAX_RPS), ex.offer(price_type, term=term, devices=more.get("devices", 1)),
                         ex.demand(VOLUME), ex.catalogue(), interim=None)  # fmt: skip


def test_hours_on_demand_by_hand() -> None:
    busy, paid = by_month(rented())
    assert busy[:3].tolist() == paid[:3].tolist() == [0.0] * 3  # being built
    assert busy[3:] == pytest.approx(np.full(33, 4.2))
    assert paid[3:] == pytest.approx(np.full(33, 6 + STAGING_H / HOURS_PER_MONTH))


def test_whole_machines_are_paid_in_full() -> None:
    busy, paid = by_month(rented(devices=8))
    assert busy[-1] == pytest.approx(4.2)
    assert paid[-1] == pytest.approx(8 + STAGING_H / HOURS_PER_MONTH)  # the replica of staging is an eighth of one


def test_servers_of_ones_own_stage_in_idle_hours() -> None:
    option = owned_option(ex.candidate(MAX_RPS), ex.server(), ex.demand(VOLUME), interim=None, lead_months=3)
    busy, paid = by_month(option)
    assert (busy[-1], paid[-1]) == (pytest.approx(4.2), pytest.approx(8.0))


def test_a_dedicated_endpoint_is_paid_by_the_hour_from_month_1() -> None:
    option = dedicated_option(ex.candidate(MAX_RPS), ex.offer(), ex.card(), ex.demand(VOLUME), ex.catalogue(),
                              switching=False)  # fmt: skip
    busy, paid = by_month(option)
    assert (busy[0], paid[0]) == (pytest.approx(4.2), pytest.approx(6.0))


def test_what_is_committed_stays_paid_when_traffic_is_gone() -> None:
    option = rented("reserved_1y")
    given = dict(ex.draws(option.ledger.inputs, volume=VOLUME, n=1).values)
    given["requests_per_month"] = np.where(np.arange(36) < 12, VOLUME, VOLUME / 100)[None, :]
    found = evaluate(option.ledger, given, 36).quantities
    assert found[PAID][0, 11] == found[PAID][0, 35]
    assert found["used_of_paid"][0, 35] == pytest.approx(found["used_of_paid"][0, 11] / 100)


@pytest.mark.parametrize("share", [1e-3, 0.1, 1.0, 7.3])
@pytest.mark.parametrize("price_type", ["on_demand", "spot", "reserved_1y"])
def test_no_more_is_used_than_paid(price_type: str, share: float) -> None:
    option = rented(price_type)
    busy, paid = by_month(option, VOLUME * share)
    assert np.all(busy <= paid)
    assert busy[-1] > 0
    found = evaluate(option.ledger, ex.draws(option.ledger.inputs, volume=VOLUME * share, n=1).values, 36)
    assert found.quantities["used_of_paid"][0, -1] == pytest.approx(busy[-1] / paid[-1])
