"""Write every generated file anew: the published schemas and the reference page of the study file."""

from pathlib import Path

from steelyard.study.reference_page import reference_page
from steelyard.study.schema import write_schemas

ROOT = Path(__file__).parents[1]

if __name__ == "__main__":
    write_schemas(ROOT / "schemas")
    (ROOT / "docs" / "reference" / "study-file.md").write_text(reference_page(), encoding="utf-8")
    print("wrote schemas/ and docs/reference/study-file.md")
