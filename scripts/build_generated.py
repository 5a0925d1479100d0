"""Write every generated file anew: the published schemas."""

import sys
from pathlib import Path

from steelyard.study.schema import write_schemas

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Write the schemas; return an exit code."""
    write_schemas(ROOT / "schemas")
    print("Wrote schemas/.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
