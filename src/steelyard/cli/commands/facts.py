"""``steelyard facts``: what is known, since when, from whom."""

import click

from steelyard.cli.browse import FACT_KINDS, as_of_option, explain_name, load, show_kind, show_kinds

__all__ = ["command"]


@click.command("facts", short_help="Browse the facts: models, machines, offers, figures, rules.")
@click.argument("kind", metavar="[KIND]", required=False, type=click.Choice(FACT_KINDS))
@click.option("--match", metavar="TEXT", help="Only lines that hold this text.")
@click.option("--why", "name", metavar="NAME", help="Everything known of one entry or number, with its sources.")
@as_of_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on stdout.")
def command(kind: str | None, match: str | None, name: str | None, as_of: object, as_json: bool) -> None:
    r"""Browse the facts that decisions rest on, each with its source, date and age.

    KIND is one of models, managed, accelerators, gpu-offers, servers, prices, tuning, provisioned, throughput, figures,
    quality, regimes, services; without it the kinds are counted.

    \b
    Examples:
      steelyard facts models
      steelyard facts accelerators --as-of 2025-06-01
      steelyard facts --why h100-sxm.memory_bandwidth_bytes_per_s
    """
    catalogue = load(as_of)
    if name is not None:
        explain_name(catalogue, name, as_json=as_json)
    elif kind is None:
        show_kinds(catalogue, as_json=as_json)
    else:
        show_kind(catalogue, kind, match, as_json=as_json)
