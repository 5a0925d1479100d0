"""The package's public functions: loaded on use, equal to the commands, named unlike any room."""

import subprocess
import sys
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import steelyard
from report_example import example_result

STUDY = "traffic: {requests_per_month: 12M, input_tokens: 900, output_tokens: 150}\n"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    said: dict[str, Any] = {}

    def decide(study: Any, **more: Any) -> Any:
        said.update(study=study, **more)
        return example_result()

    module = ModuleType("steelyard.study.pipeline")
    module.decide = decide  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "steelyard.study.pipeline", module)
    monkeypatch.setattr("steelyard.study.pipeline", module, raising=False)
    return said


def test_a_study_file_is_decided_in_its_own_folder(asked: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(STUDY)
    result = steelyard.decide(tmp_path / "s.yaml", seed=7, as_of=date(2026, 11, 23), draws=64)
    assert result.verdict == example_result().verdict
    assert (asked["base_folder"], asked["seed"], asked["as_of"], asked["draws"]) == (
        tmp_path, 7, date(2026, 11, 23), 64,
    )  # fmt: skip


def test_a_loaded_study_is_decided_where_it_is_told(asked: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(STUDY)
    study = steelyard.load_study(tmp_path / "s.yaml")
    steelyard.decide(study, base_folder=tmp_path)
    assert (asked["study"], asked["base_folder"]) == (study, tmp_path)
    assert isinstance(asked["as_of"], date)


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import steelyard, sys; print([n for n in ('pydantic', 'numpy', 'duckdb', 'ruamel') if n in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_no_public_function_shares_a_name_with_a_room() -> None:
    rooms = {path.name.removesuffix(".py") for path in Path(steelyard.__file__).parent.iterdir()}
    assert not rooms & set(steelyard.__all__) - {"__version__"}
    assert all(callable(getattr(steelyard, name)) for name in steelyard.__all__ if name != "__version__")


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'surprise'"):
        _ = steelyard.surprise  # type: ignore[attr-defined]
