"""What the pages show of a decision; every figure is the engine's."""

import json
import pickle
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from markupsafe import Markup

from steelyard.domain.currency import shown_in
from steelyard.domain.result import OptionResult, Result
from steelyard.domain.workings import Workings
from steelyard.report.charts import Chart, all_charts
from steelyard.report.living import Living, living
from steelyard.report.story import label_of, tell
from steelyard.web.render import environment, render
from steelyard.web.tasks import OUTCOME_FILE

if TYPE_CHECKING:
    from steelyard.domain.study import Study
    from steelyard.study.pipeline import Outcome

__all__ = ["Drawn", "drawn", "live_script", "papers", "part_values"]

_FIRST_CHARTS = ("saving", "break-even", "tornado")


class Papers(NamedTuple):
    """A decision with its working papers and its study."""

    result: Result
    workings: Workings
    study: "Study"


class Drawn(NamedTuple):
    """A chart and its two drawings, safe to stand in a page."""

    chart: Chart
    wide: Markup
    narrow: Markup


@lru_cache(maxsize=24)
def papers(place: Path) -> Papers:
    """Return what :mod:`steelyard.web.tasks` left of a decision."""
    raw = (place / OUTCOME_FILE).read_bytes()
    outcome, study = cast("tuple[Outcome, Study]", pickle.loads(raw))  # noqa: S301  our own file in a private folder
    return Papers(outcome.result, outcome.workings, study)


def drawn(charts: Sequence[Chart]) -> list[Drawn]:
    """Return charts as markup: their texts were escaped mark by mark."""
    return [Drawn(chart, Markup(chart.wide), Markup(chart.narrow)) for chart in charts]  # noqa: S704


def part_values(page: str, found: Papers) -> dict[str, object]:
    """Return what the part of one page needs."""
    result = found.result
    with shown_in(result.display_currency):
        return _part_values(page, found)


def _part_values(page: str, found: Papers) -> dict[str, object]:
    result = found.result
    values: dict[str, object] = {"result": result, "story": tell(result), "study": found.study}
    if page == "study":
        charts = all_charts(result)
        first = [c for c in charts if c.id.startswith(_FIRST_CHARTS)]
        values |= {"charts": drawn(first), "more": drawn([c for c in charts if c not in first]),
                   "live": _dials(found)}  # fmt: skip
    elif page == "options":
        values |= {"reasons": _reasons(result), "kinds_there": sorted({o.kind for o in result.options}),
                   "today": _line(result, "today"), "bought": _line(result, "best_bought")}  # fmt: skip
    elif page == "traffic":
        values |= {"charts": drawn([c for c in all_charts(result) if c.id.startswith("hours")]),
                   "profile": result.traffic}  # fmt: skip
    return values


@lru_cache(maxsize=24)
def _living(place: Path) -> Living:
    found = papers(place)
    loader = environment().loader
    assert loader is not None  # set where the environment is made
    return living(found.result, found.workings, loader.get_source(environment(), "dials.js")[0])


def live_script(place: Path) -> str:
    """Return the script of a decision's sliders: its figures, its ledgers, and what moves them.

    It may run again when the next decision comes: names stay in a block, and listeners on the window, which would
    outlive it, are not kept.
    """
    live = _living(place)
    window = "const window = {addEventListener() {}, set steelyard(own) { globalThis.steelyard = own; }};"
    data = f'document.getElementById("workings").textContent = {json.dumps(live.data)};'
    return f"{{\n{window}\n{data}\n{live.script}\n}}\n"


def _dials(found: Papers) -> Markup | None:
    """Return the sliders as the report shows them, without the scripts it carries inline."""
    live = living(found.result, found.workings, "")
    if not (live.dials and live.options):
        return None
    page = render("dials.html.jinja", live=live, result=found.result, data="", script="")
    return Markup(page.partition('<script type="application/json"')[0] + '<div id="workings" hidden></div>')  # noqa: S704


def _line(result: Result, which: str) -> str | None:
    line = getattr(result.baseline, which)
    return label_of(result, line.option) if line else None


def _reasons(result: Result) -> list[tuple[str, list[OptionResult]]]:
    """Return what excludes options, each reason with those it excludes."""
    reasons: dict[str, list[OptionResult]] = {}
    for option in result.options:
        for rule in option.excluded_by:
            reasons.setdefault(rule, []).append(option)
    return sorted(reasons.items(), key=lambda pair: -len(pair[1]))
