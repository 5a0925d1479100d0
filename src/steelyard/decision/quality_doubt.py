"""How the verdict moves with the chance asked of an option to be good enough, and what an evaluation is worth."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from steelyard.decision.cost_model import CostModel
from steelyard.decision.information import effort_of, measurement
from steelyard.decision.verdict import Choice, choose
from steelyard.decision.words import doing
from steelyard.domain.insight import QualityStep
from steelyard.domain.result import Kind, Measurement
from steelyard.domain.study import QualityNeeds
from steelyard.options.option import Option
from steelyard.quality.paired import items_for_margin

__all__ = ["evaluation_rows", "quality_steps"]

TYPICAL_ACCURACY = 0.8
"""Share right on a task in use, where no evaluation tells [1]; a convention: fewer items at higher shares."""
ROWS = 2
"""Evaluations named at most."""


def quality_steps(
    options: Sequence[Option], score: NDArray[np.float64], *, least_chance: float
) -> tuple[QualityStep, ...]:
    """Return what wins at each chance of being no worse that could be asked, from nil to certainty.

    An option without a score counts as it does now: in, up to the study's own threshold.

    Parameters
    ----------
    options
        All options; their quality gate is ignored, every other one holds.
    score
        What the verdict minimises, shape (n_options,) [USD].
    least_chance
        The study's own threshold [1].
    """
    others = [all(g.answer != "blocked" or g.gate == "quality" for g in o.gates) for o in options]
    chances = [_chance(option, least_chance) for option in options]
    kinds: list[Kind] = [o.kind for o in options]
    ids = [o.id for o in options]
    edges = sorted({c for c, other in zip(chances, others, strict=True) if other and 0 < c < 1} | {1.0})
    steps: list[QualityStep] = []
    start = 0.0
    for edge in edges:
        open_now = [other and chance >= edge for other, chance in zip(others, chances, strict=True)]
        choice = choose(score, kinds, ids, open_now)
        step = _step(options, score, choice, start, edge, least_chance)
        if steps and steps[-1].option == step.option:
            joined = {"to_chance": edge, "asked_now": steps[-1].asked_now or step.asked_now}
            steps[-1] = steps[-1].model_copy(update=joined)
        else:
            steps.append(step)
        start = edge
    return tuple(steps)


def _chance(option: Option, least_chance: float) -> float:
    if option.kind == "keep_today":
        return 1.0
    return least_chance if option.chance_no_worse is None else option.chance_no_worse


def _step(
    options: Sequence[Option], score: NDArray[np.float64], choice: Choice | None, start: float, edge: float,
    least_chance: float,
) -> QualityStep:  # fmt: skip
    now = start < least_chance <= edge or (start == 0 and least_chance == 0)
    if choice is None:
        return QualityStep(
            from_chance=start, to_chance=edge, option=None, npv_cost_usd=None, chance=None, asked_now=now
        )
    won = options[choice.index]
    chance = 1.0 if won.kind == "keep_today" else won.chance_no_worse
    return QualityStep(from_chance=start, to_chance=edge, option=won.id, npv_cost_usd=float(score[choice.index]),
                       chance=chance, asked_now=now)  # fmt: skip


def evaluation_rows(
    model: CostModel, score: NDArray[np.float64], choice: Choice, needs: QualityNeeds, *, usd_of: Mapping[str, float],
    usd_per_month_of_delay: float, build_months: int,
) -> tuple[Measurement, ...]:  # fmt: skip
    """Return the paired evaluations that could change the choice, with items, cost and worth, most worth first.

    Evaluating the choice saves moving to it in vain, should it prove worse: the chance of that times what moving costs.
    Evaluating a cheaper option that quality keeps out, or that ties, wins its saving with the chance that it passes;
    where no score tells that chance, the whole saving is the most it may be worth.

    Parameters
    ----------
    model
        Costs on all draws.
    score
        What the verdict minimises, shape (n_options,) [USD].
    choice
        The choice.
    needs
        The bar, and the margin of an own evaluation.
    usd_of
        Figures that say what measuring takes.
    usd_per_month_of_delay
        What a month without the decision costs [USD/month].
    build_months
        Months until own machines serve.
    """
    items = items_for_margin(needs.evals_margin, accuracy=TYPICAL_ACCURACY)
    effort = effort_of("evaluation", usd_of)
    rows: list[Measurement] = []
    for index, option in enumerate(model.options):
        worth = _worth(model, score, choice, index, build_months)
        if worth > 0:
            words = (f"evaluate {doing(option.label)} against the reference on {items:,} of your own items, paired "
                     f"(margin {100 * needs.evals_margin:g} points)")  # fmt: skip
            rows.append(measurement(f"Quality of {option.model.split('/')[-1]}", worth, words, effort,
                                    usd_per_month_of_delay=usd_per_month_of_delay, concerns_quality=True))  # fmt: skip
    best: dict[str, Measurement] = {}
    for row in sorted(rows, key=lambda r: (-r.worth_up_to_usd, r.input)):
        best.setdefault(row.input, row)
    return tuple(best.values())[:ROWS]


def _worth(model: CostModel, score: NDArray[np.float64], choice: Choice, index: int, build_months: int) -> float:
    option = model.options[index]
    if option.kind == "keep_today" or option.evaluated:
        return 0.0
    if any(g.answer == "blocked" and g.gate != "quality" for g in option.gates):
        return 0.0
    chance = option.chance_no_worse
    if index == choice.index:
        return (1.0 - chance) * _spent_before_live(model, option, build_months) if chance is not None else 0.0
    return max(float(score[choice.index] - score[index]), 0.0) * (1.0 if chance is None else chance)


def _spent_before_live(model: CostModel, option: Option, build_months: int) -> float:
    """Return what moving to an option costs before it serves, lost if it must be left again [USD]."""
    means = model.line_means(option)
    groups = {line.id: line.group for line in option.ledger.lines}
    moving = [line for line in groups if groups[line] == "once" or line == "build_people"]
    months = 1 if option.bought else max(build_months, 1)
    first = [float(means.usd_per_month[line][:months].sum()) for line in moving]
    return float(np.sum(first))
