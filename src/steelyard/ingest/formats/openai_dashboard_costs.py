"""OpenAI dashboard export of costs (CSV): money by day and line item, no tokens."""

from steelyard.ingest.log_format import FileHead, LogFormat

__all__ = ["PLUGIN"]


def _matches(head: FileHead) -> bool:
    return head.kind == "csv" and head.has("start_time", "amount_value", "amount_currency", "line_item")


PLUGIN = LogFormat(
    name="openai_dashboard_costs",
    title="OpenAI dashboard cost export",
    grain="cost",
    matches=_matches,
    fields=("start_time", "end_time", "amount_value", "amount_currency", "line_item", "project_id"),
    needs=("start_time", "amount_value", "amount_currency", "line_item"),
    columns={
        "start_text": "start_time",
        "end_text": "end_time",
        "model": "trim(split_part(line_item, ',', 1))",
        "reason": "CASE WHEN amount_value IS NULL AND line_item IS NULL THEN 'empty bucket' END",
        "logged_usd": "CASE WHEN lower(amount_currency) = 'usd' THEN amount(amount_value) END",
        "team_text": "project_id",
    },
    identity="amounts in dollars",
)
