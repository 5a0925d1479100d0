"""The SQL that turns the selected fields of any format into the canonical table."""
# ruff: noqa: S608  every value in these queries is our own or quoted by quoted_text and quoted_name

from collections.abc import Sequence

from steelyard.ingest.log_format import FileHead, LogFormat, quoted_name, quoted_text

__all__ = ["IDENTITIES", "MACROS", "OBJECT_BYTES", "PARSER_VERSION", "pseudonym_of_token", "raw_query", "staged_query",
           "token"]  # fmt: skip

PARSER_VERSION = 10
"""Raised whenever the same bytes would give another table, so that old tables are not reused."""

OBJECT_BYTES = (1 << 24, 1 << 26)
"""Longest row of JSON [B]: the engine reads in stretches of twice as much, one a core, so a smaller one shares small
files among cores; the larger one is the limit."""
_LINE_BYTES = 1 << 24
_LARGEST_PLAUSIBLE = 10**15
IDENTITIES = {"api_key": "key", "team": "team", "end_user": "user", "session": "session", "tag": "tag"}
"""Columns that hold identities, and what their pseudonyms begin with."""
_ZONED = r"\d:\d\d(:\d\d([.,]\d+)?)?\s*(Z|z|UTC|GMT|[+-]\d\d(:?\d\d)?)$"

MACROS = r"""
CREATE OR REPLACE MACRO whole(x) AS coalesce(TRY_CAST(x AS BIGINT),
    CASE WHEN contains(x, ',') AND regexp_full_match(x, '\s*[0-9]{1,3}(,[0-9]{3})+\s*')
        THEN TRY_CAST(replace(x, ',', '') AS BIGINT) END);
CREATE OR REPLACE MACRO amount(x) AS coalesce(CASE WHEN isfinite(TRY_CAST(x AS DOUBLE)) THEN TRY_CAST(x AS DOUBLE) END,
    CASE WHEN regexp_full_match(x, '\s*-?[$]?[0-9]{1,3}(,[0-9]{3})*([.][0-9]+)?\s*')
            THEN TRY_CAST(replace(replace(x, ',', ''), '$', '') AS DOUBLE)
        WHEN regexp_full_match(x, '\s*-?[0-9]+,[0-9]+\s*') THEN TRY_CAST(replace(x, ',', '.') AS DOUBLE) END);
CREATE OR REPLACE MACRO from_epoch(v) AS make_timestamp(CAST(CASE
    WHEN abs(v) < 1e11 THEN v * 1e6 WHEN abs(v) < 1e14 THEN v * 1e3 WHEN abs(v) < 1e17 THEN v ELSE v / 1e3 END
    AS BIGINT));
CREATE OR REPLACE MACRO worded(x) AS coalesce(TRY_STRPTIME(x, ['%a, %d %b %Y %H:%M:%S GMT',
        '%m/%d/%Y, %I:%M:%S.%f %p', '%m/%d/%Y, %I:%M:%S %p', '%b %d, %Y, %I:%M:%S %p']),
    TRY_STRPTIME(regexp_extract(x, '^[A-Z][a-z]{2} ([A-Z][a-z]{2} [0-9]{2} [0-9]{4} [0-9:]{8}) GMT[+]0000', 1),
        '%b %d %Y %H:%M:%S'));
CREATE OR REPLACE MACRO utc(x) AS coalesce(CASE WHEN ends_with(x, 'Z') THEN TRY_CAST(x AS TIMESTAMP) END,
    CASE WHEN x LIKE '____-%' THEN CAST(TRY_CAST(x AS TIMESTAMPTZ) AS TIMESTAMP)
        WHEN abs(TRY_CAST(x AS DOUBLE)) < 1e20 THEN from_epoch(TRY_CAST(x AS DOUBLE))
        ELSE coalesce(CAST(TRY_CAST(x AS TIMESTAMPTZ) AS TIMESTAMP), worded(x)) END);
"""
"""Macros that formats use: a whole number, an instant from an epoch of any resolution, an instant in UTC."""

