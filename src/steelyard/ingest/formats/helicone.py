"""Helicone request export (CSV or JSON lines): one request a row; ``prompt_tokens`` excludes cache reads and writes.

Helicone's own totals add prompt, cache read, cache write and completion tokens, so the four are disjoint. Bodies hold
text and are not selected, nor is ``cost``, whose unit differs between Helicone's store and its API.
"""

from steelyard.ingest.log_format import FileHead, LogFormat, operation_of

__all__ = ["PLUGIN"]

_MODEL = "coalesce(nullif(response_model, ''), nullif(model, ''), request_model)"

_NO_REFERENCE = "00000000-0000-0000-0000-000000000000"
"""Stands where a request was not answered from Helicone's cache."""


def _matches(head: FileHead) -> bool:
    return head.kind != "text" and head.has("request_id", "request_created_at", "prompt_tokens", "completion_tokens")


PLUGIN = LogFormat(
    name="helicone",
    title="Helicone request export",
    grain="request",
    matches=_matches,
    fields=(
        "request_id", "request_created_at", "response_created_at", "response_status", "request_model", "response_model",
        "model", "request_path", "request_user_id", "prompt_tokens", "completion_tokens", "reasoning_tokens",
        "prompt_cache_read_tokens", "prompt_cache_write_tokens", "delay_ms", "time_to_first_token", "cached",
        "cache_reference_id",
    ),
    needs=("request_id", "request_created_at", "prompt_tokens", "completion_tokens"),
    columns={
        "start_text": "request_created_at",
        "end_text": "response_created_at",
        "duration_s": "TRY_CAST(delay_ms AS DOUBLE) / 1000",
        "first_token_s": "TRY_CAST(time_to_first_token AS DOUBLE) / 1000",
        "model": _MODEL,
        "operation": operation_of(_MODEL, "request_path"),
        "uncached_input": "whole(prompt_tokens)",
        "cache_read": "whole(coalesce(prompt_cache_read_tokens, '0'))",
        "cache_write": "whole(coalesce(prompt_cache_write_tokens, '0'))",
        "output": "whole(completion_tokens)",
        "reasoning": "whole(reasoning_tokens)",
        "status": """CASE WHEN whole(response_status) >= 400 OR whole(response_status) < 0 THEN 'failed'
            ELSE 'ok' END""",
        "reason": f"""CASE WHEN lower(cached) IN ('true', '1') OR cache_reference_id <> '{_NO_REFERENCE}'
                THEN 'gateway cache hit'
            WHEN request_id IS NOT NULL AND nullif(prompt_tokens, '') IS NULL AND nullif(completion_tokens, '') IS NULL
                AND whole(response_status) BETWEEN 200 AND 299 THEN 'no tokens reported' END""",
        "request_id": "request_id",
        "end_user_text": "request_user_id",
    },
    identity="input = prompt_tokens + prompt_cache_read_tokens + prompt_cache_write_tokens",
)  # fmt: skip
