"""Which services an option is held against, and what rules of one's own, own machines and a strict reading change."""

import re
from dataclasses import replace
from datetime import date

import pytest

from option_example import card
from steelyard.decision.data_gate import Asked, asked_of, data_findings, judge_service, own_requirements
from steelyard.decision.regimes import resolve_regimes
from steelyard.domain.claims import GateFinding
from steelyard.domain.study import Study
from steelyard.errors import StudyError
from steelyard.facts import load_catalogue
from steelyard.finance.builder import LedgerBuilder
from steelyard.options.option import Option
from steelyard.study.load import study_from_text

CATALOGUE = load_catalogue(date(2026, 11, 23))
NEVER_SAID = re.compile(r"\b(compliant|legal|approved|sovereign)\b", re.IGNORECASE)
TRAFFIC = "traffic: {requests_per_month: 1M, input_tokens: 900, output_tokens: 150}\n"
HELD = "today: {self_hosted: {model: llama-3.3-70b-instruct, accelerator: h100-sxm, count: 8, %s}}\n"


def study(data: str, today: str = "") -> Study:
    return study_from_text(f"{TRAFFIC}{today}data: {data}\n", "s.yaml")


def option(kind: str = "buy_api", model: str = "openai/gpt-5.4-mini", seller: str = "") -> Option:
    listed = card(model).model_copy(update={"seller": seller}) if seller else None
    return Option(id="o", label="O", kind=kind, model=model, ledger=LedgerBuilder("o").build(), card=listed)  # type: ignore[arg-type]


def found(o: Option, s: Study) -> tuple[GateFinding, ...]:
    return data_findings(o, s, CATALOGUE, resolve_regimes(s, CATALOGUE)[0])


def test_without_a_rule_there_is_no_finding() -> None:
    assert found(option(seller="openai"), study("{must_stay_on_premises: no}")) == ()


@pytest.mark.parametrize(("held", "answer"), [("owned_since: 2025-03", "no blocking rule found"),
                                              ("rent: $2 per hour", "blocked")])  # fmt: skip
def test_data_that_must_stay_may_stay_on_machines_owned_today_not_on_rented_ones(held: str, answer: str) -> None:
    s = study("{must_stay_on_premises: yes}", HELD % held)
    assert [f.answer for f in found(option("keep_today"), s)] == [answer]


def test_the_best_service_of_a_seller_counts_and_is_named() -> None:
    findings = found(option(seller="google", model="google/gemini-3-flash"), study("{regimes: [HIPAA]}"))
    assert {f.service for f in findings} == {"google_vertex_commercial"}
    assert any(f.rule_id == "R01" and "Vertex" in f.condition for f in findings)
    assert "blocked" not in {f.answer for f in findings}


def test_a_seller_without_a_file_is_unknown_not_barred_and_must_show_what_a_silent_one_must() -> None:
    findings = found(option(seller="nobody"), study("{regimes: [HIPAA]}"))
    assert "blocked" not in {f.answer for f in findings}
    assert findings[0].answer == "unknown"
    assert "nobody" in findings[0].condition
    assert any(f.rule_id == "R01" and f.answer == "unknown" and "associate agreement" in f.condition for f in findings)


def test_a_model_that_keeps_content_breaks_a_policy_of_keeping_nothing_whatever_the_platform_offers() -> None:
    s = study("{custom_rules: [{attribute: retention, value: none, name: nothing is kept}]}")
    plain = found(option(seller="aws", model="anthropic/claude-opus-4-6"), s)
    covered = found(option(seller="aws", model="anthropic/claude-fable-5"), s)
    assert "blocked" not in {f.answer for f in plain}
    assert [(f.rule_id, f.whose) for f in covered if f.answer == "blocked"] == [("R06", "your policy")]


def test_the_strict_reading_is_policy_and_excludes_an_operator_that_the_plain_law_does_not() -> None:
    plain, strict = study("{regimes: [GDPR]}"), study('{regimes: ["GDPR: strict"]}')
    assert "blocked" not in {f.answer for f in found(option(seller="azure"), plain)}
    barred = [f for f in found(option(seller="azure"), strict) if f.answer == "blocked"]
    assert {f.whose for f in barred} == {"your policy"}
    assert "R08" in {f.rule_id for f in barred}


