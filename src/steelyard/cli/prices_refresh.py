"""``steelyard prices refresh``: the one command that uses the network, and only when told to."""

import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from steelyard.cli.tables import table
from steelyard.cli.terminal import Progress, table_width
from steelyard.errors import Fault, InputError, SourceError, UnknownNameError
from steelyard.nouns import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from steelyard.domain.catalogue import Catalogue
    from steelyard.publishers.changes import Change, Plan
    from steelyard.publishers.client import Client
    from steelyard.publishers.publisher import Known, Publisher

__all__ = ["can_ask", "command", "new_client"]

_FAILED = 2
_HELD_SHOWN = 10
_GONE_SHOWN = 20


@click.command("refresh", short_help="Fetch today's public prices, after showing what would change.")
@click.option("--source", "names", metavar="NAME", multiple=True, help="Ask only this source; may be repeated.")
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option("--dry-run", is_flag=True, help="Fetch and show what would change; write nothing.")
def command(names: tuple[str, ...], yes: bool, dry_run: bool) -> int:
    r"""Fetch public prices and keep them in the overlay of the XDG data directory, where they win over packaged ones.

    The only command that uses the network. It says first whom it will contact, sends nothing but the request, shows
    what would change and asks before it writes. Your own figures stand whatever a source says.

    Sources: aws, azure, genai_prices, oci, openrouter.

    \b
    Examples:
      steelyard prices refresh --dry-run
      steelyard prices refresh --source openrouter --source genai_prices
      steelyard prices refresh --yes
    """
    publishers = _wanted(names)
    if not (yes or dry_run or can_ask()):
        raise InputError(Fault("nobody to ask: standard input is no terminal", "prices refresh",
                               remedy="Add --yes to write without asking, or --dry-run to look only"))  # fmt: skip
    _tell_contacts(publishers)
    day = datetime.now(UTC).date()
    catalogue = _catalogue(day)
    plans, failures = _plans(publishers, catalogue, day)
    for name, plan in plans.items():
        _tell_plan(name, publishers[name], plan)
    for failure in failures:
        click.echo(f"! {failure}", err=True)
    if not plans:
        click.echo("No source could be read; nothing was written.", err=True)
        return _FAILED
    _write(plans, publishers, day, asked=yes, dry_run=dry_run)
    return 0


def can_ask() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty()


def _wanted(names: tuple[str, ...]) -> "Mapping[str, Publisher]":
    from steelyard.publishers import known_publishers  # noqa: PLC0415  only where the network is wanted

    known = known_publishers()
    for name in names:
        if name not in known:
            raise UnknownNameError("source", name, known, where="--source")
    return {name: known[name] for name in dict.fromkeys(names or known)}


def _tell_contacts(publishers: "Mapping[str, Publisher]") -> None:
    rows = [[name, host, publisher.size, publisher.terms]
            for name, publisher in publishers.items() for host in sorted(publisher.hosts)]  # fmt: skip
    click.echo("These hosts are contacted over HTTPS, without credentials:\n", err=True)
    click.echo(table(["source", "host", "transfer", "terms"], rows, width=table_width()) + "\n", err=True)


def _catalogue(day: date) -> "Catalogue":
    from steelyard.facts import load_catalogue  # noqa: PLC0415  heavy
    from steelyard.facts.overlay import refreshed_folder  # noqa: PLC0415

    return load_catalogue(day, [folder for folder in (refreshed_folder(),) if folder.is_dir()])


def _plans(
    publishers: "Mapping[str, Publisher]", catalogue: "Catalogue", day: date
) -> "tuple[dict[str, Plan], list[str]]":
    """Return what each source's answer comes to, and what went wrong with the others."""
    plans: dict[str, Plan] = {}
    failures: list[str] = []
    known = _known(catalogue)
    with Progress() as progress:
        for name, publisher in publishers.items():
            try:
                plans[name] = _plan(name, publisher, catalogue, known, day, progress)
            except SourceError as error:
                failures.append(f"{name}: {error}")
    return plans, failures


