"""The decision for a board: two pages and an appendix, tagged, by Typst."""

import json
from datetime import UTC, datetime, time
from importlib.resources import files
from typing import cast

from steelyard.domain.result import OptimizeFirst, OptionResult, Result
from steelyard.errors import Fault, OutputError
from steelyard.report.charts import all_charts
from steelyard.report.numbers import day, money, percent, span
from steelyard.report.story import KIND_WORDS, standing, tell
from steelyard.report.text import plain

__all__ = ["render_pdf"]

_FACE = "Libertinus Serif"
"""A face that Typst carries, so that every machine draws the same page."""
_ON_PAGE_TWO = ("saving-bought", "saving-today", "by-month", "break-even-0")
_ROWS_OF_TWO_CHARTS = 7
_MOST_OPTIONS = 9


def render_pdf(result: Result) -> bytes:
    """Return the decision as a tagged PDF (PDF/UA-1): two pages for a board, charts and assumptions behind them.

    Text of the result reaches Typst as data, never as markup. Same result, same bytes.

    Raises
    ------
    OutputError
        If Typst is not installed.
    """
    try:
        import typst  # noqa: PLC0415  an extra of 80 MB, loaded only here
    except ModuleNotFoundError as missing:
        raise OutputError(Fault("a PDF was asked for and Typst is not installed", "decision.pdf",
                                "the extra [pdf]", "Run pip install 'steelyard[pdf]'")) from missing  # fmt: skip
    source = files("steelyard.report").joinpath("templates", "board.typ").read_bytes()
    compiler = typst.Compiler(source, ignore_system_fonts=True, sys_inputs={"data": json.dumps(_data(result))})
    made = compiler.compile(format="pdf", pdf_standards=["ua-1"], pdf_tags=True,
                            timestamp=datetime.combine(result.as_of, time(), UTC))  # fmt: skip
    return cast(bytes, made)


def _data(result: Result) -> dict[str, object]:
    story, receipt = tell(result), result.receipt
    shown = [o for o in result.options if o.feasible][:_MOST_OPTIONS]
    ahead, behind = _charts(result)
    return {
        "study": plain(result.study), "as_of": day(result.as_of), "months": result.horizon_months,
        "headline": story.headline, "option": story.option, "confidence": story.confidence, "reason": story.reason,
        "savings": story.savings, "says": story.framework_says, "figures_say": story.figures_say, "why": story.why,
        "agrees": result.framework.agrees, "flips": story.flips, "wrong": story.wrong, "oldest": story.oldest,
        "against": story.against, "binding": story.binding, "first": [_step(s) for s in result.optimize_first],
        "questions": [[q.id.upper(), plain(q.question), q.answer, plain(q.finding)] for q in result.questions],
        "options": [_row(o, result) for o in shown], "left_out": len(result.options) - len(shown),
        "standing": [[plain(o.label), standing(o)] for o in result.options], "ahead": ahead, "behind": behind,
        "assumptions": [[plain(a.name), plain(a.value), plain(a.unit), plain(a.source), day(a.as_of)]
                        for a in result.assumptions],
        "warnings": [plain(w) for w in result.warnings],
        "receipt": f"Steelyard {plain(receipt.engine_version)}, seed {receipt.seed}, {receipt.draws} draws, "
                   f"study {receipt.study_sha256[:16]}, facts {receipt.facts_sha256[:16]}",
    }  # fmt: skip


def _charts(result: Result) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Return the charts of page two, as many as fit it, and those of the appendix."""
    charts = all_charts(result)
    room = 1 if sum(o.feasible for o in result.options) > _ROWS_OF_TWO_CHARTS else 2
    ahead = [c.id for c in charts if c.id in _ON_PAGE_TWO][:room]
    drawn = [{"id": c.id, "title": c.title, "description": c.description, "svg": _faced(c.paper)} for c in charts]
    return [c for c in drawn if c["id"] in ahead], [c for c in drawn if c["id"] not in ahead]


def _step(step: OptimizeFirst) -> str:
    return f"{plain(step.action)}: saves {money(step.saving_usd_per_month)} a month ({step.effort})"


def _row(option: OptionResult, result: Result) -> list[str]:
    saving = option.saving_vs_best_bought_usd
    reference = result.baseline.best_bought and option.id == result.baseline.best_bought.option
    band = "reference" if reference else span(saving.p10, saving.p90) if saving else "\u2013"
    cost = money(option.npv_cost_usd.mean) if option.npv_cost_usd else "\u2013"
    mark = "yes" if option.id == result.verdict_option else ""
    return [plain(option.label), KIND_WORDS[option.kind], cost, band, percent(option.p_best), mark]


def _faced(svg: str) -> str:
    """Return a drawing that names the face of the document."""
    start = svg.index('font-family="') + len('font-family="')
    return svg[:start] + _FACE + svg[svg.index('"', start) :]
