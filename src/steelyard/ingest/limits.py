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
_MEGABYTE = 1e6


def check_size(sources: Sequence[Source], max_bytes: int) -> None:
    """Raise if the files hold more than ``max_bytes`` once decompressed; counts only where that is possible.

    Raises
    ------
    LogError
        Naming the file at which the limit was passed.
    """
    worst = sum(s.size_bytes * _LARGEST_RATIO[s.head.packing] for s in sources)
    if worst <= max_bytes:
        return
    total = 0
    for source in sources:
        total += source.size_bytes if source.head.packing == "none" else _decompressed(source, max_bytes - total)
        if total > max_bytes:
            raise LogError(Fault(
                f"the logs hold more than {max_bytes / _MEGABYTE:,.0f} MB once decompressed", source.head.name,
                f"at most {max_bytes:,} bytes", "Raise --max-bytes if that is what you expect"))  # fmt: skip


def _decompressed(source: Source, most: int) -> int:
    """Return how many bytes the file holds, counting no further than just past ``most``."""
    total = 0
    if source.head.packing == "zstd":
        for lines in lines_of_zstd(source.path):
            total += sum(len(line) + 1 for line in lines)
            if total > most:
                break
        return total
    try:
        with gzip.open(source.path, "rb") as file:
            while total <= most and (chunk := file.read(_CHUNK_BYTES)):
                total += len(chunk)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise LogError(Fault("the gzip stream is truncated or damaged", source.head.name, "a complete gzip file",
                             "Copy the file again and compare its size with the original")) from None  # fmt: skip
    return total
