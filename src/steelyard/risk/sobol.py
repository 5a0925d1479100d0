r"""Stratified points of the unit interval by input name: scrambled Sobol' if shared, else Latin hypercube.

The inputs that most studies share own a Sobol' dimension each, so that they are balanced jointly. A point's coordinate
is :math:`x_i = \bigoplus_k i_k\, C e_k`, with :math:`i_k` the binary digits of the draw's number and :math:`C` the
dimension's generator matrix over two elements, scrambled by a random lower-triangular matrix and a shift. Any other
input has one point in each n-th of the interval, shuffled. Scramble and shuffle come from the input's name: adding,
removing or reordering inputs changes no other input's points.

References
----------
Joe, Kuo (2008), SIAM J. Sci. Comput. 30(5), 2635-2654, table "new-joe-kuo-6.21201", dimensions 1 to 21 (polynomials
and initial direction numbers). Matousek (1998), J. Complexity 14(4), 527-556, sec. 5 (linear scrambling).
McKay, Beckman, Conover (1979), Technometrics 21(2), 239-245 (Latin hypercube).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["PRINCIPAL", "points"]

Bits = NDArray[np.uint64]

DIGITS = 32
"""Binary digits of a coordinate."""


class _Dimension(NamedTuple):
    degree: int
    coefficients: int
    """Inner coefficients of the primitive polynomial, as a binary number."""
    initial: tuple[int, ...]
    """First direction numbers, odd."""


_DIMENSIONS = (
    _Dimension(0, 0, ()), _Dimension(1, 0, (1,)), _Dimension(2, 1, (1, 3)), _Dimension(3, 1, (1, 3, 1)),
    _Dimension(3, 2, (1, 1, 1)), _Dimension(4, 1, (1, 1, 3, 3)), _Dimension(4, 4, (1, 3, 5, 13)),
    _Dimension(5, 2, (1, 1, 5, 5, 17)), _Dimension(5, 4, (1, 1, 5, 5, 5)), _Dimension(5, 7, (1, 1, 7, 11, 19)),
    _Dimension(5, 11, (1, 1, 5, 1, 1)), _Dimension(5, 13, (1, 1, 1, 3, 11)), _Dimension(5, 14, (1, 3, 5, 5, 31)),
    _Dimension(6, 1, (1, 3, 3, 9, 7, 49)), _Dimension(6, 13, (1, 1, 1, 15, 21, 21)),
    _Dimension(6, 16, (1, 3, 1, 13, 27, 49)), _Dimension(6, 19, (1, 1, 1, 15, 7, 5)),
    _Dimension(6, 22, (1, 3, 1, 15, 13, 25)), _Dimension(6, 25, (1, 1, 5, 5, 19, 61)),
    _Dimension(7, 1, (1, 3, 7, 11, 23, 15, 103)), _Dimension(7, 4, (1, 3, 7, 13, 13, 15, 69)),
)  # fmt: skip
PRINCIPAL: tuple[str, ...] = (
    "requests_per_month.base", "requests_per_month.growth", "migration.api_switch_engineer_days",
    "staffing.run_engineers_first_cluster", "staffing.ml_platform_engineer_usd_per_year", "discount_rate_per_year",
    "compute_progress", "engine_gain", "staffing.build_engineer_months", "migration.model_refresh_engineer_days",
    "value_of_a_month_earlier_usd", "hardware.residual_fraction_36m", "power.us_industrial_usd_per_kwh",
    "pue.industry_average", "colocation.wholesale_usd_per_kw_month", "network.bytes_per_token",
    "migration.evaluation_usd", "hardware.network_and_installation_fraction_of_capex",
    "hardware.support_fraction_of_capex_per_year", "hardware.replacement_fraction_per_year",
    "staffing.run_engineers_growth_exponent",
)  # fmt: skip
"""Inputs with a Sobol' dimension, in its order; append only: the place is what an input keeps."""


def points(name: str, n: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Return one number in each n-th of the unit interval, in the order of the draws, shape (n,).

    Parameters
    ----------
    name
        Input name.
    n
        Number of draws, at least 1.
    random
        Stream of the input.

    Examples
    --------
    >>> sorted(int(8 * u) for u in points("requests_per_month.base", 8, np.random.default_rng(1)))
    [0, 1, 2, 3, 4, 5, 6, 7]
    """
    rank = _ranks(PRINCIPAL.index(name), n, random) if name in PRINCIPAL else random.permutation(n)
    return (rank + random.random(n)) / n


def _ranks(place: int, n: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Return the place of each scrambled Sobol' point among the first n of its dimension, shape (n,)."""
    columns = _scrambled(_sobol(place), random)
    digits = np.full(n, random.integers(0, 1 << DIGITS, dtype=np.uint64), dtype=np.uint64)
    number = np.arange(n, dtype=np.uint64)
    for k in range(max(n - 1, 1).bit_length()):
        digits ^= ((number >> np.uint64(k)) & np.uint64(1)) * columns[k]
    rank = np.empty(n, dtype=np.float64)
    rank[np.argsort(digits, kind="stable")] = np.arange(n)
    return rank


def _sobol(place: int) -> Bits:
    """Return the columns of a dimension's generator matrix, first digit highest, shape (DIGITS,)."""
    degree, coefficients, initial = _DIMENSIONS[place]
    direction = list(initial) if degree else [1] * DIGITS
    for k in range(len(direction), DIGITS):
        new = direction[k - degree] ^ (direction[k - degree] << degree)
        for i in range(1, degree):
            if (coefficients >> (degree - 1 - i)) & 1:
                new ^= direction[k - i] << i
        direction.append(new)
    return np.array([m << (DIGITS - 1 - k) for k, m in enumerate(direction)], dtype=np.uint64)


def _scrambled(columns: Bits, random: np.random.Generator) -> Bits:
    """Return the columns times a random lower-triangular matrix with ones on the diagonal."""
    lower = random.integers(0, 1 << DIGITS, size=DIGITS, dtype=np.uint64)
    out = np.zeros_like(columns)
    for place in range(DIGITS):
        own = np.uint64(1 << (DIGITS - 1 - place))
        reach = (lower[place] & (own - np.uint64(1))) | own
        out ^= np.where(columns & own, reach, np.uint64(0))
    return out
