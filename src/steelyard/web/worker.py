"""A process that computes, one piece of work at a time: ``python -m steelyard.web.worker``.

It reads tasks from its standard input and answers on its standard output; when the server goes, it goes.
"""

import logging
import os
import signal
import sys
from collections.abc import Mapping
from typing import IO, cast

from steelyard.errors import InputError
from steelyard.web.frames import read_frame, write_frame

__all__ = ["main"]

_LOG = logging.getLogger("steelyard.web.worker")


def main() -> None:
    """Answer tasks until the server closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not enter a message
    from steelyard.web import tasks  # noqa: PLC0415  heavy: after the pipe is in order

    tasks.warm_up()
    write_frame(answers, ("ready", None))
    while (message := read_frame(sys.stdin.buffer)) is not None:
        name, arguments = cast("tuple[str, Mapping[str, object]]", message)
        write_frame(answers, _answer(tasks.TASKS[name], arguments, answers))


def _answer(task: object, arguments: Mapping[str, object], answers: IO[bytes]) -> tuple[str, object]:
    def progress(words: str) -> None:
        write_frame(answers, ("progress", words))

    try:
        return "done", task(**arguments, progress=progress)  # pyright: ignore[reportCallIssue, reportUnknownVariableType] -- each task names its own arguments
    except InputError as error:
        return "faults", error.faults
    except MemoryError:
        return "failed", "it needs more memory than there is"
    except Exception as error:  # a fault of ours must not end the worker
        _LOG.exception("a task failed")
        return "failed", type(error).__name__


if __name__ == "__main__":
    main()
