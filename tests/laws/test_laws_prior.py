"""What an estimate of ability may do: larger never scores less, scored models keep their score, doubt only widens."""

from datetime import date
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.quality import CalibrationBin, QualityScore
from steelyard.facts import load_catalogue
from steelyard.facts.estimated_quality import prior_of
from steelyard.quality.prior import describe_managed, describe_open, fit_prior
from steelyard.quality.screen import chance_no_worse, screen

NOW, THEN = load_catalogue(date(2026, 11, 23)), load_catalogue(date(2024, 7, 23))
FITTED = prior_of(NOW)
assert FITTED is not None
PRIOR = FITTED
BINS = tuple(CalibrationBin(gap_from=a, gap_to=b, win_rate=w) for a, b, w in [(0, 4, 0.6), (4, 8, 0.75), (8, 16, 0.9)])


def score(model: str, index: float, *, se: float = 2.0, families: int = 9) -> QualityScore:
    where = Evidence(source="test", as_of=date(2026, 11, 1), grade=Grade.ESTIMATE)
    return QualityScore(model=model, effort="default", index=index, se=se, families=families, as_of=where.as_of,
                        evidence=where)  # fmt: skip


@given(st.floats(1e8, 1e12), st.floats(1, 30), st.dates(date(2023, 1, 1), date(2027, 1, 1)), st.booleans())
def test_the_larger_of_a_family_and_day_never_scores_less(
    size: float, times: float, day: date, reasoning: bool
) -> None:
    small, large = (
        PRIOR.without("open/llama-3").estimate(
            describe_open("llama-3", day, parameters_total=n, parameters_active=n, reasoning=reasoning)
        )[0]
        for n in (size, size * times)
    )
    assert large >= small


def test_a_slope_that_falls_with_size_is_held_at_nil() -> None:
    rows = [
        describe_open(f"f{n % 3}", date(2025, 1 + n, 1), parameters_total=1e9 * 2**n, parameters_active=1e9 * 2**n,
                      reasoning=False)
        for n in range(12)
    ]  # fmt: skip
    fitted = fit_prior(rows, [100.0 - 3 * n for n in range(12)], [2.0] * 12)
    assert fitted is not None
    assert fitted.coefficients[4] == 0.0


@pytest.mark.parametrize("catalogue", [NOW, THEN], ids=["now", "then"])
def test_only_models_without_a_score_are_estimated(catalogue: Catalogue) -> None:
    assert catalogue.estimated_quality
    assert not set(catalogue.estimated_quality) & set(catalogue.quality)
    assert all(catalogue.score_of(m) is s for m, s in catalogue.quality.items())
    assert all(s.estimated for s in catalogue.estimated_quality.values())
    assert not any(s.estimated for s in catalogue.quality.values())


def test_an_estimate_is_less_sure_than_every_score() -> None:
    surest = min(s.se for s in (*NOW.estimated_quality.values(), *THEN.estimated_quality.values()))
    assert surest > max(s.se for s in NOW.quality.values())


def test_before_any_score_no_model_is_estimated_from_its_own_family() -> None:
    """The estimate of a day without scores is the same whatever its family scored later."""
    family = [n for n, row in enumerate(PRIOR.rows) if row.family == "open/llama-3"]
    index = PRIOR.index.copy()
    index[family] += 40.0
    moved = fit_prior(PRIOR.rows, list(index), [PRIOR.least_error] * len(index))
    assert moved is not None
    found = THEN.open_models["llama-3.1-70b"]
    described = describe_open(found.family, found.released, parameters_total=found.parameters_total,
                              parameters_active=found.parameters_active, reasoning=False)  # fmt: skip
    assert moved.estimate(described)[0] > PRIOR.estimate(described)[0] + 1.0
    assert moved.without("open/llama-3").estimate(described)[0] == pytest.approx(
        THEN.estimated_quality["llama-3.1-70b"].index, abs=0.051)  # fmt: skip


def test_estimates_come_out_as_far_off_as_they_say() -> None:
    """With the family left out, some two thirds of scores lie within one standard deviation."""
    off = [(i - e) / sd for row, i in zip(PRIOR.rows, PRIOR.index, strict=True)
           for e, sd in [PRIOR.without(row.family).estimate(row)]]  # fmt: skip
    assert 0.55 < np.mean(np.abs(off) < 1.0) < 0.85
    assert abs(median(off)) < 0.5


def test_the_evidence_says_estimated_and_when_the_scores_are_of() -> None:
    source = THEN.estimated_quality["qwen1.5-0.5b"].evidence.source
    assert "estimated, not scored" in source
    assert "2026-10-20" in source
    assert "left out 6 points" in source


def test_the_smallest_open_model_of_2024_is_no_match_for_gpt_4o_mini() -> None:
    option, bar = THEN.estimated_quality["qwen1.5-0.5b"], THEN.estimated_quality["openai/gpt-4o-mini"]
    found = screen(option, bar, THEN.quality_calibration, margin=4, least_chance=0.5)
    assert found.answer == "below"
    assert "estimate" in found.words


def test_a_name_that_moves_on_does_not_reason_before_any_model_did() -> None:
    day = date(2024, 3, 1)
    thinking, plain = (PRIOR.estimate(describe_managed("v", day, usd_per_mtok=1.0, reasoning=r)) for r in (True, False))
    assert thinking == plain


@given(st.floats(-20, 20))
def test_doubt_without_end_leaves_even_odds_and_none_changes_nothing(gap: float) -> None:
    assert chance_no_worse(gap, BINS, margin=0.0, doubt=0.0) == chance_no_worse(gap, BINS, margin=0.0)
    assert chance_no_worse(gap, BINS, margin=0.0, doubt=1e5) == pytest.approx(0.5, abs=0.05)


@given(st.floats(60, 130), st.floats(60, 130))
def test_an_estimate_rules_out_and_never_lets_in_beside_a_measured_bar(a: float, b: float) -> None:
    found = screen(score("x", a, se=6, families=0), score("y", b), BINS, margin=4, least_chance=0.5)
    assert found.answer in ("below", "unknown")
    assert not found.stays
