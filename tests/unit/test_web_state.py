"""A study in an address: differences only, one node a value, the same study when written and read again."""

from pathlib import Path

import pytest

pytest.importorskip("fastapi")

from hypothesis import given
from hypothesis import strategies as st

from steelyard.study.fields_yaml import Keys, read_yaml
from steelyard.study.load import load_study, study_from_text
from steelyard.web.inputs import GROUPS, shown_groups
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
