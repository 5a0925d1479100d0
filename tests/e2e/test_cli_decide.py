"""``steelyard decide`` as a user runs it: a process of its own, a folder, a document that validates."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from steelyard.decision.decide import Decision, decide_options
from steelyard.study.load import load_study, study_from_text
from steelyard.study.pipeline import DEFAULT_DRAWS, decide

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*/study.yaml"))
AS_OF = ("--as-of", "2026-11-23")
STATED = ("--requests-per-month", "12M to 20M", "--input-tokens", "900", "--output-tokens", "150")
QUESTIONS = (
    "--today",
    "openai/gpt-5.4-mini",
    "--must-stay",
    "no",
    "--exclusive-data",
    "no",
    "--model-is-product",
    "no",
)
FEW_DRAWS = ("--draws", "64")
MOST_TIMES_BASE = 6.0
"""Evaluations of a decision over those of its base costs: flips, crossings and surface included [1]."""

Finished = subprocess.CompletedProcess[bytes]
Steelyard = Callable[..., Finished]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder and a cache of this module's own, warm after the first run as a user's is."""
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def steelyard(work: Path) -> Steelyard:
    (work / "cache").mkdir()
    environment = {**os.environ, "XDG_CACHE_HOME": str(work / "cache"), "HOME": str(work), "NO_COLOR": "1"}
    environment.pop("STEELYARD_DEBUG", None)

    def run(*args: str) -> Finished:
        command = [sys.executable, "-m", "steelyard", *args]
        return subprocess.run(command, cwd=work, env=environment, capture_output=True, check=False)

    return run


@pytest.fixture(scope="module")
def from_flags(steelyard: Steelyard) -> Finished:
    """The decision from flags, run once for all that look at it."""
    return steelyard("decide", *STATED, *QUESTIONS, "--json", *FEW_DRAWS, *AS_OF)


def logs_of(study: Path) -> tuple[str, ...]:
    """Return the logs that a study file names, whether they are there or not."""
    return study_from_text(study.read_text("utf-8"), study.name).traffic.logs


def validated(document: bytes) -> dict[str, Any]:
    schema = json.loads((ROOT / "schemas" / "decision.schema.json").read_text("utf-8"))
    told = json.loads(document)
    Draft202012Validator(schema).validate(told)  # pyright: ignore[reportUnknownMemberType]  jsonschema has no types
    return told


def test_a_decision_from_flags_validates_and_its_folder_holds_the_same(from_flags: Finished, work: Path) -> None:
    assert from_flags.returncode == 0, from_flags.stderr.decode()
    assert from_flags.stderr == b""
    told = validated(from_flags.stdout)
    assert told["as_of"] == "2026-11-23"
    assert [question["id"] for question in told["questions"]] == ["q1", "q2", "q3", "q4"]
    assert all(q["stated_by_user"] for q in told["questions"] if q["id"] != "q3")
    folder = work / "study-decision"
    assert (folder / "decision.json").read_bytes() == from_flags.stdout
    names = {path.name for path in folder.iterdir()}
    assert {"decision.json", "report.html", "receipt.json", "study.yaml"} <= names


def test_the_report_stands_alone(from_flags: Finished, work: Path) -> None:
    assert from_flags.returncode == 0
    page = (work / "study-decision" / "report.html").read_text("utf-8")
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)\s*=\s*[\"']?(https?:)?//", page)
    assert str(work) not in page
    assert str(ROOT) not in page


def test_the_same_study_seed_and_day_give_the_same_bytes_in_the_terminal_too(
    steelyard: Steelyard, from_flags: Finished, work: Path
) -> None:
    args = (*STATED, *QUESTIONS, *FEW_DRAWS, *AS_OF)
    ran = steelyard("decide", *args, "--out", "terminal")
    assert ran.returncode == 0, ran.stderr.decode()
    assert (work / "terminal" / "decision.json").read_bytes() == from_flags.stdout
    page = ran.stdout.decode()
    assert "terminal/report.html" in page
    assert "\x1b[" not in page
    assert max(map(len, page.splitlines())) <= 120


def test_the_written_study_gives_the_same_decision_and_another_seed_does_not(
    steelyard: Steelyard, from_flags: Finished, work: Path
) -> None:
    study = str(work / "study-decision" / "study.yaml")
    same = steelyard("decide", study, "--json", *FEW_DRAWS, *AS_OF, "--out", "again")
    assert same.returncode == 0, same.stderr.decode()
    first, again = json.loads(from_flags.stdout), json.loads(same.stdout)
    assert {k: v for k, v in first.items() if k != "receipt"} == {k: v for k, v in again.items() if k != "receipt"}
    assert first["receipt"]["study_sha256"] == again["receipt"]["study_sha256"]
    other = json.loads(steelyard("decide", study, "--json", *FEW_DRAWS, *AS_OF, "--seed", "8", "--out", "other").stdout)
    assert other["receipt"]["seed"] == 8
    assert other["options"] != first["options"]


