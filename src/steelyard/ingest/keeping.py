"""The canonical table as it is kept: in order of time, requests counted once, identities under local names.

What few words say (models, operations, reasons) is kept as a number into a list of words, and a column without a
value is not carried through the sort: rows are sorted and written in half the time.
"""
# ruff: noqa: S608  every value in these queries is our own or quoted by quoted_text

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from steelyard.ingest.canonical import IDENTITIES, pseudonym_of_token
from steelyard.ingest.log_format import CANONICAL, quoted_text

if TYPE_CHECKING:
    import duckdb

__all__ = ["keep"]

_MOST_WORDS = 1_000
"""Different words up to which a column is kept as numbers into their list."""
_ZONE_REASON = "zone unlike the rest"
_RETRIED = "retried attempt"
_DUPLICATE = "duplicate request id"
_GAP = "CASE WHEN set_aside IS NULL THEN epoch(start - lag(start) OVER ()) END AS gap_s"


class _Kept(NamedTuple):
    """How one column reaches the table."""

    sorted_as: str | None
    """Its SQL before the sort; None: it has no value at all."""
    join: str = ""
    """What that SQL needs joined."""


def keep(
    con: "duckdb.DuckDBPyConnection",
    staged: str,
    target: Path,
    *,
    salt: str | None,
    deduplicate: bool,
    odd_zone: bool | None = None,
) -> None:
    """Write the table in order of time, requests counted once, with ``gap_s`` to the one before.

    Rows that count come first; of rows with one request id the successful first one counts.

    Parameters
    ----------
    con
        Engine that holds the staged rows.
    staged
        SQL of the staged rows.
    target
        Parquet file to write.
    salt
        Salt of the pseudonyms, where identities were staged as tokens; None: they were staged as logged.
    deduplicate
        Whether any request id comes more than once.
    odd_zone
        Sets aside the few rows that state a zone (True) or none (False) where the others do not; None: there are none.
    """
    filled = _filled(con, staged)
    columns = {
        name: _kept(con, staged, name, salt) if name in filled else _Kept(None)
        for name in CANONICAL
        if name != "set_aside"
    }
    before = [f"{column.sorted_as} AS {name}" for name, column in columns.items() if column.sorted_as]
    after = [name if column.sorted_as else f"NULL::{CANONICAL[name]} AS {name}" for name, column in columns.items()]
    joins = " ".join(column.join for column in columns.values())
    reasons = _reasons(con, staged)
    source = _counted_once(staged, deduplicate=deduplicate, odd_zone=odd_zone)
    con.execute(f"""COPY (SELECT {", ".join(after)}, set_aside, {_GAP}
        FROM (SELECT {", ".join(before)}, CAST(s.set_aside AS {reasons}) AS set_aside FROM {source} AS s {joins}
            ORDER BY s.set_aside IS NOT NULL, s.start, s.output))
        TO {quoted_text(str(target))} (FORMAT parquet)""")


def _filled(con: "duckdb.DuckDBPyConnection", staged: str) -> frozenset[str]:
    """Return the columns that have any value; the time always counts as one."""
    row = con.execute(f"SELECT {', '.join(f'count({name})' for name in CANONICAL)} FROM ({staged})").fetchone()
    return frozenset(["start", *(name for name, count in zip(CANONICAL, row or (), strict=True) if count)])


def _kept(con: "duckdb.DuckDBPyConnection", staged: str, name: str, salt: str | None) -> _Kept:
    if CANONICAL[name] != "VARCHAR":
        return _Kept(f"s.{name}")
    words = f"words_{name}"
    tokens = salt is not None and name in IDENTITIES
    shown = pseudonym_of_token("found", name, salt) if salt is not None and tokens else "found"
    count = _one(
        con,
        f"""CREATE TEMP TABLE {words} AS SELECT found, {shown} AS shown
        FROM (SELECT DISTINCT {name} AS found FROM ({staged}) WHERE {name} IS NOT NULL)""",
    )
    few = 0 < count <= _MOST_WORDS
    if few:
        con.execute(f"CREATE TYPE list_{name} AS ENUM (SELECT DISTINCT shown FROM {words})")
    if not tokens:
        return _Kept(f"CAST(s.{name} AS list_{name})" if few else f"s.{name}")
    if few:
        con.execute(f"ALTER TABLE {words} ALTER shown TYPE list_{name}")
    return _Kept(f"{words}.shown", f"LEFT JOIN {words} ON {words}.found = s.{name}")


def _reasons(con: "duckdb.DuckDBPyConnection", staged: str) -> str:
    """Return the type of the reasons to be set aside: those met, and those this module gives."""
    given = ", ".join(f"({quoted_text(reason)})" for reason in (_ZONE_REASON, _RETRIED, _DUPLICATE))
    con.execute(f"""CREATE TYPE list_set_aside AS ENUM (SELECT DISTINCT reason FROM (
        SELECT set_aside AS reason FROM ({staged}) WHERE set_aside IS NOT NULL
        UNION ALL SELECT * FROM (VALUES {given})))""")
    return "list_set_aside"


def _one(con: "duckdb.DuckDBPyConnection", query: str) -> int:
    row = con.execute(query).fetchone()
    return int(row[0]) if row else 0


def _counted_once(staged: str, *, deduplicate: bool, odd_zone: bool | None) -> str:
    """Return the SQL of the staged rows, those set aside that only the whole log shows to be wrong."""
    source = f"({staged})"
    if odd_zone is not None:
        source = f"""(SELECT * REPLACE (CASE WHEN set_aside IS NULL AND zoned = {str(odd_zone).lower()}
            THEN '{_ZONE_REASON}' ELSE set_aside END AS set_aside) FROM {source})"""
    if deduplicate:
        source = f"""(SELECT * REPLACE (CASE
            WHEN id_hash IS NULL OR set_aside NOT IN ('failed request') THEN set_aside
            WHEN set_aside = 'failed request' AND answered THEN '{_RETRIED}'
            WHEN set_aside IS NULL AND place > 1 THEN '{_DUPLICATE}' ELSE set_aside END AS set_aside)
            FROM (SELECT *, row_number() OVER (PARTITION BY id_hash, set_aside
                    ORDER BY version DESC NULLS LAST, start, output DESC) AS place,
                bool_or(set_aside IS NULL) OVER (PARTITION BY id_hash) AS answered
                FROM {source}))"""
    return source
