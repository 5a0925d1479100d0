"""Lines of a log's document: by model, month and day, each day at its own price list."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from steelyard.domain.traffic import ModelTraffic, TierTokens, TokenTotals
from steelyard.domain.traffic_details import DayTotals
from steelyard.finance.bills import bill_usd
from steelyard.ingest.daily import USED, DayUsage
from steelyard.study.day_prices import DayPrices, Price
from steelyard.study.log_document import DayLine, ModelLine, MonthLine

__all__ = ["PricedUsage", "day_lines", "days_with_prices", "model_lines", "month_lines", "priced"]


class PricedUsage(NamedTuple):
    """Usage of a day with its list price, None where it is set aside or no list is known."""

    usage: DayUsage
    price: Price | None


def priced(days: Sequence[DayUsage], prices: DayPrices) -> tuple[PricedUsage, ...]:
    """Return each line of usage with its price."""
    return tuple(PricedUsage(usage, prices.price(usage) if usage.status == USED else None) for usage in days)


def day_lines(lines: Sequence[PricedUsage]) -> tuple[DayLine, ...]:
    """Return the lines as printed."""
    return tuple(
        DayLine(day=usage.day, model=usage.model, operation=usage.operation, status=usage.status, rows=usage.rows,
                requests=usage.requests, tokens=usage.tokens.model_dump(), usd=price.usd if price else None,
                logged_usd=usage.logged_usd)
        for usage, price in lines
    )  # fmt: skip


def days_with_prices(days: Sequence[DayTotals], lines: Sequence[PricedUsage]) -> tuple[DayTotals, ...]:
    """Return the days with the sum of their list prices."""
    sums: dict[date, float] = {}
    for usage, price in lines:
        if price is not None:
            sums[usage.day] = sums.get(usage.day, 0.0) + price.usd
    return tuple(day.model_copy(update={"usd": sums.get(day.day)}) for day in days)


def month_lines(lines: Sequence[PricedUsage]) -> tuple[MonthLine, ...]:
    """Return the used lines by calendar month."""
    months: dict[str, list[PricedUsage]] = {}
    for line in lines:
        if line.usage.status == USED:
            months.setdefault(f"{line.usage.day:%Y-%m}", []).append(line)
    return tuple(_month(name, months[name]) for name in sorted(months))


def _month(name: str, lines: Sequence[PricedUsage]) -> MonthLine:
    return MonthLine(
        month=name, days=len({usage.day for usage, _ in lines}), requests=sum(usage.requests for usage, _ in lines),
        tokens={k: sum(getattr(usage.tokens, k) for usage, _ in lines) for k in TokenTotals.model_fields},
        usd=total_usd([price.usd for _, price in lines if price is not None]),
        logged_usd=total_usd([usage.logged_usd for usage, _ in lines if usage.logged_usd is not None]),
    )  # fmt: skip


def total_usd(amounts: Sequence[float]) -> float | None:
    """Return the sum of what is known; None where nothing is."""
    return sum(amounts) if amounts else None


def model_lines(
    models: Sequence[ModelTraffic], lines: Sequence[PricedUsage], prices: DayPrices
) -> tuple[ModelLine, ...]:
    """Return a line for each model, its days at their own lists and at today's.

    Parameters
    ----------
    models
        Models of the profile, most requests first.
    lines
        Priced usage by day; none where a result came without days.
    prices
        Price lists.
    """
    by_model: dict[str, list[Price]] = {}
    for usage, price in lines:
        if price is not None:
            by_model.setdefault(usage.model, []).append(price)
    return tuple(_model(traffic, by_model, prices, dated=bool(lines)) for traffic in models)


def _model(
    traffic: ModelTraffic, by_model: Mapping[str, Sequence[Price]], prices: DayPrices, *, dated: bool
) -> ModelLine:
    card = prices.present(traffic.model)
    bands = traffic.tiers or (TierTokens(above_input_tokens=0, requests=traffic.requests, tokens=traffic.tokens),)
    now = float(bill_usd(card, bands).usd) if card else None
    own = by_model.get(traffic.model, ())
    used = own[-1].card if own else card
    return ModelLine(
        model=traffic.model, requests=traffic.requests, tokens=traffic.tokens.model_dump(),
        priced_as=f"{used.seller}: {used.model}" if used else None,
        usd=total_usd([price.usd for price in own]) if dated else now, usd_as_of=now,
    )  # fmt: skip
