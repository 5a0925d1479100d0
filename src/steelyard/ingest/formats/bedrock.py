"""Amazon Bedrock model invocation logs: cache counts stand beside ``inputTokenCount``, not inside it.

Bodies hold the messages: of them only two token counters are looked up, never a text. ``modelId`` may be the ARN of
an inference profile; its last part is kept.
"""

from steelyard.ingest.log_format import FileHead, LogFormat

__all__ = ["PLUGIN"]

_MODEL = "regexp_replace(regexp_extract(doc->>'$.modelId', '[^/]+$'), '^(us|eu|apac|global)[.]', '')"
_HOUR = "doc->>'$.output.outputBodyJson.usage.cache_creation.ephemeral_1h_input_tokens'"


def _matches(head: FileHead) -> bool:
    return head.kind in ("json", "jsonl") and {"modelId", "schemaType", "timestamp"} <= head.nested


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
        "operation": f"""CASE WHEN contains(lower({_MODEL}), 'embed') THEN 'embedding'
            WHEN regexp_matches(lower({_MODEL}), 'image|canvas|stable-|stability') THEN 'image'
            WHEN regexp_matches(lower({_MODEL}), 'sonic|reel') THEN 'audio'
            WHEN contains(lower({_MODEL}), 'rerank') THEN 'other' ELSE 'chat' END""",
        "uncached_input": "whole(doc->>'$.input.inputTokenCount')",
        "cache_read": "whole(coalesce(doc->>'$.input.cacheReadInputTokenCount', '0'))",
        "cache_write": "whole(coalesce(doc->>'$.input.cacheWriteInputTokenCount', '0'))",
        "cache_write_1h": f"least(whole(coalesce({_HOUR}, '0')), "
        "whole(coalesce(doc->>'$.input.cacheWriteInputTokenCount', '0')))",
        "output": "whole(doc->>'$.output.outputTokenCount')",
        "status": "CASE WHEN doc->>'$.errorCode' IS NOT NULL THEN 'failed' ELSE 'ok' END",
        "request_id": "doc->>'$.requestId'",
        "api_key_text": "doc->>'$.identity.arn'",
        "team_text": "doc->>'$.accountId'",
    },
    identity="input = inputTokenCount + cacheReadInputTokenCount + cacheWriteInputTokenCount",
)
