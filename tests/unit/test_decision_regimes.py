"""Which regimes a study brings into play: those it names, all that a family name covers, those of its data."""

from datetime import date

import pytest

from steelyard.decision.regimes import resolve_regimes
from steelyard.domain.attributes import countries
from steelyard.facts import load_catalogue
from steelyard.study.load import study_from_text

CATALOGUE = load_catalogue(date(2026, 11, 23))
TRAFFIC = "traffic: {requests_per_month: 1M, input_tokens: 900, output_tokens: 150}\n"


def resolved(data: str) -> tuple[set[str], tuple[str, ...]]:
    regimes, unknown = resolve_regimes(study_from_text(f"{TRAFFIC}data: {data}\n", "s.yaml"), CATALOGUE)
    return {r.id for r in regimes}, unknown


def test_a_named_regime_is_found_whatever_its_case() -> None:
    assert resolved("{regimes: [HIPAA]}")[0] == {"hipaa"}


def test_a_family_name_brings_in_every_member() -> None:
    found, unknown = resolved("{regimes: [FedRAMP]}")
    assert {"fedramp_low", "fedramp_moderate", "fedramp_high"} <= found
    assert not unknown


def test_naming_a_regime_drops_none_that_the_data_brings_in() -> None:
    alone, _ = resolved("{classification: phi, countries: [US]}")
    both, _ = resolved("{classification: phi, countries: [US], regimes: [SOX]}")
    assert "hipaa" in alone
    assert both == alone | {"sox"}


@pytest.mark.parametrize("name", ["HIPPA", "our own rule"])
def test_a_name_nobody_knows_is_told(name: str) -> None:
    assert resolved(f"{{regimes: [{name}]}}") == (set(), (name,))


BROUGHT: dict[str, set[str]] = {
    "{classification: pii, countries: [DE]}": {"gdpr"},
    "{classification: personal_data, countries: ['NO']}": {"gdpr"},
    "{classification: pii, countries: [FR, GB, US]}": {"gdpr", "uk_gdpr"},
    "{classification: pii, countries: [US]}": set(),
    "{classification: phi, countries: [US]}": {"hipaa"},
    "{classification: patient data, countries: [US]}": {"hipaa"},
    "{classification: phi, countries: [DE]}": {"gdpr", "de_sgb_v_393"},
    "{classification: patient data, countries: [FR]}": {"gdpr", "fr_hds"},
    "{classification: biometric, countries: [IT]}": {"gdpr", "eu_ai_act_high_risk_deployer"},
    "{classification: bank_data, countries: [NL]}": {"dora", "eba_outsourcing"},
    "{classification: cardholder_data}": {"pci_dss"},
    "{classification: cui, countries: [US]}": set(),
    "{classification: public, countries: [DE]}": set(),
    "{classification: pii}": set(),
}


@pytest.mark.parametrize("data", BROUGHT)
def test_a_data_class_brings_in_the_rules_of_the_countries_it_lies_in(data: str) -> None:
    assert resolved(data) == (BROUGHT[data], ())


def test_every_personal_data_law_of_a_country_is_brought_in_by_that_country() -> None:
    laws = [r for r in CATALOGUE.regimes.values() if "personal_data" in r.data_classes and r.id != "quebec_law25"]
    assert len(laws) > 10
    for law in laws:
        place = sorted(countries(law.applies_in))[0]
        assert law.id in resolved(f"{{classification: pii, countries: ['{place}']}}")[0]
