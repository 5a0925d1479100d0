# ruff: noqa: S608  the query is made of this file's own constants
"""LiteLLM SpendLogs: the proxy's table as JSON, JSON lines, CSV or Parquet; also the payload its loggers write.

``prompt_tokens`` includes cache reads and writes for every provider; the split is in ``metadata.usage_object``, in
older versions in ``metadata.additional_usage_values``. Where two spellings of one count meet, the larger is the count:
the other one is a zero that a provider's adapter left.
``messages``, ``response`` and ``proxy_server_request`` hold text and are not among the selected fields.
"""

from steelyard.ingest.log_format import FileHead, LogFormat, Lookups, operation_of

__all__ = ["PLUGIN"]

_CHAT = (
    "completion acompletion text_completion atext_completion responses aresponses anthropic_messages "
    "generate_content agenerate_content generate_content_stream agenerate_content_stream chat"
)
_PASSED = "pass_through_endpoint allm_passthrough_route llm_passthrough_route"
_EMBEDDING = "embedding aembedding"
_IMAGE = "image_generation aimage_generation image_edit aimage_edit image_variation aimage_variation"
_AUDIO = "transcription atranscription speech aspeech"


def _any_of(names: str) -> str:
    return ", ".join(f"'{name}'" for name in names.split())


_OPERATION = f"""CASE
    WHEN coalesce(call_type, '') = '' OR call_type IN ({_any_of(_PASSED)}) THEN {operation_of("model")}
    WHEN call_type IN ({_any_of(_CHAT)}) THEN 'chat'
    WHEN call_type IN ({_any_of(_EMBEDDING)}) THEN 'embedding'
    WHEN call_type IN ({_any_of(_IMAGE)}) THEN 'image'
    WHEN call_type IN ({_any_of(_AUDIO)}) THEN 'audio'
    ELSE 'other' END"""


_READS = ("prompt_tokens_details.cached_tokens", "cache_read_input_tokens")
_WRITES = ("prompt_tokens_details.cache_creation_tokens", "cache_creation_input_tokens")
_HOUR_WRITES = ("prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens",
                "cache_creation.ephemeral_1h_input_tokens")  # fmt: skip
_REASONING = ("completion_tokens_details.reasoning_tokens",)
_PLACES = ("usage_object", "additional_usage_values")
_FOUND = Lookups((
    "$.status",
    *(f"$.{place}.{key}" for place in _PLACES for key in (*_READS, *_WRITES, *_HOUR_WRITES, *_REASONING)),
))  # fmt: skip
"""Values looked up in ``metadata``; its other keys are not taken out."""


_METADATA = """CASE WHEN metadata LIKE '"%' THEN TRY(json_extract_string(metadata, '$'))
    WHEN metadata LIKE '{''%' THEN regexp_replace(regexp_replace(replace(metadata, '''', '"'),
        ': None\\b', ': null', 'g'), ': (True|False)\\b', ': "\\1"', 'g') ELSE metadata END"""
"""The object, where an export quoted it twice or wrote it as Python does."""


def _largest(keys: tuple[str, ...]) -> str:
    texts = (_FOUND.of(f"$.{place}.{key}") for place in _PLACES for key in keys)
    return f"greatest({', '.join(f'TRY_CAST({text} AS BIGINT)' for text in texts)})"


def _matches(head: FileHead) -> bool:
    if head.kind in ("json", "jsonl"):  # the first record, a failure perhaps, need not hold every key
        return head.has("startTime") and {"prompt_tokens", "completion_tokens", "startTime"} <= head.nested
    return head.kind != "text" and head.has("prompt_tokens", "completion_tokens", "startTime")


PLUGIN = LogFormat(
    name="litellm",
    title="LiteLLM SpendLogs",
    grain="request",
    matches=_matches,
    fields=(
        "request_id", "id", "call_type", "api_key", "spend", "response_cost", "prompt_tokens", "completion_tokens",
        "startTime", "endTime", "completionStartTime", "model", "user", "metadata", "cache_hit", "request_tags",
        "team_id", "end_user", "session_id", "status",
    ),
    needs=("prompt_tokens", "completion_tokens", "startTime"),
    rows=f"(SELECT *, {_FOUND.sql(_METADATA)} FROM raw)",
    columns={
        "start_text": '"startTime"',
        "end_text": '"endTime"',
        "first_token_text": '"completionStartTime"',
        "model": "model",
        "operation": _OPERATION,
        "input": "whole(prompt_tokens)",
        "cache_read": _largest(_READS),
        "cache_write": _largest(_WRITES),
        "cache_write_1h": _largest(_HOUR_WRITES),
        "output": "whole(completion_tokens)",
        "reasoning": _largest(_REASONING),
        "status": f"""CASE WHEN lower(coalesce(nullif(status, ''), {_FOUND.of("$.status")})) = 'failure' THEN 'failed'
            ELSE 'ok' END""",
        "reason": """CASE WHEN lower(cache_hit) = 'true' OR contains(coalesce(request_id, id), '_cache_hit')
            THEN 'gateway cache hit' END""",
        "request_id": "coalesce(request_id, id)",
        "logged_usd": "amount(coalesce(spend, response_cost))",
        "api_key_text": "api_key",
        "team_text": "team_id",
        "end_user_text": "coalesce(nullif(end_user, ''), \"user\")",
        "session_text": "session_id",
        "tag_text": "nullif(request_tags, '[]')",
    },
    identity="prompt_tokens = uncached + cache read + cache write",
)  # fmt: skip
