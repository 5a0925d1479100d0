"""Every evaluation format: recognised alone, read alike, kept to identifiers and scores, its faults named."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation_samples import FAILED, ITEMS, OPTIONS, RIGHT, WRITERS, tokens
from steelyard.errors import StudyError
from steelyard.ingest.evaluations import read_evaluations
from steelyard.ingest.evaluations.reading import formats, read_document
from steelyard.quality.paired import compare_runs

NAMES = sorted(formats())


def first_file(path: Path) -> Path:
    return path if path.is_file() else sorted(p for p in path.rglob("*.json*") if "results" not in p.name)[0]


def test_every_format_has_a_sample() -> None:
    assert set(NAMES) == set(WRITERS)


@pytest.mark.parametrize("name", NAMES)
def test_one_format_recognises_a_file(name: str, tmp_path: Path) -> None:
    document = read_document(first_file(WRITERS[name](tmp_path)))
    assert [n for n, kind in formats().items() if kind.matches(document)] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_every_format_gives_the_same_scores(name: str, tmp_path: Path) -> None:
    runs = read_evaluations(WRITERS[name](tmp_path))
    assert [run.option.replace(":chat:", "/") for run in runs] == sorted(OPTIONS)
    for run, option in zip(runs, sorted(OPTIONS), strict=True):
        assert len(run.scores) == ITEMS
        assert sum(run.scores.values()) == len(RIGHT[option] - FAILED[option])
        assert run.failures in (None, len(FAILED[option]))
        assert run.answers == ITEMS
    assert compare_runs(runs[1], runs[0], margin=0.03).items == ITEMS


@pytest.mark.parametrize("name", ["csv_rows", "inspect_log", "promptfoo"])
def test_tokens_are_those_of_the_file(name: str, tmp_path: Path) -> None:
    runs = {run.option.replace(":chat:", "/"): run for run in read_evaluations(WRITERS[name](tmp_path))}
    for option in OPTIONS:
        assert sum(runs[option].input_tokens.values()) == sum(tokens(option, i)[0] for i in range(ITEMS))
        assert sum(runs[option].output_tokens.values()) == sum(tokens(option, i)[1] for i in range(ITEMS))
    result = compare_runs(runs[OPTIONS[1]], runs[OPTIONS[0]], margin=0.03)
    assert result.output_token_ratio is not None
    assert result.output_token_ratio.value == pytest.approx(2.0)
    assert result.input_token_ratio is not None
    assert result.input_token_ratio.value == pytest.approx(1.0)


@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_kept(name: str, tmp_path: Path) -> None:
    assert "secret" not in repr(read_evaluations(WRITERS[name](tmp_path)))


def test_inspect_names_the_effort(tmp_path: Path) -> None:
    assert {run.effort for run in read_evaluations(WRITERS["inspect_log"](tmp_path))} == {"low"}


def faults(path: Path) -> str:
    with pytest.raises(StudyError) as caught:
        read_evaluations(path)
    return str(caught.value)


def test_every_fault_of_a_csv_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "evals.csv"
    path.write_text("item,option,score\na,m,0.5\nb,m,83\n,m,1\nc,m,maybe\nd,,1\n", encoding="utf-8")
    said = faults(path)
    assert "evals.csv: row 3: score is '83'" in said
    assert "row 4: item is empty" in said
    assert "row 5: score is 'maybe'" in said
    assert "row 6: option is empty" in said
    assert "Divide scores" in said


def test_a_csv_without_the_columns_says_which_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "evals.csv"
    path.write_text("question,answer\n1,2\n", encoding="utf-8")
    assert "'question', 'answer'" in faults(path)
    assert "item, option and score" in faults(path)


@pytest.mark.parametrize(("name", "text", "says"), [
    ("a.json", "{", "not readable as JSON"), ("a.jsonl", '{"a": 1}\n{', "row 2"), ("a.json", "3", "a bare int"),
    ("a.json", "[]", "its keys are nothing"), ("a.eval", "PK", "inspect log convert"), ("a.csv", "", "its keys"),
    ("a.json", json.dumps({"status": "success", "eval": {"model": "m"}}), "no samples"),
    ("a.json", json.dumps({"status": "error", "eval": {"model": "m"},
                           "samples": [{"id": 1, "scores": {"s": {"value": {"a": 1}}}}]}), "several parts"),
    ("a.json", json.dumps({"status": "success", "eval": {"model": "m"}, "samples": 5}), "no samples"),
    ("samples_x.jsonl", json.dumps({"doc_id": 1, "resps": [], "metrics": 5}), "metric is None"),
    ("a.json", json.dumps({"results": [{"provider": "p", "success": True, "score": 7}]}), "result 1: score is 7"),
])  # fmt: skip
def test_broken_files_are_named(name: str, text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert says in faults(path)


def test_bytes_that_are_not_utf8_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"item,option,score\n\xff,m,1\n")
    assert "not UTF-8" in faults(path)


def test_a_missing_file_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    assert "no such file" in faults(tmp_path / "none.csv")
    assert "no evaluation in it" in faults(tmp_path)


def test_many_faults_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("item,option,score\n" + "x,m,bad\n" * 50, encoding="utf-8")
    assert "30 more of the kind" in faults(path)


def test_repeats_of_an_item_are_averaged(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id;model;correct\na;m;1\na;m;0\nb;m;100%\n", encoding="utf-8")
    (run,) = read_evaluations(path)
    assert run.scores == {"a": 0.5, "b": 1.0}
    assert run.answers == 3
    assert run.failures is None


JUNK = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2), max_leaves=4,
)  # fmt: skip


def spoiled(value: object, picks: list[int], junk: object) -> object:
    """The document with the value at one random place replaced."""
    if not picks or not isinstance(value, dict | list) or not value:
        return junk
    if isinstance(value, list):
        at = picks[0] % len(value)
        return [spoiled(v, picks[1:], junk) if k == at else v for k, v in enumerate(value)]
    key = sorted(value)[picks[0] % len(value)]
    return {**value, key: spoiled(value[key], picks[1:], junk)}


@pytest.mark.parametrize("name", ["lm_eval", "inspect_log", "promptfoo"])
@given(picks=st.lists(st.integers(0, 50), max_size=7), junk=JUNK)
def test_a_spoiled_document_is_read_or_refused_with_a_reason(
    name: str, picks: list[int], junk: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("spoiled")
    path = first_file(WRITERS[name](folder))
    lines = path.read_text(encoding="utf-8").strip().split("\n")
    rows = [json.loads(line) for line in lines]
    broken = spoiled(rows if len(rows) > 1 else rows[0], picks, junk)
    text = "\n".join(map(json.dumps, broken)) if len(rows) > 1 and isinstance(broken, list) else json.dumps(broken)
    path.write_text(text, encoding="utf-8")
    try:
        runs = read_evaluations(path)
    except StudyError as refused:
        said = str(refused)
    else:
        said = "read" if all(0 <= s <= 1 for run in runs for s in run.scores.values()) else ""
    assert said


def test_a_line_separator_inside_a_text_breaks_no_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"item": "a\u2028b", "option": "m", "score": 1}, ensure_ascii=False), encoding="utf-8")
    assert read_evaluations(path)[0].answers == 1


def test_a_cell_too_long_for_a_score_table_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("item,option,score\n" + "x" * 200_000 + ",m,1\n", encoding="utf-8")
    assert "Leave out the texts" in faults(path)
