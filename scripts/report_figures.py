"""Measure what a decision's files weigh, how long they take to write, and how fast the report opens and answers.

Prints the two tables of ``docs/benchmarks.md`` as they are pasted there: ``python scripts/report_figures.py
[EXAMPLE...]``. The demo's log must lie where ``make demo`` writes it, or the demo is left out.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from steelyard.report import render_html, render_json, render_markdown, render_pdf, render_terminal, render_xlsx
from steelyard.study.load import load_study
from steelyard.study.pipeline import Outcome, decide_in_full

ROOT = Path(__file__).resolve().parents[1]
AS_OF = date(2026, 11, 23)
DEMO = "support-assistant"
EXAMPLES = ("hospital", "startup", "scale", "legal-publisher", "model-company", DEMO)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
OPENINGS = 5
FILES: dict[str, Callable[[Outcome], str | bytes]] = {
    "report.html": lambda o: render_html(o.result, o.workings),
    "decision.xlsx": lambda o: render_xlsx(o.result, o.workings),
    "decision.pdf": lambda o: render_pdf(o.result), "decision.md": lambda o: render_markdown(o.result),
    "decision.json": lambda o: render_json(o.result), "terminal": lambda o: render_terminal(o.result),
}  # fmt: skip


class Opened(NamedTuple):
    """How a report opened and answered."""

    load_s: float
    """From navigation to the load event, median [s]."""
    cpu_s: float
    """What the page's thread worked until then, median: it does not depend on what else the machine does [s]."""
    base_ms: float | None
    """A moved slider: every option's base case [ms]; None without sliders."""
    draws_s: float | None
    """The same on the draws the page carries [s]."""


def main(names: Sequence[str]) -> int:
    """Print both tables; return an exit code."""
    print(f"| example | options | {' | '.join(FILES)} |\n|{'---|' * (len(FILES) + 2)}")
    opened: dict[str, Opened] = {}
    largest = (0, "")
    for name in names or EXAMPLES:
        folder = ROOT / "examples" / name
        if name == DEMO and not any((folder / "usage").glob("*.jsonl.gz")):
            continue
        outcome = decide_in_full(load_study(folder / "study.yaml"), base_folder=folder, seed=0, as_of=AS_OF)
        print(f"| {name} | {len(outcome.result.options)} | {' | '.join(written(outcome, file) for file in FILES)} |")
        page = render_html(outcome.result, outcome.workings)
        largest = max(largest, (len(page.encode()), name))
        found = opening(page)
        opened |= {name: found} if found else {}
    print("\n| what | measured | must |\n|---|---|---|")
    for row in told(opened, largest):
        print(f"| {' | '.join(row)} |")
    return 0


def written(outcome: Outcome, file: str) -> str:
    """Return size and CPU time of one file."""
    make = FILES[file]
    make(outcome)  # imports and templates are loaded once
    started = time.process_time()
    content = make(outcome)
    took = time.process_time() - started
    size = len(content.encode() if isinstance(content, str) else content)
    return f"{took:.2f} s" if file == "terminal" else f"{size / 1e3:,.0f} kB, {took:.2f} s"


def told(opened: dict[str, Opened], largest: tuple[int, str]) -> list[tuple[str, str, str]]:
    """Return the rows of the second table."""
    rows: list[tuple[str, str, str]] = []
    if opened:
        named = ", ".join(opened)
        rows += [
            (f"report of {named} opens (load event, median of {OPENINGS})",
             f"{', '.join(f'{o.load_s:.2f}' for o in opened.values())} s", "1 s"),
            ("the same in CPU of the page, whatever else the machine does",
             f"{', '.join(f'{o.cpu_s:.2f}' for o in opened.values())} s", ""),
            ("a moved slider: base case of every option, month by month",
             _range([o.base_ms for o in opened.values()], ".1f", "ms"), ""),
            ("the same on the draws the page carries, in slices of 16 that leave the page free",
             _range([o.draws_s for o in opened.values()], ".2f", "s"), ""),
        ]  # fmt: skip
    gallery = sum(f.stat().st_size for f in (ROOT / "docs" / "gallery").rglob("*") if f.is_file())
    rows.append(("largest report", f"{largest[0] / 1e6:.2f} MB ({largest[1]})", "2 MB"))
    rows.append(("gallery", f"{gallery / 1e6:.1f} MB", "12 MB"))
    return rows


def _range(values: Sequence[float | None], form: str, unit: str) -> str:
    known = [value for value in values if value is not None]
    return f"{min(known):{form}} to {max(known):{form}} {unit}" if known else "no slider"


def opening(html: str) -> Opened | None:
    """Return how long the report takes to open, and a slider to answer; None without Chromium."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        return None
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as play:
        file = Path(scratch) / "report.html"
        file.write_text(html, encoding="utf-8")
        browser = play.chromium.launch(executable_path=path, args=QUIET)
        visits = [_visit(browser, file) for _ in range(OPENINGS)]
        browser.close()
    base = [v.base_ms for v in visits if v.base_ms is not None]
    draws = [v.draws_s for v in visits if v.draws_s is not None]
    return Opened(median(v.load_s for v in visits), median(v.cpu_s for v in visits),
                  median(base) if base else None, median(draws) if draws else None)  # fmt: skip


def _visit(browser: Any, file: Path) -> Opened:
    """Open the report once."""
    page = browser.new_page()
    counters = page.context.new_cdp_session(page)
    counters.send("Performance.enable")
    page.goto(file.as_uri())
    metrics = {m["name"]: m["value"] for m in counters.send("Performance.getMetrics")["metrics"]}
    load_ms = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    answers = page.evaluate(ANSWER)
    page.close()
    base, draws = answers or (None, None)
    return Opened(load_ms / 1e3, metrics["TaskDuration"], base, None if draws is None else draws / 1e3)


ANSWER = """() => {
  if (!window.steelyard) return null;
  const timed = (f) => { const start = performance.now(); f(); return performance.now() - start; };
  steelyard.costs({});
  return [timed(() => steelyard.costs({})), timed(() => steelyard.spread({}))];
}"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
