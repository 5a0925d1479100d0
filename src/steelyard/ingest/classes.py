"""Parts of a log by model, key, team, tag, operation or a rule: a profile each, and how much of the whole it is."""

# ruff: noqa: S608  values in these queries are quoted by quoted_text
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

from steelyard.domain.traffic import Profile, RowCounts, TrafficTable
from steelyard.domain.traffic_details import ClassSummary
from steelyard.errors import Fault, LogError, UnknownNameError
from steelyard.ingest.cache import cache_folder, local_salt
from steelyard.ingest.class_rules import conditions
from steelyard.ingest.engine import connect
from steelyard.ingest.log_format import quoted_text
from steelyard.ingest.profiling import Breakpoints, cube_of
from steelyard.workload.lengths import LengthSpread
from steelyard.workload.profile import profile_of
from steelyard.workload.shapes import ASSUMED_SHAPES

__all__ = ["CLASS_KEYS", "ClassKey", "TrafficPart", "profile_classes", "profile_rules", "summary_of"]

ClassKey = Literal["model", "api_key", "team", "tag", "operation", "end_user", "session"]
"""Columns a log can be split by; all but model and operation hold pseudonyms."""
CLASS_KEYS: tuple[ClassKey, ...] = ("model", "api_key", "team", "tag", "operation", "end_user", "session")
"""Every key of ``profile_classes``."""
OTHERS = "others"
"""Name of what is left when the largest classes are taken."""
_SHOWN = 8
"""Models named in an error."""


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
    wanted = {name or "not stated": f"coalesce({by}, '') = {quoted_text(name)}" for name, _ in named}
    if len(sizes) > most:
        known = ", ".join(quoted_text(name) for name, _ in named)
        wanted[OTHERS] = f"coalesce({by}, '') NOT IN ({known})"
    return _parts(table, wanted, _Shaping(shape, breakpoints, shapes, spread))


def profile_rules(
    table: TrafficTable,
    rules: Mapping[str, Mapping[str, Sequence[str]] | None],
    *,
    cache_dir: Path | None = None,
    shape: str | None = None,
    breakpoints: Breakpoints | None = None,
    shapes: Mapping[str, Sequence[float]] | None = None,
    spread: LengthSpread | None = None,
) -> Mapping[str, TrafficPart]:
    """Return a profile for each class of a study; each request belongs to the first class whose rule fits it.

    Parameters
    ----------
    table
        What ``read_logs`` returned.
    rules
        Class -> rule as ``class_rules.conditions`` takes it; None takes what is left.
    cache_dir
        Folder of the cache that ``read_logs`` was given: its salt is that of the pseudonyms.
    shape, breakpoints, shapes, spread
        As for ``profile_table``.

    Raises
    ------
    LogError
        With every class whose rule fits no row.
    """
    made = conditions(list(rules.values()), local_salt(cache_folder(cache_dir)))
    return _parts(table, dict(zip(rules, made, strict=True)), _Shaping(shape, breakpoints, shapes, spread))


class _Shaping(NamedTuple):
    shape: str | None
    breakpoints: Breakpoints | None
    shapes: Mapping[str, Sequence[float]] | None
    spread: LengthSpread | None


def _parts(table: TrafficTable, wanted: Mapping[str, str], shaping: _Shaping) -> Mapping[str, TrafficPart]:
    counts = _counts(table, wanted)
    empty = [name for name, rows in counts.items() if rows.rows == 0]
    if empty:
        first = table.files[0].name if table.files else "log"
        raise LogError([Fault(f"no row of the log belongs to the class {name!r}", first,
                              f"at least one; the log's models are {', '.join(_models(table))}",
                              "Correct its rule, or remove the class") for name in empty])  # fmt: skip
    total = sum(found.weight for found in counts.values())
    parts: dict[str, TrafficPart] = {}
    for name, condition in wanted.items():
        cube = cube_of(table, breakpoints=shaping.breakpoints, where=condition)
        rows = RowCounts(read=counts[name].rows, used=counts[name].rows)
        profile = profile_of(replace(cube, rows=rows, failed_rows=0), shape=shaping.shape,
                             shapes=shaping.shapes or ASSUMED_SHAPES, spread=shaping.spread)  # fmt: skip
        parts[name] = TrafficPart(counts[name].weight / total, profile)
    return parts


def summary_of(name: str, part: TrafficPart) -> ClassSummary:
    """Return a class as a page shows it.

    Parameters
    ----------
    name
        Its name.
    part
        Its share and profile.
    """
    profile = part.profile
    asked, made = profile.input_tokens, profile.output_tokens
    return ClassSummary(
        name=name, share=part.share, requests=profile.requests, input_tokens=profile.tokens.input,
        output_tokens=profile.tokens.output, input_p50=asked.p50 if asked else None,
        input_p99=asked.p99 if asked else None, output_p50=made.p50 if made else None,
        output_p99=made.p99 if made else None, cached_fraction=profile.cached_fraction,
        peak_to_mean_per_minute=profile.peak_to_mean_per_minute, hour_of_week_rps=profile.hour_of_week_rps,
    )  # fmt: skip


class _Count(NamedTuple):
    rows: int
    weight: float


def _counts(table: TrafficTable, wanted: Mapping[str, str]) -> Mapping[str, _Count]:
    asked = ", ".join(f"count(*) FILTER (WHERE {c}), coalesce(sum(requests) FILTER (WHERE {c}), 0)"
                      for c in wanted.values())  # fmt: skip
    with connect() as con:
        row = con.execute(f"SELECT {asked} FROM read_parquet($1) WHERE set_aside IS NULL", [str(table.path)]).fetchone()
    numbers = [int(number) for number in row or (0,) * (2 * len(wanted))]
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    counted = all(requests > 0 for rows, requests in pairs if rows)
    return {
        name: _Count(rows, float(requests if counted else rows))
        for name, (rows, requests) in zip(wanted, pairs, strict=True)
    }


def _models(table: TrafficTable) -> list[str]:
    return [repr(name) for name, _ in _sizes(table, "model")[:_SHOWN] if name] or ["not stated"]


def _sizes(table: TrafficTable, by: ClassKey) -> list[tuple[str, int]]:
    with connect() as con:
        rows = con.execute(
            f"SELECT coalesce({by}, ''), count(*) FROM read_parquet($1) WHERE set_aside IS NULL "
            "GROUP BY 1 ORDER BY 2 DESC, 1",
            [str(table.path)],
        ).fetchall()
    return [(str(name), int(count)) for name, count in rows]
