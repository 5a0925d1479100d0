"""API bills by published price lists, worked by hand and equal to the cent.

Prices: genai-prices 0.2.3 (2026-11-10), which cites the sellers' price pages.
"""

from datetime import date
from decimal import Decimal

import pytest

from steelyard.domain.price import RateCard
from steelyard.domain.traffic import TierTokens, TokenTotals
from steelyard.facts import load_catalogue
from steelyard.finance.bills import bill_usd

CATALOGUE = load_catalogue(date(2026, 11, 23))


def card(name: str) -> RateCard:
    found = CATALOGUE.rate_card(name.split("/", maxsplit=1)[0], name)
    assert found is not None
    return found


def band(above: int, requests: int, **tokens: float) -> TierTokens:
    return TierTokens(above_input_tokens=above, requests=requests, tokens=TokenTotals(**tokens))


def usd(name: str, *bands: TierTokens, **options: float) -> Decimal:
    return bill_usd(card(name), bands, **options).usd_to_the_cent


def test_cached_input() -> None:
    # gpt-5.4-mini: 0.75 in, 0.075 cached, 4.50 out.
    # 40 M x 0.75 + 60 M x 0.075 + 10 M x 4.50 = 30.00 + 4.50 + 45.00
    got = usd("openai/gpt-5.4-mini", band(0, 100_000, uncached_input=40e6, cache_read=60e6, output=10e6))
    assert got == Decimal("79.50")


def test_cache_writes_of_both_lives() -> None:
    # claude-opus-5: 5 in, 0.50 read, 6.25 write (5 min), 10 write (1 h), 25 out.
    # 2 x 5 + 8 x 0.5 + 3 x 6.25 + 1 x 10 + 4 x 25 = 10 + 4 + 18.75 + 10 + 100
    tokens = {"uncached_input": 2e6, "cache_read": 8e6, "cache_write_5m": 3e6, "cache_write_1h": 1e6, "output": 4e6}
    assert usd("anthropic/claude-opus-5", band(0, 1_000, **tokens)) == Decimal("142.75")


def test_long_requests_are_priced_whole_at_their_tier() -> None:
    # gemini-2.5-pro: up to 200 k input 1.25 / 10, above it 2.50 / 15 on every token of the request.
    # short: 30 M x 1.25 + 1 M x 10 = 47.50; long: 30 M x 2.50 + 0.2 M x 15 = 78.00
    got = usd("google/gemini-2.5-pro", band(0, 10_000, uncached_input=30e6, output=1e6),
              band(200_000, 100, uncached_input=30e6, output=0.2e6))  # fmt: skip
    assert got == Decimal("125.50")


def test_long_context_cache_reads_have_their_own_price() -> None:
    # gpt-5.4 above 272 k: 5 in, 0.50 cached, 22.50 out: 1 x 5 + 9 x 0.5 + 0.1 x 22.5 = 11.75
    assert usd("openai/gpt-5.4", band(272_000, 30, uncached_input=1e6, cache_read=9e6, output=0.1e6)) == Decimal(
        "11.75"
    )


def test_batch_takes_half_off_its_share() -> None:
    # gpt-5.4-mini, all in batch: (100 x 0.75 + 10 x 4.50) / 2 = 60.00
    # a quarter in batch: 120 x (1 - 0.25 x 0.5) = 105.00
    one = band(0, 1, uncached_input=100e6, output=10e6)
    assert usd("openai/gpt-5.4-mini", one, batch_share=1.0) == Decimal("60.00")
    assert usd("openai/gpt-5.4-mini", one, batch_share=0.25) == Decimal("105.00")


@pytest.mark.parametrize(("uncached", "cached", "output"), [(1_234, 0, 56), (7, 65_432, 1), (250_001, 0, 8_000)])
def test_our_bill_is_the_price_packages_own(uncached: int, cached: int, output: int) -> None:
    from genai_prices import Usage, calc_price  # noqa: PLC0415

    for name in ("openai/gpt-5.4-mini", "openai/gpt-5.4", "google/gemini-2.5-pro", "anthropic/claude-opus-5"):
        seller, model = name.split("/")
        theirs = calc_price(
            Usage(input_tokens=uncached + cached, cache_read_tokens=cached, output_tokens=output), model_ref=model,
            provider_id=seller,
        ).total_price  # fmt: skip
        above = max(t.above_input_tokens for t in card(name).tiers if t.above_input_tokens < uncached + cached)
        ours = bill_usd(
            card(name), [band(int(above), 1, uncached_input=uncached, cache_read=cached, output=output)]
        ).usd
        assert ours == theirs, name
