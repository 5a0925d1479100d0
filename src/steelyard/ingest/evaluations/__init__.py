"""Readers of the user's own paired evaluations: scores by item and option, whatever tool wrote them."""

from steelyard.ingest.evaluations.reading import read_evaluations

__all__ = ["read_evaluations"]
