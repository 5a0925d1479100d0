"""LibreOffice for the tests of the workbook: it computes every formula again."""

import shutil
import subprocess
from pathlib import Path

import openpyxl

__all__ = ["OFFICE", "recomputed"]

OFFICE = shutil.which("soffice")
"""LibreOffice; None where it is not installed."""


def recomputed(data: bytes, folder: Path) -> openpyxl.Workbook:
    """Return the workbook after LibreOffice has computed every formula of it."""
    source = folder / "decision.xlsx"
    source.write_bytes(data)
    assert OFFICE is not None
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [OFFICE, profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML",
               "--outdir", str(folder / "out"), str(source)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    return openpyxl.load_workbook(folder / "out" / "decision.xlsx", data_only=True)
