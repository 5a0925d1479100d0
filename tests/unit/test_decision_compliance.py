"""What a service must show: settings, defaults, models, transfers, who signs; on the claims carried."""

from datetime import date

import pytest

from steelyard.decision.compliance import Deployment, Requirement, compare, requirements_of, verdict_of
from steelyard.domain.claims import GateFinding
from steelyard.domain.evidence import Grade
from steelyard.facts import load_catalogue

DAY = date(2026, 11, 23)
CATALOGUE = load_catalogue(DAY)


def need(attribute: str, *values: str, settled: bool = True) -> Requirement:
    return Requirement(attribute, values, "law", "a law", settled)


def at(service: str, *needs: Requirement, how: Deployment | None = None, day: date = DAY) -> dict[str, GateFinding]:
    return {f.rule_id: f for f in compare(needs, CATALOGUE.services[service], day, deployment=how)}


def test_a_setting_that_meets_the_place_is_the_condition_and_the_default_is_named() -> None:
    found = at("azure_openai_commercial", need("inference_location", "EEA"))
    assert found["R02"].answer == "possible if you can show"
    assert "Data Zone" in found["R02"].condition or "Regional" in found["R02"].condition
    assert "Global deployment is not in use" in found["R19"].condition


def test_holding_to_the_default_is_blocked_and_the_way_out_is_told() -> None:
    held = Deployment(configuration="global_deployment")
    found = at("azure_openai_commercial", need("inference_location", "EEA"), how=held)
    assert found["R02"].answer == "blocked"
    assert "instead of the default" in found["R19"].condition


def test_the_price_of_a_place_stands_with_its_condition() -> None:
    found = at("openai_api", need("inference_location", "EEA"))
    assert "uplift: 10 %" in found["R02"].condition


@pytest.mark.parametrize(("service", "asked"), [("scaleway", False), ("together", True), ("openai_api", False)])
def test_a_transfer_tool_is_asked_for_only_where_inference_cannot_stay(service: str, asked: bool) -> None:
    assert ("R01" in at(service, need("agreement", "transfer_tool"))) is asked


def test_the_us_is_adequate_for_a_certified_recipient_alone() -> None:
    found = at("together", need("inference_location", "EEA", "adequate"))
    assert "data privacy framework" in found["R02"].condition
    assert at("together", need("inference_location", "EEA"))["R02"].answer == "blocked"


def test_where_another_company_processes_it_is_the_one_that_signs() -> None:
    assert "the one that signs" in at("claude_platform_on_aws", need("agreement", "dpa"))["R07"].condition
    assert "R07" not in at("openai_api", need("agreement", "dpa"))


def test_a_hub_is_judged_by_the_model() -> None:
    reach = need("operator_reach", "EEA")
    assert at("t_systems_llm_hub", reach)["R08"].answer == "blocked"
    own = at("t_systems_llm_hub", reach, how=Deployment(model="llama-3.3-70b-instruct", open_weights=True))
    assert {f.answer for f in own.values()} == {"no blocking rule found"}


def test_without_a_model_the_condition_is_that_it_keeps_nothing() -> None:
    keep = need("retention", "none")
    assert "none of fable-5" in at("amazon_bedrock_commercial", keep)["R06"].condition
    plain = at("amazon_bedrock_commercial", keep, how=Deployment(model="amazon/nova-2-lite"))
    assert "R06" not in plain
    covered = at("amazon_bedrock_commercial", keep, how=Deployment(model="anthropic/claude-fable-5"))
    assert covered["R06"].answer == "blocked"


def test_models_that_refuse_the_setting_run_anywhere() -> None:
    us = need("inference_location", "US")
    assert at("anthropic_api", us, how=Deployment(model="anthropic/claude-opus-5"))["R02"].answer != "blocked"
    assert at("anthropic_api", us, how=Deployment(model="anthropic/claude-haiku-4-5"))["R02"].answer == "blocked"


def test_an_addendum_can_be_asked_for_only_where_there_is_an_agreement_to_add_to() -> None:
    assert at("openai_api", need("agreement", "dora_art30"))["R01"].answer == "possible if you can show"
    assert at("deepinfra", need("agreement", "dora_art30"))["R01"].answer == "unknown"


def test_own_machines_are_no_certificate() -> None:
    found = at("own_data_centre", need("certification", "c5_type2"))
    assert set(found) == {"R17"}
    assert found["R17"].answer == "possible if you can show"


def test_zero_retention_does_not_keep_a_record() -> None:
    record = need("record_keeping", "firm_archive")
    kept = at("openai_api", record)["R13"]
    assert kept.answer == "possible if you can show"
    assert "archive" in kept.condition
    assert at("openai_api", record, how=Deployment(archive="no"))["R13"].answer == "blocked"


def test_a_certificate_of_a_higher_level_answers_for_a_lower_one() -> None:
    assert verdict_of(tuple(at("azure_openai_gov", need("certification", "fedramp_low")).values())) == (
        "no blocking rule found"
    )
    assert at("openai_api", need("certification", "fedramp_high"))["R09"].answer == "unknown"


def test_vendor_terms_exclude_a_use_whatever_the_law_says() -> None:
    service = CATALOGUE.services["gemini_api_developer"]
    found = compare([], service, DAY, uses=["under_18"])
    assert [(f.answer, f.rule_id, f.whose) for f in found] == [("blocked", "R12", "vendor's terms")]
    assert compare([], service, DAY) == ()


def test_a_recalled_regime_excludes_nobody() -> None:
    regime = CATALOGUE.regimes["fr_hds"]
    assert all(not n.settled for n in requirements_of(regime))
    assert "blocked" not in {f.answer for s in CATALOGUE.services.values()
                             for f in compare(requirements_of(regime), s, DAY)}  # fmt: skip


def test_a_claim_past_its_days_says_so() -> None:
    found = at("scaleway", need("inference_location", "EEA"), day=date(2027, 6, 1))
    assert found["R02"].answer == "possible if you can show"
    assert found["R02"].basis.endswith("past its days")


def test_a_regime_of_ones_own_is_policy_and_its_strict_reading_needs_no_law() -> None:
    regime = CATALOGUE.regimes["hipaa"]
    own = regime.model_copy(update={"evidence": (regime.evidence[0].model_copy(update={"grade": Grade.USER}),)})
    assert {n.whose for n in requirements_of(own)} == {"your policy"}
    assert {n.whose for n in requirements_of(regime)} == {"law"}
    assert {n.whose for n in requirements_of(regime, strict=True)} == {"law", "your policy"}
