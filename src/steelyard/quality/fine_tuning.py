"""What tuning must bring, and whether published evidence makes that likely: no uplift is ever assumed."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from steelyard.domain.quality import FineTuningCase, QualityScore

__all__ = ["TuningOdds", "published_odds", "task_group", "uplift_needed"]

_GROUPS: Mapping[str, tuple[str, ...]] = {
    "classification": ("classification", "sentiment", "toxicity", "nli", "similarity", "paraphrase", "matching"),
    "extraction": ("ner", "extraction"),
    "generation": ("generation", "data-to-text", "summarise", "summarize", "writing"),
    "code": ("code", "coding", "code repair", "text-to-sql"),
    "question answering": ("qa", "rag qa", "reading", "knowledge", "rag", "question_answering", "legal_research"),
    "reasoning": ("reasoning", "math", "maths"),
    "agent": ("agent", "tool use", "tool_use"),
}  # fmt: skip
"""Kinds of task whose published cases are pooled."""
SIZE_FACTOR = 4.0
"""Largest ratio of parameters at which a published case speaks for a base model: a judgement."""
FEWEST_TASKS = 3
"""Distinct published tasks below which nothing is said."""
LEVEL = 0.90
"""One-sided level at which the share won must lie above, or below, one half."""
STRONGER_BAR = 4.0
"""Index points by which the bar may exceed what the published cases were compared with."""


@dataclass(frozen=True, slots=True)
class TuningOdds:
    """What published evidence says of tuning beating the bar."""

    answer: Literal["likely", "unlikely", "unknown"]
    """Whether published cases make it likely."""
    tasks: int
    """Distinct published tasks of the kind and size."""
    won: float
    """Tasks on which the tuned model beat the comparator; a task tuned twice counts in shares."""
    grades: tuple[str, ...]
    """Grades of that evidence, by letter."""
    words: str
    """For the report."""


def uplift_needed(base: QualityScore | None, reference: QualityScore | None, *, margin: float) -> float | None:
    """Return the index points that tuning must add to match the reference by the margin; None if a score is missing.

    Parameters
    ----------
    base, reference
        Scores of the model to tune and of the bar.
    margin
        How much worse still counts as no worse [index point].
    """
    if base is None or reference is None:
        return None
    return max(reference.index - margin - base.index, 0.0)


def task_group(task: str) -> str | None:
    """Return the kind of task under which published cases are pooled, or None."""
    wanted = task.strip().lower()
    return next((group for group, names in _GROUPS.items() if wanted == group or wanted in names), None)


def published_odds(
    cases: Iterable[FineTuningCase], *, task_type: str, parameters: float | None,
    reference_index: float | None = None, comparator_index: float | None = None,
) -> TuningOdds:  # fmt: skip
    """Return whether published cases of the same kind of task and size of base make a tuned win likely.

    Likely (unlikely) where the Wilson bound at 90 % of the share of tasks won lies above (below) one half. Published
    cases compare with the models of their year, prompted without tuning: of a stronger bar they say nothing.

    Parameters
    ----------
    cases
        Published before and after.
    task_type
        Kind of task.
    parameters
        Total parameters of the base; None if unknown.
    reference_index, comparator_index
        Ability index of the bar, and of what the published cases were compared with [index point]; None if unknown.
    """
    group = task_group(task_type)
    mine = [c for c in cases if group is not None and task_group(c.task_type) == group and _sized(c, parameters)]
    by_task: dict[tuple[str, str], list[float]] = defaultdict(list)
    for case in mine:
        if case.tuned_score is not None and case.comparator_score is not None:
            by_task[case.case, case.task].append(float(case.tuned_score > case.comparator_score))
    shares = [math.fsum(wins) / len(wins) for _, wins in sorted(by_task.items())]
    won, grades = math.fsum(shares), tuple(sorted({case.grade[:1] for case in mine}))
    graded = f" (grade {', '.join(grades)}, mostly run by sellers of tuning)" if grades else ""
    about = f"{won:g} of {len(shares)} published tasks of this kind and size won against untuned prompts{graded}"
    about = about if shares else "no published task of this kind and size was compared"
    if len(shares) < FEWEST_TASKS:
        return TuningOdds("unknown", len(shares), won, grades, f"unknown: {about}; measure your own before and after")
    if _beyond(reference_index, comparator_index):
        words = f"unknown: {about}, but your bar is stronger than what they were compared with"
        return TuningOdds("unknown", len(shares), won, grades, words)
    answer = _judged(won, len(shares))
    return TuningOdds(answer, len(shares), won, grades, f"{answer}: {about}; measure your own before and after")


def _sized(case: FineTuningCase, parameters: float | None) -> bool:
    if parameters is None or case.parameters is None:
        return False
    return 1 / SIZE_FACTOR <= parameters / case.parameters <= SIZE_FACTOR


def _beyond(reference: float | None, comparator: float | None) -> bool:
    return reference is not None and comparator is not None and reference > comparator + STRONGER_BAR


def _judged(won: float, tasks: int) -> Literal["likely", "unlikely", "unknown"]:
    low, high = _wilson(won / tasks, tasks)
    return "likely" if low > 0.5 else "unlikely" if high < 0.5 else "unknown"


def _wilson(share: float, n: int) -> Sequence[float]:
    """Return the Wilson score bounds of a share (Wilson 1927)."""
    z = NormalDist().inv_cdf(LEVEL)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - reach, middle + reach
