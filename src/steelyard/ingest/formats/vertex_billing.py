# ruff: noqa: S608  the query is made of this file's own constants
"""Google Cloud billing export, Vertex AI lines: BigQuery rows (JSON lines, Parquet, CSV) or the console's cost table.

One SKU a direction. A CSV names its columns after the paths (``sku.description``, ``sku_description``) or in words
(``SKU description``, ``Cost ($)``); a table by date ends its spans with the last day.

Thinking output is its own SKU and is output. A real export labels token counts "requests", so the unit is not
trusted; negative lines are credits and carry no tokens. "Flash Lite" contains "Flash": the SKU's words before the
direction are the model, whole; in the Gemini API's ("Generate content input token count ...") it is those after it.
Storage of a cache, grounding and provisioned throughput are no tokens.
"""

import re
from dataclasses import replace

from steelyard.ingest.log_format import FileHead, LogFormat, Lookups, quoted_name

__all__ = ["PLUGIN"]

_FOUND = Lookups(("$.sku.description", "$.service.description", "$.usage.amount", "$.usage_start_time",
                  "$.usage_end_time", "$.cost", "$.currency", "$.project.id"))  # fmt: skip
_SKU, _SERVICE, _USAGE, _START, _END, _COST, _CURRENCY, _PROJECT = (_FOUND.of(path) for path in _FOUND.paths)
_AMOUNT = f"whole({_USAGE})"
_NAMED = f"lower({_SKU})"
_DIRECTION = f"""CASE
    WHEN regexp_matches({_NAMED}, 'storage|grounding|provisioned|throughput|tuning|training') THEN NULL
    WHEN regexp_matches({_NAMED}, 'cach.*(writ|creat)') THEN
        CASE WHEN regexp_matches({_NAMED}, '1[ -]?h(our)?\\b') THEN 'hour write' ELSE 'write' END
    WHEN contains({_NAMED}, 'cach') THEN 'read'
    WHEN regexp_matches({_NAMED}, 'output|thinking') THEN 'output'
    WHEN contains({_NAMED}, 'input') THEN 'input' END"""
_QUALIFIED = (
    "(?i)\\s*[-(]?\\s*\\b((ga|batch|flex|priority|long|short|context|thinking|text|cached|cache|prompt|image|audio|video|"
    "5m|1h|[15][ -](hour|min(ute)?s?))\\s+)*(input|output|caching|reads?|writes?|hits?|creation|thinking)\\b.*$"
)
"""From the words before the direction to the end: what is left of "Gemini 2.5 Flash GA Text Input" is the model."""
_COUNTED = "(?i)^generate[ _]content.* token count (for )?(.*)$"
_TAIL = "(?i)(\\s+(short|long|input|output|text|audio|video{}|batch|flex|priority|caching|cached|thinking))+$"
_LAST = f"regexp_extract({_SKU}, '{_COUNTED}', 2)"
_MODEL = f"""trim(CASE
    WHEN regexp_matches({_SKU}, '{_COUNTED}') AND contains({_NAMED}, 'count for ')
        THEN regexp_replace({_LAST}, '{_TAIL.format("")}', '')
    WHEN regexp_matches({_SKU}, '{_COUNTED}') THEN regexp_replace({_LAST}, '{_TAIL.format("|image")}', '')
    ELSE regexp_replace({_SKU}, '{_QUALIFIED}', '') END)"""
"""The Gemini API's SKUs name the model last, and after it the modality unless "for" stands before it."""


_TABLE = {
    "service": ("service description",),
    "sku": ("sku description",),
    "start": ("usage start time", "usage start date"),
    "end": ("usage end time", "usage end date"),
    "amount": ("usage amount",),
    "cost": ("cost", "cost $", "unrounded cost $", "subtotal $"),
    "currency": ("currency",),
    "project": ("project id",),
}
"""What is read of a flat table, and how its columns are called in lower case with all but letters and $ blanked."""
_NESTED = ("service", "sku", "usage_start_time", "usage_end_time", "usage", "cost", "currency", "project", "credits")
_LEAST = {"sku", "start", "amount", "cost"}
"""What a flat table must have."""


def _flat(head: FileHead) -> dict[str, str]:
    said = {re.sub(r"[^a-z$]+", " ", name.lower()).strip(): name for name in reversed(head.columns)}
    found = {what: next((said[n] for n in names if n in said), None) for what, names in _TABLE.items()}
    return {what: column for what, column in found.items() if column is not None}


