"""Amazon Bedrock model invocation logs: cache counts stand beside ``inputTokenCount``, not inside it.

Bodies hold the messages: of them only the counters under ``usage`` are looked up, never a text. A streamed body is a
list of events, of which one holds the usage. ``modelId`` may be the ARN of an inference profile; its last part is
kept.

CloudWatch wraps each record in a message that is JSON in a string: as events of a subscription (``logEvents``, JSON
lines or objects end to end as Firehose writes them), events of the API (``events``), Logs Insights results (fields
``@message``, or the API's lists of field and value), a CSV with a column ``message`` or ``@message``, or lines of a
time and the record, as the command line prints them. Health checks and notes of the log group are no model calls.
"""
# ruff: noqa: S608  the query is made of this file's own constants

from dataclasses import replace

from steelyard.ingest.log_format import FileHead, LogFormat, operation_of, quoted_name

__all__ = ["PLUGIN"]

_MODEL = "regexp_replace(regexp_extract(doc->>'$.modelId', '[^/]+$'), '^(us(-gov)?|eu|apac|jp|au|ca|global)[.]', '')"
_BODY = "$.output.outputBodyJson"
_KEYS = frozenset({"modelId", "schemaType", "timestamp"})
_MESSAGES = ("@message", "message")
_EVENTS = ("$.logEvents[*]", "$.events[*]", "$.results[*]", "$.Records[*]", "$.records[*]")
"""Where the events of a subscription, of the API, of Logs Insights and of forwarders lie."""
_FOUND = ", ".join(f"json_extract(doc, '{path}')" for path in _EVENTS)
_TOLD = """coalesce(event->>'$."@message"', event->>'$.message', CASE json_type(event) WHEN 'ARRAY'
    THEN json_extract_string(event, '$[*].value')[
        list_position(json_extract_string(event, '$[*].field'), '@message')] END)"""
_OF_EVENTS = f"""SELECT blank, CASE WHEN event->>'$.modelId' IS NULL THEN {_TOLD} ELSE event::VARCHAR END AS told
    FROM (SELECT blank, unnest(CASE WHEN len(found) > 0 THEN found ELSE [doc] END) AS event
        FROM (SELECT blank, doc, flatten([{_FOUND}]) AS found FROM raw))"""
_OF_LINES = """SELECT false AS blank, CASE WHEN contains(line, '{') THEN substr(line, strpos(line, '{')) ELSE line END
        AS told
    FROM (SELECT trim(unnest(string_split(content, chr(10))), chr(13) || ' ') AS line FROM raw) WHERE line <> ''"""


def _unwrapped(told: str) -> str:
    """Return SQL of one record a message; a message that begins like a record and is none is a damaged row."""
    return f"""(SELECT blank OR (doc IS NULL AND starts_with(ltrim(coalesce(told, '')), '{{')) AS blank, doc,
        doc IS NULL OR doc->>'$.modelId' IS NULL AS is_note FROM (SELECT blank, told, TRY_CAST(told AS JSON) AS doc
            FROM ({told})))"""


def _count(stated: str, *usage: str) -> str:
    """Return the first of a stated counter, one in the body's usage, and one in a streamed body's first event."""
    inside = [f"whole(doc->>'{_BODY}.usage.{key}')" for key in usage]
    streamed = [f"whole(json_extract_string(doc, '{_BODY}[*].{holder}.usage.{key}')[1])"
                for holder in ("message", "metadata") for key in usage]  # fmt: skip
    return f"coalesce(whole(doc->>'$.{stated}'), {', '.join([*inside, *streamed])})"


_OUTPUT = f"""coalesce(whole(doc->>'$.output.outputTokenCount'), whole(doc->>'{_BODY}.usage.outputTokens'),
    whole(doc->>'{_BODY}.usage.output_tokens'), whole(json_extract_string(doc, '{_BODY}[*].usage.output_tokens')[-1]),
    whole(json_extract_string(doc, '{_BODY}[*].metadata.usage.outputTokens')[1]))"""
"""Output counts up while it streams: the first event of a stream holds no final count, the last one does."""
_DETAILS = f"{_BODY}.usage.cacheDetails"
_WRITES = _count("input.cacheWriteInputTokenCount", "cacheWriteInputTokens", "cacheWriteInputTokenCount",
                 "cache_creation_input_tokens")  # fmt: skip
_HOUR = f"""coalesce(whole(doc->>'{_BODY}.usage.cache_creation.ephemeral_1h_input_tokens'),
    whole(json_extract_string(doc, '{_BODY}[*].message.usage.cache_creation.ephemeral_1h_input_tokens')[1]),
    CASE WHEN doc->>'{_DETAILS}[0].ttl' = '1h' THEN whole(doc->>'{_DETAILS}[0].inputTokens')
        WHEN doc->>'{_DETAILS}[1].ttl' = '1h' THEN whole(doc->>'{_DETAILS}[1].inputTokens') END, 0)"""


def _matches(head: FileHead) -> bool:
    if head.kind == "csv":
        return _message_of(head) is not None and head.escaped >= _KEYS
    wrapped = head.escaped >= _KEYS and bool(head.nested & {*_MESSAGES, "field"})
    return head.kind != "parquet" and (head.nested >= _KEYS or wrapped)


def _message_of(head: FileHead) -> str | None:
    return next((name for name in _MESSAGES if head.has(name)), None)


def _adapt(head: FileHead) -> LogFormat:
    columns = {**PLUGIN.columns, "reason": "CASE WHEN NOT blank AND is_note THEN 'not a model call' END"}
    if head.kind == "text":
        return replace(PLUGIN, mode="text", fields=("content",), rows=_unwrapped(_OF_LINES),
                       columns={**columns, "unreadable": "blank"})  # fmt: skip
    message = _message_of(head)
    if head.kind == "csv" and message is not None:
        told = f"SELECT blank, {quoted_name(message)} AS told FROM raw"
        return replace(PLUGIN, mode="fields", fields=(message,), rows=_unwrapped(told), columns=columns)
    wrapped = head.escaped >= _KEYS or message is not None or not head.has("modelId")
    return replace(PLUGIN, rows=_unwrapped(_OF_EVENTS), columns=columns) if wrapped else PLUGIN


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
        "output": _OUTPUT,
        "status": "CASE WHEN doc->>'$.errorCode' IS NOT NULL THEN 'failed' ELSE 'ok' END",
        "request_id": "doc->>'$.requestId'",
        "api_key_text": "doc->>'$.identity.arn'",
        "team_text": "doc->>'$.accountId'",
    },
    adapt=_adapt,
    identity="input = inputTokenCount + cacheReadInputTokenCount + cacheWriteInputTokenCount",
)
