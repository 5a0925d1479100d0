"""Readers of measured serving runs, whatever tool wrote them: rows that ``validate`` and ``calibrate`` take."""

from steelyard.ingest.benchmarks.reading import read_runs

__all__ = ["read_runs"]