@pytest.mark.slow
def test_a_decision_evaluates_few_draws_more_than_its_base_costs_take(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Decision] = []

    def keep(*args: Any, **more: Any) -> Decision:
        made.append(decide_options(*args, **more))
        return made[-1]

    monkeypatch.setattr("steelyard.study.pipeline.decide_options", keep)
    study = ROOT / "examples" / "startup" / "study.yaml"
    decide(load_study(study), base_folder=study.parent, seed=0, as_of=date(2026, 11, 23))
    base = len(made[0].model.options) * DEFAULT_DRAWS
    assert base <= made[0].draws_evaluated < MOST_TIMES_BASE * base


def test_a_log_is_decided_on_and_its_hash_is_in_the_receipt(steelyard: Steelyard, work: Path) -> None:
    lengths = [(200 + i * 37 % 3000, 20 + i * 7 % 400) for i in range(8_000)]
    times = [f"2026-10-{1 + i // 400:02d}T{i % 24:02d}:{i % 60:02d}:00Z" for i in range(8_000)]
    rows = "".join(f"{at},gpt-5.4-mini,{n},{m}\n" for at, (n, m) in zip(times, lengths, strict=True))
    (work / "usage.csv").write_text("start,model,input_tokens,output_tokens\n" + rows)
    batch = "classes: [{name: all, share: 100%, batch: within 24h}]"
    (work / "s.yaml").write_text(f"traffic: {{log: [usage.csv], {batch}}}\ntoday: openai/gpt-5.4-mini\n")
    ran = steelyard("decide", "s.yaml", "--json", *FEW_DRAWS, *AS_OF)
    assert ran.returncode == 0, ran.stderr.decode()
    told = validated(ran.stdout)
    assert told["traffic"]["rows"]["used"] == 8_000
    assert list(told["receipt"]["log_sha256"]) == ["usage.csv"]
    assert str(work) not in ran.stdout.decode()


def test_no_feasible_option_exits_4_with_the_document_and_the_binding_rules(steelyard: Steelyard, work: Path) -> None:
    (work / "none.yaml").write_text(
        "traffic: {requests_per_month: 12M, input_tokens: 900, output_tokens: 150}\n"
        "data: {must_stay_on_premises: yes}\ncandidates: [gpt-5.4-mini]\n"
    )
    ran = steelyard("decide", "none.yaml", "--json", *FEW_DRAWS, *AS_OF)
    assert ran.returncode == 4, ran.stderr.decode()
    told = validated(ran.stdout)
    assert (told["verdict"], told["verdict_option"]) == ("infeasible", None)
    assert all(option["excluded_by"] for option in told["options"])
    assert told["reason"]
    assert (work / "none-decision" / "report.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize("trace", ["conv", "code"])
def test_the_azure_traces_are_decided_on(steelyard: Steelyard, work: Path, shared: Path, trace: str) -> None:
    log = shared / "traces" / "azure" / f"AzureLLMInferenceTrace_{trace}.csv"
    (work / f"{trace}.yaml").write_text(f"traffic: {{log: ['{log.resolve()}']}}\ntoday: openai/gpt-5.4-mini\n")
    ran = steelyard("decide", f"{trace}.yaml", "--json", *AS_OF)
    assert ran.returncode == 0, ran.stderr.decode()
    told = validated(ran.stdout)
    assert told["traffic"]["rows"]["read"] == told["traffic"]["rows"]["used"]
    assert any("week" in warning for warning in told["warnings"])


@pytest.mark.slow
@pytest.mark.parametrize("study", EXAMPLES, ids=[path.parent.name for path in EXAMPLES])
def test_every_example_is_decided_on(steelyard: Steelyard, tmp_path: Path, study: Path) -> None:
    logs = logs_of(study)
    if logs and not all(any(study.parent.glob(pattern)) for pattern in logs):
        pytest.skip("the log of this example is synthesised by `make demo`")
    ran = steelyard("decide", str(study), "--json", "--out", str(tmp_path / "out"), *AS_OF)
    assert ran.returncode == 0, ran.stderr.decode()
    told = validated(ran.stdout)
    assert told["verdict"] in {option["kind"] for option in told["options"]} | {"too_close_to_call"}
    assert told["framework"]["says"]
    assert told["framework"]["why"]


def test_facts_and_prices_answer(steelyard: Steelyard) -> None:
    for kind in ("models", "accelerators", "gpu-offers", "figures"):
        ran = steelyard("facts", kind, "--json", *AS_OF)
        assert ran.returncode == 0, ran.stderr.decode()
        assert json.loads(ran.stdout)["entries"]
    prices = json.loads(steelyard("prices", "gpt-5.4-mini", "--json", *AS_OF).stdout)["entries"]
    assert any(entry["seller"] == "openai" for entry in prices)
    why = steelyard("facts", "--why", "h100-sxm.memory_bandwidth_bytes_per_s", *AS_OF).stdout.decode()
    assert "B/s" in why
    assert "days ago" in why
