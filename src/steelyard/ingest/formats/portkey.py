"""Portkey log export (JSON lines): one request a row, cost in cents; ``request`` and ``response`` hold text.

Reference: portkey.ai/docs, Logs Export, exported columns (read 2026-11-28).
"""

from steelyard.ingest.log_format import FileHead, LogFormat, operation_of

__all__ = ["PLUGIN"]


def _matches(head: FileHead) -> bool:
    return head.kind != "text" and head.has("created_at", "req_units", "res_units")


PLUGIN = LogFormat(
    name="portkey",
    title="Portkey log export",
    grain="request",
    matches=_matches,
    fields=(
        "id", "trace_id", "created_at", "is_success", "ai_model", "req_units", "res_units", "request_url", "cost",
        "cost_currency", "response_time", "response_status_code", "cache_status",
    ),
    needs=("created_at", "req_units", "res_units"),
    columns={
        "start_text": "created_at",
        "duration_s": "TRY_CAST(response_time AS DOUBLE) / 1000",
        "model": "ai_model",
        "operation": operation_of("ai_model", "request_url"),
        "input": "whole(req_units)",
        "output": "whole(res_units)",
        "status": """CASE WHEN lower(is_success) IN ('0', 'false') OR whole(response_status_code) >= 400
            THEN 'failed' ELSE 'ok' END""",
        "reason": "CASE WHEN upper(cache_status) IN ('HIT', 'SEMANTIC HIT') THEN 'gateway cache hit' END",
        "request_id": "id",
        "logged_usd": "CASE WHEN upper(coalesce(cost_currency, 'USD')) = 'USD' THEN amount(cost) / 100 END",
        "session_text": "trace_id",
    },
    caution="Portkey's export does not tell cached input apart: all input is taken as uncached",
    identity="input = req_units, cache unknown and counted as none",
)  # fmt: skip
