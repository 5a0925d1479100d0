"""Results of promptfoo as JSON: every test against every provider in one file."""

import json
from collections.abc import Mapping
from typing import Any, cast

from steelyard.errors import Fault
from steelyard.ingest.evaluations.answers import (
    Answer,
    Document,
    EvaluationFormat,
    Found,
    list_of,
    mapping_of,
    number,
    score_of,
    text_of,
)

_ERROR = 2
"""``failureReason`` of an answer that failed, rather than one that was marked down."""


def _results(document: Document) -> list[Any]:
    head = document.head
    inner = cast(object, head.get("results"))
    return list_of(mapping_of(inner).get("results", inner))


def _matches(document: Document) -> bool:
    results = _results(document) if document.kind == "json" else []
    return bool(results) and "provider" in mapping_of(results[0]) and "success" in mapping_of(results[0])


def _provider(result: Mapping[str, Any]) -> str:
    provider = result.get("provider")
    if isinstance(provider, str):
        return provider
    named = mapping_of(provider)
    return text_of(named.get("label")) or text_of(named.get("id"))


def _item(result: Mapping[str, Any]) -> tuple[str, str]:
    """Return the item (test and prompt) and its cluster (the test)."""
    test = result.get("testIdx")
    case = f"test {test}" if test is not None else json.dumps(result.get("vars"), sort_keys=True, default=str)
    return f"{case}, prompt {result.get('promptIdx', 0)}", case


def _read(document: Document) -> Found:
    found = Found()
    for row, result in enumerate(map(mapping_of, _results(document)), start=1):
        where = f"{document.name}: result {row}"
        failed = result.get("failureReason") == _ERROR or bool(mapping_of(result.get("response")).get("error"))
        graded = result.get("score") if result.get("score") is not None else result.get("success")
        score = 0.0 if failed else score_of(graded, where, "score")
        if isinstance(score, Fault):
            found.faults.append(score)
            continue
        item, case = _item(result)
        usage = mapping_of(mapping_of(result.get("response")).get("tokenUsage"))
        cached = bool(usage.get("cached")) and usage.get("prompt") is None  # a stored answer tells only its total
        found.answers.append(Answer(
            _provider(result), item, score, failed, group=case,
            input_tokens=None if cached else number(usage.get("prompt")),
            output_tokens=None if cached else number(usage.get("completion")),
        ))  # fmt: skip
    return found


PLUGIN = EvaluationFormat("promptfoo", "results of promptfoo", _matches, _read)
