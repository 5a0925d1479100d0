"""The list of assumptions says how far age and disagreement leave a price open."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import option_example as ex
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Evidence, Figure, Grade
from steelyard.study import pipeline
from steelyard.study.load import study_from_text

AS_OF = date(2026, 11, 1)
STUDY = """study: made-up
traffic:
  requests_per_month: 200k
  input_tokens: {p50: 900, p95: 4k}
  output_tokens: {p50: 150, p95: 600}
today: {provider: seller, model: today}
data: {must_stay_on_premises: no}
differentiator: {model_is_product: no}
"""
FIGURES = {name: value for name, value in ex.VALUES.items() if "." in name} | {
    "engine.throughput_gain_per_year": 0.15, "hardware.lead_time_months": 4,
    "price.api_follow_tier_factor_per_year": 0.85, "price.api_pinned_change_hazard_per_year": 0.14,
    "price.api_retirement_hazard_per_year": 0.17, "price.gpu_rental_factor_per_year": 0.95,
    "tokens.input_ratio.default": 1.0, "tokens.output_ratio.default": 1.0,
}  # fmt: skip


def known(fraction: float, seen: date) -> Catalogue:
    evidence = Evidence(source="a page", as_of=seen, grade=Grade.SECONDARY)
    drift = Figure(name="drift.other", value=0.1, low=0.0, high=0.2, unit="1/sqrt(month)", evidence=evidence)
    made = ex.catalogue(FIGURES)
    aged = {name: figure.model_copy(update={"evidence": evidence}) for name, figure in made.figures.items()}
    card = ex.card().model_copy(update={"disagreement_fraction": fraction})
    return replace(made, as_of=AS_OF, accelerators={}, servers=(), gpu_offers=(), rate_cards=(card,),
                   figures={**aged, "drift.other": drift})  # fmt: skip


def shown(monkeypatch: pytest.MonkeyPatch, fraction: float, seen: date) -> dict[str, str]:
    monkeypatch.setattr(pipeline, "load_catalogue", lambda *_: known(fraction, seen))
    result = pipeline.decide(study_from_text(STUDY, "x.yaml"), base_folder=Path(), seed=1, as_of=AS_OF, draws=64)
    return {row.name: row.value for row in result.assumptions}


def test_a_disputed_price_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "price of seller/today at seller"
    assert shown(monkeypatch, 0.4, AS_OF)[name].endswith("; may be off by 40 %")
    assert "may be off" not in shown(monkeypatch, 0.0, AS_OF)[name]


def test_an_old_figure_shows_a_wider_interval_than_it_was_stated_with(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "migration.evaluation_usd"
    assert shown(monkeypatch, 0.0, AS_OF)[name] == "3,000 (3,000 to 3,000)"
    assert shown(monkeypatch, 0.0, date(2025, 11, 1))[name] == "3,000 (2,122 to 4,241)"  # 0.1 sqrt(365 / 30.4375)
