"""Compiles the simulator's kernels, and keeps the machine code where a cache can be written."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

import numba

__all__ = ["CACHE", "compiled", "inlined"]

P = ParamSpec("P")
R = TypeVar("R")


def _fingerprint() -> str:
    """Return a digest of this package's sources: the compiler itself sees changes of one file only."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]


def _cache_folder() -> Path | None:
    """Return a folder for compiled code that can be written, or None."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "steelyard" / "compiled" / _fingerprint()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return None


CACHE = _cache_folder()
"""Where compiled code is kept; None compiles it anew in every process."""
if CACHE is not None:
    numba.config.CACHE_DIR = str(CACHE)  # pyright: ignore


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
    decorate = numba.njit(cache=CACHE is not None, nogil=True, error_model="numpy", forceinline=inline, _nrt=False)  # pyright: ignore
    return cast(Callable[P, R], decorate(function))
