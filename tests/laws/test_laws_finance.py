"""What must hold for any ledger, any cash flow, any price."""

import itertools
from datetime import date
from decimal import Decimal

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis.extra.numpy import arrays
from ledger_strategy import N_MONTHS, NUMBERS, ledgers

from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.ledger import Ledger
from steelyard.domain.price import RateCard, TokenPrices, TokenTier
from steelyard.domain.traffic import JointHistogram, TierTokens, TokenTotals
from steelyard.finance import builder as b
from steelyard.finance import measures as m
from steelyard.finance.bills import bill_usd, price_per_request, price_per_request_from_lengths
from steelyard.finance.evaluate import Rerun, evaluate
from steelyard.finance.explain import explain

N_DRAWS = 3
FLOWS = arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 48)),
               elements=st.floats(-1e6, 1e6).map(lambda x: round(x, 2)))  # fmt: skip
RATES = st.floats(-0.5, 2.0)


@given(ledgers(N_DRAWS))
def test_lines_months_and_total_agree(case):
    values = evaluate(*case, N_MONTHS)
    by_line = sum(values.lines.values())
    assert values.total == pytest.approx(by_line, rel=1e-12, abs=1e-9)
    assert sum(m.npv_usd(line, 0.1) for line in values.lines.values()) == pytest.approx(m.npv_usd(values.total, 0.1),
                                                                                    rel=1e-9, abs=1e-6)  # fmt: skip


@given(ledgers(N_DRAWS))
def test_what_is_kept_changes_no_figure(case):
    full = evaluate(*case, N_MONTHS)
    for keep in ("lines", "total"):
        assert np.array_equal(evaluate(*case, N_MONTHS, keep=keep).total, full.total)
    for line in case[0].lines:
        assert np.array_equal(full.lines[line.id], full.quantities[line.quantity])


@given(ledgers(N_DRAWS), st.permutations(range(N_DRAWS)))
def test_draws_do_not_know_each_other(case, order):
    ledger, inputs = case
    total = np.broadcast_to(evaluate(ledger, inputs, N_MONTHS).total, (N_DRAWS, N_MONTHS))
    shuffled = {k: v[list(order)] if len(v) > 1 else v for k, v in inputs.items()}
    assert np.array_equal(np.broadcast_to(evaluate(ledger, shuffled, N_MONTHS).total, total.shape), total[list(order)])


@given(ledgers(), st.integers(1, N_MONTHS))
def test_a_shorter_horizon_is_the_beginning_of_a_longer_one(case, n):
    ledger, inputs = case
    short = {k: v[:, :n] for k, v in inputs.items()}
    assert evaluate(ledger, short, n).total == pytest.approx(evaluate(ledger, inputs, N_MONTHS).total[:, :n])


@given(ledgers(N_DRAWS), st.randoms(use_true_random=False))
def test_lines_permute_freely(case, random):
    ledger, inputs = case
    lines = list(ledger.lines)
    random.shuffle(lines)
    other = evaluate(Ledger(ledger.option, ledger.quantities, tuple(lines)), inputs, N_MONTHS)
    assert other.total == pytest.approx(evaluate(ledger, inputs, N_MONTHS).total, rel=1e-12, abs=1e-9)


@given(ledgers(N_DRAWS), ledgers(N_DRAWS), st.data())
def test_recomputing_only_what_changed_changes_no_figure(case, other, data):
    ledger, inputs = case
    rerun = Rerun(ledger, inputs, N_MONTHS)
    assert np.array_equal(rerun.total, evaluate(ledger, inputs, N_MONTHS).total)
    names = data.draw(st.sets(st.sampled_from(sorted(other[1]))))
    changed = {name: other[1][name] for name in names}
    used = {name: value for name, value in changed.items() if name in inputs}
    assert np.array_equal(rerun.total_with(changed), evaluate(ledger, inputs | used, N_MONTHS).total)
    assert np.array_equal(rerun.total_with({}), rerun.total)


