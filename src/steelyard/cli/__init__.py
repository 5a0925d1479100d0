"""The command line: the only place that prints and exits. Importing it loads click and the standard library only."""

import os

from steelyard.cli.group import main

__all__ = ["main"]

os.environ.setdefault(
    "OPENBLAS_NUM_THREADS", "1"
)  # the matrices are small: a second thread only waits, and is paid for
