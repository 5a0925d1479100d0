"""The command line: the only place that prints and exits. Importing it loads click and the standard library only."""

from steelyard.cli.group import main

__all__ = ["main"]
