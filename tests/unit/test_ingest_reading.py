"""Reading at the edges: caches, many files, mixed formats, growing files, interruption; and the demo's log."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from steelyard.errors import LogError
from steelyard.facts.workload import load_shapes, measured_trace
from steelyard.ingest import profile_table, read_logs, reading
from steelyard.ingest.cache import cache_folder, cached_tables, clear_cache
from steelyard.ingest.demo import write_demo_log

HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens\n"


def azure(path: Path, first: int, rows: int) -> Path:
    lines = (f"2026-10-01 10:{i // 60 % 60:02d}:{i % 60:02d},{i + 1},{i % 9 + 1}\n" for i in range(first, first + rows))
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return path


def litellm(path: Path, first: int, rows: int) -> Path:
    path.write_text("".join(
        json.dumps({"request_id": f"r{i}", "prompt_tokens": i + 1, "completion_tokens": 2, "model": "m",
                    "startTime": f"2026-10-01T11:00:{i % 60:02d}Z"}) + "\n" for i in range(first, first + rows)
    ), encoding="utf-8")  # fmt: skip
    return path


def test_the_second_reading_is_the_first_one_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = azure(tmp_path / "a.csv", 0, 50)
    first = read_logs([path], cache_dir=tmp_path / "cache")
    monkeypatch.setattr(reading, "_parse", lambda *_, **__: pytest.fail("parsed again"))
    assert read_logs([path], cache_dir=tmp_path / "cache") == first


def test_other_bytes_are_another_table(tmp_path: Path) -> None:
    path = azure(tmp_path / "a.csv", 0, 50)
    first = read_logs([path], cache_dir=tmp_path / "cache")
    azure(path, 0, 51)
    second = read_logs([path], cache_dir=tmp_path / "cache")
    assert (first.rows.used, second.rows.used) == (50, 51)
    assert first.path != second.path


def test_the_cache_follows_xdg_and_can_be_listed_and_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    table = read_logs([azure(tmp_path / "a.csv", 0, 5)])
    assert table.path.is_relative_to(tmp_path / "xdg" / "steelyard")
    assert [p / "table.parquet" for p in cached_tables()] == [table.path]
    assert stat.S_IMODE(table.path.stat().st_mode) == 0o600
    assert clear_cache() > 0
    assert cached_tables() == []


def test_a_cache_that_cannot_be_written_is_replaced_for_the_run(tmp_path: Path) -> None:
    # A file where the folder should be cannot be written by anyone, root included.
    (tmp_path / "cache").write_text("in the way", encoding="utf-8")
    folder = cache_folder(tmp_path / "cache")
    assert not folder.is_relative_to(tmp_path / "cache")
    table = read_logs([azure(tmp_path / "a.csv", 0, 5)], cache_dir=tmp_path / "cache")
    assert table.rows.used == 5


def test_mixed_formats_of_one_glob_are_added_up(tmp_path: Path) -> None:
    paths = [azure(tmp_path / "a.csv", 0, 10), litellm(tmp_path / "b.jsonl", 0, 20)]
    table = read_logs(paths, cache_dir=tmp_path / "cache")
    assert table.formats == ("azure_trace", "litellm")
    assert table.rows.used == 30
    profile = profile_table(table)
    assert {m.model: m.requests for m in profile.models} == {"m": 20, "": 10}
    assert profile.tokens.input == sum(range(1, 11)) + sum(range(1, 21))


def test_requests_repeated_across_files_count_once(tmp_path: Path) -> None:
    paths = [litellm(tmp_path / "a.jsonl", 0, 10), litellm(tmp_path / "b.jsonl", 5, 10)]
    table = read_logs(paths, cache_dir=tmp_path / "cache")
    assert table.rows.used == 15
    assert table.rows.set_aside == {"duplicate request id": 5}


def test_rows_come_in_order_of_time_with_the_gaps_between_those_that_count(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "2026-10-01 10:00:09,1,1\n2026-10-01 10:00:00,1,1\n2026-10-01 10:00:05,-1,1\n"
                    "2026-10-01 10:00:04,1,1\n", encoding="utf-8")  # fmt: skip
    table = read_logs([path], cache_dir=tmp_path / "cache")
    found = duckdb.execute("SELECT second(start), gap_s FROM read_parquet($1)", [str(table.path)]).fetchall()
    assert found == [(0, None), (4, 4.0), (9, 5.0), (5, None)]


def test_a_thousand_small_files(tmp_path: Path) -> None:
    paths = [litellm(tmp_path / f"{i:05d}.jsonl", i, 1) for i in range(1_000)]
    assert read_logs(paths, cache_dir=tmp_path / "cache").rows.used == 1_000


@pytest.mark.slow
def test_ten_thousand_small_files(tmp_path: Path) -> None:
    paths = [litellm(tmp_path / f"{i:05d}.jsonl", i, 1) for i in range(10_000)]
    assert read_logs(paths, cache_dir=tmp_path / "cache").rows.used == 10_000


def test_a_file_that_grows_while_it_is_read_is_said_to_have(tmp_path: Path) -> None:
    path = azure(tmp_path / "a.csv", 0, 5)

    def grow(_: str) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write("2026-10-01 11:00:00,1,1\n")

    table = read_logs([path], cache_dir=tmp_path / "cache", progress=grow)
    assert any("changed while it was read" in warning for warning in table.warnings)
    again = read_logs([path], cache_dir=tmp_path / "cache")
    assert again.rows.used == 6
    assert again.warnings == ()


def test_an_interruption_leaves_nothing_half_written(tmp_path: Path) -> None:
    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_logs([azure(tmp_path / "a.csv", 0, 5)], cache_dir=tmp_path / "cache", progress=interrupt)
    assert [p.name for p in (tmp_path / "cache" / "traffic").iterdir()] == ["salt"]


def test_progress_tells_rows_and_bytes(tmp_path: Path) -> None:
    said: list[str] = []
    read_logs([azure(tmp_path / "a.csv", 0, 1_234)], cache_dir=tmp_path / "cache", progress=said.append)
    assert said == ["1,234 rows, 0.0 MB read"]


def test_parquet_is_read_through_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    duckdb.execute(f"""COPY (SELECT TIMESTAMP '2026-10-01 10:00:00' + INTERVAL (i) SECOND AS at, 100 + i AS prompt,
        i AS answer, {{'deep': {{'cached': 7}}}} AS extra FROM range(5) t(i)) TO '{path}' (FORMAT parquet)""")
    table = read_logs([path], mapping={"start": "at", "input_tokens": "prompt", "output_tokens": "answer"},
                      cache_dir=tmp_path / "cache")  # fmt: skip
    profile = profile_table(table)
    assert (profile.tokens.input, profile.tokens.output) == (510, 10)


def test_a_mapping_reaches_into_nested_fields(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"t": 1760000000, "usage": {"in": 9, "out": 4, "cache": {"read": 2}}, "text": "no"}\n',
                    encoding="utf-8")  # fmt: skip
    mapping = {"start": "t", "input_tokens": "usage.in", "output_tokens": "usage.out", "cache_read": "usage.cache.read"}
    profile = profile_table(read_logs([path], mapping=mapping, cache_dir=tmp_path / "cache"))
    assert (profile.tokens.uncached_input, profile.tokens.cache_read, profile.tokens.output) == (7, 2, 4)


INSTANTS = ("1760000000", "1760000000000", "1760000000000000", "1760000000000000000", "1.76e9",
            "2025-10-09T08:53:20Z", "2025-10-09 10:53:20+02:00", "2025-10-09T08:53:20.000")  # fmt: skip


@pytest.mark.parametrize("text", INSTANTS)
def test_epochs_of_any_resolution_and_zones_are_one_instant(tmp_path: Path, text: str) -> None:
    path = tmp_path / "log.csv"
    path.write_text(f"start,input_tokens,output_tokens\n{text},1,1\n", encoding="utf-8")
    profile = profile_table(read_logs([path], cache_dir=tmp_path / "cache"))
    assert profile.start is not None
    assert profile.start.isoformat() == "2025-10-09T08:53:20+00:00"


def test_a_json_document_of_rows_is_read_like_lines(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in litellm(tmp_path / "a.jsonl", 0, 20).read_text().splitlines()]
    for name, document in (("list.json", rows), ("data.json", {"data": rows, "next": None})):
        (tmp_path / name).write_text(json.dumps(document, indent=1), encoding="utf-8")
        assert read_logs([tmp_path / name], cache_dir=tmp_path / "cache").rows.used == 20


def test_breakpoints_cut_tokens_exactly_by_model(tmp_path: Path) -> None:
    table = read_logs([litellm(tmp_path / "a.jsonl", 0, 20)], cache_dir=tmp_path / "cache")
    profile = profile_table(table, breakpoints={"m": [5, 10], "other": [1]})
    bands = [(b.above_input_tokens, b.requests, b.tokens.input) for b in profile.models[0].tiers]
    assert bands == [(0, 5, 15), (5, 5, 40), (10, 10, 155)]


def test_the_demo_log_is_its_profile(tmp_path: Path) -> None:
    trace, week = measured_trace("azure_conv"), load_shapes()["measured"]
    paths = write_demo_log(tmp_path / "demo", trace=trace, week=week)
    before = [p.read_bytes() for p in paths]
    table = read_logs(paths, cache_dir=tmp_path / "cache")
    profile = profile_table(table, shapes=load_shapes())
    assert table.formats == ("litellm",)
    assert table.rows.read >= 200_000
    assert table.rows.set_aside["failed request"] / table.rows.read == pytest.approx(0.012, abs=0.001)
    assert profile.shape_source == "measured"
    assert [m.model for m in profile.models] == ["gpt-5.4-mini", "gpt-5.4-nano"]
    assert 0.2 < profile.cached_fraction < 0.4
    assert profile.span_s == pytest.approx(28 * 86_400, rel=0.001)
    mean = sum(profile.hour_of_week_rps) / 168
    assert [r / mean for r in profile.hour_of_week_rps] == pytest.approx(list(week), rel=0.04)
    assert profile.input_tokens is not None
    assert trace.input_tokens is not None
    assert profile.input_tokens.p99 == pytest.approx(trace.input_tokens.p99, rel=0.02)
    assert write_demo_log(tmp_path / "demo", trace=trace, week=week) == paths
    assert [p.read_bytes() for p in paths] == before
    assert [p.name for p in (tmp_path / "demo").iterdir() if p.suffix == ".partial"] == []


def test_importing_the_room_loads_no_engine() -> None:
    code = "import sys, steelyard.ingest; print('duckdb' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "False"


def test_an_unreadable_parquet_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1 and then nothing of use")
    with pytest.raises(LogError, match=r"x\.parquet: the Parquet file is damaged"):
        read_logs([tmp_path / "x.parquet"], cache_dir=tmp_path / "cache")
