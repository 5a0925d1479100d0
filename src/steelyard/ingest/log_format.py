"""What a log format is: how it is recognised, which fields are selected, and what they mean.

A format lists the fields it selects; nothing else of a file is ever selected, so message text stays where it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["CANONICAL", "EMPTY_BUCKET", "FileHead", "Grain", "LogFormat", "Lookups", "Mode", "bucket_rows",
           "operation_of", "quoted_name", "quoted_text", "relative_start"]  # fmt: skip

Grain = Literal["request", "aggregate", "cost"]
Mode = Literal["fields", "document", "text", "lines"]

CANONICAL: Mapping[str, str] = {
    "start": "TIMESTAMP",
    "model": "VARCHAR",
    "operation": "VARCHAR",
    "requests": "BIGINT",
    "uncached_input": "BIGINT",
    "cache_read": "BIGINT",
    "cache_write_5m": "BIGINT",
    "cache_write_1h": "BIGINT",
    "output": "BIGINT",
    "reasoning": "BIGINT",
    "status": "VARCHAR",
    "duration_s": "DOUBLE",
    "first_token_s": "DOUBLE",
    "bucket_s": "DOUBLE",
    "logged_usd": "DOUBLE",
    "batch": "BOOLEAN",
    "api_key": "VARCHAR",
    "team": "VARCHAR",
    "end_user": "VARCHAR",
    "session": "VARCHAR",
    "tag": "VARCHAR",
    "prefix_hashes": "BIGINT[]",
    "set_aside": "VARCHAR",
}
"""Columns of the canonical table and their types; ``start`` is UTC, ``set_aside`` is null for rows that count."""


@dataclass(frozen=True, slots=True)
class FileHead:
    """The beginning of a file, as far as recognition needs it."""

    name: str
    """File name without its folder."""
    kind: Literal["csv", "jsonl", "json", "parquet", "text"]
    """Container."""
    packing: Literal["none", "gzip", "zstd"]
    """How it is compressed."""
    columns: tuple[str, ...]
    """CSV header, Parquet columns, or keys of the first record."""
    delimiter: str = ","
    """Field separator of a CSV."""
    nested: frozenset[str] = frozenset()
    """Every key met in the head of a JSON file, at any depth."""
    records_in: str | None = None
    """Key that holds the list of records of a JSON document; None where the root is the list or the record."""
    text: str = ""
    """Head of a text file."""
    marked: bool = False
    """Whether it begins with a byte-order mark."""
    escaped: frozenset[str] = frozenset()
    """Keys met inside strings that hold JSON themselves."""

    def column(self, name: str) -> str | None:
        """Return how the file spells a column; tables do not tell upper from lower case, JSON does."""
        if name in self.columns or self.kind not in ("csv", "parquet"):
            return name if name in self.columns else None
        return next((column for column in self.columns if column.lower() == name.lower()), None)

    def has(self, *names: str) -> bool:
        """Whether every name is a top-level column."""
        return all(self.column(name) is not None for name in names)


@dataclass(frozen=True, slots=True)
class Lookups:
    """Values looked up in a JSON text, all in one pass over it; nothing else of it is taken out.

    Each expression of its own would parse the text again, and hold what it parsed of two thousand rows.
    """

    paths: tuple[str, ...]
    """JSON paths, without a wildcard."""
    name: str = "found"
    """SQL column that holds the values as a list of texts."""

    def of(self, path: str) -> str:
        """Return SQL of the value at one of the paths."""
        return f"{self.name}[{self.paths.index(path) + 1}]"

    def sql(self, text: str) -> str:
        """Return SQL of the list, from SQL of the text; null where that is no JSON."""
        paths = ", ".join(quoted_text(path) for path in self.paths)
        return f"TRY(json_extract_string({text}, [{paths}])) AS {self.name}"


EMPTY_BUCKET = "CASE WHEN result IS NULL AND NOT blank THEN 'empty bucket' END"
"""SQL for the reason of a row of ``bucket_rows`` that holds no result."""


@dataclass(frozen=True, slots=True)
class LogFormat:
    """One format: one module under ``formats`` with one ``PLUGIN``."""

    name: str
    """Name for ``--format``."""
    title: str
    """Name in words."""
    grain: Grain
    """What one row stands for."""
    matches: Callable[[FileHead], bool]
    """Whether a file is of this format, from its head."""
    fields: tuple[str, ...]
    """Top-level fields selected from the source, nothing else is read."""
    columns: Mapping[str, str]
    """SQL for canonical columns over the selected fields, plus the keys described in ``canonical``."""
    rows: str = "raw"
    """SQL relation over ``raw`` with one row per record."""
    mode: Mode = "fields"
    """``fields``: named text columns; ``document``: one JSON value ``doc`` per record; ``text``: a whole page as
    ``content``; ``lines``: each of its lines as ``line``."""
    zone: Literal["utc", "unstated", "relative"] = "utc"
    """What a time without a zone means, by the vendor's word; ``relative``: times count from a start nobody states."""
    time_format: str | None = None
    """strptime pattern of times, where they are not ISO 8601 or epochs."""
    caution: str = ""
    """A sentence that every table of this format must carry."""
    identity: str = ""
    """The sum identity of the source, in words."""
    needs: tuple[str, ...] = ()
    """Fields without which a file of this format cannot be read."""
    adapt: "Callable[[FileHead], LogFormat] | None" = None
    """Fits the format to the columns a file has, where these vary."""


