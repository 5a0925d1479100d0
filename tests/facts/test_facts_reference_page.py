"""docs/reference/facts.md is what the packaged facts say, on any machine and whatever overlay lies there."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from steelyard.domain.catalogue import Catalogue
from steelyard.facts import load_catalogue
from steelyard.facts.prices.crosscheck import disagreements
from steelyard.facts.statistics import GRADES, counts, folders, licences, oldest_figures

ROOT = Path(__file__).parents[2]
BUILD = "run `make build` (or scripts/build_facts_reference.py alone) and read the difference"


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_facts_reference", ROOT / "scripts/build_facts_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def catalogue(builder: ModuleType) -> Catalogue:
    return load_catalogue(builder.AS_OF)


def test_the_page_is_what_the_facts_say(builder: ModuleType) -> None:
    assert builder.TARGET.read_text(encoding="utf-8") == builder.page(), BUILD


def test_own_figures_do_not_reach_the_page(
    builder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = builder.page()
    own = tmp_path / "steelyard" / "overlay" / "figures"
    own.mkdir(parents=True)
    (own / "mine.yaml").write_text("{name: a.b, value: 1, low: 1, high: 1, unit: USD, evidence: {source: me, "
                                   "as_of: '1999-01-01', grade: user}}\n")  # fmt: skip
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert builder.page() == before


def test_every_entry_is_counted_once_under_a_grade(catalogue: Catalogue) -> None:
    found = {count.kind: count for count in counts(catalogue)}
    assert found["models"].entries == len(catalogue.open_models)
    assert found["prices"].entries == len(catalogue.rate_cards)
    for count in found.values():
        assert sum(count.by_grade.values()) == count.entries
        assert set(count.by_grade) <= {*GRADES, "none"}


def test_the_oldest_come_first_and_none_older_is_left_out(catalogue: Catalogue) -> None:
    shown = oldest_figures(catalogue, 10)
    days = [figure.evidence.as_of for figure in shown]
    assert days == sorted(days)
    rest = [f for f in catalogue.figures.values() if f not in shown]
    assert min(f.evidence.as_of for f in rest) >= days[-1]


def test_the_widest_disagreements_stand_on_the_page_in_order(builder: ModuleType) -> None:
    section = builder.page().split("widest disagreements")[1].split("\n## ")[0]
    shown = [int(share.replace(",", "")) for share in re.findall(r"\| ([\d,]+) % \|", section)]
    assert len(shown) == 10
    assert shown == [round(100 * found.fraction) for found in disagreements()[:10]]


def test_folders_and_licences_are_those_of_the_files(catalogue: Catalogue) -> None:
    found = {folder.folder: folder for folder in folders()}
    data = ROOT / "src" / "steelyard" / "facts" / "data"
    assert set(found) == {path.name for path in data.iterdir() if path.is_dir()}
    assert found["models"].files == len(list((data / "models").glob("*.yaml")))
    assert "architecture" in found["models"].fields
    assert licences(catalogue)["MIT"]["prices"] > 0
