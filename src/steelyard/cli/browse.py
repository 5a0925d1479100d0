"""What ``facts`` and ``prices`` share: load the catalogue of a day, count, list a kind, explain one name."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

from steelyard.cli.tables import table
from steelyard.cli.terminal import print_bytes, printable, table_width

if TYPE_CHECKING:
    from steelyard.domain.catalogue import Catalogue
    from steelyard.domain.value import Value
    from steelyard.facts.origins import Origins

__all__ = ["ALIASES", "FACT_KINDS", "GRADES", "Filters", "as_of_option", "explain_name", "load", "older_than_days",
           "show_kind", "show_kinds"]  # fmt: skip

FACT_KINDS = ("models", "managed", "accelerators", "gpu-offers", "servers", "prices", "tuning", "tuning-cases",
              "provisioned", "throughput", "figures", "quality", "quantization", "regimes", "services")  # fmt: skip
"""Kinds of facts that can be asked for; declared here so that help needs no engine."""
ALIASES = {"offers": "gpu-offers", "rate-cards": "prices"}
"""Other names of kinds."""
GRADES = ("user", "primary", "secondary", "derived", "estimate", "weak", "recalled")
"""Grades, best first; declared here for the same reason."""
_DAYS_PER = {"d": 1.0, "w": 7.0, "mo": 365.25 / 12, "y": 365.25}
_AGE = re.compile(r"\s*(\d{1,6}(?:\.\d{1,6})?)\s*(d|w|mo|y)(?:ay|eek|nth|ear)?s?\s*")
_READABLE = {"source": 24, "licence": 8, "address": 24, "seen": 10}
"""Columns that go rather than shrink below these widths."""
_LEAST_TEXT = 10
_NAME_NARROW, _NAME_WIDE, _WIDE = 30, 46, 110
_GAP = 2

Command = TypeVar("Command", bound=Callable[..., object])


class Filters(NamedTuple):
    """Which entries of a kind to show."""

    text: str | None = None
    """Only entries that hold this text in their name or anywhere in what they state."""
    grade: str | None = None
    """Only entries of this grade."""
    older_than_days: float | None = None
    """Only entries whose main source was seen longer ago."""


def as_of_option(function: Command) -> Command:
    """Add ``--as-of`` to a command."""
    option = click.option("--as-of", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]),
                          help="Use only what was known on that day.  [default: today]")  # fmt: skip
    return option(function)


def older_than_days(text: str | None) -> float | None:
    """Return an age in days: ``90d``, ``8w``, ``6mo``, ``2y``; None for none.

    Raises
    ------
    click.BadParameter
        If it is not one.
    """
    if text is None:
        return None
    said = _AGE.fullmatch(text)
    if said is None:
        raise click.BadParameter(f"{text!r} is no age. Write 90d, 8w, 6mo or 2y.", param_hint="--older-than")
    return float(said[1]) * _DAYS_PER[said[2]]


def load(as_of: object) -> "Catalogue":
    """Return the catalogue of the day asked for, today's by default, with the figures of one's own that lie here."""
    from steelyard.facts import load_catalogue  # noqa: PLC0415  heavy: only when facts are shown
    from steelyard.facts.overlay import overlay_folders  # noqa: PLC0415

    day = as_of.date() if isinstance(as_of, datetime) else datetime.now(UTC).date()
    return load_catalogue(day, overlay_folders(Path()))


def _origins() -> "Origins":
    from steelyard.facts.origins import Origins  # noqa: PLC0415
    from steelyard.facts.overlay import overlay_folders  # noqa: PLC0415

    return Origins(overlay_folders(Path()), Path.cwd())


def show_kinds(catalogue: "Catalogue", *, as_json: bool) -> None:
    """Print how many facts of each kind there are, by grade, the age of the oldest, and what is the user's own."""
    from steelyard.facts.origins import shown_path  # noqa: PLC0415
    from steelyard.facts.overlay import overlay_folders  # noqa: PLC0415
    from steelyard.facts.statistics import counts  # noqa: PLC0415

    folders = [shown_path(folder, Path.cwd()) for folder in overlay_folders(Path())]
    found = counts(catalogue)
    if as_json:
        kinds = [{"kind": c.kind, "entries": c.entries, "by_grade": dict(c.by_grade),
                  "oldest_source": str(c.oldest_source) if c.oldest_source else None} for c in found]  # fmt: skip
        own = {"folders": folders, "sha256": catalogue.overlay_sha256}
        _print_json({"as_of": str(catalogue.as_of), "kinds": kinds, "missing": list(catalogue.missing),
                     "sha256": catalogue.sha256, "overlay": own})  # fmt: skip
        return
    shown = [grade for grade in (*GRADES, "none") if any(grade in c.by_grade for c in found)]
    rows = [[c.kind, str(c.entries), *(str(c.by_grade.get(grade, "-")) for grade in shown), str(c.oldest_source or "-")]
            for c in found]  # fmt: skip
    heads = ["kind", "entries", *shown, "oldest source"]
    click.echo(f"Known on {catalogue.as_of}, by the grade of the main source:\n")
    click.echo(table(heads, rows, right=set(range(1, len(heads) - 1)), width=table_width()))
    for folder in folders:
        click.echo(f"Your own figures lie over them: {printable(folder)}")
    for words in catalogue.missing:
        click.echo(f"! {printable(words)}")


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
        _print_json({"as_of": str(catalogue.as_of), "kind": kind, "entries": _entries_json(kind, wanted, catalogue)})
        return
    _print_table(kind, wanted, catalogue)
    click.echo(f"\n{len(wanted)} of {len(every)} {kind}, known on {catalogue.as_of}. "
               "--why NAME shows the whole chain behind one.")  # fmt: skip


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

    origins, found = _origins(), list[dict[str, object]]()
    for name, entry in wanted.items():
        number, own = headline(entry, catalogue.as_of, catalogue.figures), origins.own(kind, name, entry)
        found.append(dump(entry, catalogue.as_of) | {"number": number._asdict() if number else None,
                                                     "own_file": own.file if own else None})  # fmt: skip
    return found


def _print_table(kind: str, wanted: "Mapping[str, Value]", catalogue: "Catalogue") -> None:
    from steelyard.cli.catalogue_view import KINDS, heads, line  # noqa: PLC0415

    origins, (titles, right) = _origins(), heads(kind)
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


def explain_name(catalogue: "Catalogue", name: str, *, as_json: bool) -> None:
    """Print the whole chain behind an entry, one of its numbers, or a figure as a decision names it.

    Raises
    ------
    UnknownNameError
        If nobody knows it; near names are offered.
    """
    from steelyard.cli.fact_chain import chain_json, chain_lines  # noqa: PLC0415
    from steelyard.facts.provenance import explain  # noqa: PLC0415

    found = explain(catalogue, name, _origins())
    if as_json:
        told = [chain_json(link, catalogue.as_of) for link in found]
        _print_json({"as_of": str(catalogue.as_of), "name": name, "sha256": catalogue.sha256,
                     "overlay_sha256": catalogue.overlay_sha256, "found": told})  # fmt: skip
        return
    asked = [chain_lines(link, catalogue.as_of, name) for link in found]
    click.echo("\n\n".join("\n".join(lines) for lines in asked))


def _print_json(document: object) -> None:
    """Print JSON; what a terminal would obey stands in it as escapes, the same string to a reader of JSON."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    lines = (line if line.isprintable() else "".join(map(_escaped, line)) for line in text.split("\n"))
    print_bytes("\n".join(lines) + "\n")


def _escaped(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]
