"""A decision as a notebook shows it: the verdict and one table, a few hundred words of HTML, everything escaped."""

from html import escape

from steelyard.domain.currency import displayed
from steelyard.domain.result import OptionResult, Result
from steelyard.printed import day, money, percent, span
from steelyard.report.story import standing, tell
from steelyard.report.text import plain, typeset

__all__ = ["render_notebook"]

_MOST_ROWS = 8
_HEADS = ("Option", "Standing", "Cost, mean present value", "Saves on best bought", "Best in")
_NUMBERS_FROM = 2
_RIGHT = ' style="text-align:right"'
_LEFT = ' style="text-align:left"'


@displayed
def render_notebook(result: Result) -> str:
    """Return a fragment of HTML: verdict, confidence, reason, the first options, the nearest flip.

    Every string of the result is escaped; there is no script, no link and no style sheet.
    """
    story = tell(result)
    said = [f"<strong>{_html(story.headline)}</strong> {_html(story.option)}".rstrip(),
            _html(f"Confidence: {story.confidence}"), _html(story.reason)]  # fmt: skip
    if result.flips and story.flips:
        said.append(_html(f"What would flip it: {story.flips[0]}"))
    left = len(result.options) - _MOST_ROWS
    more = f"<p>and {left} more options</p>" if left > 0 else ""
    head = "".join(f'<th scope="col"{_align(k)}>{_html(words)}</th>' for k, words in enumerate(_HEADS))
    rows = "".join(_row(option, result) for option in result.options[:_MOST_ROWS])
    title = f"Build or buy: {result.study}, as of {day(result.as_of)}"
    return (f"<div><p>{_html(title)}</p>{''.join(f'<p>{words}</p>' for words in said)}"
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}</div>")  # fmt: skip


def _row(option: OptionResult, result: Result) -> str:
    saving, reference = option.saving_vs_best_bought_usd, result.baseline.best_bought
    same = reference is not None and reference.option == option.id
    mark = "\u25cf " if option.id == result.verdict_option else ""
    cost = money(option.npv_cost_usd.mean) if option.npv_cost_usd else "\u2013"
    cells = (mark + option.label, standing(option), cost,
             "reference" if same else span(saving.p10, saving.p90) if saving else "\u2013",
             percent(option.p_best) if option.feasible else "\u2013")  # fmt: skip
    first, *rest = cells
    data = "".join(f"<td{_align(k)}>{_html(words)}</td>" for k, words in enumerate(rest, start=1))
    return f'<tr><th scope="row"{_LEFT}>{_html(first)}</th>{data}</tr>'


def _align(column: int) -> str:
    return _RIGHT if column >= _NUMBERS_FROM else _LEFT


def _html(words: str) -> str:
    return escape(typeset(plain(words)))
