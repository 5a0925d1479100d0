"""Anthropic cost API: amounts are strings in cents."""

from steelyard.ingest.log_format import EMPTY_BUCKET, FileHead, LogFormat, bucket_rows

__all__ = ["PLUGIN"]


def _matches(head: FileHead) -> bool:
    return head.kind in ("json", "jsonl") and {"starting_at", "results", "amount", "cost_type"} <= head.nested


PLUGIN = LogFormat(
    name="anthropic_costs",
    title="Anthropic cost API",
    grain="cost",
    matches=_matches,
    fields=("starting_at", "ending_at", "results"),
    mode="document",
    rows=bucket_rows("starting_at", "ending_at"),
    columns={
        "start_text": "starting_at",
        "end_text": "ending_at",
        "model": "coalesce(result->>'$.model', result->>'$.cost_type')",
        "reason": EMPTY_BUCKET,
        "logged_usd": """CASE WHEN result->>'$.currency' = 'USD'
            THEN amount(result->>'$.amount') / 100 END""",
        "team_text": "result->>'$.workspace_id'",
    },
    identity="amounts in cents of a dollar",
)
