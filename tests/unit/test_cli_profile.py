"""``steelyard profile``: rows counted, tokens by class, list price, and the same from Python."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import steelyard
from option_example import catalogue as made_up_catalogue
from steelyard.cli import main
from steelyard.domain.catalogue import Catalogue
from steelyard.errors import LogError

ROWS = [
    "start,model,input_tokens,cache_read,output_tokens,status",
    "2026-10-05T00:00:00Z,seller/today,1000,400,100,200",
    "2026-10-05T09:30:00Z,seller/today,2000,0,300,200",
    "2026-10-12T09:31:00Z,nobody/knows,500,0,50,200",
    "2026-10-13T10:00:00Z,seller/today,900,0,0,500",
    "never,seller/today,900,0,10,200",
]


def known_catalogue(*_: object) -> Catalogue:
    return made_up_catalogue()


@pytest.fixture(autouse=True)
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("steelyard.facts.load_catalogue", known_catalogue, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "usage.csv").write_text("\n".join(ROWS) + "\n")
    return tmp_path / "usage.csv"


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["profile", *args])


def document(*args: str) -> dict[str, Any]:
    shown = run(*args, "--json")
    assert shown.exit_code == 0, shown.output
    assert shown.stderr == ""
    return json.loads(shown.stdout)


def test_the_document_counts_every_row_and_sums_every_class() -> None:
    told = document("usage.csv")
    rows = told["rows"]
    assert rows["read"] == 5
    assert rows["read"] == rows["used"] + sum(rows["set_aside"].values())
    assert told["requests"] == 3
    assert told["tokens"] == {"uncached_input": 3100, "cache_read": 400, "cache_write_5m": 0, "cache_write_1h": 0,
                              "output": 450}  # fmt: skip
    assert told["cached_fraction"] == pytest.approx(400 / 3500)
    assert len(told["hour_of_week_rps"]) == 168
    assert told["input_tokens"]["max"] == 2000
    assert told["span"]["start"].startswith("2026-10-05T00:00:00")


def test_each_model_is_priced_at_its_own_list_and_an_unknown_one_is_null_with_a_warning() -> None:
    told = document("usage.csv")
    by_hand = (600 * 1 + 400 * 1 + 2000 * 1 + 400 * 4) / 1e6  # no cache price listed: read at the input price
    assert told["usd"] == {"nobody/knows": None, "seller/today": pytest.approx(by_hand)}
    assert any("no price list is known for 'nobody/knows'" in warning for warning in told["warnings"])


def test_the_page_shows_the_same_figures() -> None:
    shown = run("usage.csv")
    assert shown.exit_code == 0, shown.output
    for words in ("5 read, 3 used", "seller/today", "unknown", "Mon ", "p99"):
        assert words in shown.stdout


def test_a_pattern_is_unfolded_and_a_missing_log_is_a_fault(tmp_path: Path) -> None:
    assert document("*.csv")["files"] == ["usage.csv"]
    shown = run("usage.csv", "gone.csv", "no/*.jsonl")
    assert shown.exit_code == 2
    assert "gone.csv: there is no such file" in shown.stderr
    assert "no/*.jsonl" in shown.stderr


def test_columns_of_a_generic_log_are_mapped(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("ts,p,c\n2026-10-05T00:00:00Z,10,5\n2026-10-06T00:00:00Z,20,6\n")
    told = document("own.csv", "--map", "start=ts", "--map", "input_tokens=p", "--map", "output_tokens=c")
    assert told["tokens"]["output"] == 11
    assert "write NAME=COLUMN" in run("own.csv", "--map", "start").stderr


def test_the_public_function_returns_what_the_command_prints(log: Path) -> None:
    told = steelyard.profile(log, as_of=date(2026, 11, 23))
    assert json.loads(told.model_dump_json()) == document("usage.csv")


def test_the_public_function_raises_what_the_command_tells(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"gone\.csv"):
        steelyard.profile(tmp_path / "gone.csv")


def test_the_query_is_printed_for_a_warehouse() -> None:
    pytest.importorskip("sqlglot", reason="the extra 'warehouse' is not installed")
    shown = run("--emit-sql", "duckdb", "--table", "my.requests")
    assert shown.exit_code == 0, shown.output
    assert "FROM my.requests" in shown.stdout
    assert "WITH used" in shown.stdout
    wrong = run("--emit-sql", "exel")
    assert wrong.exit_code == 2
    assert "exel" in wrong.stderr


def test_profile_without_a_log_says_so() -> None:
    shown = run()
    assert shown.exit_code == 2
    assert "at least one log" in shown.stderr


PEOPLE = """start,model,input_tokens,output_tokens,team,end_user
2026-10-05T00:00:00Z,m,10,1,payroll-team,ann@example.org
2026-10-05T00:00:01Z,m,10,1,payroll-team,bob@example.org
"""


def test_identities_are_pseudonyms_unless_asked_for_and_are_never_kept(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    for shown in (run("people.csv", "--by", "user"), run("people.csv", "--by", "user", "--json")):
        assert shown.exit_code == 0, shown.output
        assert "ann@" not in shown.output
        assert "payroll" not in shown.output
        assert "user-" in shown.stdout
    named = run("people.csv", "--by", "user", "--show-identities")
    assert named.exit_code == 0, named.output
    assert "ann@example.org" in named.stdout
    kept = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert kept
    assert all(b"ann@" not in path.read_bytes() and b"payroll" not in path.read_bytes() for path in kept)


def test_a_source_without_requests_shows_none_and_weighs_by_tokens(tmp_path: Path) -> None:
    (tmp_path / "claude.csv").write_text(
        "usage_date_utc,model_version,api_key,usage_type,usage_input_tokens_no_cache,usage_output_tokens\n"
        "2026-08-05,claude-opus-5,big,standard,70,20\n2026-08-05,claude-opus-5,small,standard,8,2\n"
    )
    page = run("claude.csv", "--show-identities").output
    assert "claude-opus-5         - " in page
    assert "2 keys: big alone makes 90% of the tokens" in page
    assert "1 tag, standard, makes all tokens that name a tag" in page


def test_a_small_sum_shows_two_digits_and_one_request_is_singular(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("start,model,input_tokens,output_tokens,usd\n2026-10-05,m,9,9,0.0123\n")
    page = run("one.csv").output
    assert "the log itself says $0.012" in page
    assert "1 request is too few for a 99th percentile" in page


def test_a_bill_spans_its_days(tmp_path: Path) -> None:
    (tmp_path / "bill.csv").write_text("usage_date_utc,model,token_type,cost_usd\n2026-08-04,Claude Haiku 4,output,2\n"
                                       "2026-08-05,Claude Haiku 4,output,3\n")  # fmt: skip
    assert "2026-08-04 00:00 to 2026-08-06 00:00 UTC (2.0 days)" in run("bill.csv").output


def test_relative_times_show_no_day(tmp_path: Path) -> None:
    (tmp_path / "trace.jsonl").write_text('{"timestamp": 0, "input_length": 5, "output_length": 6}\n'
                                          '{"timestamp": 60000, "input_length": 5, "output_length": 6}\n')  # fmt: skip
    page = run("trace.jsonl").output
    assert "from the first request to the last" in page
    assert "1970" not in page


def test_each_day_of_a_short_log_is_told_and_weeks_are_months(tmp_path: Path) -> None:
    rows = [f"2026-10-{day:02d}T10:{minute:02d}:00Z,seller/today,100,10"
            for day in (5, 6, 7) for minute in range(day)]  # fmt: skip
    (tmp_path / "days.csv").write_text("start,model,input_tokens,output_tokens\n" + "\n".join(rows) + "\n")
    page = run("days.csv").output
    told = [line.split() for line in page.splitlines() if line.startswith("2026-10-0")]
    assert [line[:5] for line in told] == [
        ["2026-10-05", "Mon", "5", "500", "50"], ["2026-10-06", "Tue", "6", "600", "60"],
        ["2026-10-07", "Wed", "7", "700", "70"]]  # fmt: skip
    assert "month    days" not in page
    weeks = rows + [row.replace("2026-10", "2026-11") for row in rows] + [
        f"2026-11-{day:02d}T10:00:00Z,seller/today,100,10" for day in range(8, 20)]  # fmt: skip
    (tmp_path / "weeks.csv").write_text("start,model,input_tokens,output_tokens\n" + "\n".join(weeks) + "\n")
    page = run("weeks.csv").output
    assert "2026-10-05 Mon" not in page
    assert [line.split()[:3] for line in page.splitlines() if line.startswith(("2026-10", "2026-11"))] == [
        ["2026-10", "3", "18"], ["2026-11", "15", "30"]]  # fmt: skip


def test_one_moment_shows_neither_hours_nor_bursts(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("start,model,input_tokens,output_tokens\n2026-10-05T10:00:00Z,m,9,9\n")
    page = run("one.csv").output
    assert "UTC (one moment)" in page
    assert "bursts  " not in page
    assert "the log covers one moment, taken as 60 minutes" in page
    assert "bursts: 1 request does not tell them from chance" in page.replace("conclude on ", "")
    assert "priced 0 of 1 row at the list of their day\n" in page


def test_a_week_of_another_service_is_not_called_measured(tmp_path: Path) -> None:
    (tmp_path / "two.csv").write_text("start,model,input_tokens,output_tokens\n"
                                      "2026-10-05T10:00:00Z,m,9,9\n2026-10-05T10:50:00Z,m,9,9\n")  # fmt: skip
    page = run("two.csv").output
    assert "(50 minutes)" in page
    assert "shape: measured elsewhere, busiest hour" in page
    assert "the shape 'measured elsewhere'" in page
    assert "shape: office_hours, busiest hour" in run("two.csv", "--shape", "office_hours").output
    assert json.loads(run("two.csv", "--json").stdout)["shape_source"] == "measured elsewhere"


def test_times_since_the_start_have_no_place_in_a_week(tmp_path: Path) -> None:
    (tmp_path / "trace.jsonl").write_text("".join(
        json.dumps({"timestamp": 1000 * n, "input_length": 10, "output_length": 5, "hash_ids": [n]}) + "\n"
        for n in range(5)))  # fmt: skip
    page = run("trace.jsonl").output
    assert "times are relative" in page
    assert "Mon  " not in page
