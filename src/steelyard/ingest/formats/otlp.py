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

from steelyard.ingest.log_format import FileHead, LogFormat, Lookups, operation_of

__all__ = ["PLUGIN"]

_SPANS = {
    "scopeSpans": "$.resourceSpans[*].scopeSpans[*].spans[*]",
    "instrumentationLibrarySpans": "$.resourceSpans[*].instrumentationLibrarySpans[*].spans[*]",
    "batches": "$.batches[*].scopeSpans[*].spans[*]",
    "trace": "$.trace.resourceSpans[*].scopeSpans[*].spans[*]",
}
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
_TOTALS = ("gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total", "ai.usage.totalTokens")
_KINDS = ("gen_ai.operation.name", "llm.request.type", "traceloop.span.kind", "openinference.span.kind",
          "ai.operationId")  # fmt: skip
_MODELS = ("gen_ai.response.model", "gen_ai.request.model", "llm.response.model", "llm.request.model", "llm.model_name",
           "ai.model.id")  # fmt: skip
_SESSIONS = ("gen_ai.conversation.id", "session.id", "traceloop.association.properties.session_id")
_USERS = ("user.id", "enduser.id", "traceloop.association.properties.user_id")
_OUTPUT_TYPE = "gen_ai.output.type"
_ERROR = "error.type"
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


_ALL_NAMES = tuple(dict.fromkeys((*_INPUTS, *_OUTPUTS, *_READS, *_WRITES, *_REASONING, *_TOTALS, *_KINDS, *_MODELS,
                                  *_SESSIONS, *_USERS, _OUTPUT_TYPE, _ERROR)))  # fmt: skip
_MAPPED = Lookups(tuple(f'$.attributes."{name}"' for name in _ALL_NAMES), "mapped")
_SHAPE = """{"spanId": "VARCHAR", "traceId": "VARCHAR", "parentSpanId": "VARCHAR", "startTimeUnixNano": "VARCHAR",
    "endTimeUnixNano": "VARCHAR", "status": {"code": "VARCHAR"},
    "attributes": [{"key": "VARCHAR", "value": {"intValue": "VARCHAR", "doubleValue": "VARCHAR"}}]}"""
"""What one pass over a span takes out: of its attributes the keys and the numbers, never a text."""


def _attribute(*names: str) -> str:
    """Return SQL of the first attribute a span has: its number, or the text at the place of its key."""
    found = ", ".join(
        f"""CASE WHEN list_contains(keys, '{name}') THEN CASE WHEN is_map THEN {_MAPPED.of(f'$.attributes."{name}"')}
            ELSE coalesce(numbers[list_position(keys, '{name}')], json_extract_string(span,
                '$.attributes[' || (list_position(keys, '{name}') - 1) || '].value.stringValue')) END END"""
        for name in names
    )
    return f"coalesce({found})" if len(names) > 1 else found


_NAMES = ", ".join(f"'{name}'" for name in (*_INPUTS, *_OUTPUTS, "llm.usage.total_tokens"))
_FOUND = ", ".join(f"CASE WHEN contains(doc::VARCHAR, '\"{key}\"') THEN json_extract(doc, '{path}') ELSE [] END"
                   for key, path in _SPANS.items())  # fmt: skip
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
_FAILED = "code IN ('2', 'STATUS_CODE_ERROR')"
_TAKEN = {
    "model": _MODELS, "output_type": (_OUTPUT_TYPE,), "error": (_ERROR,), "asked": _INPUTS, "answered": _OUTPUTS,
    "read": _READS, "written": _WRITES, "thought": _REASONING, "told": _TOTALS, "conversation": _SESSIONS,
    "person": _USERS,
}  # fmt: skip
"""What is kept of a span beside its place in the tree."""
_CACHED = "coalesce(whole(read), 0) + coalesce(whole(written), 0)"
_SUMMED = "whole(told) = whole(asked) + whole(answered)"
_THOUGHT_APART = f"whole(thought) > whole(answered) OR {_SUMMED} + nullif(whole(thought), 0)"
_CACHED_APART = f"{_SUMMED} + nullif({_CACHED}, 0)"
"""Where the span's own total, or more reasoning than output, shows that an instrumentation counts them apart."""


def _rows(spans: str) -> str:
    """Return SQL of one row a span that holds what is looked up of it, so that no span waits whole for its children."""
    taken = ", ".join(f"{_attribute(*names)} AS {name}" for name, names in _TAKEN.items())
    return f"""(WITH RECURSIVE spans AS (
            SELECT blank, span, json_transform(span, '{_SHAPE}') AS seen FROM ({spans})),
        keyed AS (SELECT *, seen.attributes IS NULL AS is_map,
                coalesce(CASE WHEN seen.attributes IS NULL THEN json_keys(span, '$.attributes')
                    ELSE [one.key FOR one IN seen.attributes] END, []) AS keys,
                [coalesce(one.value.intValue, one.value.doubleValue) FOR one IN seen.attributes] AS numbers,
                {_MAPPED.sql("CASE WHEN seen.attributes IS NULL THEN span END")} FROM spans),
        known AS MATERIALIZED (SELECT blank, seen.startTimeUnixNano AS began, seen.endTimeUnixNano AS ended,
                seen.status.code AS code, seen.traceId || '/' || seen.spanId AS whole_id,
                seen.traceId || '/' || seen.parentSpanId AS parent_id, list_has_any(keys, [{_NAMES}]) AS uses,
                lower({_attribute(*_KINDS)}) AS kind, {taken} FROM keyed),
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
        "start_text": "began",
        "end_text": "ended",
        "model": "model",
        "operation": f"""CASE WHEN {_EMBEDDINGS} THEN 'embedding'
            WHEN kind IN ('image_generation', 'generate_image') OR lower(output_type) = 'image' THEN 'image'
            WHEN lower(output_type) = 'speech' THEN 'audio'
            WHEN kind IS NULL OR kind IN {_CHATS} THEN {operation_of("model")} ELSE 'other' END""",
        "input": "whole(asked)",
        "uncached_input": f"CASE WHEN {_CACHED_APART} THEN whole(asked) END",
        "cache_read": "whole(coalesce(read, '0'))",
        "cache_write": "whole(coalesce(written, '0'))",
        "output": f"whole(answered) + CASE WHEN {_THOUGHT_APART} THEN whole(thought) ELSE 0 END",
        "reasoning": "whole(thought)",
        "status": f"CASE WHEN {_FAILED} OR (NOT uses AND error IS NOT NULL) THEN 'failed' ELSE 'ok' END",
        "reason": f"""CASE WHEN blank THEN NULL WHEN kind IN {_PARENTS} OR is_parent THEN 'parent span'
            WHEN NOT coalesce(uses, false) AND kind IS NULL THEN 'not a model call'
            WHEN NOT uses AND kind IN {_CHATS} AND NOT coalesce({_FAILED}, false) AND error IS NULL
            THEN 'no tokens reported' END""",
        "request_id": "whole_id",
        "session_text": "conversation",
        "end_user_text": "person",
    },
    adapt=_adapt,
    identity="gen_ai.usage.input_tokens includes cache reads and writes, and output reasoning, unless the span's total "
    "shows that they stand apart",
)
