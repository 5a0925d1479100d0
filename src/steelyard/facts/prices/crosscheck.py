"""Where sources of token prices disagree, and by how much."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from steelyard.domain.price import RateCard
from steelyard.facts.prices.names import maker_of

__all__ = ["WIDENING", "Disagreement", "compared_by", "compared_with", "disagreements", "disputed"]

TABLE = Path(__file__).parents[1] / "data" / "price_sources" / "disagreements.json"
BILLED = "genai-prices"
"""Source whose price is billed where it lists the model."""
WIDENING = {"input": "uncached_input", "output": "output"}
"""Compared prices whose differences widen a listing's interval -> their name on a card."""
COMPARED_AS = {
    "deepseek-flash": "deepseek-v4.1-flash", "deepseek-v4-flash": "deepseek-v4.1-flash",
    "qwen3-235b-a22b-instruct-2507": "qwen3-235b-2507",
}  # fmt: skip
"""Our name -> the comparison's, where they differ; DeepSeek serves its V4 Flash name by V4.1 Flash (2026-09-10)."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One price that sources list differently.

    ``model`` is the seller's name, with ``@seller`` where another than the vendor sells it; prices in USD/Mtok.
    """

    model: str
    field: str
    usd_per_mtok: Mapping[str, Decimal]
    as_of: date

    @property
    def billed(self) -> Decimal | None:
        """Price of the source that is billed [USD/Mtok]; None where it does not list the model."""
        return self.usd_per_mtok.get(BILLED)

    @property
    def fraction(self) -> float:
        """Largest distance from the billed price (from the median where it is not listed), as a share of it."""
        prices = sorted(self.usd_per_mtok.values())
        centre = self.usd_per_mtok.get(BILLED, prices[len(prices) // 2])
        return float(max(abs(price - centre) for price in prices) / centre)


@cache
def disagreements() -> tuple[Disagreement, ...]:
    """Return every price on which licensed sources differed on the day they were compared, widest first."""
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    as_of = date.fromisoformat(table["as_of"])
    found = [
        Disagreement(e["model"], e["field"], {k: Decimal(v) for k, v in e["usd_per_mtok"].items()}, as_of)
        for e in table["entries"]
    ]
    return tuple(sorted(found, key=lambda d: (-d.fraction, d.model, d.field)))


def compared_by(as_of: date) -> Mapping[str, tuple[Disagreement, ...]]:
    """Return the differences on input and output prices by the comparison's name; none before its day.

    Cache prices are left out: they are a small share of most bills, and sources that copy late differ most on them.

    Parameters
    ----------
    as_of
        Day of the catalogue.
    """
    known: dict[str, tuple[Disagreement, ...]] = {}
    for found in disagreements():
        if found.as_of <= as_of and found.field in WIDENING:
            known[found.model] = (*known.get(found.model, ()), found)
    return known


def disputed(card: RateCard, known: Mapping[str, tuple[Disagreement, ...]]) -> RateCard:
    """Return the card with the widest difference among sources, where they were compared and differ.

    Parameters
    ----------
    card
        A packaged price list.
    known
        Differences by the comparison's names, as :func:`compared_by` gives them.
    """
    fraction = max((_fraction(card, one) for one in compared_with(card, known)), default=0.0)
    return card.model_copy(update={"disagreement_fraction": fraction}) if fraction else card


def compared_with(card: RateCard, known: Mapping[str, tuple[Disagreement, ...]]) -> tuple[Disagreement, ...]:
    """Return the differences among sources that concern a card; none where they agree or were not compared.

    Parameters
    ----------
    card
        A price list.
    known
        Differences by the comparison's names, as :func:`compared_by` gives them.
    """
    name = card.model.rpartition("/")[2]
    compared = COMPARED_AS.get(name, name)
    at_vendor = not card.open_weights or maker_of(name) == card.seller
    return known.get(compared if at_vendor else f"{compared}@{card.seller}", ())


def _fraction(card: RateCard, found: Disagreement) -> float:
    """Return how far other sources lie from what the card bills; one that lists a price of some hours agrees."""
    field = WIDENING[found.field]
    every = (card.tiers, card.off_peak, *(peak.tiers for peak in card.peaks))
    own: set[Decimal] = {getattr(tiers[0].prices, field) for tiers in every if tiers}
    if found.billed not in own:
        return found.fraction
    billed: Decimal = getattr(card.tiers[0].prices, field)
    return float(max((abs(p - billed) / billed for p in found.usd_per_mtok.values() if p not in own), default=0))
