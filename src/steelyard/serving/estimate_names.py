"""Which catalogue entry a benchmark means by its spelling of a model or an accelerator."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Protocol

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.model import OpenModel
from steelyard.domain.price import GpuOffer

__all__ = [
    "accelerator_names", "find_accelerator", "find_model", "larger_memory", "model_names", "rented_names",
    "unknown_name",
]  # fmt: skip


class _Named(Protocol):
    @property
    def id(self) -> str: ...


_SUFFIXES = re.compile(
    r"[-_ .:]?(instruct|chat|it|hf|base|thinking|bf16|fp16|fp8|fp4|nvfp4|mxfp4|int8|int4|w4a16|w8a8|w8a16|awq|gptq|"
    r"dynamic|block|static|per[-_]?tensor|per[-_]?channel|kv|quantized|preview|quark|vllm|bnb|[48]bit|gguf|marlin|"
    r"exl2|latest|v[0-9](\.[0-9])?|[0-9]{4}|99(\.9)?)$"
)
"""Endings that name a tuning, a date, an accuracy or a storage format, not another architecture."""
_REWRITES = (
    (re.compile(r"\+"), "-plus"),
    (re.compile(r"\.(gguf|safetensors)$"), ""),
    (re.compile(r"(?<=\d)[p_](?=\d)"), "."),
    (re.compile(r"(?<=llama)[-_ ]?v(?=\d)"), "-"),
    (re.compile(r"^(meta|nvidia|nm|mistralai|google|microsoft|ibm|bigscience|facebook|databricks)[-_ .]+"), ""),
)
"""How names vary: R+ for R-plus, 3p1 and 3_1 for 3.1, llama-v3 for llama-3, the maker before the name."""
_MAKERS = re.compile(
    r"\b(nvidia|amd|intel|google|aws|cloud|tensor core|gpus?|accelerators?|instinct|geforce|tesla|radeon)\b"
)
_NOISE = re.compile(r"[()\[\]]|\b(gfx|sm_?)\d+\w*|\b(rocm|cuda)[ -]?[0-9.]*")
"""Brackets, chip targets and software beside an accelerator's name."""
_EDITIONS = re.compile(
    r"nvl72|oam|hgx|dgx|server|workstation|edition|blackwell|hbm[0-9]e?|superchip|grace|generation|hopper|lovelace|volta|turing|ampere"
)
"""Words of an accelerator's name that tell no two entries apart."""
_SOCKET = re.compile(r"(sxm|pcie|nvl)[0-9]?")
_MEMORY = re.compile(r"([0-9]{2,3})(g|gb|gib)?")
_TIMES = r"[x*\u00d7]"
_COUNTED = re.compile(
    rf"^[0-9]+ *{_TIMES} *(?=[a-z])|(?<=[ _-])({_TIMES} ?[0-9]{{1,2}}|[0-9]{{1,2}} ?{_TIMES})$| +[0-9]$|"
    rf"(?<=[a-z0-9])x[0-9]$|[*\u00d7] ?[0-9]{{1,2}}$"
)
"""Devices counted before or after the name, as in ``8x H100`` and ``H100 x8``."""
_SLICE = re.compile(r"(?<=v[0-9][ep])-[0-9]+$|(?<=lite)(pod)?-[0-9]+$")
"""Chips counted after a pod's name, as in ``v5e-8``."""
_INSTANCE = re.compile(r"^([a-z0-9-]+)\.[a-z0-9]+$")
"""A machine to rent and its size, as in ``p5.48xlarge``."""
_SIZED = re.compile(r"[0-9]b")
NEAREST = 3
"""Known names offered where one is unknown."""


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9.]", "", text.lower())


def _bare(name: str) -> str:
    """Return a repository's name without owner, tuning and format, letters and digits only."""
    text = name.lower().strip().rstrip("/").rsplit("/", maxsplit=1)[-1]
    for pattern, better in _REWRITES:
        text = pattern.sub(better, text)
    while (shorter := _SUFFIXES.sub("", text)) != text and re.search(r"[0-9]", shorter):
        text = shorter
    return _letters(text).removeprefix("meta")


def _undotted(names: Mapping[str, OpenModel]) -> dict[str, OpenModel]:
    """Return the names by their letters and digits alone, those left out that then mean two models."""
    found: dict[str, OpenModel | None] = {}
    for name, model in names.items():
        short = name.replace(".", "")
        found[short] = model if found.get(short, model) is model else None
    return {name: model for name, model in found.items() if model is not None}


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
    for model in ordered:
        for name in model.same_shapes:
            names.setdefault(_bare(name), model)
    return _undotted(names) | names


