"""The decision for a board: two pages and an appendix, tagged, by Typst."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from importlib.resources import files
from typing import TYPE_CHECKING, cast

from steelyard.domain.currency import displayed
from steelyard.domain.result import OptimizeFirst, OptionResult, QuestionView, Result
from steelyard.errors import Fault, OutputError
from steelyard.printed import day, money, months, percent, span, unit_label
from steelyard.report.charts import Chart, all_charts
from steelyard.report.charts.bars import saving_chart
from steelyard.report.key_figures import key_figures
from steelyard.report.story import KIND_WORDS, standing, tell
from steelyard.report.text import condense, plain, typeset

if TYPE_CHECKING:
    from typst import Compiler

__all__ = ["render_pdf"]

_FACE = "Libertinus Serif"
"""A face that Typst carries, so that every machine draws the same page."""
_APPENDIX_FROM = 3
"""Page on which the appendix begins where the board's part takes two."""
_FINDING_COLUMNS = 80


@dataclass(frozen=True, slots=True)
class _Room:
    """What the board's two pages hold."""

    options: int
    """Rows of options."""
    charts: int
    """Charts on page two, at most."""
    finding: int
    """Lines for what was computed to each question."""
    against: int
    """Points of the case against."""


_ROOMS = (_Room(9, 2, 8, 8), _Room(9, 1, 8, 8), _Room(7, 2, 4, 6), _Room(8, 1, 4, 6), _Room(7, 1, 3, 5),
          _Room(6, 1, 2, 4), _Room(5, 0, 2, 3), _Room(4, 0, 1, 2))  # fmt: skip
"""From the richest to the leanest; the first that takes two pages is written."""


@displayed
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
    charts = _drawn(result)
    rooms = ({"data": json.dumps(_typeset(_data(result, room, charts)))} for room in _ROOMS)  # made as they are tried
    last = len(_ROOMS) - 1
    inputs = next(told for n, told in enumerate(rooms)
                  if n == last or _begins(typst.Compiler, source, told) <= _APPENDIX_FROM)  # fmt: skip
    compiler = typst.Compiler(source, ignore_system_fonts=True, sys_inputs=inputs)
    made = compiler.compile(format="pdf", pdf_standards=["ua-1"], pdf_tags=True,
                            timestamp=datetime.combine(result.as_of, time(), UTC))  # fmt: skip
    return cast(bytes, made)


def _begins(compiler: "type[Compiler]", source: bytes, told: dict[str, str]) -> int:
    """Return the page on which the appendix begins."""
    found = compiler(source, ignore_system_fonts=True, sys_inputs=told).query("<appendix>", field="value", one=True)
    return int(json.loads(found))


def _data(result: Result, room: _Room, charts: list[dict[str, str]]) -> dict[str, object]:
    story, receipt = tell(result), result.receipt
    shown = [o for o in result.options if o.feasible][: room.options]
    ahead = _ahead(result, room, charts)
    return {
        "study": plain(result.study), "as_of": day(result.as_of), "months": months(result.horizon_months),
        "amounts": plain(result.amounts_in),
        "headline": story.headline, "option": story.option, "reason": story.reason, "to_show": story.to_show,
        "figures": [[f.name, f.amount, f.words] for f in key_figures(result)],
        "says": story.framework_says, "figures_say": story.figures_say, "why": story.why,
        "agrees": result.framework.agrees, "why_lead": story.why_lead,
        "flip_lead": story.flip_lead, "flips": story.flip_points, "oldest": story.oldest,
        "against": story.against[: room.against], "binding": story.binding,
        "first": [_step(s) for s in result.optimize_first],
        "questions": [[q.id.upper(), plain(q.question), q.answer, _finding(q, room)] for q in result.questions],
        "findings": [[q.id.upper(), plain(q.rule_of_thumb), plain(q.finding), "; ".join(plain(e) for e in q.evidence)]
                     for q in result.questions],
        "options": [_row(o, result) for o in shown], "left_out": len(result.options) - len(shown),
        "standing": [[plain(o.label), standing(o)] for o in result.options], "ahead": ahead,
        "behind": [c for c in charts if c not in ahead],
        "assumptions": [[plain(a.words), plain(a.value), unit_label(a.unit), plain(a.source), day(a.as_of)]
                        for a in result.assumptions],
        "warnings": [plain(w) for w in result.warnings],
        "receipt": f"Steelyard {plain(receipt.engine_version)}, seed {receipt.seed}, {receipt.draws} draws, "
                   f"study {receipt.study_sha256[:16]}, facts {receipt.facts_sha256[:16]}"
                   + (f"; amounts in {plain(result.amounts_in)}" if result.display_currency else ""),
    }  # fmt: skip


def _typeset(told: object) -> object:
    """Return what the page prints with every number joined to its unit; drawings stay as they are."""
    if isinstance(told, str):
        return typeset(told)
    if isinstance(told, Mapping):
        held = cast("Mapping[str, object]", told)
        return {name: part if name == "svg" else _typeset(part) for name, part in held.items()}
    if isinstance(told, Sequence):
        return [_typeset(part) for part in cast("Sequence[object]", told)]
    return told


def _drawn(result: Result) -> list[dict[str, str]]:
    return [_drawing(chart) for chart in all_charts(result)]


def _drawing(chart: Chart) -> dict[str, str]:
    return {"id": chart.id, "title": chart.title, "description": chart.description, "svg": _faced(chart.paper)}


def _ahead(result: Result, room: _Room, charts: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the charts of page two: what the options shown save, then money by month."""
    saving = saving_chart(result, against_today=False, most=room.options) or saving_chart(
        result, against_today=True, most=room.options
    )
    found = [*([_drawing(saving)] if saving else []), *(c for c in charts if c["id"] == "by-month")]
    return found[: room.charts]


def _finding(question: QuestionView, room: _Room) -> str:
    """Return what was computed to a question, in whole sentences that fit; all of it stands in the appendix."""
    return " ".join(condense(plain(question.finding), _FINDING_COLUMNS, lines=room.finding, spare=2))


def _step(step: OptimizeFirst) -> str:
    return f"{plain(step.action)}: saves {money(step.saving_usd_per_month)} a month ({step.effort})"


def _row(option: OptionResult, result: Result) -> list[str]:
    saving = option.saving_vs_best_bought_usd
    reference = result.baseline.best_bought and option.id == result.baseline.best_bought.option
    band = "reference" if reference else span(saving.p10, saving.p90) if saving else "\u2013"
    cost = money(option.npv_cost_usd.mean) if option.npv_cost_usd else "\u2013"
    mark = "\u25cf " if option.id == result.verdict_option else ""
    return [mark + plain(option.label), KIND_WORDS[option.kind], cost, band, percent(option.p_best)]


def _faced(svg: str) -> str:
    """Return a drawing that names the face of the document."""
    start = svg.index('font-family="') + len('font-family="')
    return svg[:start] + _FACE + svg[svg.index('"', start) :]
