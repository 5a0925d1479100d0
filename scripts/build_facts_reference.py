"""Write docs/reference/facts.md: the packaged facts counted, their oldest figures, their widest disagreements.

Usage: python scripts/build_facts_reference.py
"""

import sys
from datetime import date
from pathlib import Path

from steelyard.facts import load_catalogue
from steelyard.facts.reference_page import facts_page

TARGET = Path(__file__).resolve().parents[1] / "docs" / "reference" / "facts.md"
AS_OF = date(2026, 11, 23)
"""Day of the page; a page of another day is another page."""


def page() -> str:
    """Return the page; packaged facts only, whatever overlay this machine has."""
    return facts_page(load_catalogue(AS_OF))


def main() -> int:
    """Write the page; return an exit code."""
    TARGET.write_text(page(), encoding="utf-8")
    print("Wrote docs/reference/facts.md.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
