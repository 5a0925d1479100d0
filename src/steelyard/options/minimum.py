"""Spending committed to at a seller until a contract ends: owed by whoever leaves, less what is bought there anyway."""

from dataclasses import replace

from steelyard.domain.study import TodayApi
from steelyard.finance.builder import LedgerBuilder, Term, from_month, maximum
from steelyard.options.option import Option

__all__ = ["with_minimum"]


def with_minimum(option: Option, today: TodayApi, *, months: int) -> Option:
    """Return an option with what is still owed to today's seller each month, until the contract ends.

    What the option buys from that seller, until own machines are live or for good, counts towards the minimum.

    Parameters
    ----------
    option
        Any way to serve, what runs today included.
    today
        The contract.
    months
        Months for which it still runs [month].
    """
    if today.minimum_usd_per_month <= 0 or months <= 0:
        return option
    builder = LedgerBuilder(option.ledger.option, option.ledger)
    floor = builder.constant("minimum_usd_per_month", today.minimum_usd_per_month, unit="USD/month",
                             label="Spending committed to at today's seller", source="study")  # fmt: skip
    running = 1.0 - from_month(months + 1)
    bought = _bought_there(builder, option, today)
    owed = floor if bought is None else maximum(floor - bought, 0.0)
    builder.line("minimum_owed", owed * running, group="other", label="Committed to today's seller and not used")
    return replace(option, ledger=builder.build())


def _bought_there(builder: LedgerBuilder, option: Option, today: TodayApi) -> Term | None:
    """Return what the option pays today's seller for tokens in a month; None for nothing [USD/month]."""
    same = option.card is not None and option.card.seller == today.provider.strip().lower()
    lines = [
        line.id for line in option.ledger.lines if line.group == "tokens" and (same or line.id in option.interim_lines)
    ]
    spent: Term | None = None
    for name in lines:
        spent = builder.term_of(name) if spent is None else spent + builder.term_of(name)
    return spent
