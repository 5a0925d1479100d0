"""The flags that state a study, shared by ``decide`` and ``init``; declared here so that help needs no engine."""

from collections.abc import Callable
from typing import TypeVar

import click

__all__ = ["STUDY_OPTIONS", "study_options"]

Command = TypeVar("Command", bound=Callable[..., object])

STUDY_OPTIONS: tuple[tuple[str, str, str, bool], ...] = (
    ("--name", "NAME", "Name of the study; it names the output folder.", False),
    ("--log", "PATH", "Usage log, instead of stated traffic; may be repeated.", True),
    ("--requests-per-month", "N", "Requests a month: 12M, or '12M to 20M'.", False),
    ("--input-tokens", "N", "Mean input tokens per request, or '{p50: 900, p95: 4k}'.", False),
    ("--output-tokens", "N", "Mean output tokens per request, reasoning included.", False),
    ("--growth", "RATE", "Growth of requests: '2% to 6% per month'.", False),
    ("--shape", "NAME", "Shape of the week, where no log covers one.", False),
    ("--today", "PROVIDER/MODEL", "What runs now, or none.", False),
    ("--must-stay", "yes|no|unknown", "Does the data legally need to stay on-premises?", False),
    ("--exclusive-data", "yes|no|unknown", "Is there training data that others cannot access?", False),
    ("--model-is-product", "yes|no|unknown", "Is the model itself the core differentiator?", False),
    ("--regime", "NAME", "Law or policy that applies, such as HIPAA; may be repeated.", True),
    ("--country", "CODE", "Country whose rules apply, such as US; may be repeated.", True),
    ("--engineers", "N", "Engineers already employed who could run serving.", False),
    ("--operating-expense-per-year", "USD", "Total operating expense per year: $9M.", False),
    ("--horizon", "TIME", "How far to look: '36 months'.", False),
)
"""Option, what to type, one sentence, whether it may be repeated."""


def study_options(function: Command) -> Command:
    """Add every study flag to a command, in order."""
    for option, metavar, words, many in reversed(STUDY_OPTIONS):
        function = click.option(option, metavar=metavar, help=words, multiple=many)(function)
    return function
