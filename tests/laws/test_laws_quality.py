"""Laws of the quality evidence: an index that ranks, a screen that rules out, a paired test that holds its level."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.quality import (
    CalibrationBin,
    CapabilityScore,
    EvaluationRun,
    FineTuningCase,
    QualityScore,
    QuantizationLoss,
)
from steelyard.quality.ability import ScoreTable, fit_ability
from steelyard.quality.fine_tuning import published_odds, uplift_needed
from steelyard.quality.held_out import held_out_pairs, win_rates
from steelyard.quality.paired import compare_runs, items_for_margin, paired_interval, student_quantile
from steelyard.quality.screen import chance_no_worse, own_screen, screen

WHERE = Evidence(source="test", as_of=date(2026, 11, 1), grade=Grade.ESTIMATE)
BINS = tuple(
    CalibrationBin(gap_from=a, gap_to=b, win_rate=w)
    for a, b, w in [(0, 2, 0.55), (2, 4, 0.65), (4, 8, 0.75), (8, 16, 0.9)]
)


def world(seed: int, *, configurations: int = 40, benchmarks: int = 12, share: float = 0.6) -> ScoreTable:
    """Scores that one ability explains, with noise, some missing."""
    rng = np.random.default_rng(seed)
    ability, load = rng.normal(size=configurations), rng.uniform(0.6, 1.4, benchmarks)
    c, b = np.nonzero(rng.random((configurations, benchmarks)) < share)
    value = load[b] * ability[c] + rng.normal(scale=0.4, size=len(c)) + b
    return ScoreTable(c, b, b // 2, value, np.ones(configurations, dtype=bool))


def score(model: str, index: float, **capabilities: float) -> QualityScore:
    each = {name: CapabilityScore(index=value, se=3, families=2) for name, value in capabilities.items()}
    return QualityScore(model=model, effort="default", index=index, se=2.0, families=9, capabilities=each,
                        as_of=date(2026, 11, 1), evidence=WHERE)  # fmt: skip


def loss(shift: float, spread: float = 1.0) -> QuantizationLoss:
    return QuantizationLoss(formats=("int4",), parameters_from=0, recovery_p10=0.9, recovery_p50=0.95, recovery_p90=1,
                            index_shift=shift, index_sd=spread, pairs=9, checkpoints=3, evidence=WHERE)  # fmt: skip


def run(option: str, scores: list[float], groups: list[str] | None = None) -> EvaluationRun:
    named = {f"q{i}": s for i, s in enumerate(scores)}
    return EvaluationRun(option=option, scores=named, answers=len(scores),
                         groups={f"q{i}": g for i, g in enumerate(groups or [])})  # fmt: skip


# --- the index


@given(st.integers(0, 30))
def test_the_index_has_mean_100_and_deviation_15_over_its_reference(seed: int) -> None:
    ability = fit_ability(world(seed), n_benchmarks=12)
    known = ability.index[np.isfinite(ability.index)]
    assert known.mean() == pytest.approx(100, abs=1e-6)
    assert known.std() == pytest.approx(15, abs=1e-6)


def test_the_index_finds_the_ability_that_made_the_scores() -> None:
    rng = np.random.default_rng(3)
    truth = rng.normal(size=40)
    assert np.corrcoef(fit_ability(world(3), n_benchmarks=12).index, truth)[0, 1] > 0.95


@given(st.integers(0, 20), st.floats(0.1, 50), st.floats(-100, 100))
def test_units_of_a_benchmark_do_not_matter(seed: int, scale: float, offset: float) -> None:
    table = world(seed)
    moved = np.where(table.benchmark == 0, table.value * scale + offset, table.value)
    other = ScoreTable(table.configuration, table.benchmark, table.family, moved, table.reference)
    first, second = (fit_ability(t, n_benchmarks=12).index for t in (table, other))
    assert np.allclose(first, second, atol=1e-6, equal_nan=True)


@given(st.integers(0, 20))
def test_a_configuration_outside_the_reference_moves_nobody_else(seed: int) -> None:
    table = world(seed)
    inside = table.configuration != 0
    reference = table.reference.copy()
    reference[0] = False
    with_guest = ScoreTable(table.configuration, table.benchmark, table.family, table.value, reference)
    alone = fit_ability(with_guest.only(inside), n_benchmarks=12).index[1:]
    assert np.allclose(fit_ability(with_guest, n_benchmarks=12).index[1:], alone, atol=1e-9, equal_nan=True)


def test_more_families_narrow_the_error() -> None:
    wide, narrow = (fit_ability(world(5, benchmarks=n, share=1.0), n_benchmarks=n).se.mean() for n in (6, 24))
    assert narrow < wide


def test_errors_cover_the_truth() -> None:
    inside: list[bool] = []
    for seed in range(20):
        truth = np.random.default_rng(seed).normal(size=40)
        fitted = fit_ability(world(seed), n_benchmarks=12)
        truth = 100 + 15 * (truth - truth.mean()) / truth.std()
        inside += list(np.abs(fitted.index - truth) < 2 * fitted.se)
    assert 0.85 < np.mean(inside) <= 1.0


def test_a_larger_gap_wins_more_often_on_a_family_left_out() -> None:
    rates = [r.rate for r in win_rates(held_out_pairs(world(1), n_benchmarks=12), edges=(0, 4, 12, 60))]
    assert rates == sorted(rates)
    assert rates[-1] > 0.9


# --- the screen


@given(st.floats(-20, 20), st.floats(-6, 0), st.floats(0, 4))
def test_a_loss_to_quantization_never_helps(gap: float, shift: float, spread: float) -> None:
    clean = chance_no_worse(gap, BINS, margin=4, loss=loss(0.0, spread))
    assert chance_no_worse(gap, BINS, margin=4, loss=loss(shift, spread)) <= clean + 1e-12


@given(st.floats(85, 120), st.floats(85, 120), st.floats(60, 130), st.floats(60, 130))
def test_needing_a_capability_never_lets_more_in(a: float, b: float, c: float, d: float) -> None:
    mine, bar = score("x", a, coding=c), score("y", b, coding=d)
    free = screen(mine, bar, BINS, margin=4, least_chance=0.5)
    bound = screen(mine, bar, BINS, margin=4, least_chance=0.5, needs=("coding",))
    assert not (bound.stays and not free.stays)


def test_a_missing_capability_is_unknown_and_named() -> None:
    found = screen(score("x", 100), score("y", 100, vision=90), BINS, margin=4, least_chance=0.5, needs=("vision",))
    assert found.stays
    assert found.capabilities[0].clears is None
    assert "vision unknown" in found.words
    assert "equal" not in found.words


def test_a_weak_capability_rules_out_a_strong_model() -> None:
    found = screen(score("x", 120, factuality=70), score("y", 100, factuality=100), BINS, margin=4, least_chance=0.5,
                   needs=("factuality",))  # fmt: skip
    assert found.answer == "below"
    assert "factuality" in found.words


def test_the_words_name_the_effort_the_score_was_taken_at() -> None:
    assert "scored at default" in screen(score("x", 100), score("y", 100), BINS, margin=4, least_chance=0.5).words


# --- the paired test


def test_a_three_point_margin_at_80_percent_needs_about_a_thousand_items() -> None:
    assert 900 <= items_for_margin(0.03, accuracy=0.8) <= 1200
    assert items_for_margin(0.015, accuracy=0.8) == pytest.approx(4 * items_for_margin(0.03, accuracy=0.8), rel=0.01)


@pytest.mark.parametrize(("freedom", "quantile"), [(9, 1.833), (19, 1.729), (29, 1.699), (120, 1.658)])
def test_quantiles_of_student_are_those_of_the_tables(freedom: int, quantile: float) -> None:
    assert student_quantile(0.95, freedom) == pytest.approx(quantile, abs=0.0006)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=12, max_size=80), st.floats(0.01, 0.3))
def test_swapping_option_and_reference_turns_the_interval_round(pairs, margin: float) -> None:
    a, b = run("a", [float(x) for x, _ in pairs]), run("b", [float(y) for _, y in pairs])
    there, back = compare_runs(a, b, margin=margin), compare_runs(b, a, margin=margin)
    assert there.difference == pytest.approx(-back.difference)
    assert there.low == pytest.approx(-back.high)
    assert (there.answer == "equal") == (back.answer == "equal")


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=12, max_size=80), st.floats(0.01, 0.3),
       st.floats(0.0, 0.3))  # fmt: skip
def test_a_wider_margin_never_makes_an_option_worse(pairs, margin: float, more: float) -> None:
    a, b = run("a", [float(x) for x, _ in pairs]), run("b", [float(y) for _, y in pairs])
    tight, loose = compare_runs(a, b, margin=margin), compare_runs(a, b, margin=margin + more)
    assert not (own_screen(tight).stays and not own_screen(loose).stays)


def test_few_items_establish_nothing() -> None:
    assert compare_runs(run("a", [1.0] * 9), run("b", [0.0] * 9), margin=0.03).answer == "not established"


def test_equal_is_earned_with_its_sample_size_and_interval() -> None:
    same = [float(i % 5 > 0) for i in range(2000)]
    result = compare_runs(run("a", same), run("b", same), margin=0.03)
    assert result.answer == "equal"
    assert "n = 2,000" in result.words
    assert own_screen(result).answer == "equal"
    worse = compare_runs(run("a", [s * (i % 3 > 0) for i, s in enumerate(same)]), run("b", same), margin=0.03)
    assert worse.answer == "worse"
    assert not own_screen(worse).stays


@pytest.mark.parametrize("clustered", [False, True])
def test_intervals_cover_the_truth_as_often_as_they_say(clustered: bool) -> None:
    rng = np.random.default_rng(7)
    covered: list[bool] = []
    for _ in range(400):
        size, each = (30, 4) if clustered else (120, 1)
        hard = np.repeat(rng.normal(size=size), each)
        a = (hard + rng.normal(size=size * each) < 0.8).astype(float)
        b = (hard + rng.normal(size=size * each) < 0.8).astype(float)
        groups = [f"g{i // each}" for i in range(size * each)]
        _, low, high = paired_interval(a - b, groups)
        covered.append(low <= 0 <= high)
    assert 0.86 <= np.mean(covered) <= 0.96


def test_clusters_widen_the_interval() -> None:
    pattern = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0] * 20
    other = [1.0 - x for x in pattern]
    loose = compare_runs(run("a", pattern), run("b", other), margin=0.1)
    groups = [f"g{i // 4}" for i in range(len(pattern))]
    tied = compare_runs(run("a", pattern, groups), run("b", other, groups), margin=0.1)
    assert tied.high - tied.low > 1.5 * (loose.high - loose.low)
    assert tied.items_needed > loose.items_needed


# --- fine-tuning


def case(won: bool, *, kind: str = "classification", size: int = 7, grade: str = "B", index: int = 0) -> FineTuningCase:
    return FineTuningCase(case=f"c{index}", organisation="o", task=f"t{index}", task_type=kind, grade=grade,
                          parameters=size * 10**9, comparator="GPT-4", comparator_score=80.0, evaluator="vendor",
                          tuned_score=85.0 if won else 70.0, published="2024-05", evidence=WHERE)  # fmt: skip


def test_published_tuning_is_likely_unlikely_or_unknown() -> None:
    won, lost = ([case(w, index=i) for i in range(12)] for w in (True, False))
    assert published_odds(won, task_type="classification", parameters=7e9).answer == "likely"
    assert published_odds(lost, task_type="classification", parameters=7e9).answer == "unlikely"
    assert published_odds(won, task_type="agent", parameters=7e9).answer == "unknown"
    assert published_odds(won, task_type="classification", parameters=700e9).answer == "unknown"
    assert published_odds([*won[:6], *lost[:6]], task_type="classification", parameters=7e9).answer == "unknown"


def test_nothing_is_said_of_a_bar_above_what_was_compared_with() -> None:
    won = [case(True, index=i) for i in range(12)]
    found = published_odds(won, task_type="classification", parameters=7e9, reference_index=110, comparator_index=85)
    assert found.answer == "unknown"
    assert "stronger" in found.words


@given(st.floats(60, 120), st.floats(60, 120), st.floats(0, 8))
def test_points_needed_are_what_is_missing_beyond_the_margin(a: float, b: float, margin: float) -> None:
    needed = uplift_needed(score("x", a), score("y", b), margin=margin)
    assert needed is not None
    assert needed == pytest.approx(max(b - a - margin, 0.0), abs=1e-9)
    assert uplift_needed(None, score("y", b), margin=margin) is None
