# ruff: noqa: S608  the query is made of this file's own constants
"""Google Cloud billing export (BigQuery rows as JSON lines), Vertex AI lines: one SKU a direction.

Thinking output is its own SKU and is output. A real export labels token counts "requests", so the unit is not
trusted; negative lines are credits and carry no tokens. "Flash Lite" contains "Flash": the SKU's words before the
direction are the model, whole.
"""

from steelyard.ingest.log_format import FileHead, LogFormat

__all__ = ["PLUGIN"]

_SKU = "doc->>'$.sku.description'"
_AMOUNT = "whole(doc->>'$.usage.amount')"
_DIRECTION = f"""CASE
    WHEN regexp_matches(lower({_SKU}), 'cach(e|ed|ing).*(read|hit)|cached.*input|input.*cach') THEN 'read'
    WHEN regexp_matches(lower({_SKU}), 'cache.*writ|cache creation') THEN 'write'
    WHEN regexp_matches(lower({_SKU}), 'output|thinking') THEN 'output'
    WHEN regexp_matches(lower({_SKU}), 'input') THEN 'input' END"""
_MODEL = (
    f"trim(regexp_replace({_SKU}, "
    "'(?i)\\s+(ga\\s+)?(thinking\\s+)?(text\\s+|cached\\s+|cache\\s+|image\\s+|audio\\s+|video\\s+)?"
    "(input|output|caching|read|write|thinking).*$', ''))"
)


def _matches(head: FileHead) -> bool:
    return head.kind in ("json", "jsonl") and {"service", "sku", "usage_start_time", "usage"} <= head.nested


def _if(direction: str) -> str:
    return f"CASE WHEN direction = '{direction}' THEN amount ELSE 0 END"


PLUGIN = LogFormat(
    name="vertex_billing",
    title="Google Cloud billing export, Vertex AI",
    grain="aggregate",
    matches=_matches,
    fields=("service", "sku", "usage_start_time", "usage_end_time", "usage", "cost", "currency", "project"),
    mode="document",
    rows=f"""(SELECT blank, doc, {_AMOUNT} AS amount, {_DIRECTION} AS direction FROM raw)""",
    columns={
        "start_text": "doc->>'$.usage_start_time'",
        "bucket_s": "coalesce(epoch(utc(doc->>'$.usage_end_time') - utc(doc->>'$.usage_start_time')), 3600)",
        "model": _MODEL,
        "operation": f"""CASE WHEN regexp_matches(lower({_SKU}), 'embed') THEN 'embedding'
            WHEN regexp_matches(lower({_SKU}), 'imagen|image (gen|out)') THEN 'image'
            WHEN regexp_matches(lower({_SKU}), 'audio|speech|veo|video') THEN 'audio' ELSE 'chat' END""",
        "uncached_input": _if("input"),
        "cache_read": _if("read"),
        "cache_write_5m": _if("write"),
        "output": _if("output"),
        "reason": """CASE WHEN blank THEN NULL
            WHEN NOT regexp_matches(lower(coalesce(doc->>'$.service.description', '')),
                'vertex|gemini|generative language|claude|anthropic') THEN 'other service'
            WHEN contains(lower(coalesce(doc->>'$.sku.description', '')), 'character') THEN 'not a token line'
            WHEN amount(doc->>'$.cost') < 0 OR amount < 0 THEN 'credit'
            WHEN direction IS NULL THEN 'not a token line' END""",
        "logged_usd": """CASE WHEN doc->>'$.currency' = 'USD' THEN amount(doc->>'$.cost')
            + coalesce(list_sum(TRY_CAST(json_extract_string(doc, '$.credits[*].amount') AS DOUBLE[])), 0) END""",
        "team_text": "doc->>'$.project.id'",
    },
    caution="a billing export counts no requests, so requests are estimated and percentiles refused",
    identity="one line a direction: input, cache read, cache write and output are separate SKUs",
)
