"""Log formats, one module each with one ``PLUGIN``; a new format is a new file here."""

from functools import cache

from steelyard.ingest.log_format import LogFormat
from steelyard.registry import plugins

__all__ = ["known_formats"]

_LAST = "plain"


@cache
def known_formats() -> tuple[LogFormat, ...]:
    """Return every format by name, the generic one last because it recognises by column names alone."""
    found = {name: form for name, form in plugins(__name__, "formats").items() if isinstance(form, LogFormat)}
    return (*(form for name, form in found.items() if name != _LAST), found[_LAST])
