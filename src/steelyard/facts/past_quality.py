"""Public scores as they stood on a past day: the ability index fitted on nothing but rows seen by then."""

import hashlib
from datetime import date

from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.quality import CalibrationBin, QualityScore
from steelyard.domain.value import Value
from steelyard.facts.quality_rows import DATA, read_benchmarks, read_public_scores
from steelyard.facts.snapshot import compiled

__all__ = ["QUALITY_FROM", "PastQuality", "quality_on"]

QUALITY_FROM = date(2025, 3, 6)
"""First day with rows enough for an index and its calibration on families left out."""
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
    state = hashlib.sha256(as_of.isoformat().encode())
    for name in ("public_scores.csv", "benchmarks.csv"):
        state.update((DATA / name).read_bytes())
    return compiled(f"quality-{state.hexdigest()[:32]}", PastQuality, lambda: _fitted(as_of))


def _fitted(as_of: date) -> PastQuality:
    from steelyard.quality.refit import refit  # noqa: PLC0415  only for past days

    rows = [row for row in read_public_scores() if _seen(row.seen) <= as_of]
    evidence = Evidence(source=SOURCES, as_of=max(_seen(row.seen) for row in rows), grade=Grade.DERIVED,
                        licence="CC BY 4.0, MIT, Apache-2.0")  # fmt: skip
    fitted = refit(rows, read_benchmarks(), evidence=evidence)
    return PastQuality(scores=fitted.scores, calibration=fitted.calibration)


def _seen(text: str) -> date:
    return date.fromisoformat(text if len(text) > len("2026-05") else f"{text}{LAST_OF_MONTH}")
