"""Facts of one kind as a table that fits, or whole as JSON; by text, grade and age."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from steelyard.cli.browse import own_origins, print_json
from steelyard.cli.tables import table
from steelyard.cli.terminal import printable, table_width

if TYPE_CHECKING:
    from steelyard.domain.catalogue import Catalogue
    from steelyard.domain.value import Value

__all__ = ["Filters", "show_kind"]

_READABLE = {"source": 24, "licence": 8, "address": 24, "seen": 10}
"""Columns that go rather than shrink below these widths."""
_LEAST_TEXT = 10
_NAME_NARROW, _NAME_WIDE, _WIDE = 30, 46, 110
_GAP = 2


class Filters(NamedTuple):
    """Which entries of a kind to show."""

    text: str | None = None
    """Only entries that hold this text in their name or anywhere in what they state."""
    grade: str | None = None
    """Only entries of this grade."""
    older_than_days: float | None = None
    """Only entries whose main source was seen longer ago."""


def show_kind(catalogue: "Catalogue", kind: str, filters: Filters, *, as_json: bool) -> None:
    """Print the facts of one kind that pass the filters, each with its number, interval, source, age and grade.

    Raises
    ------
    UnknownNameError
        If a text is asked for that none holds.
    """
    from steelyard.errors import UnknownNameError  # noqa: PLC0415
    from steelyard.facts.kinds import FACTS  # noqa: PLC0415

    every = FACTS[kind].entries(catalogue)
    holding = {name: entry for name, entry in every.items() if _holds(name, entry, filters.text)}
    if filters.text and not holding:
        raise UnknownNameError(kind.removesuffix("s"), filters.text, map(printable, every))
    wanted = {name: entry for name, entry in holding.items() if _passes(entry, filters, catalogue)}
    if as_json:
        print_json({"as_of": str(catalogue.as_of), "kind": kind, "entries": _entries_json(kind, wanted, catalogue)})
        return
    _print_table(kind, wanted, catalogue)
    click.echo(f"\n{len(wanted)} of {len(every)} {kind}, known on {catalogue.as_of}. "
               f"{_later_in_words(wanted.values(), catalogue)}--why NAME shows the chain behind one.")  # fmt: skip


def _later_in_words(entries: Iterable["Value"], catalogue: "Catalogue") -> str:
    """Return how many entries have a source that was seen only after the day; empty where none has."""
    from steelyard.cli.catalogue_view import LATER  # noqa: PLC0415
    from steelyard.facts.kinds import seen_later  # noqa: PLC0415

    later = sum(seen_later(entry, catalogue.as_of) for entry in entries)
    return f"{later:,} with a source seen only after that day: `{LATER}` stands for its age. " if later else ""


def _holds(name: str, entry: "Value", text: str | None) -> bool:
    wanted = (text or "").lower()
    return wanted in name.lower() or wanted in entry.model_dump_json().lower()


def _passes(entry: "Value", filters: Filters, catalogue: "Catalogue") -> bool:
    from steelyard.facts.kinds import age_days, main_evidence  # noqa: PLC0415

    if filters.grade is not None:
        main = main_evidence(entry)
        if main is None or main.grade.value != filters.grade:
            return False
    if filters.older_than_days is None:
        return True
    age = age_days(entry, catalogue.as_of)
    return age is not None and age > filters.older_than_days


def _entries_json(kind: str, wanted: "Mapping[str, Value]", catalogue: "Catalogue") -> list[dict[str, object]]:
    """Return entries whole, each with its number and interval on the day, and the file where it is the user's own."""
    from steelyard.cli.catalogue_view import dump  # noqa: PLC0415
    from steelyard.facts.headlines import headline  # noqa: PLC0415

    origins, found = own_origins(), list[dict[str, object]]()
    for name, entry in wanted.items():
        number, own = headline(entry, catalogue.as_of, catalogue.figures), origins.own(kind, name, entry)
        found.append(dump(entry, catalogue.as_of) | {"number": number._asdict() if number else None,
                                                     "own_file": own.file if own else None})  # fmt: skip
    return found


def _print_table(kind: str, wanted: "Mapping[str, Value]", catalogue: "Catalogue") -> None:
    from steelyard.cli.catalogue_view import KINDS, heads, line  # noqa: PLC0415

    origins, (titles, right) = own_origins(), heads(kind)
    rows, files = list[list[str]](), set[str]()
    for name, entry in wanted.items():
        cells, own = [name, *line(kind, entry, catalogue)], origins.own(kind, name, entry)
        if own is not None:
            cells[titles.index("source")] = f"own, {own.file}: {cells[titles.index('source')]}"
            files.add(own.file)
        rows.append(cells)
    width = table_width()
    least = _least(titles, width)
    kept = len(titles) if width is None else _fitting(titles, rows, right, width, least)
    click.echo(table(titles[:kept], [row[:kept] for row in rows], right=right, width=width, least=least))
    if files:
        click.echo(f"\nYour own figures among them: {printable(', '.join(sorted(files)))}.")
    if kept < len(titles):
        click.echo(f"\nToo narrow for: {', '.join(titles[kept:])}. --json has everything.")
    if KINDS[kind].bounds is not None:
        click.echo(f"\nlow, high: the 80 % interval on {catalogue.as_of}, age and disagreement included.")


def _least(heads: Sequence[str], width: int | None) -> dict[int, int]:
    """Return the widths below which columns cannot be read; a name is what ``--why`` asks for and stays longest."""
    name = _NAME_WIDE if width is not None and width >= _WIDE else _NAME_NARROW
    return {i: name if i == 0 else _READABLE.get(head, _LEAST_TEXT) for i, head in enumerate(heads)}


def _fitting(
    heads: Sequence[str], rows: Sequence[Sequence[str]], right: set[int], width: int, least: Mapping[int, int]
) -> int:
    """Return how many columns, from the left, a line of that width shows readably."""
    used = -_GAP
    for i, head in enumerate(heads):
        natural = max(len(head), *(len(row[i]) for row in rows)) if rows else len(head)
        used += _GAP + (natural if i in right else min(natural, least[i]))
        if used > width:
            return max(i, 1)
    return len(heads)