_DEFAULTS = {
    "start_text": "VARCHAR", "end_text": "VARCHAR", "first_token_text": "VARCHAR", "start": "TIMESTAMP",
    "duration_s": "DOUBLE", "first_token_s": "DOUBLE", "bucket_s": "DOUBLE", "model": "VARCHAR",
    "operation": "VARCHAR", "requests": "BIGINT", "input": "BIGINT", "uncached_input": "BIGINT",
    "stated_uncached": "BIGINT", "cache_read": "BIGINT", "cache_write": "BIGINT", "cache_write_5m": "BIGINT",
    "cache_write_1h": "BIGINT", "output": "BIGINT", "reasoning": "BIGINT", "status": "VARCHAR", "reason": "VARCHAR",
    "request_id": "VARCHAR", "version_text": "VARCHAR", "logged_usd": "DOUBLE", "prefix_hashes": "BIGINT[]",
    "unreadable": "BOOLEAN", "batch": "BOOLEAN",
    **{f"{name}_text": "VARCHAR" for name in IDENTITIES},
}  # fmt: skip


def raw_query(paths: Sequence[str], head: FileHead, form: LogFormat, *, object_bytes: int = OBJECT_BYTES[-1]) -> str:
    """Return the SQL that selects a format's fields, as text, from files of one container and header.

    Parameters
    ----------
    paths
        Where the files lie.
    head
        What the first of them begins with.
    form
        Their format.
    object_bytes
        Longest row of JSON lines that is read [B].
    """
    files = "[" + ", ".join(quoted_text(path) for path in paths) + "]"
    squeeze = quoted_text(head.packing)
    if head.kind == "parquet":
        return f"SELECT {_picked(form, head, parquet=True)} FROM read_parquet({files}, union_by_name=true)"
    if head.kind == "csv":
        columns = ", ".join(f"{quoted_text(name)}: 'VARCHAR'" for name in _distinct(head.columns))
        return (
            f"SELECT {_picked(form, head)} FROM read_csv({files}, columns={{{columns}}}, auto_detect=false, "
            f"header=true, delim={quoted_text(head.delimiter)}, quote='\"', escape='\"', ignore_errors=true, "
            f"store_rejects=true, rejects_limit=0, max_line_size={_LINE_BYTES}, compression={squeeze})"
        )
    if form.mode == "lines":
        return f"SELECT line FROM {_lines(files, squeeze, _LINE_BYTES)}"
    if head.kind == "text":
        return f"SELECT filename, last_modified, content FROM read_text({files})"
    return _json_query(files, squeeze, head, form, object_bytes)


def _json_query(files: str, squeeze: str, head: FileHead, form: LogFormat, object_bytes: int) -> str:
    if head.kind == "jsonl" and not head.marked and form.mode != "document":
        columns = ", ".join(f"{quoted_text(name)}: 'VARCHAR'" for name in form.fields)
        return (
            f"SELECT * FROM read_json({files}, format='newline_delimited', columns={{{columns}}}, ignore_errors=true, "
            f"maximum_object_size={object_bytes}, compression={squeeze})"
        )
    source = _documents(files, squeeze, head, object_bytes)
    if form.mode == "document":
        return f"SELECT doc FROM {source}"
    fields = ", ".join(f"doc->>{quoted_text('$.' + quoted_name(f))} AS {quoted_name(f)}" for f in form.fields)
    return f"SELECT {fields} FROM {source}"


