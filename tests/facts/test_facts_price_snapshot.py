"""The price package is read once: a fresh process finds its listings compiled, and notices every change."""

import json
import shutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from steelyard.facts import load_catalogue
from steelyard.facts.load import DATA
from steelyard.facts.prices import listings
from steelyard.facts.prices.tokens import rate_cards
from steelyard.facts.snapshot import load_entries, snapshot_folder

AS_OF = date(2026, 11, 23)
CHILD = """
import sys
from datetime import date
from steelyard.facts import load_catalogue
print(len(load_catalogue(date(2026, 11, 23)).rate_cards), "genai_prices" in sys.modules)
"""


def test_a_fresh_process_loads_without_importing_the_price_package() -> None:
    count = len(load_catalogue(AS_OF).rate_cards)
    told = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)
    assert told.stdout.split() == [str(count), "False"]


def test_compiled_listings_are_those_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    built = listings.package_listings(frozenset({"deepseek", "groq"}))
    assert list(snapshot_folder().glob("prices-*.json"))
    monkeypatch.setattr(listings, "_compile", lambda _: pytest.fail("the snapshot was not used"))
    assert listings.package_listings(frozenset({"deepseek", "groq"})) == built


def test_another_version_of_the_package_is_compiled_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    before = listings._key(frozenset({"groq"}))
    monkeypatch.setattr(listings, "PACKAGE_VERSION", "9.9.9")
    assert listings._key(frozenset({"groq"})) != before


def test_compared_prices_are_part_of_the_facts_hash(tmp_path: Path) -> None:
    folder = tmp_path / "facts"
    shutil.copytree(DATA / "price_sources", folder / "price_sources")
    shutil.copytree(DATA / "figures", folder / "figures")
    before = load_entries(folder).sha256
    table = folder / "price_sources" / "disagreements.json"
    content = json.loads(table.read_text(encoding="utf-8"))
    table.write_text(json.dumps(content | {"entries": content["entries"][1:]}), encoding="utf-8")
    assert load_entries(folder).sha256 != before


def test_hours_of_the_day_were_priced_alike_before_the_seller_split_them() -> None:
    early = {c.model: c for c in rate_cards(date(2026, 8, 16), lambda _: None)}["deepseek/deepseek-v4-pro"]
    late = {c.model: c for c in rate_cards(date(2026, 8, 17), lambda _: None)}["deepseek/deepseek-v4-pro"]
    assert early.tiers[0].prices.uncached_input == Decimal("0.435")
    assert late.tiers[0].prices.uncached_input > Decimal("0.66")
