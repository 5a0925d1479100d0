# ruff: noqa: S608  the query is made of this file's own constants
"""OpenTelemetry GenAI spans as OTLP JSON, one export a line, with the spellings of older and sister conventions.

Read beside today's ``gen_ai.*``: what it deprecates, OpenLLMetry's ``llm.*``, OpenInference's ``llm.token_count.*`` and
the Vercel AI SDK's ``ai.usage.*``. Of a span only the attributes named below are looked up, by the place of their key;
prompts and answers in other attributes are never taken out. Where an attribute lacks its key no place is sure, and none
is looked up. Attributes may also be a map, as SDKs print spans one by one to the console. Input tokens
include cached ones (semantic conventions 1.37); agent and workflow spans repeat the usage of their children and are set
aside, as is any span above one that counts, however deep.
"""

from dataclasses import replace
from functools import reduce

from steelyard.ingest.log_format import FileHead, LogFormat, operation_of

__all__ = ["PLUGIN"]

_SPANS = ("$.resourceSpans[*].scopeSpans[*].spans[*]", "$.resourceSpans[*].instrumentationLibrarySpans[*].spans[*]",
          "$.batches[*].scopeSpans[*].spans[*]", "$.trace.resourceSpans[*].scopeSpans[*].spans[*]")  # fmt: skip
"""Where spans lie: in OTLP, in OTLP before 1.0, in Tempo's answers of its first and second API."""
_INPUTS = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens",
           "llm.token_count.prompt", "ai.usage.promptTokens", "ai.usage.inputTokens")  # fmt: skip
_OUTPUTS = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens",
            "llm.token_count.completion", "ai.usage.completionTokens", "ai.usage.outputTokens")  # fmt: skip
_READS = ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens",
          "gen_ai.usage.input_tokens.cached", "gen_ai.usage.cached_input_tokens",
          "gen_ai.usage.details.cache_read_tokens", "llm.token_count.prompt_details.cache_read",
          "ai.usage.cachedInputTokens")  # fmt: skip
_WRITES = ("gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens",
           "gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.input_tokens.cache_write",
           "gen_ai.usage.details.cache_write_tokens", "llm.token_count.prompt_details.cache_write")  # fmt: skip
_REASONING = ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens",
              "gen_ai.usage.output_tokens.reasoning", "gen_ai.usage.details.reasoning_tokens",
              "llm.token_count.completion_details.reasoning", "ai.usage.reasoningTokens")  # fmt: skip
_KINDS = ("gen_ai.operation.name", "llm.request.type", "traceloop.span.kind", "openinference.span.kind",
          "ai.operationId")  # fmt: skip
_MODELS = ("gen_ai.response.model", "gen_ai.request.model", "llm.response.model", "llm.request.model", "llm.model_name",
           "ai.model.id")  # fmt: skip
_EMBEDDINGS = "kind IN ('embeddings', 'embedding', 'ai.embed', 'ai.embed.doembed', 'ai.embedmany.doembed')"
_CHATS = """('chat', 'completion', 'text_completion', 'generate_content', 'responses', 'response', 'messages',
    'message', 'llm', 'unknown', 'ai.generatetext', 'ai.generatetext.dogenerate', 'ai.streamtext',
    'ai.streamtext.dostream', 'ai.generateobject', 'ai.generateobject.dogenerate', 'ai.streamobject',
    'ai.streamobject.dostream')"""
_PARENTS = """('invoke_agent', 'create_agent', 'execute_tool', 'invoke_workflow', 'agent', 'workflow', 'task', 'tool',
    'chain', 'retriever', 'retrieval', 'guardrail', 'evaluator', 'plan', 'ai.toolcall', 'ai.embedmany')"""


def _matches(head: FileHead) -> bool:
    if head.kind not in ("json", "jsonl"):
        return False
    if {"resourceSpans", "resource_spans"} & head.nested:
        return True
    return head.nested >= {"batches", "scopeSpans"} or _is_printed(head)


def _is_printed(head: FileHead) -> bool:
    counted = {*_INPUTS, *_OUTPUTS, "llm.usage.total_tokens"} & head.nested
    return head.has("context", "attributes", "start_time") and bool(counted)


def _adapt(head: FileHead) -> LogFormat:
    if "resource_spans" in head.nested:
        return replace(PLUGIN, rows=_rows(_SNAKE))
    return replace(PLUGIN, rows=_rows(_PRINTED)) if _is_printed(head) else PLUGIN


def _attribute(*names: str) -> str:
    found = ", ".join(f"span_value(span, keys, '{name}')" for name in names)
    return f"coalesce({found})" if len(names) > 1 else found


_NAMES = ", ".join(f"'{name}'" for name in (*_INPUTS, *_OUTPUTS, "llm.usage.total_tokens"))
_FOUND = ", ".join(f"json_extract(doc, '{path}')" for path in _SPANS)
_MODEL = _attribute(*_MODELS)
_ERROR = _attribute("error.type")
_EXPORTED = f"""SELECT blank, unnest(CASE WHEN len(found) > 0 THEN found ELSE [NULL] END) AS span
    FROM (SELECT blank, flatten([{_FOUND}]) AS found FROM raw)"""
