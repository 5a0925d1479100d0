"""Make the virtual environment, or say which package to install first."""

import importlib.util
import subprocess
import sys

LEAST = (3, 11)
"""Oldest Python that Steelyard runs on."""


def main(folder: str) -> int:
    """Create ``folder``; return an exit code."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if sys.version_info[:2] < LEAST:
        print(f"Python {version} is too old: Steelyard needs 3.11 or newer. Name one: make PYTHON=python3.11 demo")
        return 2
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        print(f"Python {version} lacks {' and '.join(missing)}. On Debian or Ubuntu install it with:\n"
              f"    sudo apt install python{version}-venv\nthen run make again.")  # fmt: skip
        return 2
    print(f"Making {folder} with Python {version} ...", flush=True)
    return subprocess.call([sys.executable, "-m", "venv", folder])  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
