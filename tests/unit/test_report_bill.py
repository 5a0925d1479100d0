"""The bill by line: it adds up, shows what matters, and each line's arithmetic ends in its own figure."""

import re
from pathlib import Path

import pytest

import report_example
from steelyard.report.bill import billed_options, render_bill

ROOT = Path(__file__).resolve().parents[2]


def amounts(row: str) -> list[float]:
    return [float(word.replace("\u2212", "-").replace(",", "")) for word in re.findall(r"[\u2212]?[\d,]+\.\d\d", row)]


def test_every_bill_adds_up_to_its_total() -> None:
    for table in render_bill(report_example.example_result(), width=400).strip().split("\n\n"):
        head, *rows, total = table.splitlines()
        assert head.endswith("month 36")
        for column, whole in enumerate(amounts(total)):
            parts = sum(amounts(row[-36:])[column] for row in rows)
            assert parts == pytest.approx(whole, abs=0.011 * len(rows))


def test_the_chosen_option_and_both_reference_lines_are_billed() -> None:
    result = report_example.example_result()
    shown = {option.id for option in billed_options(result)}
    lines = (result.baseline.today, result.baseline.best_bought)
    assert {result.verdict_option, *(line.option for line in lines if line)} <= shown
    assert {option.kind for option in billed_options(result)} == {option.kind for option in result.options}


def test_months_beyond_the_horizon_give_way_to_its_last() -> None:
    result = report_example.example_result().model_copy(update={"horizon_months": 12})
    assert "month 36" not in render_bill(result)


def test_a_narrow_terminal_keeps_the_figures() -> None:
    assert all(len(line) <= 80 for line in render_bill(report_example.example_result()).splitlines())
    assert render_bill(report_example.example_result(), ascii_only=True).isascii()
