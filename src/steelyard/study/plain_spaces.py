"""Plain spaces in every text of a document: what reads it need not know of no-break ones."""

from collections.abc import Mapping
from typing import TypeVar, cast

from steelyard.domain.value import Value

__all__ = ["with_plain_spaces"]

V = TypeVar("V", bound=Value)
_NBSP = "\u00a0"


def with_plain_spaces(value: V) -> V:
    """Return a value in all of whose texts a plain space stands for a no-break one.

    Sentences are made by the printer of tables, which joins a number to its unit; outputs that break lines join them
    again by themselves.
    """
    told = {name: getattr(value, name) for name in type(value).model_fields}
    changed = {name: new for name, old in told.items() if (new := _plain(old)) is not old}
    return value.model_copy(update=changed) if changed else value


def _plain(part: object) -> object:
    if isinstance(part, str):
        return part.replace(_NBSP, " ") if _NBSP in part else part
    if isinstance(part, Value):
        return with_plain_spaces(part)
    if isinstance(part, tuple):
        return _all_plain(cast("tuple[object, ...]", part))
    if isinstance(part, Mapping):
        held = cast("Mapping[object, object]", part)
        texts = {name: _plain(told) for name, told in held.items()}
        return texts if any(texts[name] is not told for name, told in held.items()) else held
    return part


def _all_plain(parts: tuple[object, ...]) -> tuple[object, ...]:
    if not parts or isinstance(parts[0], (int, float)):
        return parts
    texts = tuple(_plain(held) for held in parts)
    return texts if any(new is not old for new, old in zip(texts, parts, strict=True)) else parts
