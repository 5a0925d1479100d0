"""Stated uncertainty becomes draws: percentiles are met, streams are named, quotes and announcements hold."""

import numpy as np
import pytest

from steelyard.domain.uncertain import Uncertain
from steelyard.errors import InputError
from steelyard.risk.distributions import mean_of, two_piece
from steelyard.risk.inputs import (
    EngineGain,
    FollowTierFactor,
    GpuRentFactor,
    PinnedPriceFactor,
    RePickFactor,
    StaticInput,
    VolumePath,
)
from steelyard.risk.processes import RENT_CORRELATION, RENT_YEARLY, REPICK_YEARLY, TIER_YEARLY
from steelyard.risk.sample import sample

N = 4096
SKEW = Uncertain(p10=4.0, p50=5.0, p90=20.0)


def draw(*specs, n_months=36, seed=7, n_draws=N, **more):
    return sample(specs, n_draws=n_draws, n_months=n_months, seed=seed, **more)


def percentiles(values):
    return np.percentile(values, [10, 50, 90])


@pytest.mark.parametrize("uncertain", [
    SKEW, Uncertain.between(12e6, 20e6), Uncertain(p10=-0.02, p50=0.03, p90=0.04, shape="normal"),
    Uncertain(p10=3, p50=3, p90=9),
])  # fmt: skip
def test_a_static_input_meets_its_percentiles_and_mean(uncertain):
    draws = draw(StaticInput("x", uncertain))
    assert draws["x"].shape == (N, 1)
    assert percentiles(draws["x"]) == pytest.approx([uncertain.p10, uncertain.p50, uncertain.p90], rel=2e-3)
    assert draws["x"].mean() == pytest.approx(mean_of(uncertain), rel=5e-3)
    assert draws.means["x"].shape == (1, 1)
    assert draws.means["x"].item() == mean_of(uncertain)


def test_a_plain_number_has_no_spread():
    draws = draw(StaticInput("x", Uncertain.point(4.0)))
    assert np.all(draws["x"] == 4.0)
    assert draws.means["x"].item() == 4.0


def test_bounds_hold():
    draws = draw(StaticInput("x", Uncertain(p10=0.2, p50=0.9, p90=1.5, shape="normal"), low=0.0, high=1.0))
    assert draws["x"].min() >= 0
    assert draws["x"].max() == 1.0


def test_deviates_undo_values():
    bell = two_piece(SKEW)
    for z in (-2.0, -0.3, 0.0, 1.7):
        assert bell.deviate(float(bell.at(np.array(z)))) == pytest.approx(z)
    assert bell.deviate(-1.0) == -np.inf
    assert two_piece(Uncertain.point(2.0)).deviate(3.0) == np.inf


def test_volume_is_base_growth_and_noise():
    base, growth = Uncertain.between(12e6, 20e6), Uncertain.between(0.02, 0.06, shape="normal")
    draws = draw(VolumePath("volume", base, growth, monthly_noise_sd=0.1))
    clean = draws["volume.base"] * (1 + draws["volume.growth"]) ** np.arange(36)
    noise = np.log(draws["volume"] / clean)
    assert noise.std() == pytest.approx(0.1, rel=0.02)
    assert np.exp(noise).mean() == pytest.approx(1.0, rel=2e-3)
    assert abs(np.corrcoef(noise[:, 0], noise[:, 1])[0, 1]) < 0.06
    assert draws.means["volume"] == pytest.approx(mean_of(base) * 1.04 ** np.arange(36)[None, :])


def test_growth_is_held_within_bounds():
    draws = draw(VolumePath("v", Uncertain.point(1.0), Uncertain.between(-0.9, 0.9, shape="normal")))
    assert draws["v.growth"].min() == -0.5
    assert draws["v.growth"].max() == 0.5


def test_an_input_can_be_held_at_a_number():
    spec = VolumePath("v", Uncertain.point(10.0), Uncertain.between(0.0, 0.1, shape="normal"))
    draws = draw(spec, fixed={"v.growth": 0.0})
    assert np.all(draws["v"] == 10.0)
    assert np.all(draws.means["v"] == 10.0)
    with pytest.raises(InputError, match="'growth'"):
        draw(spec, fixed={"growth": 0.0})


def test_one_name_cannot_be_specified_twice():
    with pytest.raises(InputError, match="'x' is specified twice"):
        draw(StaticInput("x", SKEW), StaticInput("x", SKEW))


def test_a_pinned_price_moves_by_its_hazards():
    draws = draw(PinnedPriceFactor("p"), n_draws=20_000)
    never = np.mean(np.all(draws["p"][:, :13] == 1.0, axis=1))
    assert never == pytest.approx(np.exp(-0.145 - 0.17), abs=0.012)
    retired = draws["p.migration"][:, :13].sum(axis=1) > 0
    assert retired.mean() == pytest.approx(1 - np.exp(-0.17), abs=0.01)
    assert np.all(draws["p"][:, 0] == 1.0)
    assert draws["p"].mean(axis=0) == pytest.approx(draws.means["p"][0], rel=0.02)
    assert draws["p.migration"].mean() == pytest.approx(draws.means["p.migration"].mean(), rel=0.02)


