"""What the terminal can show: width, colour, characters, and progress that keeps out of the way."""

import os
import shutil
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

if TYPE_CHECKING:
    from rich.status import Status

__all__ = ["Progress", "print_bytes", "printable", "shows_color", "shows_unicode", "table_width", "terminal_width"]

_NARROWEST, _WIDEST = 40, 120
_QUIET_S = 1.0


def terminal_width() -> int:
    """Return the width to print at, 80 where there is no terminal."""
    return max(_NARROWEST, min(shutil.get_terminal_size((80, 24)).columns, _WIDEST))


def table_width() -> int | None:
    """Return the width of tables: the terminal's; no limit where the output goes to a file or another program."""
    return shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() else None


def shows_color() -> bool:
    """Whether standard output is a terminal that wants colour (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def shows_unicode() -> bool:
    """Whether standard output can encode more than ASCII."""
    return (sys.stdout.encoding or "ascii").lower().replace("-", "") in {"utf8", "utf16", "utf32", "utf8sig"}


def printable(text: str) -> str:
    """Return text with control, formatting and direction-changing characters written as escapes; spaces are plain.

    Names of one's own figures and of logs may hold what a terminal would obey.
    """
    text = text.replace("\u00a0", " ")
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def print_bytes(text: str) -> None:
    """Print ``text`` as UTF-8 whatever the locale: a document has the same bytes everywhere."""
    click.echo(text.encode("utf-8"), nl=False)


class Progress:
    """Shows what is going on, on standard error, once it has taken a second and only in a terminal."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._status: Status | None = None

    def __enter__(self) -> Self:
        return self

    def __call__(self, message: str) -> None:
        """Show ``message`` in place of the last one."""
        if not sys.stderr.isatty() or time.monotonic() - self._started < _QUIET_S:
            return
        if self._status is None:
            from rich.console import Console  # noqa: PLC0415  loads only where there is something to show
            from rich.status import Status  # noqa: PLC0415

            self._status = Status(message, console=Console(stderr=True))
            self._status.start()
        self._status.update(message)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the line clean."""
        if self._status is not None:
            self._status.stop()
