"""A decision document of schema 1.0, written by Steelyard 0.1.0 before 1.1, is still read, checked and compared.

``data/decision-1.0.json.gz`` is what ``steelyard decide decision-1.0.study.yaml --draws 64 --as-of 2026-11-23`` wrote.
"""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from steelyard.cli import main
from steelyard.domain.result import SCHEMA_VERSION
from steelyard.study.schema import decision_schema
from steelyard.study.verification import differences, read_recorded, verify

DATA = Path(__file__).parent / "data"
LATER = {"display_currency", "fixed", "break_even_at_rule_usd_per_request", "inference_usd_per_year"}
"""Fields that schema 1.0 did not have."""


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A decision's folder as it was written then."""
    (tmp_path / "decision.json").write_bytes(gzip.decompress((DATA / "decision-1.0.json.gz").read_bytes()))
    shutil.copy(DATA / "decision-1.0.study.yaml", tmp_path / "study.yaml")
    return tmp_path


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def test_the_sample_is_of_an_older_schema(older: Path) -> None:
    document = json.loads((older / "decision.json").read_text("utf-8"))
    assert document["schema_version"] == "1.0"
    assert SCHEMA_VERSION > "1.0"
    assert not LATER & {*document, *document["cost_surface"], *document["tradeoffs"]}


def test_every_field_of_it_is_still_there_and_every_other_is_named_in_the_documentation() -> None:
    schema: dict[str, Any] = decision_schema()
    kinds: dict[str, dict[str, Any]] = {**schema["$defs"], "Result": schema}
    now: set[tuple[str, str]] = {(kind, field) for kind, told in kinds.items() for field in told.get("properties", {})}
    then = {(kind, field) for kind, fields in json.loads((DATA / "decision-1.0.fields.json").read_text()).items()
            for field in fields}  # fmt: skip
    assert then - now == set()
    page = (DATA.parents[2] / "docs" / "reference" / "decision-document.md").read_text("utf-8")
    named = page.partition("| 1.1 |")[2]
    assert {f"{kind}.{field}" for kind, field in now - then if f"`{field}`" not in named} == set()


def test_what_it_did_not_have_is_no_difference_and_its_age_is_said(older: Path) -> None:
    recorded = read_recorded(older)
    assert list(differences(recorded.result, recorded.result)) == []
    found = verify(recorded)
    assert not [d.where for d in found.differing if LATER & set(d.where.split("."))]
    assert "of schema 1.0" in found.causes[0]


def test_a_figure_that_it_has_is_still_compared(older: Path) -> None:
    recorded = read_recorded(older).result
    other = recorded.model_copy(update={"regret_usd": 1.0})
    assert [d.where for d in differences(recorded, other)] == ["regret_usd"]


def test_it_is_checked_and_compared(older: Path) -> None:
    checked = run("check", str(older), "--as-of", "2026-11-23")
    assert checked.exit_code in {0, 3}, checked.output
    assert "The recorded decision " in checked.stdout
    assert "\\xa0" not in checked.stdout
    compared = run("compare", str(older), str(older))
    assert compared.exit_code == 0, compared.output
    assert "still Keep what runs today" in " ".join(compared.stdout.split()) or "Still" in compared.stdout
