"""``steelyard prices``: dated token prices, with source and age."""

from collections.abc import Mapping
from typing import ClassVar

import click

from steelyard.cli.browse import as_of_option, explain_name, load
from steelyard.cli.subcommands import WithSubcommands

__all__ = ["command"]


class _Prices(WithSubcommands):
    """Shows prices; its subcommands do more."""

    subcommands: ClassVar[Mapping[str, str]] = {
        "cross-check": "steelyard.cli.price_views",
        "refresh": "steelyard.cli.prices_refresh",
    }


@click.command("prices", cls=_Prices, short_help="Show dated token prices, with source and age.")
@click.argument("model", metavar="[MODEL]", required=False)
@click.option("--why", "name", metavar="SELLER/MODEL", help="Everything known of one price list, with its sources.")
@as_of_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on stdout.")
def command(model: str | None, name: str | None, as_of: object, as_json: bool) -> None:
    r"""Show token prices in force, USD per million tokens; MODEL narrows the list to names that hold it.

    \b
    Examples:
      steelyard prices
      steelyard prices gpt-5.4-mini
      steelyard prices --why openai/gpt-5.4-mini --as-of 2026-11-23
    """
    catalogue = load(as_of)
    if name is not None:
        explain_name(catalogue, name, as_json=as_json)
    else:
        from steelyard.cli.price_views import show_prices  # noqa: PLC0415  only where prices are shown

        show_prices(catalogue, model, as_json=as_json)
