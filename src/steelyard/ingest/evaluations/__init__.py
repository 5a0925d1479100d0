"""Readers of the user's own paired evaluations: scores by item and option, whatever tool wrote them."""

from steelyard.ingest.evaluations.reading import evaluation_files, read_evaluations

__all__ = ["evaluation_files", "read_evaluations"]
