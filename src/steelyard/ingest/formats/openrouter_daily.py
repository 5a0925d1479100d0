"""OpenRouter activity by day (CSV): requests and native tokens; cached tokens are not reported."""

from steelyard.ingest.log_format import FileHead, LogFormat

__all__ = ["PLUGIN"]


def _matches(head: FileHead) -> bool:
    return head.kind == "csv" and head.has("Date", "Slug", "Requests", "Prompt Tokens", "Completion Tokens")


PLUGIN = LogFormat(
    name="openrouter_daily",
    title="OpenRouter activity by day",
    grain="aggregate",
    matches=_matches,
    fields=("Date", "Slug", "Usage", "Requests", "Prompt Tokens", "Completion Tokens", "Reasoning Tokens"),
    needs=("Date", "Slug", "Requests", "Prompt Tokens", "Completion Tokens"),
    columns={
        "start_text": '"Date"',
        "bucket_s": "86400",
        "model": '"Slug"',
        "operation": "'chat'",
        "requests": 'whole("Requests")',
        "input": 'whole("Prompt Tokens")',
        "output": 'whole("Completion Tokens")',
        "reasoning": 'whole("Reasoning Tokens")',
        "logged_usd": 'TRY_CAST("Usage" AS DOUBLE)',
    },
    zone="unstated",
    caution="OpenRouter's daily activity does not report cached tokens: all input is taken as uncached",
    identity="input = Prompt Tokens, cache unknown and counted as none; reasoning is inside Completion Tokens",
)
