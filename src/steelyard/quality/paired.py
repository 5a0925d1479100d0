"""A paired test on the user's own items: the only evidence that earns the word equal."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.quality import EvaluationRun, PairedAnswer, PairedResult, ShareRange, TokenRatio

__all__ = [
    "FEWEST_GROUPS",
    "compare_runs",
    "items_for_margin",
    "own_chance_no_worse",
    "paired_interval",
    "student_quantile",
]

CONFIDENCE = 0.90
"""Level of the two-sided interval: each end is a one-sided test at 5 %, as in tests of equivalence."""
POWER = 0.80
"""Power at which the items needed are stated, the usual convention."""
TYPICAL_CORRELATION = 0.5
"""Correlation of two models' right answers over items where none has been measured: a judgement."""
FEWEST_GROUPS = 10
"""Independent items or clusters below which nothing is established."""
RATIO_LEVEL = 0.80
"""Level of a token ratio's interval, as of every stated range."""
_Floats = NDArray[np.float64]


def student_quantile(probability: float, freedom: int) -> float:
    r"""Quantile of Student's t by its expansion about the normal one, off by less than 0.4 % from 9 degrees up.

    Parameters
    ----------
    probability
        Between 0 and 1.
    freedom
        Degrees of freedom, above 0.

    References
    ----------
    Abramowitz and Stegun (1964), 26.7.5.

    Examples
    --------
    >>> round(student_quantile(0.95, 9), 3)
    1.833
    """
    z = NormalDist().inv_cdf(probability)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / freedom ** (k + 1) for k, term in enumerate(terms))


def own_chance_no_worse(result: PairedResult) -> float:
    """Return the chance that an option is no worse by the margin, its difference being normal about its interval [1].

    Parameters
    ----------
    result
        Outcome of the paired test, with its 90 % interval.
    """
    centre = (result.high + result.low) / 2.0
    error = (result.high - result.low) / (2.0 * NormalDist().inv_cdf((1 + CONFIDENCE) / 2))
    if error <= 0:
        return float(centre > -result.margin)
    return 1.0 - NormalDist(centre, error).cdf(-result.margin)


def items_for_margin(
    margin: float, *, accuracy: float | None = None, variance: float | None = None,
    correlation: float = TYPICAL_CORRELATION,
) -> int:  # fmt: skip
    r"""Return how many paired items establish "no worse by the margin" with 80 % power if both are as good.

    .. math:: n = \left(\frac{z_{0.95} + z_{0.80}}{m}\right)^2 \sigma_d^2, \quad
              \sigma_d^2 = 2 p (1 - p)(1 - \rho)

    Parameters
    ----------
    margin
        How much worse still counts as no worse [1], above 0.
    accuracy
        Share right, where the variance has not been measured [1].
    variance
        Variance of an item's difference, where it has [1]; it wins over ``accuracy``.
    correlation
        Correlation of right answers over items, where only the accuracy is known [1].

    Examples
    --------
    >>> items_for_margin(0.03, accuracy=0.8)
    1100
    """
    if variance is None:
        share = 0.5 if accuracy is None else accuracy
        variance = 2 * share * (1 - share) * (1 - correlation)
    normal = NormalDist()
    z = normal.inv_cdf((1 + CONFIDENCE) / 2) + normal.inv_cdf(POWER)
    return math.ceil((z / margin) ** 2 * variance)


def paired_interval(difference: _Floats, groups: Sequence[str]) -> tuple[float, float, float]:
    r"""Return the mean paired difference and its 90 % interval, clusters taken as they come.

    Right-or-wrong items without clusters use the adjusted Wald interval, which holds its level where few items differ:
    half an item is added to each of the four outcomes. Graded scores and clusters use the cluster-robust error and
    Student's t on the number of clusters less one.

    Parameters
    ----------
    difference
        Score of the option less that of the reference, shape (n_items,), at least two.
    groups
        Cluster of each item.

    References
    ----------
    Agresti and Min (2005), "Simple improved confidence intervals for comparing matched proportions".
    """
    n = len(difference)
    mean = float(difference.mean())
    if len(set(groups)) == n and bool(np.isin(difference, (-1.0, 0.0, 1.0)).all()):
        better, worse = float((difference > 0).sum()) + 0.5, float((difference < 0).sum()) + 0.5
        total = n + 2.0
        centre = (better - worse) / total
        error = math.sqrt(max(better + worse - (better - worse) ** 2 / total, 0.0)) / total
        z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
        return mean, max(centre - z * error, -1.0), min(centre + z * error, 1.0)
    error, count = _cluster_error(difference - mean, groups)
    reach = student_quantile((1 + CONFIDENCE) / 2, max(count - 1, 1)) * error
    return mean, max(mean - reach, -1.0), min(mean + reach, 1.0)


