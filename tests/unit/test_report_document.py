"""The decision document as canonical JSON."""

# ruff: noqa: E501  sentences and rows stand on one line

import json
import subprocess
import sys

import pytest

from report_example import bare_result, example_result, infeasible_result
from steelyard.domain.result import Result
from steelyard.report import render_json

RESULTS = [example_result(), infeasible_result(), bare_result()]


@pytest.mark.parametrize("result", RESULTS)
def test_the_document_reads_back_to_the_same_result(result: Result) -> None:
    text = render_json(result)
    assert Result.model_validate_json(text) == result
    assert json.loads(text) == json.loads(result.model_dump_json(by_alias=True))
    assert text.endswith("}\n")


def test_bytes_do_not_depend_on_the_order_in_which_a_mapping_was_filled() -> None:
    result = example_result()
    turned = result.model_copy(update={"base_case": dict(reversed(result.base_case.items()))})
    assert list(turned.base_case) != list(result.base_case)
    assert render_json(turned) == render_json(result)


def test_floats_are_exact_and_the_field_from_keeps_its_public_name() -> None:
    document = json.loads(render_json(example_result(regret_usd=0.1 + 0.2)))
    assert document["regret_usd"] == 0.1 + 0.2
    assert document["flips"][0]["from"] == 12_400_000.0
    assert list(document)[:3] == ["schema_version", "study", "as_of"]


def test_bytes_are_the_same_in_another_process() -> None:
    code = "import sys; sys.path.insert(0, 'tests'); from report_example import example_result as e;" \
           "from steelyard.report import render_json; sys.stdout.buffer.write(render_json(e()).encode())"  # fmt: skip
    runs = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONHASHSEED": seed}).stdout
            for seed in ("1", "2")}  # fmt: skip
    assert runs == {render_json(example_result()).encode()}
