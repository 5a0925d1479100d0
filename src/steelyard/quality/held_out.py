"""How far an index can be trusted: leave a benchmark family out, and see who wins on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.quality.ability import ScoreTable, fit_ability

__all__ = ["GAP_EDGES", "HeldOut", "WinRates", "held_out_pairs", "win_rates"]

GAP_EDGES: tuple[float, ...] = (0.0, 1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 40.0)
"""Edges of the index gaps within which wins are counted [index point]; the last bin takes all above."""
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Comparisons on families left out; every array has shape (n_comparisons,)."""

    gap: _Floats
    """Index of the higher less that of the lower, both fitted without the family [index point]."""
    won: _Floats
    """1 where the higher index scored higher on the benchmark left out, 1/2 where both scored the same."""
    lower: _Floats
    """Index of the lower one [index point]."""
    families: _Floats
    """Benchmark families behind the thinner of the two, that left out not counted."""
    weight: _Floats
    """1 over the benchmarks of the family, so that a family counts once."""


@dataclass(frozen=True, slots=True)
class WinRates:
    """Share won by the higher index within one bin of gaps."""

    gap_from: float
    gap_to: float
    pairs: int
    rate: float


def held_out_pairs(
    table: ScoreTable, *, n_benchmarks: int, report: Callable[[int], None] | None = None, scales: int = 1
) -> HeldOut:
    """Return every comparison of two reference configurations on a benchmark whose family the index has not seen.

    Parameters
    ----------
    table
        Scores.
    n_benchmarks
        Number of benchmarks.
    report
        Told the family that has been left out.
    scales
        Fewest other families that must remain for a comparison to count.
    """
    gaps: list[_Floats] = []
    for family in np.unique(table.family):
        out = table.family == family
        rest = table.only(~out)
        if len(np.unique(rest.family)) < scales or not len(rest.value):
            continue
        fitted = fit_ability(rest, n_benchmarks=n_benchmarks)
        ids = np.unique(table.benchmark[out])
        for benchmark in ids:
            mine = (table.benchmark == benchmark) & table.reference[table.configuration]
            who = table.configuration[mine]
            gaps.append(_comparisons(fitted.index[who], table.value[mine], fitted.families[who], 1.0 / len(ids)))
        if report:
            report(int(family))
    joined = np.concatenate(gaps, axis=1) if gaps else np.zeros((5, 0))
    return HeldOut(joined[0], joined[1], joined[2], joined[3], joined[4])


def _comparisons(index: _Floats, value: _Floats, families: NDArray[np.int64], weight: float) -> _Floats:
    """Return gap, outcome, lower index, fewer families and weight of all pairs, shape (5, n_pairs)."""
    known = np.isfinite(index)
    index, value, families = index[known], value[known], families[known]
    i, j = np.triu_indices(len(index), k=1)
    ahead = index[i] - index[j]
    outcome = 0.5 + 0.5 * np.sign(ahead) * np.sign(value[i] - value[j])
    lower, fewer = np.minimum(index[i], index[j]), np.minimum(families[i], families[j]).astype(np.float64)
    return np.stack([np.abs(ahead), outcome, lower, fewer, np.full(len(i), weight)])


def win_rates(
    held: HeldOut, *, edges: Sequence[float] = GAP_EDGES, above: float | None = None, fewer_than: int | None = None
) -> tuple[WinRates, ...]:
    """Return the share won by the higher index, by gap; bins without a comparison are left out.

    Parameters
    ----------
    held
        Comparisons.
    edges
        Edges of the gaps, ascending [index point]; gaps beyond the last edge count in the last bin.
    above
        Count only comparisons in which both exceed this index.
    fewer_than
        Count only comparisons in which the thinner rests on fewer benchmark families than this.
    """
    keep = held.lower > above if above is not None else np.ones(len(held.gap), dtype=np.bool_)
    if fewer_than is not None:
        keep = keep & (held.families < fewer_than)
    place = np.clip(np.digitize(held.gap, edges) - 1, 0, len(edges) - 2)
    found: list[WinRates] = []
    for k in range(len(edges) - 1):
        mine = keep & (place == k)
        if mine.any():
            rate = float(np.average(held.won[mine], weights=held.weight[mine]))
            found.append(WinRates(edges[k], edges[k + 1], int(mine.sum()), rate))
    return tuple(found)
