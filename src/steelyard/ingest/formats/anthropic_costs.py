"""Anthropic cost API: amounts are strings in cents."""

from steelyard.ingest.log_format import FileHead, LogFormat

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
    rows="""(SELECT blank, doc->>'$.starting_at' AS starting_at, doc->>'$.ending_at' AS ending_at, result
        FROM raw LEFT JOIN LATERAL (SELECT unnest(json_extract(doc, '$.results[*]')) AS result) ON true)""",
    columns={
        "start_text": "starting_at",
        "end_text": "ending_at",
        "model": "coalesce(result->>'$.model', result->>'$.cost_type')",
        "reason": "CASE WHEN result IS NULL AND NOT blank THEN 'empty bucket' END",
        "logged_usd": """CASE WHEN result->>'$.currency' = 'USD'
            THEN TRY_CAST(result->>'$.amount' AS DOUBLE) / 100 END""",
        "team_text": "result->>'$.workspace_id'",
    },
    identity="amounts in cents of a dollar",
)
