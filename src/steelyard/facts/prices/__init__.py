"""Prices as known on a date: tokens by seller, GPU hours for rent, servers for sale."""

from steelyard.facts.prices.offers import term_offers
from steelyard.facts.prices.tokens import PACKAGE_DATE, rate_cards

__all__ = ["PACKAGE_DATE", "rate_cards", "term_offers"]
