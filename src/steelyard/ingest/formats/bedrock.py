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

from steelyard.ingest.log_format import FileHead, LogFormat, Lookups, operation_of, quoted_name

__all__ = ["PLUGIN"]

_BODY = "$.output.outputBodyJson"
_INPUTS = ("inputTokens", "input_tokens")
_OUTPUTS = ("outputTokens", "output_tokens")
_READS = ("cacheReadInputTokens", "cacheReadInputTokenCount", "cache_read_input_tokens")
_WRITES = ("cacheWriteInputTokens", "cacheWriteInputTokenCount", "cache_creation_input_tokens")
_HOUR_WRITES = "cache_creation.ephemeral_1h_input_tokens"
_USAGE = (*_INPUTS, *_OUTPUTS, *_READS, *_WRITES, _HOUR_WRITES)
"""Counters of a body's usage, as models and APIs spell them."""
_DETAILS = tuple(f"cacheDetails[{i}].{key}" for i in (0, 1) for key in ("ttl", "inputTokens"))
_STATED = ("timestamp", "operation", "modelId", "requestId", "identity.arn", "accountId", "errorCode",
           "input.inputTokenCount", "input.cacheReadInputTokenCount", "input.cacheWriteInputTokenCount",
           "output.outputTokenCount")  # fmt: skip
_ENDS = ("0].type", "0].messageStart.role", "0].message.usage.input_tokens", "0].metadata.usage.inputTokens",
         "#-1].type", "#-1].metadata.usage.inputTokens")  # fmt: skip
_LIST_MARKS = tuple(f"{_BODY}[{end}" for end in _ENDS)
"""Values one of which a body that is a list of events has at its ends."""
_FOUND = Lookups((*(f"$.{key}" for key in _STATED), *(f"{_BODY}.usage.{key}" for key in (*_USAGE, *_DETAILS)),
                  *_LIST_MARKS))  # fmt: skip
_STREAMED = Lookups(tuple(f"$.{key}" for key in _USAGE if key not in _OUTPUTS), "streamed")


def _said(key: str) -> str:
    return _FOUND.of(f"$.{key}")


def _of_body(key: str) -> str:
    return _FOUND.of(f"{_BODY}.usage.{key}")


_MODEL = f"regexp_replace(regexp_extract({_said('modelId')}, '[^/]+$'), '^(us(-gov)?|eu|apac|jp|au|ca|global)[.]', '')"
_KEYS = frozenset({"modelId", "schemaType", "timestamp"})
_MESSAGES = ("@message", "message")
_EVENTS = ("$.logEvents", "$.events", "$.results", "$.Records", "$.records")
"""Where the events of a subscription, of the API, of Logs Insights and of forwarders lie."""
_HOLDERS = ", ".join(f"'{path}'" for path in _EVENTS)
_EVENT = Lookups(('$."@message"', "$.message", "$.modelId"), "told")
_TOLD = f"""coalesce({_EVENT.of('$."@message"')}, {_EVENT.of("$.message")}, CASE WHEN starts_with(event::VARCHAR, '[')
    THEN json_extract_string(event, '$[*].value')[
        list_position(json_extract_string(event, '$[*].field'), '@message')] END)"""
_OF_EVENTS = f"""SELECT blank, CASE WHEN {_EVENT.of("$.modelId")} IS NULL THEN {_TOLD} ELSE event::VARCHAR END AS told
    FROM (SELECT blank, event, {_EVENT.sql("event")}
        FROM (SELECT blank, unnest(CASE WHEN len(events) > 0 THEN events ELSE [doc] END) AS event
            FROM (SELECT blank, doc, json_extract(
                list_filter(json_extract(doc, [{_HOLDERS}]), lambda x: x IS NOT NULL)[1], '$[*]') AS events
                FROM raw)))"""
_OF_LINES = """SELECT false AS blank, CASE WHEN contains(line, '{') THEN substr(line, strpos(line, '{')) ELSE line END
        AS told
    FROM (SELECT trim(line, chr(13) || ' ') AS line FROM raw) WHERE line <> ''"""


