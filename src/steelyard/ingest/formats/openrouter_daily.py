"""OpenRouter activity by day (CSV or its activity API): requests and native tokens; cached tokens are not reported."""

from dataclasses import replace

from steelyard.ingest.log_format import FileHead, LogFormat, operation_of, quoted_name

__all__ = ["PLUGIN"]

_PAGE = ("date", "model", "usage", "requests", "prompt_tokens", "completion_tokens", "reasoning_tokens")
"""Fields of the activity API, in the order of the CSV's."""


def _matches(head: FileHead) -> bool:
    if head.kind == "text":
        return False
    exported = head.has("Date", "Slug", "Requests", "Prompt Tokens", "Completion Tokens")
    page = head.has("date", "model", "requests", "prompt_tokens", "completion_tokens")
    return exported or (page and (head.kind in ("json", "jsonl") or head.has("model_permaslug")))


def _columns(day: str, model: str, usage: str, *counts: str) -> dict[str, str]:
    requests, asked, answered, thought = counts
    return {
        "start_text": f'"{day}"',
        "bucket_s": "86400",
        "model": f'"{model}"',
        "operation": operation_of(quoted_name(model)),
        "requests": f'whole("{requests}")',
        "input": f'whole("{asked}")',
        "output": f'whole("{answered}")',
        "reasoning": f'whole("{thought}")',
        "logged_usd": f'amount("{usage}")',
    }


def _adapt(head: FileHead) -> LogFormat:
    if head.has("Slug"):
        return PLUGIN
    return replace(PLUGIN, fields=_PAGE, needs=(), columns=_columns(*_PAGE))


_TABLE = ("Date", "Slug", "Usage", "Requests", "Prompt Tokens", "Completion Tokens", "Reasoning Tokens")
PLUGIN = LogFormat(
    name="openrouter_daily",
    title="OpenRouter activity by day",
    grain="aggregate",
    matches=_matches,
    fields=_TABLE,
    needs=("Date", "Slug", "Requests", "Prompt Tokens", "Completion Tokens"),
    columns=_columns(*_TABLE),
    zone="unstated",
    caution="OpenRouter's daily activity does not report cached tokens: all input is taken as uncached",
    adapt=_adapt,
    identity="input = Prompt Tokens, cache unknown and counted as none; reasoning is inside Completion Tokens",
)
