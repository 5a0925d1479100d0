"""Evaluation formats: one module each, with one ``PLUGIN``."""
