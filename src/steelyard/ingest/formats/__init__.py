"""Log formats, one module each with one ``PLUGIN``; a new format is a new file here."""

import importlib
import pkgutil
from functools import cache

from steelyard.ingest.log_format import LogFormat

__all__ = ["known_formats"]

_LAST = "plain"


@cache
def known_formats() -> tuple[LogFormat, ...]:
    """Return every format by name, the generic one last because it recognises by column names alone."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name != _LAST)
    modules = [importlib.import_module(f"{__name__}.{name}") for name in [*names, _LAST]]
    return tuple(module.PLUGIN for module in modules)
