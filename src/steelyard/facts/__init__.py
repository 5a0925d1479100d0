"""Dated, sourced figures: models, machines, sellers, prices, quality."""

from steelyard.facts.load import load_catalogue

__all__ = ["load_catalogue"]
