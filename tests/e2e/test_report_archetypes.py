"""What real studies give: an offline page that equals the engine, a story in whole sentences, a paper of two pages."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decided_examples import EXAMPLES, NAMES
from decided_examples import decided as decided_example
from report_browser import OVERLAPS, UNNAMED, Visit, browser
from report_prose import counted, printed, prose, prose_of_page, tokens, unfounded
from steelyard.domain.study import Study
from steelyard.finance.evaluate import evaluate
from steelyard.finance.measures import npv_usd
from steelyard.report import render_html, render_pdf, render_terminal
from steelyard.report.living import living
from steelyard.report.text import columns
from steelyard.study.load import study_from_text
from steelyard.study.pipeline import Outcome

__all__ = ["browser"]
pytestmark = pytest.mark.slow
DRAWS = 256


def decided(name: str) -> Outcome:
    """Decide an example once."""
    return decided_example(name, DRAWS)


@pytest.mark.parametrize("name", NAMES)
def test_the_story_takes_forty_lines_of_eighty_columns_and_cuts_no_sentence(name: str) -> None:
    result = decided(name).result
    lines = render_terminal(result).splitlines()
    assert len(lines) <= 40
    assert max(columns(line) for line in lines) <= 80
    table = next(n for n, line in enumerate(lines) if line.startswith("OPTIONS"))
    rows = {line for line in lines[table:] if line.endswith(" %")}
    assert [line for line in lines if "\u2026" in line and line not in rows] == []
    assert render_terminal(result, color=True).replace("\x1b", "").count("[0m") > 5


@pytest.mark.parametrize("name", NAMES)
def test_every_number_in_the_prose_is_in_the_result(name: str) -> None:
    result = decided(name).result
    assert tokens(prose(result)) - printed(result) - counted(result) == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_number_the_page_says_is_in_the_result(name: str) -> None:
    outcome = decided(name)
    carried = str(living(outcome.result, outcome.workings, "").draws)
    known = printed(outcome.result) | counted(outcome.result) | {carried}
    assert tokens(prose_of_page(outcome.result, outcome.workings)) - known == set()


def study_of(name: str) -> Study:
    """Return an example's study, whether or not its log is there."""
    return study_from_text((EXAMPLES / name / "study.yaml").read_text("utf-8"), "study.yaml")


@pytest.mark.parametrize("name", NAMES)
def test_the_decision_s_own_sentences_round_as_the_tables_do(name: str) -> None:
    assert unfounded(decided(name).result, study_of(name)) == {}


def test_a_sentence_that_rounds_otherwise_is_found() -> None:
    result = decided("startup").result
    wrong = result.model_copy(update={"reason": result.reason.replace(".", "7.", 1)})
    assert list(unfounded(wrong, study_of("startup"))) == [wrong.reason]


@pytest.mark.parametrize("name", NAMES)
def test_the_board_paper_takes_two_pages(name: str, tmp_path: Path) -> None:
    pytest.importorskip("typst", reason="the extra [pdf] is not installed")
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext is not installed here")
    (tmp_path / "d.pdf").write_bytes(render_pdf(decided(name).result))
    shown = subprocess.run([program, str(tmp_path / "d.pdf"), "-"], check=True, capture_output=True, text=True).stdout
    assert next(n for n, page in enumerate(shown.split("\f"), start=1) if page.startswith("Appendix")) == 3


@pytest.mark.parametrize("name", NAMES)
def test_the_page_weighs_less_than_two_megabytes(name: str) -> None:
    outcome = decided(name)
    assert len(render_html(outcome.result, outcome.workings).encode()) < 2_000_000


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", NAMES)
def test_the_page_opens_at_once_offline_and_unclipped(browser: Any, tmp_path: Path, name: str, width: int) -> None:
    outcome = decided(name)
    visit = Visit(browser, tmp_path, outcome.result, outcome.workings, width=width)
    loads = [visit.page.evaluate(LOAD)]
    assert visit.asked == [visit.address]
    assert visit.said == []
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    assert visit.page.evaluate(OVERLAPS)[1] == []
    assert visit.page.evaluate(UNNAMED) == []
    for _ in range(2):
        visit.page.reload()
        loads.append(visit.page.evaluate(LOAD))
    assert min(loads) < 1000
    visit.page.close()


LOAD = "performance.getEntriesByType('navigation')[0].loadEventEnd"


@pytest.fixture(scope="module")
def alive(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Visit:
    outcome = decided("legal-publisher")
    return Visit(browser, tmp_path_factory.mktemp("real"), outcome.result, outcome.workings)


@pytest.mark.browser
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_the_page_computes_a_real_study_as_the_engine_does(alive: Visit, data: st.DataObject) -> None:
    outcome = decided("legal-publisher")
    workings = outcome.workings
    names = st.sampled_from([i.name for i in workings.inputs])
    factors = data.draw(st.dictionaries(names, st.floats(0.05, 20), max_size=6))
    moved = {i.name: np.array([i.mean]) * factors.get(i.name, 1.0) for i in workings.inputs}
    ledgers = {ledger.option: ledger for ledger in workings.ledgers}
    engine: list[float] = []
    for option in (o.id for o in outcome.result.options if o.id in ledgers):
        total = evaluate(ledgers[option], {n: moved[n] for n in ledgers[option].inputs}, workings.n_months).total
        engine.append(float(npv_usd(total, moved[workings.discount_input])[0]))
    assert alive.page.evaluate("f => steelyard.costs(f)", factors) == pytest.approx(engine, rel=1e-9)


@pytest.mark.browser
def test_the_base_case_of_the_document_is_the_page_s(alive: Visit) -> None:
    result = decided("legal-publisher").result
    recorded = [result.base_case[f"npv_cost_usd.{o.id}"] for o in result.options]
    assert alive.page.evaluate("steelyard.costs({})") == pytest.approx(recorded, rel=1e-9)
