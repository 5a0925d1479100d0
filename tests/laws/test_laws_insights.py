"""What stands beside the verdict is true on the same numbers: flips, gates, quality, information, the other side."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_laws_decision import VOLUME, decision

from steelyard.decision.gate_costs import gate_costs, removal
from steelyard.decision.quality_doubt import quality_steps
from steelyard.decision.robustness import runner_up
from steelyard.decision.verdict import choose
from steelyard.domain.claims import GateFinding
from steelyard.domain.ledger import Ledger
from steelyard.options.option import REQUESTS, Option

KINDS = ("buy_api", "buy_hosted_open_weights", "self_host_rented", "self_host_owned")
GATES = ("data", "quality", "licence", "context")


def made_up(index: int, blocked: frozenset[str], chance: float | None = None, whose: str = "law") -> Option:
    gates = tuple(GateFinding(gate=g, answer="blocked", rule=f"rule of {g}", whose=whose if g == "data" else "")
                  for g in sorted(blocked))  # fmt: skip
    return Option(id=f"o{index}", label=f"Buy o{index} from s", kind=KINDS[index % len(KINDS)], model=f"m{index}",
                  ledger=Ledger(f"o{index}", (), ()), gates=gates, chance_no_worse=chance)  # fmt: skip


WORLDS = st.lists(
    st.tuples(st.floats(1e4, 1e8), st.frozensets(st.sampled_from(GATES), max_size=3), st.floats(0, 1)),
    min_size=1, max_size=8,
)  # fmt: skip


@given(WORLDS)
def test_opening_a_gate_never_makes_the_best_dearer_and_its_cost_is_that_difference(world) -> None:
    options = [made_up(i, blocked) for i, (_, blocked, _) in enumerate(world)]
    score = np.array([cost for cost, _, _ in world])
    rows = {row.gate: row for row in gate_costs(options, score, 36)}
    assert set(rows) == {g for _, blocked, _ in world for g in blocked}
    best = min((c for c, blocked, _ in world if not blocked), default=None)
    for gate, row in rows.items():
        without = min((c for c, blocked, _ in world if blocked <= {gate}), default=None)
        assert row.cost_usd == (None if best is None or without is None else pytest.approx(best - without))
        assert row.cost_usd is None or row.cost_usd >= 0
        assert set(row.opens) == {f"o{i}" for i, (_, blocked, _) in enumerate(world) if blocked == {gate}}


@given(WORLDS)
def test_removing_the_sensitive_part_opens_what_only_data_rules_block(world) -> None:
    options = [made_up(i, blocked) for i, (_, blocked, _) in enumerate(world)]
    score = np.array([cost for cost, _, _ in world])
    opened = removal(options, score)
    expected = {f"o{i}" for i, (_, blocked, _) in enumerate(world) if blocked == {"data"}}
    assert (opened is None) == (not expected)
    if opened is not None:
        assert set(opened.opens) == expected
        assert opened.saving_usd is None or opened.saving_usd >= 0


def test_a_seller_that_bars_the_user_is_not_opened_by_removing_data() -> None:
    options = [made_up(0, frozenset()), made_up(1, frozenset({"data"}), whose="vendor's terms")]
    assert removal(options, np.array([2e6, 1e6])) is None


@given(WORLDS, st.floats(0, 1))
def test_quality_steps_cover_every_chance_once_and_each_says_what_the_rule_chooses_there(world, asked) -> None:
    options = [made_up(i, blocked, chance) for i, (_, blocked, chance) in enumerate(world)]
    score = np.array([cost for cost, _, _ in world])
    steps = quality_steps(options, score, least_chance=asked)
    assert steps[0].from_chance == 0
    assert steps[-1].to_chance == 1
    assert all(a.to_chance == b.from_chance and a.option != b.option for a, b in itertools.pairwise(steps))
    assert sum(step.asked_now for step in steps) == 1
    for step in steps:
        middle = (step.from_chance + step.to_chance) / 2
        allowed = [blocked <= {"quality"} and chance >= step.to_chance for _, blocked, chance in world]
        choice = choose(score, [o.kind for o in options], [o.id for o in options], allowed)
        if middle < step.to_chance:
            assert step.option == (options[choice.index].id if choice else None)


@pytest.mark.parametrize("volume", [2e5, VOLUME, 6e7, 1e8])
def test_each_flip_holds_from_both_sides_on_all_draws(volume: float) -> None:
    done = decision(volume)
    found, model = done.findings, done.model
    kinds, ids = [o.kind for o in found.options], [o.id for o in found.options]
    groups = {group.name: group for group in done.groups}
    chosen = found.choice.index
    for flip in done.flips:
        if flip.at is None:
            continue
        assert flip.checked
        factor = flip.at / groups[flip.input].expected
        step = 1.011 if factor > 1 else 1 / 1.011

        def winner(f: float, members=groups[flip.input].members) -> int:
            costs = model.priced(dict.fromkeys(members, f), range(len(ids))).mean(axis=0)
            return choose(costs, kinds, ids, found.feasible).index

        assert winner(factor / step) == chosen
        assert ids[winner(factor * step)] != ids[chosen]


def test_information_is_worth_no_more_than_all_of_it_and_nets_its_cost_and_delay() -> None:
    for volume in (VOLUME, 6e7):
        done = decision(volume)
        for row in done.insights.information:
            if row.concerns == "cost":
                assert 0 <= row.worth_up_to_usd <= done.evpi_usd * (1 + 1e-9)
            if row.net_worth_usd is not None:
                assert row.net_worth_usd == pytest.approx(row.worth_up_to_usd - row.cost_usd - row.delay_usd)
                assert row.net_worth_usd <= row.worth_up_to_usd


def test_the_case_for_the_runner_up_is_true_on_the_same_draws() -> None:
    done = decision(6e7)
    found, case = done.findings, done.insights.advocate
    ids = [o.id for o in found.options]
    rival, chosen = ids.index(case.option), found.choice.index
    gain = found.costs[:, chosen] - found.costs[:, rival]
    assert rival == runner_up(found.score, chosen, found.feasible)
    assert case.wins_fraction == pytest.approx((gain > 0).mean())
    assert case.extra_usd == pytest.approx(found.score[rival] - found.score[chosen])
    assert case.saving_where_it_wins_usd == pytest.approx(gain[gain > 0].mean() if (gain > 0).any() else 0.0)
    assert case.arguments or case.wins_fraction == 0


def test_influences_are_shares_and_the_volume_moves_a_choice_that_hangs_on_it() -> None:
    done = decision(6e7)
    rows = {row.input: row for row in done.insights.influences}
    assert all(0 <= row.share_of_variance <= 1 for row in rows.values())
    assert sum(row.share_of_variance for row in rows.values()) <= 1.1
    assert {row.input for row in done.insights.influences[:2]} == {"Requests a month", "API and hosted token prices"}
    assert rows["Requests a month"].share_of_variance > 0.3


def test_convergence_names_the_margin_and_more_draws_halve_its_error() -> None:
    error = decision(6e7).insights.convergence
    assert error.margin_standard_error_usd > 0
    assert error.margin_usd == pytest.approx(
        min(c for i, c in enumerate(decision(6e7).findings.score) if i != decision(6e7).findings.choice.index)
        - decision(6e7).findings.score[decision(6e7).findings.choice.index])  # fmt: skip


def test_break_even_price_falls_with_volume_and_costs_meet_there() -> None:
    done = decision(6e7)
    surface = done.insights.surface
    prices = [p.break_even_usd_per_request for p in surface.curve if p.break_even_usd_per_request is not None]
    assert len(prices) >= 10
    assert all(a >= b * 0.98 for a, b in itertools.pairwise(prices))
    model, ids = done.model, [o.id for o in done.findings.options]
    now = float((model.first_month(model.options[ids.index(surface.bought_option)])
                 / model.draws.values[REQUESTS][:, 0]).mean())  # fmt: skip
    point = surface.curve[len(surface.curve) // 2]
    factors = {REQUESTS: point.requests_per_month / done.findings.demand.requests_per_month,
               "price_factor.seller.seller/today": point.break_even_usd_per_request / now}  # fmt: skip
    costs = model.scaled(factors).mean(axis=0)
    assert costs[ids.index(surface.bought_option)] == pytest.approx(costs[ids.index(point.own_option)], rel=0.02)


def test_ownership_focus_and_speed_are_the_ledger_s_own_lines() -> None:
    done = decision(6e7)
    rows, model = done.insights.tradeoffs, done.model
    own = next(o for o in model.options if o.id == rows.own_option)
    worth = model.line_means(own).npv_usd
    people = sum(worth[line.id] for line in own.ledger.lines if line.group == "people")
    assert rows.focus_usd == pytest.approx(people)
    assert rows.focus_engineer_months > 0
    assert rows.speed_usd > 0
    premium = done.findings.ownership_premium_usd_per_month
    assert rows.ownership_premium_usd_per_month == premium


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(3)))
def test_order_of_options_changes_nothing_beside_the_verdict(order) -> None:
    first, second = decision(6e7), decision(6e7, order=tuple(order))
    assert first.insights.gate_costs == second.insights.gate_costs
    assert first.insights.quality_steps == second.insights.quality_steps
    assert first.insights.advocate.option == second.insights.advocate.option
    assert first.insights.convergence.margin_usd == pytest.approx(second.insights.convergence.margin_usd)


def test_renaming_options_changes_nothing_but_names() -> None:
    from test_laws_decision import study, world  # noqa: PLC0415

    from steelyard.decision.decide import decide_options  # noqa: PLC0415

    demand, options, draws = world(6e7)
    renamed = [replace(o, id=f"z{9 - i}", ledger=replace(o.ledger, option=f"z{9 - i}")) for i, o in enumerate(options)]
    one = decide_options(study(), demand, options, draws, names={}, costs_of_measuring={})
    two = decide_options(study(), demand, renamed, draws, names={}, costs_of_measuring={})
    assert one.verdict == two.verdict
    assert one.confidence == two.confidence
    assert one.regret_usd == two.regret_usd
    assert [f.at for f in one.flips] == [f.at for f in two.flips]
    assert one.findings.choice.index == two.findings.choice.index
