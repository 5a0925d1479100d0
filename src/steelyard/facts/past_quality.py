"""Public scores as they stood on a past day: the ability index fitted on nothing but rows seen by then."""

import csv
import hashlib
from datetime import date
from functools import cache
from pathlib import Path

from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.quality import CalibrationBin, QualityScore
from steelyard.domain.value import Value
from steelyard.facts.quality_rows import DATA, read_benchmarks, read_public_scores
from steelyard.facts.snapshot import compiled

__all__ = ["QUALITY_FROM", "PastQuality", "quality_on"]

QUALITY_FROM = date(2025, 3, 6)
"""First day with rows enough for an index and its calibration on families left out."""
FITTING = Path(__file__).parents[1] / "quality"
"""The code of the fit: a change of it makes what was kept stale."""
SOURCES = "ability index fitted on the rows of public evaluators seen by that day"
LAST_OF_MONTH = "-28"
"""Day for which a row stands that tells its month alone: a late one, to be safe."""


class PastQuality(Value):
    """Scores and their calibration, as one could have known them."""

    scores: tuple[QualityScore, ...] = ()
    """One per configuration; models as evaluators name them."""
    calibration: tuple[CalibrationBin, ...] = ()
    """Index gap to win rate, overall and by capability."""


def quality_on(as_of: date) -> PastQuality:
    """Return the scores and the calibration that the rows seen by a day give; none before ``QUALITY_FROM``.

    The fit takes a tenth of a second and is kept beside the compiled facts, one for each day on which a row was seen.

    Parameters
    ----------
    as_of
        The day.
    """
    if as_of < QUALITY_FROM:
        return PastQuality()
    newest = max(day for day in _days() if day <= as_of)
    state = hashlib.sha256(newest.isoformat().encode())
    for path in (DATA / "public_scores.csv", DATA / "benchmarks.csv", *sorted(FITTING.glob("*.py"))):
        state.update(path.read_bytes())
    return compiled(f"quality-{state.hexdigest()[:32]}", PastQuality, lambda: _fitted(newest))


@cache
def _days() -> frozenset[date]:
    """Return the days on which rows were seen; read without checking rows, which takes ten times as long."""
    with (DATA / "public_scores.csv").open(newline="", encoding="utf-8") as file:
        return frozenset(_seen(row["seen"]) for row in csv.DictReader(file))


def _fitted(newest: date) -> PastQuality:
    from steelyard.quality.refit import refit  # noqa: PLC0415  only for past days

    rows = [row for row in read_public_scores() if _seen(row.seen) <= newest]
    evidence = Evidence(source=SOURCES, as_of=newest, grade=Grade.DERIVED,
                        licence="CC BY 4.0, MIT, Apache-2.0")  # fmt: skip
    fitted = refit(rows, read_benchmarks(), evidence=evidence)
    return PastQuality(scores=fitted.scores, calibration=fitted.calibration)


def _seen(text: str) -> date:
    return date.fromisoformat(text if len(text) > len("2026-05") else f"{text}{LAST_OF_MONTH}")
