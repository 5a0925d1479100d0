"""Messages between the server and its workers: a length, then a pickle; both ends are this program."""

import pickle
import struct
from typing import IO

__all__ = ["LENGTH", "packed", "read_frame", "unpacked", "write_frame"]

LENGTH = struct.Struct("!Q")
"""Bytes of the message that follows."""


def packed(message: object) -> bytes:
    """Return a message as it is sent."""
    raw = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(raw)) + raw


def unpacked(raw: bytes) -> object:
    """Return the message that a worker of this program sent."""
    return pickle.loads(raw)  # noqa: S301  written by our own process through a private pipe


def write_frame(file: IO[bytes], message: object) -> None:
    """Send a message."""
    file.write(packed(message))
    file.flush()


def read_frame(file: IO[bytes]) -> object | None:
    """Return the next message; None where the other end is gone."""
    head = file.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(head)
    raw = file.read(size)
    return unpacked(raw) if len(raw) == size else None