def test_announced_changes_come_on_their_dates_and_after_a_quote():
    still = {"change_hazard_per_year": 0.0, "retirement_hazard_per_year": 0.0}
    now = draw(PinnedPriceFactor("p", announced=((2, 2.0), (5, 0.5)), **still), n_months=6)
    assert now["p"][0].tolist() == [1, 2, 2, 2, 1, 1]
    assert now.means["p"][0].tolist() == [1, 2, 2, 2, 1, 1]
    later = draw(PinnedPriceFactor("p", announced=((2, 2.0),), quote_months=3, **still), n_months=6)
    assert later["p"][0].tolist() == [1, 1, 1, 2, 2, 2]


@pytest.mark.parametrize("spec", [
    PinnedPriceFactor("f", change_hazard_per_year=9.0, quote_months=12), GpuRentFactor("f", quote_months=12),
    FollowTierFactor("f", quote_months=12), RePickFactor("f", 0.0, every_months=3, quote_months=12),
])  # fmt: skip
def test_a_quote_stops_the_process_for_its_term(spec):
    factor = draw(spec)["f"]
    assert np.all(factor[:, :12] == 1.0)
    assert np.all(factor[:, -1].std() > 0.01)


def test_an_announced_retirement_happens_in_its_month():
    draws = draw(PinnedPriceFactor("p", retires_in_month=4, retirement_hazard_per_year=0.0), n_months=6)
    assert np.all(draws["p.migration"] == [0, 0, 0, 1, 0, 0])
    assert percentiles(draws["p"][:, 3] / draws["p"][:, 2]) == pytest.approx([0.45, 0.85, 1.5], rel=0.05)
    far = draw(PinnedPriceFactor("p", retires_in_month=40, retirement_hazard_per_year=5.0))
    assert far["p.migration"].sum() == 0


def test_following_a_tier_meets_its_yearly_percentiles():
    draws = draw(FollowTierFactor("t"), n_draws=20_000)
    assert percentiles(draws["t"][:, 12]) == pytest.approx(
        [TIER_YEARLY.p10, TIER_YEARLY.p50, TIER_YEARLY.p90], rel=0.03
    )
    assert np.all(draws["t.migration"][:, :13].sum(axis=1) == 1)
    assert np.all(draws["t.migration"][:, :25].sum(axis=1) == 2)
    assert draws["t"].mean(axis=0) == pytest.approx(draws.means["t"][0], rel=0.02)


def test_repicking_starts_at_the_age_of_the_quality():
    young, old = (draw(RePickFactor("r", age, every_months=12), n_draws=N) for age in (0.0, 5.0))
    for draws, year in ((young, 0), (old, 2)):
        stated = REPICK_YEARLY[year]
        paid = draws["r"][:, 12]
        assert np.percentile(paid, 10) == pytest.approx(stated.p10, rel=0.02)
        assert np.median(paid) == pytest.approx(min(stated.p50, 1.0), rel=0.02)
    assert young.means["r"][0, 12] == pytest.approx(mean_of(REPICK_YEARLY[0]))
    assert young.means["r"][0, 24] == pytest.approx(mean_of(REPICK_YEARLY[0]) * mean_of(REPICK_YEARLY[1]))


def test_repicking_between_birthdays_splits_the_year():
    half = draw(RePickFactor("r", 0.5, every_months=12), n_months=13)
    expected = mean_of(REPICK_YEARLY[0]) ** 0.5 * mean_of(REPICK_YEARLY[1]) ** 0.5
    assert half.means["r"][0, 12] == pytest.approx(expected)


def test_repicking_never_pays_more_than_staying_nor_less_than_the_floor():
    draws = draw(RePickFactor("r", 1.0, every_months=6, floor_factor=0.3))
    assert np.all(np.diff(draws["r"], axis=1) <= 0)
    assert draws["r"].min() == 0.3
    moved = np.diff(draws["r"], axis=1) < 0
    assert np.array_equal(draws["r.migration"][:, 1:] > 0, moved)


def test_two_sides_that_share_a_market_progress_alike():
    api = RePickFactor("api", 0.0, every_months=12, market="progress")
    own = RePickFactor("own", 0.0, every_months=12, market="progress")
    draws = draw(api, own)
    assert np.array_equal(draws["api"], draws["own"])
    late = draw(RePickFactor("own", 0.0, every_months=12, lag_months=6, market="progress"))
    assert np.all(late["own"] >= draws["api"] - 1e-12)


def test_rents_meet_their_yearly_percentiles_and_move_together():
    draws = draw(GpuRentFactor("h100"), GpuRentFactor("h200"), n_draws=20_000)
    assert percentiles(draws["h100"][:, 12]) == pytest.approx([RENT_YEARLY.p10, RENT_YEARLY.p50, RENT_YEARLY.p90],
                                                              rel=0.02)  # fmt: skip
    assert draws["h100"].mean(axis=0) == pytest.approx(draws.means["h100"][0], rel=0.02)
    moves = [np.diff(np.log(draws[name][:, :13])).ravel() for name in ("h100", "h200")]
    assert np.corrcoef(moves)[0, 1] == pytest.approx(RENT_CORRELATION, abs=0.05)


def test_engine_gains_compound():
    draws = draw(EngineGain("gain", Uncertain.point(0.21), ends_after_months=24))
    assert draws["gain"][0, [0, 12, 24, 35]] == pytest.approx([1.0, 1.21, 1.4641, 1.4641])