def _plan(
    name: str, publisher: "Publisher", catalogue: "Catalogue", known: "Known", day: date,
    progress: "Callable[[str], None]",
) -> "Plan":  # fmt: skip
    from steelyard.publishers.changes import plan_refresh  # noqa: PLC0415

    content = publisher.fetch(new_client(publisher, progress))
    plan = plan_refresh(publisher, publisher.read(content, day, known), catalogue)
    if not plan.entries:
        raise SourceError(Fault("no usable price in its answer", name, remedy="The source may have changed"))
    return plan


def new_client(publisher: "Publisher", progress: "Callable[[str], None]") -> "Client":
    """Return what asks a source; replaced in tests, which never use the network."""
    from steelyard.publishers.client import Client  # noqa: PLC0415

    return Client(publisher.hosts, progress=progress)


def _known(catalogue: "Catalogue") -> "Known":
    from steelyard.facts.prices.fresh import package_cards  # noqa: PLC0415
    from steelyard.facts.prices.names import open_model_names, spelling  # noqa: PLC0415
    from steelyard.publishers.publisher import Known  # noqa: PLC0415

    names = open_model_names(catalogue.open_models.values())

    def open_model(name: str) -> str | None:
        return names.get(spelling(name))

    return Known(open_model=open_model, managed_models=frozenset(catalogue.managed_models),
                 accelerators=frozenset(catalogue.accelerators),
                 package_cards=lambda providers, day: package_cards(providers, day, open_model))  # fmt: skip


def _tell_plan(name: str, publisher: "Publisher", plan: "Plan") -> None:
    gone = [change for change in plan.changes if change.what == "gone"]
    shown = [*(change for change in plan.changes if change.what != "gone"), *gone[:_GONE_SHOWN]]
    click.echo(f"{name}: {publisher.title}: {counted(len(plan.entries), 'entry', 'entries')}, "
               f"{plan.unchanged:,} of them unchanged")  # fmt: skip
    if shown:
        click.echo("\n" + _change_table(shown) + "\n")
    if gone:
        more = f"; {len(gone) - _GONE_SHOWN:,} more" if len(gone) > _GONE_SHOWN else ""
        click.echo(f"  gone: no longer listed; the last price stays and widens with its age{more}")
    for reason, count in plan.set_aside.items():
        click.echo(f"  set aside, {reason}: {count:,}")
    for fault in plan.held_back[:_HELD_SHOWN]:
        click.echo(f"  ! held back: {fault}")
    if len(plan.held_back) > _HELD_SHOWN:
        click.echo(f"  ! held back: {len(plan.held_back) - _HELD_SHOWN:,} more")


def _change_table(changes: "Sequence[Change]") -> str:
    rows = [[c.what, c.name, c.price, _usd(c.old), _usd(c.new), "-" if c.fraction is None else f"{c.fraction:+.1%}"]
            for c in changes]  # fmt: skip
    return table(["", "entry", "price", "old", "new", "change"], rows, right={3, 4, 5}, width=table_width())


def _usd(value: float | None) -> str:
    return "-" if value is None else f"{value:,.6f}".rstrip("0").rstrip(".")


def _write(plans: "Mapping[str, Plan]", publishers: "Mapping[str, Publisher]", day: date, *, asked: bool,
           dry_run: bool) -> None:  # fmt: skip
    from steelyard.facts.overlay import refreshed_folder  # noqa: PLC0415
    from steelyard.publishers.store import write_entries  # noqa: PLC0415

    folder = refreshed_folder()
    click.echo(f"\nUSD per million tokens, USD per device and hour. To be written to {folder}")
    if dry_run:
        click.echo("Nothing was written (--dry-run).")
        return
    if not asked and not click.confirm("Write?", err=True):
        click.echo("Nothing was written.")
        return
    for name, plan in plans.items():
        path = write_entries(folder, publishers[name].kind, name, day, plan.entries)
        click.echo(f"Wrote {path.relative_to(folder)}")
