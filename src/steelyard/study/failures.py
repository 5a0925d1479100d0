"""Figures of failures beyond those of the reference, where the study says what a failed request costs."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from steelyard.domain.accelerator import Precision
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Evidence, Figure, Grade
from steelyard.domain.quality import PairedResult, QuantizationLoss
from steelyard.domain.study import Study
from steelyard.domain.uncertain import Uncertain
from steelyard.options.demand import Demand
from steelyard.options.failures import Failing, failures_name, with_failures
from steelyard.options.option import Option, live_month
from steelyard.quality.quantization import FORMATS, quantization_loss
from steelyard.quality.success import ExtraFailures, extra_failures, own_extra_failures
from steelyard.study.reference import Reference

__all__ = ["SUCCESS", "charged_for_failures", "failures_usd_per_month", "priced_failures", "success_fraction",
           "with_failure_figures"]  # fmt: skip

SUCCESS = "quality.reference_success_fraction"
LOGITS = "quality.logits_per_sd_of_ability"
P10_TO_P90_SD = 2.563
"""Width of a normal distribution from its 10th to its 90th percentile [standard deviation]."""


class _Rise(NamedTuple):
    success: float
    """Share of requests that succeed at the reference [1]."""
    logits_per_sd: float
    """Rise of a benchmark's logit per standard deviation of ability [1]."""


class _Found(NamedTuple):
    spread: ExtraFailures
    evidence: Evidence


def success_fraction(catalogue: Catalogue, reference: Reference) -> float:
    """Return the share of requests that succeed at the reference: from the user's evaluation, else the figure [1]."""
    failed = [r.reference_failures for r in reference.own.values() if r.reference_failures is not None]
    return 1.0 - max(failed) if failed and 0 < max(failed) < 1 else catalogue.figure(SUCCESS).value


def with_failure_figures(study: Study, catalogue: Catalogue, reference: Reference) -> Catalogue:
    """Return the catalogue with the extra failures of every model scored or evaluated, as published and as served.

    A weight format that costs ability has a figure of its own, and so has a model with the gain the study states for
    tuning: who serves it makes no difference, what is served does.

    Parameters
    ----------
    study
        ``quality.failed_request_costs`` turns the figures on.
    catalogue
        Scores, what weight formats cost, and how benchmarks rise with ability.
    reference
        The quality bar and the user's own evaluation.
    """
    if study.quality.failed_request_usd is None:
        return catalogue
    rise = _Rise(success_fraction(catalogue, reference), catalogue.figure(LOGITS).value)
    gain = study.training_data.gain_index
    found: dict[str, Figure] = {}
    estimated = catalogue.estimated_quality if reference.score is not None and reference.score.estimated else ()
    for model in sorted({*catalogue.quality, *estimated, *reference.own}):
        for weights, loss in _formats(model, catalogue):
            for stated in (None, gain) if gain is not None else (None,):
                figure = _extra(model, loss, stated, catalogue, reference, rise)
                if figure is not None:
                    name = failures_name(model, weights=weights, tuned=stated is not None)
                    low, middle, high = figure.spread
                    found[name] = Figure(name=name, value=middle, low=low, high=high, unit="1",
                                         evidence=figure.evidence)  # fmt: skip
    return replace(catalogue, figures={**catalogue.figures, **found})


def _formats(model: str, catalogue: Catalogue) -> Iterable[tuple[Precision | None, QuantizationLoss | None]]:
    """Yield the model as published, and every weight format that costs it ability."""
    yield None, None
    known = catalogue.open_models.get(model)
    if known is None:
        return
    every: list[Precision] = [weights for formats in FORMATS for weights in formats]
    for weights in every:
        loss = quantization_loss(known, weights, catalogue.quantization_losses)
        if loss is not None:
            yield weights, loss


