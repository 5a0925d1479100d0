"""Anthropic console usage export (CSV), the columns of 2025 and of 2026: disjoint input classes, no request count.

A day is one bucket, a time with an hour is one hour. Both generations share the columns read here.
"""

from steelyard.ingest.formats.anthropic_usage import NO_REQUESTS
from steelyard.ingest.log_format import FileHead, LogFormat

__all__ = ["PLUGIN"]


def _matches(head: FileHead) -> bool:
    return head.kind == "csv" and head.has("usage_date_utc", "usage_input_tokens_no_cache", "usage_output_tokens")


PLUGIN = LogFormat(
    name="anthropic_console",
    title="Anthropic console usage export",
    grain="aggregate",
    matches=_matches,
    fields=(
        "usage_date_utc", "model_version", "api_key", "workspace", "usage_type", "usage_input_tokens_no_cache",
        "usage_input_tokens_cache_write_5m", "usage_input_tokens_cache_write_1h", "usage_input_tokens_cache_read",
        "usage_output_tokens", "usage_input_tokens_cache_write",
    ),
    needs=("usage_date_utc", "model_version", "usage_input_tokens_no_cache", "usage_output_tokens"),
    columns={
        "start_text": '"usage_date_utc"',
        "bucket_s": "CASE WHEN contains(usage_date_utc, ':') THEN 3600 ELSE 86400 END",
        "model": "model_version",
        "operation": "'chat'",
        "uncached_input": "whole(usage_input_tokens_no_cache)",
        "cache_read": "whole(coalesce(usage_input_tokens_cache_read, '0'))",
        "cache_write_5m": "whole(coalesce(usage_input_tokens_cache_write_5m, usage_input_tokens_cache_write, '0'))",
        "cache_write_1h": "whole(coalesce(usage_input_tokens_cache_write_1h, '0'))",
        "output": "whole(usage_output_tokens)",
        "api_key_text": "api_key",
        "team_text": "workspace",
        "batch": "usage_type = 'batch'",
        "tag_text": "usage_type",
    },
    caution=NO_REQUESTS,
    identity="input = uncached + cache read + 5 min writes + 1 h writes, stated apart",
)  # fmt: skip
