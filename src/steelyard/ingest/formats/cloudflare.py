"""Cloudflare AI Gateway logs (API page, JSON lines or CSV): one request a row, gateway cache hits among them."""

from steelyard.ingest.log_format import FileHead, LogFormat, operation_of

__all__ = ["PLUGIN"]


def _matches(head: FileHead) -> bool:
    return head.kind != "text" and head.has("created_at", "tokens_in", "tokens_out")


PLUGIN = LogFormat(
    name="cloudflare",
    title="Cloudflare AI Gateway log",
    grain="request",
    matches=_matches,
    fields=("id", "created_at", "model", "model_type", "tokens_in", "tokens_out", "cached", "success", "status_code",
            "duration", "cost", "path"),
    needs=("created_at", "tokens_in", "tokens_out"),
    columns={
        "start_text": "created_at",
        "duration_s": "TRY_CAST(duration AS DOUBLE) / 1000",
        "model": "model",
        "operation": f"""CASE WHEN regexp_matches(lower(coalesce(model_type, path, '')), 'embed') THEN 'embedding'
            WHEN regexp_matches(lower(coalesce(model_type, path, '')), 'image') THEN 'image'
            WHEN regexp_matches(lower(coalesce(model_type, path, '')), 'audio|speech|transcri') THEN 'audio'
            ELSE {operation_of("model")} END""",
        "input": "whole(tokens_in)",
        "output": "whole(tokens_out)",
        "status": """CASE WHEN lower(success) IN ('false', '0') OR whole(status_code) >= 400
            THEN 'failed' ELSE 'ok' END""",
        "reason": "CASE WHEN lower(cached) IN ('true', '1') THEN 'gateway cache hit' END",
        "request_id": "id",
        "logged_usd": "amount(cost)",
    },
    caution="Cloudflare's log does not tell cached input of the vendor apart: all input is taken as uncached",
    identity="input = tokens_in, the vendor's prompt cache unknown and counted as none",
)  # fmt: skip
