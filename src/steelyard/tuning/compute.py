"""Arithmetic of a training run: floating-point operations, device hours, days."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from steelyard.errors import Fault, InputError
from steelyard.units import SECONDS_PER_HOUR

__all__ = ["EFFECTIVE_MFU_A100", "EFFECTIVE_MFU_BF16", "AttentionShape", "Recompute", "TrainingRun",
           "compute_optimal_tokens", "device_hours", "lora_parameters", "mfu_at", "training_flop", "training_loss",
           "training_run"]  # fmt: skip

Recompute = Literal["none", "selective", "full"]
"""Activations thrown away and computed again: none, those of attention only, or all."""

FLOP_PER_MULTIPLY_ADD = 2.0
"""A multiplication and an addition."""
EFFECTIVE_MFU_BF16 = ((8e9, 0.138), (70e9, 0.253), (405e9, 0.345))
"""Parameters and achieved share of peak, everything included, of the three Llama 3.1 runs: 6 N D over the H100 hours
of the model card (1.46 M, 7.0 M, 30.84 M; 15, 15 and 15.6 T tokens) and 989 TFLOP/s. Steps alone reach 0.38 to 0.43."""
EFFECTIVE_MFU_A100 = ((6.74e9, 0.391), (13.0e9, 0.377), (33.7e9, 0.347), (69.0e9, 0.428))
"""The same of the four Llama 2 runs on A100: 184,320, 368,640, 1,038,336 and 1,720,320 device hours for 2 T tokens
(Touvron et al. 2023, arXiv:2307.09288, table 2), 312 TFLOP/s. Failed runs are not in it."""
TOKENS_PER_PARAMETER_OPTIMAL = 20.0
"""Training tokens per parameter that make the best of a compute budget (Hoffmann et al. 2022, table 3)."""


@dataclass(frozen=True, slots=True)
class AttentionShape:
    """What attention scores add to the matrix products."""

    layers: int
    """Attention layers."""
    width: int
    """Query heads times head dimension."""
    sequence_tokens: int
    """Length of a training sequence [token]."""
    causal: bool = True
    """Whether a token attends only to earlier ones."""

    @property
    def forward_flop_per_token(self) -> float:
        """Operations of scores and weighted sums in one forward pass, mean over the sequence."""
        pairs = self.sequence_tokens / 2.0 if self.causal else float(self.sequence_tokens)
        return 2 * FLOP_PER_MULTIPLY_ADD * self.layers * self.width * pairs


def training_flop(
    parameters: float, tokens: float, *, trainable_fraction: float = 1.0, recompute: Recompute = "none",
    attention: AttentionShape | None = None,
) -> float:  # fmt: skip
    r"""Return the floating-point operations of training.

    .. math:: F = D \left[ 2N (2 + t + r) + A (3 + r_A) \right]

    with forward and activation gradients :math:`2N` each, weight gradients of the trainable share :math:`t`, and one
    more forward pass where everything is recomputed (:math:`r = 1`). All trainable, nothing recomputed: :math:`6ND`;
    everything recomputed: :math:`8ND`; adapters on frozen weights: :math:`4ND`.

    Parameters
    ----------
    parameters
        Parameters used per token (active ones of a mixture of experts) [1].
    tokens
        Tokens seen, epochs counted [token].
    trainable_fraction
        Share of the weights whose gradients are computed [1]: near 0 for LoRA, 1 for full training.
    recompute
        Which activations are computed again.
    attention
        Adds the attention scores, which 6ND leaves out; None leaves them out.

    References
    ----------
    Kaplan et al. (2020), arXiv:2001.08361, sec. 2.1 (6ND); Narayanan et al. (2021), arXiv:2104.04473, sec. 5.1 (8ND);
    Chowdhery et al. (2022), arXiv:2204.02311, appendix B (attention term); Hu et al. (2021), arXiv:2106.09685 (LoRA).

    Examples
    --------
    >>> f"{training_flop(405e9, 15.6e12):.1e}"  # Llama 3 405B, arXiv:2407.21783: 3.8e25
    '3.8e+25'
    """
    passes = 2.0 + trainable_fraction + (1.0 if recompute == "full" else 0.0)
    matrices = FLOP_PER_MULTIPLY_ADD * parameters * passes
    scores = 0.0
    if attention is not None:
        scores = attention.forward_flop_per_token * (3.0 + (0.0 if recompute == "none" else 1.0))
    return tokens * (matrices + scores)


def device_hours(flop: float, peak_flop_per_s: float, mfu: float) -> float:
    r"""Return the device hours of a run.

    .. math:: h = F / (3600\, P\, \mathrm{MFU})

    Parameters
    ----------
    flop
        Operations [FLOP].
    peak_flop_per_s
        Dense peak of one device in the format trained in [FLOP/s].
    mfu
        Achieved share of it [1], above 0 and at most 1.

    Raises
    ------
    InputError
        If the share is out of range.

    Examples
    --------
    >>> round(device_hours(8 * 175e9 * 300e9, 140e12, 1.0) / 1024 / 24)  # Narayanan et al. 2021: 34 days
    34
    """
    if not 0 < mfu <= 1:
        raise InputError(Fault(f"an achieved share of {mfu!r}", "mfu", "above 0 and at most 1"))
    return flop / (peak_flop_per_s * mfu * SECONDS_PER_HOUR)


def mfu_at(parameters: float, table: Sequence[tuple[float, float]] = EFFECTIVE_MFU_BF16) -> float:
    """Return the achieved share of peak for a model size: linear in the logarithm, held beyond the table's ends.

    Parameters
    ----------
    parameters
        Parameters used per token [1], above 0.
    table
        Parameters and share, ascending.
    """
    if parameters <= table[0][0]:
        return table[0][1]
    for (n0, share0), (n1, share1) in itertools.pairwise(table):
        if parameters <= n1:
            return share0 + (share1 - share0) * math.log(parameters / n0) / math.log(n1 / n0)
    return table[-1][1]


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """What a run takes."""

    flop: float
    """Operations of one successful run [FLOP]."""
    device_h: float
    """Device hours in all, lost time and failed runs included [h]."""
    days: float
    """Time of the successful run on all devices [d]."""


def training_run(
    flop: float, *, devices: int, peak_flop_per_s: float, mfu: float, effective_time_fraction: float = 1.0,
    runs_per_success: float = 1.0,
) -> TrainingRun:  # fmt: skip
    """Return device hours and days of a run.

    Parameters
    ----------
    flop
        Operations [FLOP].
    devices
        Devices used at once, at least 1.
    peak_flop_per_s, mfu
        As for :func:`device_hours`; the share while steps run.
    effective_time_fraction
        Share of the time in which steps run and are kept [1].
    runs_per_success
        Full-size runs paid for each one used: searches, failures, repeats; at least 1.
    """
    hours = device_hours(flop, peak_flop_per_s, mfu) / effective_time_fraction
    return TrainingRun(flop, hours * runs_per_success, hours / devices / 24)


def lora_parameters(rank: int, shapes: Sequence[tuple[int, int]]) -> int:
    r"""Return the trainable parameters of low-rank adapters.

    .. math:: \sum_i r (d_i^{in} + d_i^{out})

    Parameters
    ----------
    rank
        Rank of each adapter.
    shapes
        Input and output width of each adapted matrix.

    References
    ----------
    Hu et al. (2021), arXiv:2106.09685, table 4: 37.7 M for rank 8 on queries and values of GPT-3.

    Examples
    --------
    >>> round(lora_parameters(8, [(12288, 12288)] * 2 * 96) / 1e6, 1)
    37.7
    """
    return rank * sum(d_in + d_out for d_in, d_out in shapes)


def compute_optimal_tokens(parameters: float) -> float:
    """Return the training tokens that make the best of the compute spent on a model of that size [token].

    Models meant to be served much are trained on far more (Llama 3 8B: 94 times as many).

    References
    ----------
    Hoffmann et al. (2022), arXiv:2203.15556, table 3: about 20 per parameter.
    """
    return TOKENS_PER_PARAMETER_OPTIMAL * parameters


def training_loss(parameters: float, tokens: float) -> float:
    r"""Return the expected pre-training loss per token [nat].

    .. math:: L = 1.69 + 406.4\, N^{-0.34} + 410.7\, D^{-0.28}

    A guide to how far a corpus goes, on their data and tokenizer: differences mean more than values.

    References
    ----------
    Hoffmann et al. (2022), arXiv:2203.15556, eq. 10.
    """
    return 1.69 + 406.4 * parameters**-0.34 + 410.7 * tokens**-0.28
