"""LiteLLM SpendLogs: the proxy's table as JSON, JSON lines, CSV or Parquet.

``prompt_tokens`` includes cache reads and writes for every provider; the split is in ``metadata.usage_object``.
``messages``, ``response`` and ``proxy_server_request`` hold text and are not among the selected fields.
"""

from steelyard.ingest.log_format import FileHead, LogFormat

__all__ = ["PLUGIN"]

_CHAT = (
    "completion acompletion text_completion atext_completion responses aresponses anthropic_messages "
    "generate_content agenerate_content generate_content_stream agenerate_content_stream chat"
)
_EMBEDDING = "embedding aembedding"
_IMAGE = "image_generation aimage_generation image_edit aimage_edit image_variation aimage_variation"
_AUDIO = "transcription atranscription speech aspeech"


def _any_of(names: str) -> str:
    return ", ".join(f"'{name}'" for name in names.split())


_OPERATION = f"""CASE
    WHEN coalesce(call_type, '') = '' OR call_type IN ({_any_of(_CHAT)}) THEN 'chat'
    WHEN call_type IN ({_any_of(_EMBEDDING)}) THEN 'embedding'
    WHEN call_type IN ({_any_of(_IMAGE)}) THEN 'image'
    WHEN call_type IN ({_any_of(_AUDIO)}) THEN 'audio'
    ELSE 'other' END"""


def _matches(head: FileHead) -> bool:
    return head.kind != "text" and head.has("request_id", "prompt_tokens", "completion_tokens", "startTime")


PLUGIN = LogFormat(
    name="litellm",
    title="LiteLLM SpendLogs",
    grain="request",
    matches=_matches,
    fields=(
        "request_id", "call_type", "api_key", "spend", "prompt_tokens", "completion_tokens", "startTime", "endTime",
        "completionStartTime", "model", "user", "metadata", "cache_hit", "request_tags", "team_id", "end_user",
        "session_id", "status",
    ),
    needs=("prompt_tokens", "completion_tokens", "startTime"),
    rows="""(SELECT *, TRY_CAST(metadata AS JSON) AS meta,
        json_extract(TRY_CAST(metadata AS JSON), '$.usage_object') AS usage FROM raw)""",
    columns={
        "start_text": '"startTime"',
        "end_text": '"endTime"',
        "first_token_text": '"completionStartTime"',
        "model": "model",
        "operation": _OPERATION,
        "input": "whole(prompt_tokens)",
        "cache_read": """whole(coalesce(usage->>'$.prompt_tokens_details.cached_tokens',
            usage->>'$.cache_read_input_tokens', '0'))""",
        "cache_write": """whole(coalesce(usage->>'$.prompt_tokens_details.cache_creation_tokens',
            usage->>'$.cache_creation_input_tokens', '0'))""",
        "cache_write_1h": """whole(coalesce(
            usage->>'$.prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens', '0'))""",
        "output": "whole(completion_tokens)",
        "reasoning": "whole(usage->>'$.completion_tokens_details.reasoning_tokens')",
        "status": "CASE WHEN lower(coalesce(status, meta->>'$.status')) = 'failure' THEN 'failed' ELSE 'ok' END",
        "reason": """CASE WHEN lower(cache_hit) = 'true' OR contains(request_id, '_cache_hit')
            THEN 'gateway cache hit' END""",
        "request_id": "request_id",
        "logged_usd": "TRY_CAST(spend AS DOUBLE)",
        "api_key_text": "api_key",
        "team_text": "team_id",
        "end_user_text": "coalesce(nullif(end_user, ''), \"user\")",
        "session_text": "session_id",
        "tag_text": "nullif(request_tags, '[]')",
    },
    identity="prompt_tokens = uncached + cache read + cache write",
)  # fmt: skip
