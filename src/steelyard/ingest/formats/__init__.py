"""Log formats, one module each with one ``PLUGIN``; a file is read by the first that recognises it."""

from steelyard.ingest.formats import azure_trace, litellm, openai_dashboard, openai_usage, plain
from steelyard.ingest.log_format import LogFormat

__all__ = ["known_formats"]


def known_formats() -> tuple[LogFormat, ...]:
    """Return every format, most particular first."""
    return (litellm.PLUGIN, openai_usage.PLUGIN, openai_dashboard.PLUGIN, azure_trace.PLUGIN, plain.PLUGIN)
