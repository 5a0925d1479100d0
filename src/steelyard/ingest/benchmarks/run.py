"""One measured run, and what a reader of a tool's file is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

__all__ = ["BenchmarkFormat", "Document", "MissingKeyError", "Run", "number", "part", "text"]

Document = Mapping[str, object]


class MissingKeyError(KeyError):
    """A key that the tool always writes is absent or holds something else."""

    def __init__(self, key: str, expected: str) -> None:
        """Keep the dotted key and what was expected there."""
        self.key, self.expected = key, expected
        super().__init__(key)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run measured; means over its requests."""

    model: str
    """As the tool names it; empty where it does not."""
    load: str
    """A number of clients, ``qps:N``, or nothing where saturated."""
    input_tokens: float
    """Mean prompt length [token]."""
    output_tokens: float
    """Mean output length [token]."""
    ttft_ms: float | None
    """Mean time to first token."""
    tpot_ms: float | None
    """Mean time per output token after the first."""
    output_tokens_per_s: float | None
    """Of the whole deployment."""
    said: Mapping[str, str] = field(default_factory=lambda: {})
    """Machine, as far as the file says: ``accelerator``, ``weights``, ``tp``, ``pp``, ``engine``."""


@dataclass(frozen=True, slots=True)
class BenchmarkFormat:
    """One tool's file: one module under ``formats`` with one ``PLUGIN``."""

    name: str
    """Short name."""
    title: str
    """Name in words."""
    matches: Callable[[Document], bool]
    """Whether a parsed file is the tool's."""
    runs: Callable[[Document], Sequence[Run]]
    """Its runs; raises ``MissingKeyError`` where a key is not there."""


def part(document: Document, path: str) -> Document:
    """Return the object at a dotted path; an empty one where there is none."""
    found: Document = document
    for key in path.split("."):
        below = found.get(key)
        if not isinstance(below, Mapping):
            return {}
        found = cast(Document, below)
    return found


def number(document: Document, path: str, *, least: float = 0.0, needed: bool = True) -> float | None:
    """Return the number at a dotted path; None where it is absent and not needed.

    Raises
    ------
    MissingKeyError
        If it is needed and absent, no number, or not above ``least``.
    """
    above, _, key = path.rpartition(".")
    value = (part(document, above) if above else document).get(key)
    if isinstance(value, int | float) and not isinstance(value, bool) and least < value < float("inf"):
        return float(value)
    if needed or value is not None:
        raise MissingKeyError(path, f"a number above {least:g}, not {value!r}"[:120])
    return None


def text(document: Document, path: str) -> str:
    """Return the text at a dotted path; empty where there is none."""
    above, _, key = path.rpartition(".")
    value = (part(document, above) if above else document).get(key)
    return value if isinstance(value, str) else ""
