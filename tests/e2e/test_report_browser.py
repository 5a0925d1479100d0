"""The report in headless Chromium: quiet, offline, readable on a desk and on a phone."""

from pathlib import Path
from typing import Any

import pytest

from report_browser import CONTRAST, OVERLAPS, UNNAMED, Visit, browser
from report_example import bare_result, example_result, infeasible_result
from report_insights import sceptical_result
from steelyard.domain.result import Result

__all__ = ["browser"]
pytestmark = pytest.mark.browser
CHARTS = {"example_result": 11, "long_names": 11, "infeasible_result": 3, "bare_result": 2, "sceptical_result": 12}
LONG = "Supercalifragilisticexpialidocious" * 4


def long_names() -> Result:
    result = example_result()
    options = tuple(o.model_copy(update={"label": f"{LONG} {n}"}) for n, o in enumerate(result.options))
    return result.model_copy(
        update={"study": LONG, "reason": LONG, "options": options, "warnings": (LONG,), "oldest_figure": LONG}
    )


@pytest.mark.parametrize("width", [1280, 768, 390, 320])
@pytest.mark.parametrize("make", [example_result, infeasible_result, bare_result, long_names, sceptical_result])
def test_nothing_is_clipped_or_scrolls_sideways_and_nothing_is_fetched(
    browser, tmp_path: Path, make: Any, width: int
) -> None:
    visit = Visit(browser, tmp_path, make(), width=width)
    assert visit.asked == [visit.address]
    assert visit.said == []
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    charts, faults = visit.page.evaluate(OVERLAPS)
    assert faults == []
    assert charts == CHARTS[make.__name__]
    visit.page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast_aa_and_every_part_a_name(browser: Any, tmp_path: Path, scheme: str) -> None:
    visit = Visit(browser, tmp_path, sceptical_result(), scheme=scheme)
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