def find_model(name: str, names: Mapping[str, OpenModel]) -> OpenModel | None:
    """Return the model a spelling means, or the one whose layers it shares; None if nothing matches.

    Exact, then without owner, tuning and format, then a version tuned by others whose name holds the model's own.
    """
    exact = names.get(name.lower().strip())
    bare = _bare(name)
    return exact or names.get(bare) or _tuned(bare, names)


def _tuned(bare: str, names: Mapping[str, OpenModel]) -> OpenModel | None:
    """Return the model whose name, its size included, stands whole inside that of a tuned or packed version of it."""
    held = [known for known in names if known in bare and _SIZED.search(known) and _whole(known, bare)]
    return names[max(held, key=len)] if held else None


def _whole(known: str, bare: str) -> bool:
    """Whether a name stands in another with no other size after it."""
    return re.search(rf"{re.escape(known)}(?![a-z]?[0-9])", bare) is not None


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
    for suffix in ("sxm", "sxm16gb", "sxm40gb", "sxm80gb", "pcie", "pcie80gb"):
        for accelerator in ordered:
            name = _device(accelerator.id)
            if name.endswith(suffix):
                names.setdefault(name.removesuffix(suffix), accelerator)
    for accelerator in ordered:
        names.setdefault(re.sub(r"[0-9]+gb$", "", _device(accelerator.id)), accelerator)
    return names


def rented_names(offers: Iterable[GpuOffer], accelerators: Mapping[str, Accelerator]) -> dict[str, Accelerator]:
    """Return the accelerators in machines to rent by the machine's name and that of its family, where it has one kind.

    Parameters
    ----------
    offers
        What sellers rent out.
    accelerators
        Known ones by identifier.
    """
    kinds: dict[str, set[str]] = {}
    for offer in offers:
        for name in (offer.instance, _INSTANCE.sub(r"\1", offer.instance.lower())):
            kinds.setdefault(_device(name), set()).add(offer.accelerator)
    single = {name: next(iter(kind)) for name, kind in kinds.items() if len(kind) == 1}
    return {name: accelerators[kind] for name, kind in sorted(single.items()) if kind in accelerators}


def find_accelerator(name: str, names: Mapping[str, Accelerator]) -> Accelerator | None:
    """Return the accelerator a spelling means: maker and punctuation aside, then with and without socket and memory."""
    said = name.lower().strip()
    counted = _COUNTED.sub("", _SLICE.sub("", _NOISE.sub(" ", said).strip())).strip()
    spaced = re.sub(r"(?<=[0-9]) +(?=gi?b?\b)", "", counted)
    for text in (said, counted, _INSTANCE.sub(r"\1", said), spaced):
        if (device := _device(text)) in names:
            return names[device]
    first, *rest = [word for word in _words(spaced) if not _EDITIONS.fullmatch(word)] or [""]
    socket = "".join(found[1] for word in rest if (found := _SOCKET.fullmatch(word)))
    memory = "".join(f"{found[1]}gb" for word in rest if (found := _MEMORY.fullmatch(word)))
    core = "".join([first, *(word for word in rest if not _SOCKET.fullmatch(word) and not _MEMORY.fullmatch(word))])
    spellings = (f"{core}{socket}{memory}", f"{core}sxm{memory}" if memory and not socket else "", f"{core}{memory}",
                 f"{core}{socket}", core, "".join([first, *rest]))  # fmt: skip
    return next((names[spelling] for spelling in spellings if spelling in names), None)


def larger_memory(name: str, found: Accelerator, accelerators: Iterable[Accelerator]) -> Accelerator | None:
    """Return the version of an accelerator with more memory that a name without its memory may mean, or None.

    Parameters
    ----------
    name
        As a benchmark spells it.
    found
        What it was taken for.
    accelerators
        All known.
    """
    if re.search(rf"(?<![0-9]){found.memory_bytes // 10**9} ?g", name.lower()):
        return None
    kin = re.sub(r"-[0-9]+gb$", "", found.id)
    larger = [a for a in accelerators
              if re.sub(r"-[0-9]+gb$", "", a.id) == kin and a.memory_bytes > found.memory_bytes]  # fmt: skip
    return min(larger, key=lambda a: (a.memory_bytes, a.id), default=None)


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
