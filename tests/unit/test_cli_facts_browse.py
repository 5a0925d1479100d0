"""``steelyard facts`` on the packaged facts: filters, intervals, chains, own figures, names that would be obeyed."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from steelyard.cli import main
from steelyard.cli.browse import ALIASES, FACT_KINDS, GRADES, older_than_days
from steelyard.cli.catalogue_view import KINDS, heads
from steelyard.cli.terminal import printable
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.claims import Service, ServiceClaim
from steelyard.domain.evidence import Evidence, Grade
from steelyard.facts import load_catalogue
from steelyard.facts.kinds import ALSO_CALLED, FACTS
from steelyard.facts.prices.ageing import aged_interval
from steelyard.facts.statistics import GRADES as EVERY_GRADE

AS_OF = "2026-11-23"
POWER = "power.us_industrial_usd_per_kwh"
EVIL = "\x1b[31mred\x9b2J\u202etxt"


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder with no overlay but what the test lays there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


@pytest.fixture(scope="module")
def packaged() -> Catalogue:
    return load_catalogue(date.fromisoformat(AS_OF))


def known_as(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Load this catalogue, whatever the day."""

    def load(*_: object) -> Catalogue:
        return catalogue

    monkeypatch.setattr("steelyard.facts.load_catalogue", load, raising=False)


def run(*args: str) -> Result:
    shown = CliRunner().invoke(main, ["facts", *args, *(() if "--as-of" in args else ("--as-of", AS_OF))])
    assert shown.exit_code in (0, 2), shown.output
    return shown


def entries(*args: str) -> list[dict[str, object]]:
    return json.loads(run(*args, "--json").stdout)["entries"]


def own_figure(folder: Path, name: str, source: str = "our contract") -> None:
    folder.mkdir(parents=True)
    entry = {"name": name, "value": 0.07, "low": 0.06, "high": 0.08, "unit": "USD/kWh",
             "evidence": {"source": source, "as_of": "2026-01-02", "grade": "user"}}  # fmt: skip
    (folder / "mine.yaml").write_text(json.dumps(entry))


def test_what_help_declares_is_what_exists() -> None:
    assert tuple(FACTS) == tuple(KINDS) == FACT_KINDS
    assert dict(ALSO_CALLED) == ALIASES
    assert GRADES == EVERY_GRADE
    words = run("--help").stdout
    assert all(kind in words for kind in (*FACT_KINDS, *ALIASES))


def test_kinds_are_counted_by_grade() -> None:
    told = json.loads(run("--json").stdout)
    for kind in told["kinds"]:
        assert sum(kind["by_grade"].values()) == kind["entries"]
    assert len(told["sha256"]) == 64
    assert told["overlay"] == {"folders": [], "sha256": None}
    assert "secondary" in run().stdout


@pytest.mark.parametrize(("typed", "kind"), ALIASES.items())
def test_other_names_of_kinds_show_the_same(typed: str, kind: str) -> None:
    assert run(typed).stdout == run(kind).stdout


@pytest.mark.parametrize("grade", ["weak", "primary"])
def test_a_grade_keeps_only_its_entries(grade: str) -> None:
    kept = entries("figures", "--grade", grade)
    every = entries("figures")
    assert 0 < len(kept) < len(every)
    assert kept == [entry for entry in every if entry["evidence"]["grade"] == grade]  # type: ignore[index]


def test_an_age_keeps_only_what_is_older() -> None:
    kept, every = entries("figures", "--older-than", "6mo"), entries("figures")
    assert 0 < len(kept) < len(every)
    assert kept == [entry for entry in every if entry["age_days"] > 6 * 365.25 / 12]  # type: ignore[operator]
    assert not entries("figures", "--older-than", "100y")


def test_ages_are_read_as_people_write_them() -> None:
    assert older_than_days("90d") == 90
    assert older_than_days("2 weeks") == 14
    assert older_than_days("6mo") == older_than_days("6 months") == pytest.approx(182.625)
    assert older_than_days("2y") == pytest.approx(730.5)
    assert older_than_days(None) is None


@pytest.mark.parametrize("typed", ["6", "six months", "-3d", "1e9d", "", "6m", "6dnth"])
def test_what_is_no_age_is_refused(typed: str) -> None:
    shown = run("figures", "--older-than", typed)
    assert shown.exit_code == 2
    assert "Write 90d, 8w, 6mo or 2y." in shown.stderr


def test_a_text_is_found_anywhere_in_an_entry() -> None:
    found = entries("accelerators", "--search", "HOPPER")
    assert {"h100-sxm", "h200-sxm"} <= {str(entry["id"]) for entry in found}
    assert run("accelerators", "--search", "no such thing").exit_code == 2


def test_filters_without_a_kind_are_refused() -> None:
    assert run("--grade", "weak").exit_code == 2


def test_tables_and_json_show_the_interval_a_decision_draws_from(packaged: Catalogue) -> None:
    low, high = aged_interval(packaged.figures[POWER], packaged.as_of, packaged.figures)
    told = next(entry for entry in entries("figures") if entry["name"] == POWER)
    assert told["number"] == {"field": "value", "value": 0.0929, "unit": "USD/kWh", "low": low, "high": high}
    assert told["low"] == packaged.figures[POWER].low
    line = next(row for row in run("figures").stdout.splitlines() if row.startswith(POWER))
    assert f" {low:.4g} " in line
    assert f" {high:.4g} " in line


