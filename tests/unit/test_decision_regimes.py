"""Which regimes a study brings into play: those it names, all that a family name covers, those of its data."""

from datetime import date

import pytest

from steelyard.decision.gates import resolve_regimes
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
