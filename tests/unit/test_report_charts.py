"""Charts from one grammar: well-formed, described, with their data, inside their frame."""

import math
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report_example import bare_result, example_result, infeasible_result
from steelyard.domain.result import BreakEven, Result, Spread, SweepPoint
from steelyard.report.charts import Chart, all_charts
from steelyard.report.charts.bars import bill_chart, saving_chart, tornado_chart
from steelyard.report.charts.break_even import break_even_charts
from steelyard.report.charts.lines import hours_chart, payback_chart
from steelyard.report.charts.scale import Linear, Log, round_span
from steelyard.report.charts.svg import GROUP_TONES, fit, text_width

SVG = "{http://www.w3.org/2000/svg}"
CHARTS = all_charts(example_result())
AMOUNTS = st.floats(min_value=-1e12, max_value=1e12, allow_nan=False).map(lambda v: 0.0 if abs(v) < 1e-6 else v)


def places(svg: str) -> list[tuple[float, float]]:
    """Every coordinate pair of marks in a drawing."""
    found: list[tuple[float, float]] = []
    for mark in ET.fromstring(svg).iter():
        if mark.tag == f"{SVG}rect":
            x, y, w, h = (float(mark.attrib[k]) for k in ("x", "y", "width", "height"))
            assert w >= 0
            found += [(x, y), (x + w, y + h)]
        elif mark.tag == f"{SVG}path" and not mark.attrib["d"].startswith("M-1"):
            numbers = [float(n) for n in re.findall(r"-?\d+\.\d+", mark.attrib["d"])]
            found += list(zip(numbers[::2], numbers[1::2], strict=True))
        elif mark.tag == f"{SVG}text":
            found.append((float(mark.attrib["x"]), float(mark.attrib["y"])))
    return found


def texts(svg: str) -> list[tuple[float, float, float]]:
    """Left, right and baseline of every text, from the estimated width."""
    found: list[tuple[float, float, float]] = []
    for mark in ET.fromstring(svg).iter(f"{SVG}text"):
        width = text_width(mark.text or "", float(mark.attrib["font-size"]), bold="font-weight" in mark.attrib)
        x, anchor = float(mark.attrib["x"]), mark.attrib.get("text-anchor", "start")
        left = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        found.append((left, left + width, float(mark.attrib["y"])))
    return found


def check(chart: Chart) -> None:
    for svg in (chart.wide, chart.narrow):
        root = ET.fromstring(svg)
        assert root.attrib["role"] == "img"
        title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title is not None
        assert desc is not None
        assert title.text == chart.title
        assert len(desc.text or "") > 40
        assert root.attrib["aria-labelledby"] == f"{title.attrib['id']} {desc.attrib['id']}"
        width, height = (float(v) for v in root.attrib["viewBox"].split()[2:])
        for x, y in places(svg):
            assert math.isfinite(x)
            assert -1 <= x <= width + 1
            assert -1 <= y <= height + 1
        for left, right, _ in texts(svg):
            assert left >= -1
            assert right <= width + 1
    assert chart.table.rows
    assert {len(row) for row in chart.table.rows} == {len(chart.table.head)}


def test_the_example_has_every_chart() -> None:
    assert [c.id for c in CHARTS] == [
        "saving-bought",
        "saving-today",
        "payback",
        "bill",
        "by-month",
        "break-even-0",
        "tornado",
        "hours",
        "plan",
        "week",
        "lengths",
    ]


@pytest.mark.parametrize("chart", CHARTS, ids=[c.id for c in CHARTS])
def test_a_chart_is_described_has_its_data_and_stays_inside_its_frame(chart: Chart) -> None:
    check(chart)


@pytest.mark.parametrize("chart", CHARTS, ids=[c.id for c in CHARTS])
def test_no_two_texts_overlap(chart: Chart) -> None:
    for svg in (chart.wide, chart.narrow):
        found = sorted(texts(svg))
        for n, (left, right, y) in enumerate(found):
            for other_left, other_right, other_y in found[n + 1 :]:
                assert abs(y - other_y) >= 11 or other_left >= right - 1 or other_right <= left + 1


def test_an_identifier_occurs_once_across_all_charts() -> None:
    ids = re.findall(r' id="([^"]+)"', "".join(c.wide + c.narrow for c in CHARTS))
    assert len(ids) == len(set(ids))


def test_without_figures_there_is_no_chart() -> None:
    stated = bare_result().traffic.model_copy(update={"source": "stated", "joint_measured": False})
    assert all_charts(bare_result().model_copy(update={"traffic": stated})) == ()
    assert [c.id for c in all_charts(bare_result())] == ["week", "lengths"]
    assert [c.id for c in all_charts(infeasible_result())] == ["hours", "week", "lengths"]


def test_pictures_of_the_log_show_its_busiest_hour_and_all_of_its_requests() -> None:
    traffic = example_result().traffic
    week, lengths = (next(c for c in CHARTS if c.id == name) for name in ("week", "lengths"))
    busiest = traffic.hour_of_week_rps.index(max(traffic.hour_of_week_rps))
    assert (
        f"{('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun')[busiest // 24]} {busiest % 24:02d}:00" in week.description
    )
    assert len(week.table.rows) == 7
    drawn = ET.fromstring(week.wide).findall(f"{SVG}path")
    assert sum(path.attrib["d"].count("M") for path in drawn) == sum(rate > 0 for rate in traffic.hour_of_week_rps)
    shares = [float(cell.rstrip(" %")) for row in lengths.table.rows for cell in row[1:] if cell[0].isdigit()]
    assert sum(shares) == pytest.approx(100, abs=len(shares) * 0.5)


