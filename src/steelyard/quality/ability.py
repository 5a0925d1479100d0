"""One ability behind many benchmarks: an index with its standard error, fitted to whoever measured what."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["INDEX_MEAN", "INDEX_SD", "Ability", "ScoreTable", "as_logit", "fit_ability", "names_to_numbers"]

INDEX_MEAN = 100.0
"""Mean of the index over the reference configurations [index point]."""
INDEX_SD = 15.0
"""Standard deviation of the index over the reference configurations [index point]."""
STEPS = 150
"""Alternations of the fit; estimates move by less than 0.01 index points in the last of them."""
ABILITY_PRECISION = 0.5
"""Weight of the prior that an ability is average, in units of one noise-free benchmark family [1]."""
LOADING_PRIOR = 0.8
"""Loading expected of an unknown benchmark [1]."""
LOADING_PRECISION = 0.5
"""Weight of that expectation, in observations [1]."""
LEAST_LOADING = 0.05
"""Floor of a loading: a benchmark that falls with ability would otherwise turn the scale round [1]."""
NOISE_PRIOR = 0.3
"""Residual variance expected of an unknown benchmark, in units of its own variance [1]."""
NOISE_PRECISION = 2.0
"""Weight of that expectation, in observations [1]."""
OFFSET_PRECISION = 1e-3
"""Weight of the expectation that a benchmark's offset is zero, in observations [1]."""
POOLED_FAMILIES = 4.0
"""Families' worth of weight that the pooled spread has in the spread of one configuration [1]."""
SMALLEST_SPREAD = 1e-6
"""Least standard deviation a benchmark is divided by, in its own unit."""

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Scores in long form; every array has shape (n_scores,)."""

    configuration: _Ints
    """Index of the configuration measured."""
    benchmark: _Ints
    """Index of the benchmark."""
    family: _Ints
    """Index of the benchmark's family: relatives that count as one."""
    value: _Floats
    """Score, larger is better, on a scale on which ability adds."""
    reference: NDArray[np.bool_]
    """Whether a configuration sets the scale, shape (n_configurations,); the others are only placed on it."""

    def only(self, keep: NDArray[np.bool_]) -> "ScoreTable":
        """Return the scores where ``keep`` holds, configurations as they were."""
        return ScoreTable(self.configuration[keep], self.benchmark[keep], self.family[keep], self.value[keep],
                          self.reference)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ability:
    """Index of every configuration; arrays have shape (n_configurations,), NaN where nothing was measured."""

    index: _Floats
    """Ability, mean 100 and standard deviation 15 over the reference configurations [index point]."""
    se: _Floats
    """Standard error [index point]."""
    families: _Ints
    """Benchmark families measured."""
    spread: _Floats
    """Standard deviation among the estimates of single families [index point]; NaN for fewer than two."""
    logits_per_sd: _Floats
    """Rise of a benchmark's value per standard deviation of ability, shape (n_benchmarks,), in the value's unit."""


def as_logit(percent: float) -> float:
    r"""Return a share in percent on the scale on which ability adds, drawn in from 0 and 100.

    .. math:: \ln \frac{p + 1}{101 - p}

    Examples
    --------
    >>> as_logit(50.0)
    0.0
    """
    return float(np.log((percent + 1.0) / (101.0 - percent)))


def fit_ability(table: ScoreTable, *, n_benchmarks: int) -> Ability:
    r"""Return the one factor that explains the scores best, each family counted once per configuration.

    .. math:: z_{cb} = a_b + \lambda_b \theta_c + \varepsilon_{cb}, \quad
              w_{cb} = 1 / |\{b' \in f(b) : c \text{ measured on } b'\}|

    Each benchmark is standardized, then abilities and the benchmarks' offsets, loadings and noise are estimated in
    turn by weighted least squares with weak priors. The standard error is the spread among the estimates of single
    families, drawn towards the spread pooled over all configurations, over the root of their number; families that
    weigh unequally count as the number of equal ones that would be as precise (Kish).

    Parameters
    ----------
    table
        Scores; at least two configurations in the reference.
    n_benchmarks
        Number of benchmarks, those without a score included.

    References
    ----------
    Spearman (1904), one-factor model; Jöreskog and Goldberger (1972), alternating estimation; Kish (1965), section
    11.7, number of equally weighted observations.
    """
    size = len(table.reference)
    weight = _family_weights(table)
    teaches = weight * table.reference[table.configuration]
    z, scale = _standardized(table, teaches, n_benchmarks)
    measured = np.bincount(table.configuration, minlength=size) > 0
    setters = table.reference & measured
    offset, noise = np.zeros(n_benchmarks), np.full(n_benchmarks, NOISE_PRIOR)
    loading = np.full(n_benchmarks, LOADING_PRIOR)
    theta = np.zeros(size)
    for _ in range(STEPS):
        theta = _abilities(table, z, weight, offset, loading, noise)
        theta = (theta - theta[setters].mean()) / max(float(theta[setters].std()), SMALLEST_SPREAD)
        offset, loading, noise = _benchmarks(table, z, teaches, theta, n_benchmarks)
    families, spread, se = _errors(table, z, weight, (offset, loading, noise), theta)
    index = np.where(measured, INDEX_MEAN + INDEX_SD * theta, np.nan)
    return Ability(index, np.where(measured, se, np.nan), families, spread, loading * scale)


