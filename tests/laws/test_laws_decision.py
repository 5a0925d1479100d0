"""The decision on made-up options: flips hold from both sides, odds sum to one, words agree with numbers."""

import pytest

import option_example as ex
from steelyard.decision.break_even import break_even_volumes
from steelyard.decision.cost_model import CostModel
from steelyard.decision.decide import decide_options
from steelyard.decision.sensitivity import find_flip, input_groups
from steelyard.decision.verdict import choose
from steelyard.domain.serving import Slo
from steelyard.domain.study import Economics, Study, Team, TrafficClass, TrafficNeeds
from steelyard.domain.uncertain import Uncertain
from steelyard.options.bought import bought_option, services_of, today_option
from steelyard.options.option import REQUESTS
from steelyard.options.self_hosted import Interim, rented_option
from steelyard.risk.inputs import StaticInput, VolumePath
from steelyard.risk.measures import p_best
from steelyard.risk.sample import sample

VOLUME = 2e7


def study(**changes) -> Study:
    base = Study(
        name="made-up", horizon_months=36, text="", where="study.yaml",
        traffic=TrafficNeeds(growth_per_month=Uncertain.point(0.0),
                             classes=(TrafficClass(name="all", share=1.0, slo=Slo()),)),
        team=Team(loaded_usd_per_year=Uncertain.point(240_000)),
        economics=Economics(discount_rate_per_year=Uncertain.point(0.1)),
    )  # fmt: skip
    return base.model_copy(update=changes)


def world(volume: float = VOLUME, n: int = 256, seed: int = 7):
    demand = ex.demand(volume)
    today = services_of(ex.card(), demand)
    options = [
        today_option(today, demand),
        bought_option(ex.card("seller/dear", uncached="2", output="8"), demand),
        rented_option(
            ex.candidate(), ex.offer(), demand, ex.catalogue(), interim=Interim(today, 0.0, running_today=True)
        ),
    ]
    fixed = {n: v for n, v in ex.VALUES.items() if n != "discount_rate_per_year"}
    names = sorted({name for o in options for name in o.ledger.inputs})
    base = Uncertain(p10=volume * 0.8, p50=volume, p90=volume * 1.25)
    specs = [VolumePath(REQUESTS, base, Uncertain.point(0.0), 0.05),
             StaticInput("discount_rate_per_year", Uncertain.point(0.1))]  # fmt: skip
    for name in names:
        if name.endswith(".migration"):
            specs.append(StaticInput(name, Uncertain.point(0.0)))
        elif name != REQUESTS:
            middle = fixed.get(name, 1.0)
            specs.append(StaticInput(name, Uncertain(p10=middle * 0.8, p50=middle, p90=middle * 1.25)))
    return demand, options, sample(specs, n_draws=n, n_months=36, seed=seed)


def test_flip_points_hold_from_both_sides() -> None:
    _, options, draws = world()
    model = CostModel(options, draws)
    kinds, ids, feasible = [o.kind for o in options], [o.id for o in options], [True] * len(options)

    def winner(name: str, factor: float) -> int:
        return choose(model.scaled({name: factor}).mean(axis=0), kinds, ids, feasible).index

    chosen = choose(model.base().mean(axis=0), kinds, ids, feasible).index
    found = 0
    for group in input_groups(draws, [n for o in options for n in o.ledger.inputs], {}):
        flip = find_flip(model, group, chosen, feasible, score=lambda costs: costs.mean(axis=0))
        if flip.factor is None or len(group.members) > 1:
            continue
        found += 1
        name, step = group.members[0], 1.001 if flip.factor > 1 else 1 / 1.001
        assert winner(name, flip.factor * step) != chosen
        assert winner(name, flip.factor / step) == chosen
    assert found >= 2


def test_break_even_volumes_lie_where_both_sides_cost_the_same() -> None:
    _, options, draws = world()
    model = CostModel(options, draws)
    points = break_even_volumes(model, VOLUME, score=lambda costs: costs.mean(axis=0))
    assert points
    for point in points:
        low = model.scaled({REQUESTS: point / VOLUME * 0.98}).mean(axis=0)
        high = model.scaled({REQUESTS: point / VOLUME * 1.02}).mean(axis=0)
        gap = [min(costs[0], costs[1]) - costs[2] for costs in (low, high)]
        assert gap[0] * gap[1] < 0 or min(abs(g) for g in gap) < 0.05 * low.min()


def test_scaling_an_input_no_ledger_uses_changes_nothing() -> None:
    _, options, draws = world()
    model = CostModel(options, draws)
    extra = {"discount_rate_per_year": 1.0}
    assert (model.scaled(extra) == model.base()).all()


def decision(volume: float = VOLUME, order: tuple[int, ...] = (0, 1, 2), **changes):
    demand, options, draws = world(volume)
    picked = [options[i] for i in order]
    return decide_options(study(**changes), demand, picked, draws, names={}, costs_of_measuring={})


def test_odds_sum_to_one_and_information_is_bounded() -> None:
    done = decision()
    costs = done.model.base()
    assert p_best(costs).sum() == pytest.approx(1.0)
    assert done.evpi_usd >= 0
    rows = [row for row in done.insights.information if row.concerns == "cost"]
    assert all(0 <= row.worth_up_to_usd <= done.evpi_usd * (1 + 1e-9) for row in rows)


def test_order_of_options_changes_no_verdict() -> None:
    first, second = decision(), decision(order=(2, 0, 1))
    assert first.verdict == second.verdict
    assert first.findings.chosen.id == second.findings.chosen.id
    assert first.confidence == second.confidence
    assert first.findings.break_even_requests == second.findings.break_even_requests


def test_small_traffic_keeps_today_and_large_traffic_builds() -> None:
    assert decision(2e5).verdict == "keep_today"
    assert decision(1e8).verdict == "self_host_rented"


def test_every_result_shows_rule_and_figures_side_by_side() -> None:
    done = decision(1e8)
    assert done.framework.says
    assert "100 M" in done.framework.why or "M requests" in done.framework.why
    assert [q.id for q in done.questions] == ["q1", "q2", "q3", "q4"]
    assert all(q.rule_source and q.finding for q in done.questions)
