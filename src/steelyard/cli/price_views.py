"""Prices on a page: vendors' own models, hosted open weights by seller, and where sources disagree."""

import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from steelyard.cli.tables import table
from steelyard.cli.terminal import print_bytes, table_width
from steelyard.nouns import counted, noun

if TYPE_CHECKING:
    from steelyard.domain.catalogue import Catalogue
    from steelyard.domain.price import RateCard
    from steelyard.facts.prices.crosscheck import Disagreement

__all__ = ["command", "show_prices"]

_WIDEST_SHOWN = 10
_HEADS = ("input", "cached", "output", "batch", "first seen", "retires", "off by", "age d")


def show_prices(catalogue: "Catalogue", match: str | None, *, as_json: bool) -> None:
    """Print the price lists whose name holds ``match``: managed models, then hosted open weights by model and price.

    Raises
    ------
    UnknownNameError
        If none does; near names are offered.
    """
    from steelyard.errors import UnknownNameError  # noqa: PLC0415

    every = {f"{card.seller}/{card.model}": card for card in catalogue.rate_cards}
    wanted = [card for name, card in every.items() if not match or match.lower() in name.lower()]
    if match and not wanted:
        raise UnknownNameError("price", match, every, listed_by="steelyard prices")
    if as_json:
        _print_prices_json(catalogue, wanted)
        return
    own = [card for card in wanted if not card.open_weights]
    hosted = sorted((card for card in wanted if card.open_weights), key=_by_price)
    if own:
        rows = [[card.seller, card.model, *_cells(card, catalogue)] for card in own]
        _print("Models sold by their vendor", ("seller", "model"), rows)
    if hosted:
        rows = [[card.model, card.seller, *_cells(card, catalogue)] for card in hosted]
        _print("Open weights, by who hosts them, cheapest first", ("model", "seller"), rows)
    click.echo(f"{len(wanted)} of {counted(len(every), 'price')}, USD per million tokens, known on {catalogue.as_of}. "
               "--why NAME shows the sources of one.\nOff by: how far age and disagreeing sources leave "
               "a price open, one side of the 80 % interval that a decision draws from.")  # fmt: skip


