"""Ability of a model that nobody has scored: a regression over scored models on size, price, day and reasoning."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

__all__ = ["Described", "Prior", "describe_managed", "describe_open", "fit_prior"]

ORIGIN = date(2025, 1, 1)
"""Day from which releases are counted; moves no estimate."""
DAYS_PER_YEAR = 365.25
RIDGE = 1e-3
"""Weight of the expectation that a coefficient is nil, in observations: what no row tells stays nil, and wide [1]."""
SIZE, PRICE = 4, 5
"""Columns whose slope may not fall below nil: larger and dearer models are no worse in the mean."""
LEAST_ROWS = 12
"""Scored models below which nothing is fitted: two a coefficient."""
LEAST_FAMILIES = 2
"""Families below which none can be left out."""

_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Described:
    """What is public of a model on its first day."""

    open_weights: bool
    """Whether its size is known; else its price is."""
    family: str
    """Models whose errors go together: a family of open weights, the vendor of a managed model."""
    years: float
    """Release, counted from ``ORIGIN`` [a]."""
    reasoning: bool
    """Whether it is published to reason before it answers."""
    log_measure: float
    """Logarithm of the billions of parameters, or of the dollars a million tokens."""

    def row(self) -> _Floats:
        """Return the row of the regression, shape (6,): level of each kind, release, reasoning, size, price."""
        known, size = float(self.open_weights), self.log_measure
        return np.array([known, 1.0 - known, self.years, float(self.reasoning), known * size, (1.0 - known) * size])


def describe_open(
    family: str, released: date, *, parameters_total: float, parameters_active: float, reasoning: bool
) -> Described:
    """Return open weights as the regression reads them: size is the geometric mean of all and active parameters.

    Parameters
    ----------
    family
        Family of the weights.
    released
        Publication of the weights.
    parameters_total, parameters_active
        Parameters, all and those used for a token.
    reasoning
        Whether the weights are published to reason.
    """
    size = math.log(math.sqrt(parameters_total * parameters_active) / 1e9)
    return Described(True, f"open/{family}", _years(released), reasoning, size)


def describe_managed(vendor: str, released: date, *, usd_per_mtok: float, reasoning: bool) -> Described:
    """Return a managed model as the regression reads it: nobody tells its size, its list price stands for it.

    Parameters
    ----------
    vendor
        Who made it.
    released
        First availability.
    usd_per_mtok
        List price of a million tokens, three of four of them input [USD/Mtok].
    reasoning
        Whether it is published to reason.
    """
    return Described(False, f"managed/{vendor}", _years(released), reasoning, math.log(usd_per_mtok))


@dataclass(frozen=True, slots=True)
class Prior:
    """The fit: what a description is worth, and how far off it is."""

    rows: tuple[Described, ...]
    """Scored models it rests on."""
    index: _Floats
    """Their index, shape (n_rows,) [index point]."""
    coefficients: _Floats
    """Shape (6,)."""
    inverse: _Floats
    """Inverse of the normal matrix, shape (6, 6)."""
    error_open: float
    """Root mean square error on families left out, open weights [index point]."""
    error_managed: float
    """The same on vendors left out, managed models [index point]."""
    least_error: float
    """Largest standard error of a score it rests on: no estimate is surer than the weakest score [index point]."""

    drift: float = 0.0
    """How fast the fit goes wrong before its first model: the slope of its errors on the earlier half of its models
    when fitted on the later half [index point/a]."""

    def estimate(self, model: Described) -> tuple[float, float]:
        r"""Return the index of a model and its standard deviation [index point].

        .. math:: \sigma^2 = e^2 \left(1 + x^\top (X^\top X)^{-1} x\right) + (d\, t)^2

        The error on families left out, widened by the distance of the model from those it was fitted on, and by the
        time :math:`t` from its release to the first of them. A model older than the first that reasons does not: a
        name that moves on (``-latest``) is listed with what it can do now.
        """
        first = min((r.years for r in self.rows if r.reasoning), default=math.inf)
        row = replace(model, reasoning=model.reasoning and model.years >= first).row()
        error = max(self.error_open if model.open_weights else self.error_managed, self.least_error)
        before = max(min(r.years for r in self.rows) - model.years, 0.0)
        variance = error**2 * (1.0 + float(row @ self.inverse @ row)) + (self.drift * before) ** 2
        return float(row @ self.coefficients), math.sqrt(variance)

    def without(self, family: str) -> "Prior":
        """Return the fit on every other family, its errors as measured."""
        keep = [n for n, row in enumerate(self.rows) if row.family != family]
        if len(keep) == len(self.rows):
            return self
        coefficients, inverse = _solved(_matrix([self.rows[n] for n in keep]), self.index[keep])
        return replace(self, coefficients=coefficients, inverse=inverse)


def fit_prior(rows: Sequence[Described], index: Sequence[float], errors: Sequence[float]) -> Prior | None:
    """Return the regression of ability on what is public on a model's first day; None for too few scored models.

    Parameters
    ----------
    rows
        Models with a score.
    index
        Their index [index point].
    errors
        Standard errors of it [index point].
    """
    if len(rows) < LEAST_ROWS or len({row.family for row in rows}) < LEAST_FAMILIES:
        return None
    scores = np.array(index, dtype=np.float64)
    coefficients, inverse = _solved(_matrix(rows), scores)
    fitted = Prior(tuple(rows), scores, coefficients, inverse, 0.0, 0.0, max(errors))
    folds = {family: fitted.without(family) for family in {row.family for row in rows}}
    off = np.array([score - folds[row.family].estimate(row)[0] for row, score in zip(rows, scores, strict=True)])
    known = np.array([row.open_weights for row in rows])
    return replace(fitted, error_open=_root_mean_square(off, known), error_managed=_root_mean_square(off, ~known),
                   drift=_drift(rows, scores))  # fmt: skip


def _drift(rows: Sequence[Described], index: _Floats) -> float:
    """Return the slope of the errors of the earlier half of the models on the time to the later half [point/a]."""
    years = np.array([row.years for row in rows])
    middle = float(np.median(years))
    late = years >= middle
    matrix = _matrix(rows)
    coefficients, _ = _solved(matrix[late], index[late])
    off, before = (index - matrix @ coefficients)[~late], (middle - years)[~late]
    return abs(float(off @ before)) / max(float(before @ before), RIDGE)


def _years(released: date) -> float:
    return (released - ORIGIN).days / DAYS_PER_YEAR


def _matrix(rows: Sequence[Described]) -> _Floats:
    return np.array([row.row() for row in rows])


def _solved(matrix: _Floats, index: _Floats) -> tuple[_Floats, _Floats]:
    """Return coefficients and the inverse of the normal matrix; a slope of size or price below nil is held at nil."""
    held: list[int] = []
    while True:
        design = matrix.copy()
        design[:, held] = 0.0
        normal = design.T @ design + RIDGE * np.eye(matrix.shape[1])
        inverse = np.linalg.inv(normal).astype(np.float64)
        coefficients = inverse @ (design.T @ index)
        falling = [n for n in (SIZE, PRICE) if coefficients[n] < 0]
        if not falling:
            return coefficients, inverse
        held += falling


def _root_mean_square(off: _Floats, chosen: NDArray[np.bool_]) -> float:
    some = off[chosen] if chosen.any() else off
    return float(np.sqrt(np.mean(some**2)))
