"""With what a failed request costs, an option below the bar pays for its failures instead of being ruled out."""

from datetime import date
from pathlib import Path

import pytest

from steelyard.domain.quality import PairedResult
from steelyard.domain.result import OptionResult, Result
from steelyard.quality.success import extra_failures, own_extra_failures
from steelyard.study.load import study_from_text
from steelyard.study.pipeline import decide

TEXT = """
study: failures
horizon: 12 months
traffic: {requests_per_month: 5M, input_tokens: 900, output_tokens: 150, shape: flat, growth: 0%}
today: {provider: openai, model: gpt-5.4}
quality: {at_least: today FAILED}
candidates: [openai/gpt-5.4, openai/gpt-5-nano]
"""


def result(failed: str) -> Result:
    study = study_from_text(TEXT.replace(" FAILED", f", failed_request_costs: {failed}" if failed else ""), "f.yaml")
    return decide(study, base_folder=Path(), seed=0, as_of=date(2026, 11, 23), draws=256)


def small(found: Result) -> OptionResult | None:
    return next((o for o in found.options if "gpt-5-nano" in o.id), None)


def test_below_the_bar_it_is_out_until_failures_have_a_price() -> None:
    out = small(result(""))
    assert out is None or not out.feasible
    priced = small(result("$0.05"))
    assert priced is not None
    assert priced.feasible
    assert any("charges for" in condition for condition in priced.allowed_if)


def test_failures_are_a_line_of_the_bill_in_proportion_to_their_price() -> None:
    lines = [next(line for line in small(result(f"${usd}")).lines if line.id == "failures") for usd in (0.05, 0.10)]
    assert lines[0].npv_usd > 0
    assert lines[1].npv_usd == pytest.approx(2 * lines[0].npv_usd)


def test_dear_failures_keep_the_better_model_and_cheap_ones_the_cheaper() -> None:
    assert result("$10").verdict_option == "today"
    assert result("$0.0001").verdict_option == small(result("$0.0001")).id


def test_cost_per_successful_request_counts_failures_and_is_null_without_a_price() -> None:
    priced = result("$0.05")
    for option in priced.options:
        assert option.usd_per_successful_request > option.usd_per_request
    assert all(o.usd_per_successful_request is None for o in result("").options)


def test_public_scores_credit_nobody_and_own_items_count_both_ways() -> None:
    assert extra_failures(20, 2, success=0.8, logits_per_sd=1.34) == (0, 0, 0)
    worse = extra_failures(-10, 3, success=0.8, logits_per_sd=1.34)
    assert 0 < worse.low < worse.middle < worse.high < 0.8
    better = PairedResult(option="o", reference="r", answer="better", items=500, groups=500, difference=0.05, low=0.02,
                          high=0.08, margin=0.03, items_needed=400)  # fmt: skip
    assert own_extra_failures(better).middle == -0.05
    assert own_extra_failures(better).high < 0
