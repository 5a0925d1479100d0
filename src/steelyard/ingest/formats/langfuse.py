# ruff: noqa: S608  the query is made of this file's own constants
"""Langfuse observations: blob-storage export, table export or API page; one generation a row, counts in a map.

On the OpenTelemetry path ``input`` excludes cached tokens and ``output`` excludes reasoning; elsewhere they include
them, as they do beside counts that older servers kept under the names of the conventions (``cache_read.input_tokens``,
``prompt_details.cache_read``: langfuse/langfuse, OtelIngestionProcessor.ts, read 2026-11-29). The ``total`` of the same
map tells which: a row whose total fits neither is set aside. Exports repeat rows; the newest ``event_ts`` of an id
counts, and none where that is deleted. Counts in characters or seconds are no tokens. ``input``, ``output`` and
``metadata`` hold text and are not selected.
"""

from collections.abc import Sequence
from dataclasses import replace

from steelyard.ingest.log_format import FileHead, LogFormat, Lookups, operation_of

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
    if head.has("usage_details", "start_time") and (head.has("provided_model_name") or head.has("trace_id")):
        return True
    counted = any(head.has(name) for name in ("usageDetails", "usage", "promptTokens", "inputUsage", "inputTokens"))
    return counted and head.has("traceId", "startTime", "type")


_ASKED = ("input", "promptTokens", "prompt_tokens", "input_tokens")
_ANSWERED = ("output", "completionTokens", "completion_tokens", "output_tokens")
_TOLD = ("total", "totalTokens", "total_tokens")
_READ = ("input_cached_tokens", "cache_read_input_tokens", "input_cache_read", "input_cached",
         "prompt_tokens_details.cached_tokens", "input_tokens_details.cached_tokens")  # fmt: skip
_WRITE = ("input_cache_creation", "cache_creation_input_tokens", "input_cache_write", "input_cache_creation_5m")
_HOUR_WRITE = ("input_cache_creation_1h", "cache_creation_1h_input_tokens")
_REASONING = ("output_reasoning_tokens", "output_reasoning", "reasoning_tokens",
              "completion_tokens_details.reasoning_tokens", "output_tokens_details.reasoning_tokens")  # fmt: skip
_KINDS = ("audio", "image", "video", "text", "document")
_MORE_IN = tuple((f"input_{kind}_tokens", f"input_{kind}") for kind in _KINDS)
_MORE_OUT = (*((f"output_{kind}_tokens", f"output_{kind}") for kind in _KINDS),
             ("output_accepted_prediction_tokens",), ("output_rejected_prediction_tokens",))  # fmt: skip
_INNER_READ = ('"cache_read.input_tokens"', '"prompt_details.cache_read"', '"details.cache_read_tokens"',
               '"details.cache_read_input_tokens"', "cache_read_tokens")  # fmt: skip
_INNER_WRITE = ('"cache_creation.input_tokens"', '"prompt_details.cache_write"', '"details.cache_write_tokens"',
                '"details.cache_creation_input_tokens"', "cache_write_tokens")  # fmt: skip
_INNER_REASONING = ('"reasoning.output_tokens"', '"completion_details.reasoning"', '"details.reasoning_tokens"')
"""Counts inside ``input`` and ``output``, which a server that sums all counts to a total adds once more."""
_GUESSED = (("accepted_prediction_tokens",), ("rejected_prediction_tokens",))
_GROUPS = (_ASKED, _ANSWERED, _TOLD, _READ, _WRITE, _HOUR_WRITE, _REASONING, *_MORE_IN, *_MORE_OUT, _INNER_READ,
           _INNER_WRITE, _INNER_REASONING, *_GUESSED, ("unit",))  # fmt: skip
_FOUND = Lookups(tuple(f"$.{key}" for group in _GROUPS for key in group))
"""Values looked up in the map of counts."""


def _first(*keys: str) -> str:
    return ", ".join(f"whole({_FOUND.of(f'$.{key}')})" for key in keys)


def _count(*keys: str) -> str:
    """Return the largest of the spellings: the others are zeros that an adapter left."""
    return f"coalesce(greatest({_first(*keys)}), 0)"


def _sum(groups: Sequence[tuple[str, ...]]) -> str:
    return " + ".join(_count(*group) for group in groups)


