"""Draw every uncertain input of a comparison once, for all options."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.draws import Draws
from steelyard.errors import Fault, InputError
from steelyard.risk.inputs import InputSpec
from steelyard.risk.streams import Sampling

__all__ = ["sample"]


def sample(
    specs: Sequence[InputSpec], *, n_draws: int, n_months: int, seed: int, fixed: Mapping[str, float] | None = None
) -> Draws:
    """Return common random numbers for every input.

    Static inputs are stratified (scrambled Sobol' or Latin hypercube), paths and hazards pseudo-random, all from
    streams named by the input: adding, removing or reordering inputs changes no other input's draws.

    Parameters
    ----------
    specs
        Inputs; no two may emit the same name.
    n_draws, n_months
        Number of draws and horizon [month], at least 1 each.
    seed
        Seed of every stream.
    fixed
        Static inputs (or parts, such as ``volume.growth``) held at a number in every draw and in the base case.

    Raises
    ------
    InputError
        If two specifications emit the same name, or ``fixed`` names none of the inputs.
    """
    sampling = Sampling(n_draws, n_months, seed, dict(fixed or {}))
    values: dict[str, NDArray[np.float64]] = {}
    means: dict[str, NDArray[np.float64]] = {}
    for spec in specs:
        for name, drawn in spec.draw(sampling).items():
            if name in values:
                raise InputError(Fault(f"input {name!r} is specified twice", "sample", "one specification per name"))
            values[name], means[name] = drawn.values, drawn.mean
    unknown = sorted(set(sampling.fixed) - set(values))
    if unknown:
        raise InputError(Fault(f"fixed inputs {unknown!r} are not drawn", "sample", f"one of {sorted(values)}"))
    return Draws(n_draws, n_months, seed, values, means)
