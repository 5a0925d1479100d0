"""Logs of Inspect as JSON: one file a model and task, with samples, scores and usage."""

from collections.abc import Mapping
from typing import Any

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


def _matches(document: Document) -> bool:
    head = document.head
    return document.kind == "json" and "model" in mapping_of(head.get("eval")) and "status" in head


def _tokens(sample: Mapping[str, Any], model: str) -> tuple[float | None, float | None]:
    """Return input and output tokens; input is the total less the output, so that cached input counts."""
    usage = mapping_of(mapping_of(sample.get("model_usage")).get(model)) or mapping_of(
        mapping_of(sample.get("output")).get("usage")
    )
    output, total = number(usage.get("output_tokens")), number(usage.get("total_tokens"))
    if output is not None and total is not None and total >= output:
        return total - output, output
    return number(usage.get("input_tokens")), output


def _score(sample: Mapping[str, Any], where: str) -> float | Fault:
    scores = mapping_of(sample.get("scores"))
    scorer = next(iter(scores), "")
    value = mapping_of(scores.get(scorer)).get("value") if scorer else None
    if isinstance(value, dict):
        return Fault(f"scores.{scorer}.value has several parts", where, "one value from 0 to 1",
                     "Reduce it in the task, or write a CSV with the part that counts")  # fmt: skip
    return score_of(value, where, f"scores.{scorer}.value" if scorer else "scores")


def _read(document: Document) -> Found:
    found = Found()
    head = document.head
    run = mapping_of(head.get("eval"))
    model, task = text_of(run.get("model")), text_of(run.get("task"))
    effort = text_of(mapping_of(run.get("model_generate_config")).get("reasoning_effort"))
    samples = list_of(head.get("samples"))
    if not samples:
        found.faults.append(Fault("no samples", document.name, "a log written with its samples",
                                  "Run `inspect log convert --to json` on the whole log"))  # fmt: skip
    for row, sample in enumerate(map(mapping_of, samples), start=1):
        where = f"{document.name}: sample {row}"
        failed = bool(sample.get("error"))
        score = 0.0 if failed else _score(sample, where)
        if isinstance(score, Fault):
            found.faults.append(score)
            continue
        used = _tokens(sample, model)
        found.answers.append(Answer(model, f"{task}/{sample.get('id')}", score, failed, input_tokens=used[0],
                                    output_tokens=used[1], effort=effort))  # fmt: skip
    return found


PLUGIN = EvaluationFormat("inspect_log", "log of Inspect as JSON", _matches, _read)
