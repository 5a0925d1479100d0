"""Put this checkout on the path of the environment that runs this script, and its command beside the interpreter.

Nothing is built and nothing is fetched: a path file and a start script are all that an editable install needs.
"""

import stat
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START = """#!{python}
import sys

from steelyard.cli import main

if __name__ == "__main__":
    sys.exit(main())
"""


def main() -> None:
    """Write ``steelyard.pth`` and the ``steelyard`` command."""
    Path(sysconfig.get_path("purelib"), "steelyard.pth").write_text(f"{ROOT / 'src'}\n", encoding="utf-8")
    command = Path(sysconfig.get_path("scripts"), "steelyard")
    command.write_text(START.format(python=sys.executable), encoding="utf-8")
    command.chmod(command.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


if __name__ == "__main__":
    main()