def test_cost_groups_differ_in_grey() -> None:
    assert len(set(GROUP_TONES.values())) == len(GROUP_TONES) == 9


def test_the_saving_chart_shows_the_bands_of_the_result() -> None:
    result = example_result()
    chart = saving_chart(result, against_today=False)
    assert chart is not None
    assert [row[0] for row in chart.table.rows] == [
        o.label for o in result.options if o.feasible and o.id != "api-small"
    ]
    root = ET.fromstring(chart.wide)
    hatched = [m for m in root.iter(f"{SVG}rect") if m.attrib["fill"].startswith("url")]
    assert len(hatched) == 5
    assert [m for m in root.iter(f"{SVG}text") if m.text == "\u2190 costs more"]


def test_the_bill_adds_up_to_the_present_value_of_its_lines() -> None:
    chart = bill_chart(example_result())
    assert chart is not None
    assert chart.table.head[-1] == "Sum"
    owned = next(row for row in chart.table.rows if "owned" in row[0])
    assert owned[-1] == "$1.0\u00a0M"


def test_break_even_marks_the_study_and_the_crossing() -> None:
    (chart,) = break_even_charts(example_result())
    words = "".join(t.text or "" for t in ET.fromstring(chart.wide).iter(f"{SVG}text")).replace("\u00a0", " ")
    assert "this study: 12.4 M" in words
    assert "break-even: 15.9 M" in words
    assert "costs the same as the best bought option at 15.9 M requests a month" in chart.description.replace(
        "\u00a0", " "
    )


def test_load_and_capacity_come_from_the_plan() -> None:
    chart = hours_chart(example_result())
    assert chart is not None
    assert len(chart.table.rows) == 168
    assert chart.table.rows[12][0] == "Mon 12:00"


def test_the_tornado_is_ordered_by_width_and_names_flip_points() -> None:
    chart = tornado_chart(example_result())
    assert chart is not None
    assert next(row[0] for row in chart.table.rows) == "Requests a month"
    assert "flips at 15.9\u00a0M\u00a0requests a month" in chart.wide


spreads = (
    st.tuples(AMOUNTS, AMOUNTS, AMOUNTS).map(sorted).map(lambda v: Spread(p10=v[0], p50=v[1], p90=v[2], mean=v[1]))
)


@settings(max_examples=40)
@given(st.lists(spreads, min_size=1, max_size=7), st.text(max_size=60))
def test_any_saving_stays_in_the_frame(found: list[Spread], label: str) -> None:
    result = example_result()
    options = tuple(
        result.options[1].model_copy(update={"id": f"o{n}", "label": label, "saving_vs_best_bought_usd": s})
        for n, s in enumerate(found)
    )
    chart = saving_chart(result.model_copy(update={"options": options}), against_today=False)
    assert chart is not None
    check(chart)


@settings(max_examples=40)
@given(st.lists(st.floats(1e-3, 1e9), min_size=2, max_size=9, unique=True), st.floats(1e-3, 1e9), AMOUNTS, AMOUNTS)
def test_any_sweep_stays_in_the_frame(at: list[float], today: float, slope: float, base: float) -> None:
    sweep = tuple(
        SweepPoint(at=v, npv_cost_usd={"api-small": base + slope * v / 1e9, "rented-qwen": base * 2})
        for v in sorted(at)
    )
    point = BreakEven(
        quantity="tokens",
        unit="token",
        today=today,
        values=(today * 1.01, today * 1.02),
        between=("api-small", "rented-qwen"),
        sweep=sweep,
    )
    for chart in break_even_charts(example_result(break_even=(point,))):
        check(chart)


@settings(max_examples=30)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=60))
def test_any_odds_stay_in_the_frame(odds: list[float]) -> None:
    result: Result = example_result()
    rented = next(o for o in result.options if o.payback)
    assert rented.payback is not None
    payback = rented.payback.model_copy(update={"prob_by_month": tuple(odds)})
    chart = payback_chart(result.model_copy(update={"options": (rented.model_copy(update={"payback": payback}),)}))
    assert chart is not None
    check(chart)


@given(AMOUNTS, AMOUNTS, st.integers(1, 9))
def test_ticks_are_round_inside_and_not_too_many(one: float, other: float, most: int) -> None:
    low, high = round_span([one, other])
    assert low < high
    ticks = Linear(low, high, 0.0, 100.0).ticks(most)
    assert len(ticks) <= most + 1
    assert all(low - 1e-9 * abs(low) <= t <= high + 1e-9 * abs(high) for t in ticks)


@given(st.floats(1e-6, 1e6), st.floats(1.001, 1e9), st.integers(2, 9))
def test_log_ticks_are_inside_and_a_log_scale_keeps_order(low: float, ratio: float, most: int) -> None:
    scale = Log(low, low * ratio, 0.0, 100.0)
    ticks = scale.ticks(most)
    assert len(ticks) <= most
    assert all(-1e-6 <= scale(t) <= 100 + 1e-6 for t in ticks)
    assert ticks == sorted(set(ticks))


@given(st.text(max_size=60), st.floats(20, 400))
def test_fitted_words_fit(words: str, width: float) -> None:
    assert text_width(fit(words, width)) <= width or fit(words, width) == "\u2026"
