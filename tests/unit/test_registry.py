"""Plug-ins are found by being there; two of one name, or one that offers nothing, are said so."""

import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from steelyard import registry
from steelyard.registry import PluginError, plugins


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "plugged_in_here"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [m for m in sys.modules if m.startswith("plugged_in_here")]:
        monkeypatch.delitem(sys.modules, name)
    return folder


def found(monkeypatch: pytest.MonkeyPatch, *entries: EntryPoint) -> dict[str, object]:
    monkeypatch.setattr(registry, "entry_points", lambda group: EntryPoints(e for e in entries if e.group == group))
    return dict(plugins("plugged_in_here", "things"))


def test_modules_are_found_by_being_there(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (package / "second.py").write_text("PLUGIN = 2\n")
    (package / "first.py").write_text("PLUGIN = 1\n")
    (package / "_shared.py").write_text("")
    assert list(found(monkeypatch).items()) == [("first", 1), ("second", 2)]


def test_entry_points_of_other_packages_join(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (package / "zeta.py").write_text("PLUGIN = 1\n")
    entry = EntryPoint(name="alpha", value="math:pi", group="steelyard.things")
    assert [*found(monkeypatch, entry)] == ["alpha", "zeta"]


def test_a_module_without_a_plugin_is_an_error(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (package / "empty.py").write_text("")
    with pytest.raises(PluginError, match=r"plugged_in_here.empty: no object 'PLUGIN'"):
        found(monkeypatch)


def test_two_of_one_name_are_an_error(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (package / "same.py").write_text("PLUGIN = 1\n")
    with pytest.raises(PluginError, match="two plug-ins are named 'same'"):
        found(monkeypatch, EntryPoint(name="same", value="math:pi", group="steelyard.things"))
