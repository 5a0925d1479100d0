"""Write every generated file anew: schemas, the pages of the study file and of log formats, how lines are costed."""

import sys
from datetime import date
from pathlib import Path

from steelyard.facts import load_catalogue
from steelyard.study.costing_page import costing_page
from steelyard.study.log_formats_page import formats_page
from steelyard.study.reference_page import reference_page
from steelyard.study.schema import write_schemas

FACTS_OF = date(2026, 11, 23)
"""Day of the facts that the page of costs names."""
ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Write the files; return an exit code."""
    write_schemas(ROOT / "schemas")
    (ROOT / "docs" / "reference" / "study-file.md").write_text(reference_page(), encoding="utf-8")
    (ROOT / "docs" / "reference" / "log-formats.md").write_text(formats_page(), encoding="utf-8")
    (ROOT / "docs" / "costing.md").write_text(costing_page(load_catalogue(FACTS_OF)), encoding="utf-8")
    presets = ROOT / "src" / "steelyard" / "web" / "presets"
    for preset in sorted(presets.glob("*.yaml")):
        preset.write_bytes((ROOT / "examples" / preset.stem / "study.yaml").read_bytes())
    print("Wrote schemas/, pages of docs/reference, docs/costing.md and the organisations of the web app.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
