# ruff: noqa: S608  the query is made of this file's own constants
"""Langfuse observations: blob-storage export, table export or API page; one generation a row, counts in a map.

On the OpenTelemetry path ``input`` excludes cached tokens and ``output`` excludes reasoning; elsewhere they include
them. The ``total`` of the same map tells which: a row whose total fits neither is set aside. Exports repeat rows;
the newest ``event_ts`` of an id counts. ``input``, ``output`` and ``metadata`` hold text and are not selected.
"""

from steelyard.ingest.log_format import FileHead, LogFormat

__all__ = ["PLUGIN"]

_SPELLINGS = {
    "usage_text": ("usage_details", "usageDetails", "usage"),
    "began": ("start_time", "startTime"),
    "ended": ("end_time", "endTime"),
    "first": ("completion_start_time", "completionStartTime"),
    "named": ("provided_model_name", "providedModelName", "model"),
    "paid": ("total_cost", "totalCost", "calculatedTotalCost"),
    "newest": ("event_ts", "updated_at", "updatedAt"),
    "project": ("project_id", "projectId"),
    "person": ("user_id", "userId"),
    "conversation": ("session_id", "sessionId", "trace_id", "traceId"),
    "prompted": ("promptTokens", "inputUsage", "inputTokens"),
    "completed": ("completionTokens", "outputUsage", "outputTokens"),
    "summed": ("totalTokens", "totalUsage"),
}
"""What is read of a row, and how exports and API spell it."""


def _matches(head: FileHead) -> bool:
    if head.kind == "text":
        return False
    if head.has("usage_details", "provided_model_name", "start_time"):
        return True
    counted = any(head.has(name) for name in ("usageDetails", "usage", "promptTokens", "inputUsage", "inputTokens"))
    return counted and head.has("traceId", "startTime", "type")


def _first(*keys: str) -> str:
    return ", ".join(f"whole(usage->>'$.{key}')" for key in keys)


def _count(*keys: str) -> str:
    return f"coalesce({_first(*keys)}, 0)"


_READ = _count("input_cached_tokens", "cache_read_input_tokens", "input_cache_read", "input_cached")
_WRITE = _count("input_cache_creation", "cache_creation_input_tokens", "input_cache_write", "input_cache_creation_5m")
_HOUR_WRITE = _count("input_cache_creation_1h", "cache_creation_1h_input_tokens")
_REASONING = _count("output_reasoning_tokens", "output_reasoning", "reasoning_tokens")
_MORE_IN = _count("input_audio_tokens", "input_audio")
_MORE_OUT = " + ".join((_count("output_audio_tokens", "output_audio"), _count("output_accepted_prediction_tokens"),
                        _count("output_rejected_prediction_tokens")))  # fmt: skip
_APART = "asked + answered + reads + writes + hour_writes + thought + more_in + more_out"
_PICKED = ", ".join(
    "coalesce(" + ", ".join(f"nullif(\"{name}\", '')" for name in names) + f") AS {wanted}"
    for wanted, names in _SPELLINGS.items()
)

PLUGIN = LogFormat(
    name="langfuse",
    title="Langfuse observations export",
    grain="request",
    matches=_matches,
    fields=("id", "type", "level", "is_deleted", *dict.fromkeys(n for names in _SPELLINGS.values() for n in names)),
    needs=("id",),
    rows=f"""(SELECT *, coalesce(told, {_APART}) AS total
        FROM (SELECT *, coalesce({_first("input", "promptTokens")}, whole(prompted)) AS asked,
                coalesce({_first("output", "completionTokens")}, whole(completed)) AS answered,
                {_READ} AS reads, {_WRITE} AS writes, {_HOUR_WRITE} AS hour_writes, {_REASONING} AS thought,
                {_MORE_IN} AS more_in, {_MORE_OUT} AS more_out,
                coalesce({_first("total", "totalTokens")}, whole(summed)) AS told
            FROM (SELECT blank, id, type, level, is_deleted, {_PICKED},
                    TRY_CAST(replace(usage_text, '''', '"') AS JSON) AS usage FROM raw)))""",
    columns={
        "start_text": "began",
        "end_text": "ended",
        "first_token_text": "first",
        "model": "named",
        "operation": "CASE upper(type) WHEN 'EMBEDDING' THEN 'embedding' ELSE 'chat' END",
        "uncached_input": """CASE WHEN total = asked + answered THEN asked - reads - writes - hour_writes
            ELSE asked + more_in END""",
        "cache_read": "reads",
        "cache_write_5m": "writes",
        "cache_write_1h": "hour_writes",
        "output": "CASE WHEN total = asked + answered THEN answered ELSE answered + thought + more_out END",
        "reasoning": "thought",
        "status": "CASE WHEN upper(level) = 'ERROR' THEN 'failed' ELSE 'ok' END",
        "reason": f"""CASE WHEN lower(is_deleted) IN ('true', '1') THEN 'deleted'
            WHEN upper(type) NOT IN ('GENERATION', 'EMBEDDING') THEN 'parent span'
            WHEN upper(level) = 'ERROR' THEN NULL
            WHEN NOT blank AND asked IS NULL AND answered IS NULL AND upper(type) = 'GENERATION'
                AND (usage IS NOT NULL OR usage_text IS NULL) THEN 'no tokens reported'
            WHEN asked IS NOT NULL AND total NOT IN (asked + answered, {_APART})
                THEN 'token classes do not add up' END""",
        "request_id": "id",
        "version_text": "newest",
        "logged_usd": "amount(paid)",
        "team_text": "project",
        "end_user_text": "person",
        "session_text": "conversation",
    },
    identity="total = input + output, or input + cached + cache writes + output + reasoning",
)