def _matches(head: FileHead) -> bool:
    if head.kind in ("json", "jsonl"):
        return {"service", "sku", "usage_start_time", "usage"} <= head.nested
    if head.kind == "text":
        return False
    return head.has("service", "sku", "usage_start_time", "usage") or _flat(head).keys() >= _LEAST


def _adapt(head: FileHead) -> LogFormat:
    """Make of a table the record that the JSON export holds."""
    if head.kind not in ("csv", "parquet"):
        return PLUGIN
    if head.has("service", "sku", "usage_start_time", "usage"):
        parts = ", ".join(f"'{name}', coalesce(TRY_CAST({name} AS JSON), to_json({name}))" for name in _NESTED)
        return _of_table(_NESTED, f"json_object({parts})")
    flat = _flat(head)
    if not flat.keys() >= _LEAST:
        return PLUGIN
    sql = {what: quoted_name(flat[what]) if what in flat else "NULL" for what in _TABLE}
    by_day = flat.get("end", "").lower().endswith("date")
    end = f"CAST(utc({sql['end']}) + INTERVAL 1 DAY AS VARCHAR)" if by_day else sql["end"]
    currency = "'USD'" if "currency" not in flat and "$" in flat["cost"] else sql["currency"]
    service = sql["service"] if "service" in flat else "'Vertex AI'"
    return _of_table(
        tuple(flat.values()),
        f"""json_object('service', json_object('description', {service}),
        'sku', json_object('description', {sql["sku"]}), 'usage', json_object('amount', {sql["amount"]}),
        'usage_start_time', {sql["start"]}, 'usage_end_time', {end}, 'cost', {sql["cost"]},
        'currency', {currency}, 'project', json_object('id', {sql["project"]}))""",
    )


def _of_table(fields: tuple[str, ...], record: str) -> LogFormat:
    made = f"(SELECT blank, CASE WHEN NOT blank THEN {record} END AS doc FROM raw)"
    return replace(PLUGIN, mode="fields", fields=fields, rows=_rows(made))


def _rows(records: str) -> str:
    return f"""(SELECT *, {_AMOUNT} AS amount, {_DIRECTION} AS direction
        FROM (SELECT blank, doc, {_FOUND.sql("doc")} FROM {records}))"""


def _if(direction: str) -> str:
    return f"CASE WHEN direction = '{direction}' THEN amount ELSE 0 END"


PLUGIN = LogFormat(
    name="vertex_billing",
    title="Google Cloud billing export, Vertex AI",
    grain="aggregate",
    matches=_matches,
    fields=("service", "sku", "usage_start_time", "usage_end_time", "usage", "cost", "currency", "project"),
    mode="document",
    rows=_rows("raw"),
    columns={
        "start_text": _START,
        "bucket_s": f"coalesce(epoch(utc({_END}) - utc({_START})), 3600)",
        "model": _MODEL,
        "operation": f"""CASE WHEN contains({_NAMED}, 'embed') THEN 'embedding'
            WHEN regexp_matches({_NAMED}, 'imagen|image (gen|out)|output token count.* image') THEN 'image'
            WHEN regexp_matches({_NAMED}, 'audio|speech|veo|video (gen|out)') THEN 'audio' ELSE 'chat' END""",
        "uncached_input": _if("input"),
        "cache_read": _if("read"),
        "cache_write_5m": _if("write"),
        "cache_write_1h": _if("hour write"),
        "batch": f"contains({_NAMED}, 'batch')",
        "output": _if("output"),
        "reason": f"""CASE WHEN blank THEN NULL
            WHEN NOT regexp_matches(lower(coalesce({_SERVICE}, '')),
                'vertex|gemini|generative language|claude|anthropic') THEN 'other service'
            WHEN contains(lower(coalesce({_SKU}, '')), 'character') THEN 'not a token line'
            WHEN amount({_COST}) < 0 OR amount < 0 THEN 'credit'
            WHEN direction IS NULL THEN 'not a token line' END""",
        "logged_usd": f"""CASE WHEN {_CURRENCY} = 'USD' THEN amount({_COST})
            + coalesce(list_sum(TRY_CAST(json_extract_string(doc, '$.credits[*].amount') AS DOUBLE[])), 0) END""",
        "team_text": _PROJECT,
    },
    adapt=_adapt,
    caution="a billing export counts no requests, so requests are estimated and percentiles refused",
    identity="one line a direction: input, cache read, cache write and output are separate SKUs",
)
