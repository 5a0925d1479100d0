"""Public scores rule out; they never certify, and more margin never rules out more."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.quality import CalibrationBin, QualityScore
from steelyard.quality.screen import chance_higher_wins, screen

BINS = tuple(
    CalibrationBin(gap_from=a, gap_to=b, win_rate=w)
    for a, b, w in [(0, 2, 0.55), (2, 4, 0.65), (4, 8, 0.75), (8, 16, 0.9)]
)
WHERE = Evidence(source="test", as_of=date(2026, 11, 1), grade=Grade.ESTIMATE)


def score(model: str, index: float, families: int = 9) -> QualityScore:
    """A score with a small error."""
    return QualityScore(model=model, effort="default", index=index, se=2.0, families=families,
                        as_of=date(2026, 11, 1), evidence=WHERE)  # fmt: skip


@given(st.floats(-40, 40))
def test_chances_of_both_sides_sum_to_one(gap) -> None:
    assert abs(chance_higher_wins(gap, BINS) + chance_higher_wins(-gap, BINS) - 1) < 1e-12


@given(st.floats(-40, 40), st.floats(0, 20))
def test_a_larger_lead_never_wins_less(gap, more) -> None:
    assert chance_higher_wins(gap + more, BINS) >= chance_higher_wins(gap, BINS) - 1e-12


@given(st.floats(80, 125), st.floats(80, 125), st.floats(0, 10), st.floats(0, 10))
def test_more_margin_never_rules_out_more(a, b, margin, more) -> None:
    tight = screen(score("x", a), score("y", b), BINS, margin=margin, least_chance=0.5)
    loose = screen(score("x", a), score("y", b), BINS, margin=margin + more, least_chance=0.5)
    assert not (tight.answer != "below" and loose.answer == "below")


def test_the_words_never_say_equal() -> None:
    for a in (90.0, 100.0, 110.0):
        assert "equal" not in screen(score("x", a), score("y", 100.0), BINS, margin=4, least_chance=0.5).words


def test_a_missing_score_is_unknown_not_average() -> None:
    assert screen(None, score("y", 100.0), BINS, margin=4, least_chance=0.5).answer == "unknown"
    assert screen(score("x", 100.0), None, BINS, margin=4, least_chance=0.5).chance_no_worse is None


def test_few_families_are_said_to_screen_only() -> None:
    words = screen(score("x", 99.0, families=3), score("y", 100.0), BINS, margin=4, least_chance=0.5).words
    assert "screen only" in words
