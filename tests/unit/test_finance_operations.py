"""Spares, spot machines, people: against simulation, by hand, and at the limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.finance.operations import engineers_needed, ramp_fraction, spare_units, spot_usd_per_useful_h


def test_spares_cover_a_simulated_repair_shop():
    """Failures at random, repairs of any length: the units under repair stay within the spares as often as said."""
    rng = np.random.default_rng(5)
    units, rate, days, horizon = 200, 1.5, 20.0, 200_000.0
    fails = np.sort(rng.uniform(0, horizon, rng.poisson(units * rate * horizon / 365.25)))
    back = np.sort(fails + rng.uniform(0, 2 * days, fails.size))
    at = rng.uniform(1000, horizon - 1000, 20_000)
    in_repair = np.searchsorted(fails, at) - np.searchsorted(back, at)
    spares = spare_units(units, rate, days, 0.95)
    assert np.mean(in_repair <= spares) == pytest.approx(0.96, abs=0.012)
    assert np.mean(in_repair <= spares - 1) < 0.95


@given(st.integers(1, 2000), st.floats(0.001, 2), st.floats(0.5, 60), st.floats(0.5, 0.999))
def test_more_failures_or_more_care_need_no_fewer_spares(units, rate, days, level):
    spares = spare_units(units, rate, days, level)
    assert spare_units(units + 1, rate, days, level) >= spares
    assert spare_units(units, rate, days, min(level + 0.0005, 0.9995)) >= spares
    assert spare_units(units, 0.0, days, level) == 0


@given(st.floats(0.1, 10), st.floats(0, 0.2), st.floats(0, 4))
def test_interruptions_make_spot_dearer(price, rate, lost):
    useful = spot_usd_per_useful_h(price, rate, lost)
    assert useful >= price
    assert useful * (1 - rate * lost) == pytest.approx(price)


def test_a_machine_always_taken_away_does_no_work():
    assert spot_usd_per_useful_h(1.0, 1.0, 1.0) == float("inf")


def test_people():
    assert engineers_needed(0, first_cluster=1.5, devices_per_engineer=64, on_call_least=8) == 0
    assert engineers_needed(8, first_cluster=1.5, devices_per_engineer=64, on_call_least=8) == 8
    assert engineers_needed(8, first_cluster=1.5, devices_per_engineer=64) == 1.625
    assert engineers_needed(1000, first_cluster=1.5, devices_per_engineer=64, on_call_least=8) == 1.5 + 1000 / 64
    assert ramp_fraction(2, 4) == 0.5
