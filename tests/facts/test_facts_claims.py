"""Regimes and services: a closed vocabulary, every layer spoken to, every claim sourced and dated."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from steelyard.domain.attributes import ATTRIBUTES, LAYERS, OWN_LEVELS, RULES, countries, implied
from steelyard.domain.claims import Regime, Service
from steelyard.errors import FactsError
from steelyard.facts import load_catalogue
from steelyard.facts.load import DATA
from steelyard.facts.reading import read_entries

AS_OF = date(2026, 11, 23)
CATALOGUE = load_catalogue(AS_OF)
SELLERS = {card.seller for card in CATALOGUE.rate_cards} | {offer.seller for offer in CATALOGUE.gpu_offers}
LADDERS = [
    ("fedramp_high", "fedramp_moderate"),
    ("dod_il5", "fedramp_moderate"),
    ("c5_type2", "c5_type1"),
    ("cleared", "us_persons"),
]


def written(folder: Path, kind: str, name: str, old: str, new: str) -> Path:
    text = (DATA / kind / f"{name}.yaml").read_text(encoding="utf-8")
    assert old in text
    (folder / kind).mkdir()
    (folder / kind / f"{name}.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder / kind


def test_fifty_two_regimes_and_forty_six_services_are_on_file() -> None:
    assert len(CATALOGUE.regimes) == 52
    assert len(set(CATALOGUE.services) - {"consumer_chat_apps"}) == 46


def test_no_law_on_file_demands_own_premises() -> None:
    assert {r.requires_on_premises_by_law for r in CATALOGUE.regimes.values()} <= {"no", "conditional"}


def test_seven_regimes_rest_on_recollection() -> None:
    assert Counter(r.evidence[0].grade.value for r in CATALOGUE.regimes.values())["recalled"] == 7


@pytest.mark.parametrize("name", sorted(CATALOGUE.services))
def test_a_service_speaks_to_every_layer_and_sources_what_it_says(name: str) -> None:
    service = CATALOGUE.services[name]
    assert set(OWN_LEVELS) <= {claim.layer for claim in service.claims}
    for claim in service.claims:
        assert (claim.grade == "not_found") == (not claim.statement) == (not claim.evidence)
        assert not claim.attribute or claim.layer in {ATTRIBUTES[claim.attribute].layer, "zero_retention", "agreement"}
        for evidence in claim.evidence:
            assert evidence.as_of <= AS_OF
            assert (evidence.url is None) == (evidence.grade == "recalled")
            assert claim.grade != "recalled" or evidence.grade == "recalled"
    assert set(service.sellers) <= SELLERS


def test_one_setting_at_most_is_the_default() -> None:
    for service in CATALOGUE.services.values():
        assert sum(c.default for c in service.configurations) <= 1, service.id


@pytest.mark.parametrize(
    ("kind", "name", "old", "new", "told"),
    [
        ("regimes", "hipaa", "agreement: [baa]", "agrement: [baa]", "unknown attribute 'agrement'"),
        ("regimes", "hipaa", "agreement: [baa]", "agreement: [bba]", "did you mean 'baa'"),
        ("regimes", "turkey_bddk", "inference_location: [TR]", "inference_location: [Turkey]", "unknown value"),
        ("services", "groq", "values: [baa]", "values: [bbaa]", "known: audit_right, baa"),
        ("services", "groq", "layer: retention", "layer: keeping", "unknown layer 'keeping'"),
        ("services", "groq", "configuration: zero_retention", "configuration: zero", "unknown configuration 'zero'"),
    ],
)
def test_a_word_outside_the_vocabulary_names_file_entry_key_and_the_known_ones(
    tmp_path: Path, kind: str, name: str, old: str, new: str, told: str
) -> None:
    folder = written(tmp_path, kind, name, old, new)
    with pytest.raises(FactsError) as caught:
        read_entries(folder, Regime if kind == "regimes" else Service)
    words = str(caught.value)
    assert told in words
    assert f"{kind}/{name}.yaml: {name}" in words


@pytest.mark.parametrize(("higher", "lower"), LADDERS)
def test_a_higher_certificate_answers_for_the_lower_and_not_the_other_way(higher: str, lower: str) -> None:
    assert lower in implied([higher])
    assert higher not in implied([lower])


def test_places_nest() -> None:
    assert countries(["DE"]) < countries(["EU"]) < countries(["EEA"]) < countries(["adequate"])
    assert "US" not in countries(["adequate"])
    assert not countries(["CA"]) <= countries(["CA_QC"])


def test_every_rule_of_an_attribute_is_told() -> None:
    assert {a.rule_id for a in ATTRIBUTES.values()} <= set(RULES)
    assert {a.layer for a in ATTRIBUTES.values()} <= set(LAYERS)


def test_the_regimes_and_services_are_those_collected(shared: Path) -> None:
    yaml = YAML(typ="safe", pure=True)
    regimes = yaml.load((shared / "compliance/regimes.yaml").read_text())["regimes"]
    assert {(r["id"], r["grade"], bool(r.get("conflicts"))) for r in regimes} == {
        (r.id, r.evidence[0].grade.value, bool(r.conflicts)) for r in CATALOGUE.regimes.values()
    }
    providers = yaml.load((shared / "compliance/providers.yaml").read_text())["providers"]
    assert {p["id"] for p in providers} == set(CATALOGUE.services) - {"consumer_chat_apps"}
