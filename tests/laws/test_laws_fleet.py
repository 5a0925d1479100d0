"""Load over the week, machines that come whole, and what is paid for them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import option_example as ex
from steelyard.options.demand import fill_idle_hours
from steelyard.options.fleet import Fleet, instances_for, week_table
from steelyard.units import HOURS_PER_MONTH, HOURS_PER_WEEK

RATES = st.lists(st.floats(0, 1e4), min_size=1, max_size=168).map(np.array)


@given(RATES, st.floats(0, 1e6))
def test_waiting_work_is_all_placed_and_no_hour_falls(rates, total) -> None:
    filled = fill_idle_hours(rates, total)
    assert filled.sum() - rates.sum() == pytest.approx(total, rel=1e-9, abs=1e-6)
    assert (filled >= rates - 1e-9).all()


@given(RATES, st.floats(0, 1e6))
def test_waiting_work_raises_the_lowest_hours_to_one_level(rates, total) -> None:
    filled = fill_idle_hours(rates, total)
    raised = filled > rates + 1e-9
    if raised.any():
        assert np.ptp(filled[raised]) <= 1e-6 * max(filled.max(), 1.0)
        assert filled[~raised].min(initial=np.inf) >= filled[raised].max() - 1e-6 * max(filled.max(), 1.0)


@given(st.integers(1, 500), st.sampled_from([1, 2, 4, 8, 16]), st.sampled_from([1, 2, 4, 8]))
def test_whole_machines_hold_the_replicas_and_one_less_would_not(replicas, per_replica, per_machine) -> None:
    machines = float(instances_for(np.array(float(replicas)), Fleet(per_replica, per_machine)))
    fleet = Fleet(per_replica, per_machine)
    if fleet.replicas_per_instance:
        assert machines * fleet.replicas_per_instance >= replicas > (machines - 1) * fleet.replicas_per_instance
    else:
        assert machines * per_machine >= replicas * per_replica


def test_a_flat_week_is_paid_around_the_clock() -> None:
    load = np.full(HOURS_PER_WEEK, 20.0)  # needs ceil(20 / 8) = 3 replicas of 8 rps after headroom
    xs, hours = week_table(load, ex.curve(), Fleet(1, 1), spare=0, start_up_s=600)
    at_one = float(np.interp(1.0, xs, hours))
    assert at_one == pytest.approx(3 * HOURS_PER_MONTH)


def test_a_machine_started_ahead_is_paid_from_its_start() -> None:
    load = np.zeros(HOURS_PER_WEEK) + 1.0
    load[10] = 20.0
    _, ready = week_table(load, ex.curve(), Fleet(1, 1), spare=0, start_up_s=0)
    xs, ahead = week_table(load, ex.curve(), Fleet(1, 1), spare=0, start_up_s=1800)
    extra = float(np.interp(1.0, xs, ahead - ready)) * HOURS_PER_WEEK / HOURS_PER_MONTH
    assert extra == pytest.approx(2 * 0.5)  # two more machines, half an hour each


@given(st.floats(0.1, 100), st.integers(0, 2))
def test_paid_hours_never_fall_as_volume_grows(scale, spare) -> None:
    load = scale * (1 + np.sin(np.arange(HOURS_PER_WEEK) / 24 * 2 * np.pi) * 0.9)
    _, hours = week_table(load, ex.curve(), Fleet(1, 8), spare=spare, start_up_s=300)
    assert (np.diff(hours) >= -1e-6).all()
    assert hours[0] >= HOURS_PER_MONTH  # at least one machine around the clock