def _rows(records: str) -> str:
    """Return SQL with what is looked up of every record: in a pass over it, and another over a body of events."""
    listed = " OR ".join(f"{_FOUND.of(path)} IS NOT NULL" for path in _LIST_MARKS)
    usage = ", ".join(f"json_extract(doc, '{_BODY}[*].{holder}.usage')[1]" for holder in ("message", "metadata"))
    return f"""(SELECT *, {_STREAMED.sql("events_usage")}, CASE WHEN listed THEN coalesce(
            json_extract_string(doc, '{_BODY}[*].usage.output_tokens')[-1],
            json_extract_string(doc, '{_BODY}[*].metadata.usage.outputTokens')[1]) END AS answered
        FROM (SELECT *, CASE WHEN listed THEN coalesce({usage}) END AS events_usage
            FROM (SELECT *, {listed} AS listed FROM (SELECT *, {_FOUND.sql("doc")} FROM {records}))))"""


def _unwrapped(told: str) -> str:
    """Return SQL of one record a message; a message that begins like a record and is none is a damaged row."""
    return _rows(f"""(SELECT blank OR (doc IS NULL AND starts_with(ltrim(coalesce(told, '')), '{{')) AS blank, doc
        FROM (SELECT blank, told, TRY_CAST(told AS JSON) AS doc FROM ({told})))""")


_ANSWERED = (_said("output.outputTokenCount"), *map(_of_body, _OUTPUTS), "answered")
_OUTPUT = f"whole(coalesce({', '.join(_ANSWERED)}))"
"""Output counts up while it streams: the first event of a stream holds no final count, the last one does."""


def _count(stated: str, usage: tuple[str, ...]) -> str:
    """Return the first of a stated counter, one in the body's usage, and one in the usage of a body of events."""
    spelled = (_said(stated), *map(_of_body, usage), *(_STREAMED.of(f"$.{key}") for key in usage))
    return f"whole(coalesce({', '.join(spelled)}))"


_WRITTEN = _count("input.cacheWriteInputTokenCount", _WRITES)
_BY_TTL = " ".join(f"WHEN {_of_body(_DETAILS[i])} = '1h' THEN whole({_of_body(_DETAILS[i + 1])})" for i in (0, 2))
_HOUR = f"""coalesce(whole({_of_body(_HOUR_WRITES)}), whole({_STREAMED.of(f"$.{_HOUR_WRITES}")}),
    CASE {_BY_TTL} END, 0)"""


def _matches(head: FileHead) -> bool:
    if head.kind == "csv":
        return _message_of(head) is not None and head.escaped >= _KEYS
    wrapped = head.escaped >= _KEYS and bool(head.nested & {*_MESSAGES, "field"})
    return head.kind != "parquet" and (head.nested >= _KEYS or wrapped)


def _message_of(head: FileHead) -> str | None:
    return next((name for name in _MESSAGES if head.has(name)), None)


def _adapt(head: FileHead) -> LogFormat:
    note = f"CASE WHEN NOT blank AND {_said('modelId')} IS NULL THEN 'not a model call' END"
    columns = {**PLUGIN.columns, "reason": note}
    if head.kind == "text":
        return replace(PLUGIN, mode="lines", fields=("line",), rows=_unwrapped(_OF_LINES),
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
    rows=_rows("raw"),
    columns={
        "start_text": _said("timestamp"),
        "model": _MODEL,
        "operation": f"""CASE WHEN {_said("operation")} IN ('CountTokens', 'ApplyGuardrail', 'Rerank') THEN 'other'
            ELSE {operation_of(_MODEL)} END""",
        "uncached_input": _count("input.inputTokenCount", _INPUTS),
        "cache_read": _count("input.cacheReadInputTokenCount", _READS),
        "cache_write": _WRITTEN,
        "cache_write_1h": f"least({_HOUR}, coalesce({_WRITTEN}, 0))",
        "output": _OUTPUT,
        "status": f"CASE WHEN {_said('errorCode')} IS NOT NULL THEN 'failed' ELSE 'ok' END",
        "request_id": _said("requestId"),
        "api_key_text": _said("identity.arn"),
        "team_text": _said("accountId"),
    },
    adapt=_adapt,
    identity="input = inputTokenCount + cacheReadInputTokenCount + cacheWriteInputTokenCount",
)
