"""A wrong word, number, day or file at the command line: exit 2, what to do, no traceback."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from steelyard.cli import main
from steelyard.web.server import bound_socket
from steelyard.web.settings import Settings

TRAFFIC = ("--rate", "1", "--input-tokens", "9", "--output-tokens", "9", "--ttft-p95", "1", "--tpot-p95", "0.05")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("STEELYARD_DEBUG", raising=False)
    (tmp_path / "logs").mkdir()
    for name in ("empty.csv", "empty.json"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(("args", "words"), [
    (("decid",), "No such command 'decid'. Did you mean 'decide'?"),
    (("xyzzy",), "No such command 'xyzzy'. There are decide, init, profile,"),
    (("decide", "--as-of", "tomorrow"), "'tomorrow' is no day. Write it as 2026-11-20."),
    (("calibrate", "--measured-on", "1.2.26", "r.json"), "'1.2.26' is no day. Write it as 2026-11-20."),
    (("decide", "--seed", "x"), "'x' is not a whole number."),
    (("serve", "--port", "x"), "'x' is not a whole number."),
    (("prices", "xyzzy"), "Use a known price: `steelyard prices` lists them."),
    (("prices", "cross-check", "xyzzy"), "unknown model 'xyzzy'"),
    (("facts", "--why", "xyzzyq"), "`steelyard facts KIND` lists them."),
    (("size", "--model", "xyzzy", *TRAFFIC), "`steelyard facts models` lists them."),
    (("profile", "logs"), "logs: is a folder. Expected a readable file. Name the files in it, such as logs/*."),
    (("validate", "logs"), "logs: is a folder. Expected a CSV of measured runs. Name a file in it."),
    (("calibrate", "logs"), "logs: is a folder."),
    (("validate", "empty.csv"), "empty.csv: the file is empty."),
    (("calibrate", "empty.json"), "empty.json: the file is empty, not JSON."),
    (("verify", "empty.json"), "empty.json: the file is empty."),
    (("compare", "empty.json", "empty.json"), "empty.json: the file is empty."),
    (("check", "empty.json"), "empty.json: the file is empty."),
])  # fmt: skip
def test_what_is_wrong_is_told_with_what_to_do(folder: Path, args: tuple[str, ...], words: str) -> None:
    before = sorted(folder.iterdir())
    shown = CliRunner().invoke(main, list(args))
    assert shown.exit_code == 2, shown.output
    assert words in " ".join(shown.stderr.split())
    assert "Traceback" not in shown.output
    assert shown.stdout == ""
    assert [path for path in sorted(folder.iterdir()) if path.name not in {"cache", "data"}] == before


def test_a_near_name_still_comes_first(folder: Path) -> None:
    shown = CliRunner().invoke(main, ["size", "--model", "llama-3.1-8", *TRAFFIC])
    assert folder.exists()
    assert "Did you mean 'llama-3.1-8b'" in shown.stderr
    assert shown.stderr.rstrip().endswith("`steelyard facts models` lists them.")


def test_a_source_that_agrees_with_the_others_is_no_fault(folder: Path) -> None:
    shown = CliRunner().invoke(main, ["prices", "cross-check", "gpt-5.4-mini"])
    assert folder.exists()
    assert shown.exit_code == 0, shown.output


def test_an_address_of_another_machine_names_the_host() -> None:
    with pytest.raises(Exception, match=r"--host: cannot listen on 192\.0\.2\.1"):
        bound_socket(Settings(host="192.0.2.1", token="t" * 32))
