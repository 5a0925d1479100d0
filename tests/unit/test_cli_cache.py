"""The cache can be listed and cleared from the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from steelyard.cli import main
from steelyard.cli.tables import table
from steelyard.ingest import read_logs


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def run(*args: str) -> str:
    shown = CliRunner().invoke(main, list(args))
    assert shown.exit_code == 0, shown.output
    return shown.stdout


def test_an_empty_cache_is_said_to_be_empty(cache: Path) -> None:
    assert run("cache", "list") == "The cache is empty.\n"
    assert json.loads(run("cache", "list", "--json")) == {"tables": []}
    assert run("cache", "clear") == "Freed 0.0 MB.\n"


def test_a_log_that_was_read_is_listed_until_cleared(cache: Path) -> None:
    log = cache / "usage.csv"
    log.write_text("start,model,input_tokens,output_tokens\n2026-10-01T00:00:00Z,m,10,5\n2026-10-01T01:00:00Z,m,20,6\n")
    read_logs([log])
    (listed,) = json.loads(run("cache", "list", "--json"))["tables"]
    assert (listed["files"], listed["rows_read"], listed["formats"]) == ("usage.csv", 2, "plain")
    assert "usage.csv" in run("cache", "list")
    run("cache", "clear")
    assert run("cache", "list") == "The cache is empty.\n"


def test_columns_line_up_and_texts_give_way_to_numbers() -> None:
    shown = table(["name", "n"], [["ab", "1"], ["日本", "1,000"]], right={1}).splitlines()
    assert shown == ["name      n", "----  -----", "ab        1", "日本  1,000"]
    narrow = table(["name", "words", "n"], [["a", "b" * 50, "12345"]], right={2}, width=24).splitlines()
    assert narrow[2] == "a     bbbbbbbb...  12345"
    assert table(["n"], [["1" * 30]], right={0}, width=10).splitlines()[2] == "1" * 30
