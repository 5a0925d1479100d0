"""An option dearer everywhere, added through the study, changes no verdict, no flip and nobody else's odds."""

from datetime import date
from pathlib import Path

import pytest

from steelyard.domain.result import Flip, Result
from steelyard.study.load import study_from_text
from steelyard.study.pipeline import decide

TEXT = """
study: useless
horizon: 36 months
traffic:
  {requests_per_month: VOLUME, input_tokens: {p50: 2k, p95: 6k}, output_tokens: {p50: 300, p95: 900}, growth: GROWTH}
today: {provider: openai, model: gpt-5.4-mini}
quality: {at_least: openai/gpt-5.4-mini}
candidates: [openai/gpt-5.4-mini, gemma-4-26b-a4b MORE]
"""
USELESS = "openai/gpt-5.4-pro"
"""Hundreds of times the price of the others at the same seller: it moves with their price and never crosses them."""


def decided(volume: str, growth: str, more: str = "") -> Result:
    text = TEXT.replace("VOLUME", volume).replace("GROWTH", growth).replace(" MORE", f", {more}" if more else "")
    return decide(study_from_text(text, "u.yaml"), base_folder=Path(), seed=0, as_of=date(2026, 11, 23), draws=512)


@pytest.mark.parametrize(
    ("volume", "growth", "mixes"),
    [("30M to 60M", "0% to 4% per month", ("hybrid", "staged")), ("250M to 400M", "2% to 8% per month", ())],
)
def test_adding_a_useless_option_changes_nothing_for_the_others(
    volume: str, growth: str, mixes: tuple[str, ...]
) -> None:
    one, two = decided(volume, growth), decided(volume, growth, USELESS)
    assert {o.id for o in two.options} - {o.id for o in one.options} == {f"api:{USELESS}"}
    assert set(mixes) <= {o.kind for o in one.options}
    assert (one.verdict, one.verdict_option, one.reason, one.confidence) == (
        two.verdict, two.verdict_option, two.reason, two.confidence)  # fmt: skip
    assert (one.regret_usd, one.framework, one.questions) == (two.regret_usd, two.framework, two.questions)
    assert one.evpi_usd == pytest.approx(two.evpi_usd)
    others = {o.id: o for o in two.options}
    for option in one.options:
        same = others[option.id]
        assert (option.p_best, option.expected_regret_usd, option.npv_cost_usd, option.plan) == (
            same.p_best, same.expected_regret_usd, same.npv_cost_usd, same.plan)  # fmt: skip
    assert [row.values for row in one.break_even] == [pytest.approx(row.values) for row in two.break_even]
    _same_flips(one.flips, two.flips)


def _same_flips(one: tuple[Flip, ...], two: tuple[Flip, ...]) -> None:
    after = {flip.input: flip for flip in two}
    assert {flip.input for flip in one} == set(after)
    for flip in one:
        same = after[flip.input]
        assert (flip.to_option, flip.sentence, flip.checked) == (same.to_option, same.sentence, same.checked)
        assert (flip.at is None) == (same.at is None)
        assert (flip.at or 0.0) == pytest.approx(same.at or 0.0)
        assert (flip.distance_in_sd or 0.0) == pytest.approx(same.distance_in_sd or 0.0)
        assert (flip.low_usd, flip.high_usd) == (pytest.approx(same.low_usd), pytest.approx(same.high_usd))
