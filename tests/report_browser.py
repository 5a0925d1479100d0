"""A headless Chromium for the tests of the page, and what they ask it."""

# ruff: noqa: E501  scripts of the page stand on one line

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from steelyard.domain.result import Result
from steelyard.domain.workings import Workings
from steelyard.report import render_html

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
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

    def __init__(
        self,
        browser: Any,
        folder: Path,
        result: Result,
        workings: Workings | None = None,
        *,
        width: int = 1280,
        scheme: str = "light",
    ) -> None:
        path = folder / "report.html"
        path.write_text(render_html(result, workings), encoding="utf-8")
        self.page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())
        self.address = path.as_uri()
