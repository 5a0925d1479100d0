"""The pages in headless Chromium against the running server: what a visitor does, sees and takes away."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")

from report_browser import CONTRAST, OVERLAPS, UNNAMED, browser
from web_client import log_lines, zipped
from web_server import Server, running_server

__all__ = ["browser"]
pytestmark = pytest.mark.browser
PATIENCE_MS = 180_000
PAGES = {
    "start": "/", "study": "/study?from=startup", "traffic": "/traffic?from=startup",
    "options": "/options?from=startup", "assumptions": "/assumptions?from=startup", "compare": "/compare",
    "saved": "/saved", "docs": "/api/docs", "empty": "/options", "error": "/study?from=startup&traffic.growth=lots",
    "nothing": "/nowhere",
}  # fmt: skip
SEEN_UNNAMED = UNNAMED.replace("'input,select", "'input:not([type=hidden]),select")
OF_A_DECISION = {"study", "traffic", "options", "serving", "assumptions"}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server() as found:
        yield found


class Visitor:
    """One browser of one visitor, with everything its pages said and asked for."""

    def __init__(self, browser: Any, server: Server, *, width: int = 1280, scheme: str = "light") -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.address = server.address
        self.said: list[str] = []
        self.elsewhere: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", self._note)

    def _note(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.elsewhere.append(request.url)

    def open(self, path: str) -> Any:
        self.page.goto(self.address + path)
        if path.partition("?")[0].strip("/") in OF_A_DECISION:
            self.settled()
        return self.page

    def settled(self) -> None:
        self.page.locator("#result[aria-busy=false]").wait_for(state="attached")


@pytest.fixture(scope="module")
def visitor(browser: Any, server: Server) -> Iterator[Visitor]:
    """A visitor who has decided the start-up once: later pages of it come at once."""
    found = Visitor(browser, server)
    found.open(PAGES["study"])
    yield found
    found.context.close()


def test_a_first_visit_goes_from_three_numbers_to_a_verdict(browser: Any, server: Server) -> None:
    found = Visitor(browser, server)
    page = found.open("/")
    page.get_by_label("Requests a month").fill("300k")
    page.get_by_role("button", name="Decide").click()
    page.wait_for_url("**/study?**")
    assert page.get_by_role("heading", name="Inputs").is_visible()
    found.settled()
    assert page.locator("section.verdict .word").inner_text()
    for words in ("The framework says", "Your figures say"):
        assert page.get_by_role("heading", name=words).is_visible()
    assert page.locator("#chart-saving-bought svg.wide").is_visible()
    assert page.locator("#chart-tornado svg.wide").is_visible()
    assert page.locator("#in-traffic\\.requests_per_month").input_value() == "300k"
    assert "requests_per_month=300k" in page.url
    assert found.said == []
    assert found.elsewhere == []
    found.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_readable_named_and_fits(visitor: Visitor, name: str) -> None:
    for width, scheme in ((1920, "light"), (1280, "dark"), (390, "light"), (390, "dark")):
        visitor.page.set_viewport_size({"width": width, "height": 900})
        visitor.page.emulate_media(color_scheme=scheme)
        page = visitor.open(PAGES[name])
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        assert page.evaluate(CONTRAST) == [], (name, scheme)
        assert page.evaluate(SEEN_UNNAMED) == [], name
        assert page.evaluate(OVERLAPS)[1] == [], name
    visitor.page.set_viewport_size({"width": 1280, "height": 900})
    visitor.page.emulate_media(color_scheme="light")
    assert [words for words in visitor.said if "404" not in words] == []
    assert visitor.elsewhere == []
    visitor.said.clear()


def test_a_slider_answers_at_once_and_the_engine_follows(visitor: Visitor) -> None:
    page = visitor.open(PAGES["study"])
    quick = page.get_by_label("Slide: Requests a month")
    quick.wait_for()
    before = page.locator("#try-verdict").inner_text()
    took_ms = page.evaluate("""() => {
      const quick = document.querySelector('input.quick'), began = performance.now();
      quick.value = 900;
      quick.dispatchEvent(new Event('input', {bubbles: true}));
      return performance.now() - began;
    }""")
    after = page.locator("#try-verdict").inner_text()
    assert after.startswith("With these values")
    assert after != before
    assert page.locator("[data-at-once]").inner_text() == after
    assert took_ms < 100
    quick.dispatch_event("change")
    page.locator(".follow, .working").first.wait_for()
    visitor.settled()
    assert "requests_per_month=" in page.url
    assert page.locator("section.verdict .word").inner_text()
    page.locator("#surface-plot svg rect").first.wait_for()
    assert page.locator("#surface-plot svg rect").count() > 100
    assert visitor.said == []


def test_a_deep_link_and_the_back_button_show_what_they_name(visitor: Visitor) -> None:
    page = visitor.open("/study?from=startup&horizon=12+months")
    assert page.locator("#in-horizon").input_value() == "12 months"
    page.locator("#in-buyer").select_option("re_pick")
    page.wait_for_url("**buyer=re_pick**")
    visitor.settled()
    page.go_back()
    visitor.settled()
    assert "buyer" not in page.url
    assert page.locator("#in-buyer").input_value() == ""
    assert page.locator("#in-horizon").input_value() == "12 months"
    untidy = visitor.open(
        "/study?from=startup&horizon=24+months&today=%7Bprovider%3A+openai%2C+model%3A+gpt-5.4-mini%7D"
    )
    assert untidy.url.endswith("/study?from=startup"), "the address holds the differences only"


def test_an_error_names_the_input_and_nothing_is_lost(visitor: Visitor) -> None:
    page = visitor.open(PAGES["study"])
    page.locator("#in-traffic\\.growth").fill("lots")
    page.locator("#in-traffic\\.growth").press("Enter")
    page.locator(".fault").wait_for()
    assert page.locator(".fault a").first.inner_text() == "traffic.growth"
    assert page.locator("#in-traffic\\.growth").get_attribute("aria-invalid") == "true"
    page.locator("#in-traffic\\.growth").fill("2% per month")
    page.locator("#in-traffic\\.growth").press("Enter")
    page.locator("section.verdict").wait_for()
    assert page.locator("#in-traffic\\.growth").get_attribute("aria-invalid") is None


def test_hostile_words_stay_words(visitor: Visitor) -> None:
    evil = '<img src=x onerror=alert(1)>"\\n  team: {on_call: own}'
    page = visitor.open(PAGES["study"])
    page.locator("#in-data\\.classification").evaluate("(e, v) => { e.value = v; }", evil)
    page.locator("#in-data\\.classification").dispatch_event("change")
    page.locator(".fault").wait_for()
    assert page.locator("#result img").count() == 0
    assert "data.classification" in page.locator(".fault").inner_text()
    assert "on_call" not in page.locator(".fault a").all_inner_texts()
    assert visitor.said == []


def test_a_slow_reply_shows_progress_and_can_be_stopped(browser: Any, server: Server) -> None:
    found = Visitor(browser, server)
    found.page.route("**/api/v1/jobs/*", lambda route: route.fulfill(
        json={"id": "x", "task": "decide", "state": "running", "progress": "weighing 31 options", "seconds": 9.0}
    ) if route.request.method == "GET" else route.continue_())  # fmt: skip
    found.page.goto(found.address + "/study?from=scale")
    found.page.get_by_text("weighing 31 options").wait_for()
    found.page.get_by_role("button", name="Stop").click()
    found.page.get_by_text("Stopped").first.wait_for()
    assert found.said == []
    found.context.close()


def test_a_log_is_sent_counted_shown_and_decided_on(visitor: Visitor, tmp_path: Path) -> None:
    log = tmp_path / "usage.jsonl.gz"
    log.write_bytes(zipped(log_lines(900)))
    page = visitor.open("/")
    page.locator("#files").set_input_files(log)
    page.get_by_role("button", name="Profile it").click()
    page.wait_for_url("**/traffic?**")
    visitor.settled()
    assert "900 of 900 rows" in page.locator("#result").inner_text().replace("\u00a0", " ")
    page.get_by_role("link", name="Study", exact=True).click()
    visitor.settled()
    assert page.locator("section.verdict .word").inner_text()
    assert page.get_by_text("Traffic from the log").is_visible()
    broken = tmp_path / "broken.jsonl"
    broken.write_bytes(b"\x00\x01 no log")
    page = visitor.open("/")
    page.locator("#files").set_input_files(broken)
    page.get_by_role("button", name="Profile it").click()
    page.locator("#upload-words").filter(has_text=re.compile("Expected|log")).wait_for()
    page.get_by_role("button", name="delete usage.jsonl.gz").click()
    page.get_by_text("usage.jsonl.gz").wait_for(state="detached")


def test_a_real_log_goes_the_same_way(visitor: Visitor, shared: Path) -> None:
    page = visitor.open("/")
    page.locator("#files").set_input_files(shared / "usage_samples" / "openrouter_activity_generations_subset.csv")
    page.get_by_role("button", name="Profile it").click()
    page.wait_for_url("**/traffic?**")
    visitor.settled()
    assert page.get_by_role("heading", name="Models in the log").is_visible()


BEGINS = {"report.html": b"<!doctype html>", "decision.xlsx": b"PK", "decision.md": b"#", "decision-email.txt": b"",
          "decision.pdf": b"%PDF", "decision.json": b"{", "study.yaml": b"study:"}  # fmt: skip


@pytest.mark.parametrize("name", BEGINS)
def test_every_file_can_be_taken_away(visitor: Visitor, name: str) -> None:
    page = visitor.open(PAGES["study"])
    with page.expect_download() as waiting:
        page.locator(f'.exports a[href$="/{name}"]').click()
    taken = waiting.value
    assert taken.suggested_filename == f"startup-{name}"
    content = Path(taken.path()).read_bytes()
    assert content.startswith(BEGINS[name])
    assert len(content) > 100
    if name == "decision.xlsx":
        assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(content)).namelist()


def test_saved_decisions_are_listed_compared_and_forgotten(visitor: Visitor) -> None:
    page = visitor.open(PAGES["study"])
    page.get_by_label("Note").fill("as planned")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/saved")
    assert "as planned" in page.locator("#saved-table").inner_text()
    visitor.open("/study?from=startup&traffic.requests_per_month=40M")
    page = visitor.open("/compare")
    page.locator("#c-a").select_option(index=1)
    page.locator("#c-b").select_option(index=0)
    page.get_by_role("button", name="Compare").click()
    page.locator("#sentence").wait_for()
    assert page.locator("#sentence").inner_text().endswith(".")
    page = visitor.open("/saved")
    page.get_by_role("button", name="Forget startup").click()
    page.get_by_role("heading", name="None is saved").wait_for()


def test_options_sort_and_filter_and_open_the_bill(visitor: Visitor) -> None:
    page = visitor.open(PAGES["options"])
    rows = page.locator("#options-table > tbody > tr")
    whole = rows.count()
    page.locator("#f-text").fill("gpt-6-luna")
    assert 0 < page.locator("#options-table > tbody > tr:visible").count() < whole
    page.locator("#f-text").fill("")
    page.get_by_role("button", name="Best in").click()
    shares = page.locator("#options-table > tbody > tr > td:nth-child(4)").evaluate_all(
        "c => c.map(e => +e.dataset.value)"
    )
    assert shares == sorted(shares)
    bill = page.locator("summary", has_text="The bill").first
    bill.focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("region", name=re.compile("^Bill")).first.is_visible()


def test_a_keyboard_reaches_everything(visitor: Visitor) -> None:
    page = visitor.open(PAGES["study"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    reached: set[str] = set()
    for _ in range(90):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.tagName + ' ' + (document.activeElement.type || '')"))
    assert {"A ", "INPUT text", "INPUT range", "SELECT select-one", "SUMMARY ", "BUTTON submit"} <= reached


def test_nothing_jumps_while_a_page_loads(visitor: Visitor) -> None:
    page = visitor.page
    for path in (PAGES["start"], PAGES["study"], PAGES["options"]):
        visitor.open(path)
        page.wait_for_timeout(800)
        shift = page.evaluate("""() => new Promise((done) => {
          let sum = 0;
          const add = (list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) sum += e.value; };
          new PerformanceObserver(add).observe({type: 'layout-shift', buffered: true});
          setTimeout(() => done(sum), 100);
        })""")
        assert shift < 0.1, (path, shift)


@pytest.mark.slow
def test_accelerators_stand_side_by_side(browser: Any, server: Server) -> None:
    found = Visitor(browser, server)
    page = found.open("/serving?from=hospital")
    page.locator("#serving-table").wait_for()
    assert page.locator("#serving-table tbody tr").count() > 5
    assert page.locator("#chart-capacity-ttft svg.wide").is_visible()
    assert page.evaluate(OVERLAPS)[1] == []
    assert page.evaluate(CONTRAST) == []
    assert found.said == []
    found.context.close()


def test_without_scripts_a_study_is_still_decided(browser: Any, server: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(server.address + "/study?from=startup")
    page.locator("section.verdict .word").wait_for()
    context.close()
