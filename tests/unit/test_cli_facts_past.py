"""``steelyard facts`` and ``prices`` as of a past day: no age is negative, and what was seen only later says so."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from steelyard.cli import main
from steelyard.cli.browse import FACT_KINDS
from steelyard.facts import load_catalogue
from steelyard.facts.kinds import FACTS, age_days, seen_later, seen_on

DAY = "2025-06-01"


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def said(*args: str) -> str:
    shown = CliRunner().invoke(main, [*args, "--as-of", DAY])
    assert shown.exit_code == 0, shown.output
    return shown.stdout


@pytest.mark.parametrize("kind", [k for k in FACT_KINDS if k not in {"prices", "rate-cards"}])
def test_no_age_is_negative_and_what_was_seen_later_is_marked(kind: str) -> None:
    entries: list[dict[str, Any]] = json.loads(said("facts", kind, "--json"))["entries"]
    assert all(entry["age_days"] is None or entry["age_days"] >= 0 for entry in entries)
    later = [entry for entry in entries if entry["seen_later"]]
    assert all(entry["age_days"] is None for entry in later)
    table = said("facts", kind)
    assert not re.search(r"\s-\d+\s", table)
    assert (f"{len(later):,} with a source seen only after that day" in table) == bool(later)


def test_prices_of_a_past_day_have_no_negative_age() -> None:
    assert not re.search(r"\s-\d+\n", said("prices"))


def test_an_age_is_counted_from_the_day_the_source_was_seen() -> None:
    known = load_catalogue(date.fromisoformat(DAY))
    for kind in FACTS.values():
        for entry in kind.entries(known).values():
            seen = seen_on(entry)
            if seen is None:
                assert not seen_later(entry, known.as_of)
            elif seen <= known.as_of:
                assert age_days(entry, known.as_of) == (known.as_of - seen).days
            else:
                assert seen_later(entry, known.as_of)


def test_the_chain_behind_a_figure_seen_later_has_no_age() -> None:
    (link,) = json.loads(said("facts", "--why", "h100-sxm.memory_bandwidth_bytes_per_s", "--json"))["found"]
    assert link["age_days"] is None
    assert link["seen_later"]
