"""Joint distributions of request lengths where they were not counted: a pair of lognormals on a grid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.traffic import JointHistogram

__all__ = ["INPUT_BINS", "OUTPUT_BINS", "LengthSpread", "joint_around_mean", "joint_lognormal"]

INPUT_BINS = 48
"""Bins of input length."""
OUTPUT_BINS = 40
"""Bins of output length."""
_LOWEST_Z = -3.5
"""Standard deviations of the logarithm that the grid reaches down."""
_HIGHEST_Z = 4.0
"""Standard deviations that it reaches up: one request in 32,000 lies beyond and is left out."""
_POINTS = 24
"""Points per bin side at which the density is integrated."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LengthSpread:
    """How lengths scatter where only their mean is known, measured on public traces elsewhere."""

    sigma_ln_input: float = 1.2
    """Standard deviation of ln(input tokens)."""
    sigma_ln_output: float = 1.2
    """Standard deviation of ln(output tokens)."""
    correlation: float = 0.0
    """Correlation of the two logarithms."""
    peak_to_mean_per_minute: float = 1.5
    """Assumed burstiness per minute."""
    inter_arrival_cv: float = 1.0
    """Assumed variation of gaps."""
    assumed_tokens_per_request: float = 1_400.0
    """Tokens a request, where a source counts none."""
    source: str = "a convention: no trace was given"
    """Where the figures come from."""

    @property
    def words(self) -> str:
        """The spread in words."""
        return f"sigma_ln {self.sigma_ln_input:.2f} for input and {self.sigma_ln_output:.2f} for output ({self.source})"


def joint_around_mean(
    mean_input: float, mean_output: float, requests: float, *, spread: LengthSpread
) -> JointHistogram:
    """Return lognormal lengths with these means, so that every total stays exact.

    Parameters
    ----------
    mean_input, mean_output
        Mean tokens per request, not negative.
    requests
        Requests the histogram stands for.
    spread
        Their scatter.
    """
    mu_in = np.log(max(mean_input, 1e-9)) - spread.sigma_ln_input**2 / 2
    mu_out = np.log(max(mean_output, 1e-9)) - spread.sigma_ln_output**2 / 2
    joint = joint_lognormal(
        (mu_in, spread.sigma_ln_input), (mu_out, spread.sigma_ln_output), requests, correlation=spread.correlation
    )
    inputs, outputs = np.asarray(joint.input_sums), np.asarray(joint.output_sums)
    scale_in = mean_input * requests / inputs.sum() if inputs.sum() > 0 else 0.0
    scale_out = mean_output * requests / outputs.sum() if outputs.sum() > 0 else 0.0
    return joint.model_copy(
        update={
            "input_edges": tuple(e * scale_in for e in joint.input_edges) if scale_in else joint.input_edges,
            "output_edges": tuple(e * scale_out for e in joint.output_edges) if scale_out else joint.output_edges,
            "input_sums": _rows(inputs * scale_in),
            "output_sums": _rows(outputs * scale_out),
        }
    )


def joint_lognormal(
    input_mu_sigma: tuple[float, float], output_mu_sigma: tuple[float, float], requests: float, *, correlation: float
) -> JointHistogram:
    """Return the histogram of two lognormal lengths whose logarithms have a bivariate normal distribution.

    Parameters
    ----------
    input_mu_sigma, output_mu_sigma
        Mean and standard deviation of the logarithm of the length in tokens.
    requests
        Requests the histogram stands for.
    correlation
        Of the two logarithms, within (-1, 1).
    """
    z_in, edges_in = _grid(input_mu_sigma, INPUT_BINS)
    z_out, edges_out = _grid(output_mu_sigma, OUTPUT_BINS)
    density = np.exp(
        -(z_in[:, None] ** 2 - 2 * correlation * z_in[:, None] * z_out[None, :] + z_out[None, :] ** 2)
        / (2 * (1 - correlation**2))
    )
    weight = density / density.sum() * requests
    counts = _pooled(weight)
    input_sums = _pooled(weight * np.exp(input_mu_sigma[0] + input_mu_sigma[1] * z_in)[:, None])
    output_sums = _pooled(weight * np.exp(output_mu_sigma[0] + output_mu_sigma[1] * z_out)[None, :])
    return JointHistogram(
        input_edges=tuple(float(e) for e in edges_in),
        output_edges=tuple(float(e) for e in edges_out),
        counts=_rows(counts),
        input_sums=_rows(input_sums),
        output_sums=_rows(output_sums),
    )


def _grid(mu_sigma: tuple[float, float], bins: int) -> tuple[Floats, Floats]:
    mu, sigma = mu_sigma
    width = (_HIGHEST_Z - _LOWEST_Z) / (bins * _POINTS)
    points = _LOWEST_Z + width * (np.arange(bins * _POINTS) + 0.5)
    edges = np.exp(mu + max(sigma, 1e-9) * np.linspace(_LOWEST_Z, _HIGHEST_Z, bins + 1))
    return points.astype(np.float64), np.asarray(edges, dtype=np.float64)


def _pooled(fine: Floats) -> Floats:
    rows, columns = fine.shape[0] // _POINTS, fine.shape[1] // _POINTS
    return fine.reshape(rows, _POINTS, columns, _POINTS).sum(axis=(1, 3))


def _rows(matrix: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(v) for v in row) for row in matrix)
