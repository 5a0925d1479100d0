"""What a weight format costs in ability: from measured pairs to a shift of the index, and to a candidate's chance."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from steelyard.domain.accelerator import Precision
from steelyard.domain.evidence import Evidence
from steelyard.domain.model import OpenModel
from steelyard.domain.quality import QuantizationLoss
from steelyard.quality.ability import INDEX_SD, as_logit

__all__ = ["FORMATS", "SIZE_BANDS", "QuantizedPair", "losses", "quantization_loss"]

FORMATS: tuple[tuple[Precision, ...], ...] = (("fp8",), ("int8",), ("fp4", "int4"))
"""Formats whose losses are pooled: the two 4-bit ones differ less than checkpoints of one of them do."""
SIZE_BANDS: tuple[tuple[int, int | None], ...] = ((0, 5_000_000_000), (5_000_000_000, 15_000_000_000),
                                                  (15_000_000_000, None))  # fmt: skip
"""Totals of parameters within which losses are pooled: from, to."""
FEWEST_CHECKPOINTS = 4
"""Checkpoints below which the spread of the format over all sizes stands in."""
LOW, HIGH = 0.1, 0.9


@dataclass(frozen=True, slots=True)
class QuantizedPair:
    """One model on one benchmark, before and after."""

    checkpoint: str
    """Quantized checkpoint: model, recipe and evaluator."""
    parameters: float
    """Total parameters."""
    format: Precision
    """Weight format after."""
    recovery: float
    """Score after over score before [1]."""
    before_percent: float | None
    """Score before [%]; None where only the ratio is published."""
    after_percent: float | None
    """Score after [%]."""


def losses(pairs: Iterable[QuantizedPair], *, logits_per_sd: float, evidence: Evidence) -> tuple[QuantizationLoss, ...]:
    r"""Return the distribution of recovery and of the index shift, by format and size of the model.

    .. math:: \Delta = 15 \, (\mathrm{logit}\,p_\text{after} - \mathrm{logit}\,p_\text{before}) / \lambda

    Recovery is over pairs, the noise of short evaluations included; the shift is averaged within each checkpoint
    first, so that its spread is that among checkpoints.

    Parameters
    ----------
    pairs
        Measured pairs.
    logits_per_sd
        Median rise of a benchmark's logit per standard deviation of ability, above 0 [1].
    evidence
        Source.
    """
    every = tuple(pairs)
    found: list[QuantizationLoss] = []
    for formats in FORMATS:
        mine = [p for p in every if p.format in formats]
        overall = _shifts(mine, logits_per_sd)
        for low, high in SIZE_BANDS:
            band = [p for p in mine if low <= p.parameters and (high is None or p.parameters < high)]
            shifts = _shifts(band, logits_per_sd)
            if not shifts:
                continue
            spread = shifts if len(shifts) >= FEWEST_CHECKPOINTS else overall
            recovery = np.quantile([p.recovery for p in band], [LOW, 0.5, HIGH])
            found.append(QuantizationLoss(
                formats=formats, parameters_from=low, parameters_to=high, recovery_p10=round(float(recovery[0]), 3),
                recovery_p50=round(float(recovery[1]), 3), recovery_p90=round(float(recovery[2]), 3),
                index_shift=round(float(np.median(shifts)), 2),
                index_sd=round(float(np.std(spread, ddof=1)) if len(spread) > 1 else abs(float(spread[0])), 2),
                pairs=len(band), checkpoints=len(shifts), evidence=evidence,
            ))  # fmt: skip
    return tuple(found)


def _shifts(pairs: Sequence[QuantizedPair], logits_per_sd: float) -> list[float]:
    """Return the mean index shift of every checkpoint."""
    by: dict[str, list[float]] = defaultdict(list)
    for pair in pairs:
        if pair.before_percent is not None and pair.after_percent is not None:
            shift = as_logit(pair.after_percent) - as_logit(pair.before_percent)
            by[f"{pair.checkpoint} {pair.format}"].append(INDEX_SD * shift / logits_per_sd)
    return [math.fsum(values) / len(values) for _, values in sorted(by.items())]


def quantization_loss(
    model: OpenModel, weights: Precision, table: Sequence[QuantizationLoss]
) -> QuantizationLoss | None:
    """Return the loss that a weight format brings to a model; None for its published format, or if none is known.

    Parameters
    ----------
    model
        Open weights; scores are of the format they were published in.
    weights
        Format served.
    table
        Losses by format and size.
    """
    if weights in (model.native_precision, "bf16"):
        return None
    for loss in table:
        upper = loss.parameters_to if loss.parameters_to is not None else math.inf
        if weights in loss.formats and loss.parameters_from <= model.parameters_total < upper:
            return loss
    return None
