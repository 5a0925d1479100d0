"""A study that states tokens or spend for requests is decided in a wide interval; else one number is asked for."""

from datetime import date
from pathlib import Path

import pytest

from steelyard.errors import StudyError
from steelyard.facts import load_catalogue
from steelyard.study.derived_volume import SPEND_FACTOR, TOKENS_FACTOR, with_volume
from steelyard.study.load import study_from_text
from steelyard.study.pipeline import decide

AS_OF = date(2026, 11, 23)
LENGTHS = "input_tokens: {p50: 900, p95: 900}, output_tokens: {p50: 100, p95: 100}"
TODAY = "today: {provider: openai, model: gpt-5.4-mini, spend_per_month: $12k}\n"


def test_requests_follow_from_what_is_spent_at_list_price() -> None:
    catalogue = load_catalogue(AS_OF)
    study, notes = with_volume(study_from_text(f"traffic: {{{LENGTHS}}}\n{TODAY}"), catalogue)
    card = catalogue.rate_card("openai", "openai/gpt-5.4-mini")
    assert card is not None
    prices = card.tiers[0].prices
    each = (900 * float(prices.uncached_input) + 100 * float(prices.output)) / 1e6
    assert study.traffic.stated is not None
    requests = study.traffic.stated.requests_per_month
    assert requests.p50 == pytest.approx(12_000 / each, rel=1e-3)
    assert requests.p90 / requests.p50 == pytest.approx(SPEND_FACTOR)
    assert requests.p50 / requests.p10 == pytest.approx(SPEND_FACTOR)
    assert "$12 k a month / " in notes[0].replace("\N{NO-BREAK SPACE}", " ")


def test_a_discount_buys_more_requests_for_the_same_bill() -> None:
    catalogue = load_catalogue(AS_OF)
    plain, less = (with_volume(study_from_text(f"traffic: {{{LENGTHS}}}\n{today}"), catalogue).study.traffic.stated
                   for today in (TODAY, TODAY.replace("$12k", "$12k, discount: 20%")))  # fmt: skip
    assert plain is not None
    assert less is not None
    assert less.requests_per_month.p50 == pytest.approx(plain.requests_per_month.p50 / 0.8)


def test_requests_follow_from_tokens_and_keep_their_interval_and_more() -> None:
    study, _ = with_volume(study_from_text(f"traffic: {{tokens_per_month: 4B to 9B, {LENGTHS}}}\n"),
                           load_catalogue(AS_OF))  # fmt: skip
    assert study.traffic.stated is not None
    requests = study.traffic.stated.requests_per_month
    assert requests.p50 == pytest.approx(6e9 / 1_000, rel=1e-3)
    assert requests.p10 == pytest.approx(4e9 / 1_000 / TOKENS_FACTOR, rel=1e-3)
    assert requests.p90 == pytest.approx(9e9 / 1_000 * TOKENS_FACTOR, rel=1e-3)


def test_a_derived_volume_is_decided_and_said() -> None:
    study = study_from_text(f"traffic: {{{LENGTHS}}}\n{TODAY}candidates: [openai/gpt-5.4-mini, openai/gpt-5.4-nano]\n")
    found = decide(study, base_folder=Path(), seed=0, as_of=AS_OF, draws=64)
    assert found.verdict_option is not None
    assert any(note.startswith("requests were derived: ") for note in found.warnings)
    today = next(o for o in found.options if o.id == "today")
    assert today.cost_usd_per_month[0] == pytest.approx(12_000, rel=0.15)
    assert not any("today.spend_per_month" in item.figures for item in found.contradictions)


@pytest.mark.parametrize(
    ("traffic", "asked"),
    [(LENGTHS, "one more number: `requests_per_month`, `tokens_per_month`, or `today.spend_per_month`"),
     ("tokens_per_month: 4B", "Add `input_tokens` and `output_tokens`"),
     ("tokens_per_month: 4B, input_tokens: 900", "Add `output_tokens`"),
     ("tokens_per_month: 4B, requests_per_month: 4M, input_tokens: 900, output_tokens: 100", "Keep the requests")],
)  # fmt: skip
def test_what_is_missing_is_named_exactly(traffic: str, asked: str) -> None:
    with pytest.raises(StudyError) as caught:
        study_from_text(f"traffic: {{{traffic}}}\n")
    assert asked in str(caught.value)
