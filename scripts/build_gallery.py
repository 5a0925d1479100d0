"""Rebuild docs/gallery: the demo's report, document, paper and workbook as pictures, and reports of three examples."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
GALLERY = ROOT / "docs" / "gallery"
EXAMPLES = ROOT / "examples"
DEMO = "support-assistant"
OTHERS = ("hospital", "scale", "legal-publisher")
AS_OF = "2026-11-23"
MOST_BYTES = 12_000_000
"""The gallery weighs no more; reports of the other examples are left out from the last on where it would."""
FIRST_SCREENS = (
    ("report-1280-light", 1280, "light"),
    ("report-1280-dark", 1280, "dark"),
    ("report-390-light", 390, "light"),
    ("report-390-dark", 390, "dark"),
)
SLIDERS = (("slider-1280-light", 1280, "light"), ("slider-390-dark", 390, "dark"))
DRAG_TO = 0.9
"""Where a slider is dragged to, along its track."""
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip


def main() -> int:
    """Decide the demo and three examples, photograph what they give; return an exit code."""
    GALLERY.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for name in (DEMO, *OTHERS):
            code = decide(name, Path(scratch))
            if code:
                return code
        photograph(GALLERY / "report.html")
        picture_paper(Path(scratch) / DEMO / "decision.pdf")
        picture_workbook(Path(scratch) / DEMO / "decision.xlsx", Path(scratch))
    weigh()
    print(f"Rebuilt {GALLERY.relative_to(ROOT)}.")
    return 0


def decide(name: str, scratch: Path) -> int:
    """Decide one example and keep its report and its story; the demo's document and record too."""
    out = scratch / name
    study = EXAMPLES / name / "study.yaml"
    command = [sys.executable, "-m", "steelyard", "decide", str(study), "--out", str(out), "--as-of", AS_OF]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)  # noqa: S603
    if done.returncode:
        return done.returncode
    story = done.stdout.split("\nReport:")[0] + "\n"
    if name == DEMO:
        for file in ("report.html", "decision.json", "decision.md"):
            shutil.copyfile(out / file, GALLERY / file)
        (GALLERY / "terminal.txt").write_text(story, encoding="utf-8")
    else:
        shutil.copyfile(out / "report.html", GALLERY / f"{name}.html")
        (GALLERY / f"{name}.txt").write_text(story, encoding="utf-8")
    return 0


def photograph(report: Path) -> None:
    """Take the first screen at each width and colour scheme, and the sliders after one was dragged."""
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    if browser_path is None:
        print("No Chromium here: the screenshots stay as they are.")
        return
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=QUIET)
        for shots, prepare in ((FIRST_SCREENS, stay), (SLIDERS, drag)):
            for name, width, scheme in shots:
                page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
                page.goto(report.as_uri())
                if prepare(page):
                    page.screenshot(path=GALLERY / f"{name}.png")
                page.close()
        browser.close()


def stay(page: Any) -> bool:
    """Leave the page at its first screen."""
    return page is not None


def drag(page: Any) -> bool:
    """Drag the first slider and wait for the draws; say whether there is one."""
    slider = page.locator("#dial-0")
    if not slider.count():
        print("The demo has no slider: no picture of one.")
        return False
    page.evaluate("document.getElementById('try').scrollIntoView()")
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * DRAG_TO, y, steps=8)
    page.mouse.up()
    page.locator("#try[aria-busy=false]").wait_for()
    return True


def picture_paper(pdf: Path) -> None:
    """Take the two pages of the board paper."""
    if pdf.is_file():
        pages(pdf, "paper", last=2)


def picture_workbook(xlsx: Path, scratch: Path) -> None:
    """Take the first sheet of the workbook, as LibreOffice prints it."""
    office = shutil.which("soffice")
    if office is None:
        print("No LibreOffice here: the picture of the workbook stays as it is.")
        return
    profile = f"-env:UserInstallation={(scratch / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(scratch), str(xlsx)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    pages(scratch / "decision.pdf", "workbook", last=1)


def pages(pdf: Path, name: str, *, last: int) -> None:
    """Write the first pages of a PDF as ``name-1.png`` and so on."""
    program = shutil.which("pdftoppm")
    if program is None:
        print(f"No pdftoppm here: {name} stays as it is.")
        return
    for page in range(1, last + 1):
        target = GALLERY / f"{name}-{page}"
        command = [program, "-r", "80", "-png", "-f", str(page), "-l", str(page), "-singlefile", str(pdf), str(target)]
        subprocess.run(command, check=True)  # noqa: S603


def weigh() -> None:
    """Say what the gallery weighs; leave out reports of other examples, the last first, where it is too much."""
    size: Callable[[], int] = lambda: sum(f.stat().st_size for f in GALLERY.iterdir())  # noqa: E731
    for name in reversed(OTHERS):
        if size() > MOST_BYTES:
            (GALLERY / f"{name}.html").unlink(missing_ok=True)
            print(f"Left out {name}.html: the gallery would weigh more than {MOST_BYTES / 1e6:.0f} MB.")
    print(f"The gallery weighs {size() / 1e6:.1f} MB.")


if __name__ == "__main__":
    sys.exit(main())
