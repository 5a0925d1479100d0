"""Anthropic console cost export (CSV): amounts in dollars, models by display name."""

from steelyard.ingest.log_format import FileHead, LogFormat

__all__ = ["PLUGIN"]


def _matches(head: FileHead) -> bool:
    return head.kind == "csv" and head.has("usage_date_utc", "model", "token_type", "cost_usd")


PLUGIN = LogFormat(
    name="anthropic_console_costs",
    title="Anthropic console cost export",
    grain="cost",
    matches=_matches,
    fields=("usage_date_utc", "model", "workspace", "api_key", "cost_usd", "usage_type", "cost_type"),
    needs=("usage_date_utc", "model", "cost_usd"),
    columns={
        "start_text": "usage_date_utc",
        "bucket_s": "86400",
        "model": "coalesce(model, cost_type)",
        "logged_usd": "amount(cost_usd)",
        "team_text": "workspace",
        "api_key_text": "api_key",
    },
    identity="amounts in dollars",
)
