"""docs/costing.md: what the ledgers say, every line, current."""

from datetime import date
from pathlib import Path

from steelyard.facts import load_catalogue
from steelyard.finance.costing import costing_rows
from steelyard.finance.dimensions import unit_faults
from steelyard.study.costing_page import costing_page, example_ledgers

PAGE = Path(__file__).resolve().parents[2] / "docs" / "costing.md"
CATALOGUE = load_catalogue(date(2026, 11, 23))


def test_the_page_is_what_the_ledgers_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == costing_page(CATALOGUE)


def test_every_line_of_every_form_is_on_it_with_unit_and_source() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for ledger in example_ledgers(CATALOGUE):
        for row in costing_rows(ledger):
            assert f"| `{row.name}` |" in text, (ledger.option, row.name)
            assert row.unit, (ledger.option, row.name)


def test_every_constant_names_its_source() -> None:
    for ledger in example_ledgers(CATALOGUE):
        for row in costing_rows(ledger):
            assert row.structure != "const" or row.source, (ledger.option, row.name)


def test_units_of_every_form_multiply_out() -> None:
    assert {ledger.option: unit_faults(ledger) for ledger in example_ledgers(CATALOGUE) if unit_faults(ledger)} == {}
