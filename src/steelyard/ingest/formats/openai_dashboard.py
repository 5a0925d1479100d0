"""OpenAI dashboard export of completions usage (CSV), or the usage API's results as flat rows, one a group and bucket.

Counts may read ``3.0``. An export without usage has only the four time columns.
"""

from dataclasses import replace

from steelyard.ingest.log_format import FileHead, LogFormat, operation_of

__all__ = ["PLUGIN"]

_TIMES = {"start_time", "end_time", "start_time_iso", "end_time_iso"}


def _matches(head: FileHead) -> bool:
    if head.kind == "csv" and set(head.columns) == _TIMES:
        return True
    timed = head.has("start_time") or head.has("start_time_iso")
    return head.kind != "text" and timed and head.has("num_model_requests")


def _adapt(head: FileHead) -> LogFormat:
    """Take the export of another service for what it is: embeddings count no output, images and audio no tokens."""
    kinds = {"images": "image", "characters": "audio", "seconds": "audio"}
    other = next((kind for column, kind in kinds.items() if head.has(column)), None)
    if other is None and head.has("input_tokens") and not head.has("output_tokens"):
        other = "embedding"
    return PLUGIN if other is None else replace(PLUGIN, columns={**PLUGIN.columns, "operation": f"'{other}'"})


PLUGIN = LogFormat(
    name="openai_dashboard",
    title="OpenAI dashboard usage export",
    grain="aggregate",
    matches=_matches,
    fields=(
        "start_time", "end_time", "start_time_iso", "end_time_iso", "project_id", "num_model_requests", "user_id",
        "api_key_id", "model", "batch", "service_tier", "input_tokens", "output_tokens", "input_cached_tokens",
        "input_uncached_tokens", "input_cache_write_tokens",
    ),
    columns={
        "start_text": "coalesce(start_time, start_time_iso)",
        "end_text": "coalesce(end_time, end_time_iso)",
        "model": "model",
        "operation": operation_of("model"),
        "requests": "whole(num_model_requests)",
        "input": "whole(input_tokens)",
        "stated_uncached": "whole(input_uncached_tokens)",
        "cache_read": "whole(coalesce(input_cached_tokens, '0'))",
        "cache_write": "whole(coalesce(input_cache_write_tokens, '0'))",
        "output": "whole(coalesce(output_tokens, '0'))",
        "status": "'ok'",
        "reason": "CASE WHEN coalesce(num_model_requests, input_tokens) IS NULL THEN 'empty bucket' END",
        "api_key_text": "api_key_id",
        "team_text": "project_id",
        "end_user_text": "user_id",
        "batch": "lower(batch) = 'true'",
        "tag_text": "service_tier",
    },
    adapt=_adapt,
    identity="input_tokens = input_uncached_tokens + input_cached_tokens + input_cache_write_tokens",
)  # fmt: skip
