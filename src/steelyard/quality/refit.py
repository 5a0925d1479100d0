"""From evaluators' rows to scores with errors and the calibration that says how far to trust them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from statistics import fmean
from typing import NamedTuple

import numpy as np

from steelyard.domain.evidence import Evidence
from steelyard.domain.quality import (
    CalibrationBin,
    CalibrationScope,
    CapabilityScore,
    PublicScore,
    QualityScore,
    VendorScore,
)
from steelyard.quality.ability import INDEX_SD, ScoreTable, fit_ability
from steelyard.quality.configurations import HIGHEST, Benchmark, Cell, Configuration, cells_of, score_table
from steelyard.quality.effort import effort_of
from steelyard.quality.held_out import HeldOut, held_out_pairs, win_rates

__all__ = ["FRONTIER", "LEAST_CONFIGURATIONS", "Refit", "refit"]

FRONTIER = 110.0
"""Index above which both must lie for the frontier rates [index point]."""
LEAST_CONFIGURATIONS = 8
"""Configurations measured below which a capability gets no index."""
FEW = 6
"""Benchmark families below which an index is good for screening only (README of the quality evidence)."""
LEAST_PAIRS = 100
"""Comparisons below which a win rate is not given."""


class Refit(NamedTuple):
    """Scores and calibration, refitted."""

    scores: tuple[QualityScore, ...]
    """One per model and effort class, by model; models as evaluators name them."""
    calibration: tuple[CalibrationBin, ...]
    """Index gap to win rate on a family left out, overall first."""
    logits_per_sd: float
    """Median rise of a benchmark's logit per standard deviation of ability [1]."""


def refit(scores: Iterable[PublicScore], benchmarks: Mapping[str, Benchmark], *, evidence: Evidence) -> Refit:
    """Return the ability index, the index of each capability, and the measured calibration of both.

    Parameters
    ----------
    scores
        What evaluators measured; vendors' own scores enter no index and are kept beside it.
    benchmarks
        What each benchmark measures.
    evidence
        Source of the result.
    """
    rows = tuple(scores)
    cells = cells_of(rows, benchmarks)
    inside = [c for c in cells if c.benchmark.in_index]
    laid = score_table(inside)
    ability = fit_ability(laid.table, n_benchmarks=len(laid.benchmarks))
    alone = float(np.median(ability.se[ability.families == 1])) if (ability.families == 1).any() else INDEX_SD
    capabilities, held = _capabilities(cells, alone)
    vendor = _vendor(rows)
    found: list[QualityScore] = []
    for n, configuration in enumerate(laid.configurations):
        mine = [cell for cell in inside if cell.configuration == configuration]
        found.append(QualityScore(
            model=configuration.model, effort=configuration.variant, index=_round(ability.index[n]),
            se=_round(ability.se[n]), families=int(ability.families[n]),
            spread=_round(ability.spread[n]) if np.isfinite(ability.spread[n]) else None,
            capabilities=capabilities.get(configuration, {}), efforts=_efforts(mine), weights_dates=_released(mine),
            evaluators=tuple(sorted({row.source.split("_", 1)[0] for cell in mine for row in cell.rows})),
            vendor_reported=vendor.get(configuration.model, ()) if configuration.variant == HIGHEST else (),
            as_of=max(_day(row.seen) for cell in mine for row in cell.rows), evidence=evidence,
        ))  # fmt: skip
    pairs = held_out_pairs(laid.table, n_benchmarks=len(laid.benchmarks))
    percent = [ability.logits_per_sd[n] for n, name in enumerate(laid.benchmarks)
               if benchmarks[name].scale == "percent"]  # fmt: skip
    bins = (*_bins(pairs, "overall"), *_bins(pairs, "few families", fewer_than=FEW), *_bins(held, "capability"))
    return Refit(tuple(found), bins, float(np.median(percent)))


def _round(value: float) -> float:
    return round(float(value), 1)


def _day(seen: str) -> date:
    """Return the last day that a day or a month can stand for, to be safe: the 28th of a month."""
    return date.fromisoformat(seen if len(seen) > len("2026-05") else f"{seen}-28")


def _efforts(cells: Sequence[Cell]) -> tuple[str, ...]:
    words = {word for cell in cells for row in cell.rows for word in row.effort.split("|")}
    return tuple(sorted(w for w in words if w and not effort_of(w).weights_date))


def _released(cells: Sequence[Cell]) -> tuple[str, ...]:
    return tuple(sorted({d for cell in cells for row in cell.rows if (d := effort_of(row.effort).weights_date)}))


def _capabilities(
    cells: Sequence[Cell], alone: float
) -> tuple[Mapping[Configuration, dict[str, CapabilityScore]], HeldOut]:
    """Return the index of each capability by configuration, and the comparisons on families left out.

    Few families agree by chance: no standard error falls below what one family brings overall (``alone``) over the
    root of their number.
    """
    found: dict[Configuration, dict[str, CapabilityScore]] = defaultdict(dict)
    held: list[HeldOut] = []
    for name in sorted({c for cell in cells for c in cell.benchmark.capabilities}):
        laid = score_table([cell for cell in cells if name in cell.benchmark.capabilities])
        n = len(laid.benchmarks)
        if laid.table.reference.sum() < LEAST_CONFIGURATIONS:
            continue
        ability = fit_ability(laid.table, n_benchmarks=n)
        floor = alone / np.sqrt(np.maximum(ability.families, 1))
        se = np.maximum(ability.se, floor) if _families(laid.table) > 1 else floor
        for k, configuration in enumerate(laid.configurations):
            found[configuration][name] = CapabilityScore(
                index=_round(ability.index[k]), se=_round(se[k]), families=int(ability.families[k]),
            )  # fmt: skip
        if _families(laid.table) > 1:
            held.append(held_out_pairs(laid.table, n_benchmarks=n))
    return found, HeldOut(
        *(np.concatenate([getattr(h, f) for h in held]) for f in ("gap", "won", "lower", "families", "weight"))
    )


def _families(table: ScoreTable) -> int:
    return len(np.unique(table.family))


def _bins(held: HeldOut, scope: CalibrationScope, *, fewer_than: int | None = None) -> tuple[CalibrationBin, ...]:
    rates = win_rates(held, fewer_than=fewer_than)
    high = {r.gap_from: r for r in win_rates(held, above=FRONTIER, fewer_than=fewer_than) if r.pairs >= LEAST_PAIRS}
    return tuple(
        CalibrationBin(
            gap_from=r.gap_from, gap_to=r.gap_to, win_rate=round(r.rate, 3), pairs=r.pairs, scope=scope,
            win_rate_frontier=round(high[r.gap_from].rate, 3) if r.gap_from in high else None,
        )
        for r in rates
    )  # fmt: skip


def _vendor(rows: Sequence[PublicScore]) -> Mapping[str, tuple[VendorScore, ...]]:
    """Return what vendors report of their own models, beside what independent evaluators found."""
    independent: dict[tuple[str, str], list[float]] = defaultdict(list)
    own: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row in rows:
        if row.evaluator == "independent":
            independent[row.model, row.benchmark].append(row.score)
        else:
            own[row.model, row.benchmark, row.reported_by].append(row.score)
    found: dict[str, list[VendorScore]] = defaultdict(list)
    for (model, benchmark, who), values in sorted(own.items()):
        beside = independent.get((model, benchmark))
        found[model].append(VendorScore(benchmark=benchmark, score=round(fmean(values), 1), reported_by=who,
                                        independent=round(fmean(beside), 1) if beside else None))  # fmt: skip
    return {model: tuple(scores) for model, scores in found.items()}