def _documents(files: str, squeeze: str, head: FileHead, object_bytes: int) -> str:
    """Return a relation with one JSON value ``doc`` per record; null where a line is none."""
    if head.kind == "json":
        root = (
            "(SELECT unnest(CASE WHEN json_type(json) = 'ARRAY' THEN json_extract(json, '$[*]') ELSE [json] END) "
            f"AS doc FROM read_json_objects({files}, format='unstructured', maximum_object_size=4294967295, "
            f"compression={squeeze}))"
        )
        if head.records_in is None:
            return root
        path = "$." + head.records_in
        return (
            f"(SELECT unnest(CASE WHEN json_type(doc, {quoted_text(path)}) = 'ARRAY' "
            f"THEN json_extract(doc, {quoted_text(path + '[*]')}) WHEN json_type(doc, {quoted_text(path)}) = 'OBJECT' "
            f"THEN [json_extract(doc, {quoted_text(path)})] ELSE [doc] END) AS doc FROM {root})"
        )
    if head.marked:
        # The engine's JSON reader loses the first line after a byte-order mark; its CSV reader knows the mark.
        return (
            "(SELECT CASE WHEN json_valid(line) THEN CAST(line AS JSON) END AS doc "
            f"FROM {_lines(files, squeeze, object_bytes)} WHERE line IS NOT NULL)"
        )
    return (
        f"(SELECT json AS doc FROM read_json_objects({files}, format='newline_delimited', ignore_errors=true, "
        f"maximum_object_size={object_bytes}, compression={squeeze}))"
    )


def _lines(files: str, squeeze: str, most_bytes: int) -> str:
    """Return a relation with one text ``line`` per line."""
    return (
        f"read_csv({files}, columns={{'line': 'VARCHAR'}}, auto_detect=false, header=false, delim='\x01', quote='', "
        f"escape='', max_line_size={most_bytes}, compression={squeeze})"
    )


