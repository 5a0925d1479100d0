"""``verify``, ``check`` and ``compare`` on decisions that the engine wrote: they hold, they change, they say why."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from steelyard.cli import main
from steelyard.domain.result import Result as Decided

ROOT = Path(__file__).parents[2]
STUDY = ROOT / "examples" / "startup" / "study.yaml"
AS_OF = ("--as-of", "2026-11-23")
DEAR = """
- seller: openai
  model: openai/gpt-5.4-mini
  open_weights: false
  valid_from: '2026-11-01'
  tiers:
  - above_input_tokens: 0
    prices: {uncached_input: '7.50', output: '45.00'}
  evidence: {source: a planted price, as_of: '2026-11-01', grade: user}
"""


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A decision's folder, written once."""
    work = tmp_path_factory.mktemp("recorded")
    shutil.copy(STUDY, work / "startup.yaml")
    out = work / "out"
    ran = run("decide", str(work / "startup.yaml"), "--out", str(out), "--formats", "json", "--draws", "64", *AS_OF)
    assert ran.exit_code == 0, ran.output
    return out


@pytest.fixture
def copy(decided: Path, tmp_path: Path) -> Path:
    """A copy of the folder that a test may spoil."""
    return Path(shutil.copytree(decided, tmp_path / "out"))


def edited(folder: Path, **changes: object) -> Path:
    place = folder / "decision.json"
    place.write_text(json.dumps(json.loads(place.read_text("utf-8")) | changes), encoding="utf-8")
    return place


def test_a_decision_holds_with_the_same_bytes(decided: Path) -> None:
    ran = run("verify", str(decided))
    assert (ran.exit_code, ran.stdout.splitlines()[0]) == (0, "Holds: the same bytes.")


def test_figures_may_hold_where_the_bytes_do_not_and_an_altered_figure_is_named(copy: Path) -> None:
    place = edited(copy)
    told = json.loads(run("verify", str(place), "--json").stdout)
    assert (told["holds"], told["same_bytes"], told["causes"]) == (True, False, [])
    edited(copy, regret_usd=1.0)
    ran = run("verify", str(copy))
    assert ran.exit_code == 3
    assert ran.stdout.startswith("Differs, first at regret_usd: recorded 1.0, here ")
    assert "the document was changed after it was written" in ran.stdout


def test_other_facts_and_another_version_are_said_with_what_they_mean(copy: Path) -> None:
    receipt = json.loads((copy / "decision.json").read_text("utf-8"))["receipt"]
    edited(copy, receipt=receipt | {"facts_sha256": "0" * 64, "engine_version": "0.0.9"})
    ran = run("verify", str(copy))
    assert ran.exit_code == 0, ran.output
    assert "made by Steelyard 0.0.9, this is 0.1.0: the arithmetic may have changed" in ran.stdout
    assert "the facts known on 2026-11-23 are not the same here (00000000 then" in ran.stdout


def test_an_older_document_opens_and_one_of_another_schema_says_who_wrote_it(copy: Path) -> None:
    place = copy / "decision.json"
    document = json.loads(place.read_text("utf-8"))
    later = {
        n for n, f in Decided.model_fields.items() if not f.is_required() and n not in {"schema_version", "currency"}
    }
    older = {key: value for key, value in document.items() if key not in later}
    assert len(older) < len(document)
    place.write_text(json.dumps(older), encoding="utf-8")
    opened = run("compare", str(place), str(place))
    assert opened.exit_code == 0, opened.output
    receipt = document["receipt"] | {"engine_version": "0.0.9"}
    for change in ({"schema_version": "0.9"}, {"schema_version": "1.99", "not_known_yet": 1}):
        edited(copy, receipt=receipt, **change)
        ran = run("verify", str(copy))
        assert ran.exit_code == 2
        assert "written by Steelyard 0.0.9" in " ".join(ran.stderr.split())
        assert "Open it with that version" in " ".join(ran.stderr.split())


def test_a_decision_that_cannot_be_made_again_is_bad_input(copy: Path) -> None:
    (copy / "study.yaml").unlink()
    ran = run("verify", str(copy))
    assert ran.exit_code == 2
    assert "Name the study with --study" in ran.stderr
    assert run("verify", str(copy), "--study", str(STUDY)).exit_code == 0


