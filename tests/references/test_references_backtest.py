"""Cases of the back-test: a study or a reason each, studies as the table of ranges makes them, the page complete."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from ruamel.yaml import YAML

from steelyard.study.load import study_from_text

ROOT = Path(__file__).resolve().parents[2]


def script() -> ModuleType:
    """Return the script that makes studies of cases."""
    spec = importlib.util.spec_from_file_location("backtest_cases", ROOT / "scripts/backtest_cases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = script()
CASES = SCRIPT.read_cases()
FOLDER = SCRIPT.FOLDER
TESTED = [case for case in CASES if case.study]


def test_every_case_is_a_study_or_says_why_not() -> None:
    assert len({case.facts["id"] for case in CASES}) == len(CASES)
    for case in CASES:
        assert bool(case.study) != ("not_testable" in case.facts), case.facts["id"]
        assert case.facts["source"]
        assert case.facts["evidence"]


@pytest.mark.parametrize("case", TESTED, ids=lambda case: case.facts["id"])
def test_a_study_is_what_was_published_and_the_table(case) -> None:
    name = f"{case.facts['id']}.yaml"
    assert (FOLDER / name).read_text(encoding="utf-8") == case.study, "run `make backtest`"
    assert study_from_text(case.study, name).name == case.facts["id"]


def test_the_page_names_every_case() -> None:
    page = (ROOT / "docs" / "backtest.md").read_text(encoding="utf-8")
    for case in CASES:
        place = f"examples/cases/{case.facts['id']}.yaml" if case.study else case.facts["not_testable"]
        assert place in page, case.facts["id"]


def test_volumes_follow_from_what_was_published() -> None:
    studies = {case.facts["id"]: study_from_text(case.study, case.facts["id"]) for case in TESTED}
    shops = studies["shopify-catalogue"].traffic.stated
    assert shops.requests_per_month.p50 == pytest.approx(40e6 * 30, rel=0.02)
    marsh = studies["marsh-mclennan"].traffic.stated
    assert marsh.requests_per_month.p50 == pytest.approx(25e6 / 12, rel=0.02)
    mail = studies["nylas"].traffic.stated.requests_per_month
    assert (mail.p10, mail.p90) == pytest.approx((0.01 * 20e6, 0.03 * 30e6))


def test_no_case_is_decided_before_the_models_it_names() -> None:
    for case in CASES:
        named = case.facts.get("named_from")
        assert named is None or case.day >= named


def test_every_published_case_has_its_place(shared) -> None:
    published = YAML(typ="safe", pure=True).load((shared / "decisions" / "cases_dev.yaml").read_text(encoding="utf-8"))
    assert len(published["cases"]) == len(CASES)
