"""What ``facts`` and ``prices`` share: load the catalogue of a day, list a kind, explain one name."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from steelyard.cli.tables import table
from steelyard.cli.terminal import print_bytes, table_width

if TYPE_CHECKING:
    from pydantic import BaseModel

    from steelyard.domain.catalogue import Catalogue

__all__ = ["FACT_KINDS", "as_of_option", "explain_name", "load", "show_kind", "show_kinds"]

FACT_KINDS = ("models", "managed", "accelerators", "gpu-offers", "servers", "prices", "tuning", "provisioned",
              "throughput", "figures", "quality", "regimes", "services")  # fmt: skip
"""Kinds of facts that can be asked for; declared here so that help needs no engine."""

Command = TypeVar("Command", bound=Callable[..., object])


def as_of_option(function: Command) -> Command:
    """Add ``--as-of`` to a command."""
    option = click.option("--as-of", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]),
                          help="Use only what was known on that day.  [default: today]")  # fmt: skip
    return option(function)


def load(as_of: object) -> "Catalogue":
    """Return the catalogue of the day asked for, today's by default, with the figures of one's own that lie here."""
    from steelyard.facts import load_catalogue  # noqa: PLC0415  heavy: only when facts are shown
    from steelyard.facts.overlay import overlay_folders  # noqa: PLC0415

    day = as_of.date() if isinstance(as_of, datetime) else datetime.now(UTC).date()
    return load_catalogue(day, overlay_folders(Path()))


def show_kinds(catalogue: "Catalogue", *, as_json: bool) -> None:
    """Print how many facts of each kind there are, and the age of the oldest."""
    from steelyard.cli.catalogue_view import KINDS, oldest  # noqa: PLC0415

    counted: list[dict[str, object]] = []
    for name in FACT_KINDS:
        entries = KINDS[name].entries(catalogue)
        seen = min((day for entry in entries.values() if (day := oldest(entry))), default=None)
        counted.append({"kind": name, "entries": len(entries), "oldest_source": str(seen) if seen else None})
    if as_json:
        _print_json({"as_of": str(catalogue.as_of), "kinds": counted, "missing": list(catalogue.missing)})
        return
    rows = [[str(c["kind"]), str(c["entries"]), str(c["oldest_source"] or "-")] for c in counted]
    click.echo(f"Known on {catalogue.as_of}:\n")
    click.echo(table(["kind", "entries", "oldest source"], rows, right={1}))
    for words in catalogue.missing:
        click.echo(f"! {words}")


def show_kind(catalogue: "Catalogue", kind: str, match: str | None, *, as_json: bool) -> None:
    """Print the facts of one kind whose name holds ``match``.

    Raises
    ------
    UnknownNameError
        If none does.
    """
    from steelyard.cli.catalogue_view import KINDS, age_days, dump  # noqa: PLC0415
    from steelyard.errors import UnknownNameError  # noqa: PLC0415

    view = KINDS[kind]
    every = view.entries(catalogue)
    wanted = {name: entry for name, entry in every.items() if not match or match.lower() in name.lower()}
    if match and not wanted:
        raise UnknownNameError(kind.removesuffix("s"), match, every)
    if as_json:
        entries = [dump(entry, catalogue.as_of) for entry in wanted.values()]
        _print_json({"as_of": str(catalogue.as_of), "kind": kind, "entries": entries})
        return
    rows = [[*view.cells(entry), _age(age_days(entry, catalogue.as_of))] for entry in wanted.values()]
    heads = [*view.heads, "age d"]
    click.echo(table(heads, rows, right={*view.right, len(heads) - 1}, width=table_width()))
    click.echo(
        f"\n{len(rows)} of {len(every)} {kind}, known on {catalogue.as_of}. --why NAME shows the sources of one."
    )


def explain_name(catalogue: "Catalogue", name: str, *, as_json: bool) -> None:
    """Print everything known of an entry or of one of its numbers.

    Raises
    ------
    UnknownNameError
        If nobody knows it; near names are offered.
    """
    from steelyard.cli.catalogue_view import dump, explain, find, names  # noqa: PLC0415
    from steelyard.errors import UnknownNameError  # noqa: PLC0415

    found = find(catalogue, name)
    if not found:
        raise UnknownNameError("fact", name, set(names(catalogue)))
    if as_json:
        told = [_found(kind, dump(entry, catalogue.as_of), field) for kind, entry, field in found]
        _print_json({"as_of": str(catalogue.as_of), "name": name, "found": told})
        return
    click.echo("\n\n".join(_chain(kind, entry, field, name, catalogue, explain) for kind, entry, field in found))


def _found(kind: str, dumped: dict[str, object], field: str) -> dict[str, object]:
    if not field:
        return {"kind": kind, "entry": dumped}
    return {"kind": kind, "field": field, "value": dumped.get(field), "evidence": dumped.get("evidence"),
            "age_days": dumped["age_days"]}  # fmt: skip


def _chain(
    kind: str, entry: "BaseModel", field: str, name: str, catalogue: "Catalogue", explain: Callable[..., list[str]]
) -> str:
    return "\n".join([f"{name} ({kind}, known on {catalogue.as_of})", *explain(entry, catalogue.as_of, field)])


def _age(days: int | None) -> str:
    return "-" if days is None else f"{days:,}"


def _print_json(document: object) -> None:
    print_bytes(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