_PRINTED = """SELECT blank, json_object('traceId', doc->>'$.context.trace_id', 'spanId', doc->>'$.context.span_id',
        'parentSpanId', doc->>'$.parent_id', 'startTimeUnixNano', doc->>'$.start_time', 'endTimeUnixNano',
        doc->>'$.end_time', 'attributes', doc->'$.attributes', 'status', json_object('code', CASE WHEN
            doc->>'$.status.status_code' IN ('ERROR', 'StatusCode.ERROR') THEN 'STATUS_CODE_ERROR' END)) AS span
    FROM raw"""
_RENAMED = (("resource_spans", "resourceSpans"), ("scope_spans", "scopeSpans"), ("trace_id", "traceId"),
            ("span_id", "spanId"), ("parent_span_id", "parentSpanId"), ("start_time_unix_nano", "startTimeUnixNano"),
            ("end_time_unix_nano", "endTimeUnixNano"), ("string_value", "stringValue"), ("int_value", "intValue"),
            ("double_value", "doubleValue"))  # fmt: skip
_AS_IN_JSON = reduce(
    lambda sql, names: f"""replace({sql}, '"{names[0]}":', '"{names[1]}":')""", _RENAMED, "doc::VARCHAR"
)
_SNAKE = _EXPORTED.replace("FROM raw", f"FROM (SELECT blank, CAST({_AS_IN_JSON} AS JSON) AS doc FROM raw)")
"""Spans of an export, spans as SDKs print them, and an export that keeps the field names of the protocol buffers."""


def _rows(spans: str) -> str:
    return f"""(WITH RECURSIVE spans AS (
            SELECT blank, span, CASE WHEN json_type(span, '$.attributes') = 'OBJECT'
                THEN json_keys(span, '$.attributes')
                WHEN len(json_extract_string(span, '$.attributes[*].key')) = json_array_length(span, '$.attributes')
                THEN json_extract_string(span, '$.attributes[*].key') ELSE [] END AS keys, span->>'$.spanId' AS id,
                (span->>'$.traceId') || '/' || (span->>'$.spanId') AS whole_id,
                (span->>'$.traceId') || '/' || (span->>'$.parentSpanId') AS parent_id
            FROM ({spans})),
        known AS (SELECT *, list_has_any(keys, [{_NAMES}]) AS uses, lower({_attribute(*_KINDS)}) AS kind FROM spans),
        links AS MATERIALIZED (SELECT whole_id, parent_id, uses AND NOT coalesce({_EMBEDDINGS}, false) AS counts
            FROM known WHERE parent_id IS NOT NULL),
        above AS (SELECT parent_id AS one FROM links WHERE counts
            UNION SELECT links.parent_id FROM above JOIN links ON links.whole_id = above.one)
        SELECT known.*, above.one IS NOT NULL AS is_parent
        FROM known LEFT JOIN above ON known.whole_id = above.one)"""


PLUGIN = LogFormat(
    name="otlp",
    title="OpenTelemetry GenAI spans (OTLP JSON)",
    grain="request",
    matches=_matches,
    fields=("resourceSpans",),
    mode="document",
    rows=_rows(_EXPORTED),
    columns={
        "start_text": "span->>'$.startTimeUnixNano'",
        "end_text": "span->>'$.endTimeUnixNano'",
        "model": _MODEL,
        "operation": f"""CASE WHEN {_EMBEDDINGS} THEN 'embedding'
            WHEN kind IN ('image_generation', 'generate_image')
                OR lower({_attribute("gen_ai.output.type")}) = 'image' THEN 'image'
            WHEN lower({_attribute("gen_ai.output.type")}) = 'speech' THEN 'audio'
            WHEN kind IS NULL OR kind IN {_CHATS} THEN {operation_of(_MODEL)} ELSE 'other' END""",
        "input": f"whole({_attribute(*_INPUTS)})",
        "cache_read": f"whole(coalesce({_attribute(*_READS)}, '0'))",
        "cache_write": f"whole(coalesce({_attribute(*_WRITES)}, '0'))",
        "output": f"whole({_attribute(*_OUTPUTS)})",
        "reasoning": f"whole({_attribute(*_REASONING)})",
        "status": f"""CASE WHEN span->>'$.status.code' IN ('2', 'STATUS_CODE_ERROR')
            OR (NOT uses AND {_ERROR} IS NOT NULL) THEN 'failed' ELSE 'ok' END""",
        "reason": f"""CASE WHEN blank THEN NULL WHEN kind IN {_PARENTS} OR is_parent THEN 'parent span'
            WHEN NOT coalesce(uses, false) AND kind IS NULL THEN 'not a model call'
            WHEN NOT uses AND kind IN {_CHATS}
                AND coalesce(span->>'$.status.code', '') NOT IN ('2', 'STATUS_CODE_ERROR') AND {_ERROR} IS NULL
            THEN 'no tokens reported' END""",
        "request_id": "whole_id",
        "session_text": _attribute(
            "gen_ai.conversation.id", "session.id", "traceloop.association.properties.session_id"
        ),
        "end_user_text": _attribute("user.id", "enduser.id", "traceloop.association.properties.user_id"),
    },
    adapt=_adapt,
    identity="gen_ai.usage.input_tokens includes cache reads and writes",
)
