"""A study with the user's own paired evaluation: it alone earns "equal" and replaces the screen for its pair."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from evaluation_samples import write_csv_rows
from steelyard.domain.study import Study
from steelyard.errors import StudyError
from steelyard.facts import load_catalogue
from steelyard.study import pipeline
from steelyard.study.evaluations import OwnEvaluation, own_evaluation, with_own_figures
from steelyard.study.load import study_from_text
from steelyard.study.reference import Reference, resolve_reference, screen_model

AS_OF = date(2026, 11, 23)
TODAY, OTHER = "openai/gpt-5.4-mini", "openai/gpt-6-luna"
CATALOGUE = load_catalogue(AS_OF)
STUDY = """study: evaluated
traffic:
  requests_per_month: 20M
  input_tokens: {{p50: 900, p95: 4k}}
  output_tokens: {{p50: 150, p95: 600}}
today: {{provider: openai, model: gpt-5.4-mini}}
quality: {{task: chat, evals: {path}{more}}}
differentiator: {{model_is_product: no}}
candidates: [{candidates}]
"""


def study(path: str = "evals.csv", more: str = "", candidates: str = OTHER) -> Study:
    return study_from_text(STUDY.format(path=path, more=more, candidates=candidates), "study.yaml")


def rows(folder: Path, scores: dict[str, list[float]], name: str = "evals.csv") -> Path:
    lines = ["item,option,score,output_tokens"]
    lines += [
        f"q{i},{option},{s},{100 + 50 * k}" for k, option in enumerate(scores) for i, s in enumerate(scores[option])
    ]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def own(folder: Path, text: Study | None = None) -> tuple[OwnEvaluation, Reference]:
    asked = text or study()
    reference = resolve_reference(asked, CATALOGUE, TODAY)
    return own_evaluation(asked, folder, CATALOGUE, reference), reference


SAME = [float(i % 5 > 0) for i in range(2000)]


def test_without_a_file_nothing_is_claimed() -> None:
    asked = study_from_text(STUDY.replace(", evals: {path}", "").format(more="", candidates=OTHER), "study.yaml")
    found, _ = own(Path(), asked)
    assert found.results == {}


def test_equal_is_said_of_the_pair_and_of_no_other(tmp_path: Path) -> None:
    rows(tmp_path, {"reference": SAME, "gpt-6-luna": SAME})
    result = pipeline.decide(study(), base_folder=tmp_path, seed=1, as_of=AS_OF, draws=64)
    said = {option.id: option for option in result.options}
    other = said[f"api:{OTHER}"]
    assert other.quality.startswith("equal on your own evaluation")
    assert "n = 2,000" in other.quality
    gate = next(g for g in other.gates if g.gate == "quality")
    assert gate.answer == "no blocking rule found"
    assert set(result.receipt.log_sha256) == {"evals.csv"}
    assert not any(o.quality.startswith("equal") for o in result.options if not o.id.endswith(OTHER))


def test_an_option_that_proves_worse_is_ruled_out_and_listed_where_the_study_names_it(tmp_path: Path) -> None:
    rows(tmp_path, {TODAY: SAME, OTHER: [s * (i % 3 > 0) for i, s in enumerate(SAME)]})
    result = pipeline.decide(study(), base_folder=tmp_path, seed=1, as_of=AS_OF, draws=64)
    named = [option for option in result.options if OTHER in option.id]
    assert named
    assert all(not option.feasible and "worse" in option.excluded_by[0] for option in named)


def test_too_few_items_leave_the_question_open_and_say_how_many_settle_it(tmp_path: Path) -> None:
    write_csv_rows(tmp_path)
    found, reference = own(tmp_path)
    asked = study()
    with_own = resolve_reference(asked, CATALOGUE, TODAY)
    assert with_own == reference
    result = found.results[OTHER]
    assert result.answer in ("worse", "not established")
    assert result.items == 40
    assert result.items_needed > 40
    assert result.option_failures == pytest.approx(1 / 40)
    assert "2.5% of its answers failed" in result.words


def test_token_ratios_of_the_evaluation_win_where_traffic_was_measured_on_the_reference(tmp_path: Path) -> None:
    rows(tmp_path, {TODAY: SAME, OTHER: SAME})
    found, reference = own(tmp_path)
    facts = with_own_figures(CATALOGUE, found, reference, measured_on=TODAY)
    ratio = facts.figure(f"tokens.output_ratio.{OTHER}")
    assert (ratio.value, ratio.evidence.grade) == (pytest.approx(1.5), "user")
    assert f"tokens.input_ratio.{OTHER}" not in facts.figures
    assert with_own_figures(CATALOGUE, found, reference, measured_on="openai/gpt-4o") is CATALOGUE


def test_a_margin_of_ones_own_decides(tmp_path: Path) -> None:
    slightly = [s if i % 50 != 1 else 0.0 for i, s in enumerate(SAME)]
    rows(tmp_path, {TODAY: SAME, OTHER: slightly})
    wide, _ = own(tmp_path, study(more=", evals_margin: 5%"))
    tight, _ = own(tmp_path, study(more=", evals_margin: 1%"))
    assert wide.results[OTHER].answer == "equal"
    assert tight.results[OTHER].answer in ("worse", "not established")


def test_the_own_evaluation_speaks_for_the_model_not_for_a_coarser_format(tmp_path: Path) -> None:
    rows(tmp_path, {TODAY: SAME, "gpt-oss-120b": SAME, "llama-3.3-70b": SAME})
    found, reference = own(tmp_path)
    bar = replace(reference, own=found.results)
    asked = study()
    assert screen_model(asked, CATALOGUE, bar, "gpt-oss-120b", weights="fp4").answer == "equal"
    coarse = screen_model(asked, CATALOGUE, bar, "llama-3.3-70b", weights="int4")
    assert coarse.answer == "not distinguishable"
    assert coarse.own is None
    assert "not evaluated in fp4/int4 weights" in coarse.words
    rows(tmp_path, {TODAY: SAME, "llama-3.3-70b": [s * (i % 3 > 0) for i, s in enumerate(SAME)]})
    worse = replace(reference, own=own(tmp_path)[0].results)
    assert screen_model(asked, CATALOGUE, worse, "llama-3.3-70b", weights="int4").answer == "below"


@pytest.mark.parametrize(("scores", "says"), [
    ({OTHER: SAME[:20]}, "no option is the reference 'openai/gpt-5.4-mini'"),
    ({TODAY: SAME[:20], "today": SAME[:20]}, "both stand for openai/gpt-5.4-mini"),
])  # fmt: skip
def test_faults_name_the_study_key_and_the_file(scores: dict[str, list[float]], says: str, tmp_path: Path) -> None:
    rows(tmp_path, scores)
    with pytest.raises(StudyError) as caught:
        own(tmp_path)
    assert says in str(caught.value)
    assert "study.yaml: quality.evals: evals.csv" in str(caught.value)


def test_a_missing_file_names_the_key(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"study\.yaml: quality\.evals: evals\.csv: no such file"):
        own(tmp_path)


def test_an_option_nobody_knows_decides_nothing_and_is_said(tmp_path: Path) -> None:
    rows(tmp_path, {TODAY: SAME[:30], "openai/gpt-6-lunar": SAME[:30]})
    found, _ = own(tmp_path)
    assert found.results == {}
    assert "did you mean 'openai/gpt-6-luna'" in found.warnings[0]


def test_a_need_that_no_feature_list_names_is_screened_on_public_scores(tmp_path: Path) -> None:
    asked = study_from_text(
        STUDY.replace("task: chat, evals: {path}", "task: code, needs: [factuality]").format(more="", candidates=OTHER),
        "study.yaml",
    )
    result = pipeline.decide(asked, base_folder=tmp_path, seed=1, as_of=AS_OF, draws=64)
    other = next(option for option in result.options if option.id.endswith(OTHER))
    assert not any("factuality" in gate.rule for gate in other.gates if gate.gate == "capability")
    quality = next(gate for gate in other.gates if gate.gate == "quality")
    assert quality.answer == "possible if you can show"
    assert "factuality are unknown" in (quality.condition or "")
