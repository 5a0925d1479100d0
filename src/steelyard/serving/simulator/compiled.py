"""Compiles the simulator's kernels; whoever sets ``NUMBA_CACHE_DIR`` before has the machine code kept there."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

__all__ = ["compiled", "inlined"]

P = ParamSpec("P")
R = TypeVar("R")
_KEPT = bool(numba.config.CACHE_DIR)  # pyright: ignore


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function compiled on its first call, without Python's lock.

    Parameters
    ----------
    function
        Uses numbers, arrays it is given and other compiled functions; allocates nothing.
    """
    return _compile(function, inline=False)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function compiled into each of its callers: passing the state on costs more than most work.

    Parameters
    ----------
    function
        As for ``compiled``.
    """
    return _compile(function, inline=True)


def _compile(function: Callable[P, R], *, inline: bool) -> Callable[P, R]:
    # Without counting references: the arrays belong to the caller, and counting would take most of the time.
    decorate = numba.njit(cache=_KEPT, nogil=True, error_model="numpy", forceinline=inline, _nrt=False)  # pyright: ignore
    return cast(Callable[P, R], decorate(function))
