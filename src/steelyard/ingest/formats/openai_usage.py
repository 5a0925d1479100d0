"""OpenAI usage API: pages of buckets, several result rows a bucket.

``input_tokens`` includes cached and cache-write tokens. A null model means "not grouped", not "none".
Images and audio tokens are inside the input and output counts.
"""

from steelyard.ingest.log_format import FileHead, LogFormat, bucket_rows, operation_of

__all__ = ["PLUGIN"]


def _matches(head: FileHead) -> bool:
    return head.kind in ("json", "jsonl") and {"start_time", "results", "num_model_requests"} <= head.nested


PLUGIN = LogFormat(
    name="openai_usage",
    title="OpenAI usage API",
    grain="aggregate",
    matches=_matches,
    fields=("start_time", "end_time", "results"),
    mode="document",
    rows=bucket_rows("start_time", "end_time"),
    columns={
        "start_text": "start_time",
        "end_text": "end_time",
        "model": "result->>'$.model'",
        "operation": f"""CASE result->>'$.object' WHEN 'organization.usage.embeddings.result' THEN 'embedding'
            WHEN 'organization.usage.images.result' THEN 'image'
            WHEN 'organization.usage.audio_speeches.result' THEN 'audio'
            WHEN 'organization.usage.audio_transcriptions.result' THEN 'audio'
            WHEN 'organization.usage.moderations.result' THEN 'other'
            WHEN 'organization.usage.vector_stores.result' THEN 'other'
            WHEN 'organization.usage.code_interpreter_sessions.result' THEN 'other'
            ELSE {operation_of("result->>'$.model'")} END""",
        "requests": "whole(result->>'$.num_model_requests')",
        "input": "whole(result->>'$.input_tokens')",
        "stated_uncached": "whole(result->>'$.input_uncached_tokens')",
        "cache_read": "whole(coalesce(result->>'$.input_cached_tokens', '0'))",
        "cache_write": "whole(coalesce(result->>'$.input_cache_write_tokens', '0'))",
        "output": "whole(coalesce(result->>'$.output_tokens', '0'))",
        "status": "'ok'",
        "reason": "CASE WHEN result IS NULL THEN 'empty bucket' END",
        "api_key_text": "result->>'$.api_key_id'",
        "team_text": "result->>'$.project_id'",
        "end_user_text": "result->>'$.user_id'",
        "batch": "result->>'$.batch' = 'true'",
        "tag_text": "result->>'$.service_tier'",
    },
    identity="input_tokens = input_uncached_tokens + input_cached_tokens + input_cache_write_tokens",
)
