"""The report in headless Chromium: quiet, offline, readable on a desk and on a phone."""

# ruff: noqa: E501  scripts of the page stand on one line

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from report_example import bare_result, example_result, infeasible_result
from steelyard.domain.result import Result
from steelyard.report import render_html

pytestmark = pytest.mark.browser
CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
LONG = "Supercalifragilisticexpialidocious" * 4
OVERLAPS = """() => {
  const seen = [...document.querySelectorAll('svg.chart')].filter(s => s.getClientRects().length && s.getBoundingClientRect().width > 0);
  const faults = [];
  for (const svg of seen) {
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
    for (const [words, r] of texts)
      if (r.left < frame.left - 1 || r.right > frame.right + 1 || r.bottom > frame.bottom + 1) faults.push('clipped: ' + words);
    texts.forEach(([a, r], n) => texts.slice(n + 1).forEach(([b, q]) => {
      const w = Math.min(r.right, q.right) - Math.max(r.left, q.left), h = Math.min(r.bottom, q.bottom) - Math.max(r.top, q.top);
      if (w > 1 && h > 4) faults.push('overlap: ' + a + ' / ' + b);
    }));
  }
  return [seen.length, faults];
}"""
CONTRAST = """() => {
  const lum = c => { const v = c.map(x => (x /= 255) <= .04045 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4); return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
  const rgb = s => (s.match(/[\\d.]+/g) || []).slice(0, 4).map(Number);
  const paper = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0) return c.slice(0, 3); } return [255, 255, 255]; };
  const faults = new Set();
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.getClientRects().length) continue;
    if (['STYLE', 'TITLE', 'title', 'desc'].includes(e.tagName)) continue;
    const style = getComputedStyle(e), color = e.tagName === 'text' ? style.fill : style.color;
    if (e.classList.contains('f-paper')) continue;
    const [a, b] = [lum(rgb(color)), lum(paper(e))].sort((x, y) => y - x), ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) faults.add(e.tagName + '.' + e.getAttribute('class') + ' ' + ratio.toFixed(2) + ' ' + e.textContent.slice(0, 40));
  }
  return [...faults];
}"""
UNNAMED = """() => {
  const name = e => e.getAttribute('aria-label') || (e.getAttribute('aria-labelledby') || '').split(' ').map(i => document.getElementById(i)?.textContent || '').join('').trim();
  const faults = [];
  for (const e of document.querySelectorAll('[role=img],[role=region],nav,figure')) if (!name(e)) faults.push(e.outerHTML.slice(0, 80));
  for (const e of document.querySelectorAll('input,select,textarea,button')) if (!name(e) && !e.labels?.length && !e.textContent.trim()) faults.push(e.outerHTML.slice(0, 80));
  for (const e of document.querySelectorAll('table')) if (!e.querySelector('th[scope=col]') || (e.querySelector('tbody tr:not(:has([colspan]))') && !e.querySelector('th[scope=row]'))) faults.push(e.outerHTML.slice(0, 80));
  for (const e of document.querySelectorAll('a,summary')) if (!e.textContent.trim()) faults.push(e.outerHTML.slice(0, 80));
  if (!document.documentElement.lang || document.querySelectorAll('main').length !== 1) faults.push('page');
  return faults;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed here")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """A page opened from a file, with everything it said and asked for."""

    def __init__(self, browser: Any, folder: Path, result: Result, *, width: int = 1280, scheme: str = "light") -> None:
        path = folder / "report.html"
        path.write_text(render_html(result), encoding="utf-8")
        self.page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())
        self.address = path.as_uri()


def long_names() -> Result:
    result = example_result()
    options = tuple(o.model_copy(update={"label": f"{LONG} {n}"}) for n, o in enumerate(result.options))
    return result.model_copy(
        update={"study": LONG, "reason": LONG, "options": options, "warnings": (LONG,), "oldest_figure": LONG}
    )


@pytest.mark.parametrize("width", [1280, 768, 390, 320])
@pytest.mark.parametrize("make", [example_result, infeasible_result, bare_result, long_names])
def test_nothing_is_clipped_or_scrolls_sideways_and_nothing_is_fetched(
    browser, tmp_path: Path, make: Any, width: int
) -> None:
    visit = Visit(browser, tmp_path, make(), width=width)
    assert visit.asked == [visit.address]
    assert visit.said == []
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    charts, faults = visit.page.evaluate(OVERLAPS)
    assert faults == []
    assert charts == {"example_result": 8, "long_names": 8, "infeasible_result": 1, "bare_result": 0}[make.__name__]
    visit.page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast_aa_and_every_part_a_name(browser: Any, tmp_path: Path, scheme: str) -> None:
    visit = Visit(browser, tmp_path, example_result(), scheme=scheme)
    visit.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert visit.page.evaluate(CONTRAST) == []
    assert visit.page.evaluate(UNNAMED) == []
    background = visit.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 28)"}[scheme]
    visit.page.close()


def test_the_verdict_is_on_the_first_screen_of_a_desk_and_of_a_phone(browser: Any, tmp_path: Path) -> None:
    for width, wanted in (
        (
            1280,
            ["Buy: a managed API", "What would flip it", "What being wrong costs", "Why they differ", "Oldest figure"],
        ),
        (390, ["Buy: a managed API", "Confidence", "Why", "What would flip it"]),
    ):
        visit = Visit(browser, tmp_path, example_result(), width=width)
        for words in wanted:
            box = visit.page.get_by_text(words).first.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= 844
        visit.page.close()


def test_a_keyboard_reaches_links_tables_and_data(browser: Any, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, example_result())
    reached: set[str] = set()
    for _ in range(60):
        visit.page.keyboard.press("Tab")
        reached.add(
            visit.page.evaluate(
                "document.activeElement.tagName + ' ' + (document.activeElement.getAttribute('role') || '')"
            )
        )
    assert {"A ", "SUMMARY ", "DIV region"} <= reached
    visit.page.get_by_text("Figures behind “Odds of payback by month”").focus()
    visit.page.keyboard.press("Enter")
    assert visit.page.locator("#chart-payback details table").is_visible()
    visit.page.close()


def test_it_opens_in_under_a_second(browser: Any, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, example_result())
    took = visit.page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    assert 0 < took < 1000
    visit.page.close()


def test_on_paper_charts_are_wide_and_the_background_white(browser: Any, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, example_result(), width=390, scheme="dark")
    visit.page.emulate_media(media="print")
    assert visit.page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert visit.page.locator("svg.wide").first.is_visible()
    assert not visit.page.locator("svg.narrow").first.is_visible()
    assert visit.page.evaluate(CONTRAST) == []
    visit.page.close()