def bucket_rows(start: str, end: str) -> str:
    """Return SQL with one row per result of a bucket, its times under their own names; a bucket without any is kept.

    Parameters
    ----------
    start, end
        Keys of the bucket's first and last time.
    """
    return f"""(SELECT blank, doc->>'$.{start}' AS {start}, doc->>'$.{end}' AS {end}, result
        FROM raw LEFT JOIN LATERAL (SELECT unnest(json_extract(doc, '$.results[*]')) AS result) ON true)"""  # noqa: S608


_NAMED: Mapping[str, str] = {
    "embedding": "embed(ding|[-_ ]|$)|voyage-|(^|[/.])(bge|e5|gte)-",
    "other": "rerank|moderation",
    "image": "dall-e|(gpt|stable)-image|nova-canvas|(^|[-/.])(imagen|flux[-.0-9]|stable-diff)",
    "audio": "whisper|transcribe|(^|[-/.])(tts([-/.]|$)|veo-|sora)|nova-(sonic|reel)",
}
"""What models do other than chat, and patterns of their names."""


def operation_of(model: str, path: str | None = None) -> str:
    """Return SQL for what a model does by the path asked and by its name: chat unless either says otherwise.

    Most names are those of chat models, so all patterns are looked for at once before each is.

    Parameters
    ----------
    model
        SQL of the model's name.
    path
        SQL of the path or address asked, where the source has it.
    """
    name = f"lower(coalesce({model}, ''))"
    asked = (
        ""
        if path is None
        else f"""WHEN contains({path}, '/embeddings') THEN 'embedding' WHEN contains({path}, '/images') THEN 'image'
        WHEN contains({path}, '/audio') THEN 'audio' """
    )
    any_of_them = "|".join(f"({pattern})" for pattern in _NAMED.values())
    each = " ".join(f"WHEN regexp_matches({name}, '{pattern}') THEN '{what}'" for what, pattern in _NAMED.items())
    return f"CASE {asked}WHEN NOT regexp_matches({name}, '{any_of_them}') THEN 'chat' {each} END"


def relative_start(column: str, *, per_second: int) -> str:
    """Return SQL of a time that counts from an unknown start, which is placed on Monday 1970-01-05 00:00.

    Parameters
    ----------
    column
        Name of the column.
    per_second
        Its units in a second.
    """
    since = f"TRY_CAST({quoted_name(column)} AS DOUBLE)"
    return f"""CASE WHEN {since} BETWEEN 0 AND 1e9 * {per_second} THEN TIMESTAMP '1970-01-05'
            + to_microseconds(CAST({since} * {1_000_000 // per_second} AS BIGINT)) END"""


def quoted_name(name: str) -> str:
    """Return ``name`` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quoted_text(text: str) -> str:
    """Return ``text`` as a quoted SQL string."""
    return "'" + text.replace("'", "''") + "'"
