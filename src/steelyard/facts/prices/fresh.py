"""A later state of the price package's data, read as the package's own is."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from steelyard.domain.price import RateCard
from steelyard.facts.prices.listings import listings_of
from steelyard.facts.prices.tokens import PROVIDERS, rate_cards

if TYPE_CHECKING:
    from genai_prices.types import Provider

__all__ = ["package_cards"]


def package_cards(
    providers: "Sequence[Provider]", day: date, open_model: Callable[[str], str | None]
) -> tuple[RateCard, ...]:
    """Return the rate cards that fresh data of the price package give on a day.

    Parameters
    ----------
    providers
        The package's providers, read from data it published after the version installed.
    day
        Changes that start later are announced ones.
    open_model
        Seller's model name to the identifier of open weights, None for managed models.
    """
    return rate_cards(day, open_model, listings_of(providers, PROVIDERS))
