"""Measure what a decision's files weigh, how long they take to write, and how fast the report opens and answers.

Prints the table of ``docs/benchmarks.md``: ``python scripts/report_figures.py [EXAMPLE...]``.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from steelyard.report import render_html, render_json, render_markdown, render_pdf, render_terminal, render_xlsx
from steelyard.study.load import load_study
from steelyard.study.pipeline import Outcome, decide_in_full

ROOT = Path(__file__).resolve().parents[1]
AS_OF = date(2026, 11, 23)
EXAMPLES = ("hospital", "startup", "scale", "legal-publisher", "model-company")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
OPENINGS = 5
Row = tuple[str, str, str]


def main(names: Sequence[str]) -> int:
    """Print one table; return an exit code."""
    print("| example | file | size | CPU to write |\n|---|---|---|---|")
    opened: list[Row] = []
    for name in names or EXAMPLES:
        study = load_study(ROOT / "examples" / name / "study.yaml")
        outcome = decide_in_full(study, base_folder=ROOT / "examples" / name, seed=0, as_of=AS_OF)
        for file, size, took in files(outcome):
            print(f"| {name} | {file} | {size} | {took} |")
        found = opening(render_html(outcome.result, outcome.workings))
        opened += [(name, *found)] if found else []
    if opened:
        print("\n| example | opens (load event, median of five) | a moved slider answers: base case, 256 draws |")
        print("|---|---|---|")
        for name, opens, answers in opened:
            print(f"| {name} | {opens} | {answers} |")
    return 0


def files(outcome: Outcome) -> list[Row]:
    """Return file, size and CPU time of each output."""
    result, workings = outcome.result, outcome.workings
    makers: dict[str, Callable[[], str | bytes]] = {
        "report.html": lambda: render_html(result, workings), "decision.xlsx": lambda: render_xlsx(result, workings),
        "decision.pdf": lambda: render_pdf(result), "decision.md": lambda: render_markdown(result),
        "decision.json": lambda: render_json(result), "terminal": lambda: render_terminal(result),
    }  # fmt: skip
    found: list[Row] = []
    for file, make in makers.items():
        make()  # imports and templates are loaded once
        started = time.process_time()
        content = make()
        took = time.process_time() - started
        size = len(content.encode() if isinstance(content, str) else content)
        found.append((file, f"{size / 1e3:,.0f} kB", f"{took:.2f} s"))
    return found


def opening(html: str) -> tuple[str, str] | None:
    """Return how long the report takes to open, and a slider to answer; None without Chromium."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        return None
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as play:
        file = Path(scratch) / "report.html"
        file.write_text(html, encoding="utf-8")
        browser = play.chromium.launch(executable_path=path, args=QUIET)
        loads: list[float] = []
        for _ in range(OPENINGS):
            page = browser.new_page()
            page.goto(file.as_uri())
            loads.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
            answers = page.evaluate(ANSWER)
            page.close()
        browser.close()
    words = "no slider" if answers is None else f"{answers[0]:.1f} ms, {answers[1]:.0f} ms"
    return f"{sorted(loads)[OPENINGS // 2]:.0f} ms", words


ANSWER = """() => {
  if (!window.steelyard) return null;
  const timed = (f) => { const start = performance.now(); f(); return performance.now() - start; };
  steelyard.costs({});
  return [timed(() => steelyard.costs({})), timed(() => steelyard.spread({}))];
}"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
