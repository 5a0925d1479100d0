"""Own machines that cost the same today: the one that costs less to the horizon comes first, then the one with room."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from steelyard.domain.accelerator import Precision
from steelyard.domain.price import GpuOffer
from steelyard.domain.serving import CapacityCurve, LatencyQuantiles, Parallelism, ServingConfig
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


def way(growth: float) -> WayToPay:
    return WayToPay(server_usd, demand(), demand_ahead(demand(), growth))


TIGHT, ROOMY = curve("a", "bf16", 1.05), curve("z", "fp8", 1.9)


@pytest.mark.parametrize("order", [(TIGHT, ROOMY), (ROOMY, TIGHT)])
def test_of_two_that_cost_the_same_today_the_one_that_needs_no_second_machine_later_comes_first(
    order: tuple[CapacityCurve, ...],
) -> None:
    found = way(0.02).best(order, [TIGHT.config])
    assert found is not None
    assert found.curve.config == ROOMY.config


def test_a_cheaper_one_today_comes_before_any_tie() -> None:
    small = curve("b", "fp4", 0.6)
    found = way(0.02).best([small, TIGHT])
    assert found is not None
    assert found.curve.config == TIGHT.config


def test_of_equals_to_the_horizon_a_played_one_comes_first_then_room_then_finer_weights_then_the_name() -> None:
    still = way(0.0)

    def first(*curves: CapacityCurve, played: Sequence[ServingConfig] = ()) -> ServingConfig:
        ways = [still.best(order, played) for order in (curves, curves[::-1])]
        assert ways[0] is not None
        assert ways[1] is not None
        assert ways[0].curve.config == ways[1].curve.config
        return ways[0].curve.config

    assert first(TIGHT, ROOMY, played=[TIGHT.config]) == TIGHT.config
    assert first(TIGHT, ROOMY) == ROOMY.config
    coarse = replace(ROOMY, config=ROOMY.config.model_copy(update={"weights": "fp4"}))
    assert first(coarse, ROOMY) == ROOMY.config
    other = replace(ROOMY, config=ROOMY.config.model_copy(update={"model": "y"}))
    assert first(ROOMY, other) == other.config


def test_a_search_orders_equals_alike_and_plays_one_that_is_cheaper_to_the_horizon() -> None:
    rank = way(0.02).rank()
    assert [c.config for c in ordered([TIGHT, ROOMY], rank, 2)] == [ROOMY.config, TIGHT.config]
    assert [c.config for c in ordered([TIGHT, ROOMY], Rank(rank.cost), 2)] == [TIGHT.config, ROOMY.config]
    assert better(rank, [ROOMY], [TIGHT]) == 0
    assert better(rank, [TIGHT], [ROOMY]) is None
    assert better(way(0.0).rank(), [ROOMY], [TIGHT]) is None
    assert better(rank, [ROOMY], []) == 0


def test_load_ahead_runs_from_going_live_to_the_horizon() -> None:
    ahead = demand_ahead(demand(), 0.02)
    live, horizon = demand().build_months, demand().horizon_months
    assert len(ahead) == len(range(live, horizon, 3))
    assert ahead[0].hourly_rps.max() == pytest.approx(1.02**live)
    assert max(d.hourly_rps.max() for d in ahead) < 1.02**horizon


def test_own_machines_never_cost_less_because_more_is_asked_of_them() -> None:
    costs: list[float] = []
    for volume in ("2.5M", "4.5M"):
        study = study_from_text(BANK.replace("VOLUME", volume), "bank.yaml")
        found = decide(study, base_folder=Path(), seed=0, as_of=date(2026, 11, 23), draws=256)
        costs.append(math.fsum(next(o for o in found.options if o.kind == "self_host_owned").cost_usd_per_month))
    assert costs[0] < costs[1]
