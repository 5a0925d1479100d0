"""Write every generated file anew: the published schemas and the reference page of the study file."""

import sys
from pathlib import Path

from steelyard.study.reference_page import reference_page
from steelyard.study.schema import write_schemas

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Write the files; return an exit code."""
    write_schemas(ROOT / "schemas")
    (ROOT / "docs" / "reference" / "study-file.md").write_text(reference_page(), encoding="utf-8")
    print("Wrote schemas/ and docs/reference/study-file.md.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