@given(ledgers())
def test_every_line_can_be_explained(case):
    ledger, inputs = case
    values = evaluate(ledger, inputs, N_MONTHS)
    for line in ledger.lines:
        assert explain(ledger, values, line.id, N_MONTHS)[0].startswith(f"{line.label}, month {N_MONTHS}: ")


@given(FLOWS, RATES)
def test_doubling_money_doubles_present_value(flow, rate):
    assert m.npv_usd(2 * flow, rate) == pytest.approx(2 * m.npv_usd(flow, rate))


@given(FLOWS)
def test_discounting_at_zero_is_the_sum(flow):
    assert m.npv_usd(flow, 0.0) == pytest.approx(flow.sum(axis=1), abs=1e-6)


@given(FLOWS, RATES, RATES)
def test_costs_are_worth_less_at_a_higher_rate(flow, a, c):
    low, high = sorted((a, c))
    cost = np.abs(flow)
    assert np.all(m.npv_usd(cost, low) >= m.npv_usd(cost, high) - 1e-6)


@given(FLOWS, RATES)
def test_a_level_cost_per_token_is_its_levelized_cost(tokens, rate):
    mtok = np.abs(tokens) + 1
    assert m.levelized_cost_usd_per_mtok(3.5 * mtok, mtok, rate) == pytest.approx(3.5)


@given(FLOWS)
def test_payback_odds_never_fall_and_a_larger_saving_pays_back_sooner(flow):
    odds = m.payback_odds(flow)
    assert np.all(np.diff(odds.prob_by_month) >= 0)
    assert odds.prob_within_horizon == np.mean(flow.cumsum(axis=1)[:, -1] > 0)
    more = m.payback_odds(flow + 1.0)
    assert np.all(more.prob_by_month >= odds.prob_by_month)
    assert m.payback_odds(flow[::-1]).prob_by_month == pytest.approx(odds.prob_by_month)


@given(arrays(np.float64, st.integers(2, 60), elements=st.floats(-1e4, 1e4).map(lambda x: round(x, 2))))
def test_the_present_value_at_an_internal_rate_is_nil(flow):
    for rate in m.irr(flow).yearly:
        scale = m.npv_usd(np.abs(flow)[None, :], rate)[0]
        assert abs(m.npv_usd(flow[None, :], rate)[0]) <= 1e-6 * scale


@given(st.floats(-0.2, 0.5), st.integers(1, 60))
def test_capital_recovery_pays_back_exactly(rate, n):
    annuity = m.capital_recovery_factor(rate, n)
    assert sum(annuity / (1 + rate) ** k for k in range(1, n + 1)) == pytest.approx(1.0)


@given(st.floats(0, 1e6), st.floats(0, 1e5), st.integers(1, 60), st.integers(1, 80))
def test_depreciation_adds_up_to_what_is_lost(cost, residual, life, n):
    assume(residual <= cost)
    yearly = m.straight_line_depreciation_usd(cost, residual, life, max(n, life))
    assert yearly.sum() == pytest.approx(cost - residual, abs=1e-6)


@given(st.lists(st.floats(1.1, 9e5), max_size=3))
def test_every_well_separated_crossing_is_found(roots):
    roots = sorted(roots)
    assume(all(high / low > 1.3 for low, high in itertools.pairwise(roots)))
    found = m.find_crossings(lambda x: np.prod([np.log(x / r) for r in roots], axis=0) if roots else x, 1.0, 1e6)
    assert found == pytest.approx(roots, rel=1e-8)


PRICES = st.decimals(0, 100, places=3)
COUNTS = st.integers(0, 10**9)


@st.composite
def cards(draw):
    tiers = [
        TokenTier(
            above_input_tokens=above,
            prices=TokenPrices(
                uncached_input=draw(PRICES),
                output=draw(PRICES),
                cache_read=draw(st.none() | PRICES),
                cache_write_5m=draw(st.none() | PRICES),
                cache_write_1h=draw(st.none() | PRICES),
            ),
        )
        for above in (0, 1000)
    ]
    evidence = Evidence(source="made up", as_of=date(2026, 1, 1), grade=Grade.ESTIMATE)
    return RateCard(seller="s", model="m", open_weights=False, tiers=tuple(tiers), evidence=evidence,
                    batch_discount=draw(st.none() | st.sampled_from([0.25, 0.5])),
                    per_request_usd=draw(st.decimals(0, 1, places=4)))  # fmt: skip


