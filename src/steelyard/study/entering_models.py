"""Which open models are worth running on own machines: those the bar lets in, and those that may pay for failing."""

from collections.abc import Sequence

import numpy as np

from steelyard.domain.accelerator import Precision
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.model import OpenModel
from steelyard.domain.serving import ServingConfig
from steelyard.domain.study import Study
from steelyard.options.demand import Demand
from steelyard.serving.memory import kv_bytes_per_sequence
from steelyard.serving.shapes import model_shapes
from steelyard.study.failures import failures_usd_per_month, priced_failures
from steelyard.study.reference import Reference, screen_model

__all__ = ["entering_models", "fine_enough", "good_enough", "kept_out"]

CACHE_BYTES = 2.0
"""Bytes of a cached value at which caches of models are compared: 16 bits [B]."""


def entering_models(
    study: Study, demand: Demand, catalogue: Catalogue, reference: Reference
) -> list[OpenModel]:  # fmt: skip
    """Return the open models worth sizing.

    A model that the study names enters though public scores rule it out: its gate then says so. Another
    below the bar enters where failures have a price, unless another fails no more and takes no more of
    anything that serving costs: arithmetic per token, memory of its weights, cache of a request.

    Parameters
    ----------
    study
        Constraints; ``candidates`` restricts the models.
    demand
        Traffic.
    catalogue
        Facts.
    reference
        The quality bar.
    """
    named = study.candidates is not None
    held = [m for m in catalogue.open_models.values() if not kept_out(m, study, demand)]
    allowed = [m for m in held if named or good_enough(study, catalogue, reference, m.id)]
    burdens = {m.id: _burden(m, demand, catalogue) for m in allowed}
    passing = {m.id for m in allowed if screen_model(study, catalogue, reference, m.id).answer != "below"}
    return [m for m in allowed if named or m.id in passing or not _outdone(m.id, burdens)]


def kept_out(model: OpenModel, study: Study, demand: Demand) -> str:
    """Return why a model is not run on machines whatever its quality, in words; empty where it may be.

    Parameters
    ----------
    model
        The model.
    study
        Constraints; ``candidates`` restricts the models.
    demand
        Traffic.
    """
    if study.candidates is not None and model.id not in study.candidates:
        return "the study does not name it"
    lengths = demand.profile.input_tokens
    if lengths is not None and lengths.p99 > model.context_tokens:
        return f"one request in 100 has {lengths.p99:,.0f} input tokens, its context holds {model.context_tokens:,}"
    return "its licence forbids commercial use" if model.licence.commercial_use == "no" else ""


def fine_enough(study: Study, catalogue: Catalogue, reference: Reference, config: ServingConfig) -> bool:
    """Whether a weight format is let in, or none can be, because the model as published is not."""
    return good_enough(study, catalogue, reference, config.model, config.weights) or not good_enough(
        study, catalogue, reference, config.model)  # fmt: skip


def good_enough(
    study: Study, catalogue: Catalogue, reference: Reference, model: str, weights: Precision | None = None
) -> bool:
    """Whether the bar lets a model in as served, or failures have a price that it pays instead.

    Parameters
    ----------
    study
        Margin and threshold.
    catalogue
        Scores and figures of failures.
    reference
        The quality bar.
    model
        The model.
    weights
        Weight format served; None for the published one.
    """
    answer = screen_model(study, catalogue, reference, model, weights=weights)
    if answer.answer == "below":
        return priced_failures(model, catalogue, weights=weights) is not None
    return answer.stays or (answer.answer == "unknown" and reference.score is None)


def _burden(model: OpenModel, demand: Demand, catalogue: Catalogue) -> tuple[float, ...]:
    profile = demand.profile
    context = np.asarray(profile.mean_input_tokens + profile.mean_output_tokens)
    cache = float(kv_bytes_per_sequence(model_shapes(model.architecture), CACHE_BYTES, context))
    return (failures_usd_per_month(model.id, demand, catalogue), float(model.parameters_active),
            float(model.parameters_total), cache)  # fmt: skip


def _outdone(model: str, burdens: dict[str, tuple[float, ...]]) -> bool:
    """Whether another model is no worse in everything and better in something; of equals the first by name stays."""
    mine: Sequence[float] = burdens[model]
    return any(other != model and all(a <= b for a, b in zip(theirs, mine, strict=True))
               and (theirs != mine or other < model) for other, theirs in burdens.items())  # fmt: skip
