"""Amazon Bedrock model invocation logs: cache counts stand beside ``inputTokenCount``, not inside it.

Bodies hold the messages: of them only the counters under ``usage`` are looked up, never a text. A streamed body is a
list of events, of which one holds the usage. ``modelId`` may be the ARN of an inference profile; its last part is
kept. CloudWatch wraps each record in a ``message`` that is JSON in a string.
"""

from dataclasses import replace

from steelyard.ingest.log_format import FileHead, LogFormat, operation_of

__all__ = ["PLUGIN"]

_MODEL = "regexp_replace(regexp_extract(doc->>'$.modelId', '[^/]+$'), '^(us(-gov)?|eu|apac|jp|au|ca|global)[.]', '')"
_BODY = "$.output.outputBodyJson"
_KEYS = frozenset({"modelId", "schemaType", "timestamp"})
_UNWRAPPED = """(SELECT blank, coalesce(
    TRY_CAST(doc->>'$.message' AS JSON), TRY_CAST(doc->>'$."@message"' AS JSON), doc) AS doc FROM raw)"""


def _count(stated: str, *usage: str) -> str:
    """Return the first of a stated counter, one in the body's usage, and one in a streamed body's first event."""
    inside = [f"whole(doc->>'{_BODY}.usage.{key}')" for key in usage]
    streamed = [f"whole(json_extract_string(doc, '{_BODY}[*].{holder}.usage.{key}')[1])"
                for holder in ("message", "metadata") for key in usage]  # fmt: skip
    return f"coalesce(whole(doc->>'$.{stated}'), {', '.join([*inside, *streamed])})"


_DETAILS = f"{_BODY}.usage.cacheDetails"
_WRITES = _count("input.cacheWriteInputTokenCount", "cacheWriteInputTokens", "cacheWriteInputTokenCount",
                 "cache_creation_input_tokens")  # fmt: skip
_HOUR = f"""coalesce(whole(doc->>'{_BODY}.usage.cache_creation.ephemeral_1h_input_tokens'),
    whole(json_extract_string(doc, '{_BODY}[*].message.usage.cache_creation.ephemeral_1h_input_tokens')[1]),
    CASE WHEN doc->>'{_DETAILS}[0].ttl' = '1h' THEN whole(doc->>'{_DETAILS}[0].inputTokens')
        WHEN doc->>'{_DETAILS}[1].ttl' = '1h' THEN whole(doc->>'{_DETAILS}[1].inputTokens') END, 0)"""


def _matches(head: FileHead) -> bool:
    return head.kind in ("json", "jsonl") and (head.nested >= _KEYS or head.escaped >= _KEYS)


def _adapt(head: FileHead) -> LogFormat:
    wrapped = head.escaped >= _KEYS or "@message" in head.columns
    return replace(PLUGIN, rows=_UNWRAPPED) if wrapped else PLUGIN


PLUGIN = LogFormat(
    name="bedrock",
    title="Amazon Bedrock model invocation log",
    grain="request",
    matches=_matches,
    fields=("timestamp", "requestId", "operation", "modelId", "input", "output"),
    mode="document",
    columns={
        "start_text": "doc->>'$.timestamp'",
        "model": _MODEL,
        "operation": f"""CASE WHEN doc->>'$.operation' IN ('CountTokens', 'ApplyGuardrail', 'Rerank') THEN 'other'
            ELSE {operation_of(_MODEL)} END""",
        "uncached_input": _count("input.inputTokenCount", "inputTokens", "input_tokens"),
        "cache_read": _count(
            "input.cacheReadInputTokenCount",
            "cacheReadInputTokens",
            "cacheReadInputTokenCount",
            "cache_read_input_tokens",
        ),
        "cache_write": _WRITES,
        "cache_write_1h": f"least({_HOUR}, coalesce({_WRITES}, 0))",
        "output": _count("output.outputTokenCount", "outputTokens", "output_tokens"),
        "status": "CASE WHEN doc->>'$.errorCode' IS NOT NULL THEN 'failed' ELSE 'ok' END",
        "request_id": "doc->>'$.requestId'",
        "api_key_text": "doc->>'$.identity.arn'",
        "team_text": "doc->>'$.accountId'",
    },
    adapt=_adapt,
    identity="input = inputTokenCount + cacheReadInputTokenCount + cacheWriteInputTokenCount",
)
