"""The refit against the published open index and its calibration, over the same rows."""

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from steelyard.domain.evidence import Evidence, Grade
from steelyard.facts.quality_rows import read_benchmarks, read_public_scores, read_published_rows
from steelyard.quality.configurations import HIGHEST, NO_REASONING
from steelyard.quality.refit import Refit, refit

SOURCE = Evidence(source="reference test", as_of=date(2026, 11, 23), grade=Grade.DERIVED)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def published(shared: Path) -> Path:
    return shared / "quality"


@pytest.fixture(scope="module")
def fitted(published: Path) -> Refit:
    return refit(read_published_rows(published / "benchmarks_open.csv"), read_benchmarks(), evidence=SOURCE)


def test_the_packaged_rows_are_the_published_ones(published: Path) -> None:
    assert read_published_rows(published / "benchmarks_open.csv") == read_public_scores()


def test_the_index_is_reproduced(published: Path, fitted: Refit) -> None:
    """Correlation 0.993, mean absolute difference 1.5 points where the published standard error is 4.0 on average."""
    ours = {(s.model, s.effort): s for s in fitted.scores}
    theirs: dict[tuple[str, str], dict[str, str]] = {}
    for row in table(published / "index_open.csv"):
        effort = HIGHEST if row["variant"].startswith("highest") else NO_REASONING
        theirs[row["model"], effort] = row
    both = sorted(set(ours) & set(theirs))
    assert len(both) / len(theirs) > 0.97
    index = np.array([[ours[k].index, float(theirs[k]["index"])] for k in both])
    away = np.abs(index[:, 0] - index[:, 1])
    assert np.corrcoef(index.T)[0, 1] > 0.99
    assert away.mean() < 1.7
    assert np.quantile(away, 0.9) < 3.5
    assert np.mean(away <= [float(theirs[k]["se"]) for k in both]) > 0.9
    families = np.array([ours[k].families - int(theirs[k]["n_families"]) for k in both])
    assert np.mean(np.abs(families) <= 1) > 0.95


def test_the_calibration_is_reproduced(published: Path, fitted: Refit) -> None:
    """Within 0.02 of the published win rate in every bin; frontier bins of 400 pairs and more within 0.06."""
    ours = {b.gap_from: b for b in fitted.calibration if b.scope == "overall"}
    for row in table(published / "calibration.csv"):
        mine = ours[float(row["index_gap_from"])]
        assert mine.win_rate == pytest.approx(float(row["win_rate_all"]), abs=0.02)
        if mine.win_rate_frontier is not None and row["win_rate_frontier"] != "-":
            assert mine.win_rate_frontier == pytest.approx(float(row["win_rate_frontier"]), abs=0.06)
