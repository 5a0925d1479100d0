"""``steelyard profile``: what a usage log holds."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steelyard.cli.tables import table
from steelyard.cli.terminal import Progress, print_bytes, table_width
from steelyard.errors import Fault, LogError

if TYPE_CHECKING:
    from steelyard.domain.traffic import Quantiles
    from steelyard.study.log_profile import LogProfile

__all__ = ["command"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHADES = " .:-=+*#%@"
_HOURS = 24


@click.command("profile", short_help="Show what a usage log holds.")
@click.argument("logs", metavar="LOG...", nargs=-1)
@click.option("--format", "log_format", metavar="NAME", help="Log format, where sniffing is to be overruled.")
@click.option(
    "--map", "pairs", metavar="NAME=COLUMN", multiple=True, help="Column of a generic log; repeat per column."
)
@click.option("--shape", metavar="NAME", help="Shape of the week, where no log covers one.")
@click.option("--as-of", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), help="Day of the prices.  [default: today]")
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
    as_of: datetime | None, max_bytes: int | None, dialect: str | None, source: str, as_json: bool,
) -> None:  # fmt: skip
    r"""Show what usage logs hold: rows and why any were set aside, requests, tokens, hours, lengths, cost.

    No message text is read. Formats are recognised by themselves.

    \b
    Examples:
      steelyard profile usage.jsonl
      steelyard profile 'usage/*.csv.gz' --json
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
        found = profile_logs(paths, catalogue, log_format=log_format, mapping=mapping, shape=shape,
                             max_bytes=max_bytes or DEFAULT_MAX_BYTES, progress=progress)  # fmt: skip
    if as_json:
        print_bytes(found.model_dump_json(indent=2) + "\n")
    else:
        click.echo(_page(found, table_width()))


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


def _page(found: "LogProfile", width: int | None) -> str:
    parts = [_head(found), _lengths(found), _models(found, width), _week(found)]
    parts += ["\n".join(f"! {warning}" for warning in found.warnings)] if found.warnings else []
    return "\n\n".join(part for part in parts if part)


def _head(found: "LogProfile") -> str:
    aside = ", ".join(f"{reason}: {n:,}" for reason, n in found.rows.set_aside.items()) or "none"
    span = found.span
    when = f"{span.start:%Y-%m-%d %H:%M} to {span.end:%Y-%m-%d %H:%M} UTC" if span.start and span.end else "no times"
    lines = [
        ("log", f"{', '.join(found.files)} ({', '.join(found.formats)})"),
        ("rows", f"{found.rows.read:,} read, {found.rows.used:,} used; set aside: {aside}"),
        ("span", f"{when} ({_length(span.days)})"),
        ("requests", f"{found.requests:,}, which is {found.requests_per_month:,.0f} a month" if found.requests
                     else f"not counted by the source; about {found.requests_per_month:,.0f} a month"),
        ("tokens", ", ".join(f"{name.replace('_', ' ')} {n:,.0f}" for name, n in found.tokens.items() if n)),
        ("cached", f"{found.cached_fraction:.1%} of the input; failed: {found.failed_fraction:.1%} of the rows"),
        ("bursts", f"busiest minute {found.peak_to_mean_per_minute:,.1f} times the mean minute; "
                   f"gaps vary by {found.inter_arrival_cv:.2f} (1 is random)"),
    ]  # fmt: skip
    return "\n".join(f"{name:<9} {text}" for name, text in lines)


def _length(days: float) -> str:
    return f"{days:,.1f} days" if days >= 2 else f"{days * _HOURS:,.1f} hours"


def _lengths(found: "LogProfile") -> str:
    rows = [_quantiles(name, q) for name, q in (("input", found.input_tokens), ("output", found.output_tokens)) if q]
    if not rows:
        return ""
    return table(["tokens", "mean", "p50", "p90", "p99", "max"], rows, right={1, 2, 3, 4, 5})


def _quantiles(name: str, q: "Quantiles") -> list[str]:
    return [name, *(f"{value:,.0f}" for value in (q.mean, q.p50, q.p90, q.p99, q.max))]


def _models(found: "LogProfile", width: int | None) -> str:
    rows = [[line.model or "(not logged)", f"{line.requests:,}", f"{line.tokens['output']:,.0f}",
             "unknown" if line.usd is None else f"{line.usd:,.2f}", line.priced_as or "no price list"]
            for line in found.models]  # fmt: skip
    heads = ["model", "requests", "output tokens", "list USD", "priced as"]
    return table(heads, rows, right={1, 2, 3}, width=width) if rows else ""


def _week(found: "LogProfile") -> str:
    """Draw the rates of the week, one character an hour, darker for busier."""
    top = max(found.hour_of_week_rps)
    if top <= 0:
        return ""
    lines = [f"week      0 h{' ' * 20}23 h (UTC)   shape: {found.shape_source}, busiest hour {top:,.3g} requests/s"]
    for day, name in enumerate(_DAYS):
        rates = found.hour_of_week_rps[day * _HOURS : (day + 1) * _HOURS]
        lines.append(f"{name:<9} " + "".join(_SHADES[round(rate / top * (len(_SHADES) - 1))] for rate in rates))
    return "\n".join(lines)
