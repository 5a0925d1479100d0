"""OpenAI costs API: money by day and line item, no tokens; for reconciling a bill."""

from steelyard.ingest.log_format import EMPTY_BUCKET, FileHead, LogFormat, bucket_rows

__all__ = ["PLUGIN"]


def _matches(head: FileHead) -> bool:
    return head.kind in ("json", "jsonl") and {"start_time", "results", "amount", "line_item"} <= head.nested


PLUGIN = LogFormat(
    name="openai_costs",
    title="OpenAI costs API",
    grain="cost",
    matches=_matches,
    fields=("start_time", "end_time", "results"),
    mode="document",
    rows=bucket_rows("start_time", "end_time"),
    columns={
        "start_text": "start_time",
        "end_text": "end_time",
        "model": "trim(split_part(result->>'$.line_item', ',', 1))",
        "reason": EMPTY_BUCKET,
        "logged_usd": """CASE WHEN lower(result->>'$.amount.currency') = 'usd'
            THEN amount(result->>'$.amount.value') END""",
        "team_text": "result->>'$.project_id'",
    },
    identity="amounts in dollars; quantity has its own unit per line item and is not read",
)
