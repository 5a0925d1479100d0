"""Which storage format of weights a benchmark means by its spelling."""

import re

from steelyard.domain.accelerator import Precision

__all__ = ["CHECKPOINTS_OWN", "nearest_format", "precision_in"]

CHECKPOINTS_OWN = frozenset({"", "auto", "default", "native", "none", "null", "n/a", "na", "-", "unknown", "nan"})
"""Spellings that leave the storage format to the checkpoint."""
_OF_CACHE = re.compile(r"(bf16|fp16|fp8|int8)[-_ ]?kv\w*|kv\w*[-_ :=]+(bf16|fp16|fp8|int8)\w*")
_FORMATS: tuple[tuple[re.Pattern[str], Precision], ...] = (
    (re.compile(r"(?<![a-z])((nv|mx)?fp4|float4|w4a4|e2m1)(?![0-9])"), "fp4"),
    (re.compile(r"(?<![a-z])(u?int4|awq|gptq|w4a\w+|q4|nf4)(?![0-9])|(?<![0-9])4[-_ ]?bit"), "int4"),
    (re.compile(r"(?<![a-z])((mx)?fp8|float8|f8|e4m3|e5m2)(?![0-9])"), "fp8"),
    (re.compile(r"(?<![a-z])(int8|w8a\w+|q8|smoothquant)(?![0-9])|(?<![0-9])8[-_ ]?bit"), "int8"),
    (re.compile(r"(?<![a-z])(bf16|bfloat16|fp16|float16|half|f16|w16a16)(?![0-9])|16[-_ ]?bit"), "bf16"),
)
"""What names a storage format, narrowest first: a mixture is told by what most of its weights take."""
_BITS = re.compile(r"(?:fp|float|int|bf|tf|mxfp|nvfp|f|q|iq|w)_?([0-9]{1,2})(?![0-9])|(?<![0-9])([0-9]{1,2})[-_ ]?bit")
_BY_BITS: tuple[tuple[int, Precision], ...] = ((5, "int4"), (8, "int8"), (64, "bf16"))
"""Widest format of odd width that is taken for each known one [bit]."""


def precision_in(text: str) -> Precision | None:
    """Return the storage format of weights that a benchmark's spelling names; None if it names none known.

    Parameters
    ----------
    text
        Such as ``FP8 (E4M3)``, ``w4a16``, ``nvfp4, fp8 kv``; what it says of the cache is not the weights'.
    """
    told = text.lower()
    return next((precision for said in (_OF_CACHE.sub(" ", told), told) for pattern, precision in _FORMATS
                 if pattern.search(said)), None)  # fmt: skip


def nearest_format(text: str) -> Precision | None:
    """Return the known format nearest in width to an odd one as ``q6_k`` or ``fp32``; None without a width.

    Parameters
    ----------
    text
        As a benchmark spells it.
    """
    said = _BITS.search(text.lower())
    bits = int(said[1] or said[2]) if said else 0
    return next((precision for widest, precision in _BY_BITS if 0 < bits <= widest), None)
