"""Deciding as of a past day from the command line: what is said, and what is refused."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from steelyard.cli import main

STARTUP = Path(__file__).parents[2] / "examples/startup/study.yaml"


def decided(folder: Path, today: str, day: str) -> Result:
    study = folder / "study.yaml"
    study.write_text(STARTUP.read_text(encoding="utf-8").replace("gpt-5.4-mini", today), encoding="utf-8")
    return CliRunner().invoke(main, ["decide", str(study), "--as-of", day, "--draws", "64", "--json", "--force",
                                     "--out", str(folder / "out")])  # fmt: skip


def test_todays_model_unknown_then_is_refused_with_the_day_it_is_known(tmp_path: Path) -> None:
    result = decided(tmp_path, "gpt-5.4-mini", "2025-06-01")
    assert result.exit_code == 2
    assert "'gpt-5.4-mini' is first known at openai on 2026-03-17" in result.stderr
    assert "gpt-4.1" in result.stderr
    assert "--as-of 2026-03-17" in result.stderr


@pytest.mark.parametrize(
    ("today", "day", "unscreened"), [("gpt-4o-mini", "2025-06-01", False), ("gpt-3.5-turbo", "2024-01-01", True)]
)
def test_a_past_day_is_decided_with_the_models_of_its_time_and_says_what_it_lacks(
    tmp_path: Path, today: str, day: str, unscreened: bool
) -> None:
    result = decided(tmp_path, today, day)
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["as_of"] == day
    assert document["verdict"] == "keep_today"
    warnings = " ".join(document["warnings"])
    assert "Token prices are not testable" in warnings
    assert ("Quality is not testable before 2025-03-06" in warnings) == unscreened
    dated = [row["as_of"] for row in document["assumptions"] if row["name"].startswith("price of ") and row["as_of"]]
    assert dated
    assert not [option["id"] for option in document["options"] if "gpt-5" in option["id"]]
