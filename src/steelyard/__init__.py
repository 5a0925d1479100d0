"""Decide, with evidence anyone can check, how an AI workload should run."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from steelyard.study.api import decide as decide
    from steelyard.study.api import load_study as load_study
    from steelyard.study.api import profile as profile
    from steelyard.study.api import size as size

__version__ = "0.1.0"
__all__ = ["__version__", "decide", "load_study", "profile", "size"]

_PUBLIC = frozenset({"decide", "load_study", "profile", "size"})


def __getattr__(name: str) -> object:
    """Load a public function on first use, so that importing the package stays light."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'steelyard' has no attribute {name!r}")
    from steelyard.study import api  # noqa: PLC0415  heavy: only when a function is used

    return getattr(api, name)
