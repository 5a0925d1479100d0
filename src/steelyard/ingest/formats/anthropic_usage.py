"""Anthropic usage API: buckets with four disjoint input classes and no count of requests."""

from dataclasses import replace

from steelyard.ingest.log_format import EMPTY_BUCKET, FileHead, LogFormat, bucket_rows

__all__ = ["NO_REQUESTS", "PLUGIN"]

NO_REQUESTS = "Anthropic does not report how many requests were made, so requests are estimated and percentiles refused"
"""Carried by both Anthropic usage formats."""


def _matches(head: FileHead) -> bool:
    return head.kind in ("json", "jsonl") and {"starting_at", "uncached_input_tokens"} <= head.nested


def _adapt(head: FileHead) -> LogFormat:
    """Take rows that repeat their bucket's times, as exporters flatten pages to, for results."""
    if not head.has("starting_at", "uncached_input_tokens"):
        return PLUGIN
    flat = """(SELECT blank, doc->>'$.starting_at' AS starting_at, doc->>'$.ending_at' AS ending_at, doc AS result
        FROM raw)"""
    return replace(PLUGIN, rows=flat)


PLUGIN = LogFormat(
    name="anthropic_usage",
    title="Anthropic usage API",
    grain="aggregate",
    matches=_matches,
    fields=("starting_at", "ending_at", "results"),
    mode="document",
    rows=bucket_rows("starting_at", "ending_at"),
    columns={
        "start_text": "starting_at",
        "end_text": "ending_at",
        "model": "result->>'$.model'",
        "operation": "'chat'",
        "uncached_input": "whole(result->>'$.uncached_input_tokens')",
        "cache_read": "whole(coalesce(result->>'$.cache_read_input_tokens', '0'))",
        "cache_write_5m": """whole(coalesce(result->>'$.cache_creation.ephemeral_5m_input_tokens',
            result->>'$.cache_creation_input_tokens', '0'))""",
        "cache_write_1h": "whole(coalesce(result->>'$.cache_creation.ephemeral_1h_input_tokens', '0'))",
        "output": "whole(coalesce(result->>'$.output_tokens', '0'))",
        "reason": EMPTY_BUCKET,
        "api_key_text": "result->>'$.api_key_id'",
        "team_text": "result->>'$.workspace_id'",
        "end_user_text": "result->>'$.account_id'",
        "batch": "result->>'$.service_tier' = 'batch'",
        "tag_text": "result->>'$.service_tier'",
    },
    adapt=_adapt,
    caution=NO_REQUESTS,
    identity="input = uncached + cache read + 5 min writes + 1 h writes, stated apart",
)
