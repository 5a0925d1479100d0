"""The living page in headless Chromium: its figures are the engine's."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from report_browser import CONTRAST, UNNAMED, Visit, browser
from report_example import EVIL, example_result, spoiled
from report_workings import RATE, example_workings
from steelyard.finance.evaluate import evaluate
from steelyard.finance.measures import npv_usd
from steelyard.printed import count, money, percent

__all__ = ["browser"]
pytestmark = pytest.mark.browser
WORKINGS = example_workings()
ORDER = ["api-small", "rented-qwen", "today"]
LEDGERS = {ledger.option: ledger for ledger in WORKINGS.ledgers}
NAMES = [i.name for i in WORKINGS.inputs]


def engine(factors: dict[str, float], values: dict[str, np.ndarray]) -> np.ndarray:
    """Present values of the engine, shape (n_draws, n_options)."""
    moved = {name: array * factors.get(name, 1.0) for name, array in values.items()}
    columns: list[np.ndarray] = []
    for option in ORDER:
        needed = {name: moved[name] for name in LEDGERS[option].inputs}
        total = evaluate(LEDGERS[option], needed, WORKINGS.n_months).total
        columns.append(npv_usd(total, moved[RATE]))
    return np.stack([np.broadcast_to(c, (max(len(x) for x in columns),)) for c in columns], axis=1)


@pytest.fixture(scope="module")
def alive(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Visit:
    return Visit(browser, tmp_path_factory.mktemp("living"), example_result(), WORKINGS)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(NAMES), st.floats(0.01, 100), max_size=5))
def test_the_page_computes_the_base_case_as_the_engine_does(alive: Visit, factors: dict[str, float]) -> None:
    means = {i.name: np.array([i.mean]) for i in WORKINGS.inputs}
    assert alive.page.evaluate("f => steelyard.costs(f)", factors) == pytest.approx(
        engine(factors, means)[0].tolist(), rel=1e-9
    )


def test_the_spread_on_the_stored_draws_is_the_engine_s_on_the_same_draws(alive: Visit) -> None:
    factors = {"requests_per_month": 1.7}
    costs = engine(factors, {name: array.astype(np.float32).astype(float) for name, array in WORKINGS.draws.items()})
    found = alive.page.evaluate("f => steelyard.spread(f)", factors)
    assert found["mean"] == pytest.approx(costs.mean(axis=0).tolist(), rel=1e-9)
    best = np.bincount(costs.argmin(axis=1), minlength=3) / len(costs)
    assert found["best"] == pytest.approx(best.tolist())


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(-1e13, 1e13, allow_nan=False), st.floats(0, 1))
def test_the_page_prints_money_and_odds_as_the_report_does(alive: Visit, usd: float, share: float) -> None:
    script = "([m, p]) => [steelyard.money(m), steelyard.percent(p), steelyard.count(m)]"
    shown = alive.page.evaluate(script, [usd, share])
    assert shown == [money(usd), percent(share), count(usd)] or _at_a_half(usd, share)


def _at_a_half(usd: float, share: float) -> bool:
    """Whether a value lies so close to a rounding boundary that two languages may differ in the last digit."""
    near = [
        (words, words_of(value * f))
        for words, words_of, value in (("money", money, usd), ("odds", percent, share), ("count", count, usd))
        for f in (1 - 1e-9, 1 + 1e-9)
    ]
    return len(set(near)) > 3


def test_a_slider_says_its_value_in_words_and_a_share_is_typed_in_percent(browser: Any, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, example_result(), WORKINGS)
    page = visit.page
    assert page.locator("#dial-0").get_attribute("aria-valuetext") == "12.4\u00a0M\u00a0requests a month"
    assert page.locator("#dial-said-0").inner_text() == "Expected: 12.4\u00a0M\u00a0requests a month."
    assert page.locator("#dial-box-1").input_value() == "100"
    assert page.get_by_label("% of list").count() == 1
    page.locator("#dial-box-1").fill("131")
    assert page.locator("#dial-1").get_attribute("aria-valuetext") == "131\u00a0%\u00a0of list"
    means = {i.name: np.array([i.mean]) for i in WORKINGS.inputs}
    expected = engine({"price_factor.api": 1.31}, means)[0]
    assert page.locator("#try-base-0").inner_text() == money(float(expected[0]))
    assert "#try=,1.31," in page.url
    page.close()


def test_the_mark_of_a_flip_stands_where_the_slider_reaches_it(browser: Any, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, example_result(), WORKINGS)
    page, track = visit.page, visit.page.locator("#dial-0").bounding_box()
    mark = page.locator("#dial-mark-0").bounding_box()
    place = int(page.locator("#dial-marks-0 option").get_attribute("value")) / 1000
    assert track is not None
    assert mark is not None
    assert mark["x"] + mark["width"] / 2 == pytest.approx(track["x"] + 8 + (track["width"] - 16) * place, abs=1)
    assert page.locator("#dial-mark-1").count() == 0
    page.close()


def test_bars_follow_the_costs(browser: Any, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, example_result(), WORKINGS)
    costs = visit.page.evaluate("steelyard.costs({})")
    for k, cost in enumerate(costs):
        width = float(visit.page.evaluate(f"document.getElementById('try-bar-{k}').style.width").rstrip("%"))
        assert width == pytest.approx(100 * cost / max(costs), abs=0.01)
    visit.page.close()


def test_moving_a_slider_changes_the_verdict_line_and_the_address_and_a_reload_restores_both(
    browser: Any, tmp_path: Path
) -> None:
    visit = Visit(browser, tmp_path, example_result(), WORKINGS)
    page = visit.page
    said = page.locator("#try-verdict")
    assert said.inner_text().startswith("Base case: OpenAI gpt-5.4-nano")
    assert said.get_attribute("aria-live") == "polite"
    page.locator("#dial-0").focus()
    for _ in range(12):
        page.keyboard.press("PageUp")
    assert "With these values: Self-host Qwen3 32B on 4 rented H100" in said.inner_text()
    assert "The verdict of the study is OpenAI gpt-5.4-nano" in said.inner_text()
    assert "#try=" in page.url
    value = page.locator("#dial-box-0").input_value()
    page.reload()
    assert page.locator("#dial-box-0").input_value() == value
    assert "With these values: Self-host" in said.inner_text()
    page.get_by_role("button", name="Back to the base case").click()
    assert said.inner_text().startswith("Base case: OpenAI gpt-5.4-nano")
    page.close()


def test_a_number_is_taken_exactly_and_nonsense_is_marked_and_ignored(browser: Any, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, example_result(), WORKINGS)
    page, box = visit.page, visit.page.locator("#dial-box-0")
    box.fill("15900000")
    means = {i.name: np.array([i.mean]) for i in WORKINGS.inputs}
    expected = engine({"requests_per_month": 15_900_000 / WORKINGS.inputs[0].mean[0]}, means)[0]
    assert page.locator("#try-base-0").inner_text() == money(float(expected[0]))
    before = page.locator("#try-verdict").inner_text()
    for nonsense in ("", "-5", "0"):
        box.fill(nonsense)
        assert box.get_attribute("aria-invalid") == "true"
        assert page.locator("#try-verdict").inner_text() == before
    page.close()


def test_the_flip_point_is_marked_on_its_slider_and_draws_are_labelled(alive: Visit) -> None:
    flip = alive.page.locator("#dial-flip-0").inner_text()
    assert flip.replace("\u00a0", " ") == "Verdict flips at 15.9 M requests a month."
    assert alive.page.locator("#dial-marks-0 option").count() == 1
    assert "64 draws; engine: 2,048." in alive.page.locator("#try").inner_text()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("words", ["", EVIL])
def test_a_living_page_is_quiet_offline_and_unclipped(browser: Any, tmp_path: Path, width: int, words: str) -> None:
    visit = Visit(browser, tmp_path, spoiled(words) if words else example_result(), WORKINGS, width=width)
    visit.page.locator("#try[aria-busy=false]").wait_for()
    assert visit.said == []
    assert visit.asked == [visit.address]
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    assert visit.page.evaluate("window.steelyard.ready")
    visit.page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_control_has_a_name_and_every_text_contrast(browser: Any, tmp_path: Path, scheme: str) -> None:
    visit = Visit(browser, tmp_path, example_result(), WORKINGS, scheme=scheme)
    assert visit.page.evaluate(UNNAMED) == []
    assert visit.page.evaluate(CONTRAST) == []
    visit.page.close()


def test_the_box_is_short_while_the_base_case_stays_exact(browser: Any, tmp_path: Path) -> None:
    odd = dataclasses.replace(WORKINGS.dials[0], expected=15_801_032.417_3)
    visit = Visit(browser, tmp_path, example_result(), dataclasses.replace(WORKINGS, dials=(odd,)))
    assert visit.page.locator("#dial-box-0").input_value() == "15801000"
    exact = visit.page.evaluate("steelyard.money(steelyard.costs({})[0])")
    assert visit.page.locator("#try-base-0").inner_text() == exact
    assert visit.page.locator("#try-verdict").inner_text().startswith("Base case:")
    assert "#" not in visit.page.url
    visit.page.close()
