"""Uncertain inputs: their distributions, price processes, draws, and what the spread of costs means (pure)."""