_APART = "asked + answered + reads + writes + hour_writes + thought + more_in + more_out"
_INNER = "inner_reads + inner_writes + inner_thought + guessed"
_UNIT = f"upper(coalesce({_FOUND.of('$.unit')}, nullif(unit, '')))"
_PICKED = ", ".join(
    "coalesce(" + ", ".join(f"nullif(\"{name}\", '')" for name in names) + f") AS {wanted}"
    for wanted, names in _SPELLINGS.items()
)


def _rows(gone: str) -> str:
    return f"""(SELECT *, coalesce(told, {_APART}) AS total
        FROM (SELECT *, coalesce({_first(*_ASKED)}, whole(prompted)) AS asked,
                coalesce({_first(*_ANSWERED)}, whole(completed)) AS answered,
                {_count(*_READ)} AS reads, {_count(*_WRITE)} AS writes, {_count(*_HOUR_WRITE)} AS hour_writes,
                {_count(*_REASONING)} AS thought, {_sum(_MORE_IN)} AS more_in, {_sum(_MORE_OUT)} AS more_out,
                {_count(*_INNER_READ)} AS inner_reads, {_count(*_INNER_WRITE)} AS inner_writes,
                {_count(*_INNER_REASONING)} AS inner_thought, {_sum(_GUESSED)} AS guessed,
                coalesce({_first(*_TOLD)}, whole(summed)) AS told, {gone} AS gone
            FROM (SELECT *, {_FOUND.sql("usage")}
                FROM (SELECT blank, id, type, level, unit, is_deleted, {_PICKED},
                    TRY_CAST(replace(usage_text, '''', '"') AS JSON) AS usage FROM raw))))"""


def _adapt(head: FileHead) -> LogFormat:
    """Take rows whose newest version is deleted for deleted, where the export tells; older versions may lie about."""
    if head.column("is_deleted") is None and "is_deleted" not in head.nested:
        return PLUGIN
    newest = "lower(arg_max(is_deleted, coalesce(newest, '')) OVER (PARTITION BY id)) IN ('true', '1')"
    return replace(PLUGIN, rows=_rows(f"id IS NOT NULL AND coalesce({newest}, false)"))


PLUGIN = LogFormat(
    name="langfuse",
    title="Langfuse observations export",
    grain="request",
    matches=_matches,
    fields=(
        "id",
        "type",
        "level",
        "unit",
        "is_deleted",
        *dict.fromkeys(n for names in _SPELLINGS.values() for n in names),
    ),
    needs=("id",),
    rows=_rows("false"),
    columns={
        "start_text": "began",
        "end_text": "ended",
        "first_token_text": "first",
        "model": "named",
        "operation": f"CASE upper(type) WHEN 'EMBEDDING' THEN 'embedding' ELSE {operation_of('named')} END",
        "uncached_input": """CASE WHEN total = asked + answered THEN asked - reads - writes - hour_writes
            ELSE asked + more_in END - inner_reads - inner_writes""",
        "cache_read": "reads + inner_reads",
        "cache_write_5m": "writes + inner_writes",
        "cache_write_1h": "hour_writes",
        "output": "CASE WHEN total = asked + answered THEN answered ELSE answered + thought + more_out END",
        "reasoning": "thought + inner_thought",
        "status": "CASE WHEN upper(level) = 'ERROR' THEN 'failed' ELSE 'ok' END",
        "reason": f"""CASE WHEN gone OR lower(is_deleted) IN ('true', '1') THEN 'deleted'
            WHEN upper(type) NOT IN ('GENERATION', 'EMBEDDING') THEN 'parent span'
            WHEN upper(level) = 'ERROR' THEN NULL
            WHEN {_UNIT} <> 'TOKENS' THEN 'not counted in tokens'
            WHEN NOT blank AND asked IS NULL AND answered IS NULL AND upper(type) = 'GENERATION'
                AND (usage IS NOT NULL OR usage_text IS NULL) THEN 'no tokens reported'
            WHEN asked IS NOT NULL AND total NOT IN (asked + answered, {_APART},
                    asked + answered + {_INNER}, {_APART} + {_INNER})
                THEN 'token classes do not add up' END""",
        "request_id": "id",
        "version_text": "newest",
        "logged_usd": "amount(paid)",
        "team_text": "project",
        "end_user_text": "person",
        "session_text": "conversation",
    },
    adapt=_adapt,
    identity="total = input + output, or input + cached + cache writes + output + reasoning",
)
