"""Figures that cannot all be right are named with the arithmetic; figures that fit are not."""

from datetime import date
from pathlib import Path

import pytest

from steelyard.study.load import study_from_text
from steelyard.study.pipeline import decide

DAY = date(2026, 11, 23)
FITS = """
study: fits
horizon: 24 months
traffic:
  requests_per_month: 4M to 5M
  input_tokens: {{p50: 900, p95: 4k}}
  output_tokens: {{p50: 150, p95: 600}}
  growth: 1% to 2% per month
  {traffic}
today: {today}
economics: {{discount_rate: 10%{economics}}}
training_data: {{exclusive: no{data}}}
candidates: [openai/gpt-5.4-mini]
"""
API = "{provider: openai, model: gpt-5.4-mini}"
OWN = "{self_hosted: {model: llama-3.3-70b-instruct, accelerator: h100-sxm, count: COUNT, rent: $2}}"


def found(*, traffic: str = "", today: str = API, economics: str = "", data: str = "") -> list[tuple[str, str]]:
    text = FITS.format(traffic=traffic, today=today, economics=economics, data=data)
    study = study_from_text(text, "fits.yaml")
    result = decide(study, base_folder=Path(), seed=0, as_of=DAY, draws=64)
    for item in result.contradictions:
        assert any(item.sentence in warning for warning in result.warnings)
        assert item.arithmetic in item.sentence
    return [(item.figures[0], item.arithmetic) for item in result.contradictions]


def test_figures_that_fit_are_not_named() -> None:
    assert found() == []
    billed = "{provider: openai, model: gpt-5.4-mini, spend_per_month: $9k}"
    rate, expenses = "peak_requests_per_second: 12", ", operating_expense_per_year: $9M"
    assert found(today=billed, traffic=rate, economics=expenses) == []


@pytest.mark.parametrize(("spend", "times"), [("$400k", "times that"), ("$90", "of that")])
def test_a_bill_that_does_not_fit_tokens_times_price(spend: str, times: str) -> None:
    ((key, arithmetic),) = found(today=f"{{provider: openai, model: gpt-5.4-mini, spend_per_month: {spend}}}")
    assert key == "today.spend_per_month"
    assert "requests x" in arithmetic
    assert times in arithmetic


def test_a_busiest_rate_that_cannot_carry_the_volume_or_would_hold_a_month_in_a_minute() -> None:
    ((key, slow),) = found(traffic="peak_requests_per_second: 1")
    assert key == "traffic.peak_requests_per_second"
    assert slow.startswith("1/s x 2.6")
    ((_, fast),) = found(traffic="peak_requests_per_second: 1M")
    assert "60 M requests in one minute" in fast


def test_requests_longer_than_the_model_in_use_can_hold() -> None:
    text = FITS.format(traffic="", today=API, economics="", data="").replace("p50: 900, p95: 4k", "p50: 2M, p95: 4M")
    text = text.replace("candidates: [openai/gpt-5.4-mini]", "")
    result = decide(study_from_text(text, "long.yaml"), base_folder=Path(), seed=0, as_of=DAY, draws=64)
    assert any("tokens; openai/gpt-5.4-mini holds" in item.arithmetic for item in result.contradictions)


def test_machines_that_could_not_serve_the_traffic_at_their_roofline_or_hold_the_model() -> None:
    few = {key for key, _ in found(today=OWN.replace("COUNT", "8"))}
    assert few == set()
    text = FITS.format(traffic="", today=OWN.replace("COUNT", "1"), economics="", data="")
    many = study_from_text(text.replace("4M to 5M", "4B to 5B"), "many.yaml")
    result = decide(many, base_folder=Path(), seed=0, as_of=DAY, draws=64)
    (item,) = result.contradictions
    assert "at the peak arithmetic of" in item.arithmetic
    too_large = OWN.replace("llama-3.3-70b-instruct", "deepseek-v3").replace("COUNT", "1")
    ((key, arithmetic),) = found(today=too_large)
    assert key == "today.self_hosted.model"
    assert "GB" in arithmetic


def test_a_throughput_above_the_roofline() -> None:
    fast = OWN.replace("COUNT", "8").replace("rent: $2", "rent: $2, tokens_per_s_per_device: 90k")
    ((key, arithmetic),) = found(today=fast)
    assert key == "today.self_hosted.tokens_per_s_per_device"
    assert "90 k are stated" in arithmetic
    assert found(today=fast.replace("90k", "3k")) == []


def test_dates_in_the_future_and_contracts_that_have_ended() -> None:
    owned = OWN.replace("count: COUNT, rent: $2", "count: 8, owned_since: 2027-03")
    ((key, arithmetic),) = found(today=owned)
    assert key == "today.self_hosted.owned_since"
    assert "days after 2026-11-23" in arithmetic
    ended = "{provider: openai, model: gpt-5.4-mini, contract_ends: 2026-03}"
    assert [key for key, _ in found(today=ended)] == ["today.contract_ends"]


def test_expenses_that_do_not_add_up() -> None:
    keys = [k for k, _ in found(economics=", operating_expense_per_year: $50k, largest_other_expense_per_year: $60k")]
    assert "economics.largest_other_expense_per_year" in keys
    assert "economics.operating_expense_per_year" in keys
    assert [k for k, _ in found(economics=", operating_expense_per_year: $10k")] == [
        "economics.operating_expense_per_year"]  # fmt: skip


def test_more_examples_than_tokens_and_growth_that_cannot_last() -> None:
    assert [k for k, _ in found(data=", tokens: 10k, labelled_examples: 40k")] == ["training_data.labelled_examples"]
    text = FITS.format(traffic="", today=API, economics="", data="").replace("1% to 2% per month", "60% per month")
    result = decide(study_from_text(text, "grows.yaml"), base_folder=Path(), seed=0, as_of=DAY, draws=64)
    assert any(item.figures[0] == "traffic.growth" for item in result.contradictions)