def _distinct(columns: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    names: list[str] = []
    for column in columns:
        count = seen.get(column.lower(), 0)
        seen[column.lower()] = count + 1
        names.append(column if count == 0 else f"{column}_{count}")
    return names


def _picked(form: LogFormat, head: FileHead, *, parquet: bool = False) -> str:
    def one(name: str) -> str:
        column = head.column(name)
        if column is None:
            return f"NULL::VARCHAR AS {quoted_name(name)}"
        if parquet and column in head.nested:
            return f"CAST(to_json({quoted_name(column)}) AS VARCHAR) AS {quoted_name(name)}"
        return f"CAST({quoted_name(column)} AS VARCHAR) AS {quoted_name(name)}"

    return ", ".join(one(name) for name in form.fields)


def token(value: str, salt: str) -> str:
    """Return the SQL of what stands for an identity until the table is kept: 64 bits keyed by the salt, no text.

    Null where there is none (the engine hashes null, too).

    It costs a tenth of a cryptographic hash of every row; ``pseudonym_of_token`` takes one of every different identity.

    Parameters
    ----------
    value
        SQL of the identity as logged.
    salt
        This machine's salt.
    """
    return f"CASE WHEN {value} IS NOT NULL THEN hash({quoted_text(salt)} || {value}) END"


def pseudonym_of_token(value: str, name: str, salt: str) -> str:
    """Return the SQL of the local pseudonym of an identity.

    Parameters
    ----------
    value
        SQL of its ``token``.
    name
        Canonical column it goes to.
    salt
        This machine's salt.
    """
    whole = f"sha256({quoted_text(salt)} || CAST({value} AS VARCHAR))"
    return f"{quoted_text(IDENTITIES[name] + '-')} || substr({whole}, 1, 10)"


def staged_query(raw: str, form: LogFormat, *, salt: str | None) -> str:
    """Return the SQL of canonical rows in the order of the files, each with its reason to be set aside, if any.

    Beside the canonical columns: ``zoned`` (whether the time states a zone) and ``id_hash`` of the request. Identities
    are tokens, so that none lies anywhere as logged.

    Parameters
    ----------
    raw
        What ``raw_query`` returned.
    form
        The format.
    salt
        Salt of the tokens; None: identities stay as they are.
    """
    blank = "doc IS NULL" if form.mode == "document" else " AND ".join(f"{quoted_name(f)} IS NULL" for f in form.fields)
    given = dict(form.columns)
    given.setdefault(
        "unreadable", "false" if form.mode in ("text", "lines") else f"({blank})" if form.rows == "raw" else "blank"
    )
    rows = form.rows.replace("FROM raw", f"FROM (SELECT *, ({blank}) AS blank FROM raw) AS raw")
    picked = ", ".join(f"{given.get(name, f'NULL::{kind}')} AS {name}" for name, kind in _DEFAULTS.items())
    people = ", ".join(
        f"{stated if salt is None else token(stated, salt)} AS {name}"
        for name in IDENTITIES
        for stated in [f"nullif({name}_text, '')"]
    )
    zoned = f"regexp_matches(start_text, {quoted_text(_ZONED)})" if form.zone == "unstated" else "NULL::BOOLEAN"
    when = f"TRY_STRPTIME(start_text, {quoted_text(form.time_format)})" if form.time_format else "utc(start_text)"
    return f"""
WITH raw AS ({raw}),
rec AS (SELECT {picked} FROM {rows}),
timed AS (SELECT *, coalesce(start, {when}) AS started, utc(end_text) AS ended,
    utc(first_token_text) AS first_at, coalesce(cache_read, 0) AS reads,
    coalesce(cache_write_1h, 0) AS hour_writes,
    coalesce(cache_write_5m, cache_write - coalesce(cache_write_1h, 0), 0) AS short_writes FROM rec),
split AS (SELECT *, coalesce(uncached_input, input - reads - hour_writes - short_writes) AS uncached FROM timed)
SELECT started AS start, model, operation, {"1" if form.grain == "request" else "requests"} AS requests,
    uncached AS uncached_input, reads AS cache_read, short_writes AS cache_write_5m, hour_writes AS cache_write_1h,
    output, reasoning, coalesce(status, 'ok') AS status,
    coalesce(duration_s, {"epoch(ended - started)" if form.grain == "request" else "NULL"}) AS duration_s,
    coalesce(first_token_s, CASE WHEN first_at > started THEN epoch(first_at - started) END) AS first_token_s,
    coalesce(bucket_s, {"NULL" if form.grain == "request" else "epoch(ended - started)"}) AS bucket_s,
    logged_usd, batch, {people}, prefix_hashes, {_reason(form)} AS set_aside,
    {zoned} AS zoned, CASE WHEN request_id IS NOT NULL THEN hash(request_id) END AS id_hash,
    version_text AS version
FROM split"""


def _reason(form: LogFormat) -> str:
    if form.grain == "cost":
        return """CASE WHEN unreadable THEN 'unreadable row' WHEN reason IS NOT NULL THEN reason
            WHEN started IS NULL THEN 'time missing or unreadable'
            WHEN logged_usd IS NULL THEN 'amount missing or in another currency' END"""
    nothing = "reads + uncached + short_writes + hour_writes + output = 0" if form.grain == "request" else "false"
    return f"""CASE
    WHEN unreadable THEN 'unreadable row'
    WHEN reason IS NOT NULL THEN reason
    WHEN started IS NULL OR year(started) NOT BETWEEN 1970 AND 2199 THEN 'time missing or unreadable'
    WHEN status = 'failed' THEN 'failed request'
    WHEN operation IN ('embedding', 'image', 'audio') THEN operation
    WHEN operation NOT IN ('chat', 'completion', 'text_completion') THEN 'other operation'
    WHEN uncached IS NULL OR output IS NULL THEN 'token count missing or unreadable'
    WHEN least(coalesce(input, uncached), reads, short_writes, hour_writes, output) < 0 THEN 'negative token count'
    WHEN uncached < 0 THEN 'cached tokens exceed input'
    WHEN stated_uncached <> uncached THEN 'token classes do not add up'
    WHEN greatest(uncached, reads, short_writes, hour_writes, output) > {_LARGEST_PLAUSIBLE} THEN 'absurd token count'
    WHEN {nothing} THEN 'no tokens reported' END"""
