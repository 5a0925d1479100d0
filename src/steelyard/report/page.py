"""The report as one HTML file: no network, no path, nothing untrusted unescaped."""

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from steelyard.domain.currency import displayed
from steelyard.domain.result import OptionResult, Result
from steelyard.domain.workings import Workings
from steelyard.nouns import noun
from steelyard.printed import MINUS, count, day, money, months, percent, quantity, seconds, span, unit_label
from steelyard.report.charts import Chart, all_charts
from steelyard.report.gate_table import gate_names, gate_rows
from steelyard.report.key_figures import key_figures
from steelyard.report.living import MOST_BYTES, Living, living
from steelyard.report.story import KIND_WORDS, label_of, standing, tell, worth_in_words
from steelyard.report.text import plain, typeset
from steelyard.units import MONTHS_PER_YEAR

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["page_environment", "render_html"]

_TEMPLATES = "steelyard.report", "templates"
_HYPHEN_MINUS = re.compile(r"(?<![^\s(])-(?=\d)")
_EFFORT_ORDER = {"hours": 0, "days": 1, "weeks": 2}
_METHOD_WORDS = {
    "managed": "tuned by the seller", "lora": "adapters (LoRA)", "full": "all weights tuned on examples",
    "continued_pre_training": "trained further on a corpus", "from_scratch": "trained from scratch",
}  # fmt: skip
_MOST_PAGE_BYTES = 1_900_000
"""Weight from which a page carries fewer draws: under 2 MB with room to spare [byte]."""
_SLO_WORDS = {"met": "met", "not_met": "not met", "not_measured": "not measured"}


@displayed
def render_html(result: Result, workings: Workings | None = None) -> str:
    """Return the report as one self-contained HTML page.

    The page loads nothing: style and charts are inline, a content security policy allows only the hash of its
    own style sheet and script. Every string of the result is escaped; addresses become links only if http or https.

    Parameters
    ----------
    result
        The decision.
    workings
        Ledgers and inputs of its base case; with them the page carries sliders that recompute it.
    """
    charts = all_charts(result)
    page = _page(result, workings, charts, MOST_BYTES)
    beyond = len(page.encode()) - _MOST_PAGE_BYTES
    if workings is None or beyond <= 0:
        return page
    carried = sum(array.nbytes for array in workings.draws.values()) // 2  # eight bytes each here, four in the page
    return _page(result, workings, charts, max(min(carried, MOST_BYTES) - beyond, 0))


def _page(result: Result, workings: Workings | None, charts: Sequence[Chart], most_bytes: int) -> str:
    """Return the page with so many bytes of draws [byte]."""
    from markupsafe import Markup  # noqa: PLC0415  loaded only where a page is made

    environment = page_environment()
    style = _source(environment, "report.css")
    script = _source(environment, "dials.js")
    live = living(result, workings, script, most_bytes=most_bytes) if workings else None
    live = live if live and live.dials and live.options else None
    return environment.get_template("report.html.jinja").render(
        result=result,
        story=tell(result),
        figures=key_figures(result),
        charts=[(chart, Markup(chart.wide), Markup(chart.narrow)) for chart in charts],  # noqa: S704  escaped mark by mark
        options=result.options,
        bill_months=sorted({1, min(MONTHS_PER_YEAR, int(result.horizon_months)), int(result.horizon_months)}),
        billed=[o for o in result.options if o.lines],
        planned=[o for o in result.options if o.serving or len(o.plan) > 1],
        tuned=[o for o in result.options if o.tuning],
        line_labels=_line_labels,
        labels={o.id: o.label for o in result.options},
        flipping=[f for f in result.flips if f.at is not None],
        steady=[f for f in result.flips if f.at is None],
        gated=gate_rows(result),
        gate_names=gate_names(result),
        steps=sorted(result.optimize_first, key=lambda s: (-s.saving_usd_per_month, _EFFORT_ORDER[s.effort])),
        bought=_line_label(result, "best_bought"),
        today=_line_label(result, "today"),
        live=live,
        data=Markup(live.data) if live else "",  # noqa: S704  JSON without "<"
        script=Markup(live.script) if live else "",  # noqa: S704  a file of this package and formulas
        policy=_policy(style, live),
        style=Markup(style),  # noqa: S704  a file of this package
    )  # fmt: skip


def _policy(style: str, live: Living | None) -> str:
    """Return the content security policy: only this style sheet and, on a living page, only this script."""
    script = f"script-src 'sha256-{_digest(live.script)}'; " if live else ""
    return f"default-src 'none'; {script}style-src 'sha256-{_digest(style)}'; base-uri 'none'; form-action 'none'"


@cache
def page_environment() -> "Environment":
    """Return the environment of the report's templates: every value escaped, filters for figures and words."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  jinja2 loads only where a page is made

    environment = Environment(loader=PackageLoader(*_TEMPLATES), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True, finalize=_shown)  # fmt: skip
    filters: dict[str, object] = {
        "money": money, "percent": percent, "count": count, "day": day, "months": months, "noun": noun,
        "seconds": seconds, "quantity": quantity, "unit": unit_label, "link": _link, "standing": standing,
        "band": _band, "amount": _amount, "signed": _signed, "whole": _whole, "exact": _Exact, "worth": worth_in_words,
    }  # fmt: skip
    cast("dict[str, object]", environment.filters).update(filters)
    cast("dict[str, object]", environment.globals).update(kinds=KIND_WORDS, slo=_SLO_WORDS, methods=_METHOD_WORDS)
    return environment


def _source(environment: "Environment", name: str) -> str:
    from jinja2 import BaseLoader  # noqa: PLC0415

    loader = environment.loader
    assert isinstance(loader, BaseLoader)  # set two lines above its only use
    return loader.get_source(environment, name)[0]


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _shown(value: object) -> object:
    """Return what a template prints: strings lose control characters and keep number and unit together, None is a dash.

    A string marked ``exact`` keeps its spaces: a command to be pasted, a value that a form sends back.
    """
    if value is None:
        return "\u2013"
    if type(value) is _Exact:
        return plain(value)
    return typeset(plain(value)) if type(value) is str else value


class _Exact(str):
    """Text that a program reads back."""

    __slots__ = ()


def _link(url: str | None) -> str | None:
    """Return an address fit for ``href``: http or https with a host, nothing else."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname else None


def _signed(words: str) -> str:
    """Return words in which a hyphen that stands for a minus is one: before a digit, at the start or after a space."""
    return _HYPHEN_MINUS.sub(MINUS, words)


def _whole(number: float) -> str:
    """Return a count without decimals."""
    return count(round(number))


def _band(spread: object) -> str | None:
    low, high = getattr(spread, "p10", None), getattr(spread, "p90", None)
    return span(low, high) if isinstance(low, float) and isinstance(high, float) else None


def _amount(option: OptionResult) -> str | None:
    return money(option.npv_cost_usd.mean) if option.npv_cost_usd else None


def _line_labels(option: OptionResult) -> dict[str, str]:
    return {line.id: line.label for line in option.lines}


def _line_label(result: Result, which: str) -> str | None:
    line = getattr(result.baseline, which)
    return label_of(result, line.option) if line else None
