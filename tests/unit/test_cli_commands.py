"""The command line: lean help, exit codes, faults on standard error, documents on standard output."""

import json
import os
import subprocess
import sys
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from report_example import example_result, infeasible_result
from report_workings import example_workings
from steelyard.cli import main
from steelyard.cli.study_options import STUDY_OPTIONS
from steelyard.errors import Fault, LogError
from steelyard.study.flags import FLAGS
from steelyard.study.load import load_study

STATED = ["--requests-per-month", "12M", "--input-tokens", "900", "--output-tokens", "150"]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STEELYARD_DEBUG", raising=False)


class Engine:
    """Stands in for the pipeline: remembers what it was asked, answers with a given result or failure."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}
        self.answer: Any = example_result()

    def decide(self, study: Any, **asked: Any) -> Any:
        self.asked = {"study": study, **asked}
        if isinstance(self.answer, BaseException):
            raise self.answer
        return SimpleNamespace(result=self.answer, workings=example_workings())


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    stand_in = Engine()
    module = ModuleType("steelyard.study.pipeline")
    module.decide_in_full = stand_in.decide  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "steelyard.study.pipeline", module)
    return stand_in


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def test_importing_the_command_line_loads_click_and_the_standard_library_only() -> None:
    code = (
        "import sys; import steelyard.cli; "
        "own = {n.split('.')[0] for n in sys.modules} - set(sys.stdlib_module_names); "
        "print(sorted(n for n in own if not n.startswith('_')))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(json.loads(shown.stdout.replace("'", '"'))) <= {
        "click",
        "steelyard",
        "typing_extensions",
        "sitecustomize",
    }


def test_help_takes_little_processor_time() -> None:
    before = os.times()
    shown = subprocess.run([sys.executable, "-m", "steelyard", "--help"], capture_output=True, text=True, check=True)
    after = os.times()
    spent = after.children_user - before.children_user + after.children_system - before.children_system
    assert "decide" in shown.stdout
    assert spent < 0.3


@pytest.mark.parametrize("command", main.list_commands(None))  # type: ignore[arg-type]
def test_every_command_that_is_listed_has_help_with_an_example(command: str) -> None:
    shown = run(command, "--help")
    assert shown.exit_code == 0
    examples = [line for line in shown.output.splitlines()[1:] if line.startswith(f"    steelyard {command}")]
    assert examples
    assert "\\b" not in shown.output


def test_the_flags_declared_for_help_are_those_the_study_knows() -> None:
    assert [(option, many) for option, _, _, many in STUDY_OPTIONS] == [(flag.option, flag.many) for flag in FLAGS]


def test_version_is_told() -> None:
    assert run("--version").output.startswith("steelyard, version ")


def test_decide_writes_the_folder_and_tells_where(engine: Engine) -> None:
    shown = run("decide", *STATED, "--name", "support")
    assert shown.exit_code == 0, shown.output
    folder = Path("support-decision")
    assert sorted(p.name for p in folder.iterdir()) == [
        "decision-email.txt",
        "decision.json",
        "decision.md",
        "receipt.json",
        "report.html",
        "study.yaml",
    ]
    assert str(folder / "report.html") in shown.stdout
    assert load_study(folder / "study.yaml").text == engine.asked["study"].text


ALL = {
    "decision-email.txt",
    "decision.json",
    "decision.md",
    "decision.xlsx",
    "receipt.json",
    "report.html",
    "study.yaml",
}


def test_a_named_folder_holds_every_format_that_is_installed(engine: Engine) -> None:
    shown = run("decide", *STATED, "--out", "all")
    assert shown.exit_code == 0, shown.output
    pdf = {"decision.pdf"} if find_spec("typst") else set[str]()
    assert {p.name for p in Path("all").iterdir()} == ALL | pdf
    assert len(Path("all/decision-email.txt").read_text("utf-8").split()) <= 150
    receipt = json.loads(Path("all/receipt.json").read_text("utf-8"))
    assert set(receipt["files_sha256"]) == ALL - {"receipt.json"} | pdf


def test_a_format_that_is_not_installed_is_named_in_one_line(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("steelyard.study.output.find_spec", lambda _: None)
    shown = run("decide", *STATED, "--out", "all")
    assert shown.exit_code == 0, shown.output
    assert "Not written: decision.pdf (pip install 'steelyard[pdf]')" in shown.stdout
    assert {p.name for p in Path("all").iterdir()} == ALL
    refused = run("decide", *STATED, "--out", "pdf", "--formats", "pdf")
    assert refused.exit_code == 2
    assert "decision.pdf needs pip install 'steelyard[pdf]'" in refused.stderr
    assert not Path("pdf").exists()


def test_only_the_formats_asked_for_are_written(engine: Engine) -> None:
    assert run("decide", *STATED, "--out", "one", "--formats", "xlsx, json").exit_code == 0
    assert {p.name for p in Path("one").iterdir()} == {"decision.json", "decision.xlsx", "receipt.json", "study.yaml"}
    refused = run("decide", *STATED, "--out", "two", "--formats", "docx")
    assert (refused.exit_code, Path("two").exists()) == (2, False)
    assert "unknown 'docx'; known: json, html, xlsx, md, email, pdf, all" in " ".join(refused.stderr.split())


def test_decide_json_prints_the_document_and_nothing_else(engine: Engine) -> None:
    shown = run("decide", *STATED, "--json")
    assert shown.exit_code == 0
    assert json.loads(shown.stdout)["verdict"] == engine.answer.verdict
    assert shown.stdout_bytes == Path("study-decision/decision.json").read_bytes()
    assert shown.stderr == ""


def test_decide_passes_seed_date_and_draws(engine: Engine) -> None:
    assert run("decide", *STATED, "--seed", "7", "--as-of", "2026-11-23", "--draws", "64").exit_code == 0
    asked = engine.asked
    assert (asked["seed"], asked["as_of"], asked["draws"]) == (7, date(2026, 11, 23), 64)


def test_decide_reads_paths_relative_to_the_study(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "usage.csv").write_text("x")
    (tmp_path / "sub" / "s.yaml").write_text("traffic: {log: [usage.csv]}\n")
    assert run("decide", "sub/s.yaml").exit_code == 0
    assert engine.asked["base_folder"] == Path("sub")
    assert Path("s-decision/report.html").exists()


def test_an_infeasible_study_exits_4_and_still_prints_the_document(engine: Engine) -> None:
    engine.answer = infeasible_result()
    shown = run("decide", *STATED, "--json")
    assert shown.exit_code == 4
    assert json.loads(shown.stdout)["verdict"] == "infeasible"


def test_every_fault_goes_to_standard_error_and_nothing_is_written(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("horzon: 3\nhorizon: 0\ntraffic: {requests_per_month: -1}\n")
    shown = run("decide", "s.yaml")
    assert shown.exit_code == 2
    assert shown.stdout == ""
    for words in ("unknown key 'horzon'", "Did you mean 'horizon'?", "s.yaml, line 2, horizon", "is negative",
                  "lacks input_tokens, output_tokens"):  # fmt: skip
        assert words in shown.stderr
    assert engine.asked == {}
    assert [p.name for p in tmp_path.iterdir()] == ["s.yaml"]


def test_a_fault_met_later_leaves_nothing_half_written(engine: Engine, tmp_path: Path) -> None:
    engine.answer = LogError(Fault("the file is empty", "usage.csv", "a log with rows", "Export it again"))
    shown = run("decide", *STATED)
    assert shown.exit_code == 2
    assert "usage.csv: the file is empty. Expected a log with rows. Export it again." in shown.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_said_before_computing(engine: Engine) -> None:
    shown = run("decide", *STATED, "--out", "no/such/place")
    assert shown.exit_code == 2
    assert "its parent folder does not exist" in shown.stderr
    assert engine.asked == {}


def test_a_foreign_folder_needs_force(engine: Engine) -> None:
    Path("out").mkdir()
    Path("out/thesis.txt").write_text("mine")
    assert run("decide", *STATED, "--out", "out").exit_code == 2
    assert Path("out/thesis.txt").exists()
    assert run("decide", *STATED, "--out", "out", "--force").exit_code == 0
    assert Path("out/report.html").exists()


def test_a_study_file_and_flags_do_not_mix(engine: Engine) -> None:
    Path("s.yaml").write_text("traffic: {}")
    shown = run("decide", "s.yaml", "--today", "none")
    assert shown.exit_code == 2
    assert "--today beside a study file" in shown.stderr


def test_decide_without_anything_says_what_to_give() -> None:
    shown = run("decide")
    assert shown.exit_code == 2
    assert "--requests-per-month" in shown.stderr


def test_a_bug_is_one_line_and_exit_1(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.answer = ZeroDivisionError("division by zero")
    shown = run("decide", *STATED)
    assert shown.exit_code == 1
    assert len(shown.stderr.splitlines()) == 1
    assert "ZeroDivisionError" in shown.stderr
    assert "report it" in shown.stderr
    monkeypatch.setenv("STEELYARD_DEBUG", "1")
    assert "Traceback" in run("decide", *STATED).stderr


def test_an_interruption_is_told_and_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    engine.answer = KeyboardInterrupt()
    shown = run("decide", *STATED)
    assert shown.exit_code == 130
    assert "stopped" in shown.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_reader_who_leaves_early_is_no_fault() -> None:
    code = (
        "import click; from steelyard.cli import main\n"
        "@main.command('flood')\n"
        "def flood(): [click.echo('x' * 1000) for _ in range(1000)]\n"
        "main.get_command = lambda ctx, name: flood\n"
        "main(['flood'])"
    )
    command = f'set -o pipefail; {sys.executable} -c "$CODE" | head -n 1'
    shown = subprocess.run(["/bin/bash", "-c", command], capture_output=True, text=True, check=True,
                           env={**os.environ, "CODE": code})  # fmt: skip
    assert shown.stderr == ""
    assert shown.stdout == "x" * 1000 + "\n"


def test_init_from_flags_writes_a_study_that_loads() -> None:
    shown = run("init", "s.yaml", "--yes", *STATED, "--today", "openai/gpt-5.4-mini")
    assert shown.exit_code == 0, shown.output
    study = load_study("s.yaml")
    assert study.today is not None
    assert "steelyard decide s.yaml" in shown.stdout


def test_init_without_a_terminal_says_what_to_do() -> None:
    shown = run("init", "s.yaml")
    assert shown.exit_code == 2
    assert "--yes" in shown.stderr
    assert not Path("s.yaml").exists()


def test_init_needs_traffic_even_with_yes() -> None:
    shown = run("init", "s.yaml", "--yes")
    assert shown.exit_code == 2
    assert "--requests-per-month" in shown.stderr
    assert not Path("s.yaml").exists()


def test_init_does_not_replace_a_file_without_force() -> None:
    Path("s.yaml").write_text("mine")
    assert "is already there" in run("init", "s.yaml", "--yes", *STATED).stderr
    assert Path("s.yaml").read_text() == "mine"
    assert run("init", "s.yaml", "--yes", "--force", *STATED).exit_code == 0
    assert load_study("s.yaml").traffic.stated is not None


def test_init_asks_ten_questions_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("steelyard.cli.commands.init._refuse_without_terminal", lambda: None)
    answers = ["support", "", "12M to 20M", "900", "150", "2% to 6% per month", "openai/gpt-5.4-mini", "no", "yes",
               "$9M", "no", "1"]  # fmt: skip
    shown = CliRunner().invoke(main, ["init", "s.yaml"], input="\n".join(answers) + "\n")
    assert shown.exit_code == 0, shown.output
    assert "10/10" in shown.stderr
    study = load_study("s.yaml")
    assert (study.name, study.training_data.exclusive, study.team.ml_platform_engineers) == ("support", "yes", 1.0)
    assert study.economics.operating_expense_usd_per_year == 9e6


def test_init_takes_defaults_for_empty_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("steelyard.cli.commands.init._refuse_without_terminal", lambda: None)
    shown = CliRunner().invoke(main, ["init", "s.yaml", *STATED], input="\n" * 8)
    assert shown.exit_code == 0, shown.output
    assert load_study("s.yaml").data.must_stay_on_premises == "unknown"
