# ruff: noqa: S608  the query is made of this file's own constants
"""OpenTelemetry GenAI spans as OTLP JSON, one export a line, older OpenLLMetry spellings included.

Of a span only the attributes named below are looked up, by the place of their key; prompts and answers in other
attributes are never taken out. Where an attribute lacks its key no place is sure, and none is looked up. Input tokens
include cached ones (semantic conventions 1.37); agent and workflow spans repeat the usage of their children and are
set aside, as is any span whose child counts.
"""

from steelyard.ingest.log_format import FileHead, LogFormat

__all__ = ["PLUGIN"]


def _matches(head: FileHead) -> bool:
    return head.kind in ("json", "jsonl") and "resourceSpans" in head.nested


def _attribute(*names: str) -> str:
    found = ", ".join(f"span_value(span, keys, '{name}')" for name in names)
    return f"coalesce({found})" if len(names) > 1 else found


_INPUT = _attribute("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens")
_OUTPUT = _attribute("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens")
_KIND = f"lower({_attribute('gen_ai.operation.name', 'llm.request.type', 'traceloop.span.kind')})"
_USES = " OR ".join(
    f"list_contains(keys, '{name}')"
    for name in ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "gen_ai.usage.output_tokens",
                 "gen_ai.usage.completion_tokens", "llm.usage.prompt_tokens", "llm.usage.total_tokens")
)  # fmt: skip

PLUGIN = LogFormat(
    name="otlp",
    title="OpenTelemetry GenAI spans (OTLP JSON)",
    grain="request",
    matches=_matches,
    fields=("resourceSpans",),
    mode="document",
    rows=f"""(WITH spans AS (
            SELECT blank, span, CASE WHEN len(json_extract_string(span, '$.attributes[*].key'))
                    = json_array_length(span, '$.attributes')
                THEN json_extract_string(span, '$.attributes[*].key') ELSE [] END AS keys, span->>'$.spanId' AS id,
                (span->>'$.traceId') || '/' || (span->>'$.spanId') AS whole_id,
                (span->>'$.traceId') || '/' || (span->>'$.parentSpanId') AS parent_id
            FROM (SELECT blank, unnest(CASE WHEN len(found) > 0 THEN found ELSE [NULL] END) AS span
                FROM (SELECT blank, json_extract(doc, '$.resourceSpans[*].scopeSpans[*].spans[*]') AS found FROM raw))),
        known AS (SELECT *, ({_USES}) AS uses, {_KIND} AS kind FROM spans),
        parents AS (SELECT DISTINCT parent_id FROM known WHERE uses AND kind NOT IN ('embeddings', 'embedding'))
        SELECT known.*, parents.parent_id IS NOT NULL AS is_parent
        FROM known LEFT JOIN parents ON known.whole_id = parents.parent_id)""",
    columns={
        "start_text": "span->>'$.startTimeUnixNano'",
        "end_text": "span->>'$.endTimeUnixNano'",
        "model": _attribute("gen_ai.response.model", "gen_ai.request.model"),
        "operation": """CASE WHEN kind IN ('embeddings', 'embedding') THEN 'embedding'
            WHEN kind IN ('image_generation', 'generate_image') THEN 'image' ELSE 'chat' END""",
        "input": f"whole({_INPUT})",
        "cache_read": f"whole(coalesce({_attribute('gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cache_read_input_tokens')}, '0'))",  # noqa: E501
        "cache_write": f"whole(coalesce({_attribute('gen_ai.usage.cache_creation.input_tokens', 'gen_ai.usage.cache_creation_input_tokens')}, '0'))",  # noqa: E501
        "output": f"whole({_OUTPUT})",
        "status": """CASE WHEN span->>'$.status.code' IN ('2', 'STATUS_CODE_ERROR') THEN 'failed' ELSE 'ok' END""",
        "reason": """CASE WHEN blank THEN NULL WHEN kind IN ('invoke_agent', 'create_agent', 'execute_tool', 'agent',
                'workflow', 'task', 'tool', 'invoke_workflow') OR is_parent THEN 'parent span'
            WHEN NOT coalesce(uses, false) AND kind IS NULL THEN 'not a model call' END""",
        "request_id": "whole_id",
        "session_text": _attribute("gen_ai.conversation.id", "session.id"),
        "end_user_text": _attribute("user.id", "enduser.id"),
    },
    identity="gen_ai.usage.input_tokens includes cache reads and writes",
)
