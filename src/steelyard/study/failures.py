"""Figures of failures beyond those of the reference, where the study says what a failed request costs."""

import math
from dataclasses import replace

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Evidence, Figure, Grade
from steelyard.domain.study import Study
from steelyard.options.failures import EXTRA_FAILURES, failures_name
from steelyard.quality.success import ExtraFailures, extra_failures, own_extra_failures
from steelyard.study.reference import Reference

__all__ = ["SUCCESS", "success_fraction", "with_failure_figures"]

SUCCESS = "quality.reference_success_fraction"
LOGITS = "quality.logits_per_sd_of_ability"


def success_fraction(catalogue: Catalogue, reference: Reference) -> float:
    """Return the share of requests that succeed at the reference: from the user's evaluation, else the figure [1]."""
    failed = [r.reference_failures for r in reference.own.values() if r.reference_failures is not None]
    return 1.0 - max(failed) if failed and 0 < max(failed) < 1 else catalogue.figure(SUCCESS).value


def with_failure_figures(study: Study, catalogue: Catalogue, reference: Reference) -> Catalogue:
    """Return the catalogue with the extra failures of every model that is scored or evaluated; as it was otherwise.

    Parameters
    ----------
    study
        ``quality.failed_request_costs`` turns the figures on.
    catalogue
        Scores, and how benchmarks rise with ability.
    reference
        The quality bar and the user's own evaluation.
    """
    if study.quality.failed_request_usd is None:
        return catalogue
    found: dict[str, Figure] = {}
    bar, slope = reference.score, catalogue.figure(LOGITS).value
    success = success_fraction(catalogue, reference)
    for model, score in sorted(catalogue.quality.items()):
        if bar is not None and model not in reference.own and model != reference.model:
            gap, error = score.index - bar.index, math.hypot(score.se, bar.se)
            spread = extra_failures(gap, error, success=success, logits_per_sd=slope)
            found[failures_name(model)] = _figure(model, spread, score.evidence)
    for model, result in sorted(reference.own.items()):
        evidence = Evidence(source=f"your own evaluation on {result.items:,} items", as_of=catalogue.as_of,
                            grade=Grade.USER)  # fmt: skip
        found[failures_name(model)] = _figure(model, own_extra_failures(result), evidence)
    return replace(catalogue, figures={**catalogue.figures, **found})


def _figure(model: str, spread: ExtraFailures, evidence: Evidence) -> Figure:
    return Figure(name=f"{EXTRA_FAILURES}{model}", value=spread.middle, low=spread.low, high=spread.high, unit="1",
                  evidence=evidence)  # fmt: skip
