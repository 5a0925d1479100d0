"""Names as clouds and gateways write them, machines without a rent, and a reference that nobody scored."""

from dataclasses import replace
from datetime import date
from statistics import median

import pytest

from steelyard.domain.study import SelfHostedToday, Study, TodayApi
from steelyard.errors import UnknownNameError
from steelyard.facts import load_catalogue
from steelyard.study.load import study_from_text
from steelyard.study.reference import resolve_reference, screen_model
from steelyard.study.resolved import resolved_study
from steelyard.study.today_card import today_card, with_card

CATALOGUE = load_catalogue(date(2026, 11, 23))
STATED = "traffic: {requests_per_month: 12M, input_tokens: 900, output_tokens: 150}\n"


def study(text: str) -> Study:
    return study_from_text(STATED + text, "s.yaml")


@pytest.mark.parametrize(
    ("today", "seller", "model"),
    [
        ("openai/gpt-5.4-mini", "openai", "openai/gpt-5.4-mini"),
        ("anthropic/claude-haiku-4.5", "anthropic", "anthropic/claude-haiku-4-5"),
        ("azure_openai/gpt-5.4-mini", "azure", "openai/gpt-5.4-mini"),
        ("bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0", "aws", "anthropic/claude-sonnet-4-5"),
        ("vertex_ai/gemini-2.5-flash", "google", "google/gemini-2.5-flash"),
        ("groq/llama-3.3-70b-versatile", "groq", "llama-3.3-70b"),
    ],
)
def test_what_runs_today_is_found_by_the_names_people_use(today: str, seller: str, model: str) -> None:
    card = today_card(study(f'today: "{today}"\n'), CATALOGUE)
    assert card is not None
    assert (card.seller, card.model) == (seller, model)


def test_a_cloud_bills_what_the_vendor_lists_and_a_host_of_open_weights_does_not() -> None:
    card = today_card(study("today: azure/gpt-5.4-mini\n"), CATALOGUE)
    listed = CATALOGUE.rate_card("openai", "openai/gpt-5.4-mini")
    assert card is not None
    assert listed is not None
    assert card.tiers == listed.tiers
    assert CATALOGUE.rate_card("azure", card.model) is None
    assert with_card(CATALOGUE, card).rate_card("azure", card.model) == card
    with pytest.raises(UnknownNameError, match="unknown model"):
        today_card(study("today: groq/gpt-5.4-mini\n"), CATALOGUE)


def test_a_seller_and_an_accelerator_by_another_name_become_the_catalogue_s() -> None:
    bought = resolved_study(study("today: azure_openai/gpt-5.4-mini\n"), CATALOGUE).today
    assert isinstance(bought, TodayApi)
    assert bought.provider == "azure"
    device = CATALOGUE.accelerators["h100-sxm"]
    text = "today: {self_hosted: {model: llama-3.3-70b, accelerator: H100-SXM, count: 8, rent: $2}}\n"
    held = resolved_study(study(text), CATALOGUE).today
    assert isinstance(held, SelfHostedToday)
    assert held.accelerator == device.id


def test_candidates_keep_their_names_and_gain_the_catalogue_s() -> None:
    named = resolved_study(study("candidates: [Llama-3.3-70B]\n"), CATALOGUE).candidates
    assert named == ("Llama-3.3-70B", "llama-3.3-70b")


def test_machines_without_rent_or_purchase_pay_the_market_s_and_the_study_says_so() -> None:
    given = study("today: {self_hosted: {model: llama-3.3-70b, accelerator: h100-sxm, count: 8}}\n")
    found = resolved_study(given, CATALOGUE)
    rents = [o.usd_per_device_h for o in CATALOGUE.gpu_offers
             if o.accelerator == "h100-sxm" and o.price_type == "on_demand"]  # fmt: skip
    assert isinstance(found.today, SelfHostedToday)
    assert found.today.usd_per_device_h == pytest.approx(median(rents))
    (said,) = (a for a in found.assumed if a.key == "today.self_hosted.rent")
    assert f"{len(rents)} on-demand offers" in said.reason
    own = study("today: {self_hosted: {model: llama-3.3-70b, accelerator: h100-sxm, count: 8, owned_since: 2025-03}}\n")
    assert resolved_study(own, CATALOGUE) == own


def test_a_reference_that_nobody_scored_still_sets_a_bar_and_says_whose() -> None:
    asked = study("today: deepseek/deepseek-chat\n")
    assert "deepseek/deepseek-chat" not in CATALOGUE.quality
    bar = resolve_reference(asked, CATALOGUE, "deepseek/deepseek-chat")
    nothing = resolve_reference(study(""), CATALOGUE, None)
    assert bar.model == "deepseek/deepseek-chat"
    assert bar.stands_in
    assert bar.score == nothing.score
    assert not nothing.stands_in
    assert nothing.model is not None
    assert nothing.model in bar.reason
    assert screen_model(asked, CATALOGUE, bar, "llama-3.2-1b").answer in ("below", "unknown")
    assert "stands in" in screen_model(asked, CATALOGUE, bar, nothing.model).words
    unscored = resolve_reference(asked, replace(CATALOGUE, quality={}, estimated_quality={}), "deepseek/deepseek-chat")
    assert unscored.score is None
    assert not unscored.stands_in


def test_on_a_day_without_scores_the_estimate_of_what_runs_is_the_bar_and_is_said_to_be_one() -> None:
    then = load_catalogue(date(2024, 7, 23))
    asked = study("today: openai/gpt-4o-mini\n")
    bar = resolve_reference(asked, then, "openai/gpt-4o-mini")
    assert bar.score is not None
    assert bar.score.estimated
    assert "no public score" in bar.reason
    ruled_out = screen_model(asked, then, bar, "qwen1.5-0.5b")
    assert ruled_out.answer == "below"
    assert "estimated" in ruled_out.words
    assert screen_model(asked, then, bar, "llama-3.1-405b").stays


def test_a_bar_that_nobody_named_gives_way_where_data_may_not_leave_and_no_open_weights_reach_it() -> None:
    then = load_catalogue(date(2023, 9, 27))
    stays = study("today: none\ndata: {must_stay_on_premises: yes}\n")
    bar = resolve_reference(stays, then, None)
    assert bar.model in then.open_models
    assert "no open weights reach" in bar.reason
    assert any(screen_model(stays, then, bar, model).stays for model in then.open_models)
    free = resolve_reference(study("today: none\n"), then, None)
    assert free.model in then.managed_models
    assert not any(screen_model(stays, then, free, model).stays for model in then.open_models)


def test_a_bar_that_open_weights_reach_stays_where_data_may_not_leave() -> None:
    stays = study("today: none\ndata: {must_stay_on_premises: yes}\n")
    assert resolve_reference(stays, CATALOGUE, None) == resolve_reference(study("today: none\n"), CATALOGUE, None)
