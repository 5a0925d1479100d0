"""Flags state the same study as a file, and the interview writes a file that loads again."""

from itertools import combinations

import pytest

from steelyard.errors import StudyError
from steelyard.study.fields import Section
from steelyard.study.fields_study import STUDY
from steelyard.study.flags import FLAGS, study_from_flags, text_from_flags
from steelyard.study.interview import QUESTIONS, commented_study
from steelyard.study.load import study_from_text

TRAFFIC: dict[str, str | tuple[str, ...] | None] = {
    "requests_per_month": "12M", "input_tokens": "900", "output_tokens": "150",
}  # fmt: skip
ALL: dict[str, str | tuple[str, ...] | None] = TRAFFIC | {
    "name": "support", "growth": "2% to 6% per month", "shape": "flat", "today": "openai/gpt-5.4-mini",
    "must_stay": "no", "exclusive_data": "yes", "model_is_product": "no", "regime": ("HIPAA", "GDPR: strict"),
    "country": ("US", "NO"), "engineers": "1.5", "operating_expense_per_year": "$9M", "horizon": "24 months",
}  # fmt: skip


def test_flags_mean_what_the_same_words_mean_in_a_file() -> None:
    study = study_from_flags(ALL)
    assert study_from_text(study.text, study.where) == study
    assert study.name == "support"
    assert study.horizon_months == 24
    assert study.data.regimes == ("HIPAA", "GDPR: strict")
    assert study.data.countries == ("US", "NO")
    assert study.training_data.exclusive == "yes"
    assert study.team.ml_platform_engineers == 1.5


def test_the_same_flags_give_the_same_text() -> None:
    assert text_from_flags(ALL) == text_from_flags(dict(reversed(ALL.items())))


def test_what_is_typed_cannot_become_another_key() -> None:
    with pytest.raises(StudyError):
        study_from_flags(TRAFFIC | {"name": "x\nhorizon: 3 months"})
    assert study_from_flags(TRAFFIC | {"regime": ("a], countries: [US",)}).data.countries == ()


@pytest.mark.parametrize(
    ("change", "place", "what"),
    [
        ({"requests_per_month": "12 million"}, "--requests-per-month", "unknown unit 'million'"),
        ({"input_tokens": "-3"}, "--input-tokens", "is negative"),
        ({"must_stay": "perhaps"}, "--must-stay", "no answer"),
        ({"country": ("US", "UK")}, "--country", "not a country code"),
        ({"today": "gpt-5.4-mini"}, "--today", "does not say what runs now"),
        ({"horizon": "0"}, "--horizon", "below anything sensible"),
        ({"output_tokens": None}, "flags", "lacks output-tokens"),
        ({"log": ("usage.csv",)}, "flags", "both a log and stated traffic"),
        (dict.fromkeys(TRAFFIC), "flags", "no traffic"),
    ],
)
def test_a_fault_names_the_flag_that_was_typed(change: dict[str, str], place: str, what: str) -> None:
    with pytest.raises(StudyError) as caught:
        study_from_flags(TRAFFIC | change)
    faults = [str(fault) for fault in caught.value.faults]
    assert len(faults) == 1, faults
    assert faults[0].startswith(f"{place}: ")
    assert what in faults[0]


def test_all_faults_of_the_flags_are_told_at_once() -> None:
    with pytest.raises(StudyError) as caught:
        study_from_flags({"requests_per_month": "x", "input_tokens": "y", "output_tokens": "z", "today": "w"})
    assert len(caught.value.faults) == 4


def test_every_flag_sets_a_key_that_exists() -> None:
    sections = {entry.key: entry.kind for entry in STUDY.fields}
    for flag in FLAGS:
        kind = sections[flag.path[0]]
        if len(flag.path) == 2:
            assert isinstance(kind, Section)
            assert flag.path[1] in {entry.key for entry in kind.fields}


@pytest.mark.parametrize("said", [*combinations(sorted(set(ALL) - set(TRAFFIC)), 2), (), tuple(ALL)])
def test_a_written_study_loads_again_and_says_what_was_said(said: tuple[str, ...]) -> None:
    given = TRAFFIC | {name: ALL[name] for name in said}
    file = study_from_text(commented_study(given), "study.yaml")
    direct = study_from_flags(given)
    assert file.model_copy(update={"text": "", "where": "", "assumed": (), "name": ""}) == direct.model_copy(
        update={"text": "", "where": "", "assumed": (), "name": ""}
    )


def test_every_key_stands_in_a_written_study() -> None:
    text = commented_study(TRAFFIC)
    for entry in STUDY.fields:
        assert f"{entry.key}:" in text
        if isinstance(entry.kind, Section):
            assert all(f"{inner.key}:" in text for inner in entry.kind.fields)


def test_any_default_may_be_uncommented_as_it_stands() -> None:
    lines = commented_study(TRAFFIC).splitlines()
    tried = 0
    for index, line in enumerate(lines):
        if not line.startswith("# ") or ":" not in line or not line.split("#")[1].partition(":")[2].strip():
            continue
        if line[2:].split(":")[0].strip() not in _keys_with_default():
            continue
        changed = [*lines[:index], line[2:], *lines[index + 1 :]]
        study_from_text("\n".join(changed), "study.yaml")
        tried += 1
    assert tried >= 12


def _keys_with_default() -> set[str]:
    keys: set[str] = set()
    for entry in STUDY.fields:
        inner = entry.kind.fields if isinstance(entry.kind, Section) else (entry,)
        keys |= {field.key for field in inner if field.default}
    return keys


def test_the_interview_has_ten_questions_and_asks_for_flags_that_exist() -> None:
    assert [question.number for question in QUESTIONS] == list(range(1, 11))
    asked = {name for question in QUESTIONS for name, _ in question.parameters}
    assert asked <= {flag.parameter for flag in FLAGS}
