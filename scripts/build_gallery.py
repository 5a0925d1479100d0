"""Rebuild docs/gallery from the demo: report, document, screenshots at two widths, light and dark."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GALLERY = ROOT / "docs" / "gallery"
STUDY = ROOT / "examples" / "support-assistant" / "study.yaml"
AS_OF = "2026-11-23"
SHOTS = (
    ("1280-light", 1280, "light"),
    ("1280-dark", 1280, "dark"),
    ("390-light", 390, "light"),
    ("390-dark", 390, "dark"),
)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip


def main() -> int:
    """Decide the example and photograph the report; return an exit code."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "decision"
        command = [sys.executable, "-m", "steelyard", "decide", str(STUDY), "--out", str(out), "--as-of", AS_OF]
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)  # noqa: S603
        if done.returncode:
            return done.returncode
        GALLERY.mkdir(parents=True, exist_ok=True)
        for name in ("report.html", "decision.json"):
            shutil.copyfile(out / name, GALLERY / name)
        (GALLERY / "terminal.txt").write_text(done.stdout.split("\nReport:")[0] + "\n", encoding="utf-8")
    photograph()
    print(f"Rebuilt {GALLERY.relative_to(ROOT)}.")
    return 0


def photograph() -> None:
    """Take the first screen of the report at each width and colour scheme."""
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    if browser_path is None:
        print("No Chromium here: the screenshots stay as they are.")
        return
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=QUIET)
        for name, width, scheme in SHOTS:
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            page.goto((GALLERY / "report.html").as_uri())
            page.screenshot(path=GALLERY / f"report-{name}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