def test_rented_machines_are_held_against_their_landlord() -> None:
    findings = found(option("self_host_rented"), study("{regimes: [HIPAA]}"))
    assert {f.service for f in findings} <= {"self_hosted_neocloud", "self_hosted_hyperscaler"}
    owned = found(option("self_host_owned"), study("{regimes: [HIPAA]}"))
    assert "R17" in {f.rule_id for f in owned}


def test_a_family_written_strictly_is_read_strictly_throughout() -> None:
    s = study('{regimes: ["FedRAMP: strict"]}')
    regimes, unknown = resolve_regimes(s, CATALOGUE)
    assert not unknown
    assert {n.attribute for n in asked_of(s, regimes).requirements if n.whose == "your policy"} == {"personnel"}


@pytest.mark.parametrize(("rule", "told"), [
    ({"attribute": "retension", "value": "none"}, "did you mean 'retention'"),
    ({"attribute": "retention", "value": "never"}, "unknown value of retention 'never'"),
    ({"attribute": "retention"}, "a rule without a value"),
    ({"attribute": "retention", "value": "none", "wish": 1}, "unknown key 'wish'"),
])  # fmt: skip
def test_an_own_rule_outside_the_vocabulary_is_refused_with_its_place(rule: dict[str, object], told: str) -> None:
    with pytest.raises(StudyError, match=r"s\.yaml, data\.custom_rules\[1\]") as caught:
        own_requirements([rule], "s.yaml")
    assert told in str(caught.value)


def test_claims_of_another_day_neither_exclude_nor_clear() -> None:
    s = study("{custom_rules: [{attribute: operator_reach, value: EEA, name: no foreign authority}]}")
    later = replace(CATALOGUE, as_of=date(2027, 11, 23))
    assert "blocked" in {f.answer for f in found(option(seller="openai"), s)}
    assert {f.answer for f in data_findings(option(seller="openai"), s, later, ())} == {"possible if you can show"}


@pytest.mark.parametrize("seller", ["google", "azure"])
def test_the_order_of_services_changes_nothing(seller: str) -> None:
    s = study('{regimes: ["GDPR: strict", HIPAA]}')
    turned = replace(CATALOGUE, services=dict(reversed(list(CATALOGUE.services.items()))))
    regimes, _ = resolve_regimes(s, CATALOGUE)
    o = option(seller=seller)
    assert data_findings(o, s, CATALOGUE, regimes) == data_findings(o, s, turned, regimes)


@pytest.mark.parametrize("seller", sorted({x for v in CATALOGUE.services.values() for x in v.sellers}))
def test_no_regime_on_file_fails_at_any_seller_and_a_blocking_finding_names_rule_and_claim(seller: str) -> None:
    s = study("{must_stay_on_premises: no}")
    for regime in CATALOGUE.regimes.values():
        for finding in data_findings(option(seller=seller), s, CATALOGUE, [regime]):
            assert finding.answer != "blocked" or (finding.rule_id and finding.basis)
            assert finding.answer != "possible if you can show" or finding.condition
            said = f"{finding.rule.removeprefix('the law says: ' + regime.name)} {finding.condition}"
            assert not NEVER_SAID.search(said), said


def test_a_setting_that_a_doubtful_claim_stands_against_is_not_preferred_to_silence() -> None:
    """A call across the partition holds but one certificate; of the one asked for nothing is known in the partition."""
    asked = Asked([CATALOGUE.regimes["china_genai_measures"]])
    found = judge_service(CATALOGUE.services["amazon_bedrock_govcloud"], asked, CATALOGUE)
    (certificate,) = [f for f in found if f.rule_id == "R09"]
    assert certificate.answer == "unknown"
    assert "across the partition" not in certificate.condition


def test_who_reaches_plain_text_must_be_in_the_contract() -> None:
    asked = Asked([CATALOGUE.regimes["itar"]])
    (found,) = judge_service(CATALOGUE.services["azure_openai_gov"], asked, CATALOGUE)
    assert found.answer == "possible if you can show"
    assert "covers this endpoint and model" in found.condition
