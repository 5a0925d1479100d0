"""CSV or JSON lines with one row per item and option: the columns item, option and score."""

from collections.abc import Mapping
from typing import Any

from steelyard.errors import Fault
from steelyard.ingest.evaluations.answers import Answer, Document, EvaluationFormat, Found, number, score_of, text_of

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "item": ("item", "item_id", "id", "question_id", "sample_id", "case"),
    "option": ("option", "model", "variant", "system", "configuration"),
    "score": ("score", "correct", "passed", "pass", "success"),
    "group": ("group", "cluster", "conversation", "document"), "failed": ("failed", "error", "failure"),
    "input_tokens": ("input_tokens", "prompt_tokens"), "output_tokens": ("output_tokens", "completion_tokens"),
    "effort": ("effort", "reasoning_effort"),
}  # fmt: skip
"""What is read -> names of its column, the first found counts."""
_NEEDED = ("item", "option", "score")


def _columns(record: Mapping[str, Any]) -> Mapping[str, str]:
    return {name: next((c for c in spellings if c in record), "") for name, spellings in _COLUMNS.items()}


def _matches(document: Document) -> bool:
    if document.kind == "json" and len(document.records) == 1:
        return False
    return bool(document.records) and all(_columns(document.records[0])[name] for name in _NEEDED)


def _failed(value: object) -> bool:
    return text_of(value).lower() not in ("", "0", "false", "no", "none", "null")


def _read(document: Document) -> Found:
    found = Found()
    columns = _columns(document.records[0])
    for row, record in enumerate(document.records, start=2 if document.kind == "csv" else 1):
        where = f"{document.name}: row {row}"
        item, option = text_of(record.get(columns["item"])), text_of(record.get(columns["option"]))
        failed = _failed(record.get(columns["failed"])) if columns["failed"] else None
        score = 0.0 if failed else score_of(record.get(columns["score"]), where, columns["score"])
        if isinstance(score, Fault):
            found.faults.append(score)
            continue
        if not item or not option:
            empty = columns["option"] if item else columns["item"]
            found.faults.append(Fault(f"{empty} is empty", where, "a name in every row", "Fill it in or drop the row"))
            continue
        found.answers.append(Answer(
            option, item, score, failed, group=text_of(record.get(columns["group"])),
            input_tokens=number(record.get(columns["input_tokens"])),
            output_tokens=number(record.get(columns["output_tokens"])), effort=text_of(record.get(columns["effort"])),
        ))  # fmt: skip
    return found


PLUGIN = EvaluationFormat("csv_rows", "rows of item, option and score", _matches, _read)
