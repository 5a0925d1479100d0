"""The inverse of the normal distribution for whole arrays."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["normal_quantile"]

Array = NDArray[np.float64]

_SPLIT = 0.425
"""Distance from one half within which the central form holds."""
_SPLIT_SQUARED = 0.180625
_NEAR_TAIL = 5.0
"""Square root of minus the logarithm of the tail, above which the far form holds."""
_NEAR_TAIL_SHIFT = 1.6

_CENTRE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_TAIL = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
     0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)  # fmt: skip
_FAR_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
     0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
     0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)  # fmt: skip
"""Numerators and denominators, highest power first."""


def normal_quantile(probability: Array) -> Array:
    r"""Return the standard normal deviates at probabilities strictly between nil and one, any shape.

    References
    ----------
    Wichura (1988), Applied Statistics 37(3), 477-484, algorithm AS 241 (PPND16), exact to about 1 part in 10^16.

    Examples
    --------
    >>> normal_quantile(np.array([0.25, 0.001, 1e-20])).round(10).tolist()  # as published with the algorithm
    [-0.6744897502, -3.0902323062, -9.2623400898]
    """
    q = probability - 0.5
    centre = _ratio(_CENTRE, _SPLIT_SQUARED - q * q) * q
    r = np.sqrt(-np.log(np.minimum(probability, 1.0 - probability)))
    tail = np.where(r <= _NEAR_TAIL, _ratio(_TAIL, r - _NEAR_TAIL_SHIFT), _ratio(_FAR_TAIL, r - _NEAR_TAIL))
    return np.where(np.abs(q) <= _SPLIT, centre, np.copysign(tail, q))


def _ratio(form: tuple[tuple[float, ...], tuple[float, ...]], x: Array) -> Array:
    return np.polyval(form[0], x) / np.polyval(form[1], x)
