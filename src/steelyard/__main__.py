"""``python -m steelyard``."""

from steelyard.cli import main

main(prog_name="steelyard")
