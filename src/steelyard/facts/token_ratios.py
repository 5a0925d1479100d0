"""How many tokens one model needs for what another model was counted on: from tokenizers on the same texts."""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Evidence, Figure, Grade
from steelyard.domain.tokenizer import ENGLISH, TEXTS, Tokenizer
from steelyard.domain.uncertain import Uncertain

__all__ = ["ANY", "text_ratio", "tokenizer_of", "with_token_ratios"]

ANY: Mapping[str, str] = {"input": "tokens.input_ratio.default", "output": "tokens.output_ratio.default"}
"""Figures that stand for models whose tokenizers nobody compared."""


def tokenizer_of(model: str, tokenizers: Mapping[str, Tokenizer]) -> Tokenizer | None:
    """Return the tokenizer of a model; None where it is not known.

    Parameters
    ----------
    model
        Identifier of the model.
    tokenizers
        Tokenizers by identifier.
    """
    return next((t for t in tokenizers.values() if t.cuts(model)), None)


def text_ratio(wanted: Tokenizer, counted: Tokenizer) -> Uncertain | None:
    r"""Return the tokens of one tokenizer over those of another on the same text, the kind of text unknown.

    The central value is the geometric mean over the kinds of text written in English; the interval reaches from the
    10th to the 90th percentile of all kinds that both were measured on, widened in quadrature, in logarithms, by the
    doubt of both:

    .. math:: \ln h = \sqrt{(\ln q_{90} - \mu)^2 + \ln^2 d_a + \ln^2 d_b}

    Parameters
    ----------
    wanted
        Tokenizer whose tokens are asked for.
    counted
        Tokenizer whose tokens were counted.

    Returns
    -------
    Uncertain
        Ratio [1], 1 for one and the same; None where no kind of text written in English was cut by both.
    """
    if wanted.id == counted.id:
        return Uncertain.point(1.0)
    logs = {kind: math.log(wanted.tokens_over_o200k[kind] / counted.tokens_over_o200k[kind]) for kind in TEXTS
            if kind in wanted.tokens_over_o200k and kind in counted.tokens_over_o200k}  # fmt: skip
    english = [logs[kind] for kind in ENGLISH if kind in logs]
    if not english:
        return None
    mean = sum(english) / len(english)
    p10, p90 = (float(q) for q in np.quantile(list(logs.values()), (0.1, 0.9)))
    doubt = math.hypot(math.log(wanted.doubt), math.log(counted.doubt))
    below, above = (math.hypot(max(side, 0.0), doubt) for side in (mean - p10, p90 - mean))
    return Uncertain(p10=math.exp(mean - below), p50=math.exp(mean), p90=math.exp(mean + above))


def with_token_ratios(catalogue: Catalogue, measured_on: str | None) -> Catalogue:
    """Return the catalogue with the token ratios of every model whose tokenizer was compared with the measured one.

    Input follows the tokenizers. Output is the same text in other tokens, times how much longer or shorter models
    answer, which stays the figure for any model. A ratio stated for a model, such as your own, stands.

    Parameters
    ----------
    catalogue
        Facts.
    measured_on
        Model the traffic was measured on; None: nothing is added.
    """
    counted = tokenizer_of(measured_on, catalogue.tokenizers) if measured_on is not None else None
    if measured_on is None or counted is None:
        return catalogue
    figures = dict(catalogue.figures)
    for model in sorted({*catalogue.open_models, *catalogue.managed_models} - {measured_on}):
        wanted = tokenizer_of(model, catalogue.tokenizers)
        ratio = text_ratio(wanted, counted) if wanted is not None else None
        if wanted is None or ratio is None:
            continue
        for side, default in ANY.items():
            name = f"tokens.{side}_ratio.{model}"
            if name not in figures:
                figures[name] = _figure(name, ratio, (wanted, counted),
                                        None if side == "input" else catalogue.figure(default))  # fmt: skip
    return replace(catalogue, figures=figures)


def _figure(name: str, ratio: Uncertain, pair: tuple[Tokenizer, Tokenizer], verbosity: Figure | None) -> Figure:
    """Return the figure of one side; lengths of answers multiply the tokenizers' ratio, intervals in quadrature."""
    value, low, high = ratio.p50, ratio.p10, ratio.p90
    wanted, counted = pair
    source = f"derived: tokens of {wanted.name} over those of {counted.name} on the same texts"
    evidence = [e for t in pair for e in t.evidence]
    if verbosity is not None:
        below = math.hypot(math.log(value / low), math.log(verbosity.value / verbosity.low))
        above = math.hypot(math.log(high / value), math.log(verbosity.high / verbosity.value))
        value *= verbosity.value
        low, high = value * math.exp(-below), value * math.exp(above)
        source += f", times the length of answers ({verbosity.name})"
    source += f"; {wanted.evidence[0].source}"
    found = Evidence(
        source=source, url=wanted.evidence[0].url, as_of=min(e.as_of for e in evidence), grade=Grade.DERIVED
    )
    return Figure(name=name, value=value, low=low, high=high, unit="1", evidence=found)
