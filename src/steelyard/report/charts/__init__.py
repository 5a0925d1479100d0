"""Charts of a Result from one small grammar: scales, marks, SVG."""

from steelyard.domain.currency import displayed
from steelyard.domain.result import Result
from steelyard.report.charts.bars import bill_chart, saving_chart, tornado_chart
from steelyard.report.charts.break_even import break_even_charts
from steelyard.report.charts.chart import Chart, Table
from steelyard.report.charts.lines import cumulative_chart, hours_chart, payback_chart
from steelyard.report.charts.plan import plan_chart
from steelyard.report.charts.reuse import reuse_chart
from steelyard.report.charts.surface import surface_chart
from steelyard.report.charts.traffic import lengths_chart, week_chart

__all__ = ["Chart", "Table", "all_charts"]


@displayed
def all_charts(result: Result) -> tuple[Chart, ...]:
    """Return every chart the result has figures for, in the order a reader needs them."""
    found = (
        saving_chart(result, against_today=False),
        saving_chart(result, against_today=True),
        payback_chart(result),
        bill_chart(result),
        cumulative_chart(result),
        surface_chart(result),
        *break_even_charts(result),
        tornado_chart(result),
        hours_chart(result),
        plan_chart(result),
        week_chart(result),
        lengths_chart(result),
        reuse_chart(result),
    )
    return tuple(chart for chart in found if chart is not None)
