"""Bad input at the command line: file, row or key, what was expected, what to do; exit 2; nothing half written."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from steelyard.cli import main

HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens\n"
ROWS = "".join(f"2026-10-01 10:00:{i % 60:02d}.{i:06d},{100 + i * 7 % 911},{1 + i % 313}\n" for i in range(2_000))
STATED = "traffic: {requests_per_month: 12M, input_tokens: 900, output_tokens: 150}\n"
MAPPED = "traffic:\n  log: [LOG]\n  mapping: {start: at, input_tokens: in, output_tokens: out}\n"
PLAIN = "traffic: {log: [LOG]}\n"
AS_OF = ("--as-of", "2026-11-23")

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of this module's own, so that facts are compiled once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def run(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.delenv("STEELYARD_DEBUG", raising=False)

    def invoke(*args: str) -> Result:
        return CliRunner().invoke(main, list(args))

    return invoke


def refused(run: Run, study: str, *words: str) -> str:
    """Decide on a study; every word must be told on standard error, and nothing may be left behind."""
    Path("study.yaml").write_text(study, encoding="utf-8")
    before = sorted(Path().iterdir())
    shown = run("decide", "study.yaml", *AS_OF)
    assert shown.exit_code == 2, shown.output
    assert shown.stdout == ""
    assert "Expected" in shown.stderr
    for word in words:
        assert word in shown.stderr
    assert sorted(Path().iterdir()) == before
    return shown.stderr


@pytest.mark.parametrize(
    ("name", "content", "study", "words"),
    [
        ("gone.csv", None, PLAIN, ("study.yaml, line 1, traffic.log: no file called 'gone.csv'", "Check the path")),
        ("log.csv", "", PLAIN, ("log.csv: the file is empty",)),
        ("log.csv", HEADER, PLAIN, ("log.csv", "a header and no row",)),
        ("log.csv.gz", gzip.compress((HEADER + ROWS).encode())[:-20], PLAIN, ("log.csv.gz", "stream is truncated")),
        ("log.csv", (HEADER + ROWS).replace(",", "^"), PLAIN, ("log.csv", "only one column was found", "delimiter")),
        ("log.csv", HEADER.encode() + b"2026-10-01,5,6\n\xe9,1,2\n", PLAIN, ("log.csv: row 3", "not UTF-8", "iconv")),
        ("log.csv", "at,inp,out\n2026-10-01,5,6\n", MAPPED, ("column 'in' is missing", "Did you mean 'inp'?")),
        ("log.csv", "at,in,out\n31/12/2025 10:00,5,6\n", MAPPED, ("row 2", "'31/12/2025 10:00'", "start_format")),
        ("log.csv", "at,in,out\n2026-10-01T10:00:00Z,5,6\n2026-10-01T10:00:01,5,6\n", MAPPED,
         ("row 3", "1 time states a zone and 1 does not")),
        ("log.csv", "a,b,c\n1,2,3\n", PLAIN, ("log.csv", "'a', 'b', 'c'", "traffic.mapping")),
        ("log.csv", HEADER + ROWS, PLAIN.replace("]}", "], format: azure_trase}"), ("azure_trase", "Did you mean")),
        ("log.csv", HEADER + ROWS, MAPPED.replace("start: at", "begin: at"), ("unknown key 'begin'", "start")),
    ],
)  # fmt: skip
def test_a_log_that_cannot_be_used(
    run: Run, name: str, content: str | bytes | None, study: str, words: tuple[str, ...]
) -> None:
    if content is not None:
        Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
    refused(run, study.replace("LOG", name), *words)


@pytest.mark.parametrize(
    ("today", "words"),
    [
        ("openai/gpt-5.4-minni", ("unknown model", "Did you mean 'gpt-5.4-mini'")),
        ("opnai/gpt-5.4-mini", ("unknown seller 'opnai'", "Did you mean 'openai'")),
    ],
)
def test_a_model_nobody_knows_is_offered_near_names(run: Run, today: str, words: tuple[str, ...]) -> None:
    refused(run, STATED + f"today: {today}\n", *words)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("horizon: 0", ("study.yaml, line 2, horizon", "below anything sensible", "from 1 to 120 months")),
        ("horzon: 36 months", ("unknown key 'horzon'", "Did you mean 'horizon'?")),
        ("horizon: 36 parsecs", ("unknown unit 'parsecs'", "months")),
        ("team: {ml_platform_engineers: -2}", ("team.ml_platform_engineers", "is negative", "at least 0")),
        ("economics: {discount_rate: 5000%}", ("economics.discount_rate", "above anything sensible", "200%")),
        ("study: !!python/object/apply:os.system [id]", ("YAML tag", "Remove the tag")),
        ("today: {provider: openai", ("not YAML", "brackets")),
    ],
)
def test_a_study_that_cannot_be_used(run: Run, line: str, words: tuple[str, ...]) -> None:
    refused(run, STATED + line + "\n", *words)


def test_all_faults_of_a_study_are_told_at_once(run: Run) -> None:
    told = refused(run, "horzon: 1\nhorizon: 0\ntraffic: {log: [gone.csv, also-gone.csv], growth: 2% per eon}\n",
                   "5 faults; nothing was written")  # fmt: skip
    for words in ("'horzon'", "line 2, horizon", "'gone.csv'", "'also-gone.csv'", "unknown period 'eon'"):
        assert words in told


def test_names_nobody_knows_are_told_beside_the_faults_of_the_file(run: Run) -> None:
    told = refused(
        run,
        "horzon: 1\n"
        "traffic: {requests_per_month: -1, input_tokens: 9, output_tokens: 9}\n"
        "today: openai/gpt-5.4-minni\n"
        "candidates: [llama-9-70b]\n"
        "quality: {at_least: nobody, margin: x, evals: gone}\n"
        "data: {regimes: [HIPPA], countries: [USA], custom_rules: [{attribute: mood, value: x}]}\n",
        "10 faults; nothing was written",
    )
    lines = [line.split("study.yaml, line ")[1].partition(": ")[0] for line in told.splitlines()[1:]]
    assert lines == ["1, horzon", "2, traffic.requests_per_month", "3, today.model", "4, candidates[1]",
                     "5, quality.margin", "5, quality.evals", "5, quality.at_least", "6, data.countries[1]",
                     "6, data.regimes[1]", "6, data.custom_rules[1]"]  # fmt: skip


def test_names_given_as_flags_are_told_with_the_other_flags(run: Run) -> None:
    shown = run("decide", "--requests-per-month", "x", "--input-tokens", "9", "--output-tokens", "9",
                "--today", "openai/gpt-5.4-minni", *AS_OF)  # fmt: skip
    assert shown.exit_code == 2
    assert "--requests-per-month: 'x'" in shown.stderr
    assert "--today: unknown model 'gpt-5.4-minni'" in shown.stderr


def test_a_day_in_the_future_is_said_before_anything_else(run: Run) -> None:
    shown = run("decide", "--requests-per-month", "x", "--as-of", "2199-01-01")
    assert shown.stderr.startswith("steelyard: --as-of 2199-01-01 lies in the future")
    assert "future" not in run("decide", "--requests-per-month", "x", *AS_OF).stderr


def test_a_folder_instead_of_a_study_is_named(run: Run) -> None:
    shown = run("decide", ".")
    assert shown.exit_code == 2
    assert "steelyard: .: a folder instead of a study file" in shown.stderr


@pytest.mark.parametrize(
    ("out", "words"),
    [("no/such/folder", "its parent folder does not exist"), ("file", "a file is in the way")],
)
def test_a_place_that_cannot_be_written(run: Run, out: str, words: str) -> None:
    Path("file").write_text("mine")
    shown = run("decide", "--requests-per-month", "1M", "--input-tokens", "9", "--output-tokens", "9", "--out", out)
    assert shown.exit_code == 2
    assert words in shown.stderr
    assert "--out" in shown.stderr
    assert Path("file").read_text() == "mine"


def test_profile_tells_of_every_log_that_is_not_there(run: Run) -> None:
    shown = run("profile", "gone.csv", "also-gone.csv", *AS_OF)
    assert shown.exit_code == 2
    assert "gone.csv: there is no such file" in shown.stderr
    assert "also-gone.csv: there is no such file" in shown.stderr


def test_a_gzip_bomb_stops_at_the_limit(run: Run) -> None:
    Path("bomb.csv.gz").write_bytes(gzip.compress((HEADER + ROWS * 100).encode()))
    shown = run("profile", "bomb.csv.gz", "--max-bytes", "1000000", *AS_OF)
    assert shown.exit_code == 2
    assert "more than 1 MB" in shown.stderr
    assert "--max-bytes" in shown.stderr
