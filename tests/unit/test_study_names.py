"""Names nobody knows are told all at once, each with its line and near names."""

from dataclasses import replace
from datetime import date

import pytest

from option_example import catalogue
from steelyard.decision.regimes import resolve_regimes
from steelyard.domain.study import Study
from steelyard.facts import load_catalogue
from steelyard.study.load import study_from_text
from steelyard.study.names import name_faults

STATED = "traffic: {requests_per_month: 12M, input_tokens: 900, output_tokens: 150}\n"


def told(text: str, day: date | None = None) -> list[str]:
    study: Study = study_from_text(STATED + text, "s.yaml")
    known = replace(catalogue(), as_of=day) if day else catalogue()
    return [str(fault) for fault in name_faults(study, known)]


def test_known_names_are_no_faults() -> None:
    known = next(iter(catalogue().open_models), "seller/today")
    assert told(f"today: {{provider: seller, model: today}}\ncandidates: [{known}, today]\n") == []
    assert told("") == []


def test_every_unknown_name_is_told_with_its_line() -> None:
    faults = told(
        "today: {self_hosted: {model: opem-1b, accelerator: h900, count: 8}}\n"
        "quality: {at_least: nobody/knows}\n"
        "candidates:\n  - today\n  - todey\n"
    )
    places = [fault.split(": unknown")[0] for fault in faults]
    assert places == [
        "s.yaml, line 2, today.self_hosted.model", "s.yaml, line 2, today.self_hosted.accelerator",
        "s.yaml, line 3, quality.at_least", "s.yaml, line 6, candidates[2]",
    ]  # fmt: skip
    assert "Did you mean 'today'" in faults[3]


def test_an_unknown_seller_and_an_unknown_model_of_a_known_one() -> None:
    assert "line 2, today.provider: unknown seller 'saler'" in told("today: saler/today\n")[0]
    assert "line 2, today.model: unknown model 'todai'" in told("today:\n  seller/todai\n".replace("\n  ", " "))[0]


def test_a_model_not_yet_sold_on_the_day_is_told_with_the_first_day_it_is_known() -> None:
    (fault,) = told("today: openai/gpt-5.4-mini\n", date(2025, 6, 1))
    assert "line 2, today.model: 'gpt-5.4-mini' is first known at openai on 2026-03-17" in fault
    assert "--as-of 2026-03-17" in fault
    named = told("quality: {at_least: openai/gpt-4.1-mini}\ncandidates: [gpt-5.4-mini]\n", date(2025, 4, 1))
    assert "quality.at_least: 'openai/gpt-4.1-mini' is first known on 2025-04-14" in named[0]
    assert "candidates[1]: 'gpt-5.4-mini' is first known on 2026-03-17" in named[1]


def test_a_name_known_by_the_day_but_not_listed_here_is_an_unknown_one() -> None:
    assert "unknown seller 'openai'" in told("today: openai/gpt-4o\n", date(2025, 6, 1))[0]


def test_a_regime_nearly_on_file_is_a_fault_and_one_of_ones_own_is_not() -> None:
    known = load_catalogue(date(2026, 11, 23))
    study = study_from_text(STATED + "data: {regimes: [HIPAA, HIPPA, GDRP, LGPD, House rules]}\n", "s.yaml")
    faults = [str(fault) for fault in name_faults(study, known)]
    assert [fault.split("Did you mean ")[1].split("?")[0] for fault in faults] == ["'hipaa'", "'gdpr'"]
    assert "s.yaml, line 2, data.regimes[2]: unknown regime 'HIPPA'" in faults[0]
    found, unknown = resolve_regimes(study, known)
    assert {"hipaa", "brazil_lgpd"} <= {regime.id for regime in found}
    assert "House rules" in unknown


def test_a_word_that_is_on_no_list_is_told_with_its_line_the_list_and_the_nearest() -> None:
    faults = told(
        "quality:\n  task: sumarise\n  needs: [tools, visoin]\ndata:\n  classification: publlic\n  countries: [US]\n"
    )
    assert [fault.split(". Expected")[0] for fault in faults] == [
        "s.yaml, line 3, quality.task: unknown task 'sumarise'",
        "s.yaml, line 4, quality.needs[2]: unknown capability 'visoin'",
        "s.yaml, line 6, data.classification: unknown data class 'publlic'",
    ]
    assert "one of: agent, analysis, assistant, chat," in faults[0]
    assert [fault.rpartition("Did you mean ")[2] for fault in faults] == ["'summarise'?", "'vision'?", "'public'?"]


def test_a_word_near_none_is_told_what_to_write_instead() -> None:
    (fault,) = told("quality: {task: xyzzy}\n")
    assert fault.endswith("Write `other` if none fits: the overall index alone then screens.")


@pytest.mark.parametrize("words", [
    "quality: {task: legal research}", "quality: {task: Text-to-SQL}", "quality: {task: other}",
    "quality: {needs: [function calling, long-context, structured_output]}", "data: {classification: PII}",
    "data: {classification: source code}",
])  # fmt: skip
def test_a_word_of_the_list_is_known_in_any_usual_spelling(words: str) -> None:
    assert told(words + "\n") == []


def test_every_data_class_of_a_regime_on_file_may_be_named() -> None:
    known = load_catalogue(date(2026, 11, 28))
    for name in sorted({name for regime in known.regimes.values() for name in regime.data_classes}):
        study: Study = study_from_text(f"{STATED}data: {{classification: {name}}}\n", "s.yaml")
        assert name_faults(study, known) == ()
