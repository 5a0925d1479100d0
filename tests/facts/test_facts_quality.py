"""The quality evidence carried in the package: it follows from its rows, and keeps what may not be in out."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from steelyard.domain.evidence import Grade
from steelyard.facts import load_catalogue
from steelyard.facts.quality_rows import DATA, merged_scores, read_benchmarks, read_public_scores, write_scores
from steelyard.facts.snapshot import load_entries
from steelyard.quality.needs import CAPABILITIES, capabilities_needed
from steelyard.quality.quantization import FORMATS, SIZE_BANDS, quantization_loss
from steelyard.quality.refit import refit

AS_OF = date(2026, 11, 23)
CATALOGUE = load_catalogue(AS_OF)
ENTRIES = load_entries(DATA.parent)
ROWS = read_public_scores()
BENCHMARKS = read_benchmarks()
NOTICE = (Path(__file__).parents[2] / "NOTICE").read_text(encoding="utf-8")


def test_the_packaged_scores_and_calibration_follow_from_the_packaged_rows() -> None:
    again = refit(ROWS, BENCHMARKS, evidence=ENTRIES.quality[0].evidence)
    assert again.scores == ENTRIES.quality
    assert again.calibration == ENTRIES.quality_calibration


def test_sources_of_rows_are_named_and_artificial_analysis_is_not_among_them() -> None:
    assert {row.source.split("_")[0] for row in ROWS} == {"arena", "epoch", "tau2", "vectara"}
    for name in ("Arena", "Epoch AI", "tau2-bench", "Vectara", "nvfp4-benchmark"):
        assert name in NOTICE
    private = {"aa_lcr", "ifbench", "scicode", "terminal_bench_hard", "artificial_analysis_index"}
    assert not private & {row.benchmark for row in ROWS}


def test_every_benchmark_of_a_row_is_described() -> None:
    assert {row.benchmark for row in ROWS} == set(BENCHMARKS)
    assert {c for b in BENCHMARKS.values() for c in b.capabilities} == set(CAPABILITIES)


def test_vendors_own_scores_stand_beside_the_index_and_not_in_it() -> None:
    vendor = [row for row in ROWS if row.evaluator == "vendor"]
    assert vendor
    beside = {(s.model, v.benchmark) for s in ENTRIES.quality for v in s.vendor_reported}
    assert {(row.model, row.benchmark) for row in vendor} == beside
    without = refit([row for row in ROWS if row.evaluator != "vendor"], BENCHMARKS,
                    evidence=ENTRIES.quality[0].evidence)  # fmt: skip
    assert [s.index for s in without.scores] == [s.index for s in ENTRIES.quality]


def test_a_second_row_of_an_evaluator_counts_once() -> None:
    more = [row.model_copy(update={"rows": 9}) for row in ROWS if row.model == "openai/gpt-5.4-mini"]
    again = refit([*ROWS, *more], BENCHMARKS, evidence=ENTRIES.quality[0].evidence)
    assert [s.families for s in again.scores] == [s.families for s in ENTRIES.quality]
    assert max(abs(a.index - b.index) for a, b in zip(again.scores, ENTRIES.quality, strict=True)) <= 0.1


def test_scores_say_who_measured_them_and_when() -> None:
    for score in ENTRIES.quality:
        assert score.evaluators, score.model
        assert date(2023, 1, 1) <= score.as_of <= AS_OF
        assert score.families >= 1
        assert 0 < score.se < 15
        assert (score.spread is None) == (score.families == 1)


def test_a_model_speaks_through_the_effort_that_most_families_measured() -> None:
    for model, scores in CATALOGUE.quality_by_effort.items():
        assert CATALOGUE.quality[model].families == max(s.families for s in scores)
        assert len({s.effort for s in scores}) == len(scores)
    assert len(CATALOGUE.quality_by_effort["openai/gpt-5.4-mini"]) >= 2


def test_calibration_rises_with_the_gap_in_both_scopes() -> None:
    for bins in (CATALOGUE.quality_calibration, CATALOGUE.capability_calibration):
        rates = [b.win_rate for b in bins]
        assert len(rates) >= 8
        assert rates == sorted(rates)
        assert all(b.pairs and b.pairs >= 100 for b in bins)
    overall = {b.gap_from: b.win_rate for b in CATALOGUE.quality_calibration}
    thin = {b.gap_from: b.win_rate for b in ENTRIES.quality_calibration if b.scope == "few families"}
    assert all(thin[gap] < overall[gap] for gap in (2.0, 4.0, 6.0, 8.0)), "few families say less than many"
    single = {b.gap_from: b.win_rate for b in CATALOGUE.capability_calibration}
    assert all(single[gap] < overall[gap] for gap in (4.0, 8.0, 16.0)), "one capability says less than all of them"


def test_losses_to_quantization_cover_every_format_and_size_and_agree_with_the_studies() -> None:
    table = ENTRIES.quantization
    assert Counter((loss.formats, loss.parameters_from) for loss in table) == Counter(
        (formats, low) for formats in FORMATS for low, _ in SIZE_BANDS
    )
    at = {(loss.formats, loss.parameters_from): loss for loss in table}
    assert at[("fp8",), 15_000_000_000].recovery_p50 == pytest.approx(1.0, abs=0.005)
    four = [at[("fp4", "int4"), low].recovery_p50 for low, _ in SIZE_BANDS]
    assert four == pytest.approx([0.93, 0.97, 0.99], abs=0.01)
    for loss in table:
        assert loss.recovery_p10 <= loss.recovery_p50 <= loss.recovery_p90
        assert loss.index_sd > 0
        assert loss.pairs >= loss.checkpoints >= 1


def test_a_published_format_loses_nothing_and_small_models_lose_more() -> None:
    table = CATALOGUE.quantization_losses
    native = CATALOGUE.open_models["gpt-oss-120b"]
    assert quantization_loss(native, native.native_precision, table) is None
    small, large = CATALOGUE.open_models["llama-3.1-8b"], CATALOGUE.open_models["llama-3.3-70b"]
    lost = [quantization_loss(m, "int4", table) for m in (small, large)]
    assert lost[0] is not None
    assert lost[1] is not None
    assert lost[0].index_shift < lost[1].index_shift < 0


def test_fine_tuning_evidence_is_graded_and_weak() -> None:
    cases = CATALOGUE.fine_tuning_cases
    assert len(cases) == 84
    assert all(case.grade and case.evaluator for case in cases)
    assert {case.evidence.grade for case in cases} == {Grade.WEAK}


def test_tasks_need_capabilities_that_benchmarks_speak_for() -> None:
    assert capabilities_needed("Chat") == ("chat", "instruction_following")
    assert capabilities_needed("something of our own") == ()
    assert capabilities_needed("code", ["tools", "vision", "esperanto"]) == ("coding", "tool_use", "vision")


def test_rows_survive_writing_and_reading(tmp_path: Path) -> None:
    write_scores(tmp_path / "rows.csv", ROWS[:50])
    assert read_public_scores(tmp_path / "rows.csv") == ROWS[:50]


def test_runs_of_one_evaluator_are_merged_with_their_spread() -> None:
    row = {"model": "m", "effort": "", "benchmark": "b", "evaluator": "independent", "reported_by": "",
           "source_id": "epoch_2026-05", "date": "2026-05"}  # fmt: skip
    found = merged_scores(
        [{**row, "score": "10"}, {**row, "score": "20"}, {**row, "score": "60", "evaluator": "vendor"}]
    )
    assert [(s.evaluator, s.score, s.low, s.high, s.rows) for s in found] == [
        ("independent", 15.0, 10.0, 20.0, 2), ("vendor", 60.0, 60.0, 60.0, 1),
    ]  # fmt: skip


def test_a_broken_row_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    write_scores(path, ROWS[:2])
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))
    lines[2][3] = "many"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)
    with pytest.raises(Exception, match=r"rows\.csv: row 3"):
        read_public_scores(path)