def _standardized(table: ScoreTable, teaches: _Floats, n: int) -> tuple[_Floats, _Floats]:
    """Return values with mean 0 and standard deviation 1 by benchmark, and the deviations they were divided by."""
    counts = (teaches > 0).astype(np.float64)
    count = np.maximum(np.bincount(table.benchmark, counts, n), 1.0)
    mean = np.bincount(table.benchmark, counts * table.value, n) / count
    away = table.value - mean[table.benchmark]
    deviation = np.maximum(np.sqrt(np.bincount(table.benchmark, counts * away**2, n) / count), SMALLEST_SPREAD)
    return away / deviation[table.benchmark], deviation


def _family_weights(table: ScoreTable) -> _Floats:
    pair = table.configuration * (int(table.family.max(initial=0)) + 1) + table.family
    _, inverse, count = np.unique(pair, return_inverse=True, return_counts=True)
    return 1.0 / count[inverse].astype(np.float64)


def _abilities(
    table: ScoreTable, z: _Floats, weight: _Floats, offset: _Floats, loading: _Floats, noise: _Floats
) -> _Floats:
    b, size = table.benchmark, len(table.reference)
    precision = weight * loading[b] / noise[b]
    above = np.bincount(table.configuration, precision * (z - offset[b]), size)
    return above / (np.bincount(table.configuration, precision * loading[b], size) + ABILITY_PRECISION)


def _benchmarks(
    table: ScoreTable, z: _Floats, weight: _Floats, theta: _Floats, n: int
) -> tuple[_Floats, _Floats, _Floats]:
    """Return offset, loading and noise of every benchmark by ridge regression on ability."""
    b, t = table.benchmark, theta[table.configuration]
    total = np.bincount(b, weight, n)
    s_00 = total + OFFSET_PRECISION
    s_01 = np.bincount(b, weight * t, n)
    s_11 = np.bincount(b, weight * t * t, n) + LOADING_PRECISION
    y_0 = np.bincount(b, weight * z, n)
    y_1 = np.bincount(b, weight * z * t, n) + LOADING_PRECISION * LOADING_PRIOR
    determinant = s_00 * s_11 - s_01**2  # above zero: both diagonals carry a prior
    offset = (s_11 * y_0 - s_01 * y_1) / determinant
    loading = np.maximum((s_00 * y_1 - s_01 * y_0) / determinant, LEAST_LOADING)
    rest = np.bincount(b, weight * (z - offset[b] - loading[b] * t) ** 2, n)
    return offset, loading, (rest + NOISE_PRECISION * NOISE_PRIOR) / (total + NOISE_PRECISION)


def _errors(
    table: ScoreTable, z: _Floats, weight: _Floats, fitted: tuple[_Floats, _Floats, _Floats], theta: _Floats
) -> tuple[_Ints, _Floats, _Floats]:
    """Return families, their spread and the standard error per configuration [index point]."""
    offset, loading, noise = fitted
    b, size = table.benchmark, len(theta)
    n_families = int(table.family.max(initial=0)) + 1
    pair = table.configuration * n_families + table.family
    keys, inverse = np.unique(pair, return_inverse=True)
    precision = weight * loading[b] ** 2 / noise[b]
    mass = np.bincount(inverse, precision)
    residual = np.bincount(inverse, precision / loading[b] * (z - offset[b] - loading[b] * theta[table.configuration]))
    owner = keys // n_families
    off = INDEX_SD * residual / mass
    families = np.bincount(owner, minlength=size)
    squares = np.bincount(owner, mass * off**2, size) / np.maximum(np.bincount(owner, mass, size), SMALLEST_SPREAD)
    freedom = np.maximum(families - 1, 0)
    own = squares * families / np.maximum(freedom, 1)
    several = families > 1
    pooled = float(np.average(own[several], weights=freedom[several])) if several.any() else INDEX_SD**2
    blended = (own * freedom + pooled * POOLED_FAMILIES) / (freedom + POOLED_FAMILIES)
    alike = np.bincount(owner, mass, size) ** 2 / np.maximum(np.bincount(owner, mass**2, size), SMALLEST_SPREAD)
    se = np.sqrt(blended / np.maximum(alike, 1.0))
    return families.astype(np.int64), np.where(several, np.sqrt(own), np.nan), se


def names_to_numbers(names: Sequence[str]) -> tuple[tuple[str, ...], _Ints]:
    """Return the distinct names in order, and each entry's place among them, shape (n_names,)."""
    known = tuple(sorted(set(names)))
    place = {name: number for number, name in enumerate(known)}
    return known, np.array([place[name] for name in names], dtype=np.int64)
