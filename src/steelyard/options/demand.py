"""What every option must serve: volume, lengths, hours of the week, promises."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.serving import Slo, SloTerm
from steelyard.domain.study import Availability, Study
from steelyard.domain.traffic import Profile, TierTokens, TokenTotals
from steelyard.options.operating import Operating, operating_from

__all__ = ["Demand", "demand_from", "fill_idle_hours"]


AS_PINNED = Operating()
"""Machines run with a shared rota and a model that stays."""


@dataclass(frozen=True)
class Demand:
    """One traffic, seen the same way by all options."""

    profile: Profile
    """The traffic."""
    requests_per_month: float
    """Requests in month 1 at the median [1/month]."""
    measured_on: str | None
    """Model the token lengths belong to; None where unknown."""
    measured_models: tuple[str, ...]
    """Every model the log names, as catalogue identifiers; token lengths are a mix over them."""
    batch_share: float
    """Share of requests that may wait [1]."""
    batch_within_h: float | None
    """Tightest deadline of the requests that may wait [h]; None if none may."""
    slo: Slo
    """Every interactive promise; the tightest threshold of each metric and percentile."""
    availability: Availability
    """One target for every option."""
    horizon_months: int
    """Horizon [month]."""
    build_months: int
    """Months from decision to self-hosted production [month]."""
    failed_request_usd: float = 0.0
    """What a failed request costs the organisation [USD]; nil where it does not say."""
    operating: Operating = AS_PINNED
    """How own machines would be run."""
    in_region: bool = False
    """Whether sellers process in a region, at their uplift."""

    @cached_property
    def hourly_rps(self) -> NDArray[np.float64]:
        """Load of 168 hours once batch has filled the idle ones, shape (168,) [1/s]."""
        rates = np.asarray(self.profile.hour_of_week_rps, dtype=np.float64)
        return fill_idle_hours(rates * (1.0 - self.batch_share), float(rates.sum() * self.batch_share))

    @property
    def tiers(self) -> tuple[TierTokens, ...]:
        """Tokens by input-length band over all models, measured where the log has requests."""
        bands: dict[float, TierTokens] = {}
        for model in self.profile.models:
            for band in model.tiers:
                have = bands.get(band.above_input_tokens)
                bands[band.above_input_tokens] = band if have is None else _join(have, band)
        return tuple(bands[key] for key in sorted(bands))


def _join(a: TierTokens, b: TierTokens) -> TierTokens:
    tokens = {name: getattr(a.tokens, name) + getattr(b.tokens, name) for name in TokenTotals.model_fields}
    return TierTokens(
        above_input_tokens=a.above_input_tokens, requests=a.requests + b.requests, tokens=TokenTotals(**tokens)
    )


def fill_idle_hours(rates: NDArray[np.float64], total: float) -> NDArray[np.float64]:
    """Raise the lowest hours to one level until ``total`` more is placed; the peak rises last.

    Parameters
    ----------
    rates
        Load by hour, shape (n_hours,), non-negative.
    total
        Load to place, in the unit of ``rates`` times hours, non-negative.
    """
    if total <= 0:
        return rates
    low_first = np.sort(rates)
    ranks = np.arange(1, len(rates) + 1)
    levels = (total + np.cumsum(low_first)) / ranks
    # The level with k hours raised is right when it does not reach the next hour up.
    next_up = np.append(low_first[1:], np.inf)
    level = levels[int(np.argmax(levels <= next_up))]
    return np.maximum(rates, level)


def demand_from(
    study: Study, profile: Profile, *, measured_on: str | None, measured_models: tuple[str, ...] = ()
) -> Demand:
    """Return what the study's traffic asks of every option.

    Parameters
    ----------
    study
        The study; its classes split the traffic into interactive and batch.
    profile
        The traffic.
    measured_on
        Model that produced most of the token counts.
    measured_models
        Every model that produced some.
    """
    batch = [c for c in study.traffic.classes if c.batch_within_h is not None]
    terms: dict[tuple[str, float], SloTerm] = {}
    for part in study.traffic.classes:
        if part.batch_within_h is None:
            for term in part.slo.terms:
                key = (term.metric, term.percentile)
                if key not in terms or term.threshold_s < terms[key].threshold_s:
                    terms[key] = term
    stated = study.traffic.stated
    return Demand(
        profile=profile,
        requests_per_month=stated.requests_per_month.p50 if stated else profile.requests_per_month,
        measured_on=measured_on,
        measured_models=measured_models,
        batch_share=min(sum(c.share for c in batch), 1.0),
        batch_within_h=min((c.batch_within_h for c in batch if c.batch_within_h is not None), default=None),
        slo=Slo(terms=tuple(terms[key] for key in sorted(terms))),
        availability=study.availability,
        horizon_months=study.horizon_months,
        build_months=int(np.ceil(study.build_months)),
        failed_request_usd=study.quality.failed_request_usd or 0.0,
        operating=operating_from(study),
        in_region=study.data.process_in_region == "yes",
    )
