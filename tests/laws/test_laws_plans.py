"""Plans of several ways to serve: what they add is charged, pure forms are their limits, triggers look back only."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import option_example as ex
from steelyard.decision.verdict import choose
from steelyard.finance.emit_javascript import emit_javascript
from steelyard.finance.evaluate import evaluate
from steelyard.finance.stopping import NEVER, Boundary, fit_boundary, fit_date, stopped_in
from steelyard.options.bought import bought_option, services_of
from steelyard.options.cascade import ESCALATED, cascade_option
from steelyard.options.overflow import SERVED_SHARE, Base, Beyond, Orders, overflow_option, served_table, stepped
from steelyard.options.self_hosted import owned_option
from steelyard.options.staged import BEGIN_MONTH, BEGUN, Trigger, staged_option
from steelyard.study.staged_plan import with_trigger_gate

TODAY = ("routing.build_engineer_days", 15.0), ("routing.upkeep_engineer_days_per_year", 12.0)


def values(ledger, path, **more):
    drawn = dict(ex.draws(ledger.inputs, months=len(path)).values)
    drawn["requests_per_month"] = np.asarray(path, dtype=float)[None, :]
    for name, number in (*TODAY, *more.items()):
        if name in ledger.inputs:
            drawn[name] = np.full((1, 1), number)
    drawn = {name: array[:1] for name, array in drawn.items()}
    return evaluate(ledger, drawn, len(path))


def beyond(demand, *, runs_today: bool = True) -> Beyond:
    return Beyond(services_of(ex.card(), demand), 0.0, runs_today=runs_today, switching=True)


def overflow(demand, units, *, edges=((),), months=(1,), lead=4, server=True):
    base = Base(ex.candidate(), server=ex.server()) if server else Base(
        ex.candidate(), offer=ex.offer("reserved_1y", 1.4, term=12), on_demand=ex.offer())  # fmt: skip
    return overflow_option(base, beyond(demand), demand, Orders(months, lead, edges, units))


def test_a_base_of_nothing_buys_everything_and_holds_no_machine() -> None:
    demand = ex.demand()
    got = values(overflow(demand, ((0,),)).ledger, [1e6] * 36)
    whole = values(bought_option(ex.card(), demand).ledger, [1e6] * 36)
    for line in ("uncached_input", "output"):
        assert got.lines[f"beyond_{line}"] == pytest.approx(whole.lines[line])
    assert got.lines["servers_bought"].sum() == 0


def test_a_base_beyond_every_hour_buys_nothing_once_live_and_costs_its_servers() -> None:
    demand = ex.demand()
    got = values(overflow(demand, ((1,),)).ledger, [1e6] * 36)
    pure = values(owned_option(ex.candidate(), ex.server(), demand, interim=None, lead_months=4).ledger, [1e6] * 36)
    assert (got.lines["beyond_output"][0, :4] > 0).all()
    assert (got.lines["beyond_output"][0, 4:] == 0).all()
    for line in ("servers_bought", "power", "colocation", "run_people", "residual"):
        assert got.lines[line] == pytest.approx(pure.lines[line]), line


@pytest.mark.parametrize("server", [True, False])
def test_a_mix_is_charged_routing_its_upkeep_and_an_evaluation_more(server) -> None:
    lead = 4 if server else 3
    got = values(overflow(ex.demand(), ((1,),), lead=lead, server=server).ledger, [1e6] * 36)
    salary = ex.VALUES["staffing.ml_platform_engineer_usd_per_year"]
    assert got.lines["routing"].sum() == pytest.approx(15 * salary / 220)
    assert got.lines["mix_evaluation"].sum() == pytest.approx(3_000)
    assert got.lines["evaluation"].sum() == pytest.approx(3_000)
    assert (got.lines["routing_upkeep"][0, lead:] > 0).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.1, 10), min_size=168, max_size=168), st.floats(0, 15))
def test_the_share_carried_is_that_of_the_week_hour_by_hour(hours, capacity) -> None:
    xs, ys = served_table(hours)
    relative = np.asarray(hours) / np.mean(hours)
    exact = np.minimum(relative, capacity).sum() / 168
    assert np.interp(capacity, xs, ys) == pytest.approx(exact, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.2, 5))
def test_the_parts_of_a_mix_serve_every_request_once(volume) -> None:
    """What is bought beyond the base is what the base leaves, in requests."""
    demand = ex.demand(3e7)
    path = [3e7 * volume] * 12
    got = values(overflow(demand, ((1,),)).ledger, path)
    paid = got.lines["beyond_output"][0] / (path[0] * ex.N_OUT * 4 / 1e6)
    assert paid == pytest.approx(1.0 - got.quantities[SERVED_SHARE][0])


def test_orders_see_only_the_volume_of_months_before() -> None:
    """Volume from the month of an order on changes no machine held by it."""
    demand = ex.demand(1e6)
    option = overflow(demand, ((1,), (1, 3)), edges=((), (2.0,)), months=(1, 7), lead=4)
    calm, later = [1e6] * 36, [1e6] * 6 + [9e6] * 30
    seen = [1e6] * 5 + [2.5e6] + [1e6] * 30
    held = [values(option.ledger, path).quantities["servers"][0] for path in (calm, later, seen)]
    assert held[0].tolist() == held[1].tolist()
    assert held[2][9] == 1
    assert held[2][10] == 3  # ordered at the start of month 7, on month 6, in service four months later


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.1, 50), min_size=1, max_size=5, unique=True), st.floats(0, 100))
def test_a_table_of_steps_is_a_staircase(edges, x) -> None:
    edges = sorted(edges)
    steps = [float(n) for n in range(len(edges) + 1)]
    table = stepped(0.0, edges, steps)
    if min(abs(x / edge - 1) for edge in edges) < 1e-6 or any(b / a < 1 + 1e-6 for a, b in zip(edges, edges[1:])):  # noqa: B905, RUF007
        return
    lookup = table.expression
    got = np.interp(x, lookup.xs, lookup.ys)
    assert got == pytest.approx(np.searchsorted(edges, x, side="right"))


def staged(demand, trigger, *, server=True):
    base = Base(ex.candidate(), server=ex.server()) if server else Base(ex.candidate(), offer=ex.offer())
    return staged_option(base, beyond(demand), demand, trigger, wait_months=4, start_up_s=300.0)


def never(n=31):
    return Trigger("volume", (NEVER,) * n)


@pytest.mark.parametrize("server", [True, False])
def test_a_trigger_that_never_fires_costs_what_buying_costs(server) -> None:
    demand = ex.demand()
    got = values(staged(demand, never(), server=server).ledger, [1e6] * 36)
    assert got.total == pytest.approx(
        values(bought_option(ex.card(), demand, switching=False).ledger, [1e6] * 36).total
    )


@pytest.mark.parametrize("server", [True, False])
def test_building_later_costs_what_building_now_costs_so_many_months_later(server) -> None:
    demand = ex.demand()
    plan = staged(demand, None, server=server).ledger
    early, late = (values(plan, [1e6] * 36, **{BEGIN_MONTH: float(m)}) for m in (2, 9))
    for line in ("build_people", "evaluation", "run_people", "ramp"):
        assert late.lines[line][0, 7:] == pytest.approx(early.lines[line][0, :-7]), line
    assert late.lines["build_people"][0, :8].sum() == 0
    assert (late.lines["until_live_output"][0, 12:] == 0).all()  # four months after month 9
    assert (late.lines["until_live_output"][0, :12] > 0).all()


def test_a_trigger_sees_only_the_month_before() -> None:
    demand = ex.demand()
    trigger = Trigger("volume", (2.0,) * 31)
    path = [1e6] * 9 + [2.5e6] + [1e6] * 26
    begun = values(staged(demand, trigger).ledger, path).quantities[BEGUN][0]
    assert begun[9] == 0  # month 10 is the first above
    assert begun[10] == 1
    assert begun[10:].all()


def test_a_price_trigger_and_a_date_fire_when_they_say() -> None:
    demand = ex.demand()
    name = "price_factor.seller.seller/today"
    ledger = staged(demand, Trigger("price", (1.5,) * 31)).ledger
    assert values(ledger, [1e6] * 36, **{name: 1.4}).quantities[BEGUN].sum() == 0
    assert values(ledger, [1e6] * 36, **{name: 1.6}).quantities[BEGUN][0, 1:].all()
    dated = staged(demand, Trigger("date", tuple(0.0 if m == 8 else NEVER for m in range(2, 33)))).ledger
    assert np.broadcast_to(values(dated, [1e6] * 36).quantities[BEGUN], (1, 36))[0].tolist() == [0.0] * 7 + [1.0] * 29


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_a_fitted_boundary_never_costs_more_than_waiting_for_ever_before_it_is_smoothed(seed) -> None:
    rng = np.random.default_rng(seed)
    never_usd, stop = rng.random(60) * 10, rng.random((60, 1)) * 10
    fitted = fit_boundary(rng.random((60, 1)), stop, never_usd)  # one month: nothing to smooth over
    assert fitted.usd <= never_usd.mean() + 1e-12
    assert fit_date(stop, never_usd).usd <= never_usd.mean() + 1e-12


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 8))
def test_one_months_boundary_is_the_best_of_all_there_are(seed, n) -> None:
    rng = np.random.default_rng(seed)
    seen, stop, never_usd = rng.integers(0, 4, (n, 1)) / 1.0, rng.random((n, 1)), rng.random(n)
    by_trying = min(float(np.where(seen[:, 0] >= edge, stop[:, 0], never_usd).mean())
                    for edge in (*np.unique(seen), np.inf))  # fmt: skip
    assert fit_boundary(seen, stop, never_usd).usd == pytest.approx(by_trying)


def test_a_boundary_finds_the_value_of_waiting_known_exactly() -> None:
    """Volume is 1 or 9 for good, seen in month 1: building pays only for 9, and waiting a month tells which."""
    high = np.arange(2_000) % 2 == 0
    volume = np.where(high, 9.0, 1.0)[:, None] * np.ones((1, 6))
    never_usd = np.where(high, 90.0, 10.0)
    stop = np.full((2_000, 6), 40.0)
    fitted = fit_boundary(volume, stop, never_usd)
    assert fitted.usd == pytest.approx((40.0 + 10.0) / 2)
    assert (stopped_in(volume, fitted)[high] < 6).all()
    assert set(stopped_in(volume, fitted)[~high]) == {6}
    assert not Boundary(np.full(6, NEVER), 0.0).stops


def plans_of(demand):
    """One plan of every kind."""
    cheap = ex.card("seller/small", uncached="0.1", output="0.4")
    return {
        "overflow": overflow(demand, ((1,), (1, 3)), edges=((), (2.0,)), months=(1, 7)),
        "overflow, rented": overflow(demand, ((1,), (1, 2), (0, 2)), edges=((), (1.1,), (3.0,)), months=(1, 13, 25),
                                     lead=3, server=False),
        "staged": staged(demand, Trigger("volume", (1.05,) * 31)),
        "staged, rented": staged(demand, Trigger("volume", (1.05,) * 31), server=False),
        "cascade": cascade_option(cheap, beyond(demand), demand, escalated=ESCALATED),
    }  # fmt: skip


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node to run JavaScript")
def test_the_page_computes_every_plan_as_the_engine_does() -> None:
    demand, path = ex.demand(), [1e6 * 1.03**m for m in range(36)]
    for name, option in plans_of(demand).items():
        drawn = dict(ex.draws(option.ledger.inputs).values)
        drawn["requests_per_month"] = np.asarray(path)[None, :]
        inputs = {key: array[:1] for key, array in drawn.items()}
        mine = evaluate(option.ledger, inputs, 36)
        call = f"({emit_javascript(option.ledger)})({json.dumps({k: v[0].tolist() for k, v in inputs.items()})}, 36)"
        script = f"process.stdout.write(JSON.stringify({call}, (k, v) => v instanceof Float64Array ? [...v] : v));"
        ran = subprocess.run(["node", "-"], input=script, capture_output=True, text=True, check=True, timeout=60)
        theirs = np.asarray(json.loads(ran.stdout)["total"])
        assert theirs == pytest.approx(mine.total[0], rel=1e-9), name


def test_a_cascade_pays_the_first_on_all_and_the_second_on_what_is_passed_on() -> None:
    demand = ex.demand()
    option = plans_of(demand)["cascade"]
    got = values(option.ledger, [1e6] * 36)
    second = values(bought_option(ex.card(), demand).ledger, [1e6] * 36).lines["output"][0, 0]
    assert got.lines["second_output"][0, 0] == pytest.approx(second)  # month 1: the router is being built
    assert got.lines["second_output"][0, 1:] == pytest.approx(0.25 * second)
    assert got.lines["first_output"][0, 0] == 0
    assert got.lines["first_output"][0, 1] == pytest.approx(1e6 * ex.N_OUT * 0.4 / 1e6)
    assert got.lines["routing"].sum() > 0
    assert got.lines["mix_evaluation"].sum() == pytest.approx(3_000)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_passing_on_more_never_costs_less(a, b) -> None:
    option = plans_of(ex.demand())["cascade"]
    few, many = (values(option.ledger, [1e6] * 36, **{ESCALATED: share}).total.sum() for share in sorted((a, b)))
    assert few <= many * (1 + 1e-12)


def test_a_plan_that_costs_more_than_the_threshold_wins_nothing() -> None:
    """A useless plan beside the others changes no choice."""
    demand = ex.demand()
    options = [bought_option(ex.card(), demand, switching=False), *plans_of(demand).values()]
    cost = np.array([float(values(option.ledger, [1e6] * 36).total.sum()) for option in options])
    kinds, ids = [o.kind for o in options], [o.id for o in options]
    alone = choose(cost[:1], kinds[:1], ids[:1], [True])
    dear = [True, *(c > cost[0] + 1e5 for c in cost[1:])]
    beside = choose(cost, kinds, ids, dear)
    assert alone is not None
    assert beside is not None
    assert ids[alone.index] == ids[beside.index]
    assert sum(dear) > 1


@pytest.mark.parametrize(("month", "kind"), [(2, "self_host_owned"), (3, "staged")])
def test_building_at_once_carries_the_name_of_building(month, kind) -> None:
    dated = staged(ex.demand(), Trigger("date", tuple(0.0 if m == month else NEVER for m in range(2, 33))))
    assert with_trigger_gate(dated, ex.draws(dated.ledger.inputs)).kind == kind
