"""Names of one model at many sellers, brought to one spelling."""

import re
from collections.abc import Iterable, Mapping

from steelyard.domain.model import OpenModel

__all__ = ["maker_of", "open_model_names", "spelling"]

_MAKERS = {
    "claude": "anthropic", "deepseek": "deepseek", "gemini": "google", "gemma": "google", "glm": "zai",
    "gpt": "openai", "grok": "xai", "kimi": "moonshotai", "llama": "meta", "minimax": "minimax",
    "mistral": "mistral", "mixtral": "mistral", "qwen": "alibaba",
}  # fmt: skip
"""First word of a model's name -> who makes it."""
_VENDOR_DOT = re.compile(
    r"^(?:(?:regional|global)\.)?(?:meta|openai|qwen|deepseek|mistral|google|zai|moonshotai|minimax)\."
)
_SUFFIX = re.compile(
    r"(?:(?<!-v2)-lite|-(?:turbo|fp8|bf16|fast|us|instant|versatile|specdec|basic|instruct|chat|hf|it|v\d:\d|\d:\d))$"
)
_REWRITES = (
    (re.compile(r"(?<=\d)[p_](?=\d)"), "."),
    (re.compile(r"^meta-llama-"), "llama-"),
    (re.compile(r"^llama-?v?(\d)[-.](\d)(?=-)"), r"llama-\1.\2"),
    (re.compile(r"^llama-?(\d)-"), r"llama-\1-"),
    (re.compile(r"^qwen-3-"), "qwen3-"),
    (re.compile(r"^zai-"), ""),
    (re.compile(r"^deepseek_"), "deepseek-"),
    (re.compile(r"^deepseek\.r1"), "deepseek-r1"),
)
"""How sellers vary a name: 3p1 and 3_1 for 3.1, llama3-1 for llama-3.1."""


def spelling(name: str) -> str:
    """Return a model's name without the seller's path, region, quantization and service suffixes.

    Examples
    --------
    >>> spelling("accounts/fireworks/models/llama-v3p1-8b-instruct")
    'llama-3.1-8b'
    >>> spelling("meta.llama3-3-70b-instruct-v1:0")
    'llama-3.3-70b'
    >>> spelling("meta-llama/Llama-3.3-70B-Instruct-Turbo")
    'llama-3.3-70b'
    """
    text = _VENDOR_DOT.sub("", name.lower().rsplit("/", maxsplit=1)[-1])
    for pattern, better in _REWRITES:
        text = pattern.sub(better, text)
    while (shorter := _SUFFIX.sub("", text)) != text:
        text = shorter
    return text


def open_model_names(models: Iterable[OpenModel]) -> Mapping[str, str]:
    """Return every spelling of every model -> its identifier; the identifier itself wins."""
    known = list(models)
    names = {spelling(model.id): model.id for model in known}
    for model in known:
        for name in (model.name, *model.aliases):
            names.setdefault(spelling(name), model.id)
    return names


def maker_of(name: str) -> str | None:
    """Return who makes a model, by the first word of its name; None if the name does not say."""
    words = re.split(r"[-_. ]", spelling(name))
    return next((maker for start, maker in _MAKERS.items() if words[0].startswith(start)), None)
