"""The example with everything a sceptic asks filled in; figures invented for the report's own tests."""

# ruff: noqa: E501  sentences of the document stand on one line

from report_example import REQUESTS, example_result
from steelyard.domain.insight import (
    Advocate,
    Contradiction,
    Convergence,
    CostSurface,
    GateCost,
    Influence,
    QualityStep,
    Removal,
    SurfacePoint,
    Tradeoffs,
)
from steelyard.domain.result import Measurement, Result

__all__ = ["sceptical_result"]


def surface() -> CostSurface:
    volumes = [1e5 * 10 ** (k / 2) for k in range(9)]
    return CostSurface(
        bought_option="api-small", curve=tuple(SurfacePoint(requests_per_month=v, break_even_usd_per_request=0.0006 + 19_000 / v, own_option="rented-qwen") for v in volumes),
        requests_per_month_p10_p50_p90=(10.1e6, REQUESTS, 15.2e6), usd_per_request_p10_p50_p90=(0.0009, 0.0012, 0.0016),
        owning_cheaper_fraction=0.17, rule_requests_per_month=(50e6, 100e6), rule_usd_per_request=0.001,
        sentence="At 12.4 M requests a month owning costs the same as buying at $0.0021 a request; the best bought service costs $0.0012, below it.",
    )  # fmt: skip


def sceptical_result(words: str = "") -> Result:
    """The example with every field of ``insight``; ``words`` is put into each of its texts."""
    return example_result(
        contradictions=(Contradiction(figures=("spend", "tokens"), arithmetic="7.1 B x $0.20 = $1.4 k, stated $36 k", sentence=f"Spend and tokens do not fit.{words}"),),
        convergence=Convergence(draws=2048, margin_usd=101_000.0, margin_standard_error_usd=3_100.0, halves_agree=True, settled=True, sentence=f"2,048 draws suffice.{words}"),
        influences=(Influence(input=f"API prices{words}", unit="of list", low=0.8, high=1.3, margin_at_low_usd=140_000.0, margin_at_high_usd=-22_000.0, share_of_variance=0.58),),
        gate_costs=(GateCost(gate="data", rules=(f"PHI stays in the United States{words}",), blocks=("api-abroad",), opens=("api-abroad",), best_allowed="api-small", best_without="api-abroad", cost_usd=88_000.0,
                             sentence=f"The data gate costs $88 k over 36 months.{words}"),),
        removal=Removal(opens=("api-abroad",), best="api-abroad", saving_usd=88_000.0, sentence=f"Tokenising the sensitive part opens 1 option.{words}"),
        quality_steps=(
            QualityStep(from_chance=0.0, to_chance=0.61, option="api-small", npv_cost_usd=744_000.0, chance=0.61, asked_now=True),
            QualityStep(from_chance=0.61, to_chance=1.0, option=None, npv_cost_usd=None, chance=None, asked_now=False),
        ),
        advocate=Advocate(option="hosted-qwen", extra_usd=101_000.0, wins_fraction=0.31, saving_where_it_wins_usd=77_000.0, beliefs=(f"API prices average 1.2 instead of 1{words}",),
                          arguments=(f"It costs less in 31 % of draws, $77 k less on average in those.{words}",)),
        cost_surface=surface(),
        tradeoffs=Tradeoffs(own_option="rented-qwen", ownership_premium_usd_per_month=11_000.0, speed_months_later=3.0, speed_usd=240_000.0, focus_engineer_months=61.4, focus_usd=1.2e6, frontier_usd=0.0,
                            share_of_operating_expense=0.026, sentences=(f"Speed: own machines serve 3 months later.{words}",)),
        value_of_information=(Measurement(input="Quality of the small model", worth_up_to_usd=29_000.0, measurement="A paired evaluation on 400 of your requests", cost_usd=4_500.0,
                                          delay_months=0.5, delay_usd=20_000.0, net_worth_usd=4_500.0, concerns="quality"),),
    )  # fmt: skip
