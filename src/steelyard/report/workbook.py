"""The decision as a workbook whose figures are alive: inputs on one sheet, a ledger per option, the verdict."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import get_args

from steelyard.domain.currency import displayed, shown, shown_code
from steelyard.domain.result import AssumptionRow, Kind, OptionResult, Result
from steelyard.domain.workings import Workings
from steelyard.finance.emit_excel import column_letters
from steelyard.printed import day, unit_label
from steelyard.report.story import KIND_WORDS, standing, tell
from steelyard.report.text import plain
from steelyard.report.workbook_sheets import (
    LINE_POINTS,
    InputPlaces,
    LedgerPlaces,
    Pen,
    lines_of,
    money_format,
    put_text,
    write_inputs,
    write_ledger,
)
from steelyard.report.workbook_types import Book, Drawing, Sheet, new_book
from steelyard.units import MONTHS_PER_YEAR

__all__ = ["render_xlsx"]

_SIMPLEST_FIRST: tuple[str, ...] = get_args(Kind)
_FIRST = 15
"""First row of the table of options on the first sheet."""
_NEVER = 1e99
"""Stands for the cost of what is not allowed."""
_NO_RANK = 99
_NONE = "No option is allowed"
_HEADS = ("Option", "Form", "Allowed", "Simplicity, 1 is simplest", "Present value, {code}", "Month 1, {code}",
          "Cost if allowed, {code}", "Rank if tied", "Cost if chosen form, {code}",
          "Engine, mean over draws, {code}")  # fmt: skip
"""Heads of the table of options; ``code`` is the currency shown."""
_NUMBERS_FROM = 4
"""First column of numbers in the table of options."""
_OPTION_WIDTH = 60
_ASSUMED_WIDTH = 60
_ASSUMED_NARROW = 24
_WIDE_COLUMNS = 2
_PAPER_A4 = 9
_MOST_SERIES = 6
"""Options in the chart of money by month, cheapest first, beside what runs today."""
_HEAD_POINTS = 45


@dataclass(frozen=True, slots=True)
class _Costed:
    option: OptionResult
    places: LedgerPlaces


@displayed
def render_xlsx(result: Result, workings: Workings) -> bytes:
    """Return the workbook: decision, inputs, money by month, a ledger of live formulas per option, assumptions.

    Each formula carries its value of the base case, so that a viewer that computes nothing shows the same numbers.
    Text of the result is written as text, never as a formula or a link. Same arguments, same bytes.

    Parameters
    ----------
    result
        The decision.
    workings
        Ledgers and inputs of its base case.
    """
    stream = io.BytesIO()
    book = new_book(stream)
    book.set_properties({"title": plain(result.study), "created": datetime.combine(result.as_of, time())})
    pen = Pen.of(book)
    front, given, months = (book.add_worksheet(name) for name in ("Decision", "Inputs", "By month"))
    inputs = write_inputs(given, pen, workings)
    costed = _ledgers(book, pen, result, workings, inputs)
    _by_month(book, months, pen, costed, workings.n_months)
    _front(book, front, pen, result, costed, inputs, workings)
    _assumptions(book.add_worksheet("Assumptions"), pen, result)
    for sheet in book.worksheets():
        _print_set_up(sheet, workings.n_months)
    book.close()
    return stream.getvalue()


def _print_set_up(sheet: Sheet, n_months: int) -> None:
    """Print across: the decision on one page, months on two, inputs and ledgers a year to a page beside their names."""
    sheet.set_landscape()
    sheet.set_paper(_PAPER_A4)
    sheet.set_footer("&L&A&RPage &P of &N")
    if sheet.get_name() == "Decision":
        sheet.fit_to_pages(1, 1)
    elif sheet.get_name() == "By month":
        sheet.fit_to_pages(2, 1)
        sheet.repeat_columns(0, 0)
    elif sheet.get_name() == "Assumptions":
        sheet.fit_to_pages(1, 0)
    else:
        sheet.fit_to_pages(-(-n_months // MONTHS_PER_YEAR), 0)
        sheet.repeat_columns(0, 0)


def _ledgers(book: Book, pen: Pen, result: Result, workings: Workings, inputs: InputPlaces) -> list[_Costed]:
    by_option = {ledger.option: ledger for ledger in workings.ledgers}
    costed: list[_Costed] = []
    for option in result.options:
        if option.id in by_option:
            sheet = book.add_worksheet(f"Ledger {len(costed) + 1}")
            places = write_ledger(sheet, pen, by_option[option.id], title=option.label, n_months=workings.n_months,
                                  inputs=inputs)  # fmt: skip
            costed.append(_Costed(option, places))
    return costed


def _by_month(book: Book, sheet: Sheet, pen: Pen, costed: list[_Costed], n_months: int) -> None:
    """Write what each option costs by month, and summed up, with a chart of the sums."""
    put_text(sheet, 1, 1, "Money by month, nominal, positive is money out", pen.title)
    put_text(sheet, 3, 1, "Month", pen.head)
    sheet.set_row(2, _HEAD_POINTS)
    chart = book.add_chart({"type": "line"})
    for month in range(1, n_months + 1):
        sheet.write_number(2 + month, 0, month, pen.rank)
    for k, item in enumerate(costed):
        now, so_far = 2 + k, 3 + len(costed) + k
        put_text(sheet, 3, now, item.option.label, pen.head)
        put_text(sheet, 3, so_far, f"{item.option.label}, so far", pen.head)
        running = 0.0
        for month in range(1, n_months + 1):
            value = float(item.places.total[month - 1])
            running += value
            sheet.write_formula(2 + month, now - 1, f"={item.places.month(month)}", pen.money, value)
            formula = f"=SUM({column_letters(now)}$4:{column_letters(now)}{3 + month})"
            sheet.write_formula(2 + month, so_far - 1, formula, pen.money, running)
        if k >= _MOST_SERIES and item.option.kind != "keep_today":
            continue
        span = (sheet.get_name(), 3, so_far - 1, 2 + n_months, so_far - 1)
        line = {"dash_type": _DASHES[k % len(_DASHES)], "color": _INKS[k % len(_INKS)]}
        chart.add_series({"name": [sheet.get_name(), 2, now - 1],
                          "categories": [sheet.get_name(), 3, 0, 2 + n_months, 0],
                          "values": list(span), "line": line})  # fmt: skip
    sheet.set_column(0, 2 + 2 * len(costed), 18)
    sheet.freeze_panes(3, 1)
    if costed:
        chart.set_legend({"position": "bottom"})
        _finish_chart(chart, "Money spent so far: the cheapest options and today", {"name": "month"}, _money_axis())
        sheet.insert_chart(4 + n_months, 1, chart, {"description": "Money spent so far by month, the cheapest options"})


_INKS = ("#0b6e69", "#b5500b", "#1b1f24", "#57606a", "#7cc4be", "#f0b27a")
_DASHES = ("solid", "dash", "round_dot", "dash_dot", "long_dash", "square_dot")


def _money_axis() -> Mapping[str, object]:
    return {"name": shown_code(), "num_format": money_format("#,##0")}


def _finish_chart(chart: Drawing, title: str, across: Mapping[str, object], up: Mapping[str, object]) -> None:
    chart.set_title({"name": title})
    chart.set_x_axis(across)
    chart.set_y_axis(up)
    chart.set_size({"width": 960, "height": 400})


def _front(
    book: Book, sheet: Sheet, pen: Pen, result: Result, costed: list[_Costed], inputs: InputPlaces,
    workings: Workings,
) -> None:  # fmt: skip
    story = tell(result)
    said = (("Verdict", f"{story.headline}. {story.option}".strip()), ("Confidence", story.confidence),
            ("Why", story.reason),
            ("The framework says", " ".join(story.framework_says)), ("The figures say", story.figures_say),
            (story.why_lead, story.why),
            ("What would flip it", " ".join(story.flips)), ("What being wrong costs", story.wrong),
            ("Oldest figure that moves it", story.oldest), ("As of", day(result.as_of)))  # fmt: skip
    put_text(sheet, 1, 1, f"Build or buy: {result.study}", pen.title)
    for k, (name, words) in enumerate(said):
        put_text(sheet, 2 + k, 1, name, pen.head)
        sheet.merge_range(1 + k, 1, 1 + k, len(_HEADS) - 1, "", pen.text)
        put_text(sheet, 2 + k, 2, words, pen.text)
        sheet.set_row(1 + k, 15 * (1 + len(words) // 120))
    put_text(sheet, _FIRST - 2, 1, "Base case: every input at its expected value", pen.title)
    sheet.set_row(_FIRST - 2, _HEAD_POINTS)
    for column, head in enumerate(_HEADS, start=1):
        words = head.format(code=shown_code())
        put_text(sheet, _FIRST - 1, column, words, pen.over if column >= _NUMBERS_FROM else pen.head)
    _verdict_table(sheet, pen, costed, inputs, workings)
    sheet.set_column(0, 0, _OPTION_WIDTH)
    sheet.set_column(1, 1, 24)
    sheet.set_column(2, len(_HEADS) - 1, 16)
    if costed:
        chart = book.add_chart({"type": "bar"})
        last = _FIRST + len(costed) - 2
        chart.add_series({"name": "Present value", "categories": ["Decision", _FIRST - 1, 0, last, 0],
                          "values": ["Decision", _FIRST - 1, 4, last, 4], "fill": {"color": "#0b6e69"}})  # fmt: skip
        chart.set_legend({"none": True})
        _finish_chart(chart, "Present value of cost, base case", _money_axis(), {"reverse": True, "interval_unit": 1})
        sheet.insert_chart(
            last + 7, 0, chart, {"description": "Present value of the cost of each option in the base case"}
        )


@dataclass(frozen=True, slots=True)
class _Rule:
    """The verdict rule on the base case, column by column."""

    ranks: list[int]
    open_costs: list[float]
    least: float
    threshold: float
    tied: list[int]
    finals: list[float]

    @classmethod
    def of(cls, costed: list[_Costed], workings: Workings) -> "_Rule":
        open_costs = [c.places.npv_usd if c.option.feasible else _NEVER for c in costed]
        least = min(open_costs, default=_NEVER)
        threshold = max(workings.tie_fraction * abs(least), shown(workings.tie_usd))
        ranks = [_SIMPLEST_FIRST.index(c.option.kind) + 1 for c in costed]
        tied = [r if cost <= least + threshold else _NO_RANK for r, cost in zip(ranks, open_costs, strict=True)]
        best = min(tied, default=_NO_RANK)
        finals = [cost if rank == best else _NEVER for rank, cost in zip(tied, open_costs, strict=True)]
        return cls(ranks, open_costs, least, threshold, tied, finals)


def _verdict_table(sheet: Sheet, pen: Pen, costed: list[_Costed], inputs: InputPlaces, workings: Workings) -> None:
    """Write the verdict rule as formulas: least cost among the allowed, ties to the simpler form."""
    if not costed:
        return
    rule = _Rule.of(costed, workings)
    last, below = _FIRST + len(costed) - 1, _FIRST + len(costed)
    for k, item in enumerate(costed):
        _verdict_row(sheet, pen, item, rule, k, last)
    chosen = plain(costed[rule.finals.index(min(rule.finals))].option.label)
    names, costs = f"$A${_FIRST}:$A${last}", f"$I${_FIRST}:$I${last}"
    found = f'=IF(E{below + 1}>=1E+99,"{_NONE}",INDEX({names},MATCH(MIN({costs}),{costs},0)))'
    tie = f"=MAX({inputs.tie_fraction}*ABS(E{below + 1}),{inputs.tie})"
    rows = (("Least cost among the allowed", f"=MIN(G{_FIRST}:G{last})", pen.money, rule.least),
            ("Options tie within", tie, pen.money, rule.threshold),
            ("The base case chooses", found, pen.plain, chosen if rule.least < _NEVER else _NONE))  # fmt: skip
    for k, (words, formula, form, value) in enumerate(rows, start=1):
        put_text(sheet, below + k, 1, words, pen.text)
        sheet.write_formula(below + k - 1, 4, formula, form, value)
    put_text(sheet, below + 4, 1, "The verdict above rests on all draws; this table on expected values only.", pen.note)


def _verdict_row(sheet: Sheet, pen: Pen, item: _Costed, rule: _Rule, k: int, last: int) -> None:
    row, places, option = _FIRST + k, item.places, item.option
    sheet.set_row(row - 1, LINE_POINTS * lines_of(option.label, _OPTION_WIDTH))
    threshold = f"$E${last + 2}+$E${last + 3}"
    for column, words in enumerate(
        (option.label, KIND_WORDS[option.kind], "yes" if option.feasible else "no"), start=1
    ):
        put_text(sheet, row, column, words, pen.text)
    sheet.write_number(row - 1, 3, rule.ranks[k], pen.rank)
    sheet.write_formula(row - 1, 4, f"={places.npv_cell}", pen.money, places.npv_usd)
    sheet.write_formula(row - 1, 5, f"={places.month(1)}", pen.money, float(places.total[0]))
    sheet.write_formula(row - 1, 6, f'=IF(C{row}="yes",E{row},1E+99)', pen.allowed, rule.open_costs[k])
    sheet.write_formula(row - 1, 7, f"=IF(G{row}<={threshold},D{row},{_NO_RANK})", pen.rank, rule.tied[k])
    formula = f"=IF(H{row}=MIN($H${_FIRST}:$H${last}),G{row},1E+99)"
    sheet.write_formula(row - 1, 8, formula, pen.allowed, rule.finals[k])
    if option.npv_cost_usd:
        sheet.write_number(row - 1, 9, shown(option.npv_cost_usd.mean), pen.money)


def _assumptions(sheet: Sheet, pen: Pen, result: Result) -> None:
    put_text(sheet, 1, 1, "Assumptions, standing of options, warnings, receipt", pen.title)
    receipt = result.receipt
    blocks: tuple[tuple[tuple[str, ...], ...], ...] = (
        (("Figure", "Value", "Unit", "Source", "Address", "Seen", "Age, days", "Grade", "Moves the verdict"),
         *(_assumption(row) for row in result.assumptions)),
        (("Option", "Standing"), *((o.label, standing(o)) for o in result.options)),
        (("Warnings",), *((words,) for words in result.warnings)),
        (("Receipt", ""), ("Engine", receipt.engine_version), ("Seed", str(receipt.seed)),
         ("Draws", str(receipt.draws)),
         ("Study, SHA-256", receipt.study_sha256), ("Facts, SHA-256", receipt.facts_sha256),
         *((("Amounts", f"in {result.amounts_in}"),) if result.display_currency else ()),
         ("Command", receipt.command)),
    )  # fmt: skip
    at = 3
    for block in blocks:
        for k, row in enumerate(block):
            widest = max(
                lines_of(words, _ASSUMED_WIDTH if n < _WIDE_COLUMNS else _ASSUMED_NARROW) for n, words in enumerate(row)
            )
            sheet.set_row(at + k - 1, LINE_POINTS * widest)
            for column, words in enumerate(row, start=1):
                put_text(sheet, at + k, column, words, pen.head if k == 0 else pen.text)
        at += len(block) + 1
    sheet.set_column(0, 1, _ASSUMED_WIDTH)
    sheet.set_column(2, 8, _ASSUMED_NARROW)


def _assumption(row: AssumptionRow) -> tuple[str, ...]:
    age = "" if row.age_days is None else f"{row.age_days:.0f}"
    return (row.words, row.value, unit_label(row.unit), row.source, row.url or "", day(row.as_of), age, row.grade,
            "yes" if row.moves_verdict else "no")  # fmt: skip
