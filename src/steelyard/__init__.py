"""Decide, with evidence anyone can check, how an AI workload should run."""

__version__ = "0.1.0"
