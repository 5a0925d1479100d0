"""A study in an address: differences only, one node a value, the same study when written and read again."""

from pathlib import Path
from urllib.parse import parse_qsl

import pytest

pytest.importorskip("fastapi")

from hypothesis import given
from hypothesis import strategies as st

from steelyard.study.fields_yaml import Keys, read_yaml
from steelyard.study.load import load_study, study_from_text
from steelyard.web.faults import Refusal
from steelyard.web.inputs import GROUPS, shown_groups
from steelyard.web.opened_study import LARGEST_BYTES, opened
from steelyard.web.study_state import PRESETS, State, state_of

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", PRESETS)
def test_an_organisation_is_the_example_of_its_name(name: str) -> None:
    own = study_from_text(State(name, {}).text(), "study")
    example = load_study(ROOT / "examples" / name / "study.yaml")
    aside = {"text", "where"}
    assert own.model_dump(exclude=aside) == example.model_dump(exclude=aside)
    packaged = ROOT / "src" / "steelyard" / "web" / "presets" / f"{name}.yaml"
    assert packaged.read_bytes() == (ROOT / "examples" / name / "study.yaml").read_bytes()


def test_the_address_holds_differences_only() -> None:
    start = State("startup", {})
    everything = {key: start.value(key) for group in GROUPS for key in group.inputs} | {"from": "startup"}
    assert state_of(everything).query == "from=startup"
    moved = state_of(everything | {"horizon": "12 months", "today": ""})
    assert moved.query == "from=startup&horizon=12+months&today="
    study = study_from_text(moved.text(), "study")
    assert study.horizon_months == 12
    assert study.today is None


@given(st.sampled_from([key for group in GROUPS for key in group.inputs]), st.text(max_size=60))
def test_no_value_becomes_another_key(key: str, value: str) -> None:
    before, after = State("startup", {}).tree(), state_of({"from": "startup", key: value})
    root, faults = read_yaml(after.text(), "study")
    assert not faults
    assert isinstance(root, Keys)
    first = key.partition(".")[0]
    assert set(root.entries) <= {*before.entries, first}
    for name, entry in root.entries.items():
        old = before.entries.get(name)
        if name != first and old is not None and isinstance(entry.node, Keys):
            assert isinstance(old.node, Keys)
            assert set(entry.node.entries) == set(old.node.entries)


def test_every_input_says_what_it_is_and_what_it_changes() -> None:
    for _, inputs in shown_groups(State("hospital", {})):
        for shown in inputs:
            assert shown.help[-1] in ".?"
            assert shown.changes
            assert shown.default
            assert shown.example


@pytest.mark.parametrize("name", [*PRESETS, "support-assistant"])
def test_a_study_file_opens_as_the_study_it_is(name: str) -> None:
    raw = (ROOT / "examples" / name / "study.yaml").read_bytes()
    aside = {"text", "where"}
    own = study_from_text(state_of(dict(parse_qsl(opened(raw).query, keep_blank_values=True))).text(), "study")
    assert own.model_dump(exclude=aside) == study_from_text(raw.decode(), "study").model_dump(exclude=aside)


@pytest.mark.parametrize(("raw", "code", "words"), [
    (b"x" * (LARGEST_BYTES + 1), 413, "larger than"), (b"\xff\xfe", 422, "not UTF-8"),
    (b"traffic: {requests_per_month: lots}", 422, "wrong with the study"),
    (b"a: &x [1]\nb: *x\n", 422, "wrong with the study"), (b"!!python/object/apply:os.system [ls]", 422, "wrong with"),
])  # fmt: skip
def test_what_is_no_study_is_refused_with_a_reason(raw: bytes, code: int, words: str) -> None:
    with pytest.raises(Refusal) as refused:
        opened(raw)
    assert refused.value.status == code
    assert words in str(refused.value)