def _extra(
    model: str, loss: QuantizationLoss | None, gain: Uncertain | None, catalogue: Catalogue, reference: Reference,
    rise: _Rise,
) -> _Found | None:  # fmt: skip
    """Return the extra failures of a model as served; None where nothing tells it from the reference."""
    own, score, bar = reference.own.get(model), catalogue.score_of(model), reference.score
    shift, variance = _shift(loss, gain)
    if own is not None:
        return _evaluated(own, shift, math.sqrt(variance), catalogue, rise)
    if score is None or bar is None or (model == reference.model and loss is None and gain is None):
        return None
    if model != reference.model:
        shift, variance = shift + score.index - bar.index, variance + score.se**2 + bar.se**2
    spread = extra_failures(shift, math.sqrt(variance), success=rise.success, logits_per_sd=rise.logits_per_sd)
    return _Found(spread, score.evidence)


def _shift(loss: QuantizationLoss | None, gain: Uncertain | None) -> tuple[float, float]:
    """Return by how much a weight format and tuning move the index, and the variance of that."""
    shift = (loss.index_shift if loss else 0.0) + (gain.p50 if gain else 0.0)
    sd = (gain.p90 - gain.p10) / P10_TO_P90_SD if gain else 0.0
    return shift, (loss.index_sd if loss else 0.0) ** 2 + sd**2


def _evaluated(own: PairedResult, shift: float, sd: float, catalogue: Catalogue, rise: _Rise) -> _Found:
    """Return what the user's own evaluation says, and beyond it what the format served takes away."""
    low, middle, high = own_extra_failures(own)
    more = extra_failures(shift, sd, success=rise.success, logits_per_sd=rise.logits_per_sd)
    evidence = Evidence(source=f"your own evaluation on {own.items:,} items", as_of=catalogue.as_of, grade=Grade.USER)
    return _Found(ExtraFailures(low + more.low, middle + more.middle, high + more.high), evidence)


def priced_failures(
    model: str, catalogue: Catalogue, *, weights: Precision | None = None, tuned: bool = False
) -> str | None:  # fmt: skip
    """Return the figure that says how many more requests fail at what is served; None where there is none.

    Parameters
    ----------
    model
        The model.
    catalogue
        Figures.
    weights
        Weight format served; None where the seller does not tell.
    tuned
        Whether the model is tuned: with the gain that the study states, where it states one.
    """
    names = (failures_name(model, weights=weights, tuned=tuned), failures_name(model, tuned=tuned),
             failures_name(model, weights=weights), failures_name(model))  # fmt: skip
    return next((name for name in names if name in catalogue.figures), None)


def failures_usd_per_month(
    model: str, demand: Demand, catalogue: Catalogue, *, weights: Precision | None = None
) -> float:  # fmt: skip
    """Return what failures beyond the reference's cost in a mean month [USD/month]; nil where they have no price.

    Parameters
    ----------
    model
        The model.
    demand
        Traffic, and what a failed request costs.
    catalogue
        Figures.
    weights
        Weight format served; None where the seller does not tell.
    """
    name = priced_failures(model, catalogue, weights=weights)
    extra = max(catalogue.figures[name].value, 0.0) if name is not None else 0.0
    return extra * demand.failed_request_usd * demand.requests_per_month


def charged_for_failures(option: Option, study: Study, demand: Demand, catalogue: Catalogue) -> Option:
    """Return an option charged for its failures, whoever serves it; as it was where the study does not price them.

    Parameters
    ----------
    option
        Any way to serve by itself.
    study
        What a failed request costs.
    demand
        Build time.
    catalogue
        Figures of failures.
    """
    usd = study.quality.failed_request_usd
    if usd is None:
        return option
    held = option.hardware is not None and not option.bought
    weights = option.hardware.curve.config.weights if option.hardware is not None and held else None
    own = priced_failures(option.model, catalogue, weights=weights, tuned=option.tuning is not None)
    until_live = priced_failures(option.interim_model, catalogue) if option.interim_model else None
    live = live_month(option.ledger, demand.build_months) if held else 1
    return with_failures(option, usd, Failing(own, until_live, live))
