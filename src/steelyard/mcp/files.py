"""Paths that an assistant names: read only where each is an ordinary file that may be read."""

import os
from collections.abc import Iterable
from pathlib import Path

from steelyard.errors import Fault, InputError

__all__ = ["ordinary_files"]


def ordinary_files(paths: Iterable[str | Path], *, base: Path | None = None) -> tuple[Path, ...]:
    """Return the paths, each of an ordinary readable file.

    Parameters
    ----------
    paths
        As named by the assistant, or by a study.
    base
        Folder that relative paths start from; the working folder where absent.

    Raises
    ------
    InputError
        With every path that is a folder, a pipe, a device, absent, or may not be read.
    """
    found = tuple((base or Path()) / Path(path).expanduser() for path in paths)
    faults = [fault for path in found for fault in _faults(path)]
    if faults:
        raise InputError(faults)
    return found


def _faults(path: Path) -> Iterable[Fault]:
    expected, remedy = "an ordinary file that may be read", "Name another path"
    try:
        ordinary, there = path.is_file(), path.exists()
    except (OSError, ValueError):  # a name that no file can have
        yield Fault("no such path", repr(str(path)), expected, remedy)
        return
    if not there:
        yield Fault("there is no such file", repr(str(path)), expected, remedy)
    elif not ordinary:
        yield Fault("is not an ordinary file", repr(str(path)), expected, remedy)
    elif not os.access(path, os.R_OK):
        yield Fault("may not be read", repr(str(path)), expected, remedy)
