"""Per-sample logs of lm-evaluation-harness (``--log_samples``): one file a task, in a folder named after the model."""

import re
from collections.abc import Mapping
from typing import Any

from steelyard.errors import Fault
from steelyard.ingest.evaluations.answers import Answer, Document, EvaluationFormat, Found, list_of, score_of, text_of

_METRICS = ("exact_match", "acc", "acc_norm", "pass@1", "pass_at_1", "f1", "em", "prompt_level_strict_acc", "correct")
"""Metrics from 0 to 1, tried in this order where a sample does not list its own."""
_FILE = re.compile(r"^samples_(?P<task>.+?)(?:_\d{4}-\d{2}-\d{2}T[\d.:-]+)?\.jsonl?$")


def _matches(document: Document) -> bool:
    return bool(document.records) and "doc_id" in document.records[0] and (
        "resps" in document.records[0] or "filtered_resps" in document.records[0]
    )  # fmt: skip


def _metric(record: Mapping[str, Any]) -> str:
    listed = list_of(record.get("metrics"))
    return next((str(m) for m in (*listed, *_METRICS) if isinstance(record.get(str(m)), int | float)), "")


def _read(document: Document) -> Found:
    found = Found()
    named = _FILE.match(document.name)
    task = named["task"] if named else document.name
    option = document.folder.replace("__", "/")
    chosen = text_of(document.records[0].get("filter"))
    for row, record in enumerate(document.records, start=1):
        if text_of(record.get("filter")) != chosen:
            continue  # the same answers, read by another filter
        where = f"{document.name}: row {row}"
        metric = _metric(record)
        score = score_of(record.get(metric), where, metric or "metric")
        if isinstance(score, Fault):
            found.faults.append(score)
            continue
        item = text_of(record.get("doc_hash")) or text_of(record.get("doc_id"))
        found.answers.append(Answer(option, f"{task}/{record.get('doc_id')}/{item}", score))
    return found


PLUGIN = EvaluationFormat("lm_eval", "samples of lm-evaluation-harness", _matches, _read)
