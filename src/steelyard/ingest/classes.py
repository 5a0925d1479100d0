"""Parts of a log by model, key, team, tag or operation: a profile each, and how much of the whole it is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

# ruff: noqa: S608  values in these queries are quoted by quoted_text
from steelyard.domain.traffic import Profile, RowCounts, TrafficTable
from steelyard.errors import Fault, LogError, UnknownNameError
from steelyard.ingest.log_format import quoted_text
from steelyard.ingest.profiling import Breakpoints, cube_of
from steelyard.workload.lengths import LengthSpread
from steelyard.workload.profile import profile_of
from steelyard.workload.shapes import ASSUMED_SHAPES

__all__ = ["CLASS_KEYS", "ClassKey", "TrafficPart", "profile_classes"]

ClassKey = Literal["model", "api_key", "team", "tag", "operation", "end_user", "session"]
"""Columns a log can be split by; all but model and operation hold pseudonyms."""
CLASS_KEYS: tuple[ClassKey, ...] = ("model", "api_key", "team", "tag", "operation", "end_user", "session")
"""Every key of ``profile_classes``."""
OTHERS = "others"
"""Name of what is left when the largest classes are taken."""


class TrafficPart(NamedTuple):
    """One class of the traffic."""

    share: float
    """Share of the requests [1]; of the rows where requests are not counted."""
    profile: Profile
    """Its own profile."""


def profile_classes(
    table: TrafficTable,
    by: ClassKey,
    *,
    most: int = 8,
    shape: str | None = None,
    breakpoints: Breakpoints | None = None,
    shapes: Mapping[str, Sequence[float]] | None = None,
    spread: LengthSpread | None = None,
) -> Mapping[str, TrafficPart]:
    """Return a profile for each of the largest classes, and one named ``others`` for the rest.

    Parameters
    ----------
    table
        What ``read_logs`` returned.
    by
        Column to split by.
    most
        Classes shown by name, at least 1.
    shape, breakpoints, shapes, spread
        As for ``profile_table``.

    Raises
    ------
    UnknownNameError
        If the key is none of ``CLASS_KEYS``.
    LogError
        If no row of the log has that key.
    """
    if by not in CLASS_KEYS:
        raise UnknownNameError("class key", by, CLASS_KEYS)
    sizes = _sizes(table, by)
    if not any(name for name, _ in sizes):
        raise LogError(Fault(f"no row of the log has a {by}", table.files[0].name if table.files else "log",
                             "a log that states it", f"Split by one of: {', '.join(CLASS_KEYS)}"))  # fmt: skip
    named = sizes[:most]
    conditions = {name or "not stated": f"coalesce({by}, '') = {quoted_text(name)}" for name, _ in named}
    if len(sizes) > most:
        known = ", ".join(quoted_text(name) for name, _ in named)
        conditions[OTHERS] = f"coalesce({by}, '') NOT IN ({known})"
    counts = {name or "not stated": rows for name, rows in named} | {OTHERS: sum(n for _, n in sizes[most:])}
    total = sum(n for _, n in sizes)
    found: dict[str, TrafficPart] = {}
    for name, condition in conditions.items():
        cube = cube_of(table, breakpoints=breakpoints, where=condition)
        rows = RowCounts(read=counts[name], used=counts[name])
        profile = profile_of(replace(cube, rows=rows, failed_rows=0), shape=shape, shapes=shapes or ASSUMED_SHAPES,
                             spread=spread)  # fmt: skip
        found[name] = TrafficPart(counts[name] / total, profile)
    return found


def _sizes(table: TrafficTable, by: ClassKey) -> list[tuple[str, int]]:
    import duckdb  # noqa: PLC0415  heavy: loads only when a log is profiled

    with duckdb.connect() as con:
        rows = con.execute(
            f"SELECT coalesce({by}, ''), count(*) FROM read_parquet($1) WHERE set_aside IS NULL "
            "GROUP BY 1 ORDER BY 2 DESC, 1",
            [str(table.path)],
        ).fetchall()
    return [(str(name), int(count)) for name, count in rows]
