"""Twelve situations whose verdicts were worked out by hand from the evidence: every option, every rule."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from steelyard.facts import load_catalogue

ROOT = Path(__file__).resolve().parents[2]


def _script() -> Any:
    spec = importlib.util.spec_from_file_location("gate_scenarios", ROOT / "scripts/gate_scenarios.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


SCRIPT = _script()
CATALOGUE = load_catalogue(SCRIPT.COLLECTED)
SCENARIOS = SCRIPT.read_scenarios(SCRIPT.SCENARIOS)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s["id"])
def test_every_option_is_answered_as_worked_out(scenario: dict[str, Any]) -> None:
    wrong = [(o.option, o.expected, o.expected_rules, o.answer, o.rules)
             for o in SCRIPT.outcomes(scenario, CATALOGUE) if not o.right]  # fmt: skip
    assert not wrong


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s["id"])
def test_an_exclusion_names_whose_rule_it_is_and_the_claim_it_rests_on(scenario: dict[str, Any]) -> None:
    for outcome in SCRIPT.outcomes(scenario, CATALOGUE):
        for finding in outcome.findings:
            if finding.answer == "blocked":
                assert finding.whose
                assert "seen 20" in finding.basis or "archive" in outcome.option


def test_no_restriction_is_invented_where_nothing_is_asked() -> None:
    control = next(s for s in SCENARIOS if s["id"] == "S20")
    found = [f for o in SCRIPT.outcomes(control, CATALOGUE) for f in o.findings]
    assert {f.rule_id for f in found} == {"R16"}
    assert not any(f.condition for f in found)


def test_once_the_evidence_has_expired_nothing_is_excluded_on_it_and_nothing_new_is_cleared() -> None:
    later = load_catalogue(SCRIPT.COLLECTED.replace(year=2027))
    for scenario in SCENARIOS:
        for now, then in zip(SCRIPT.outcomes(scenario, CATALOGUE), SCRIPT.outcomes(scenario, later), strict=True):
            assert then.answer != "blocked" or "archive" in then.option
            assert then.answer != "no blocking rule found" or now.answer == then.answer


def test_the_page_shows_the_twelve_as_they_are_answered() -> None:
    found = [outcome for scenario in SCENARIOS for outcome in SCRIPT.outcomes(scenario, CATALOGUE)]
    page = SCRIPT.PAGE.read_text(encoding="utf-8")
    assert SCRIPT.table(found, SCENARIOS) in page, "run scripts/gate_scenarios.py --write and read the difference"


def test_the_situations_are_those_collected(shared: Path) -> None:
    theirs = SCRIPT.read_scenarios(shared / "compliance/scenarios.yaml")
    expected = {s["id"]: list(SCRIPT.expectations(s["expected"])) for s in theirs}
    assert {s["id"]: list(SCRIPT.expectations(s["expected"])) for s in SCENARIOS} == expected
