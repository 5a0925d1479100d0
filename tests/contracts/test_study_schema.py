"""The published schemas: generated, not drifted, and of one mind with the loader."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from report_example import example_result
from steelyard.errors import StudyError
from steelyard.ingest.formats.plain import MAPPING_KEYS
from steelyard.report import render_json
from steelyard.study.fields_traffic import LOG_COLUMNS, SHAPES
from steelyard.study.interview import commented_study
from steelyard.study.load import study_from_text
from steelyard.study.log_formats_page import formats_page
from steelyard.study.reference_page import reference_page
from steelyard.study.schema import SCHEMAS, decision_schema, study_schema, write_schemas, written_schema
from steelyard.workload.shapes import ASSUMED_SHAPES, MEASURED

ROOT = Path(__file__).parents[2]
TRAFFIC = "traffic: {requests_per_month: 12M, input_tokens: {p50: 900, p95: 4k}, output_tokens: 150}\n"
EXAMPLES = sorted((ROOT / "examples").glob("*/study*.y*ml"))


def validator() -> Draft202012Validator:
    return Draft202012Validator(study_schema())


def as_editor_sees(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_committed_schema_has_not_drifted(name: str) -> None:
    committed = (ROOT / "schemas" / name).read_text("utf-8")
    assert committed == written_schema(SCHEMAS[name]()), f"schemas/{name} has drifted: run `make build`"


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_published_schema_is_a_schema(name: str, tmp_path: Path) -> None:
    write_schemas(tmp_path)
    Draft202012Validator.check_schema(json.loads((tmp_path / name).read_text("utf-8")))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_example_validates(path: Path) -> None:
    validator().validate(as_editor_sees(path.read_text("utf-8")))


GOOD = [
    TRAFFIC,
    "traffic: {log: [usage.csv], mapping: {start: ts, input_tokens: in, output_tokens: out}}\n",
    "traffic: {log: usage.csv, format: plain}\n",
    TRAFFIC + "horizon: 24\n",
    TRAFFIC + "today: none\ncandidates: auto\n",
    TRAFFIC + "today: openai/gpt-5.4-mini\ncandidates: [gpt-oss-120b]\n",
    TRAFFIC + "today: {self_hosted: {model: m, accelerator: a, count: 8, owned_since: 2025-03}}\n",
    TRAFFIC + "data: {countries: [NO], must_stay_on_premises: no, custom_rules: [{region: eu}]}\n",
    TRAFFIC + "economics: {discount_rate: {p10: 8%, p50: 10%, p90: 12%}, operating_expense_per_year: 9000000}\n",
    TRAFFIC + "training_data: {exclusive: true, tokens: 1.2B}\n",
    commented_study({"requests_per_month": "1M", "input_tokens": "900", "output_tokens": "150"}),
]
BAD = [
    "study: x\n",
    TRAFFIC + "horzon: 24\n",
    TRAFFIC + "horizon: 0\n",
    TRAFFIC + "horizon: soon\n",
    TRAFFIC + "availability: yes\n",
    TRAFFIC + "today: {provider: openai}\n",
    TRAFFIC + "today: gpt-5.4-mini\n",
    TRAFFIC + "data: {must_stay_on_premises: perhaps}\n",
    TRAFFIC + "economics: {discount_rate: {p10: 8%}}\n",
    TRAFFIC.replace("900", "-900"),
    "traffic: {log: [a.csv], classes: [{name: a, share: 100%, slo: {ttft_p42: 1s}}]}\n",
]


@pytest.mark.parametrize("text", GOOD)
def test_what_the_loader_takes_the_schema_takes(text: str) -> None:
    study_from_text(text)
    validator().validate(as_editor_sees(text))


@pytest.mark.parametrize("text", BAD)
def test_what_the_schema_refuses_the_loader_refuses(text: str) -> None:
    assert not validator().is_valid(as_editor_sees(text))
    with pytest.raises(StudyError):
        study_from_text(text)


def test_a_decision_validates_and_a_changed_one_does_not() -> None:
    document = json.loads(render_json(example_result()))
    checker = Draft202012Validator(decision_schema())
    checker.validate(document)
    assert not checker.is_valid(document | {"verdict": "maybe"})
    assert not checker.is_valid(document | {"surprise": 1})
    assert not checker.is_valid({key: value for key, value in document.items() if key != "reason"})


def test_shapes_and_columns_are_those_that_exist() -> None:
    assert set(SHAPES) == {*ASSUMED_SHAPES, MEASURED}
    assert set(LOG_COLUMNS) == set(MAPPING_KEYS)


def test_the_reference_page_has_not_drifted() -> None:
    committed = (ROOT / "docs" / "reference" / "study-file.md").read_text("utf-8")
    assert committed == reference_page(), "docs/reference/study-file.md has drifted: run `make build`"


def test_the_page_of_log_formats_has_not_drifted() -> None:
    committed = (ROOT / "docs" / "reference" / "log-formats.md").read_text("utf-8")
    assert committed == formats_page(), "docs/reference/log-formats.md has drifted: run `make build`"
