"""A study run from end to end on a small made-up catalogue."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import option_example as ex
from steelyard.domain.price import GpuOffer
from steelyard.domain.result import Result
from steelyard.errors import StudyError
from steelyard.study import pipeline
from steelyard.study.load import study_from_text

AS_OF = date(2026, 11, 1)
STUDY = """study: made-up
traffic:
  requests_per_month: {volume}
  input_tokens: {{p50: 900, p95: 4k}}
  output_tokens: {{p50: 150, p95: 600}}
today: {{provider: seller, model: today}}
data: {{must_stay_on_premises: {stay}}}
differentiator: {{model_is_product: no}}
"""
FIGURES = {name: value for name, value in ex.VALUES.items() if "." in name} | {
    "engine.throughput_gain_per_year": 0.15,
    "hardware.lead_time_months": 4,
    "price.api_follow_tier_factor_per_year": 0.85,
    "price.api_pinned_change_hazard_per_year": 0.14,
    "price.api_retirement_hazard_per_year": 0.17,
    "price.gpu_rental_factor_per_year": 0.95,
    "tokens.input_ratio.default": 1.0,
    "tokens.output_ratio.default": 1.0,
}


def catalogue(as_of: date, overlays: object = ()):
    device = ex.accelerator().model_copy(update={
        "id": "h100-sxm", "vendor": "NVIDIA", "generation": "hopper", "memory_bandwidth_bytes_per_s": 3.35e12,
        "peak_flop_per_s": {"bf16": 989e12, "fp8": 1979e12}})  # fmt: skip
    offers: tuple[GpuOffer, ...] = (ex.offer(), ex.offer("reserved_1y", 1.5, term=12, devices=8))
    return replace(
        ex.catalogue(FIGURES), as_of=as_of, accelerators={"h100-sxm": device},
        servers=(ex.server().model_copy(update={"accelerator": "h100-sxm"}),),
        gpu_offers=tuple(o.model_copy(update={"accelerator": "h100-sxm"}) for o in offers),
        rate_cards=(ex.card(), ex.card("seller/small", uncached="0.5", output="2")),
    )  # fmt: skip


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pipeline, "load_catalogue", catalogue)

    def decide(volume: str = "2M", stay: str = "no", text: str = STUDY, seed: int = 1) -> Result:
        study = study_from_text(text.format(volume=volume, stay=stay), "made-up.yaml")
        return pipeline.decide(study, base_folder=Path(), seed=seed, as_of=AS_OF, draws=256)

    return decide


def test_small_traffic_is_bought_and_large_traffic_is_run(run) -> None:
    assert run("200k").verdict in {"keep_today", "buy_api"}
    large = run("900M")
    chosen = next(option for option in large.options if option.id == large.verdict_option)
    assert large.verdict.startswith("self_host"), chosen.notes


def test_same_seed_gives_the_same_bytes(run) -> None:
    assert run().model_dump_json() == run().model_dump_json()
    assert run(seed=2).model_dump_json() != run(seed=3).model_dump_json()


def test_data_that_must_stay_leaves_only_owned_machines(run) -> None:
    result = run(stay="yes")
    assert {o.kind for o in result.options if o.feasible} == {"self_host_owned"}
    assert result.verdict == "self_host_owned"
    assert result.framework.governing == "q1"
    assert result.framework.agrees
    assert result.baseline.best_bought is None


def test_every_dollar_of_an_option_is_in_its_bill(run) -> None:
    for option in run().options:
        for month in (0, 11, 35):
            lines = sum(line.usd_per_month[month] for line in option.lines)
            assert lines == pytest.approx(option.cost_usd_per_month[month], abs=0.01 * len(option.lines))
        assert sum(line.npv_usd for line in option.lines) == pytest.approx(option.npv_cost_usd.mean, rel=1e-9)


def test_odds_regret_and_reference_lines_agree(run) -> None:
    result = run()
    feasible = [o for o in result.options if o.feasible]
    assert sum(o.p_best for o in feasible) == pytest.approx(1.0)
    assert result.baseline.today.option == "today"
    best = result.baseline.best_bought
    assert min(o.npv_cost_usd.mean for o in feasible if o.kind in ("keep_today", "buy_api")) == best.npv_cost_usd.mean
    assert result.evpi_usd <= result.regret_usd + 1e-9


def test_defaults_and_sources_stand_in_the_assumptions(run) -> None:
    result = run()
    assert any(row.grade == "default" for row in result.assumptions)
    assert any(row.name.startswith("price of seller/today") for row in result.assumptions)
    assert all(row.source for row in result.assumptions)


def test_an_unknown_model_offers_near_names(run) -> None:
    with pytest.raises(StudyError, match=r"todya.*Did you mean"):
        run(text=STUDY.replace("model: today", "model: todya"))


def test_an_unknown_seller_offers_near_names(run) -> None:
    with pytest.raises(StudyError, match=r"selller.*Did you mean"):
        run(text=STUDY.replace("provider: seller", "provider: selller"))


def test_every_line_carries_its_arithmetic_and_ends_in_its_own_figure(run) -> None:
    for option in run().options:
        for line in option.lines:
            assert line.formula.startswith(f"{line.label}, month "), (option.id, line.id)
            assert line.formula.endswith(" USD/month"), (option.id, line.id)


def test_payback_is_shown_simple_and_discounted_with_its_rates_of_return(run) -> None:
    result = run("900M")
    costs = {option.id: option.cost_usd_per_month for option in result.options}
    assert result.baseline.best_bought is not None
    bought = costs[result.baseline.best_bought.option]
    shown = [option for option in result.options if option.payback is not None]
    assert shown
    for option in shown:
        payback = option.payback
        assert payback is not None
        assert len(payback.discounted_prob_by_month) == len(payback.prob_by_month) == 36
        assert bool(payback.irr_warning) == (len(payback.irr_per_year) != 1)
        saving = [b - c for b, c in zip(bought, costs[option.id], strict=True)]
        for rate in payback.irr_per_year:
            flows = [s / (1 + rate) ** (m / 12) for m, s in enumerate(saving)]
            assert sum(flows) == pytest.approx(0, abs=1e-4 * sum(map(abs, flows)))
