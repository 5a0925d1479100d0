"""The picture of prefix reuse: from hashes of prompts to the report, against sums worked out by hand."""

import json
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from report_example import example_result
from steelyard.domain.result import Result
from steelyard.domain.traffic_details import PrefixReuse, TrafficDetails
from steelyard.facts import load_catalogue
from steelyard.printed import count, percent
from steelyard.report import render_html
from steelyard.report.charts import all_charts
from steelyard.report.charts.reuse import reuse_chart
from steelyard.study.load import load_study
from steelyard.study.log_profile import profile_logs
from steelyard.study.traffic import read_traffic

CATALOGUE = load_catalogue(example_result().as_of)
STUDY = """
study: repeats
today: {provider: openai, model: gpt-5.4-mini}
quality: {at_least: openai/gpt-5.4-nano}
data: {must_stay_on_premises: no}
training_data: {exclusive: no}
differentiator: {model_is_product: no}
traffic: {log: [trace.jsonl]}
"""
OTHERS = list(range(1_000, 1_100))
PROMPTS = [(0, 512, [1]), (1, 51_200, OTHERS), (2, 512, [1]), (400, 1_024, [1, 2]), (401, 1_024, [1, 2])]
"""Second of arrival, input tokens, hashes of blocks of 512 tokens."""
INPUT = 512 + 51_200 + 512 + 1_024 + 1_024


def write_trace(folder: Path, prompts: Sequence[tuple[int, int, Sequence[int]]]) -> None:
    (folder / "trace.jsonl").write_text("".join(
        json.dumps({"timestamp": 1_000 * at_s, "input_length": tokens, "output_length": 9, "hash_ids": blocks}) + "\n"
        for at_s, tokens, blocks in prompts), encoding="utf-8")  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study whose log is a trace with hashes of its prompts."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    write_trace(tmp_path, PROMPTS)
    return tmp_path


def decided_on(folder: Path) -> Result:
    study = load_study(folder / "study.yaml")
    return example_result(traffic=read_traffic(study, folder, CATALOGUE, lambda _: None).profile)


def test_a_decision_pictures_the_reuse_worked_out_by_hand(folder: Path) -> None:
    chart = reuse_chart(decided_on(folder))
    assert chart is not None
    # Block 1 comes back after 100 others: only a cache of 256 blocks (131,072 tokens) still holds it. At 400 s it was
    # last used one request ago: any cache holds it, but 398 s are more than five minutes. At 401 s both are there.
    small, large, young = 512 + 1_024, 512 + 512 + 1_024, 512 + 1_024
    table = {row[0]: row[1] for row in chart.table.rows}
    assert table[count(32_768)] == percent(small / INPUT)
    assert {table[count(512 * 4**k)] for k in range(4, 11)} == {percent(large / INPUT)} == {table["without bound"]}
    assert chart.table.rows[-1][1] == percent(young / INPUT)
    assert f"Half of that takes {count(32_768)} tokens or fewer" in chart.description


def test_the_table_and_the_marks_are_the_figures_of_the_profile(folder: Path) -> None:
    told = profile_logs([folder / "trace.jsonl"], CATALOGUE).prefix_reuse
    chart = reuse_chart(decided_on(folder))
    assert told is not None
    assert chart is not None
    assert [tuple(row) for row in chart.table.rows[:-2]] == [
        (count(size), percent(hit)) for size, hit in zip(told.cache_tokens, told.hit_fraction, strict=True)
    ]
    assert [row[1] for row in chart.table.rows[-2:]] == [
        percent(told.unbounded_hit_fraction), percent(told.within_5_minutes_fraction)]  # fmt: skip
    for drawing in (chart.wide, chart.narrow, chart.paper):
        marks = [path.attrib["d"].count("M") for path in ET.fromstring(drawing).findall(".//{*}path")]
        assert len(told.cache_tokens) in marks


def test_the_report_shows_it_and_a_document_without_it_still_opens(folder: Path) -> None:
    result = decided_on(folder)
    assert all_charts(result)[-1].id == "reuse"
    assert 'id="chart-reuse"' in render_html(result)
    document = json.loads(result.model_dump_json())
    del document["traffic"]["details"]["prefix_reuse"]
    older = Result.model_validate_json(json.dumps(document))
    assert reuse_chart(older) is None
    assert 'id="chart-reuse"' not in render_html(older)


def test_no_hashes_no_picture(folder: Path) -> None:
    write_trace(folder, [(at_s, tokens, []) for at_s, tokens, _ in PROMPTS])
    result = decided_on(folder)
    assert result.traffic.requests == len(PROMPTS)
    assert reuse_chart(result) is None
    assert reuse_chart(example_result(traffic=result.traffic.model_copy(update={"details": None}))) is None


def test_a_log_that_repeats_nothing_or_only_late_says_so() -> None:
    def told(found: tuple[float, float], unbounded: float) -> str:
        reuse = PrefixReuse(cache_tokens=(512.0, 2_048.0), hit_fraction=found, unbounded_hit_fraction=unbounded,
                            within_5_minutes_fraction=0.0)  # fmt: skip
        details = TrafficDetails(prefix_reuse=reuse)
        chart = reuse_chart(example_result(traffic=example_result().traffic.model_copy(update={"details": details})))
        assert chart is not None
        return chart.description

    assert "Half of that" not in told((0.0, 0.0), 0.0)
    assert f"Half of that takes more than {count(2_048)} tokens" in told((0.0, 0.1), 0.5)