BANDS = st.tuples(*[
    st.builds(TierTokens, above_input_tokens=st.just(above), requests=st.integers(1, 10**6), tokens=st.builds(
        TokenTotals, uncached_input=COUNTS, cache_read=COUNTS, cache_write_5m=COUNTS, cache_write_1h=COUNTS,
        output=COUNTS)) for above in (0, 1000)])  # fmt: skip


@given(cards(), BANDS, st.sampled_from([0.0, 0.25, 1.0]))
def test_bills_add_up_and_order_does_not_matter(card, bands, batch):
    bill = bill_usd(card, bands, batch_share=batch)
    assert bill.exact
    assert bill.usd == sum(bill_usd(card, (band,), batch_share=batch).usd for band in bands)
    assert bill_usd(card, bands[::-1], batch_share=batch).usd == bill.usd
    requests = sum(band.requests for band in bands)
    assert price_per_request(card, bands, batch_share=batch).usd * requests == pytest.approx(float(bill.usd))


@given(cards(), BANDS, st.decimals(0, 5, places=2), st.sampled_from([0.0, 0.5]))
def test_a_dearer_card_never_lowers_a_bill(card, bands, more, batch):
    tiers = tuple(
        tier.model_copy(
            update={
                "prices": tier.prices.model_copy(
                    update={"output": tier.prices.output + more, "uncached_input": tier.prices.uncached_input + more}
                )
            }
        )
        for tier in card.tiers
    )
    dearer = card.model_copy(update={"tiers": tiers})
    assert bill_usd(dearer, bands, batch_share=batch).usd >= bill_usd(card, bands, batch_share=batch).usd
    assert bill_usd(card, bands, batch_share=batch).usd <= bill_usd(card, bands).usd


@given(
    cards(), st.lists(st.tuples(st.integers(1, 3000), st.integers(1, 500), st.integers(1, 9)), min_size=1, max_size=5)
)
def test_lengths_and_counted_tokens_give_the_same_price(card, cells):
    """A histogram with one cell per length prices each request as the bill does."""
    n = len(cells)
    diagonal = np.diag([float(count) for _, _, count in cells])
    sums = [np.diag([float(cell[k] * cell[2]) for cell in cells]) for k in (0, 1)]
    joint = JointHistogram(input_edges=tuple(range(n + 1)), output_edges=tuple(range(n + 1)),
                           counts=tuple(map(tuple, diagonal)), input_sums=tuple(map(tuple, sums[0])),
                           output_sums=tuple(map(tuple, sums[1])))  # fmt: skip
    bands = [
        TierTokens(
            above_input_tokens=1000 if i > 1000 else 0,
            requests=count,
            tokens=TokenTotals(uncached_input=i * count, output=o * count),
        )
        for i, o, count in cells
    ]
    assert price_per_request_from_lengths(card, joint).usd == pytest.approx(price_per_request(card, bands).usd)


@given(NUMBERS, st.decimals(0, 1, places=2))
def test_zero_traffic_leaves_the_fixed_lines(fixed, price):
    book = b.LedgerBuilder("x")
    book.line("tokens", book.input("requests", "request/month", "Requests") * float(price), group="tokens", label="t")
    book.line("fixed", b.month() * 0 + fixed, group="other", label="f")
    values = evaluate(book.build(), {"requests": 0.0}, 3)
    assert np.array_equal(values.total, values.lines["fixed"])
    assert (
        Decimal(0)
        == bill_usd(
            RateCard(
                seller="s",
                model="m",
                open_weights=False,
                tiers=(TokenTier(above_input_tokens=0, prices=TokenPrices(uncached_input=price, output=price)),),
                evidence=Evidence(source="made up", as_of=date(2026, 1, 1), grade=Grade.ESTIMATE),
            ),
            (),
        ).usd
    )
