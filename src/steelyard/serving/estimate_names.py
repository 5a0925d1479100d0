"""Which catalogue entry a benchmark means by its spelling of a model or an accelerator."""

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.model import OpenModel

__all__ = ["accelerator_names", "find_accelerator", "find_model", "model_names"]

T = TypeVar("T")
_SUFFIXES = re.compile(
    r"[-_ .]?(instruct|chat|it|hf|base|thinking|bf16|fp16|fp8|fp4|nvfp4|mxfp4|int8|int4|w4a16|w8a8|awq|gptq|dynamic|"
    r"block|static|per[-_]?tensor|per[-_]?channel|kv|quantized|preview|v[0-9](\.[0-9])?|[0-9]{4})$"
)
"""Endings that name a tuning, a date or a storage format, not another architecture."""
_MAKERS = re.compile(r"\b(nvidia|amd|intel|google|aws|tensor core|gpu|accelerator|instinct|geforce)\b")
_FORM = re.compile(r"nvl72|sxm[0-9]?|oam|hgx|dgx|server|edition|hbm[0-9]e?|[0-9]+(gb|gib)?|gb|gib")
"""Words of an accelerator's name that state its socket or memory."""

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
    """Return the model a spelling means: exact, then without owner, tuning and format; None if nothing matches."""
    exact = names.get(name.lower().strip())
    bare = _bare(name)
    return exact or names.get(bare) or names.get(_SAME_SHAPES.get(bare, ""))


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
    """Return the accelerator a spelling means: maker and punctuation aside, then socket and memory aside."""
    device = _device(name)
    if device in names:
        return names[device]
    first, *rest = _words(name) or [""]
    return names.get("".join([first, *(word for word in rest if not _FORM.fullmatch(word))]))
