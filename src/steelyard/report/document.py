"""The decision document: the Result as canonical JSON."""

import json
from collections.abc import Mapping
from typing import cast

from pydantic import BaseModel

from steelyard.domain.result import Result

__all__ = ["render_json"]

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def render_json(result: Result) -> str:
    """Return the document as JSON with the same bytes for the same result.

    Fields stand in the order of the published schema, keys of mappings sorted; floats in their shortest exact
    form; UTF-8 text as it is; two spaces of indent; one newline at the end.
    """
    dumped = cast(Json, result.model_dump(mode="json", by_alias=True))
    return json.dumps(_ordered(result, dumped), ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def _ordered(value: object, dumped: Json) -> Json:
    """Return ``dumped`` with the keys of every mapping of ``value`` sorted."""
    if isinstance(value, BaseModel) and isinstance(dumped, dict):
        names = type(value).model_fields
        return {key: _ordered(getattr(value, name), dumped[key]) for name, key in zip(names, dumped, strict=True)}
    if isinstance(value, Mapping) and isinstance(dumped, dict):
        items = cast(Mapping[str, object], value)
        return {key: _ordered(items[key], dumped[key]) for key in sorted(dumped)}
    if isinstance(value, tuple) and isinstance(dumped, list):
        return [_ordered(v, d) for v, d in zip(cast(tuple[object, ...], value), dumped, strict=True)]
    return dumped
