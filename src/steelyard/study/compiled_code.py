"""Where the simulator's compiled code is kept between runs."""

import hashlib
import os
import tempfile
from pathlib import Path

import steelyard.serving

__all__ = ["COMPILING", "is_compiled", "keep_compiled_code", "simulator_digest"]

COMPILING = "compiling the simulator for this machine, once, about half a minute"
"""What to say while the first simulation waits for the compiler."""
_VARIABLE = "NUMBA_CACHE_DIR"


def _sources() -> list[Path]:
    return sorted((Path(steelyard.serving.__file__).parent / "simulator").glob("*.py"))


def simulator_digest() -> str:
    """Return the digest of the simulator's sources."""
    return hashlib.sha256(b"".join(source.read_bytes() for source in _sources())).hexdigest()


def _folder() -> Path:
    """Return the cache's folder for these sources: the compiler itself sees changes of one file only."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "steelyard" / "compiled" / simulator_digest()[:16]


def keep_compiled_code() -> None:
    """Let compiled code be kept in the XDG cache; where nothing can be written, every process compiles anew.

    To be called before the simulator is first imported; a folder the user has chosen stays.
    """
    if os.environ.get(_VARIABLE):
        return
    folder = _folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            os.environ[_VARIABLE] = str(folder)
    except OSError:
        return


def is_compiled() -> bool:
    """Whether an earlier run has left compiled code, so that the first simulation need not wait."""
    kept = os.environ.get(_VARIABLE)
    return kept is not None and any(Path(kept).rglob("fleet.admit_arrivals*.nbc"))