def _cluster_error(residual: _Floats, groups: Sequence[str]) -> tuple[float, int]:
    """Return the cluster-robust standard error of a mean, and the number of clusters."""
    sums: dict[str, float] = defaultdict(float)
    for name, value in zip(groups, residual, strict=True):
        sums[name] += float(value)
    count = len(sums)
    squares = math.fsum(sums[name] ** 2 for name in sorted(sums))
    return math.sqrt(squares * count / max(count - 1, 1)) / len(residual), count


def compare_runs(option: EvaluationRun, reference: EvaluationRun, *, margin: float) -> PairedResult:
    """Return what the items both answered say of the option against the reference.

    ``equal`` needs the whole interval within the margin on both sides, ``no worse`` only its lower end, ``better`` an
    interval above zero that reaches beyond the margin, ``worse`` one that lies below the margin.

    Parameters
    ----------
    option, reference
        Scores by item.
    margin
        How much worse still counts as no worse [1], above 0.
    """
    items = sorted(set(option.scores) & set(reference.scores))
    difference = np.array([option.scores[i] - reference.scores[i] for i in items], dtype=np.float64)
    groups = [option.groups.get(i) or reference.groups.get(i) or f"item {i}" for i in items]
    count = len(set(groups))
    mean, low, high = paired_interval(difference, groups) if len(items) > 1 else (0.0, -1.0, 1.0)
    variance = float(difference.var(ddof=1)) if len(items) > 1 else 1.0
    error, _ = _cluster_error(difference - mean, groups) if len(items) > 1 else (0.0, 1)
    design = max(error**2 * len(items) / variance, 1.0) if variance > 0 and count < len(items) else 1.0
    return PairedResult(
        option=option.option, reference=reference.option, answer=_answer(low, high, margin, count), items=len(items),
        groups=count, difference=mean, low=low, high=high, margin=margin,
        items_needed=items_for_margin(margin, variance=max(variance, 1.0 / max(len(items), 1)) * design),
        option_failures=_failed(option), reference_failures=_failed(reference),
        input_token_ratio=_token_ratio(option.input_tokens, reference.input_tokens, option.groups),
        output_token_ratio=_token_ratio(option.output_tokens, reference.output_tokens, option.groups),
        worse_fraction=_share(int((difference < 0).sum()), len(items)), option_effort=option.effort,
    )  # fmt: skip


def _answer(low: float, high: float, margin: float, groups: int) -> PairedAnswer:
    if groups < FEWEST_GROUPS:
        return "not established"
    if high < -margin:
        return "worse"
    if low <= -margin:
        return "not established"
    return "equal" if high < margin else "better" if low > 0 else "no worse"


def _share(count: int, n: int) -> ShareRange | None:
    """Return a share with its 80 % score interval (Wilson 1927); None without items."""
    if n == 0:
        return None
    z = NormalDist().inv_cdf((1 + RATIO_LEVEL) / 2)
    share, wide = count / n, 1.0 + z * z / n
    centre = (share + z * z / (2 * n)) / wide
    reach = z * math.sqrt(share * (1.0 - share) / n + z * z / (4 * n * n)) / wide
    return ShareRange(value=share, low=max(centre - reach, 0.0), high=min(centre + reach, 1.0))


def _failed(run: EvaluationRun) -> float | None:
    return run.failures / run.answers if run.failures is not None and run.answers else None


def _token_ratio(
    option: Mapping[str, float], reference: Mapping[str, float], groups: Mapping[str, str]
) -> TokenRatio | None:
    """Return sum over sum on common items with a log-normal interval from the linearized residuals."""
    items = sorted(set(option) & set(reference))
    mine = np.array([option[i] for i in items], dtype=np.float64)
    bar = np.array([reference[i] for i in items], dtype=np.float64)
    if not items or mine.sum() <= 0 or bar.sum() <= 0:
        return None
    ratio = float(mine.sum() / bar.sum())
    error, count = _cluster_error(mine - ratio * bar, [groups.get(i) or f"item {i}" for i in items])
    freedom = max(count - 1, 1)
    reach = student_quantile((1 + RATIO_LEVEL) / 2, freedom) * error / float(mine.mean())
    spread = math.exp(reach) if count >= FEWEST_GROUPS else max(math.exp(reach), math.e)
    return TokenRatio(value=ratio, low=ratio / spread, high=ratio * spread, items=len(items))
