# ruff: noqa: S608  the query is made of this file's own constants
"""Langfuse observations export (JSON lines, CSV or Parquet): one generation a row, counts in a map.

On the OpenTelemetry path ``input`` excludes cached tokens and ``output`` excludes reasoning; elsewhere they include
them. The ``total`` of the same map tells which: a row whose total fits neither is set aside. Exports repeat rows;
the newest ``event_ts`` of an id counts. ``input``, ``output`` and ``metadata`` hold text and are not selected.
"""

from steelyard.ingest.log_format import FileHead, LogFormat

__all__ = ["PLUGIN"]


def _matches(head: FileHead) -> bool:
    return head.kind != "text" and head.has("usage_details", "provided_model_name", "start_time")


def _count(*keys: str) -> str:
    found = ", ".join(f"whole(usage->>'$.{key}')" for key in keys)
    return f"coalesce({found}, 0)"


_READ = _count("input_cached_tokens", "cache_read_input_tokens", "input_cache_read")
_WRITE = _count("input_cache_creation", "cache_creation_input_tokens", "input_cache_write")
_REASONING = _count("output_reasoning_tokens", "output_reasoning", "reasoning_tokens")

PLUGIN = LogFormat(
    name="langfuse",
    title="Langfuse observations export",
    grain="request",
    matches=_matches,
    fields=(
        "id", "type", "start_time", "end_time", "level", "provided_model_name", "usage_details", "total_cost",
        "completion_start_time", "event_ts", "is_deleted", "project_id", "trace_id",
    ),
    needs=("id", "start_time", "usage_details"),
    rows=f"""(SELECT *, coalesce(told, asked + answered + reads + writes + thought) AS total
        FROM (SELECT *, whole(usage->>'$.input') AS asked, whole(usage->>'$.output') AS answered,
                {_READ} AS reads, {_WRITE} AS writes, {_REASONING} AS thought, whole(usage->>'$.total') AS told
            FROM (SELECT *, TRY_CAST(replace(usage_details, '''', '"') AS JSON) AS usage FROM raw)))""",
    columns={
        "start_text": '"start_time"',
        "end_text": "end_time",
        "first_token_text": "completion_start_time",
        "model": "provided_model_name",
        "operation": "CASE upper(type) WHEN 'EMBEDDING' THEN 'embedding' ELSE 'chat' END",
        "uncached_input": "CASE WHEN total = asked + answered THEN asked - reads - writes ELSE asked END",
        "cache_read": "reads",
        "cache_write_5m": "writes",
        "output": "CASE WHEN total = asked + answered THEN answered ELSE answered + thought END",
        "reasoning": "thought",
        "status": "CASE WHEN upper(level) = 'ERROR' THEN 'failed' ELSE 'ok' END",
        "reason": """CASE WHEN lower(is_deleted) IN ('true', '1') THEN 'deleted'
            WHEN upper(type) NOT IN ('GENERATION', 'EMBEDDING') THEN 'parent span'
            WHEN upper(level) <> 'ERROR' AND asked IS NOT NULL
                AND total NOT IN (asked + answered, asked + answered + reads + writes + thought)
                THEN 'token classes do not add up' END""",
        "request_id": "id",
        "version_text": "event_ts",
        "logged_usd": "TRY_CAST(total_cost AS DOUBLE)",
        "team_text": "project_id",
        "session_text": "trace_id",
    },
    identity="total = input + output, or input + cached + cache writes + output + reasoning",
)  # fmt: skip
