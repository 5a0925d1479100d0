"""Own machines that cost the same today: the one that costs less to the horizon comes first, then the one with room."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from steelyard.domain.accelerator import Precision
from steelyard.domain.price import GpuOffer
from steelyard.domain.serving import CapacityCurve, LatencyQuantiles, Parallelism, ServingConfig
from steelyard.domain.study import TrafficNeeds
from steelyard.options.demand import Demand, demand_from
from steelyard.study.busiest import Rank, better, ordered
from steelyard.study.load import study_from_text
from steelyard.study.machine_costs import Ranked, WayToPay, demand_ahead
from steelyard.study.pipeline import decide
from steelyard.study.size_traffic import stated_traffic

BANK = """
study: bank
horizon: 48 months
traffic: {requests_per_month: VOLUME, input_tokens: {p50: 3k, p95: 9k}, output_tokens: {p50: 400, p95: 1.2k},
  shape: office_hours, growth: 1% to 3% per month}
today: {self_hosted: {model: llama-3.3-70b, accelerator: h100-sxm, count: 8, owned_since: 2025-03}}
quality: {task: extraction, at_least: today}
data: {must_stay_on_premises: yes}
availability: n_plus_1
candidates: [gemma-3-12b]
"""
NONE = np.zeros(0)
NEVER = LatencyQuantiles(p50=0.0, p95=0.0, p99=0.0)


def curve(model: str, weights: Precision, rps: float) -> CapacityCurve:
    config = ServingConfig(model=model, accelerator="rtx-pro-6000", weights=weights, engine="vllm",
                           parallelism=Parallelism(tp=1))  # fmt: skip
    return CapacityCurve(config, NONE, NONE, NONE, NONE, rps, rps, 0.0, NEVER, NEVER, rps, rps, 0.0)


def demand(peak: str = "1") -> Demand:
    study = study_from_text(BANK.replace("VOLUME", "2.5M"), "bank.yaml")
    return demand_from(study, stated_traffic(peak, "3000", "400"), measured_on=None)


SERVER = GpuOffer.model_construct(id="server", accelerator="rtx-pro-6000", devices=1, seller="s")


def server_usd(curves: Sequence[CapacityCurve], load: Demand) -> Iterator[Ranked]:
    """Price whole servers of one device, a thousand dollars each, at the busiest hour."""
    for one in curves:
        yield Ranked(one, 1000.0 * math.ceil(float(load.hourly_rps.max()) / one.max_rps), offer=SERVER)


def traffic(low: str, high: str, volume: str = "2.5M") -> TrafficNeeds:
    text = BANK.replace("VOLUME", volume).replace("1% to 3%", f"{low} to {high}")
    return study_from_text(text, "bank.yaml").traffic


def way(low: str = "2%", high: str = "2%", chance: Callable[[ServingConfig], float] = lambda _: 0.5) -> WayToPay:
    return WayToPay(server_usd, demand(), demand_ahead(demand(), traffic(low, high)), chance)


TIGHT, ROOMY = curve("a", "bf16", 1.05), curve("z", "fp8", 1.9)


@pytest.mark.parametrize("order", [(TIGHT, ROOMY), (ROOMY, TIGHT)])
def test_of_two_that_cost_the_same_today_the_one_that_needs_no_second_machine_later_comes_first(
    order: tuple[CapacityCurve, ...],
) -> None:
    found = way().best(order, [TIGHT.config])
    assert found is not None
    assert found.curve.config == ROOMY.config


def test_a_cheaper_one_today_comes_before_any_tie() -> None:
    small = curve("b", "fp4", 0.6)
    found = way().best([small, TIGHT])
    assert found is not None
    assert found.curve.config == TIGHT.config


def first(paid: WayToPay, *curves: CapacityCurve, played: Sequence[ServingConfig] = ()) -> ServingConfig:
    ways = [paid.best(order, played) for order in (curves, curves[::-1])]
    assert ways[0] is not None
    assert ways[1] is not None
    assert ways[0].curve.config == ways[1].curve.config
    return ways[0].curve.config


def test_of_equals_to_the_horizon_a_played_one_comes_first_then_one_with_room_for_high_traffic() -> None:
    still = way("-2%", "2%")
    assert first(still, TIGHT, ROOMY, played=[TIGHT.config]) == TIGHT.config
    assert first(still, TIGHT, ROOMY) == ROOMY.config
    finer = way("-2%", "2%", lambda config: float(config == TIGHT.config))
    assert first(finer, TIGHT, ROOMY) == ROOMY.config


def test_room_that_no_traffic_needs_comes_after_quality_finer_weights_before_it_and_the_name_last() -> None:
    still = way("0%", "0%", lambda config: float(config.model == "a"))
    assert first(still, TIGHT, ROOMY) == TIGHT.config
    coarse = replace(ROOMY, config=ROOMY.config.model_copy(update={"weights": "fp4"}), max_rps=2.5)
    assert first(still, coarse, ROOMY) == ROOMY.config
    other = replace(ROOMY, config=ROOMY.config.model_copy(update={"model": "y"}))
    assert first(still, ROOMY, other) == other.config
    assert first(still, ROOMY, replace(other, max_rps=1.8)) == ROOMY.config


def test_a_search_orders_equals_alike_and_plays_one_that_is_cheaper_to_the_horizon() -> None:
    rank = way().rank()
    assert [c.config for c in ordered([TIGHT, ROOMY], rank, 2)] == [ROOMY.config, TIGHT.config]
    assert [c.config for c in ordered([TIGHT, ROOMY], Rank(rank.cost), 2)] == [TIGHT.config, ROOMY.config]
    assert better(rank, [ROOMY], [TIGHT]) == 0
    assert better(rank, [TIGHT], [ROOMY]) is None
    assert better(way("0%", "0%").rank(), [ROOMY], [TIGHT]) is None
    assert better(rank, [ROOMY], []) == 0


def test_load_ahead_runs_from_going_live_to_the_horizon_and_bought_machines_stay() -> None:
    live, horizon = demand().build_months, demand().horizon_months
    ahead = demand_ahead(demand(), traffic("1%", "3%", "2M to 8M"))
    assert len(ahead.expected) == len(ahead.high) == len(range(live, horizon, 3))
    assert ahead.expected[0].hourly_rps.max() == pytest.approx(1.02**live)
    assert max(d.hourly_rps.max() for d in ahead.expected) < 1.02**horizon
    assert ahead.high[0].hourly_rps.max() == pytest.approx(2 * 1.03**live)
    falling = traffic("-3%", "-1%")
    assert demand_ahead(demand(), falling).expected[0].hourly_rps.max() < 1
    assert all(d.hourly_rps.max() == 1 for d in demand_ahead(demand(), falling, kept=True).expected)


def test_own_machines_never_cost_less_because_more_is_asked_of_them() -> None:
    costs: list[float] = []
    for volume in ("2.5M", "4.5M"):
        study = study_from_text(BANK.replace("VOLUME", volume), "bank.yaml")
        found = decide(study, base_folder=Path(), seed=0, as_of=date(2026, 11, 23), draws=256)
        costs.append(math.fsum(next(o for o in found.options if o.kind == "self_host_owned").cost_usd_per_month))
    assert costs[0] < costs[1]