@pytest.mark.parametrize("width", [80, 100, 120, 160])
@pytest.mark.parametrize("kind", FACT_KINDS)
def test_tables_line_up_on_terminals(
    kind: str, width: int, packaged: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_as(packaged, monkeypatch)
    monkeypatch.setattr("steelyard.cli.fact_tables.table_width", lambda: width)
    lines = run(kind).stdout.split("\n\n")[0].splitlines()
    assert max(map(len, lines)) <= width
    gaps = [i for i in range(len(lines[1])) if lines[1][i] == " "]
    assert all(line.ljust(width)[i] == " " for line in lines[1:] for i in gaps if line.isascii())


def test_only_a_terminal_cuts_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run("figures").stdout
    assert "..." not in whole
    assert whole.splitlines()[0].split("  ")[-1] == heads("figures")[0][-1] == "address"
    monkeypatch.setattr("steelyard.cli.fact_tables.table_width", lambda: 100)
    cut = run("figures").stdout
    assert "..." in cut
    assert "Too narrow for: source, licence, address." in cut


def test_why_tells_value_interval_derivation_source_file_and_what_it_rests_on() -> None:
    shown = run("--why", POWER).stdout
    for words in (
        "value: 0.0929", "stated 0.083 to 0.12 USD/kWh", "drift.power", "together, in squares of the logarithm",
        "grade secondary", "from: packaged, steelyard/facts/data/figures/power.yaml", "rests on:",
        "  drift.power (figures)",
    ):  # fmt: skip
        assert words in shown, words
    told = json.loads(run("--why", POWER, "--json").stdout)
    link = told["found"][0]
    assert link["rests_on"][0]["name"] == "drift.power"
    assert link["from"] == {"layer": "packaged", "file": "steelyard/facts/data/figures/power.yaml"}
    assert link["number"]["low"] < link["entry"]["low"]
    assert len(told["sha256"]) == 64


def test_a_service_is_graded_by_its_claims_and_explained_claim_by_claim(
    packaged: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = Evidence(source="terms of service", as_of=date(2026, 10, 1), grade=Grade.PRIMARY)
    claims = (ServiceClaim(layer="retention", statement="30 days", grade=Grade.PRIMARY, evidence=(seen,)),
              ServiceClaim(layer="storage", statement="", grade="not_found"))  # fmt: skip
    told = Service.model_construct(id="x_api", name="X API", provider="x", claims=claims, retrieved=date(2026, 10, 2))
    silent = told.model_copy(update={"id": "y_api", "claims": claims[1:]})
    known = replace(packaged, services={"x_api": told, "y_api": silent})
    known_as(known, monkeypatch)
    counted = {kind["kind"]: kind for kind in json.loads(run("--json").stdout)["kinds"]}["services"]
    assert counted["by_grade"] == {"primary": 1, "none": 1}
    assert [entry["age_days"] for entry in entries("services")] == [53, 52]
    shown = run("--why", "x_api").stdout
    assert "grade: not_found" in shown
    assert "source: terms of service" in shown


def test_a_link_is_told_in_full_once() -> None:
    shown = run("--why", "usd_per_h.h100-sxm").stdout
    assert shown.count("drift.gpu_rent (figures)\n") == 1
    assert "drift.gpu_rent (figures): above" in shown


def test_units_of_optional_numbers_are_told() -> None:
    assert (
        "high_usd_per_device_h: 0.531 USD/(device h)" in run("--why", "gcp/g2-standard-4/us-east1/reserved_1y").stdout
    )


def test_unknown_names_end_with_near_ones() -> None:
    shown = run("--why", "power.us_industrial_usd_per_kw")
    assert shown.exit_code == 2
    assert f"'{POWER}'" in shown.stderr


def test_own_figures_are_shown_as_such_with_their_file(apart: Path) -> None:
    own_figure(apart / "facts" / "figures", POWER)
    shown = run("figures", "--grade", "user").stdout
    assert "own, facts/figures/mine.yaml: our contract" in shown
    assert "Your own figures among them: facts/figures/mine.yaml." in shown
    listed = entries("figures", "--search", POWER)
    assert [entry["own_file"] for entry in listed] == ["facts/figures/mine.yaml"]
    why = run("--why", POWER).stdout
    assert "from: your own figures, facts/figures/mine.yaml" in why
    assert "age does not widen it" in why
    told = json.loads(run("--json").stdout)["overlay"]
    assert told["folders"] == ["facts"]
    assert len(told["sha256"]) == 64


def test_the_overlay_in_the_data_directory_is_told_without_its_absolute_path(apart: Path) -> None:
    own_figure(apart / "data" / "steelyard" / "overlay" / "figures", POWER)
    place = apart / "elsewhere"
    place.mkdir()
    shown = run("--why", POWER).stdout
    assert "from: your own figures, data/steelyard/overlay/figures/mine.yaml" in shown


@pytest.mark.parametrize("args", [("figures",), ("figures", "--json"), ("--why", f"evil.{EVIL}"), ("--json",),
                                  ("--why", f"evil.{EVIL}", "--json"), ("--why", "evil.unknown")])  # fmt: skip
def test_names_of_own_figures_cannot_command_a_terminal(apart: Path, args: tuple[str, ...]) -> None:
    own_figure(apart / "facts" / "figures", f"evil.{EVIL}", source=EVIL)
    shown = run(*args)
    for printed in (shown.stdout, shown.stderr):
        assert all(line.isprintable() for line in printed.split("\n"))
    if "--json" in args and "--why" in args:
        assert json.loads(shown.stdout)["found"][0]["name"] == f"evil.{EVIL}"


def test_what_prints_is_left_alone() -> None:
    assert printable("Ω ± 3 中文") == "Ω ± 3 中文"
    assert printable(EVIL) == "\\x1b[31mred\\x9b2J\\u202etxt"
