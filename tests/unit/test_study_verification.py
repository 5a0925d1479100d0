"""Recorded decisions: what is read, what is refused, what differs, what moved."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from report_example import example_result
from report_workings import RATE, VOLUME, api, example_workings
from steelyard.domain.ledger import Const
from steelyard.domain.result import Result
from steelyard.domain.workings import Workings
from steelyard.errors import InputError
from steelyard.finance.evaluate import evaluate
from steelyard.finance.measures import npv_usd
from steelyard.report import render_json
from steelyard.study.checking import nearest_flip
from steelyard.study.verification import decide_again, differences, read_document, read_recorded
from steelyard.study.waterfall import STRUCTURE, UNTOLD, moved_inputs

STUDY = "study: support-assistant\ntraffic: {requests_per_month: 12M, input_tokens: 900, output_tokens: 150}\n"


def written(folder: Path, result: Result, **changes: Any) -> Path:
    document = json.loads(render_json(result)) | changes
    (folder / "decision.json").write_text(json.dumps(document), encoding="utf-8")
    return folder / "decision.json"


def test_a_document_is_read_back_from_its_file_or_its_folder(tmp_path: Path) -> None:
    result = example_result()
    place = written(tmp_path, result)
    assert list(differences(read_document(place), result)) == []
    assert read_document(tmp_path) == read_document(place)


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "is not JSON"), ("[1]", "is JSON, but no decision"), ('{"verdict": 1}', "is JSON, but no decision"),
     ("\x00", "is not JSON"), ("[" * 100_000, "is not JSON")],
)  # fmt: skip
def test_what_is_no_decision_is_refused_with_a_reason(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(InputError, match=words):
        read_document(tmp_path / "x.json")


def test_a_missing_document_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be read \(No such file"):
        read_document(tmp_path)


def test_a_later_schema_says_which_version_wrote_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"its schema is '9\.0', written by Steelyard 0\.1\.0"):
        read_document(written(tmp_path, example_result(), schema_version="9.0"))


def test_an_older_document_without_a_newer_field_opens(tmp_path: Path) -> None:
    document = json.loads(render_json(example_result()))
    del document["not_considered"]
    place = tmp_path / "old.json"
    place.write_text(json.dumps(document))
    assert read_document(place).not_considered == ()


def test_a_document_with_a_spoiled_field_names_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"decision\.json: confidence"):
        read_document(written(tmp_path, example_result(), confidence="high"))


def test_another_study_beside_the_document_is_refused(tmp_path: Path) -> None:
    written(tmp_path, example_result())
    (tmp_path / "study.yaml").write_text(STUDY)
    with pytest.raises(InputError, match="is not the study the decision was made from"):
        read_recorded(tmp_path)


def test_a_document_alone_says_that_its_study_is_missing(tmp_path: Path) -> None:
    recorded = read_recorded(written(tmp_path, example_result()))
    with pytest.raises(InputError, match="the study it was made from is not beside it"):
        decide_again(recorded)


@given(st.floats(-1e9, 1e9).filter(lambda x: abs(x) > 1e-6), st.sampled_from([1e-12, 1e-6, 0.5]))
def test_figures_differ_exactly_beyond_one_part_in_a_billion(value: float, change: float) -> None:
    old = example_result(regret_usd=value)
    found = list(differences(old, example_result(regret_usd=value * (1 + change))))
    assert [one.where for one in found] == (["regret_usd"] if change > 1e-9 else [])


def test_a_difference_names_the_option_it_is_in() -> None:
    old = example_result()
    first = old.options[0].model_copy(update={"p_best": 0.123})
    found = list(differences(old, old.model_copy(update={"options": (first, *old.options[1:])})))
    assert [(d.where, d.recomputed) for d in found] == [(f"options[{first.id}].p_best", "0.123")]
    fewer = list(differences(old, old.model_copy(update={"options": old.options[:-1]})))
    assert fewer[0].where == "number of options"


def base_case(factors: dict[str, float], ledgers: Workings | None = None) -> Result:
    """The example as recorded with other inputs, or other numbers inside the option, its cost by the engine."""
    workings = ledgers or example_workings()
    means = {i.name: np.array([i.mean]) * factors.get(i.name, 1.0) for i in workings.inputs}
    ledger = next(one for one in workings.ledgers if one.option == "api-small")
    total = evaluate(ledger, {n: means[n] for n in ledger.inputs}, workings.n_months).total
    case = {name: float(path[0, 0]) for name, path in means.items()}
    fixed = {q.name: q.expression.value for q in ledger.quantities if isinstance(q.expression, Const)}
    cost = {"npv_cost_usd.api-small": float(npv_usd(total, means[RATE])[0])}
    return example_result(base_case=case | cost, fixed=fixed)


def with_price(usd_per_request: float) -> Workings:
    """The example with another list price inside its first option."""
    workings = example_workings()
    return replace(workings, ledgers=(api("api-small", usd_per_request, 26_000.0), *workings.ledgers[1:]))


@given(st.dictionaries(st.sampled_from([VOLUME, "price_factor.api", RATE]), st.floats(0.1, 10.0)))
def test_the_waterfall_adds_up_to_the_change_of_the_base_case(factors: dict[str, float]) -> None:
    old, new = base_case(factors), base_case({})
    steps = moved_inputs(old, example_workings())
    cost = "npv_cost_usd.api-small"
    assert sum(s.usd for s in steps) == pytest.approx(new.base_case[cost] - old.base_case[cost], rel=1e-9, abs=1e-3)
    moved = {name for name, factor in factors.items() if abs(factor - 1.0) > 1e-9}
    assert len([s for s in steps if s.input != STRUCTURE]) == len(moved)


@given(st.floats(0.1, 10.0), st.floats(1e-4, 1e-2))
def test_a_price_inside_the_option_is_a_step_of_its_own(volume: float, price: float) -> None:
    old, now = base_case({VOLUME: volume}, with_price(price)), with_price(0.0012)
    steps = moved_inputs(old, now)
    cost = "npv_cost_usd.api-small"
    assert math.fsum(s.usd for s in steps) == pytest.approx(
        base_case({}, now).base_case[cost] - old.base_case[cost], rel=1e-9, abs=1e-3
    )
    assert STRUCTURE not in [s.input for s in steps]
    priced = [s for s in steps if s.inside]
    if abs(price / 0.0012 - 1) > 1e-6:
        assert [s.input for s in priced] == ["Price of a request"]
    assert all(s.ratio == pytest.approx(0.0012 / price) for s in priced)


def test_the_steps_follow_by_what_each_would_move_alone() -> None:
    old = base_case({VOLUME: 0.99}, with_price(0.0006))
    names = [s.input for s in moved_inputs(old, with_price(0.0012))]
    assert names == ["Price of a request", "Requests a month"]


def test_a_document_without_the_numbers_inside_says_so() -> None:
    old = base_case({}, with_price(0.0006)).model_copy(update={"fixed": {}})
    (step,) = moved_inputs(old, with_price(0.0012))
    assert (step.input, step.before) == (UNTOLD, "")


def test_what_no_number_explains_is_told_apart() -> None:
    old = base_case({})
    case = {**old.base_case, "npv_cost_usd.api-small": old.base_case["npv_cost_usd.api-small"] + 5_000.0}
    (step,) = moved_inputs(old.model_copy(update={"base_case": case}), example_workings())
    assert (step.input, step.usd) == (STRUCTURE, pytest.approx(-5_000.0))


def test_an_option_that_is_gone_has_no_waterfall() -> None:
    assert moved_inputs(example_result(verdict_option="gone"), example_workings()) == ()


def test_the_nearest_flip_is_fewest_deviations_away() -> None:
    result = example_result()
    flip = nearest_flip(result)
    assert flip is not None
    reached = [f for f in result.flips if f.at is not None]
    assert all(abs(flip.distance_in_sd or 0) <= abs(f.distance_in_sd or 9e9) for f in reached)
    assert nearest_flip(example_result(flips=())) is None
