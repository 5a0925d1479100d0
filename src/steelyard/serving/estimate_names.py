"""Which catalogue entry, which storage format a benchmark means by its spelling."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Protocol, TypeVar

from steelyard.domain.accelerator import Accelerator, Precision
from steelyard.domain.model import OpenModel

__all__ = [
    "CHECKPOINTS_OWN", "accelerator_names", "find_accelerator", "find_model", "model_names", "precision_in",
    "unknown_name",
]  # fmt: skip


class _Named(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T")
_SUFFIXES = re.compile(
    r"[-_ .]?(instruct|chat|it|hf|base|thinking|bf16|fp16|fp8|fp4|nvfp4|mxfp4|int8|int4|w4a16|w8a8|awq|gptq|dynamic|"
    r"block|static|per[-_]?tensor|per[-_]?channel|kv|quantized|preview|quark|vllm|bnb|[48]bit|v[0-9](\.[0-9])?|[0-9]{4})$"
)
"""Endings that name a tuning, a date or a storage format, not another architecture."""
_MAKERS = re.compile(r"\b(nvidia|amd|intel|google|aws|tensor core|gpu|accelerator|instinct|geforce|tesla)\b")
_EDITIONS = re.compile(r"nvl72|oam|hgx|dgx|server|workstation|edition|blackwell|hbm[0-9]e?")
"""Words of an accelerator's name that tell no two entries apart."""
_SOCKET = re.compile(r"(sxm|pcie|nvl)[0-9]?")
_MEMORY = re.compile(r"([0-9]+)(g|gb|gib)?")
_COUNTED = re.compile(r"^[0-9]+ *x *(?=[a-z])|[ x]+x?[0-9]$")
"""Devices counted before or after the name, as in ``8x H100`` and ``H100 x8``."""
_SIZED = re.compile(r"[0-9]b")
NEAREST = 3
"""Known names offered where one is unknown."""

_SAME_SHAPES = {"llama38b": "llama3.18b", "llama370b": "llama3.170b", "qwen2.57b": "qwen27b", "qwen2.572b": "qwen272b"}
"""Releases whose layers equal a later or an earlier one's, by bare name: what they cost to run is the same."""


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9.]", "", text.lower())


def _bare(name: str) -> str:
    """Return a repository's name without owner, tuning and format, letters and digits only."""
    text = name.lower().strip().rsplit("/", maxsplit=1)[-1]
    text = re.sub(r"^(meta|nvidia|nm)[-_]", "", text)
    while (shorter := _SUFFIXES.sub("", text)) != text and re.search(r"[0-9]", shorter):
        text = shorter
    return _letters(text).removeprefix("meta")


def model_names(models: Iterable[OpenModel]) -> dict[str, OpenModel]:
    """Return models by every spelling known, exact ones first; a shared one goes to the first identifier."""
    ordered = sorted(models, key=lambda m: m.id)
    names: dict[str, OpenModel] = {}
    for model in ordered:
        for name in (model.id, model.name):
            names.setdefault(name.lower(), model)
    for tidy in (str.lower, _bare):
        for model in ordered:
            for name in (model.id, model.name, *model.aliases):
                names.setdefault(tidy(name), model)
    return names


def find_model(name: str, names: Mapping[str, OpenModel]) -> OpenModel | None:
    """Return the model a spelling means; None if nothing matches.

    Exact, then without owner, tuning and format, then a version tuned by others whose name holds the model's own.
    """
    exact = names.get(name.lower().strip())
    bare = _bare(name)
    return exact or names.get(bare) or names.get(_SAME_SHAPES.get(bare, "")) or _tuned(bare, names)


def _tuned(bare: str, names: Mapping[str, OpenModel]) -> OpenModel | None:
    """Return the model whose name, its size included, stands whole inside that of a tuned or packed version of it."""
    held = [known for known in names if _SIZED.search(known) and re.search(rf"{re.escape(known)}(?![a-z]?[0-9])", bare)]
    return names[max(held, key=len)] if held else None


def _words(name: str) -> list[str]:
    return _MAKERS.sub("", re.sub(r"[^a-z0-9.]+", " ", name.lower())).split()


def _device(name: str) -> str:
    return "".join(_words(name))


def accelerator_names(accelerators: Iterable[Accelerator]) -> dict[str, Accelerator]:
    """Return accelerators by every spelling known; names without their socket go to the first by identifier."""
    ordered = sorted(accelerators, key=lambda a: a.id)
    names: dict[str, Accelerator] = {}
    for accelerator in ordered:
        for name in (accelerator.id, accelerator.name, *accelerator.aliases):
            names.setdefault(_device(name), accelerator)
    for suffix in ("sxm", "sxm40gb", "sxm80gb", "pcie", "pcie80gb"):
        for accelerator in ordered:
            name = _device(accelerator.id)
            if name.endswith(suffix):
                names.setdefault(name.removesuffix(suffix), accelerator)
    for accelerator in ordered:
        names.setdefault(re.sub(r"[0-9]+gb$", "", _device(accelerator.id)), accelerator)
    return names


def find_accelerator(name: str, names: Mapping[str, Accelerator]) -> Accelerator | None:
    """Return the accelerator a spelling means: maker and punctuation aside, then with and without socket and memory."""
    counted = _COUNTED.sub("", name.lower().strip())
    for text in (name, counted):
        if (device := _device(text)) in names:
            return names[device]
    first, *rest = [word for word in _words(counted) if not _EDITIONS.fullmatch(word)] or [""]
    socket = "".join(found[1] for word in rest if (found := _SOCKET.fullmatch(word)))
    memory = "".join(f"{found[1]}gb" for word in rest if (found := _MEMORY.fullmatch(word)))
    core = "".join([first, *(word for word in rest if not _SOCKET.fullmatch(word) and not _MEMORY.fullmatch(word))])
    spellings = (f"{core}{socket}{memory}", f"{core}sxm{memory}" if memory and not socket else "", f"{core}{memory}",
                 f"{core}{socket}", core, "".join([first, *rest]))  # fmt: skip
    return next((names[spelling] for spelling in spellings if spelling in names), None)


CHECKPOINTS_OWN = frozenset({"", "auto", "default", "native", "none", "null", "n/a", "na", "-"})
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


def unknown_name(kind: str, name: str, known: Mapping[str, _Named], *, folder: str) -> str:
    """Return why a row of an unknown model or accelerator has no prediction, the nearest known, and what to do.

    Parameters
    ----------
    kind
        ``model`` or ``accelerator``.
    name
        As the row spells it.
    known
        Entries by spelling.
    folder
        Folder of own facts where such an entry would stand.
    """
    near = get_close_matches(_bare(name), known, n=3 * NEAREST, cutoff=0.4)
    offered = list(dict.fromkeys(known[spelling].id for spelling in near))[:NEAREST]
    nearest = f"; nearest known: {', '.join(offered)}" if offered else ""
    return f"unknown {kind} {name!r}{nearest}; add its {'shapes' if kind == 'model' else 'datasheet'} in {folder}/"
