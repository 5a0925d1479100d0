"""Everything a sceptic asks beside the verdict, computed from the same draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.decision.advocate import advocate
from steelyard.decision.cost_model import CostModel
from steelyard.decision.findings import Findings
from steelyard.decision.gate_costs import gate_costs, removal
from steelyard.decision.information import information_rows, means_by_group
from steelyard.decision.quality_doubt import evaluation_rows, quality_steps
from steelyard.decision.robustness import convergence, influences, runner_up
from steelyard.decision.sensitivity import FlipPoint, InputGroup, Score
from steelyard.decision.surface import cost_surface
from steelyard.decision.tradeoffs import tradeoffs
from steelyard.domain.insight import (
    Advocate,
    Convergence,
    CostSurface,
    GateCost,
    Influence,
    QualityStep,
    Removal,
    Tradeoffs,
)
from steelyard.domain.result import Measurement

__all__ = ["Insights", "Searched", "insights_of"]


@dataclass(frozen=True)
class Insights:
    """What stands beside the verdict."""

    convergence: Convergence | None
    influences: tuple[Influence, ...]
    gate_costs: tuple[GateCost, ...]
    removal: Removal | None
    quality_steps: tuple[QualityStep, ...]
    advocate: Advocate | None
    surface: CostSurface | None
    tradeoffs: Tradeoffs | None
    information: tuple[Measurement, ...]


@dataclass(frozen=True)
class Searched:
    """What the searches were made on, and what they found."""

    thin: CostModel
    """Costs on few draws."""
    thin_score: Score
    """What is minimised on them."""
    groups: Sequence[InputGroup]
    """Inputs, those of one kind together."""
    points: Sequence[FlipPoint]
    """Flip points."""


def insights_of(
    found: Findings, model: CostModel, searched: Searched, *, score: Score, usd_of: Mapping[str, float],
    names: Mapping[str, tuple[str, str]],
) -> Insights:  # fmt: skip
    """Return what stands beside the verdict.

    Parameters
    ----------
    found
        What was computed.
    model
        Costs on all draws.
    searched
        Searches on few draws.
    score
        What is minimised on all draws.
    usd_of
        Figures that say what measuring takes, by name.
    names
        Label and unit by input.
    """
    options, choice = found.options, found.choice
    open_now = [i for i, allowed in enumerate(found.feasible) if allowed]
    known = means_by_group(searched.groups, found.draws, found.costs[:, open_now])
    return Insights(
        convergence=convergence(found.costs, choice, kinds=[o.kind for o in options], ids=[o.id for o in options],
                                feasible=found.feasible, score=score) if choice else None,
        influences=_influences(found, searched.points, known, open_now),
        gate_costs=gate_costs(options, found.score, found.demand.horizon_months),
        removal=removal(options, found.score),
        quality_steps=quality_steps(options, found.score, least_chance=found.study.quality.least_chance),
        advocate=advocate(found, names, searched.points),
        surface=cost_surface(found, model, searched.thin, score=searched.thin_score),
        tradeoffs=tradeoffs(found, model),
        information=_information(found, model, searched.groups, known, open_now, usd_of),
    )  # fmt: skip


def _influences(
    found: Findings, points: Sequence[FlipPoint], known: Mapping[str, NDArray[np.float64]], open_now: Sequence[int]
) -> tuple[Influence, ...]:
    choice = found.choice
    rival = runner_up(found.score, choice.index, found.feasible) if choice else None
    if choice is None or rival is None:
        return ()
    margin = found.costs[:, rival] - found.costs[:, choice.index]
    return influences(points, known, margin, chosen=open_now.index(choice.index), rival=open_now.index(rival))


def _information(
    found: Findings, model: CostModel, groups: Sequence[InputGroup], known: Mapping[str, NDArray[np.float64]],
    open_now: Sequence[int], usd_of: Mapping[str, float],
) -> tuple[Measurement, ...]:  # fmt: skip
    if found.choice is None:
        return ()
    delay = _usd_per_month_of_delay(found)
    rows = information_rows(groups, known, found.costs[:, open_now], usd_of=usd_of, usd_per_month_of_delay=delay)
    more = evaluation_rows(model, found.score, found.choice, found.study.quality, usd_of=usd_of,
                           usd_per_month_of_delay=delay, build_months=found.demand.build_months)  # fmt: skip
    return tuple(sorted((*rows, *more), key=lambda r: (-r.worth_up_to_usd, r.input)))


def _usd_per_month_of_delay(found: Findings) -> float:
    """Return what a month without the decision costs: the saving forgone, or the value of a month earlier.

    What is in use goes on meanwhile, so that the saving against it is lost; with nothing in use the service is missing.
    """
    today = next((i for i, o in enumerate(found.options) if o.kind == "keep_today"), None)
    if today is not None and found.choice is not None:
        saving = float(found.score[today] - found.score[found.choice.index])
        return max(saving, 0.0) / found.demand.horizon_months
    stated = found.study.differentiator.value_of_a_month_earlier_usd
    return stated.p50 if stated is not None else 0.0
