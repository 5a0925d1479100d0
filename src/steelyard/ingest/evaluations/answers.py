"""What every evaluation format comes down to: one option's answer to one item, scored; and its sums."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from steelyard.domain.quality import EvaluationRun
from steelyard.errors import Fault

__all__ = ["Answer", "Document", "EvaluationFormat", "Found", "collected", "list_of", "mapping_of", "number",
           "score_of", "text_of"]  # fmt: skip

_RIGHT = frozenset({"true", "pass", "passed", "yes", "correct", "c", "right"})
_WRONG = frozenset({"false", "fail", "failed", "no", "incorrect", "i", "wrong", "n"})
_PARTLY = frozenset({"p", "partial"})
MOST_FAULTS = 20
"""Faults listed of one file; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One option's answer to one item."""

    option: str
    """Option or model as named in the file."""
    item: str
    """Item; the same in every option."""
    score: float
    """0 to 1; 0 where the answer failed."""
    failed: bool | None = None
    """Whether the answer failed (error, time-out); None where the file does not tell."""
    group: str = ""
    """Cluster of the item, such as its conversation; empty where there is none."""
    input_tokens: float | None = None
    """Input tokens; None where the file does not tell."""
    output_tokens: float | None = None
    """Output tokens, reasoning included; None where the file does not tell."""
    effort: str = ""
    """Reasoning effort, where the file names it."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file, parsed as far as its container goes."""

    name: str
    """File name, for messages."""
    folder: str
    """Name of the folder that holds it: some tools put the model there."""
    records: Sequence[Mapping[str, Any]]
    """Rows of a CSV, lines of a JSONL; for a JSON object that object alone."""
    kind: str
    """``csv``, ``jsonl`` or ``json``."""

    @property
    def head(self) -> Mapping[str, Any]:
        """The first record; empty where there is none."""
        return self.records[0] if self.records else {}


@dataclass
class Found:
    """Answers and faults of one file."""

    answers: list[Answer] = field(default_factory=lambda: [])
    faults: list[Fault] = field(default_factory=lambda: [])


@dataclass(frozen=True, slots=True)
class EvaluationFormat:
    """One format: one module under ``formats`` with one ``PLUGIN``."""

    name: str
    """Name."""
    title: str
    """Name in words."""
    matches: Callable[[Document], bool]
    """Whether a document is of this format."""
    read: Callable[[Document], Found]
    """Answers and faults of a document; only identifiers, scores and counts are taken."""


def score_of(value: object, where: str, key: str) -> float | Fault:
    """Return a score between 0 and 1, or what is wrong with it.

    Parameters
    ----------
    value
        A number from 0 to 1, a percentage with its sign, a truth value, or a word such as ``pass``.
    where, key
        Place, for the fault.
    """
    if isinstance(value, bool):
        return float(value)
    text = str(value).strip().lower() if value is not None else ""
    for words, worth in ((_RIGHT, 1.0), (_WRONG, 0.0), (_PARTLY, 0.5)):
        if text in words:
            return worth
    share = text.endswith("%")
    try:
        found = float(text.rstrip("%")) / (100.0 if share else 1.0)
    except ValueError:
        found = math.nan
    if not 0.0 <= found <= 1.0:
        return Fault(f"{key} is {value!r}", where, "a score from 0 to 1, a percentage, or pass / fail",
                     "Divide scores by their largest value, or name another metric")  # fmt: skip
    return found


def number(value: object) -> float | None:
    """Return a finite non-negative number, or None where there is none."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = float(str(value).strip())
    except ValueError:
        return None
    return found if math.isfinite(found) and found >= 0 else None


def list_of(value: object) -> list[Any]:
    """Return a JSON list; empty for anything else."""
    return cast(list[Any], value) if isinstance(value, list) else []


def mapping_of(value: object) -> Mapping[str, Any]:
    """Return a JSON object as a mapping; empty for anything else."""
    return cast(Mapping[str, Any], value) if isinstance(value, dict) else {}


def text_of(value: object) -> str:
    """Return text without surrounding space; empty for None."""
    return "" if value is None else str(value).strip()


def collected(answers: Iterable[Answer]) -> tuple[EvaluationRun, ...]:
    """Return one run per option, in the order of names; repeats of an item are averaged.

    Parameters
    ----------
    answers
        Answers of all files.
    """
    by: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        by[answer.option].append(answer)
    return tuple(_run(option, by[option]) for option in sorted(by))


def _run(option: str, answers: Sequence[Answer]) -> EvaluationRun:
    told = [a.failed for a in answers if a.failed is not None]
    efforts = sorted({a.effort for a in answers if a.effort})
    return EvaluationRun(
        option=option, scores=_means((a.item, a.score) for a in answers),
        groups={a.item: a.group for a in answers if a.group}, failures=sum(told) if told else None,
        answers=len(answers), input_tokens=_means(_known((a.item, a.input_tokens) for a in answers)),
        output_tokens=_means(_known((a.item, a.output_tokens) for a in answers)), effort=", ".join(efforts),
    )  # fmt: skip


def _known(pairs: Iterable[tuple[str, float | None]]) -> Iterator[tuple[str, float]]:
    yield from ((item, value) for item, value in pairs if value is not None)


def _means(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    values: dict[str, list[float]] = defaultdict(list)
    for item, value in pairs:
        values[item].append(value)
    return {item: math.fsum(values[item]) / len(values[item]) for item in sorted(values)}
