"""Take pictures of every page of the web app, light and dark, on a desk and on a phone: docs/gallery/web."""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "gallery" / "web"
PAGES = {
    "start": "/", "study": "/study?from=startup", "traffic": "/traffic?from=startup",
    "options": "/options?from=startup", "assumptions": "/assumptions?from=startup",
    "serving": "/serving?from=hospital", "compare": "/compare", "saved": "/saved", "api": "/api/docs",
    "error": "/study?from=startup&traffic.growth=lots", "empty": "/options",
}  # fmt: skip
"""Name of a picture -> page."""
OF_A_DECISION = {"study", "traffic", "options", "assumptions", "serving", "error", "empty"}
PATIENCE_MS = 600_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pictures; return an exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="a running server, such as http://127.0.0.1:8737")
    parser.add_argument("--only", nargs="*", default=list(PAGES), help="pages to picture")
    asked = parser.parse_args(arguments)
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  only where pictures are taken

    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_context().new_page()
        page.set_default_timeout(PATIENCE_MS)
        for name in asked.only:
            _picture(page, asked.address, name)
        browser.close()
    return 0


def _picture(page: Any, address: str, name: str) -> None:
    if name in {"compare", "saved"}:
        _two_decisions(page, address)
    for width, height in ((1280, 800), (390, 780)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(address + PAGES[name])
        if name in OF_A_DECISION:
            page.locator("#result[aria-busy=false]").wait_for(state="attached")
        if name == "compare":
            page.get_by_role("button", name="Compare").click()
            page.locator("#sentence").wait_for()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(400)
            page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png")
    print(f"{name}: pictures written")


def _two_decisions(page: Any, address: str) -> None:
    for query in ("from=startup&traffic.requests_per_month=40M", "from=startup"):
        page.goto(f"{address}/study?{query}")
        page.locator("#result[aria-busy=false] section.verdict").wait_for()
    if page.get_by_role("button", name="Save", exact=True).count():
        page.get_by_label("Note").fill("as planned")
        page.get_by_role("button", name="Save", exact=True).click()


if __name__ == "__main__":
    sys.exit(main())
