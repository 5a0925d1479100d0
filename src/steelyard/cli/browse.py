"""What ``facts`` and ``prices`` share: load the catalogue of a day, count its kinds, explain one name."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from steelyard.cli.days import DAY
from steelyard.cli.tables import table
from steelyard.cli.terminal import print_bytes, printable, table_width

if TYPE_CHECKING:
    from steelyard.domain.catalogue import Catalogue
    from steelyard.facts.origins import Origins

__all__ = ["ALIASES", "FACT_KINDS", "GRADES", "as_of_option", "explain_name", "load", "older_than_days", "own_origins",
           "print_json", "show_kinds"]  # fmt: skip

FACT_KINDS = ("models", "managed", "accelerators", "gpu-offers", "servers", "prices", "tuning", "tuning-cases",
              "provisioned", "throughput", "figures", "quality", "quantization", "tokenizers",
              "regimes", "services")  # fmt: skip
"""Kinds of facts that can be asked for; declared here so that help needs no engine."""
ALIASES = {"offers": "gpu-offers", "rate-cards": "prices"}
"""Other names of kinds."""
GRADES = ("user", "primary", "secondary", "derived", "estimate", "weak", "recalled")
"""Grades, best first; declared here for the same reason."""
_DAYS_PER = {"d": 1.0, "w": 7.0, "m": 365.25 / 12, "y": 365.25}
_AGE = re.compile(r"\s*(\d{1,6}(?:\.\d{1,6})?)\s*(d|days?|w|weeks?|mo|months?|y|years?)\s*")

Command = TypeVar("Command", bound=Callable[..., object])


def as_of_option(function: Command) -> Command:
    """Add ``--as-of`` to a command."""
    option = click.option("--as-of", metavar="DATE", type=DAY,
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
    return float(said[1]) * _DAYS_PER[said[2][0]]


def load(as_of: object) -> "Catalogue":
    """Return the catalogue of the day asked for, today's by default, with the figures of one's own that lie here."""
    from steelyard.facts import load_catalogue  # noqa: PLC0415  heavy: only when facts are shown
    from steelyard.facts.overlay import overlay_folders  # noqa: PLC0415

    day = as_of.date() if isinstance(as_of, datetime) else datetime.now(UTC).date()
    return load_catalogue(day, overlay_folders(Path()))


def own_origins() -> "Origins":
    """Return what finds the file behind an entry, the figures of one's own that lie here among them."""
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
        print_json({"as_of": str(catalogue.as_of), "kinds": kinds, "missing": list(catalogue.missing),
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


def explain_name(catalogue: "Catalogue", name: str, *, as_json: bool) -> None:
    """Print the whole chain behind an entry, one of its numbers, or a figure as a decision names it.

    Raises
    ------
    UnknownNameError
        If nobody knows it; near names are offered.
    """
    from steelyard.cli.fact_chain import chain_json, chain_lines  # noqa: PLC0415
    from steelyard.facts.provenance import explain  # noqa: PLC0415

    found = explain(catalogue, name, own_origins())
    if as_json:
        told = [chain_json(link, catalogue.as_of) for link in found]
        print_json({"as_of": str(catalogue.as_of), "name": name, "sha256": catalogue.sha256,
                     "overlay_sha256": catalogue.overlay_sha256, "found": told})  # fmt: skip
        return
    asked = [chain_lines(link, catalogue.as_of, name) for link in found]
    click.echo("\n\n".join("\n".join(lines) for lines in asked))


def print_json(document: object) -> None:
    """Print JSON; what a terminal would obey stands in it as escapes, the same string to a reader of JSON."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    lines = (line if line.isprintable() else "".join(map(_escaped, line)) for line in text.split("\n"))
    print_bytes("\n".join(lines) + "\n")


def _escaped(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]
