"""The bill by line: it adds up, shows what matters, and each line's arithmetic ends in its own figure."""

import re
from pathlib import Path

import pytest

import report_example
from steelyard.report.bill import billed_options, render_bill

ROOT = Path(__file__).resolve().parents[2]


def amounts(row: str) -> list[float]:
    return [float(word.replace("\u2212", "-").replace(",", "")) for word in re.findall(r"[\u2212]?[\d,]+\.\d\d", row)]


def test_every_bill_adds_up_by_month_and_over_the_horizon() -> None:
    result = report_example.example_result()
    for table in render_bill(result, width=400).strip().split("\n\n"):
        title, head, *rows, total = table.splitlines()
        option = next(o for o in result.options if o.label == title)
        assert head.split() == [
            "USD,",
            "mean",
            "of",
            "2,048",
            "draws",
            "month",
            "1",
            "month",
            "12",
            "month",
            "36",
            "36",
            "months",
        ]
        for column, whole in enumerate(amounts(total)):
            parts = sum(amounts(row)[column] for row in rows)
            assert parts == pytest.approx(whole, abs=0.011 * len(rows))
        assert amounts(total)[3] == pytest.approx(sum(option.cost_usd_per_month), abs=0.005)


def test_a_line_paid_in_no_month_shown_stands_in_the_bill_with_its_sum() -> None:
    once = report_example.line("late", "Servers delivered late", "capital", 0.0).model_copy(
        update={"usd_per_month": (0.0,) * 4 + (5_000.0,) + (0.0,) * 31})  # fmt: skip
    first, *others = report_example.example_result().options
    spent = tuple(a + b for a, b in zip(first.cost_usd_per_month, once.usd_per_month, strict=True))
    moved = first.model_copy(update={"lines": (*first.lines, once), "cost_usd_per_month": spent})
    page = render_bill(report_example.example_result(options=(moved, *others)), width=120)
    row = next(line for line in page.splitlines() if "Servers delivered late" in line)
    assert amounts(row) == [0.0, 0.0, 0.0, 5_000.0]


def test_the_chosen_option_and_both_reference_lines_are_billed() -> None:
    result = report_example.example_result()
    shown = {option.id for option in billed_options(result)}
    lines = (result.baseline.today, result.baseline.best_bought)
    assert {result.verdict_option, *(line.option for line in lines if line)} <= shown
    assert {option.kind for option in billed_options(result)} == {option.kind for option in result.options}


def test_months_beyond_the_horizon_give_way_to_its_last() -> None:
    result = report_example.example_result().model_copy(update={"horizon_months": 12})
    assert "month 36" not in render_bill(result)


def test_a_narrow_terminal_keeps_the_figures_and_every_name_in_full() -> None:
    result = report_example.example_result()
    page = render_bill(result)
    assert all(len(line) <= 80 for line in page.splitlines())
    assert render_bill(result, ascii_only=True).isascii()
    said = re.sub(r"\s+", " ", re.sub(r"[\u2212\d,]+\.\d\d", "", page))
    assert all(line.label in said for option in billed_options(result) for line in option.lines)
    assert "\u2026" not in page
