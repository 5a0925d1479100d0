"""From evaluators' rows to configurations: which rows speak for which effort, and what is counted once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from steelyard.domain.quality import PublicScore
from steelyard.quality.ability import ScoreTable, as_logit, names_to_numbers
from steelyard.quality.effort import effort_of

__all__ = ["HIGHEST", "NO_REASONING", "Benchmark", "Cell", "Configuration", "Laid", "cells_of", "score_table"]

HIGHEST = "highest effort or default"
"""Variant that takes, benchmark by benchmark, the highest effort measured: it sets the scale."""
NO_REASONING = "no reasoning"
"""Variant of rows measured with thinking switched off."""
NAMED_LEVELS = ("low", "medium", "high")
"""Efforts given a variant of their own where enough families measured them."""
LEAST_FAMILIES_OF_LEVEL = 3
"""Families below which a single effort gets no score of its own."""


class Benchmark(NamedTuple):
    """What a benchmark measures and how its scores are read."""

    name: str
    """Identifier in the rows."""
    family: str
    """Relatives that count as one: items, authors or raters are shared."""
    scale: Literal["percent", "linear", "percent lower is better"]
    """How scores become larger-is-better values on which ability adds."""
    capabilities: tuple[str, ...]
    """Capabilities it speaks for."""
    in_index: bool
    """Whether it enters the ability index."""


class Configuration(NamedTuple):
    """Weights and effort."""

    model: str
    """Model as evaluators name it."""
    variant: str
    """Effort class."""


class Cell(NamedTuple):
    """One configuration on one benchmark, evaluators averaged."""

    configuration: Configuration
    benchmark: Benchmark
    value: float
    """Value on the scale on which ability adds."""
    rows: tuple[PublicScore, ...]
    """Rows behind it."""


class Laid(NamedTuple):
    """A score table and what its numbers stand for."""

    table: ScoreTable
    configurations: tuple[Configuration, ...]
    benchmarks: tuple[str, ...]


def cells_of(scores: Iterable[PublicScore], benchmarks: Mapping[str, Benchmark]) -> tuple[Cell, ...]:
    """Return every configuration on every benchmark, independent evaluators only, each counted once.

    Where one evaluator measured several efforts the variant decides which counts; where it measured the same effort
    at several dates, the newest does; evaluators are averaged.

    Parameters
    ----------
    scores
        Rows of public scores.
    benchmarks
        What the benchmarks are; rows on others are left out.
    """
    grouped: dict[tuple[str, str], list[PublicScore]] = defaultdict(list)
    for row in scores:
        if row.evaluator == "independent" and row.benchmark in benchmarks:
            grouped[row.model, row.benchmark].append(row)
    cells: list[Cell] = []
    for (model, name), rows in sorted(grouped.items()):
        for variant, chosen in _by_variant(rows).items():
            kept = _newest(chosen)
            cells.append(Cell(Configuration(model, variant), benchmarks[name], _mean(kept, benchmarks[name]), kept))
    return _with_enough(cells)


def _by_variant(rows: Sequence[PublicScore]) -> dict[str, list[PublicScore]]:
    """Return the rows of each effort class of one model on one benchmark."""
    split: dict[str, list[PublicScore]] = defaultdict(list)
    switched = any(effort_of(r.effort).level not in ("none", "unstated") for r in rows)
    for row in rows:
        effort = effort_of(row.effort)
        plain = switched and effort.level == "unstated" and row.source.startswith("arena")
        if effort.level == "none" or plain:  # Arena lists a thinking model beside the same one that answers at once
            split[NO_REASONING].append(row)
            continue
        split[HIGHEST].append(row)
        if effort.level in NAMED_LEVELS:
            split[effort.level].append(row)
    if HIGHEST in split:
        top = max(effort_of(row.effort).order for row in split[HIGHEST])
        split[HIGHEST] = [row for row in split[HIGHEST] if effort_of(row.effort).order == top]
    return split


def _evaluator(row: PublicScore) -> str:
    return row.source.split("_", 1)[0]


def _newest(rows: Sequence[PublicScore]) -> tuple[PublicScore, ...]:
    """Return each evaluator's rows of its newest day."""
    day: dict[str, str] = {}
    for row in rows:
        day[_evaluator(row)] = max(row.seen, day.get(_evaluator(row), ""))
    kept = [row for row in rows if row.seen == day[_evaluator(row)]]
    return tuple(sorted(kept, key=lambda r: (r.source, r.effort, r.score)))


def _mean(rows: Sequence[PublicScore], benchmark: Benchmark) -> float:
    """Return the mean of evaluators, each the mean of its rows."""
    by: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        by[_evaluator(row)].append(_value(row.score, benchmark))
    return float(np.mean([np.mean(by[who]) for who in sorted(by)]))


def _value(score: float, benchmark: Benchmark) -> float:
    if benchmark.scale == "linear":
        return score
    return as_logit(score) if benchmark.scale == "percent" else -as_logit(score)


def _with_enough(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    families: dict[Configuration, set[str]] = defaultdict(set)
    for cell in cells:
        families[cell.configuration].add(cell.benchmark.family)
    return tuple(
        cell for cell in cells
        if cell.configuration.variant not in NAMED_LEVELS
        or len(families[cell.configuration]) >= LEAST_FAMILIES_OF_LEVEL
    )  # fmt: skip


def score_table(cells: Sequence[Cell]) -> Laid:
    """Return the cells as arrays; the variant of highest effort sets the scale.

    Parameters
    ----------
    cells
        At least one.
    """
    keys, configuration = names_to_numbers([f"{c.configuration.model}\t{c.configuration.variant}" for c in cells])
    benchmarks, benchmark = names_to_numbers([c.benchmark.name for c in cells])
    _, family = names_to_numbers([c.benchmark.family for c in cells])
    configurations = tuple(Configuration(*key.split("\t")) for key in keys)
    reference = np.array([c.variant == HIGHEST for c in configurations])
    value = np.array([c.value for c in cells], dtype=np.float64)
    return Laid(ScoreTable(configuration, benchmark, family, value, reference), configurations, benchmarks)
