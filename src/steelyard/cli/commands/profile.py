"""``steelyard profile``: what a usage log holds."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from steelyard.cli.days import DAY
from steelyard.cli.profile_page import profile_page
from steelyard.cli.terminal import Progress, print_bytes, table_width
from steelyard.errors import Fault, LogError

if TYPE_CHECKING:
    from steelyard.ingest.classes import ClassKey

__all__ = ["command"]

_BY = {"model": "model", "key": "api_key", "team": "team", "tag": "tag", "operation": "operation", "user": "end_user",
       "session": "session"}  # fmt: skip


@click.command("profile", short_help="Show what a usage log holds.")
@click.argument("logs", metavar="LOG...", nargs=-1)
@click.option("--format", "log_format", metavar="NAME", help="Log format, where sniffing is to be overruled.")
@click.option(
    "--map", "pairs", metavar="NAME=COLUMN", multiple=True, help="Column of a generic log; repeat per column."
)
@click.option("--shape", metavar="NAME", help="Shape of the week, where no log covers one.")
@click.option("--by", type=click.Choice(list(_BY)), help="Show classes of the traffic, told apart by this.")
@click.option("--show-identities", is_flag=True, help="Show users, keys, teams and tags as logged; nothing is kept.")
@click.option(
    "--as-of",
    metavar="DATE",
    type=DAY,
    help="Last day whose prices are known; each request is priced on its own.  [default: today]",
)
@click.option("--max-bytes", metavar="N", type=click.IntRange(1), help="Largest size read, once decompressed.")
@click.option("--emit-sql", "dialect", metavar="DIALECT", help="Print the profile query for a warehouse, and stop.")
@click.option(
    "--table",
    "source",
    metavar="NAME",
    default="usage_requests",
    show_default=True,
    help="Table or view that the warehouse query reads.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on stdout.")
def command(
    logs: tuple[str, ...], log_format: str | None, pairs: tuple[str, ...], shape: str | None,
    by: str | None, show_identities: bool, as_of: datetime | None, max_bytes: int | None, dialect: str | None,
    source: str, as_json: bool,
) -> None:  # fmt: skip
    r"""Show what usage logs hold: rows and why any were set aside, requests, tokens, hours, lengths, cost.

    No message text is read. Formats are recognised by themselves. A cost export among the logs is held against the
    usage by model and day. The small result of --emit-sql is read like a log.

    \b
    Examples:
      steelyard profile usage.jsonl
      steelyard profile 'usage/*.csv.gz' --json
      steelyard profile spend.jsonl --by team
      steelyard profile usage.json cost.csv
      steelyard profile --emit-sql bigquery --table analytics.usage_requests
      steelyard profile export.csv --map start=ts --map input_tokens=prompt --map output_tokens=completion
    """
    from steelyard.facts import load_catalogue  # noqa: PLC0415  heavy: only when profiling
    from steelyard.ingest.reading import DEFAULT_MAX_BYTES  # noqa: PLC0415
    from steelyard.study.log_profile import price_edges, profile_logs  # noqa: PLC0415

    day = as_of.date() if as_of else datetime.now(UTC).date()
    if dialect is not None:
        from steelyard.ingest.warehouse import warehouse_sql  # noqa: PLC0415

        print_bytes(warehouse_sql(dialect, source=source, breakpoints=price_edges(load_catalogue(day))).strip() + "\n")
        return
    if not logs:
        raise click.UsageError("Name at least one log.")
    paths, mapping = _paths(logs), _mapping(pairs)
    catalogue = load_catalogue(day)
    with Progress() as progress:
        found = profile_logs(
            paths, catalogue, catalogue_on=load_catalogue, log_format=log_format, mapping=mapping, shape=shape,
            max_bytes=max_bytes or DEFAULT_MAX_BYTES, by=cast("ClassKey", _BY[by]) if by else None,
            show_identities=show_identities, progress=progress,
        )  # fmt: skip
    if as_json:
        print_bytes(found.model_dump_json(indent=2) + "\n")
    else:
        click.echo(profile_page(found, table_width()))


def _paths(logs: Sequence[str]) -> list[Path]:
    """Return the files; a pattern that the shell left as it is gets unfolded here."""
    from glob import glob  # noqa: PLC0415

    faults: list[Fault] = []
    paths: list[Path] = []
    for log in logs:
        found = [log] if Path(log).exists() else sorted(glob(log, recursive=True))
        if not found:
            faults.append(Fault("there is no such file", log, "a usage log", "Check the path"))
        paths += [Path(name) for name in found]
    if faults:
        raise LogError(faults)
    return list(dict.fromkeys(paths))


def _mapping(pairs: Sequence[str]) -> dict[str, str] | None:
    mapping: dict[str, str] = {}
    for pair in pairs:
        name, sign, column = pair.partition("=")
        if not (name and sign and column):
            raise click.UsageError(f"--map {pair!r}: write NAME=COLUMN, such as start=timestamp")
        mapping[name.strip()] = column.strip()
    return mapping or None
