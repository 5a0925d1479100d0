"""Traffic stated in a study to a profile: lognormal lengths through two percentiles, a named week."""

import math
from collections.abc import Sequence

import numpy as np

from steelyard.domain.study import StatedLengths, StatedTraffic
from steelyard.domain.traffic import JointHistogram, ModelTraffic, Profile, Quantiles, RowCounts, TokenTotals
from steelyard.errors import Fault, StudyError
from steelyard.units import SECONDS_PER_MONTH
from steelyard.workload.lengths import LengthSpread, joint_lognormal
from steelyard.workload.shapes import relative_rates

__all__ = ["stated_profile"]

_Z90 = 1.2815515655446004
"""Standard normal quantile at 0.90."""
_Z95 = 1.6448536269514722
"""Standard normal quantile at 0.95."""
_Z99 = 2.3263478740408408
"""Standard normal quantile at 0.99."""


def stated_profile(
    stated: StatedTraffic, shape_rates: Sequence[float], *, spread: LengthSpread | None = None
) -> Profile:
    """Return the profile of traffic known only by what was stated, at the medians of every range.

    Lengths are lognormal through the stated median and 95th percentile; input and output are independent unless
    ``spread`` carries a correlation.

    Parameters
    ----------
    stated
        Requests a month and lengths.
    shape_rates
        168 relative rates of the week.
    spread
        Burstiness, and the correlation of lengths, measured elsewhere; absent: Poisson-like conventions.

    Raises
    ------
    StudyError
        If a 95th percentile is below its median, or a quantity is not positive.
    """
    scatter = spread or LengthSpread()
    requests = stated.requests_per_month.p50
    inputs = _mu_sigma(stated.input_tokens, "traffic.input_tokens")
    outputs = _mu_sigma(stated.output_tokens, "traffic.output_tokens")
    if requests <= 0:
        raise StudyError(Fault(f"requests a month are {requests!r}", "traffic.requests_per_month", "more than 0",
                               "State how many requests a month you serve, such as 12M"))  # fmt: skip
    joint = joint_lognormal(inputs, outputs, requests, correlation=scatter.correlation if spread else 0.0)
    tokens = _tokens(joint, stated.cached_fraction)
    week = np.asarray(relative_rates(shape_rates)) * (requests / SECONDS_PER_MONTH)
    return Profile(
        source="stated",
        rows=RowCounts(read=0, used=0),
        span_s=SECONDS_PER_MONTH,
        requests=round(requests),
        requests_per_month=requests,
        tokens=tokens,
        models=(ModelTraffic(model="", requests=round(requests), tokens=tokens),),
        hour_of_week_rps=tuple(float(v) for v in week),
        shape_source=stated.shape,
        peak_to_mean_per_minute=scatter.peak_to_mean_per_minute,
        inter_arrival_cv=scatter.inter_arrival_cv,
        input_tokens=_quantiles(inputs),
        output_tokens=_quantiles(outputs),
        joint=joint,
        joint_measured=False,
        cached_fraction=stated.cached_fraction,
        warnings=(
            "traffic is stated, not measured: lengths are lognormal through the stated percentiles and the week "
            f"follows the shape {stated.shape!r}",
        ),
    )


def _mu_sigma(lengths: StatedLengths, where: str) -> tuple[float, float]:
    middle, high = lengths.p50.p50, lengths.p95.p50
    if not 0 < middle <= high:
        raise StudyError(Fault(f"p50 is {middle:g} and p95 is {high:g}", where, "0 < p50 <= p95",
                               "State the median and the 95th percentile of tokens per request"))  # fmt: skip
    return math.log(middle), (math.log(high) - math.log(middle)) / _Z95


def _quantiles(mu_sigma: tuple[float, float]) -> Quantiles:
    mu, sigma = mu_sigma
    return Quantiles(
        p50=math.exp(mu),
        p90=math.exp(mu + _Z90 * sigma),
        p95=math.exp(mu + _Z95 * sigma),
        p99=math.exp(mu + _Z99 * sigma),
        max=math.exp(mu + 4.0 * sigma),
        mean=math.exp(mu + sigma**2 / 2),
    )


def _tokens(joint: JointHistogram, cached_fraction: float) -> TokenTotals:
    inputs = float(np.asarray(joint.input_sums).sum())
    return TokenTotals(
        uncached_input=inputs * (1.0 - cached_fraction),
        cache_read=inputs * cached_fraction,
        output=float(np.asarray(joint.output_sums).sum()),
    )
