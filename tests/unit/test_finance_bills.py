"""API bills: tiers by whole request, fallbacks for cache classes, batch, fees, and the same figures as floats."""

from datetime import date
from decimal import Decimal

import pytest

from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.price import RateCard, TokenPrices, TokenTier
from steelyard.domain.traffic import JointHistogram, TierTokens, TokenTotals
from steelyard.finance.bills import CacheUse, bill_usd, price_per_request, price_per_request_from_lengths

EVIDENCE = Evidence(source="made up for the test", as_of=date(2026, 11, 1), grade=Grade.ESTIMATE)
LOW = TokenPrices(uncached_input=Decimal("1.25"), output=Decimal(10), cache_read=Decimal("0.125"),
                  cache_write_5m=Decimal("1.5"))  # fmt: skip
HIGH = TokenPrices(uncached_input=Decimal("2.50"), output=Decimal(15))


def card(**more):
    tiers = (TokenTier(above_input_tokens=0, prices=LOW), TokenTier(above_input_tokens=200_000, prices=HIGH))
    return RateCard(**{"seller": "s", "model": "m", "open_weights": False, "tiers": tiers, "evidence": EVIDENCE} | more)


def band(above, requests, **tokens):
    return TierTokens(above_input_tokens=above, requests=requests, tokens=TokenTotals(**tokens))


BANDS = (
    band(0, 3, uncached_input=1_000_000, cache_read=400_000, cache_write_5m=200_000, cache_write_1h=100_000,
         output=50_000),
    band(200_000, 1, uncached_input=250_000, cache_read=50_000, output=2_000),
)  # fmt: skip


def test_every_class_by_hand():
    bill = bill_usd(card(per_request_usd=Decimal("0.01")), BANDS)
    assert bill.uncached_input == Decimal("1.25") + Decimal("0.625")  # 1 M x 1.25 + 0.25 M x 2.50
    assert bill.cache_read == Decimal("0.05") + Decimal("0.125")  # 0.4 M x 0.125 + 0.05 M x 2.50, no cache price
    assert bill.cache_write == Decimal("0.30") + Decimal("0.15")  # 0.2 M x 1.5 + 0.1 M x 1.5, no 1 h price
    assert bill.output == Decimal("0.5") + Decimal("0.03")
    assert bill.fees == Decimal("0.04")
    assert bill.exact
    assert bill.usd_to_the_cent == Decimal("3.07")


def test_batch_and_region_change_tokens_not_fees():
    plain = bill_usd(card(per_request_usd=Decimal("0.01")), BANDS)
    dear = bill_usd(card(per_request_usd=Decimal("0.01"), batch_discount=0.5, regional_uplift=0.1), BANDS,
                    batch_share=0.4, in_region=True)  # fmt: skip
    assert dear.usd - dear.fees == (plain.usd - plain.fees) * Decimal("0.8") * Decimal("1.1")
    assert dear.fees == plain.fees
    assert bill_usd(card(), BANDS, batch_share=1.0).usd == bill_usd(card(), BANDS).usd  # no batch service known


def test_bands_not_cut_at_the_threshold_are_not_called_exact():
    uncut = (band(0, 1, uncached_input=300_000),)
    assert not bill_usd(card(), uncut).exact
    assert bill_usd(card(tiers=card().tiers[:1]), uncut).exact
    short = (band(0, 9, uncached_input=90_000),)
    assert bill_usd(card(), short).exact  # even all of it in one request stays below the threshold


def test_half_a_cent_goes_up():
    one = card(tiers=(TokenTier(above_input_tokens=0, prices=TokenPrices(uncached_input=Decimal("0.5"), output=0)),))
    assert bill_usd(one, (band(0, 1, uncached_input=10_000),)).usd_to_the_cent == Decimal("0.01")


def test_price_per_request_is_the_bill_over_requests():
    price = price_per_request(card(), BANDS)
    assert price.usd * 4 == pytest.approx(float(bill_usd(card(), BANDS).usd))
    assert price.output * 4 == pytest.approx(0.53)


JOINT = JointHistogram(input_edges=(0, 150_000, 400_000), output_edges=(0, 1000), counts=((3,), (1,)),
                       input_sums=((300_000,), (250_000,)), output_sums=((600,), (400,)))  # fmt: skip


def test_price_from_lengths_puts_each_cell_into_its_tier():
    price = price_per_request_from_lengths(card(), JOINT, CacheUse(read_fraction=0.5, write_5m_fraction=0.1))
    assert price.uncached_input == pytest.approx((0.4 * 300_000 * 1.25 + 0.4 * 250_000 * 2.5) / 1e6 / 4)
    assert price.cache_read == pytest.approx((0.5 * 300_000 * 0.125 + 0.5 * 250_000 * 2.5) / 1e6 / 4)
    assert price.cache_write == pytest.approx((0.1 * 300_000 * 1.5 + 0.1 * 250_000 * 2.5) / 1e6 / 4)
    assert price.output == pytest.approx((600 * 10 + 400 * 15) / 1e6 / 4)


def test_more_tokens_of_another_model_may_cross_a_threshold():
    price = price_per_request_from_lengths(card(), JOINT, input_token_ratio=0.5, output_token_ratio=2.0)
    assert price.uncached_input == pytest.approx(0.5 * 550_000 * 1.25 / 1e6 / 4)
    assert price.output == pytest.approx(2 * 1000 * 10 / 1e6 / 4)
