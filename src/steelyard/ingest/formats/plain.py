"""Any CSV, JSON lines or Parquet: recognised by canonical column names, or read through a mapping."""

from collections.abc import Mapping
from dataclasses import replace

from steelyard.ingest.log_format import FileHead, LogFormat, operation_of, quoted_name, quoted_text

__all__ = ["MAPPING_KEYS", "PLUGIN", "mapped"]

_EXPRESSIONS: Mapping[str, str] = {
    "start": "{}", "end": "{}", "first_token": "{}", "model": "{}", "request_id": "{}", "status": "{}",
    "operation": "coalesce(nullif(lower({}), ''), 'chat')",
    "input_tokens": "whole({})", "uncached_input": "whole({})", "cache_read": "whole({})",
    "cache_write_5m": "whole({})", "cache_write_1h": "whole({})", "output_tokens": "whole({})",
    "reasoning_tokens": "whole({})", "requests": "whole({})",
    "duration_s": "amount({})", "first_token_s": "amount({})",
    "usd": "amount({})",
    "api_key": "{}", "team": "{}", "end_user": "{}", "session": "{}", "tag": "{}",
}  # fmt: skip
_TARGETS: Mapping[str, str] = {
    "start": "start_text", "end": "end_text", "first_token": "first_token_text", "input_tokens": "input",
    "output_tokens": "output", "reasoning_tokens": "reasoning", "usd": "logged_usd", "api_key": "api_key_text",
    "team": "team_text", "end_user": "end_user_text", "session": "session_text", "tag": "tag_text",
}  # fmt: skip
MAPPING_KEYS = (*_EXPRESSIONS, "start_format")
"""Canonical names a mapping may give a column for; ``start_format`` is a strptime pattern."""
_FAILED = "('failed', 'failure', 'error', 'timeout', 'cancelled', 'canceled', 'false')"


def _source(column: str, columns: tuple[str, ...]) -> str:
    head, _, rest = column.partition(".")
    if column in columns or not rest or head not in columns:
        return f"nullif({quoted_name(column)}, '')"
    return f"(TRY_CAST({quoted_name(head)} AS JSON)->>{quoted_text('$.' + rest)})"


def _field(column: str, columns: tuple[str, ...]) -> str:
    head = column.partition(".")[0]
    return column if column in columns or head not in columns else head


def mapped(mapping: Mapping[str, str], columns: tuple[str, ...]) -> LogFormat:
    """Return the format that reads canonical names from the columns a mapping gives.

    Parameters
    ----------
    mapping
        Canonical name -> column of the log; a dotted column reaches into a JSON field.
    columns
        Columns of the file.
    """
    sql: dict[str, str] = {}
    for name, column in mapping.items():
        if name != "start_format":
            sql[_TARGETS.get(name, name)] = _EXPRESSIONS[name].format(_source(column, columns))
    if "status" in sql:
        code = f"TRY_CAST({sql['status']} AS INTEGER) >= 400"
        sql["status"] = f"CASE WHEN lower({sql['status']}) IN {_FAILED} OR {code} THEN 'failed' ELSE 'ok' END"
    sql.setdefault("operation", operation_of(sql["model"]) if "model" in sql else "'chat'")
    used = tuple(dict.fromkeys(_field(c, columns) for name, c in mapping.items() if name != "start_format"))
    return LogFormat(
        name="plain",
        title="columns named by a mapping",
        grain="aggregate" if "requests" in mapping else "request",
        matches=_matches,
        fields=used,
        needs=used,
        columns=sql,
        zone="unstated",
        time_format=mapping.get("start_format"),
        identity="input = uncached + cache read + cache writes, whichever the mapping gives",
    )


def _matches(head: FileHead) -> bool:
    whole = head.has("input_tokens") or head.has("uncached_input")
    return head.kind != "text" and head.has("start", "output_tokens") and whole


def _adapt(head: FileHead) -> LogFormat:
    return mapped({name: name for name in _EXPRESSIONS if name in head.columns}, head.columns)


PLUGIN = replace(mapped({"start": "start", "input_tokens": "input_tokens", "output_tokens": "output_tokens"}, ()),
                 adapt=_adapt)  # fmt: skip