def _print_prices_json(catalogue: "Catalogue", wanted: "Sequence[RateCard]") -> None:
    from steelyard.cli.catalogue_view import dump  # noqa: PLC0415

    entries = [dump(card, catalogue.as_of) | {"off_by_fraction": _off_by(card, catalogue)} for card in wanted]
    document = {"as_of": str(catalogue.as_of), "kind": "prices", "entries": entries}
    print_bytes(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _off_by(card: "RateCard", catalogue: "Catalogue") -> float:
    """Return the upper side of the interval that a decision draws the price from, as a share of the price."""
    from steelyard.facts.prices.ageing import card_spread  # noqa: PLC0415

    return math.expm1(card_spread(card, catalogue.as_of, catalogue.figures))


def _by_price(card: "RateCard") -> tuple[str, Decimal, str]:
    prices = card.tiers[0].prices
    return card.model, prices.uncached_input + prices.output, card.seller


def _cells(card: "RateCard", catalogue: "Catalogue") -> list[str]:
    prices = card.tiers[0].prices
    retires = "-" if card.retires is None else str(card.retires)
    if card.retires is not None and card.retires <= catalogue.as_of:
        retires += " gone"
    return [_usd(prices.uncached_input), _usd(prices.cache_read), _usd(prices.output),
            "-" if card.batch_discount is None else f"-{card.batch_discount:.0%}", str(card.first_seen or "-"), retires,
            f"{_off_by(card, catalogue):.0%}", _age(card, catalogue)]  # fmt: skip


def _age(card: "RateCard", catalogue: "Catalogue") -> str:
    from steelyard.cli.catalogue_view import LATER  # noqa: PLC0415

    days = (catalogue.as_of - card.evidence.as_of).days
    return LATER if days < 0 else f"{days:,}"


def _print(title: str, names: tuple[str, str], rows: Sequence[Sequence[str]]) -> None:
    heads = (*names, *_HEADS)
    click.echo(f"{title}\n")
    click.echo(table(heads, rows, right={2, 3, 4, 5, len(heads) - 2, len(heads) - 1}, width=table_width()) + "\n")


def _usd(value: Decimal | None) -> str:
    if value is None:
        return "-"
    shown = f"{value:,f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


@click.command("cross-check", short_help="Where sources of token prices disagree, and by how much.")
@click.argument("model", metavar="[MODEL]", required=False)
@click.option("--all", "every", is_flag=True, help="Show every difference, not only the ten widest.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on stdout.")
def command(model: str | None, every: bool, as_json: bool) -> None:
    r"""Show where sources of token prices disagree, by field and by how much, the widest first.

    A difference is the largest distance from the price that is billed, as a share of it. The widest on input or output
    widens that listing's price in a decision. MODEL narrows the list to names that hold it.

    \b
    Examples:
      steelyard prices cross-check
      steelyard prices cross-check --all gemini
      steelyard prices cross-check --json
    """
    from steelyard.facts.prices.crosscheck import disagreements  # noqa: PLC0415  only where asked for

    known = disagreements()
    found = [d for d in known if not model or model.lower() in d.model.lower()]
    if model and not found:
        _check_listed(model)
    if as_json:
        _print_json(found)
        return
    if not found:
        click.echo(
            f"No source disagrees on {model!r}: {counted(len(known), 'price')} of other models "
            f"{noun(len(known), 'differs', 'differ')}."
        )
        return
    shown = found if every else found[:_WIDEST_SHOWN]
    heads = ("model", "field", "differs by", "billed", "lowest", "highest")
    click.echo(table(heads, [_difference(d) for d in shown], right={2, 3}, width=table_width()))
    rest = f" --all shows {len(found) - len(shown)} more." if len(found) > len(shown) else ""
    compared = (f"{counted(len(found), 'price differs', 'prices differ')} among the sources compared on "
                f"{found[0].as_of}, USD per million tokens.")  # fmt: skip
    click.echo(f"\n{compared}{rest}")
    click.echo("Equal prices do not prove a price: sources copy the same page.")


def _check_listed(model: str) -> None:
    """Refuse a name that no listing holds: that no source disagrees on it would say nothing."""
    from steelyard.cli.browse import load  # noqa: PLC0415
    from steelyard.errors import UnknownNameError  # noqa: PLC0415

    listed = {card.model for card in load(None).rate_cards}
    if not any(model.lower() in name.lower() for name in listed):
        raise UnknownNameError("model", model, listed, where="MODEL", listed_by="steelyard prices")


def _difference(found: "Disagreement") -> list[str]:
    prices = found.usd_per_mtok
    low, high = min(prices.values()), max(prices.values())
    return [found.model, found.field.replace("_", " "), f"{found.fraction:.0%}", _usd(found.billed),
            f"{_usd(low)} {_sources(prices, low)}", f"{_usd(high)} {_sources(prices, high)}"]  # fmt: skip


def _sources(prices: Mapping[str, Decimal], at: Decimal) -> str:
    return ", ".join(sorted(source for source, price in prices.items() if price == at))


def _print_json(found: "Sequence[Disagreement]") -> None:
    from steelyard.facts.prices.crosscheck import WIDENING  # noqa: PLC0415

    differences = [
        {"model": d.model, "field": d.field, "difference_fraction": round(d.fraction, 6),
         "billed_usd_per_mtok": None if d.billed is None else float(d.billed),
         "usd_per_mtok": {source: float(price) for source, price in sorted(d.usd_per_mtok.items())},
         "widens_the_interval": d.field in WIDENING, "compared_on": d.as_of.isoformat()}
        for d in found
    ]  # fmt: skip
    print_bytes(json.dumps({"differences": differences}, indent=2, ensure_ascii=False) + "\n")
