"""``steelyard facts``: what is known, since when, from whom."""

import click

from steelyard.cli.browse import (
    ALIASES,
    FACT_KINDS,
    GRADES,
    as_of_option,
    explain_name,
    load,
    older_than_days,
    show_kinds,
)
from steelyard.cli.fact_tables import Filters, show_kind

__all__ = ["command"]


@click.command("facts", short_help="Browse the facts: models, machines, offers, figures, rules.")
@click.argument("kind", metavar="[KIND]", required=False, type=click.Choice((*FACT_KINDS, *ALIASES)))
@click.option("--search", "--match", "text", metavar="TEXT", help="Only entries that hold this text anywhere.")
@click.option("--grade", type=click.Choice(GRADES), help="Only entries whose main source has this grade.")
@click.option("--older-than", "age", metavar="AGE", help="Only entries seen longer ago: 90d, 8w, 6mo, 2y.")
@click.option("--why", "name", metavar="NAME", help="The whole chain behind one entry or number.")
@as_of_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on stdout.")
def command(
    kind: str | None, text: str | None, grade: str | None, age: str | None, name: str | None, as_of: object,
    as_json: bool,
) -> None:  # fmt: skip
    r"""Browse the facts that decisions rest on, each with its source, date, age and grade.

    KIND is one of models, managed, accelerators, gpu-offers (offers), servers, prices (rate-cards), tuning,
    tuning-cases, provisioned, throughput, figures, quality, quantization, tokenizers, regimes, services; without it
    the kinds are counted by grade.

    NAME is an entry, ENTRY.FIELD, a name from the assumptions of a decision ("rent of g2-standard-4 at gcp, on
    demand"), usd_per_h.ACCELERATOR, or "MODEL on ACCELERATOR".

    \b
    Examples:
      steelyard facts models
      steelyard facts figures --grade weak --older-than 6mo
      steelyard facts accelerators --search hbm --as-of 2025-06-01
      steelyard facts --why power.us_industrial_usd_per_kwh
      steelyard facts --why h100-sxm.memory_bandwidth_bytes_per_s
    """
    if kind is None and name is None and (text or grade or age):
        raise click.UsageError("--search, --grade and --older-than narrow a KIND; name one.")
    days = older_than_days(age)
    catalogue = load(as_of)
    if name is not None:
        explain_name(catalogue, name, as_json=as_json)
    elif kind is None:
        show_kinds(catalogue, as_json=as_json)
    else:
        show_kind(catalogue, ALIASES.get(kind, kind), Filters(text, grade, days), as_json=as_json)
