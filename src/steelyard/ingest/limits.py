"""How much a log may hold once decompressed, so that a small file cannot fill a disk."""

import gzip
import zlib
from collections.abc import Sequence

from steelyard.errors import Fault, LogError
from steelyard.ingest.source import Source, lines_of_zstd

__all__ = ["check_size"]

_LARGEST_RATIO = {"none": 1, "gzip": 1_032, "zstd": 1 << 17}
"""Most bytes made of one: deflate 258 from a two-bit code (RFC 1951), Zstandard a block of 128 KiB (RFC 8878)."""
_CHUNK_BYTES = 1 << 20
_AHEAD_BYTES = 1 << 20
"""More than a gzip reader takes from the file before it decompresses it [B]."""
_MEGABYTE = 1e6


def check_size(sources: Sequence[Source], max_bytes: int) -> None:
    """Raise if the files hold more than ``max_bytes`` once decompressed.

    Counts no further than needed: what is left of a file cannot hold more than the ratio of its packing allows.

    Raises
    ------
    LogError
        Naming the file at which the limit was passed.
    """
    left = sum(_worst(s, s.size_bytes) for s in sources)
    counted = 0
    for source in sources:
        if counted + left <= max_bytes:
            return
        left -= _worst(source, source.size_bytes)
        counted += _decompressed(source, over=max_bytes - counted, enough=max_bytes - counted - left)
        if counted > max_bytes:
            raise LogError(Fault(
                f"the logs hold more than {max_bytes / _MEGABYTE:,.0f} MB once decompressed", source.head.name,
                f"at most {max_bytes:,} bytes", "Raise --max-bytes if that is what you expect"))  # fmt: skip


def _worst(source: Source, packed_bytes: int) -> int:
    """Return the most bytes that a stretch of the file can hold."""
    return packed_bytes * _LARGEST_RATIO[source.head.packing]


def _decompressed(source: Source, *, over: int, enough: int) -> int:
    """Return how many bytes the file holds, or an upper bound of it.

    Parameters
    ----------
    source
        The file.
    over
        Counts no further than just past it.
    enough
        Returns the bound as soon as that is no more than it.
    """
    if source.head.packing == "none":
        return source.size_bytes
    if source.head.packing == "zstd":
        return _zstd_bytes(source, over)
    total = 0
    try:
        with source.path.open("rb") as packed, gzip.open(packed) as file:
            while total <= over and (chunk := file.read(_CHUNK_BYTES)):
                total += len(chunk)
                bound = total + _worst(source, source.size_bytes - packed.tell() + _AHEAD_BYTES)
                if bound <= enough:
                    return bound
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise LogError(Fault("the gzip stream is truncated or damaged", source.head.name, "a complete gzip file",
                             "Copy the file again and compare its size with the original")) from None  # fmt: skip
    return total


def _zstd_bytes(source: Source, over: int) -> int:
    total = 0
    for lines in lines_of_zstd(source.path):
        total += sum(len(line) + 1 for line in lines)
        if total > over:
            break
    return total
