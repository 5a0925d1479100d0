"""``steelyard cache``: what was kept of the logs read, and how to be rid of it."""

import json
from pathlib import Path
from typing import cast

import click

from steelyard.cli.tables import table
from steelyard.cli.terminal import print_bytes, table_width

__all__ = ["command"]

_MEGABYTE = 1e6


@click.group("cache", short_help="List or clear the tables made of logs.")
def command() -> None:
    r"""List or clear the tables that Steelyard keeps of the logs it has read.

    They hold counts of tokens and times, no text, and are readable by you alone.

    \b
    Examples:
      steelyard cache list
      steelyard cache clear
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on stdout.")
def list_tables(as_json: bool) -> None:
    """List the kept tables: logs, format, rows, size."""
    from steelyard.ingest.cache import cached_tables  # noqa: PLC0415  heavy: only when listing

    kept = [_about(folder) for folder in cached_tables()]
    if as_json:
        print_bytes(json.dumps({"tables": kept}, indent=2, ensure_ascii=False) + "\n")
        return
    if not kept:
        click.echo("The cache is empty.")
        return
    rows = [[str(t["id"]), str(t["formats"]), f"{t['rows_read']:,}", f"{cast(int, t['bytes']) / _MEGABYTE:.1f}",
             str(t["files"])] for t in kept]  # fmt: skip
    click.echo(table(["table", "format", "rows", "MB", "logs"], rows, right={2, 3}, width=table_width()))


@command.command("clear")
def clear() -> None:
    """Remove every kept table and simulation; logs are read anew and traffic is played anew next time."""
    from steelyard.ingest.cache import clear_cache  # noqa: PLC0415
    from steelyard.study.played_cache import clear_played  # noqa: PLC0415

    click.echo(f"Freed {(clear_cache() + clear_played()) / _MEGABYTE:.1f} MB.")


def _about(folder: Path) -> dict[str, object]:
    """Return what is known of one table; one that cannot be read is listed all the same."""
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    try:
        about = cast(dict[str, object], json.loads((folder / "table.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        about = {}
    rows = cast(dict[str, int], about.get("rows") or {})
    files = cast(list[dict[str, object]], about.get("files") or [])
    return {
        "id": folder.name[:12],
        "formats": ", ".join(cast(list[str], about.get("formats") or ["unreadable"])),
        "rows_read": rows.get("read", 0),
        "bytes": size,
        "files": ", ".join(str(file.get("name")) for file in files),
    }