def test_on_the_same_day_nothing_changes_and_a_planted_price_flips_it(copy: Path) -> None:
    same = run("check", str(copy), *AS_OF)
    assert same.exit_code == 0, same.output
    assert "The recorded decision stands." in same.stdout
    assert "of its standard deviations away)" in same.stdout
    (copy.parent / "facts" / "api_prices").mkdir(parents=True)
    (copy.parent / "facts" / "api_prices" / "planted.yaml").write_text(DEAR)
    flipped = run("check", str(copy), *AS_OF, "--markdown")
    assert flipped.exit_code == 3, flipped.output
    assert flipped.stdout.startswith("**")
    assert "gpt\\-5.4" not in flipped.stdout
    assert (
        "**Price of openai/gpt-5.4-mini at openai rose 900 %: the verdict flips from Keep what runs today"
        in flipped.stdout.splitlines()[0]
    )
    assert "- The recorded decision would change." in flipped.stdout
    assert max(map(len, same.stdout.splitlines())) <= 80


def test_fresh_traffic_takes_the_place_of_the_study_s(copy: Path) -> None:
    times = [f"2026-10-{1 + i // 100:02d}T{i % 24:02d}:{i % 60:02d}:00Z" for i in range(2_800)]
    rows = "".join(f"{at},gpt-5.4-mini,{900 + i % 700},{100 + i % 90}\n" for i, at in enumerate(times))
    log = copy.parent / "usage [1].csv"
    log.write_text("start,model,input_tokens,output_tokens\n" + rows)
    ran = run("check", str(copy), str(log), "--json", *AS_OF)
    assert ran.exit_code in {0, 3}, ran.output
    told = json.loads(ran.stdout)
    assert told["would_change"] == (ran.exit_code == 3)
    volume = next(i for i in told["inputs"] if i["input"] == "requests_per_month")
    assert volume["before"] == pytest.approx(200_000)
    assert volume["after"] < 5_000
    names = [step["input"] for step in told["steps"]]
    assert "Requests" in names
    cost = told["before"]["npv_cost_usd"]
    assert cost > 0


def test_two_decisions_and_a_study_are_compared_in_words_first(decided: Path, tmp_path: Path) -> None:
    same = run("compare", str(decided), str(decided / "decision.json"))
    assert same.exit_code == 0, same.output
    assert "margin unchanged" in " ".join(same.stdout.split("\n\n")[0].split())
    assert "cannot be said" not in same.stdout
    larger = tmp_path / "larger.yaml"
    larger.write_text(STUDY.read_text("utf-8").replace("200k", "900k"), encoding="utf-8")
    told = json.loads(run("compare", str(decided), str(larger), "--json", *AS_OF).stdout)
    assert told["sentence"].startswith("Requests went from 200 k requests a month to 900 k requests a month: ")
    assert told["steps"][0]["usd"] > 0
    assert run("compare", str(decided), str(tmp_path / "none.json")).exit_code == 2
    assert run("compare", str(decided), str(decided), "--json", "--markdown").exit_code == 2


def test_two_folders_say_which_input_moved_the_cost_and_where_that_cannot_be_said(decided: Path, copy: Path) -> None:
    larger = copy.parent / "startup.yaml"
    larger.write_text(STUDY.read_text("utf-8").replace("200k", "900k"), encoding="utf-8")
    wrote = run("decide", str(larger), "--out", str(copy), "--formats", "json", "--draws", "64", "--force", *AS_OF)
    assert wrote.exit_code == 0, wrote.output
    told = json.loads(run("compare", str(decided), str(copy), "--json").stdout)
    assert told["steps_missing"] == ""
    before, after = (json.loads((folder / "decision.json").read_text("utf-8")) for folder in (decided, copy))
    key = f"npv_cost_usd.{before['verdict_option']}"
    moved = after["base_case"][key] - before["base_case"][key]
    assert sum(step["usd"] for step in told["steps"]) == pytest.approx(moved, rel=1e-6)
    assert told["steps"][0]["usd"] > 0
    (copy / "study.yaml").unlink()
    ran = run("compare", str(decided), str(copy))
    assert ran.exit_code == 0, ran.output
    assert "which input moved it by how much cannot be said" in " ".join(ran.stdout.split()).lower()
