"""A bill against its usage: sums by hand, every difference explained in words."""

from datetime import date
from pathlib import Path

import pytest

from steelyard.domain.traffic import TrafficTable
from steelyard.errors import LogError
from steelyard.ingest import read_logs
from steelyard.ingest.daily import DayUsage
from steelyard.ingest.reconciliation import Reconciliation, reconcile

USAGE = ("usage_date_utc,model_version,usage_type,usage_input_tokens_no_cache,usage_input_tokens_cache_read,"
         "usage_output_tokens\n")  # fmt: skip
COSTS = "usage_date_utc,model,token_type,cost_usd\n"


def table(folder: Path, name: str, text: str) -> TrafficTable:
    (folder / name).write_text(text, encoding="utf-8")
    return read_logs([folder / name], cache_dir=folder / "cache")


def price(usage: DayUsage) -> float | None:
    """One dollar a million input, four a million output, twice that from 3 August on; no price for others."""
    if usage.model.lower() != "haiku":
        return None
    factor = 2 if usage.day >= date(2026, 8, 3) else 1
    return factor * (usage.tokens.input + 4 * usage.tokens.output) / 1e6


def run(folder: Path, usage: str, costs: str) -> Reconciliation:
    return reconcile(table(folder, "usage.csv", USAGE + usage), table(folder, "cost.csv", COSTS + costs), price)


def test_a_bill_that_agrees(tmp_path: Path) -> None:
    usage = "2026-08-01,Haiku,standard,1000000,0,250000\n2026-08-04,Haiku,standard,1000000,0,250000\n"
    costs = "2026-08-01,haiku,input,1.00\n2026-08-01,haiku,output,1.00\n2026-08-04,haiku,output,4.00\n"
    found = run(tmp_path, usage, costs)
    assert found.headline == "priced 2 of 2 rows: computed $6.00, invoiced $6.00"
    assert [line.explanation for line in found.lines] == ["equal", "equal"]
    assert [(line.day, line.computed_usd, line.invoiced_usd) for line in found.lines] == [
        (date(2026, 8, 1), 2.0, 2.0), (date(2026, 8, 4), 4.0, 4.0)
    ]  # fmt: skip


def test_what_cannot_be_priced_is_counted_first(tmp_path: Path) -> None:
    found = run(tmp_path, "2026-08-01,haiku,standard,1000000,0,0\n2026-08-01,new-model,standard,5,0,5\n",
                "2026-08-01,haiku,input,1.00\n2026-08-01,new-model,input,9.00\n")  # fmt: skip
    assert found.headline.startswith("priced 1 of 2 rows")
    assert "no list price" in found.lines[1].explanation


@pytest.mark.parametrize(
    ("usage", "costs", "words"),
    [
        ("2026-08-01,haiku,batch,1000000,0,0\n", "2026-08-01,haiku,input,0.50\n", "1 of 1 row is batch"),
        ("2026-08-01,haiku,standard,1000000,0,0\n", "2026-08-01,haiku,input,0.60\n", "cached input"),
        ("2026-08-01,haiku,standard,500000,500000,0\n", "2026-08-01,haiku,input,0.60\n", "negotiated discount"),
        ("2026-08-01,haiku,standard,1000000,0,0\n", "2026-08-01,haiku,input,1.50\n", "cache writes"),
        ("2026-08-01,haiku,standard,1000000,0,0\n", "2026-08-01,haiku,input,1.00\n2026-08-01,haiku,credit,-0.30\n",
         "credits of that day"),
        ("2026-08-01,haiku,standard,1000000,0,0\n", "2026-08-02,haiku,input,1.00\n", "the bill no line"),
    ],
)  # fmt: skip
def test_each_difference_has_a_reason(tmp_path: Path, usage: str, costs: str, words: str) -> None:
    assert words in run(tmp_path, usage, costs).lines[0].explanation


def test_credits_are_kept_apart(tmp_path: Path) -> None:
    found = run(tmp_path, "2026-08-01,haiku,standard,1000000,0,0\n",
                "2026-08-01,haiku,input,1.00\n2026-08-01,haiku,credit,-0.30\n")  # fmt: skip
    assert found.credits_usd == pytest.approx(-0.30)
    assert found.invoiced_usd == pytest.approx(0.70)


def test_a_bill_without_usage_is_said_to_be(tmp_path: Path) -> None:
    found = run(tmp_path, "2026-08-01,haiku,standard,1000000,0,0\n",
                "2026-08-01,haiku,input,1.00\n2026-08-01,sonnet,input,7.00\n")  # fmt: skip
    assert "the log no usage" in found.lines[1].explanation


def test_the_order_of_the_two_is_checked(tmp_path: Path) -> None:
    usage = table(tmp_path, "usage.csv", USAGE + "2026-08-01,haiku,standard,1000000,0,0\n")
    with pytest.raises(LogError, match="usage log first"):
        reconcile(usage, usage, price)
