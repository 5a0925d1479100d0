"""OpenAI's usage page before the organization API (``/v1/usage?date=``): buckets by model, operation and key.

``n_context_tokens_total`` includes the cached tokens. Times are the buckets' starts in Unix seconds; no length is
stated: answers of 2023 start on multiples of five minutes.
"""

from steelyard.ingest.log_format import FileHead, LogFormat, operation_of

__all__ = ["PLUGIN"]

_BUCKET_S = 300


def _matches(head: FileHead) -> bool:
    return head.kind != "text" and head.has("aggregation_timestamp", "n_requests", "n_context_tokens_total")


PLUGIN = LogFormat(
    name="openai_usage_legacy",
    title="OpenAI usage page of 2023 and 2024",
    grain="aggregate",
    matches=_matches,
    fields=(
        "aggregation_timestamp", "n_requests", "operation", "snapshot_id", "n_context_tokens_total",
        "n_cached_context_tokens_total", "n_generated_tokens_total", "user_id", "api_key_id", "project_id",
    ),
    needs=("aggregation_timestamp", "n_requests", "n_context_tokens_total"),
    columns={
        "start_text": "aggregation_timestamp",
        "bucket_s": str(_BUCKET_S),
        "model": "snapshot_id",
        "operation": f"""CASE WHEN contains(lower(operation), 'embed') THEN 'embedding'
            ELSE {operation_of("snapshot_id")} END""",
        "requests": "whole(n_requests)",
        "input": "whole(n_context_tokens_total)",
        "cache_read": "whole(coalesce(n_cached_context_tokens_total, '0'))",
        "output": "whole(coalesce(n_generated_tokens_total, '0'))",
        "api_key_text": "api_key_id",
        "team_text": "project_id",
        "end_user_text": "user_id",
    },
    identity="n_context_tokens_total = uncached + n_cached_context_tokens_total",
)  # fmt: skip
